#include "statistics_input.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "tieout/frames/file.hpp"
#include "tieout/recon/portfolio_record.hpp"
#include "tieout/reference/log_reader.hpp"

namespace tieout::cli {
namespace {

/// "prod" and "pnl" of the labels {"prod", "pnl"} and {"prod|pnl"}; "" and "pnl" of {"pnl"}.
std::pair<std::string, std::string> split_label(const frames::ColumnLabel& label) {
  if (label.size() == 2) {
    return {label[0], label[1]};
  }
  const std::string& name = label.front();
  const std::size_t bar = name.find('|');
  return bar == std::string::npos ? std::pair(std::string(), name)
                                  : std::pair(name.substr(0, bar), name.substr(bar + 1));
}

/// The row labels of a frame: its index, or the first column.
Result<std::vector<Timestamp>> take_rows(frames::Frame& frame, const std::string& file) {
  if (!frame.index && !frame.columns.empty()) {
    frame.index = std::move(frame.columns.front());
    frame.columns.erase(frame.columns.begin());
  }
  const auto* rows =
      frame.index ? std::get_if<std::vector<Timestamp>>(&frame.index->values) : nullptr;
  if (rows == nullptr || !frame.index->valid.empty()) {
    return Error{ErrorCode::kSchemaMismatch,
                 fmt::format("portfolio_stats: '{}': the first column must be timestamps with an "
                             "offset, such as 2023-08-15 09:35:00-04:00",
                             file)};
  }
  for (std::size_t i = 1; i < rows->size(); ++i) {
    if ((*rows)[i] <= (*rows)[i - 1]) {
      return Error{ErrorCode::kMalformedData,
                   fmt::format("portfolio_stats: '{}': row {} ({}) is not after the row before it; "
                               "bars must be in order, each once",
                               file, i + 1, to_iso((*rows)[i]))};
    }
  }
  return *rows;
}

std::vector<double> numbers_of(const frames::FrameColumn& column) {
  std::vector<double> values(column.size(), std::numeric_limits<double>::quiet_NaN());
  const auto* floats = std::get_if<std::vector<double>>(&column.values);
  const auto* ints = std::get_if<std::vector<std::int64_t>>(&column.values);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!column.is_null(i)) {
      values[i] = floats != nullptr ? (*floats)[i] : static_cast<double>((*ints)[i]);
    }
  }
  return values;
}

Status read_file_into(const std::string& file, StatisticsInput& input) {
  TIEOUT_TRY(frames::Frame frame, frames::read_frame(file));
  TIEOUT_TRY(const std::vector<Timestamp> rows, take_rows(frame, file));
  std::vector<std::string> order;
  std::map<std::string, std::vector<std::pair<std::string, std::size_t>>> columns;
  for (std::size_t c = 0; c < frame.columns.size(); ++c) {
    const ColumnType type = frame.columns[c].type();
    if (type == ColumnType::kFloat64 || type == ColumnType::kInt64) {
      const auto [portfolio, name] = split_label(frame.columns[c].label);
      if (columns.find(portfolio) == columns.end()) {
        order.push_back(portfolio);
      }
      columns[portfolio].emplace_back(name, c);
    }
  }
  if (order.empty()) {
    return Error{ErrorCode::kSchemaMismatch,
                 fmt::format("portfolio_stats: '{}' has no column of numbers; needed pnl, "
                             "gross_volume, net_volume, gmv, nmv",
                             file)};
  }
  for (const std::string& portfolio : order) {
    std::vector<ColumnKey> keys;
    for (const auto& item : columns[portfolio]) {
      keys.push_back({item.first});
    }
    std::vector<ColumnKey> sorted = keys;
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
      return Error{ErrorCode::kSchemaMismatch,
                   fmt::format("portfolio_stats: '{}' has a column twice", file)};
    }
    analytics::PortfolioRecord record;
    record.name = portfolio.empty() ? file : portfolio;
    record.metrics = Panel(std::move(keys));
    record.metrics.append_rows(rows);
    for (std::size_t i = 0; i < columns[portfolio].size(); ++i) {
      std::ranges::copy(numbers_of(frame.columns[columns[portfolio][i].second]),
                        record.metrics.column(i).begin());
    }
    input.portfolios.push_back(std::move(record));
  }
  return {};
}

std::string last_part(const std::string& directory) {
  const std::filesystem::path path = std::filesystem::path(directory).lexically_normal();
  return path.has_filename() ? path.filename().string() : path.parent_path().filename().string();
}

}  // namespace

Result<StatisticsInput> read_statistics_input(const std::vector<std::string>& runs,
                                              const std::vector<std::string>& files) {
  if (runs.empty() && files.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "portfolio_stats: no run and no --csv is given, needed one"};
  }
  StatisticsInput input;
  std::map<std::string, int> names;
  for (const std::string& run : runs) {
    ++names[last_part(run)];
  }
  const auto strings = std::make_shared<StringPool>();
  for (const std::string& directory : runs) {
    TIEOUT_TRY(const auto run, reference::open_run(directory, strings));
    TIEOUT_TRY(const recon::TradingFrames frames, recon::read_trading_frames(*run));
    const std::string name = last_part(directory);
    TIEOUT_TRY(auto record, recon::portfolio_record(frames, names[name] == 1 ? name : directory));
    input.portfolios.push_back(std::move(record));
    input.bar = std::max(input.bar, frames.bar);
  }
  for (const std::string& file : files) {
    TIEOUT_CHECK(read_file_into(file, input));
  }
  return input;
}

}  // namespace tieout::cli
