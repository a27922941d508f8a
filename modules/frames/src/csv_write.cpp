#include <cmath>
#include <system_error>

#include <fmt/format.h>

#include "tieout/core/csv.hpp"
#include "tieout/core/file.hpp"
#include "tieout/core/gzip.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/frames/file.hpp"

#include "timestamp_text.hpp"

namespace tieout::frames {
namespace {

std::string cell(const FrameColumn& column, std::size_t row, const ZoneWriter& zone) {
  if (column.is_null(row)) {
    return "";
  }
  switch (column.type()) {
    case ColumnType::kFloat64: {
      const double value = std::get<std::vector<double>>(column.values)[row];
      return std::isnan(value) ? "" : format_double(value);
    }
    case ColumnType::kInt64:
      return fmt::format("{}", std::get<std::vector<std::int64_t>>(column.values)[row]);
    case ColumnType::kBool:
      return std::get<std::vector<std::uint8_t>>(column.values)[row] != 0 ? "True" : "False";
    case ColumnType::kString:
      return csv_field(std::get<std::vector<std::string>>(column.values)[row]);
    case ColumnType::kTimestamp:
      break;
  }
  return zone.text(std::get<std::vector<Timestamp>>(column.values)[row]);
}

/// Add a line; one that would be blank is written as a quoted empty field, so that it is a row.
void add_line(std::string& text, const std::vector<std::string>& fields) {
  if (fields.empty() || (fields.size() == 1 && fields[0].empty())) {
    text += "\"\"\n";
    return;
  }
  text += fmt::format("{}\n", fmt::join(fields, ","));
}

void add_header(std::string& text, const Frame& frame) {
  const std::size_t level_count = frame.level_names.size();
  // Two levels always have an index, as pandas writes them: rows are numbered when there is none.
  const bool with_index = frame.index.has_value() || level_count > 1;
  const std::string index_name = frame.index ? to_string(frame.index->label) : "";
  for (std::size_t level = 0; level < level_count; ++level) {
    std::vector<std::string> fields;
    if (with_index) {
      fields.push_back(csv_field(level_count > 1 ? frame.level_names[level] : index_name));
    }
    for (const FrameColumn& column : frame.columns) {
      fields.push_back(csv_field(level < column.label.size() ? column.label[level] : ""));
    }
    add_line(text, fields);
  }
  if (level_count > 1 && !index_name.empty()) {
    std::vector<std::string> fields(1 + frame.columns.size());
    fields[0] = csv_field(index_name);
    add_line(text, fields);
  }
}

}  // namespace

Status write_csv(const Frame& frame, const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::exists(file, error)) {
    return Error{ErrorCode::kPathExists,
                 fmt::format("write_csv: '{}' exists already", file.string())};
  }
  TIEOUT_TRY(const ZoneWriter zone, ZoneWriter::make(frame.zone));
  std::string text;
  add_header(text, frame);
  const bool numbered = !frame.index && frame.level_names.size() > 1;
  std::vector<std::string> fields;
  for (std::size_t row = 0; row < frame.row_count(); ++row) {
    fields.clear();
    if (frame.index) {
      fields.push_back(cell(*frame.index, row, zone));
    } else if (numbered) {
      fields.push_back(fmt::format("{}", row));
    }
    for (const FrameColumn& column : frame.columns) {
      fields.push_back(cell(column, row, zone));
    }
    add_line(text, fields);
  }
  return write_file_atomic(file, file.extension() == ".gz" ? gzip(text) : text);
}

}  // namespace tieout::frames
