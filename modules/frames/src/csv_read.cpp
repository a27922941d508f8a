#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/csv.hpp"
#include "tieout/core/gzip.hpp"
#include "tieout/core/nan.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/frames/file.hpp"

#include "bounded_file.hpp"
#include "timestamp_text.hpp"

namespace tieout::frames {
namespace {

Error at(const std::filesystem::path& file, const Error& error) {
  return {error.code, fmt::format("read_csv: '{}': {}", file.string(), error.message)};
}

/// What pandas reads as missing and writes for it.
bool is_missing(std::string_view cell) noexcept {
  return cell.empty() || cell == "NaN" || cell == "nan";
}

/// True for "-12345678901234567890": an integer, whatever its size.
bool is_integer_text(std::string_view cell) noexcept {
  if (!cell.empty() && (cell.front() == '-' || cell.front() == '+')) {
    cell.remove_prefix(1);
  }
  return !cell.empty() && std::ranges::all_of(cell, [](char c) { return c >= '0' && c <= '9'; });
}

/// What a column can still be after the cells seen so far.
class TypeGuess {
 public:
  void add(std::string_view cell) {
    if (is_missing(cell)) {
      missing_ = true;
      return;
    }
    any_ = true;
    if (number_) {
      add_number(cell);
    }
    bool_ = bool_ && (cell == "True" || cell == "False");
    if (naive_ || zoned_) {
      const auto time = parse_timestamp(cell);
      naive_ = naive_ && time && !time->offset;
      zoned_ = zoned_ && time && time->offset;
    }
  }

  ColumnType type() const noexcept {
    if (!any_) {
      return ColumnType::kFloat64;
    }
    // Integers that int64 cannot hold would lose digits as doubles: they stay text.
    if (number_ && !(integer_ && wide_)) {
      return integer_ && !missing_ ? ColumnType::kInt64 : ColumnType::kFloat64;
    }
    if (bool_) {
      return ColumnType::kBool;
    }
    return naive_ || zoned_ ? ColumnType::kTimestamp : ColumnType::kString;
  }

 private:
  void add_number(std::string_view cell) {
    if (integer_) {
      const bool fits = parse_int(cell).has_value();
      wide_ = wide_ || !fits;
      integer_ = fits || is_integer_text(cell);
    }
    number_ = integer_ || parse_double(cell).has_value();
  }

  bool any_ = false;
  bool missing_ = false;
  bool number_ = true;
  bool integer_ = true;
  bool wide_ = false;
  bool bool_ = true;
  bool naive_ = true;
  bool zoned_ = true;
};

/// A column that is being filled, cell by cell.
class ColumnFill {
 public:
  ColumnFill(ColumnLabel label, ColumnType type) : label_(std::move(label)) {
    switch (type) {
      case ColumnType::kFloat64:
        values_ = std::vector<double>{};
        break;
      case ColumnType::kInt64:
        values_ = std::vector<std::int64_t>{};
        break;
      case ColumnType::kBool:
        values_ = std::vector<std::uint8_t>{};
        break;
      case ColumnType::kString:
        values_ = std::vector<std::string>{};
        break;
      case ColumnType::kTimestamp:
        values_ = std::vector<Timestamp>{};
        break;
    }
  }

  /// `cell` parses as the column's type: TypeGuess saw it.
  void add(std::string_view cell) {
    const bool missing = is_missing(cell);
    if (auto* floats = std::get_if<std::vector<double>>(&values_)) {
      floats->push_back(missing ? kNaN : *parse_double(cell));
      return;
    }
    valid_.push_back(missing ? 0 : 1);
    any_null_ = any_null_ || missing;
    if (auto* integers = std::get_if<std::vector<std::int64_t>>(&values_)) {
      integers->push_back(missing ? 0 : *parse_int(cell));
    } else if (auto* flags = std::get_if<std::vector<std::uint8_t>>(&values_)) {
      flags->push_back(cell == "True" ? 1 : 0);
    } else if (auto* texts = std::get_if<std::vector<std::string>>(&values_)) {
      texts->emplace_back(missing ? std::string_view{} : cell);
    } else {
      auto& times = std::get<std::vector<Timestamp>>(values_);
      if (missing) {
        times.push_back({});
        return;
      }
      const WrittenTimestamp time = *parse_timestamp(cell);
      zone_.add(time);
      times.push_back(time.at);
    }
  }

