#include "tieout/frames/frame.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace tieout::frames {

std::string to_string(const ColumnLabel& label) {
  return fmt::format("{}", fmt::join(label, "|"));
}

std::size_t FrameColumn::size() const noexcept {
  return std::visit([](const auto& cells) { return cells.size(); }, values);
}

std::size_t Frame::row_count() const noexcept {
  if (index) {
    return index->size();
  }
  return columns.empty() ? 0 : columns.front().size();
}

std::optional<std::size_t> Frame::find(const ColumnLabel& label) const noexcept {
  const auto found = std::ranges::find(columns, label, &FrameColumn::label);
  if (found == columns.end() || std::ranges::find(std::next(found), columns.end(), label,
                                                  &FrameColumn::label) != columns.end()) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(found - columns.begin());
}

Status set_index(Frame& frame, std::string_view column) {
  const auto position = frame.find({std::string(column)});
  if (!position) {
    std::vector<std::string> names;
    for (const FrameColumn& present : frame.columns) {
      names.push_back(to_string(present.label));
    }
    return Error{ErrorCode::kSchemaMismatch,
                 fmt::format("set_index: there is no single column '{}', the frame has: {}", column,
                             fmt::join(names, ", "))};
  }
  frame.index = std::move(frame.columns[*position]);
  frame.columns.erase(frame.columns.begin() + static_cast<std::ptrdiff_t>(*position));
  return {};
}

namespace {

TypedColumn typed_column(const FrameColumn& column) {
  TypedColumn out{to_string(column.label), column.values};
  if (column.valid.empty() || column.type() == ColumnType::kFloat64) {
    return out;
  }
  std::vector<std::string> texts;
  for (std::size_t row = 0; row < column.size(); ++row) {
    texts.push_back(column.is_null(row) ? "" : cell_text(out, row));
  }
  out.values = std::move(texts);
  return out;
}

}  // namespace

Result<Table> to_table(const Frame& frame, std::string_view who) {
  Table table;
  if (frame.index) {
    table.columns.push_back(typed_column(*frame.index));
  }
  for (const FrameColumn& column : frame.columns) {
    table.columns.push_back(typed_column(column));
  }
  if (!table.is_well_formed()) {
    return Error{ErrorCode::kSchemaMismatch, fmt::format("{}: two columns have one name", who)};
  }
  return table;
}

}  // namespace tieout::frames
