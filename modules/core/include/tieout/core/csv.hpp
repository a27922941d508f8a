#pragma once

#include <cstddef>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"

namespace tieout {

/// Reads comma-separated text line by line; fields may be quoted with '"' ("" is a quote inside).
/// LF or CRLF. The text must outlive the reader; the fields of a row are valid until the next call
/// of next().
class CsvReader {
 public:
  /// A row of more than `max_fields` fields is an error, so that a hostile line cannot take more
  /// memory than a reasonable one.
  explicit CsvReader(std::string_view text,
                     std::size_t max_fields = std::numeric_limits<std::size_t>::max())
      : text_(text), max_fields_(max_fields) {}

  /// The next row that is not blank, or nothing at the end.
  /// Errors: kMalformedData for an unterminated quote, kSchemaMismatch for too many fields, with
  /// the line number.
  Result<bool> next();
  const std::vector<std::string_view>& fields() const noexcept { return fields_; }
  /// 1-based line on which the current row starts.
  std::size_t line() const noexcept { return line_; }

 private:
  std::string_view text_;
  std::size_t max_fields_;
  std::size_t position_ = 0;
  std::size_t next_line_ = 1;
  std::size_t line_ = 0;
  std::vector<std::string_view> fields_;
  std::deque<std::string> unescaped_;
};

/// Position of `name` in a header row.
std::optional<std::size_t> find_field(const std::vector<std::string_view>& header,
                                      std::string_view name);

/// `text` as a CSV field: quoted only when it has to be.
std::string csv_field(std::string_view text);

}  // namespace tieout
