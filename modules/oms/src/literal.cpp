#include "tieout/oms/literal.hpp"

#include <cstddef>
#include <optional>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

namespace tieout::oms {
namespace {

constexpr int kMaxDepth = 64;

bool is_name_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.';
}

std::optional<unsigned> hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') {
    return static_cast<unsigned>(c - '0');
  }
  if (c >= 'a' && c <= 'f') {
    return static_cast<unsigned>(c - 'a') + 10U;
  }
  if (c >= 'A' && c <= 'F') {
    return static_cast<unsigned>(c - 'A') + 10U;
  }
  return std::nullopt;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Literal> parse() {
    TIEOUT_TRY(Literal literal, value(0));
    skip_blanks();
    if (position_ != text_.size()) {
      return failure("the end");
    }
    return literal;
  }

 private:
  Error failure(std::string_view needed) const {
    return {ErrorCode::kMalformedData, fmt::format("parse_literal: column {} of '{}': needed {}",
                                                   position_ + 1, text_, needed)};
  }

  void skip_blanks() noexcept {
    while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\t')) {
      ++position_;
    }
  }

  char peek() const noexcept { return position_ < text_.size() ? text_[position_] : '\0'; }

  bool accept(char c) noexcept {
    skip_blanks();
    if (peek() != c || position_ == text_.size()) {
      return false;
    }
    ++position_;
    return true;
  }

  Result<Literal> value(int depth) {  // NOLINT(misc-no-recursion): the depth is bounded
    if (depth > kMaxDepth) {
      return failure("at most 64 levels of nesting");
    }
    skip_blanks();
    if (peek() == '\'' || peek() == '"') {
      return string();
    }
    if (accept('{')) {
      return dict(depth);
    }
    if (accept('[')) {
      return sequence(Literal::Kind::kList, ']', depth);
    }
    if (accept('(')) {
      return sequence(Literal::Kind::kTuple, ')', depth);
    }
    return word();
  }

  Result<Literal> dict(int depth) {  // NOLINT(misc-no-recursion)
    Literal result = Literal::empty_dict();
    while (!accept('}')) {
      if (!result.items.empty() && !accept(',')) {
        return failure("',' or '}'");
      }
      if (!result.items.empty() && accept('}')) {
        return result;
      }
      TIEOUT_TRY(Literal key, value(depth + 1));
      if (!accept(':')) {
        return failure("':'");
      }
      TIEOUT_TRY(Literal item, value(depth + 1));
      result.items.push_back(std::move(key));
      result.items.push_back(std::move(item));
    }
    return result;
  }

  Result<Literal> sequence(Literal::Kind kind, char closing,
                           int depth) {  // NOLINT(misc-no-recursion)
    Literal result;
    result.kind = kind;
    bool comma = false;
    while (!accept(closing)) {
      if (!result.items.empty() && !comma) {
        return failure(fmt::format("',' or '{}'", closing));
      }
      TIEOUT_TRY(Literal item, value(depth + 1));
      result.items.push_back(std::move(item));
      comma = accept(',');
    }
    // In Python (x) is x, only (x,) is a tuple.
    if (kind == Literal::Kind::kTuple && result.items.size() == 1 && !comma) {
      Literal item = std::move(result.items.front());
      return item;
    }
    return result;
  }

  Result<Literal> string() {
    const char quote = text_[position_++];
    Literal result;
    result.kind = Literal::Kind::kString;
    while (position_ < text_.size() && peek() != quote) {
      if (peek() != '\\') {
        result.text += text_[position_++];
        continue;
      }
      ++position_;
      TIEOUT_TRY(const char c, escape());
      result.text += c;
    }
    if (position_ == text_.size()) {
      return failure("a closing quote");
    }
    ++position_;
    return result;
  }

  Result<char> escape() {
    const char c = peek();
    ++position_;
    switch (c) {
      case 'n':
        return '\n';
      case 't':
        return '\t';
      case 'r':
        return '\r';
      case '\\':
      case '\'':
      case '"':
        return c;
      case 'x': {
        const auto high = position_ < text_.size() ? hex_digit(text_[position_]) : std::nullopt;
        const auto low =
            position_ + 1 < text_.size() ? hex_digit(text_[position_ + 1]) : std::nullopt;
        if (!high || !low || *high > 7) {
          return failure("two hexadecimal digits below 80");
        }
        position_ += 2;
        return static_cast<char>(*high * 16 + *low);
      }
      default:
        --position_;
        return failure("one of the escapes \\n \\t \\r \\\\ \\' \\\" \\x");
    }
  }

  Result<Literal> word() {
    const std::size_t start = position_;
    while (position_ < text_.size() &&
           (is_name_character(peek()) || peek() == '+' || peek() == '-')) {
      ++position_;
    }
    const std::string_view token = text_.substr(start, position_ - start);
    Literal result;
    if (token == "None") {
      return result;
    }
    if (token == "True" || token == "False") {
      result.kind = Literal::Kind::kBool;
      result.boolean = token == "True";
      return result;
    }
    if (!token.empty() && peek() == '(') {
      return call(start);
    }
    if (const auto integer = parse_int(token)) {
      result.kind = Literal::Kind::kInt;
      result.integer = *integer;
      return result;
    }
    if (const auto number = parse_double(token)) {
      result.kind = Literal::Kind::kFloat;
      result.number = *number;
      return result;
    }
    position_ = start;
    return failure("a literal");
  }

  // Keep "Name(...)" as text up to the matching parenthesis; parentheses in strings do not count.
  Result<Literal> call(std::size_t start) {
    int depth = 0;
    char quote = '\0';
    for (; position_ < text_.size(); ++position_) {
      const char c = peek();
      if (quote != '\0') {
        if (c == '\\') {
          ++position_;
        } else if (c == quote) {
          quote = '\0';
        }
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else if (c == '(') {
        ++depth;
      } else if (c == ')' && --depth == 0) {
        ++position_;
        Literal result;
        result.kind = Literal::Kind::kCall;
        result.text = std::string(text_.substr(start, position_ - start));
        return result;
      }
    }
    position_ = text_.size();
    return failure("a closing ')'");
  }

  std::string_view text_;
  std::size_t position_ = 0;
};