  std::string zone() const { return zone_.name(); }
  FrameColumn take() && {
    if (!any_null_) {
      valid_.clear();
    }
    return {std::move(label_), std::move(values_), std::move(valid_)};
  }

 private:
  ColumnLabel label_;
  ColumnValues values_;
  std::vector<std::uint8_t> valid_;
  bool any_null_ = false;
  ZoneGuess zone_;
};

using Row = std::vector<std::string>;

Result<std::optional<Row>> next_row(CsvReader& reader) {
  TIEOUT_TRY(const bool more, reader.next());
  if (!more) {
    return std::optional<Row>{};
  }
  return std::optional<Row>(Row(reader.fields().begin(), reader.fields().end()));
}

/// Where the header ends and how the columns are named.
struct Header {
  std::vector<ColumnLabel> labels;  // of all columns, the index included
  std::vector<std::string> level_names = {""};
  std::size_t row_count = 1;  // rows that are no data
  bool has_index = false;
};

bool is_blank_behind_first(const Row& row) {
  return row.size() > 1 && std::all_of(row.begin() + 1, row.end(),
                                       [](const std::string& cell) { return cell.empty(); });
}

/// pandas' row with the name of the index under two header rows: a name, then nothing.
bool is_index_name_row(const Row& row) {
  return is_blank_behind_first(row) && !is_missing(row.front()) && !parse_double(row.front()) &&
         !parse_timestamp(row.front());
}

bool repeats_a_name(const Row& row) {
  std::set<std::string_view> seen;
  return std::any_of(row.begin() + 1, row.end(),
                     [&](const std::string& cell) { return !seen.insert(cell).second; });
}

/// Two rows when a row with the index's name follows (and the corner is empty, or the first row
/// repeats names as fields x assets do), or when the corner is empty in both and names repeat.
bool looks_two_level(const std::vector<Row>& rows) {
  if (rows.size() < 2 || rows[0].size() < 2 || rows[1].size() != rows[0].size()) {
    return false;
  }
  const bool corner_is_empty = rows[0].front().empty() && rows[1].front().empty();
  const bool named = rows.size() > 2 && is_index_name_row(rows[2]);
  if (corner_is_empty) {
    return named || rows.size() == 2 || repeats_a_name(rows[0]);
  }
  return named && repeats_a_name(rows[0]) && !parse_timestamp(rows[1].front()) &&
         !parse_double(rows[1].front());
}

Result<Header> read_header(const std::vector<Row>& rows, const CsvOptions& options) {
  if (rows.empty()) {
    return Error{ErrorCode::kMalformedData, "the file is empty, needed a header row"};
  }
  Header header;
  const bool two_level =
      options.header_rows == 2 || (options.header_rows == 0 && looks_two_level(rows));
  if (!two_level) {
    for (std::size_t i = 0; i < rows[0].size(); ++i) {
      header.has_index = header.has_index || (i == 0 && rows[0][0].empty());
      header.labels.push_back({rows[0][i]});
    }
    return header;
  }
  if (rows.size() < 2 || rows[1].size() != rows[0].size()) {
    return Error{ErrorCode::kSchemaMismatch,
                 fmt::format("the first header row has {} fields and the second {}, needed two "
                             "header rows of equal length",
                             rows[0].size(), rows.size() < 2 ? 0 : rows[1].size())};
  }
  const bool named = rows.size() > 2 && is_index_name_row(rows[2]);
  header.row_count = named ? 3 : 2;
  header.has_index = true;
  header.level_names = {rows[0].front(), rows[1].front()};
  header.labels.push_back({named ? rows[2].front() : ""});
  for (std::size_t i = 1; i < rows[0].size(); ++i) {
    header.labels.push_back({rows[0][i], rows[1][i]});
  }
  return header;
}

/// Call `visit(fields)` for each row of data. Errors: a row of another length than the header's.
template <typename Visit>
Status for_each_row(std::string_view text, const Header& header, std::size_t max_columns,
                    Visit visit) {
  CsvReader reader(text, max_columns);
  for (std::size_t skipped = 0; skipped < header.row_count; ++skipped) {
    TIEOUT_CHECK(reader.next());
  }
  while (true) {
    TIEOUT_TRY(const bool more, reader.next());
    if (!more) {
      return {};
    }
    if (reader.fields().size() != header.labels.size()) {
      return Error{ErrorCode::kSchemaMismatch,
                   fmt::format("line {} has {} fields, the header has {}", reader.line(),
                               reader.fields().size(), header.labels.size())};
    }
    visit(reader.fields());
  }
}

Result<Frame> parse_csv(std::string_view text, const CsvOptions& options,
                        const ReadLimits& limits) {
  CsvReader reader(text, limits.max_columns);
  std::vector<Row> first_rows;
  while (first_rows.size() < 3) {
    TIEOUT_TRY(std::optional<Row> row, next_row(reader));
    if (!row) {
      break;
    }
    first_rows.push_back(*std::move(row));
  }
  TIEOUT_TRY(const Header header, read_header(first_rows, options));

  // Two passes over the text, so that no cell is kept twice.
  std::vector<TypeGuess> guesses(header.labels.size());
  TIEOUT_CHECK(for_each_row(text, header, limits.max_columns, [&](const auto& fields) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      guesses[i].add(fields[i]);
    }
  }));
  std::vector<ColumnFill> fills;
  for (std::size_t i = 0; i < guesses.size(); ++i) {
    fills.emplace_back(header.labels[i], guesses[i].type());
  }
  TIEOUT_CHECK(for_each_row(text, header, limits.max_columns, [&](const auto& fields) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      fills[i].add(fields[i]);
    }
  }));

  Frame frame;
  frame.level_names = header.level_names;
  std::string column_zone;
  for (std::size_t i = 0; i < fills.size(); ++i) {
    std::string zone = fills[i].zone();
    FrameColumn column = std::move(fills[i]).take();
    if (i == 0 && header.has_index) {
      frame.index = std::move(column);
      frame.zone = std::move(zone);
    } else {
      const bool is_index = !header.has_index && column.label == ColumnLabel{options.index};
      if (column_zone.empty() || is_index) {
        column_zone = std::move(zone);
      }
      frame.columns.push_back(std::move(column));
    }
  }
  if (!frame.index && !options.index.empty()) {
    TIEOUT_CHECK(set_index(frame, options.index));
  }
  if (frame.zone.empty() &&
      (!frame.index || frame.index->type() != ColumnType::kTimestamp || !header.has_index)) {
    frame.zone = std::move(column_zone);
  }
  return frame;
}

