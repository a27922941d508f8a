#include "json_text.hpp"

#include <cmath>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

namespace tieout::recon {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

unsigned byte_at(std::string_view text, std::size_t i) noexcept {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
}

/// Length of the well-formed UTF-8 sequence at `i`, or 0 (Unicode 15, table 3-7).
std::size_t utf8_length(std::string_view text, std::size_t i) noexcept {
  const unsigned lead = byte_at(text, i);
  const auto continues = [&](std::size_t k) { return (byte_at(text, i + k) & 0xC0U) == 0x80U; };
  const unsigned second = byte_at(text, i + 1);
  if (lead >= 0xC2U && lead <= 0xDFU) {
    return continues(1) ? 2 : 0;
  }
  if (lead >= 0xE0U && lead <= 0xEFU) {
    const bool overlong = lead == 0xE0U && second < 0xA0U;
    const bool surrogate = lead == 0xEDU && second > 0x9FU;
    return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xF0U && lead <= 0xF4U) {
    const bool overlong = lead == 0xF0U && second < 0x90U;
    const bool too_large = lead == 0xF4U && second > 0x8FU;
    return continues(1) && continues(2) && continues(3) && !overlong && !too_large ? 4 : 0;
  }
  return 0;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t i = 0; i < text.size();) {
    const unsigned byte = byte_at(text, i);
    if (byte >= 0x80U) {
      const std::size_t length = utf8_length(text, i);
      out += length == 0 ? kReplacement : text.substr(i, length);
      i += length == 0 ? 1 : length;
      continue;
    }
    switch (byte) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (byte < 0x20U) {
          out += fmt::format("\\u{:04x}", byte);
        } else {
          out += static_cast<char>(byte);
        }
    }
    ++i;
  }
  out += '"';
}

void append_json_number(std::string& out, double value) {
  out += std::isfinite(value) ? format_double(value) : "null";
}

std::string& JsonObject::raw(std::string_view key) {
  if (!first_) {
    out_ += ',';
  }
  first_ = false;
  append_json_string(out_, key);
  out_ += ':';
  return out_;
}

void JsonObject::text(std::string_view key, std::string_view value) {
  append_json_string(raw(key), value);
}
void JsonObject::number(std::string_view key, double value) {
  append_json_number(raw(key), value);
}
void JsonObject::integer(std::string_view key, std::uint64_t value) {
  raw(key) += std::to_string(value);
}
void JsonObject::signed_integer(std::string_view key, std::int64_t value) {
  raw(key) += std::to_string(value);
}
void JsonObject::boolean(std::string_view key, bool value) {
  raw(key) += value ? "true" : "false";
}
void JsonObject::null(std::string_view key) {
  raw(key) += "null";
}

}  // namespace tieout::recon
