#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include <fmt/format.h>

#include "tieout/recon/pnl_gap.hpp"
#include "tieout/recon/trades.hpp"

#include "sections.hpp"

namespace tieout::report {
namespace {

using analytics::DriftStatistics;
using analytics::Leftover;
using analytics::Match;
using analytics::MatchBand;
using analytics::MatchRule;
using analytics::MatchSummary;
using analytics::Trade;
using recon::TradeKind;

constexpr std::size_t kMaxRows = 50;

/// Orders or fills of both runs, and which of them are the same.
struct Matched {
  TradeKind kind;
  std::vector<Trade> left, right;
  analytics::MatchResult result;
  MatchSummary summary;

  std::string noun(std::size_t count) const { return plural(count, recon::to_string(kind)); }
};

Result<Matched> match_runs(const Facts& facts, TradeKind kind,
                           const analytics::MatchOptions& options) {
  TIEOUT_TRY(const runlog::RunReader* left, need_run(facts.left));
  TIEOUT_TRY(const runlog::RunReader* right, need_run(facts.right));
  Matched matched{kind, {}, {}, {}, {}};
  TIEOUT_TRY(matched.left, recon::trades_of(*left, kind));
  TIEOUT_TRY(matched.right, recon::trades_of(*right, kind));
  TIEOUT_TRY(matched.result,
             analytics::match_trades(matched.left, matched.right, options, recon::to_string(kind)));
  matched.summary = analytics::summarise(matched.result, matched.left, matched.right);
  return matched;
}

Tone tone_of_band(MatchBand band) {
  switch (band) {
    case MatchBand::kReady:
      return Tone::kGood;
    case MatchBand::kMinor:
    case MatchBand::kNothing:
      return Tone::kWarn;
    case MatchBand::kSignificant:
    case MatchBand::kCritical:
      return Tone::kBad;
  }
  return Tone::kPlain;
}

/// Of runs in which something differs or is left over: never good.
Tone paired_tone(MatchBand band) {
  return tone_of_band(band) == Tone::kBad ? Tone::kBad : Tone::kWarn;
}

std::string percent_of(double ratio) {
  // Cut, never rounded up: 100 % is all.
  return std::isnan(ratio) ? "-" : fmt::format("{:g} %", std::floor(ratio * 10'000) / 100);
}

std::string rate_of(std::size_t part, std::size_t known) {
  return known == 0 ? "status not known"
                    : percent_of(static_cast<double>(part) / static_cast<double>(known));
}

TableBlock summary_table(const Facts& facts, const std::array<Matched, 2>& both) {
  TableBlock table;
  table.caption = "Orders and fills that are the same, whatever their ids";
  table.columns = {{"what"}, {"orders", Align::kNumber}, {"fills", Align::kNumber}};
  const auto add = [&](std::string name, auto value) {
    table.rows.push_back({Cell{std::move(name)}, Cell{value(both[0])}, Cell{value(both[1])}});
  };
  const auto count = [&](std::string name, auto member) {
    add(std::move(name), [&](const Matched& m) { return count_text(member(m)); });
  };
  const std::string& left = facts.left.name;
  const std::string& right = facts.right.name;
  count(left, [](const Matched& m) { return m.left.size(); });
  count(right, [](const Matched& m) { return m.right.size(); });
  count("pairings 1:1", [](const Matched& m) { return m.summary.one_to_one; });
  count("pairings 1:n", [](const Matched& m) { return m.summary.one_to_many; });
  count("pairings n:1", [](const Matched& m) { return m.summary.many_to_one; });
  count("pairings n:m", [](const Matched& m) { return m.summary.many_to_many; });
  count("pairings that differ in quantity, time or price",
        [](const Matched& m) { return m.summary.beyond_tolerance; });
  count("only " + left, [](const Matched& m) { return m.result.left.size(); });
  count("only " + right, [](const Matched& m) { return m.result.right.size(); });
  add("match rate", [](const Matched& m) {
    return Cell{fmt::format("{} ({})", percent_of(m.summary.match_rate),
                            analytics::to_string(m.summary.band)),
                tone_of_band(m.summary.band)};
  });
  add("precision: of what " + left + " did, expected by " + right,
      [](const Matched& m) { return percent_of(m.summary.precision); });
  add("recall: of what " + right + " expected, done by " + left,
      [](const Matched& m) { return percent_of(m.summary.recall); });
  for (const bool on_left : {true, false}) {
    const auto side = [on_left](const Matched& m) {
      return on_left ? m.summary.left : m.summary.right;
    };
    const std::string& name = on_left ? left : right;
    add("cancelled, " + name,
        [&](const Matched& m) { return rate_of(side(m).cancelled, side(m).status_known); });
    add("rejected, " + name,
        [&](const Matched& m) { return rate_of(side(m).rejected, side(m).status_known); });
  }
  return table;
}

TableBlock rules_table(const std::array<Matched, 2>& both) {
  TableBlock table;
  table.caption = "Pairings by the rule that made them, the strongest first";
  table.columns = {{"rule", Align::kCode}, {"orders", Align::kNumber}, {"fills", Align::kNumber}};
  for (std::size_t rule = 0; rule < analytics::kMatchRuleCount; ++rule) {
    table.rows.push_back({std::string(analytics::to_string(static_cast<MatchRule>(rule))),
                          count_text(both[0].summary.by_rule[rule]),
                          count_text(both[1].summary.by_rule[rule])});
  }
  return table;
}

TableBlock drift_table(const Facts& facts, const std::array<Matched, 2>& both) {
  TableBlock table;
  table.caption = fmt::format("Drift of pairings, {} - {}; a price in bps is worse when positive",
                              facts.right.name, facts.left.name);
  table.columns = {{"drift"},
                   {"pairings", Align::kNumber},
                   {"mean", Align::kNumber},
                   {"p50 of |drift|", Align::kNumber},
                   {"p95", Align::kNumber},
                   {"max", Align::kNumber}};
  const auto add = [&](const std::string& name, const DriftStatistics& drift, double unit) {
    if (drift.count == 0) return;
    table.rows.push_back({name, count_text(drift.count), number_text(unit * drift.mean),
                          number_text(unit * drift.p50), number_text(unit * drift.p95),
                          number_text(unit * drift.max)});
  };
  for (const Matched& m : both) {
    const std::string of = fmt::format("{}s: ", recon::to_string(m.kind));
    add(of + "time of the first (s)", m.summary.time_s, 1);
    add(of + "time of the last (s)", m.summary.end_s, 1);
    add(of + "price (bps)", m.summary.price_bps, 1);
    add(of + "quantity (% of the larger)", m.summary.quantity_ratio, 100);
  }
  return table;
}

TableBlock leftovers_table(const Facts& facts, const Matched& m, bool on_left) {
  const std::vector<Trade>& trades = on_left ? m.left : m.right;
  const std::vector<Leftover>& leftovers = on_left ? m.result.left : m.result.right;
  TableBlock table;
  table.caption = fmt::format("Only {}: {}", on_left ? facts.left.name : facts.right.name,
                              m.noun(leftovers.size()));
  if (leftovers.size() > kMaxRows) table.caption += fmt::format(", the first {}", kMaxRows);
  table.columns = {{"id", Align::kCode},      {"time", Align::kTime},
                   {"asset", Align::kCode},   {"quantity", Align::kNumber},
                   {"price", Align::kNumber}, {"why nothing goes with it", Align::kNote}};
  for (std::size_t i = 0; i < std::min(leftovers.size(), kMaxRows); ++i) {
    const Trade& trade = trades[leftovers[i].index];
    table.rows.push_back({trade.id, time_text(trade.time), facts.asset_text(trade.asset),
                          number_text(trade.quantity),
                          std::isnan(trade.price) ? "-" : number_text(trade.price),
                          leftovers[i].reason});
  }
  return table;
}

TableBlock differing_table(const Facts& facts, const Matched& m) {
  TableBlock table;
  table.caption = fmt::format("Pairings of {}s that differ: {}", recon::to_string(m.kind),
                              count_text(m.summary.beyond_tolerance));
  if (m.summary.beyond_tolerance > kMaxRows) {
    table.caption += fmt::format(", the first {}", kMaxRows);
  }
  table.columns = {{facts.left.name, Align::kCode}, {facts.right.name, Align::kCode},
                   {"time", Align::kTime},          {"asset", Align::kCode},
                   {"quantity", Align::kNumber},    {"time (s)", Align::kNumber},
                   {"price (bps)", Align::kNumber}, {"why they are one", Align::kNote}};
  const auto ids = [](const std::vector<Trade>& trades, const std::vector<std::size_t>& indices) {
    std::string text;
    for (const std::size_t i : indices) text += (text.empty() ? "" : " ") + trades[i].id;
    return text;
  };
  for (const Match& match : m.result.matches) {
    if (match.within) continue;
    if (table.rows.size() == kMaxRows) break;
    const Trade& first = m.left[match.left.front()];
    table.rows.push_back({ids(m.left, match.left), ids(m.right, match.right), time_text(first.time),
                          facts.asset_text(first.asset), number_text(match.quantity_difference),
                          number_text(to_seconds(match.time_drift)),
                          std::isnan(match.price_bps) ? "-" : number_text(match.price_bps),
                          analytics::explain(match, facts.left.name, facts.right.name)});
  }
  return table;
}

/// What the gap of both runs' PnL is due to, asset by asset.
Result<Blocks> gap_blocks(const Facts& facts) {
  TIEOUT_TRY(const recon::PnlGap gap, matched_pnl_gap(facts));
  TableBlock table;
  table.caption = fmt::format("PnL gap by what was matched, {} to {}{}", time_text(gap.first_bar),
                              time_text(gap.last_bar),
                              facts.money_unit.empty() ? "" : " (" + facts.money_unit + ")");
  table.columns = {{"asset", Align::kCode},
                   {facts.left.name, Align::kNumber},
                   {facts.right.name, Align::kNumber},
                   {facts.left.name + " - " + facts.right.name, Align::kNumber}};
  for (std::size_t part = 0; part < analytics::kGapPartCount; ++part) {
    std::string title = gap_part_text(static_cast<analytics::GapPart>(part), facts);
    std::ranges::replace(title, ' ', '\n');
    table.columns.push_back({std::move(title), Align::kNumber});
  }
  const auto add = [&](std::string name, const analytics::GapSplit& split) {
    std::vector<Cell> row{std::move(name), money_text(split.left_pnl), money_text(split.right_pnl),
                          Cell{money_text(split.gap), split.gap == 0 ? Tone::kGood : Tone::kBad}};
    for (const double part : split.parts) {
      const bool is_none = std::abs(part) <= 1e-9 * split.gross;
      row.push_back(is_none ? Cell{"0", Tone::kMuted} : Cell{money_text(part)});
    }
    table.rows.push_back(std::move(row));
  };
  add("all", gap.split.total);
  std::vector<const analytics::GapSplit*> assets;
  for (const analytics::GapSplit& split : gap.split.assets) {
    if (std::abs(split.gap) > 1e-9 * split.gross) assets.push_back(&split);
  }
  std::ranges::stable_sort(assets, std::greater<>(),
                           [](const auto* split) { return std::abs(split->gap); });
  if (assets.size() > kMaxRows) {
    table.caption += fmt::format(": the {} largest of {}", kMaxRows, count_text(assets.size()));
    assets.resize(kMaxRows);
  }
  for (const analytics::GapSplit* split : assets) add(facts.asset_text(split->asset), *split);
  return Blocks{
      table, Paragraph{"After fees and funding; each row's parts add up to its gap. other "
                       "prices, other quantities: of fills that were matched; carried: positions "
                       "held before the first bar; marks: other prices by which the books value "
                       "the same shares; unexplained: what moved without a fill.",
                       Tone::kMuted}};
}

}  // namespace

Result<recon::PnlGap> matched_pnl_gap(const Facts& facts) {
  TIEOUT_TRY(const runlog::RunReader* left_run, need_run(facts.left));
  TIEOUT_TRY(const runlog::RunReader* right_run, need_run(facts.right));
  TIEOUT_TRY(const recon::TradingFrames left, facts.left.trading);
  TIEOUT_TRY(const recon::TradingFrames right, facts.right.trading);
  TIEOUT_TRY(auto left_fills, recon::trades_of(*left_run, TradeKind::kFills));
  TIEOUT_TRY(auto right_fills, recon::trades_of(*right_run, TradeKind::kFills));
  return recon::pnl_gap(left, std::move(left_fills), right, std::move(right_fills),
                        analytics::MatchOptions{});
}

std::string gap_part_text(analytics::GapPart part, const Facts& facts) {
  switch (part) {
    case analytics::GapPart::kPrices:
      return "other prices";
    case analytics::GapPart::kQuantities:
      return "other quantities";
    case analytics::GapPart::kOnlyLeft:
      return "only " + facts.left.name;
    case analytics::GapPart::kOnlyRight:
      return "only " + facts.right.name;
    default:
      return std::string(analytics::to_string(part));
  }
}

Result<Blocks> matching_section(const Facts& facts) {
  const analytics::MatchOptions options;
  TIEOUT_TRY(Matched orders, match_runs(facts, TradeKind::kOrders, options));
  TIEOUT_TRY(Matched fills, match_runs(facts, TradeKind::kFills, options));
  const std::array<Matched, 2> both{std::move(orders), std::move(fills)};
  Blocks out;
  for (const Matched& m : both) {
    const std::size_t alone = m.result.left.size() + m.result.right.size();
    out.emplace_back(
        m.left.empty() && m.right.empty()
            ? Paragraph{fmt::format("No {} in either run.", recon::to_string(m.kind)), Tone::kMuted}
            : Paragraph{fmt::format("{} of {} and {} of {}: match rate {} ({}), {} without a "
                                    "counterpart, {} that {}.",
                                    m.noun(m.left.size()), facts.left.name, m.noun(m.right.size()),
                                    facts.right.name, percent_of(m.summary.match_rate),
                                    analytics::to_string(m.summary.band), count_text(alone),
                                    plural(m.summary.beyond_tolerance, "pairing"),
                                    m.summary.beyond_tolerance == 1 ? "differs" : "differ"),
                        m.summary.all_within() ? Tone::kGood : paired_tone(m.summary.band)});
  }
  out.emplace_back(Paragraph{
      fmt::format("Paired within {} by docs/formats/matching.md; every difference counts, there is "
                  "no tolerance. `tieout match_fills` has the options and prints every pairing.",
                  duration_text(options.window)),
      Tone::kMuted});
  out.emplace_back(summary_table(facts, both));
  if (TableBlock drifts = drift_table(facts, both); !drifts.rows.empty()) {
    out.emplace_back(std::move(drifts));
  }
  if (Result<Blocks> gap = gap_blocks(facts); gap.ok()) {
    for (Block& block : *gap) out.push_back(std::move(block));
  } else {
    out.emplace_back(Paragraph{gap.error().message, Tone::kMuted});
  }
  for (const Matched& m : both) {
    for (const bool on_left : {true, false}) {
      if (TableBlock table = leftovers_table(facts, m, on_left); !table.rows.empty()) {
        out.emplace_back(std::move(table));
      }
    }
    if (TableBlock table = differing_table(facts, m); !table.rows.empty()) {
      out.emplace_back(Fold{table.caption, {table}});
    }
  }
  out.emplace_back(Fold{"By rule", {rules_table(both)}});
  return out;
}

}  // namespace tieout::report
