#include "sections_research.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "tieout/analytics/portfolio_stats.hpp"
#include "tieout/recon/research_leg.hpp"
#include "tieout/recon/trading_frames.hpp"

#include "plot.hpp"

namespace tieout::report {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kLeastBars = 2;  // one to begin, one to earn
const char* const kResearch = "research";

/// The third leg, or why there is none.
Result<recon::ResearchLeg> need_research(const Facts& facts) {
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

/// The statistics of the third leg in the form of a side's.
StatisticsSeries series_of(const Panel& statistics) {
  StatisticsSeries out;
  out.bars.assign(statistics.index().begin(), statistics.index().end());
  for (std::size_t c = 0; c < statistics.column_count(); ++c) {
    out.names.push_back(statistics.columns()[c].field);
    const auto values = statistics.column(c);
    out.values.emplace_back(values.begin(), values.end());
  }
  return out;
}

std::string setup_text(const recon::ResearchSetup& setup) {
  if (const auto* optimizer = std::get_if<analytics::OptimizerResearchOptions>(&setup.options)) {
    return fmt::format("Convex optimizer, target_gmv {}; price {}, prediction {}, volatility {}.",
                       number_text(optimizer->optimizer.target_gmv), optimizer->columns.price,
                       optimizer->columns.prediction, optimizer->columns.volatility);
  }
  const auto& options = std::get<analytics::ResearchOptions>(setup.options);
  const auto* cross = std::get_if<analytics::CrossSectionalOptions>(&options.sizing);
  return fmt::format("Style {}; price {}, prediction {}, volatility {}; burn_in_bars {}.",
                     cross == nullptr ? std::string("longitudinal")
                                      : fmt::format("cross_sectional, target_gmv {}",
                                                    number_text(cross->target_gmv)),
                     options.columns.price, options.columns.prediction, options.columns.volatility,
                     options.books.burn_in_bars);
}

/// Rows of the research statistics: all when they are few, else head and tail.
TableBlock research_frame(const StatisticsSeries& series) {
  constexpr std::size_t kEdge = 5;
  const std::size_t n = series.bars.size();
  const bool cut = n > 2 * kEdge;
  TableBlock table;
  table.caption = "Statistics of research" +
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

/// The largest difference of two frames, by the reference's rule: percent of the second.
struct LargestDifference {
  std::size_t pairs = 0, against_zero = 0;
  double max_abs = kNaN, max_percent = kNaN;
  Timestamp at;
  AssetId asset = kNoAsset;
};

/// What is compared: one field of each frame; the left one `lag` rows of its frame earlier.
struct FieldPair {
  const Panel* left;
  std::string left_field;
  std::size_t lag = 0;
  const Panel* right;
  std::string right_field;
};

double without_dust(double value) {
  constexpr double kCloseToZero = 1e-6;
  return std::abs(value) < kCloseToZero ? 0.0 : value;
}

LargestDifference difference_of(const FieldPair& pair) {
  LargestDifference out;
  for (const std::size_t c : pair.left->columns_of(pair.left_field)) {
    const AssetId asset = pair.left->columns()[c].asset;
    const auto other = pair.right->find_column({pair.right_field, asset});
    if (!other) continue;
    for (std::size_t row = pair.lag; row < pair.left->row_count(); ++row) {
      const auto own = pair.right->find_row(pair.left->index()[row]);
      if (!own) continue;
      const double a = without_dust(pair.left->at(row - pair.lag, c));
      const double b = without_dust(pair.right->at(*own, *other));
      if (std::isnan(a) || std::isnan(b)) continue;
      ++out.pairs;
      const double difference = std::abs(a - b);
      out.max_abs = std::isnan(out.max_abs) ? difference : std::max(out.max_abs, difference);
      if (b == 0.0 && a != 0.0) {
        ++out.against_zero;
        continue;
      }
      const double percent = difference == 0.0 ? 0.0 : 100.0 * difference / std::abs(b);
      if (!(percent <= out.max_percent)) {
        out.max_percent = percent;
        out.at = pair.left->index()[row];
        out.asset = asset;
      }
    }
  }
  return out;
}

std::string percent_text(const LargestDifference& difference) {
  return difference.pairs == 0 ? "no pairs" : number_text(difference.max_percent) + " %";
}

/// A section of two sides, and what the third adds to it; without it a sentence says why.
Result<Blocks> beside(Result<Blocks> blocks, Result<Blocks> more) {
  if (!blocks.ok()) return blocks;
  if (!more.ok()) {
    (*blocks).emplace_back(Paragraph{more.error().message, Tone::kMuted});
    return blocks;
  }
  for (Block& block : *more) (*blocks).push_back(std::move(block));
  return blocks;
}

/// The statistics of the three legs that there are.
struct Leg {
  std::string name;
  StatisticsSeries series;
};

Result<std::vector<Leg>> three_legs(const Facts& facts) {
  TIEOUT_TRY(const recon::ResearchLeg leg, need_research(facts));
  std::vector<Leg> legs;
  for (const Side* side : {&facts.left, &facts.right}) {
    if (side->statistics.ok()) legs.push_back({side->name, *side->statistics});
  }
  legs.push_back({kResearch, series_of(leg.research.statistics)});
  return legs;
}

Result<Blocks> side_by_side(const Facts& facts) {
  constexpr std::size_t kEdge = 10;
  TIEOUT_TRY(const std::vector<Leg> legs, three_legs(facts));
  std::map<Timestamp, std::vector<double>> rows;
  const std::array<const char*, 2> names{"pnl", "gmv"};
  for (std::size_t k = 0; k < legs.size(); ++k) {
    for (std::size_t n = 0; n < names.size(); ++n) {
      const auto* values = legs[k].series.find(names[n]);
      for (std::size_t i = 0; values != nullptr && i < values->size(); ++i) {
        auto& row = rows[legs[k].series.bars[i]];
        row.resize(names.size() * legs.size(), kNaN);
        row[n * legs.size() + k] = (*values)[i];
      }
    }
  }
  TableBlock table;
  table.caption = rows.size() > 2 * kEdge
                      ? fmt::format("Three portfolios side by side: first and last {} of {}", kEdge,
                                    plural(rows.size(), "bar"))
                      : "Three portfolios side by side";
  table.columns = {{"bar", Align::kTime}};
  for (const char* name : names) {
    for (const Leg& leg : legs) {
      table.columns.push_back({fmt::format("{} {}", name, leg.name), Align::kNumber});
    }
  }
  std::size_t i = 0;
  for (const auto& item : rows) {
    const std::size_t position = i++;
    if (rows.size() > 2 * kEdge && position >= kEdge && position < rows.size() - kEdge) continue;
    std::vector<Cell> row{time_text(item.first)};
    for (const double value : item.second) row.emplace_back(money_text(value));
    table.rows.push_back(std::move(row));
  }
  return Blocks{Fold{"Three portfolios bar by bar", {std::move(table)}}};
}

Result<Blocks> research_curve(const Facts& facts) {
  TIEOUT_TRY(const std::vector<Leg> legs, three_legs(facts));
  if (legs.size() < 2) {
    return Error{ErrorCode::kIncompleteEvidence, "research: no other side has statistics"};
  }
  const Leg& other = legs.front();
  const Leg& research = legs.back();
  const auto* left = other.series.find("pnl");
  const auto* right = research.series.find("pnl");
  if (left == nullptr || right == nullptr) {
    return Error{ErrorCode::kSchemaMismatch, "research: the statistics have no column 'pnl'"};
  }
  const Aligned series = align(other.series.bars, *left, research.series.bars, *right);
  TwoLines plot;
  plot.left = cumulative(series.left);
  plot.right = cumulative(series.right);
  plot.left_name = other.name;
  plot.right_name = research.name;
  plot.unit = facts.money_unit;
  plot.bars = series.bars;
  plot.label = fmt::format("Cumulative PnL of {} and research: {} and {} at the end", other.name,
                           money_text(plot.left.back()), money_text(plot.right.back()));
  return Blocks{Figure{plot.label + " (times UTC)", two_lines_svg(plot), ""},
                Paragraph{"Research executes and marks at the same price and is only expected to "
                          "correlate with a run.",
                          Tone::kMuted}};
}

Result<Blocks> research_statistics(const Facts& facts) {
  TIEOUT_TRY(const std::vector<Leg> legs, three_legs(facts));
  std::vector<analytics::NamedMetrics> portfolios;
  for (const Leg& leg : legs) {
    std::vector<ColumnKey> keys;
    for (const std::string& name : leg.series.names) keys.push_back({name});
    Panel metrics(std::move(keys));
    metrics.append_rows(leg.series.bars);
    for (std::size_t c = 0; c < leg.series.values.size(); ++c) {
      std::copy(leg.series.values[c].begin(), leg.series.values[c].end(),
                metrics.column(c).begin());
    }
    portfolios.push_back({leg.name, std::move(metrics)});
  }
  const runlog::RunReader* run = facts.left.run != nullptr ? facts.left.run : facts.right.run;
  TIEOUT_TRY(const auto frequency, analytics::parse_frequency(to_period(run->manifest().bar)));
  analytics::PortfolioStatsOptions options;
  options.frequency = frequency;
  TIEOUT_TRY(const auto statistics, analytics::compute_portfolio_stats(portfolios, options));
  TableBlock table;
  table.caption = "Statistics of the three portfolios, bars of " + to_string(frequency);
  table.columns = {{"statistic"}, {"unit"}};
  for (const std::string& name : statistics.portfolios)
    table.columns.push_back({name, Align::kNumber});
  for (std::size_t i = 0; i < statistics.values.front().size(); ++i) {
    const analytics::StatisticInfo& info = *statistics.values.front()[i].info;
    std::vector<Cell> row{fmt::format("{}|{}", info.group, info.name), std::string(info.unit)};
    for (const auto& own : statistics.values) row.emplace_back(number_text(own[i].value));
    table.rows.push_back(std::move(row));
  }
  return Blocks{Fold{"With the research portfolio", {std::move(table)}}};
}

Result<Blocks> pairwise_differences(const Facts& facts) {
  TIEOUT_TRY(const recon::ResearchLeg leg, need_research(facts));
  struct Named {
    std::string name;
    Panel portfolio;
  };
  std::vector<Named> legs;
  for (const Side* side : {&facts.left, &facts.right}) {
    if (side->run == nullptr) continue;
    TIEOUT_TRY(recon::TradingFrames frames, recon::read_trading_frames(*side->run));
    legs.push_back({side->name, std::move(frames.portfolio)});
  }
  std::vector<std::pair<std::string, FieldPair>> pairs;
  if (legs.size() == 2) {
    pairs.push_back({fmt::format("{}_{}_diff", legs[0].name, legs[1].name),
                     {&legs[0].portfolio, "", 0, &legs[1].portfolio, ""}});
  }
  for (std::size_t k = 0; k < legs.size(); ++k) {
    const Panel* research = &leg.research.portfolio;
    if (k == 0) {
      pairs.insert(pairs.begin(), {fmt::format("{}_research_diff", legs[k].name),
                                   {&legs[k].portfolio, "", 0, research, ""}});
    } else {
      pairs.push_back({fmt::format("research_{}_diff", legs[k].name),
                       {research, "", 0, &legs[k].portfolio, ""}});
    }
  }
  TableBlock table;
  table.caption = "Largest difference of each two portfolios over bars and assets";
  table.columns = {{"field", Align::kCode}};
  for (const auto& pair : pairs) table.columns.push_back({pair.first, Align::kNumber});
  std::size_t against_zero = 0;
  for (const char* field : {"executed_trades_notional", "executed_trades_shares",
                            "holdings_notional", "holdings_shares", "pnl"}) {
    std::vector<Cell> row{field};
    for (auto pair : pairs) {
      pair.second.left_field = pair.second.right_field = field;
      const LargestDifference difference = difference_of(pair.second);
      against_zero += difference.against_zero;
      row.emplace_back(percent_text(difference));
    }
    table.rows.push_back(std::move(row));
  }
  return Blocks{
      table,
      Paragraph{fmt::format("a_b_diff = max of 100 |a - b| / |b| (the reference's rule, magnitudes "
                            "below 1e-6 count as 0); {} with b = 0 have no percentage.",
                            plural(against_zero, "cell")),
                Tone::kMuted}};
}

double correlation_of(const Aligned& series, std::size_t& count) {
  std::vector<double> x, y;
  for (std::size_t i = 0; i < series.bars.size(); ++i) {
    if (std::isnan(series.left[i]) || std::isnan(series.right[i])) continue;
    x.push_back(series.left[i]);
    y.push_back(series.right[i]);
  }
  count = x.size();
  double mean_x = 0, mean_y = 0;
  for (std::size_t i = 0; i < count; ++i) {
    mean_x += x[i] / static_cast<double>(count);
    mean_y += y[i] / static_cast<double>(count);
  }
  double xy = 0, xx = 0, yy = 0;
  for (std::size_t i = 0; i < count; ++i) {
    xy += (x[i] - mean_x) * (y[i] - mean_y);
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    yy += (y[i] - mean_y) * (y[i] - mean_y);
  }
  return xx > 0 && yy > 0 ? std::clamp(xy / std::sqrt(xx * yy), -1.0, 1.0) : kNaN;
}

Result<Blocks> research_correlations(const Facts& facts) {
  TIEOUT_TRY(const std::vector<Leg> legs, three_legs(facts));
  const Leg& research = legs.back();
  TableBlock table;
  table.caption = "Correlation with research over bars (Pearson)";
  table.columns = {
      {"statistic"}, {"with"}, {"bars", Align::kNumber}, {"correlation", Align::kNumber}};
  for (const char* name : {"pnl", "gross_volume", "net_volume", "gmv", "nmv"}) {
    for (std::size_t k = 0; k + 1 < legs.size(); ++k) {
      const auto* left = legs[k].series.find(name);
      const auto* right = research.series.find(name);
      if (left == nullptr || right == nullptr) continue;
      std::size_t count = 0;
      const double value =
          correlation_of(align(legs[k].series.bars, *left, research.series.bars, *right), count);
      table.rows.push_back({name, legs[k].name, count_text(count),
                            std::isnan(value)
                                ? Cell{"not defined (needs two bars that differ)", Tone::kMuted}
                                : Cell{fmt::format("{:.6f}", value)}});
    }
  }
  return Blocks{table};
}

}  // namespace

Result<Blocks> research_section(const Facts& facts) {
  TIEOUT_TRY(const recon::ResearchLeg leg, need_research(facts));
  const Side& source = facts.left.run != nullptr ? facts.left : facts.right;
  Blocks out;
  out.emplace_back(Paragraph{"Computed from the DAG's last outputs of " + source.name +
                             " with the arguments of its config. " + setup_text(leg.setup)});
  for (const std::string& note : leg.setup.notes) out.emplace_back(Paragraph{note, Tone::kWarn});
  for (const analytics::ResearchNote& note : leg.research.notes) {
    out.emplace_back(Paragraph{
        fmt::format("{}: {} {}.", note.name, count_text(note.count), note.text), Tone::kWarn});
  }
  out.emplace_back(
      Fold{"Statistics bar by bar", {research_frame(series_of(leg.research.statistics))}});
  return out;
}

Result<Blocks> targets_vs_research_section(const Facts& facts) {
  TIEOUT_TRY(const recon::ResearchLeg leg, need_research(facts));
  TIEOUT_TRY(const runlog::RunReader* run, need_run(facts.left));
  TIEOUT_TRY(const recon::TradingFrames frames, recon::read_trading_frames(*run));
  const Panel& targets = frames.target_positions;
  const Panel& research = leg.research.portfolio;
  struct Line {
    const char* left;
    const char* right;
    std::size_t lag;
    bool asked;  // within kAskedPercent
    const char* note;
  };
  const std::array<Line, 5> lines{
      {{"price", "price", 0, false, "a run may mark by another column or pricing method"},
       {"volatility", "volatility", 0, true, "asked: 1e-3 %"},
       {"prediction", "prediction", 0, true, "asked: 1e-3 %"},
       {"holdings_shares", "holdings_shares", 0, false, ""},
       {"target_holdings_shares", "holdings_shares", 1, false, "targets of the bar before"}}};
  constexpr double kAskedPercent = 1e-3;
  TableBlock table;
  table.caption = "Target positions of " + facts.left.name + " against research";
  table.columns = {{"target positions", Align::kCode},
                   {"research", Align::kCode},
                   {"pairs", Align::kNumber},
                   {"max", Align::kNumber},
                   {"max abs", Align::kNumber},
                   {"at bar", Align::kTime},
                   {"asset", Align::kCode},
                   {"remark"}};
  for (const Line& line : lines) {
    const LargestDifference difference =
        difference_of({&targets, line.left, line.lag, &research, line.right});
    const Tone tone = difference.pairs == 0                     ? Tone::kWarn
                      : !line.asked                             ? Tone::kPlain
                      : difference.max_percent <= kAskedPercent ? Tone::kGood
                                                                : Tone::kBad;
    table.rows.push_back(
        {line.lag == 0 ? std::string(line.left) : std::string(line.left) + ".shift(1)", line.right,
         count_text(difference.pairs), Cell{percent_text(difference), tone},
         number_text(difference.max_abs), difference.pairs == 0 ? "" : time_text(difference.at),
         difference.pairs == 0 ? "" : facts.asset_text(difference.asset), line.note});
  }
  return Blocks{table};
}

Result<Blocks> portfolios_with_research(const Facts& facts) {
  return beside(portfolios_section(facts), side_by_side(facts));
}

Result<Blocks> pnl_plot_with_research(const Facts& facts) {
  return beside(pnl_plot_section(facts), research_curve(facts));
}

Result<Blocks> statistics_with_research(const Facts& facts) {
  return beside(statistics_table_section(facts), research_statistics(facts));
}

Result<Blocks> pairwise_diff_with_research(const Facts& facts) {
  return beside(pairwise_diff_section(facts), pairwise_differences(facts));
}

Result<Blocks> correlations_with_research(const Facts& facts) {
  return beside(correlations_section(facts), research_correlations(facts));
}

}  // namespace tieout::report
