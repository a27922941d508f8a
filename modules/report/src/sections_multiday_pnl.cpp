#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "tieout/analytics/portfolio_stats.hpp"
#include "tieout/analytics/series_stats.hpp"

#include "plot_days.hpp"
#include "sections_multiday.hpp"

namespace tieout::report {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::string with_unit(std::string text, const std::string& unit) {
  return unit.empty() ? std::move(text) : text + " " + unit;
}

/// The pieces of one leg's cumulative PnL: each run goes on at the level of the one before.
DayCurve curve_of(const MultidayFacts& facts, std::size_t leg) {
  constexpr std::array<const char*, 3> kClasses{"line left", "line right", "line third"};
  DayCurve curve{kLegNames[leg], kClasses[leg], {}};
  double level = 0;
  for (const DayFacts& day : facts.days) {
    const Result<StatisticsSeries>& series = day.legs[leg];
    const std::vector<double>* pnl = series.ok() ? series->find("pnl") : nullptr;
    if (pnl == nullptr || pnl->empty()) continue;
    DayCurve::Piece piece{series->bars, cumulative(*pnl)};
    for (double& value : piece.values) value += level;
    level = piece.values.back();
    curve.pieces.push_back(std::move(piece));
  }
  return curve;
}

std::string end_text(const DayCurve& curve, const std::string& unit) {
  if (curve.pieces.empty()) return curve.name + " not available";
  return curve.name + " " + with_unit(money_text(curve.pieces.back().values.back()), unit);
}

/// One leg as the statistics want it.
analytics::NamedMetrics metrics_of(const Stitched& leg, const char* name) {
  std::vector<ColumnKey> keys;
  for (const std::string& column : leg.names) keys.push_back({column});
  Panel metrics(std::move(keys));
  metrics.append_rows(leg.bars);
  for (std::size_t c = 0; c < leg.values.size(); ++c)
    std::copy(leg.values[c].begin(), leg.values[c].end(), metrics.column(c).begin());
  return {name, std::move(metrics)};
}

/// PnL of each leg on the union of bars (`by_day`: on the runs).
std::array<std::vector<double>, 3> pnl_by_bar(const MultidayFacts& facts) {
  std::map<Timestamp, std::array<double, 3>> rows;
  for (std::size_t k = 0; k < facts.stitched.size(); ++k) {
    const std::vector<double>* pnl = facts.stitched[k].find("pnl");
    for (std::size_t i = 0; pnl != nullptr && i < pnl->size(); ++i) {
      rows.try_emplace(facts.stitched[k].bars[i], std::array<double, 3>{kNaN, kNaN, kNaN})
          .first->second[k] = (*pnl)[i];
    }
  }
  std::array<std::vector<double>, 3> out;
  for (const auto& row : rows)
    for (std::size_t k = 0; k < out.size(); ++k) out[k].push_back(row.second[k]);
  return out;
}

std::array<std::vector<double>, 3> pnl_by_run(const MultidayFacts& facts) {
  std::array<std::vector<double>, 3> out;
  for (const DayFacts& day : facts.days)
    for (std::size_t k = 0; k < out.size(); ++k) out[k].push_back(total_of(day.legs[k], "pnl"));
  return out;
}

TableBlock correlation_table(const std::string& caption,
                             const std::array<std::vector<double>, 3>& pnl) {
  TableBlock table;
  table.caption = caption;
  table.columns = {{"leg"}};
  for (const char* name : kLegNames) table.columns.push_back({name, Align::kNumber});
  for (std::size_t i = 0; i < pnl.size(); ++i) {
    std::vector<Cell> row{kLegNames[i]};
    for (std::size_t k = 0; k < pnl.size(); ++k) {
      const double value = analytics::correlation(pnl[i], pnl[k]);
      row.push_back(std::isnan(value) ? Cell{"not defined", Tone::kMuted}
                                      : Cell{fmt::format("{:.6f}", value)});
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

double last_of(const Result<StatisticsSeries>& leg, std::string_view name) {
  const std::vector<double>* values = leg.ok() ? leg->find(name) : nullptr;
  return values == nullptr || values->empty() ? kNaN : values->back();
}

}  // namespace

Result<Blocks> multiday_pnl_section(const MultidayFacts& facts) {
  DaysPlot plot;
  plot.unit = facts.money_unit;
  std::string ends;
  for (std::size_t k = 0; k < kLegNames.size(); ++k) {
    plot.curves.push_back(curve_of(facts, k));
    ends += (ends.empty() ? "" : ", ") + end_text(plot.curves.back(), facts.money_unit);
  }
  if (std::all_of(plot.curves.begin(), plot.curves.end(),
                  [](const DayCurve& curve) { return curve.pieces.empty(); })) {
    return Error{ErrorCode::kIncompleteEvidence,
                 "no run of the window has statistics of its books"};
  }
  for (const MultidayRun& run : facts.input.runs) plot.starts.push_back(run.start);
  for (const TimeSpan& gap : facts.input.gaps) plot.absent.emplace_back(gap.from, gap.to);
  plot.label = "Cumulative PnL of all runs, one after the other: " + ends;
  TableBlock table;
  table.caption = "PnL of each run, and cumulative at its end";
  table.columns = {{"run", Align::kCode}};
  for (const char* name : kLegNames) {
    table.columns.push_back({name, Align::kNumber});
    table.columns.push_back({fmt::format("{} cumulative", name), Align::kNumber});
  }
  table.columns.push_back({"prod - sim cumulative", Align::kNumber});
  std::array<double, 3> sum{};
  for (std::size_t i = 0; i < facts.days.size(); ++i) {
    std::vector<Cell> row{facts.input.runs[i].name};
    for (std::size_t k = 0; k < sum.size(); ++k) {
      const double total = total_of(facts.days[i].legs[k], "pnl");
      if (!std::isnan(total)) sum[k] += total;
      row.emplace_back(std::isnan(total) ? "-" : money_text(total));
      row.emplace_back(money_text(sum[k]));
    }
    row.push_back(sum[0] == sum[1] ? Cell{"0", Tone::kGood}
                                   : Cell{money_text(sum[0] - sum[1]), Tone::kBad});
    table.rows.push_back(std::move(row));
  }
  Blocks out{Figure{plot.label + " (times UTC; shaded: no run)", days_svg(plot), ""},
             std::move(table),
             Paragraph{fmt::format("A curve goes on at the level at which the run before ended. A "
                                   "run starts anew: its first {} {} nothing. Between runs nothing "
                                   "is added and no line is drawn. A bar that two runs share is "
                                   "the earlier run's.",
                                   plural(facts.input.burn_in_bars, "bar"),
                                   facts.input.burn_in_bars == 1 ? "adds" : "add"),
                       Tone::kMuted}};
  Bullets lacks;
  for (const DayFacts& day : facts.days)
    for (const Result<StatisticsSeries>& leg : day.legs)
      if (!leg.ok()) lacks.items.push_back(leg.error().message);
  if (!lacks.items.empty()) {
    out.emplace_back(Paragraph{"Not in the curves:", Tone::kWarn});
    out.emplace_back(std::move(lacks));
  }
  return out;
}

Result<Blocks> multiday_joins_section(const MultidayFacts& facts) {
  TableBlock table;
  table.caption = with_unit("Books of production at the end of a run and at the start of the next",
                            facts.money_unit.empty() ? "" : "(" + facts.money_unit + ")");
  table.columns = {{"join", Align::kTime},
                   {"gmv at the end", Align::kNumber},
                   {"gmv at the start", Align::kNumber},
                   {"wealth at the end", Align::kNumber},
                   {"wealth at the start", Align::kNumber},
                   {"carried over?"}};
  for (std::size_t i = 1; i < facts.days.size(); ++i) {
    const auto& before = facts.days[i - 1].legs[0];
    const double gmv = last_of(before, "gmv");
    const double wealth = last_of(before, "net_wealth");
    const double next_wealth = facts.days[i].start_wealth;
    const bool known = !std::isnan(wealth) && !std::isnan(next_wealth);
    // A run that starts from its own capital, not from where the last one ended.
    const bool carried = known && std::abs(wealth - next_wealth) <= 1e-6 * std::abs(wealth);
    const auto text = [](double x) { return std::isnan(x) ? std::string("-") : money_text(x); };
    table.rows.push_back({time_text(facts.input.runs[i].start), text(gmv),
                          text(facts.days[i].start_gmv), text(wealth), text(next_wealth),
                          !known    ? Cell{"not known", Tone::kMuted}
                          : carried ? Cell{"yes"}
                                    : Cell{"no: the run starts anew", Tone::kMuted}});
  }
  if (table.rows.empty()) return Blocks{Paragraph{"One run: there is no join.", Tone::kMuted}};
  return Blocks{std::move(table),
                Paragraph{"Levels are those of each run and are not carried over. What was held at "
                          "the end of a run earns nothing here until the next run has bars.",
                          Tone::kMuted}};
}

Result<Blocks> multiday_statistics_section(const MultidayFacts& facts) {
  std::vector<analytics::NamedMetrics> portfolios;
  std::string absent;
  for (std::size_t k = 0; k < kLegNames.size(); ++k) {
    if (facts.stitched[k].bars.empty()) {
      absent += (absent.empty() ? "" : ", ") + std::string(kLegNames[k]);
      continue;
    }
    portfolios.push_back(metrics_of(facts.stitched[k], kLegNames[k]));
  }
  if (portfolios.empty()) {
    return Error{ErrorCode::kIncompleteEvidence,
                 "no run of the window has statistics of its books"};
  }
  const std::string frequency_text = facts.input.pnl_resampling_frequency.empty()
                                         ? to_period(facts.bar)
                                         : facts.input.pnl_resampling_frequency;
  TIEOUT_TRY(const auto frequency, analytics::parse_frequency(frequency_text));
  analytics::PortfolioStatsOptions options;
  options.frequency = frequency;
  TIEOUT_TRY(const auto statistics, analytics::compute_portfolio_stats(portfolios, options));
  TableBlock table;
  table.caption = "Statistics of all runs together, bins of " + to_string(frequency);
  table.columns = {{"statistic"}, {"unit"}};
  for (const std::string& name : statistics.portfolios)
    table.columns.push_back({name, Align::kNumber});
  table.columns.push_back({"convention"});
  for (std::size_t i = 0; i < statistics.values.front().size(); ++i) {
    const analytics::StatisticInfo& info = *statistics.values.front()[i].info;
    std::vector<Cell> row{fmt::format("{}|{}", info.group, info.name), std::string(info.unit)};
    for (const auto& own : statistics.values) row.emplace_back(number_text(own[i].value));
    row.emplace_back(std::string(info.convention), Tone::kMuted);
    table.rows.push_back(std::move(row));
  }
  Blocks out{std::move(table),
             Paragraph{"As in the reference, bins between runs are part of the series: a missing "
                       "day lowers the ratios.",
                       Tone::kMuted}};
  if (!absent.empty()) out.emplace_back(Paragraph{"Not available: " + absent, Tone::kWarn});
  return out;
}

Result<Blocks> multiday_correlations_section(const MultidayFacts& facts) {
  const auto by_bar = pnl_by_bar(facts);
  if (by_bar.front().empty()) {
    return Error{ErrorCode::kIncompleteEvidence, "no run of the window has PnL"};
  }
  Blocks out{correlation_table(
      fmt::format("PnL of each bar (Pearson), {}", plural(by_bar.front().size(), "bar")), by_bar)};
  out.emplace_back(correlation_table(
      fmt::format("PnL of each run (Pearson), {}", plural(facts.days.size(), "run")),
      pnl_by_run(facts)));
  out.emplace_back(
      Paragraph{"Bars and runs at which both have a number. Research executes and "
                "marks at the same price and is only expected to correlate.",
                Tone::kMuted});
  return out;
}

Result<Blocks> multiday_execution_section(const MultidayFacts& facts) {
  TableBlock table;
  table.caption = with_unit("Execution of production; costs are positive when they hurt",
                            facts.money_unit.empty() ? "" : "(" + facts.money_unit + ")");
  table.columns = {{"run", Align::kCode},
                   {"volume", Align::kNumber},
                   {"fill rate", Align::kNumber},
                   {"slippage", Align::kNumber},
                   {"slippage, bps of volume", Align::kNumber},
                   {"underfill", Align::kNumber},
                   {"underfill cost", Align::kNumber},
                   {"net cost, bps of volume", Align::kNumber}};
  std::string lacks;
  for (std::size_t i = 0; i < facts.days.size(); ++i) {
    const Result<analytics::ExecutionTotals>& totals = facts.days[i].execution;
    if (!totals.ok()) {
      lacks = totals.error().message;
      table.rows.push_back(
          {facts.input.runs[i].name, Cell{"not available", Tone::kWarn}, "", "", "", "", "", ""});
      continue;
    }
    table.rows.push_back({facts.input.runs[i].name, money_text(totals->volume),
                          number_text(totals->fill_rate), money_text(totals->slippage),
                          number_text(totals->slippage_bps), money_text(totals->underfill),
                          money_text(totals->underfill_cost), number_text(totals->net_cost_bps)});
  }
  Blocks out{std::move(table)};
  if (!lacks.empty()) out.emplace_back(Paragraph{lacks, Tone::kWarn});
  return out;
}

}  // namespace tieout::report
