#include "scanner.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "quote.hpp"

namespace tieout::config {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

int hex_digit(char c) {
  if (is_digit(c)) {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

char Scanner::peek() {
  while (position_ < text_.size() && is_blank(text_[position_])) {
    ++position_;
  }
  return position_ < text_.size() ? text_[position_] : '\0';
}

bool Scanner::take(char c) {
  if (peek() == c && position_ < text_.size()) {
    ++position_;
    return true;
  }
  if (c == '(' && text_.substr(position_).starts_with("\\(")) {
    warn_at(position_, "stray '\\(' read as '('");
    position_ += 2;
    return true;
  }
  return false;
}

Status Scanner::expect(char c, std::string_view needed) {
  if (take(c)) {
    return {};
  }
  return error_here(needed);
}

std::string_view Scanner::take_name() {
  const std::size_t first = is_name_start(peek()) ? position_ : text_.size();
  while (
      first < text_.size() && position_ < text_.size() &&
      (is_name_start(text_[position_]) || is_digit(text_[position_]) || text_[position_] == '.')) {
    ++position_;
  }
  return first < text_.size() ? text_from(first) : std::string_view();
}

std::string_view Scanner::take_number() {
  const char c = peek();
  if (!is_digit(c) && c != '+' && c != '-' && c != '.') {
    return {};
  }
  const std::size_t first = position_;
  while (position_ < text_.size()) {
    const char next = text_[position_];
    const bool sign_of_exponent =
        (next == '+' || next == '-') &&
        (position_ == first || text_[position_ - 1] == 'e' || text_[position_ - 1] == 'E');
    if (!is_digit(next) && next != '.' && next != 'e' && next != 'E' && !sign_of_exponent) {
      break;
    }
    ++position_;
  }
  return text_from(first);
}

Result<std::string> Scanner::take_quoted(std::string_view needed) {
  const char mark = peek();
  if (mark != '"' && mark != '\'') {
    return error_here(needed);
  }
  const std::size_t first = position_++;
  std::string out;
  while (position_ < text_.size() && text_[position_] != '\n') {
    const char c = text_[position_];
    if (c == mark) {
      ++position_;
      return out;
    }
    if (c == '\\') {
      TIEOUT_CHECK(unescape(out));
    } else {
      out += c;
      ++position_;
    }
  }
  return error_at(first,
                  fmt::format("the quote that opens here to be closed by {} on its line", mark));
}

/// Take one escape sequence; position_ is at the backslash.
Status Scanner::unescape(std::string& out) {
  const std::string_view rest = text_.substr(position_);
  constexpr std::string_view kNeeded = R"(an escape out of \" \' \\ \n \t \r \xNN (NN below 80))";
  if (rest.size() < 2) {
    return error_at(position_, kNeeded);
  }
  switch (rest[1]) {
    case '"':
    case '\'':
    case '\\':
      out += rest[1];
      break;
    case 'n':
      out += '\n';
      break;
    case 't':
      out += '\t';
      break;
    case 'r':
      out += '\r';
      break;
    case 'x': {
      const int high = rest.size() < 4 ? -1 : hex_digit(rest[2]);
      const int low = rest.size() < 4 ? -1 : hex_digit(rest[3]);
      if (high < 0 || high > 7 || low < 0) {
        return error_at(position_, kNeeded);
      }
      out += static_cast<char>(high * 16 + low);
      position_ += 2;
      break;
    }
    default:
      return error_at(position_, kNeeded);
  }
  position_ += 2;
  return {};
}

std::size_t Scanner::column_of(std::size_t position) const {
  // Characters, not bytes: continuation bytes of UTF-8 do not count.
  std::size_t column = 1;
  for (std::size_t i = 0; i < position; ++i) {
    column += (static_cast<unsigned char>(text_[i]) & 0xC0U) != 0x80 ? 1U : 0U;
  }
  return column;
}

Error Scanner::error_here(std::string_view needed) {
  static_cast<void>(peek());
  return error_at(position_, needed);
}

Error Scanner::error_at(std::size_t position, std::string_view needed) const {
  constexpr std::size_t kShown = 24;
  std::string found = "the end of the text";
  if (position < text_.size()) {
    std::size_t n = std::min(kShown, text_.size() - position);
    while (n > 1 && position + n < text_.size() &&
           (static_cast<unsigned char>(text_[position + n]) & 0xC0U) == 0x80) {
      --n;  // Do not cut a character in two.
    }
    found = quote(text_.substr(position, n));
    // Show the text itself, on one line, between single quotes.
    found = fmt::format("'{}'", std::string_view(found).substr(1, found.size() - 2));
  }
  return Error{ErrorCode::kMalformedOverride,
               fmt::format("parse_overrides: column {}: found {}, needed {}", column_of(position),
                           found, needed)};
}

void Scanner::warn_at(std::size_t position, std::string_view what) {
  warnings_.push_back(fmt::format("column {}: {}", column_of(position), what));
}

}  // namespace tieout::config
