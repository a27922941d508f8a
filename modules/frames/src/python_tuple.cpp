#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "pandas_meta.hpp"

namespace tieout::frames {
namespace {

void append_utf8(std::string& text, std::uint32_t code) {
  const auto add = [&text](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x80) {
    add(code);
  } else if (code < 0x800) {
    add(0xC0 | code >> 6);
    add(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    add(0xE0 | code >> 12);
    add(0x80 | (code >> 6 & 0x3F));
    add(0x80 | (code & 0x3F));
  } else {
    add(0xF0 | code >> 18);
    add(0x80 | (code >> 12 & 0x3F));
    add(0x80 | (code >> 6 & 0x3F));
    add(0x80 | (code & 0x3F));
  }
}

/// Take the escape behind a backslash from the front of `rest`.
bool take_escape(std::string_view& rest, std::string& text) {
  if (rest.empty()) {
    return false;
  }
  const char kind = rest.front();
  rest.remove_prefix(1);
  switch (kind) {
    case '\\':
    case '\'':
    case '"':
      text += kind;
      return true;
    case 'n':
      text += '\n';
      return true;
    case 'r':
      text += '\r';
      return true;
    case 't':
      text += '\t';
      return true;
    default:
      break;
  }
  const std::size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
  std::uint32_t code = 0;
  if (digits == 0 || rest.size() < digits) {
    return false;
  }
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + digits, code, 16);
  if (error != std::errc{} || end != rest.data() + digits || code > 0x10FFFF) {
    return false;
  }
  rest.remove_prefix(digits);
  append_utf8(text, code);
  return true;
}

/// Take one quoted string or bare word from the front of `rest`.
std::optional<std::string> take_element(std::string_view& rest) {
  std::string text;
  const char quote = rest.empty() ? '\0' : rest.front();
  if (quote != '\'' && quote != '"') {
    const std::size_t end = rest.find_first_of(",)");
    if (end == 0 || end == std::string_view::npos) {
      return std::nullopt;
    }
    text = rest.substr(0, end);
    rest.remove_prefix(end);
    return text;
  }
  rest.remove_prefix(1);
  while (!rest.empty()) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c == quote) {
      return text;
    }
    if (c != '\\') {
      text += c;
    } else if (!take_escape(rest, text)) {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

std::string python_repr(std::string_view text) {
  const bool has_single = text.find('\'') != std::string_view::npos;
  const bool has_double = text.find('"') != std::string_view::npos;
  const char quote = has_single && !has_double ? '"' : '\'';
  std::string repr(1, quote);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == quote || c == '\\') {
      repr += '\\';
      repr += c;
    } else if (c == '\n') {
      repr += "\\n";
    } else if (c == '\r') {
      repr += "\\r";
    } else if (c == '\t') {
      repr += "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      repr += fmt::format("\\x{:02x}", byte);
    } else {
      repr += c;
    }
  }
  return repr + quote;
}

}  // namespace

Result<ColumnLabel> parse_tuple(std::string_view text) {
  const auto malformed = [text] {
    return Error{ErrorCode::kMalformedData,
                 fmt::format("the column name '{}' is not the text of a tuple, needed as many "
                             "levels as the pandas metadata declares",
                             text)};
  };
  std::string_view rest = text;
  if (rest.empty() || rest.front() != '(') {
    return malformed();
  }
  rest.remove_prefix(1);
  ColumnLabel label;
  while (!rest.empty() && rest.front() != ')') {
    auto element = take_element(rest);
    if (!element) {
      return malformed();
    }
    label.push_back(*std::move(element));
    if (!rest.empty() && rest.front() == ',') {
      rest.remove_prefix(rest.size() > 1 && rest[1] == ' ' ? 2 : 1);
    } else if (rest != ")") {
      return malformed();
    }
  }
  if (rest != ")") {
    return malformed();
  }
  return label;
}

std::string tuple_text(const ColumnLabel& label) {
  std::string text = "(";
  for (std::size_t i = 0; i < label.size(); ++i) {
    text += i == 0 ? "" : ", ";
    text += python_repr(label[i]);
  }
  return text + (label.size() == 1 ? ",)" : ")");
}

}  // namespace tieout::frames
