#include "tieout/recon/portfolio_record.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace tieout::recon {
namespace {

/// `metrics` with a column that is the sum of a field over the portfolio's assets, NaN where none
/// has it.
Panel with_sum_of(const Panel& metrics, const Panel& portfolio, const std::string& field) {
  const std::vector<std::size_t> columns = portfolio.columns_of(field);
  if (columns.empty() || metrics.find_column({field})) {
    return metrics;
  }
  std::vector<ColumnKey> keys = metrics.columns();
  keys.push_back({field});
  Panel result(std::move(keys));
  result.append_rows(metrics.index());
  for (std::size_t c = 0; c < metrics.column_count(); ++c) {
    std::ranges::copy(metrics.column(c), result.column(c).begin());
  }
  const std::span<double> sums = result.column(metrics.column_count());
  for (std::size_t row = 0; row < portfolio.row_count(); ++row) {
    const auto at = result.find_row(portfolio.index()[row]);
    for (const std::size_t c : columns) {
      const double value = portfolio.at(row, c);
      if (at && !std::isnan(value)) {
        sums[*at] = std::isnan(sums[*at]) ? value : sums[*at] + value;
      }
    }
  }
  return result;
}

}  // namespace

Panel field_of(const Panel& panel, std::string_view field) {
  std::vector<ColumnKey> keys;
  std::vector<std::size_t> sources;
  for (const std::size_t c : panel.columns_of(field)) {
    if (panel.columns()[c].asset != kCash) {
      keys.push_back(panel.columns()[c]);
      sources.push_back(c);
    }
  }
  Panel result(std::move(keys));
  result.append_rows(panel.index());
  for (std::size_t i = 0; i < sources.size(); ++i) {
    std::ranges::copy(panel.column(sources[i]), result.column(i).begin());
  }
  return result;
}

Result<analytics::PortfolioRecord> portfolio_record(const TradingFrames& frames,
                                                    const std::string& name) {
  if (frames.statistics.empty()) {
    return Error{ErrorCode::kIncompleteEvidence,
                 fmt::format("portfolio_record: no bar of {} wrote portfolio statistics, needed "
                             "one",
                             name)};
  }
  analytics::PortfolioRecord record;
  record.name = name;
  record.metrics = with_sum_of(with_sum_of(frames.statistics, frames.portfolio, "fees"),
                               frames.portfolio, "funding");
  record.positions = field_of(frames.portfolio, "holdings_notional");
  record.pnl = field_of(frames.portfolio, "pnl");
  return record;
}

}  // namespace tieout::recon
