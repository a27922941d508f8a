#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"

namespace tieout::config {

/// Walks over the text of overrides, token by token, and knows the column for messages. Blanks and
/// newlines between tokens mean nothing. The text must outlive the scanner.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  /// Skip blanks, then look at the next character; 0 at the end.
  char peek();
  bool at_end() { return peek() == '\0' && position_ >= text_.size(); }
  /// Take `c` if it is next. For '(' also the stray `\(`, with a warning.
  bool take(char c);
  /// Errors: kMalformedOverride naming `needed` when `c` is not next.
  Status expect(char c, std::string_view needed);
  /// Take a name such as pd.Timedelta; empty when there is none.
  std::string_view take_name();
  /// Take a number without quotes as text; empty when there is none.
  std::string_view take_number();
  /// Take a text in single or double quotes, unescaped.
  Result<std::string> take_quoted(std::string_view needed);

  /// Position of the next token.
  std::size_t place() {
    peek();
    return position_;
  }
  std::string_view text_from(std::size_t first) const {
    return text_.substr(first, position_ - first);
  }
  /// "column 12: found '...', needed `needed`", at the next token or at `position`.
  Error error_here(std::string_view needed);
  Error error_at(std::size_t position, std::string_view needed) const;
  void warn_at(std::size_t position, std::string_view what);
  std::vector<std::string> take_warnings() { return std::move(warnings_); }

 private:
  std::size_t column_of(std::size_t position) const;
  Status unescape(std::string& out);

  std::string_view text_;
  std::size_t position_ = 0;
  std::vector<std::string> warnings_;
};

}  // namespace tieout::config