std::string quoted(std::string_view text) {
  // repr() prefers single quotes unless only they occur inside.
  const bool use_double =
      text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos;
  const char quote = use_double ? '"' : '\'';
  std::string result(1, quote);
  for (const char c : text) {
    if (c == '\n') {
      result += "\\n";
    } else if (c == '\t') {
      result += "\\t";
    } else if (c == '\r') {
      result += "\\r";
    } else if (c == quote || c == '\\') {
      result += '\\';
      result += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      result += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
    } else {
      result += c;
    }
  }
  result += quote;
  return result;
}

}  // namespace

Literal Literal::empty_dict() {
  Literal result;
  result.kind = Kind::kDict;
  return result;
}

Result<Literal> parse_literal(std::string_view text) {
  return Parser(text).parse();
}

std::string to_text(
    const Literal& literal) {  // NOLINT(misc-no-recursion): as deep as the parser allows
  switch (literal.kind) {
    case Literal::Kind::kNone:
      return "None";
    case Literal::Kind::kBool:
      return literal.boolean ? "True" : "False";
    case Literal::Kind::kInt:
      return fmt::format("{}", literal.integer);
    case Literal::Kind::kFloat:
      return format_double(literal.number);
    case Literal::Kind::kString:
      return quoted(literal.text);
    case Literal::Kind::kCall:
      return literal.text;
    case Literal::Kind::kDict: {
      std::string result = "{";
      for (std::size_t i = 0; i + 1 < literal.items.size(); i += 2) {
        result += i > 0 ? ", " : "";
        result += to_text(literal.items[i]) + ": " + to_text(literal.items[i + 1]);
      }
      return result + "}";
    }
    case Literal::Kind::kList:
    case Literal::Kind::kTuple:
      break;
  }
  const bool is_list = literal.kind == Literal::Kind::kList;
  std::string result(1, is_list ? '[' : '(');
  for (std::size_t i = 0; i < literal.items.size(); ++i) {
    result += i > 0 ? ", " : "";
    result += to_text(literal.items[i]);
  }
  if (!is_list && literal.items.size() == 1) {
    result += ',';
  }
  return result + (is_list ? "]" : ")");
}

}  // namespace tieout::oms
