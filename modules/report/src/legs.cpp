#include "legs.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tieout/analytics/series_stats.hpp"

namespace tieout::report {

Result<recon::ResearchLeg> need_research(const Facts& facts) {
  constexpr std::size_t kLeastBars = 2;  // one to begin, one to earn
  const Result<recon::ResearchLeg>& leg = facts.research();
  if (facts.left.run == nullptr && facts.right.run == nullptr) {
    return leg.error();
  }
  if (!leg.ok()) {
    return Error{leg.error().code, "research not available: " + leg.error().message};
  }
  const std::size_t bars = leg->research.statistics.row_count();
  if (bars < kLeastBars) {
    return Error{ErrorCode::kIncompleteEvidence,
                 fmt::format("research not available: {} after burn-in, needs >= {} bars",
                             plural(bars, "bar"), kLeastBars)};
  }
  return leg;
}

Result<Leg> research_leg(const Facts& facts) {
  TIEOUT_TRY(const recon::ResearchLeg leg, need_research(facts));
  const Panel& statistics = leg.research.statistics;
  Leg out{"research", {}};
  out.series.bars.assign(statistics.index().begin(), statistics.index().end());
  for (std::size_t c = 0; c < statistics.column_count(); ++c) {
    out.series.names.push_back(statistics.columns()[c].field);
    const auto values = statistics.column(c);
    out.series.values.emplace_back(values.begin(), values.end());
  }
  return out;
}

Result<std::vector<Leg>> legs_with_research(const Facts& facts) {
  std::vector<Leg> legs;
  for (const Side* side : {&facts.left, &facts.right}) {
    TIEOUT_TRY(StatisticsSeries series, side->statistics);
    legs.push_back({side->name, std::move(series)});
  }
  if (Result<Leg> research = research_leg(facts); research.ok()) {
    legs.push_back(std::move(*research));
  }
  return legs;
}

Panel metrics_of(const StatisticsSeries& series) {
  std::vector<ColumnKey> columns;
  for (const std::string& name : series.names) columns.push_back({name});
  Panel out(std::move(columns));
  out.append_rows(series.bars);
  for (std::size_t c = 0; c < series.values.size(); ++c) {
    std::ranges::copy(series.values[c], out.column(c).begin());
  }
  return out;
}

void add_missing_research(const Facts& facts, Blocks& blocks) {
  if (const Result<recon::ResearchLeg> leg = need_research(facts); !leg.ok()) {
    blocks.emplace_back(Paragraph{leg.error().message, Tone::kMuted});
  }
}

TableBlock statistics_frame(const Leg& leg) {
  constexpr std::size_t kEdge = 5;
  const StatisticsSeries& series = leg.series;
  const std::size_t n = series.bars.size();
  const bool cut = n > 2 * kEdge;
  TableBlock table;
  table.caption = "Statistics of " + leg.name +
                  (cut ? fmt::format(": first and last {} of {}", kEdge, plural(n, "bar")) : "");
  table.columns = {{"bar", Align::kTime}};
  for (const std::string& name : series.names) table.columns.push_back({name, Align::kNumber});
  for (std::size_t i = 0; i < n; ++i) {
    if (cut && i >= kEdge && i < n - kEdge) continue;
    std::vector<Cell> row{time_text(series.bars[i])};
    for (const std::vector<double>& values : series.values) row.emplace_back(money_text(values[i]));
    table.rows.push_back(std::move(row));
  }
  return table;
}

Cell difference_cell(double left, double right, DifferenceText text) {
  if (std::isnan(left) && std::isnan(right)) return {"-", Tone::kMuted};
  if (left == right) return {"0", Tone::kGood};
  const double difference = left - right;
  return {text == DifferenceText::kMoney ? money_text(difference) : number_text(difference),
          Tone::kBad};
}

Cell correlation_cell(const Aligned& series, std::size_t& count) {
  count = 0;
  for (std::size_t i = 0; i < series.bars.size(); ++i) {
    count += std::isnan(series.left[i]) || std::isnan(series.right[i]) ? 0U : 1U;
  }
  const double value = analytics::correlation(series.left, series.right);
  return std::isnan(value) ? Cell{"not defined (needs two bars that differ)", Tone::kMuted}
                           : Cell{fmt::format("{:.6f}", value)};
}

}  // namespace tieout::report
