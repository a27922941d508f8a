#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "tieout/transport/s3.hpp"

namespace tieout::transport {
namespace {

/// The text of the first <name> element in `xml`, still escaped; `after` is moved past it.
std::optional<std::string_view> element(std::string_view xml, std::string_view name,
                                        std::size_t* after = nullptr) {
  const std::string open = fmt::format("<{}>", name);
  const std::string close = fmt::format("</{}>", name);
  const std::size_t from = after == nullptr ? 0 : *after;
  const std::size_t begin = xml.find(open, from);
  const std::size_t end = begin == std::string_view::npos ? begin : xml.find(close, begin);
  if (end == std::string_view::npos) {
    return std::nullopt;
  }
  if (after != nullptr) {
    *after = end + close.size();
  }
  return xml.substr(begin + open.size(), end - begin - open.size());
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto byte = [&](std::uint32_t value) { out += static_cast<char>(value); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | (code >> 6));
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    byte(0xE0 | (code >> 12));
    byte(0x80 | ((code >> 6) & 0x3F));
    byte(0x80 | (code & 0x3F));
  } else {
    byte(0xF0 | (code >> 18));
    byte(0x80 | ((code >> 12) & 0x3F));
    byte(0x80 | ((code >> 6) & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

/// "&amp;" and "&#38;" are "&"; an entity that is not known stays as it is.
std::string unescaped(std::string_view text) {
  constexpr std::pair<std::string_view, char> kNamed[] = {
      {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
  std::string out;
  while (!text.empty()) {
    const std::size_t end = text.front() == '&' ? text.find(';') : std::string_view::npos;
    if (end == std::string_view::npos) {
      out += text.front();
      text.remove_prefix(1);
      continue;
    }
    std::string_view name = text.substr(1, end - 1);
    const auto* const named = std::find_if(std::begin(kNamed), std::end(kNamed),
                                           [&](const auto& item) { return item.first == name; });
    if (named != std::end(kNamed)) {
      out += named->second;
    } else if (name.starts_with('#')) {
      name.remove_prefix(1);
      const int base = name.starts_with('x') ? 16 : 10;
      name.remove_prefix(base == 16 ? 1 : 0);
      std::uint32_t code = 0;
      std::from_chars(name.data(), name.data() + name.size(), code, base);
      append_utf8(out, code);
    } else {
      out += text.substr(0, end + 1);
    }
    text.remove_prefix(end + 1);
  }
  return out;
}

/// "a%20b" and "a+b" are "a b".
std::string url_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ptr ==
            text.data() + i + 3) {
      out += static_cast<char>(value);
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

}  // namespace

Result<S3Listing> parse_listing(std::string_view xml) {
  if (xml.find("<ListBucketResult") == std::string_view::npos) {
    return Error{ErrorCode::kMalformedData,
                 "S3 listing: the answer is not a ListBucketResult; the address is no S3 server"};
  }
  const bool encoded = element(xml, "EncodingType").value_or("") == "url";
  S3Listing listing;
  std::size_t at = 0;
  while (const auto contents = element(xml, "Contents", &at)) {
    const auto key = element(*contents, "Key");
    const auto size = element(*contents, "Size");
    S3Object object;
    const bool has_size =
        size && std::from_chars(size->data(), size->data() + size->size(), object.size_bytes).ptr ==
                    size->data() + size->size();
    if (!key || !has_size) {
      return Error{ErrorCode::kMalformedData,
                   "S3 listing: an object has no Key or no Size that is a number"};
    }
    object.key = unescaped(*key);
    if (encoded) {
      object.key = url_decoded(object.key);
    }
    object.etag = unescaped(element(*contents, "ETag").value_or(""));
    object.etag.erase(std::remove(object.etag.begin(), object.etag.end(), '"'), object.etag.end());
    listing.objects.push_back(std::move(object));
  }
  if (element(xml, "IsTruncated").value_or("false") == "true") {
    listing.continuation = unescaped(element(xml, "NextContinuationToken").value_or(""));
    if (listing.continuation.empty()) {
      return Error{ErrorCode::kMalformedData,
                   "S3 listing: it is cut and has no NextContinuationToken"};
    }
  }
  return listing;
}

std::string s3_error_code(std::string_view xml) {
  const std::string_view code = element(xml, "Code").value_or("");
  const bool is_word = code.size() <= 64 && std::all_of(code.begin(), code.end(), [](char c) {
                         return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
                       });
  return is_word ? std::string(code) : std::string();
}

}  // namespace tieout::transport
