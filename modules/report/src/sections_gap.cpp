#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>

#include <fmt/format.h>

#include "tieout/analytics/two_samples.hpp"
#include "tieout/recon/pnl_gap.hpp"
#include "tieout/recon/trades.hpp"

#include "chart_curves.hpp"
#include "gap_plot.hpp"
#include "legs.hpp"
#include "sections.hpp"

namespace tieout::report {
namespace {

using analytics::GapPart;
using recon::TradeKind;

constexpr std::size_t kBridgePlaces = 24;

/// Both runs' bar PnL on the union of their bars; 0 where only the other run has one.
struct BarGaps {
  std::vector<Timestamp> bars;
  std::vector<double> gaps;  // [bars], left - right
};

Result<BarGaps> bar_gaps(const Facts& facts) {
  TIEOUT_TRY(const StatisticsSeries left, facts.left.statistics);
  TIEOUT_TRY(const StatisticsSeries right, facts.right.statistics);
  const std::vector<double>* left_pnl = left.find("pnl");
  const std::vector<double>* right_pnl = right.find("pnl");
  if (left_pnl == nullptr || right_pnl == nullptr) {
    return Error{ErrorCode::kSchemaMismatch, "gap: the statistics have no column 'pnl'"};
  }
  const Aligned both = align(left.bars, *left_pnl, right.bars, *right_pnl);
  BarGaps out;
  for (std::size_t i = 0; i < both.bars.size(); ++i) {
    if (std::isnan(both.left[i]) && std::isnan(both.right[i])) continue;
    out.bars.push_back(both.bars[i]);
    out.gaps.push_back((std::isnan(both.left[i]) ? 0 : both.left[i]) -
                       (std::isnan(both.right[i]) ? 0 : both.right[i]));
  }
  return out;
}

/// The running gap, and where its drift changes most.
Chart gap_chart(const Facts& facts, const BarGaps& gaps) {
  const analytics::ChangePoint change = analytics::cusum_change_point(gaps.gaps);
  std::string note = fmt::format("sum of pnl of {} - pnl of {} up to the bar. ", facts.left.name,
                                 facts.right.name);
  const bool exists = !std::isnan(change.statistic) && change.last_before + 1 < gaps.bars.size();
  note += exists ? fmt::format("The mean gap changes most at {} (CUSUM {}, p {})",
                               time_text(gaps.bars[change.last_before + 1]),
                               number_text(change.statistic), number_text(change.p_value))
                 : "No change point: the gap of a bar does not vary";
  const Curve curve{"gap", ChartRole::kGap, gaps.bars, cumulative(gaps.gaps)};
  Chart chart = chart_of({"Gap of the cumulative PnL", note, facts.money_unit, ChartKind::kArea},
                         std::span(&curve, 1));
  if (exists) {
    chart.marks.push_back(
        {ChartMark::Across::kX, chart.x.values[change.last_before + 1], "change point"});
  }
  return chart;
}

/// PnL gap in words for each part.
std::string part_name(const Facts& facts, GapPart part) {
  switch (part) {
    case GapPart::kPrices:
      return "other prices";
    case GapPart::kQuantities:
      return "other quantities";
    case GapPart::kOnlyLeft:
      return "only " + facts.left.name;
    case GapPart::kOnlyRight:
      return "only " + facts.right.name;
    default:
      return std::string(analytics::to_string(part));
  }
}

/// What the gap is split by.
struct Evidenced {
  const recon::TradingFrames& left;
  const recon::TradingFrames& right;
  std::vector<analytics::Trade> left_fills, right_fills;
};

Result<Evidenced> evidence_of(const Facts& facts) {
  TIEOUT_TRY(const runlog::RunReader* left_run, need_run(facts.left));
  TIEOUT_TRY(const runlog::RunReader* right_run, need_run(facts.right));
  if (!facts.left.trading.ok()) return facts.left.trading.error();
  if (!facts.right.trading.ok()) return facts.right.trading.error();
  Evidenced out{*facts.left.trading, *facts.right.trading, {}, {}};
  TIEOUT_TRY(out.left_fills, recon::trades_of(*left_run, TradeKind::kFills));
  TIEOUT_TRY(out.right_fills, recon::trades_of(*right_run, TradeKind::kFills));
  return out;
}

/// The books up to a bar.
recon::TradingFrames until(const recon::TradingFrames& frames, Timestamp bar) {
  recon::TradingFrames out;
  out.bar = frames.bar;
  const std::size_t end = frames.portfolio.lower_bound(bar + nanoseconds(1));
  out.portfolio = frames.portfolio.slice({0, end});
  return out;
}

/// The gap's parts up to each of 24 bars, evenly spread: at each they add up to the gap.
Result<Chart> bridge_chart(const Facts& facts, const Evidenced& evidence,
                           const recon::PnlGap& whole) {
  const auto index = evidence.left.portfolio.index();
  std::vector<Timestamp> bars;
  for (const Timestamp bar : index) {
    if (bar > whole.first_bar && evidence.right.portfolio.find_row(bar)) bars.push_back(bar);
  }
  std::vector<Timestamp> places;
  const std::size_t count = std::min(kBridgePlaces, bars.size());
  for (std::size_t k = 0; k < count; ++k) {
    places.push_back(bars[count < 2 ? 0 : (bars.size() - 1) * k / (count - 1)]);
  }
  std::vector<Curve> curves{{"gap", ChartRole::kGap, places, {}, SeriesDraw::kArea}};
  for (std::size_t p = 0; p < analytics::kGapPartCount; ++p) {
    curves.push_back({part_name(facts, static_cast<GapPart>(p)), ChartRole::kOther, places, {}});
  }
  std::array<bool, analytics::kGapPartCount> shown{};
  for (const Timestamp bar : places) {
    TIEOUT_TRY(const recon::PnlGap gap,
               recon::pnl_gap(until(evidence.left, bar), evidence.left_fills,
                              until(evidence.right, bar), evidence.right_fills, {}));
    curves[0].values.push_back(gap.split.total.gap);
    for (std::size_t p = 0; p < analytics::kGapPartCount; ++p) {
      const double part = gap.split.total.parts[p];
      const bool is_none = std::abs(part) <= 1e-9 * gap.split.total.gross;
      shown[p] = shown[p] || !is_none;
      curves[p + 1].values.push_back(is_none ? 0 : part);
    }
  }
  for (std::size_t p = analytics::kGapPartCount; p-- > 0;) {
    if (!shown[p]) curves.erase(curves.begin() + static_cast<std::ptrdiff_t>(p) + 1);
  }
  return chart_of({"Parts of the PnL gap over time",
                   fmt::format("the split of the run up to {}, evenly spread: open positions are "
                               "valued there, after fees and funding; at each the parts add up to "
                               "the gap; parts that are always 0 are left out",
                               plural(count, "bar")),
                   facts.money_unit},
                  curves);
}

/// From the simulation's PnL to production's, part by part.
Blocks waterfall_blocks(const Facts& facts, const recon::PnlGap& gap) {
  const analytics::GapSplit& total = gap.split.total;
  Waterfall plot;
  plot.label = fmt::format("From the PnL of {} to that of {}, {} to {}{}", facts.right.name,
                           facts.left.name, time_text(gap.first_bar), time_text(gap.last_bar),
                           facts.money_unit.empty() ? "" : " (" + facts.money_unit + ")");
  plot.from = {facts.right.name, total.right_pnl};
  plot.to = {facts.left.name, total.left_pnl};
  TableBlock table;
  table.caption = plot.label;
  table.columns = {{"what"}, {"PnL", Align::kNumber}};
  table.rows.push_back({facts.right.name, money_text(total.right_pnl)});
  double sum = 0;
  for (std::size_t p = 0; p < analytics::kGapPartCount; ++p) {
    sum += total.parts[p];
    const std::string name = part_name(facts, static_cast<GapPart>(p));
    const bool is_none = std::abs(total.parts[p]) <= 1e-9 * total.gross;
    if (!is_none) plot.steps.push_back({name, total.parts[p]});
    table.rows.push_back(
        {name, is_none ? Cell{"0", Tone::kMuted} : Cell{money_text(total.parts[p])}});
  }
  table.rows.push_back({facts.left.name, money_text(total.left_pnl)});
  const double error = sum - total.gap;
  std::string words;
  for (const auto& row : table.rows) words += row[0].text + ": " + row[1].text + "\n";
  return {Figure{plot.label, waterfall_svg(plot), words},
          Fold{"Waterfall: table", {std::move(table)}},
          Paragraph{fmt::format("The parts add up to the gap of {}: error {}.",
                                money_text(total.gap), number_text(error)),
                    std::abs(error) <= 1e-9 * total.gross ? Tone::kGood : Tone::kBad}};
}

/// Gap of the bar PnL by asset and hour of the run.
Result<Blocks> hour_blocks(const Facts& facts) {
  constexpr std::size_t kMaxAssets = 12;
  constexpr std::size_t kMaxHours = 48;
  if (!facts.left.trading.ok()) return facts.left.trading.error();
  if (!facts.right.trading.ok()) return facts.right.trading.error();
  const Panel& left = facts.left.trading->portfolio;
  const Panel& right = facts.right.trading->portfolio;
  // Bar by bar first: what both runs earned alike is then nothing to the last bit.
  std::map<AssetId, std::map<Timestamp, double>> gaps;
  const auto add = [&](const Panel& books, double sign) {
    for (const std::size_t c : books.columns_of("pnl")) {
      for (std::size_t row = 0; row < books.row_count(); ++row) {
        const double pnl = books.at(row, c);
        if (!std::isnan(pnl)) gaps[books.columns()[c].asset][books.index()[row]] += sign * pnl;
      }
    }
  };
  add(left, 1);
  add(right, -1);
  std::map<AssetId, std::map<std::int64_t, double>> by_asset;
  std::map<std::int64_t, double> all;
  for (const auto& [asset, by_bar] : gaps) {
    for (const auto& [bar, gap] : by_bar) {
      // A bar is labelled by its end: that of 01:00 belongs to the hour from 00:00.
      const std::int64_t hour = (bar.ns - 1) / hours(1).ns;
      by_asset[asset][hour] += gap;
      all[hour] += gap;
    }
  }
  if (all.empty()) return Error{ErrorCode::kIncompleteEvidence, "gap: no PnL by asset"};
  const auto magnitude = [](const auto& by_hour) {
    double sum = 0;
    for (const auto& item : by_hour) sum += std::abs(item.second);
    return sum;
  };
  std::vector<AssetId> assets;
  for (const auto& item : by_asset) {
    if (magnitude(item.second) > 0) assets.push_back(item.first);
  }
  if (assets.empty()) {
    return Blocks{Paragraph{"No asset has another PnL in any bar.", Tone::kGood}};
  }
  std::ranges::stable_sort(assets, std::greater<>(),
                           [&](AssetId asset) { return magnitude(by_asset[asset]); });
  const std::size_t shown = std::min(assets.size(), kMaxAssets);
  SignedMap map;
  map.label = fmt::format(
      "Gap of the bar PnL ({} - {}) by asset and hour, UTC{}: {} with the largest", facts.left.name,
      facts.right.name, facts.money_unit.empty() ? "" : ", in " + facts.money_unit,
      plural(shown, "asset"));
  const std::int64_t first = all.begin()->first;
  const std::int64_t last = all.rbegin()->first;
  // Long runs: whole multiples of an hour.
  const std::int64_t merge = (last - first) / static_cast<std::int64_t>(kMaxHours) + 1;
  for (std::int64_t hour = first; hour <= last; hour += merge) {
    map.columns.push_back(time_text(Timestamp{hour * hours(1).ns}).substr(5, 11));
  }
  TableBlock table;
  table.caption = map.label;
  table.columns = {{"asset", Align::kCode}, {"gap", Align::kNumber}};
  for (const std::string& column : map.columns) table.columns.push_back({column, Align::kNumber});
  std::string words;
  const auto add_row = [&](const std::string& name, const std::map<std::int64_t, double>& by_hour) {
    std::vector<double> row(map.columns.size(), 0);
    double sum = 0;
    for (const auto& [hour, gap] : by_hour) {
      row[static_cast<std::size_t>((hour - first) / merge)] += gap;
      sum += gap;
    }
    std::vector<Cell> cells{name, money_text(sum)};
    for (const double gap : row) cells.emplace_back(gap == 0 ? "" : money_text(gap));
    table.rows.push_back(std::move(cells));
    const auto worst = std::ranges::max_element(row, {}, [](double x) { return std::abs(x); });
    words +=
        fmt::format("{}: {}, worst at {}: {}\n", name, money_text(sum),
                    map.columns[static_cast<std::size_t>(worst - row.begin())], money_text(*worst));
    map.rows.push_back(name);
    map.values.push_back(std::move(row));
  };
  add_row("all assets", all);
  for (std::size_t k = 0; k < shown; ++k) add_row(facts.asset_text(assets[k]), by_asset[assets[k]]);
  return Blocks{Figure{map.label, signed_map_svg(map), words},
                Fold{"Gap by asset and hour: table", {std::move(table)}}};
}

void add_or_say(Result<Blocks> blocks, Blocks& out) {
  if (!blocks.ok()) {
    out.emplace_back(Paragraph{blocks.error().message, Tone::kMuted});
    return;
  }
  for (Block& block : *blocks) out.push_back(std::move(block));
}

Result<Blocks> split_blocks(const Facts& facts) {
  TIEOUT_TRY(const Evidenced evidence, evidence_of(facts));
  TIEOUT_TRY(const recon::PnlGap gap, recon::pnl_gap(evidence.left, evidence.left_fills,
                                                     evidence.right, evidence.right_fills, {}));
  if (gap.split.total.gap == 0) {
    return Blocks{Paragraph{"There is no gap to split: both runs earned the same.", Tone::kGood}};
  }
  Blocks out = waterfall_blocks(facts, gap);
  TIEOUT_TRY(Chart bridge, bridge_chart(facts, evidence, gap));
  out.insert(out.begin(), Block{std::move(bridge)});
  return out;
}

}  // namespace

Result<Blocks> gap_section(const Facts& facts) {
  TIEOUT_TRY(const BarGaps gaps, bar_gaps(facts));
  Blocks out{gap_chart(facts, gaps)};
  add_or_say(split_blocks(facts), out);
  add_or_say(hour_blocks(facts), out);
  return out;
}

}  // namespace tieout::report