/// Characters that no CSV of ours holds and that mean another kind of file.
Status check_characters(std::string_view text) {
  if (text.substr(0, 2) == "\xFF\xFE" || text.substr(0, 2) == "\xFE\xFF") {
    return Error{ErrorCode::kMalformedData, "line 1: the text is UTF-16, needed UTF-8"};
  }
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos) {
    return Error{
        ErrorCode::kMalformedData,
        fmt::format("line {}: found a zero byte, needed text",
                    1 + std::count(text.begin(), text.begin() + static_cast<long>(zero), '\n'))};
  }
  return {};
}

}  // namespace

Result<Frame> read_csv(const std::filesystem::path& file, const CsvOptions& options,
                       const ReadLimits& limits) {
  if (options.header_rows > 2) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("read_csv: header_rows is {}, needed 0, 1 or 2", options.header_rows)};
  }
  TIEOUT_TRY(std::string bytes, read_bounded(file, limits.max_bytes, "read_csv"));
  if (bytes.substr(0, 2) == "\x1F\x8B") {
    auto inflated = gunzip(bytes, limits.max_bytes);
    if (!inflated) {
      return at(file, inflated.error());
    }
    bytes = *std::move(inflated);
  }
  std::string_view text = bytes;
  if (text.substr(0, 3) == "\xEF\xBB\xBF") {
    text.remove_prefix(3);
  }
  if (const Status status = check_characters(text); !status) {
    return at(file, status.error());
  }
  auto frame = parse_csv(text, options, limits);
  if (!frame) {
    return at(file, frame.error());
  }
  return frame;
}

}  // namespace tieout::frames
