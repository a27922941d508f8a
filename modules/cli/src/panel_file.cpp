#include "panel_file.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"
#include "tieout/frames/file.hpp"
#include "tieout/reference/profile.hpp"

namespace tieout::cli {
namespace {

double number_at(const frames::FrameColumn& column, std::size_t row) {
  const auto* floats = std::get_if<std::vector<double>>(&column.values);
  return floats != nullptr
             ? (*floats)[row]
             : static_cast<double>(std::get<std::vector<std::int64_t>>(column.values)[row]);
}

Result<std::vector<Timestamp>> times_of(const frames::Frame& frame, const std::string& file,
                                        std::string_view who) {
  const auto* index =
      frame.index ? std::get_if<std::vector<Timestamp>>(&frame.index->values) : nullptr;
  if (index == nullptr) {
    return Error{ErrorCode::kSchemaMismatch,
                 fmt::format("{}: '{}' has no index of timestamps; name its column with --index",
                             who, file)};
  }
  for (std::size_t row = 1; row < index->size(); ++row) {
    if ((*index)[row] <= (*index)[row - 1]) {
      return Error{ErrorCode::kMalformedData,
                   fmt::format("{}: '{}' row {}: {} does not come after {}", who, file, row + 1,
                               to_iso((*index)[row]), to_iso((*index)[row - 1]))};
    }
  }
  return *index;
}

Result<Panel> to_panel(const frames::Frame& frame, const std::string& file, std::string_view who) {
  TIEOUT_TRY(const std::vector<Timestamp> times, times_of(frame, file, who));
  std::vector<ColumnKey> keys;
  std::vector<const frames::FrameColumn*> sources;
  for (const frames::FrameColumn& column : frame.columns) {
    std::optional<std::int64_t> asset;
    if (column.label.size() == 2) asset = parse_int(column.label[1]);
    const bool is_number =
        column.type() == ColumnType::kFloat64 || column.type() == ColumnType::kInt64;
    if (!asset || !is_number) continue;
    keys.push_back({column.label[0], AssetId{*asset}});
    sources.push_back(&column);
  }
  auto sorted = keys;
  std::sort(sorted.begin(), sorted.end());
  if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end()) {
    return Error{ErrorCode::kSchemaMismatch,
                 fmt::format("{}: '{}' has {} twice", who, file, to_string(*twice))};
  }
  Panel panel(std::move(keys));
  panel.append_rows(times);
  for (std::size_t c = 0; c < sources.size(); ++c) {
    for (std::size_t row = 0; row < times.size(); ++row) {
      if (!sources[c]->is_null(row)) {
        panel.set(row, c, number_at(*sources[c], row));
      }
    }
  }
  return panel;
}

}  // namespace

Result<Panel> read_panel_file(const std::filesystem::path& file, const std::string& index,
                              std::string_view who) {
  TIEOUT_TRY(frames::Frame frame, frames::read_frame(file));
  if (!index.empty()) {
    TIEOUT_CHECK(frames::set_index(frame, index));
  } else if (!frame.index && !frame.columns.empty()) {
    const frames::ColumnLabel first = frame.columns[0].label;
    if (frame.columns[0].type() == ColumnType::kTimestamp && first.size() == 1) {
      TIEOUT_CHECK(frames::set_index(frame, first[0]));
    }
  }
  reference::split_levels(frame);
  return to_panel(frame, file.string(), who);
}

}  // namespace tieout::cli
