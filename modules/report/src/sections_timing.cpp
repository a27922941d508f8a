#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "tieout/recon/trades.hpp"

#include "chart_curves.hpp"
#include "gap_plot.hpp"
#include "sections.hpp"

namespace tieout::report {
namespace {

using analytics::Trade;
using recon::TradeKind;

/// Orders have to be out within a minute after their bar.
constexpr double kOrderDeadline = 60;
constexpr std::size_t kMaxOrders = 12;

/// Orders and fills of one run.
struct Trades {
  std::vector<Trade> orders, fills;
};

Result<Trades> trades_of_side(const Side& side) {
  TIEOUT_TRY(const runlog::RunReader* run, need_run(side));
  Trades out;
  TIEOUT_TRY(out.orders, recon::trades_of(*run, TradeKind::kOrders));
  TIEOUT_TRY(out.fills, recon::trades_of(*run, TradeKind::kFills));
  return out;
}

using Sides = std::array<Result<Trades>, 2>;

const std::string& name_of(const Facts& facts, std::size_t side) {
  return side == 0 ? facts.left.name : facts.right.name;
}

/// Seconds from each bar's end to the creation of its last order.
std::map<Timestamp, double> delays_of(const Trades& trades) {
  std::map<Timestamp, double> out;
  for (const Trade& order : trades.orders) {
    if (!order.bar) continue;
    const double delay = to_seconds(order.time - *order.bar);
    const auto inserted = out.emplace(*order.bar, delay);
    if (!inserted.second) inserted.first->second = std::max(inserted.first->second, delay);
  }
  return out;
}

Chart deadline_chart(const Facts& facts, const Sides& sides) {
  std::vector<Curve> curves;
  for (std::size_t s = 0; s < sides.size(); ++s) {
    if (!sides[s].ok()) continue;
    Curve curve{name_of(facts, s), role_of_side(s), {}, {}};
    for (const auto& [bar, delay] : delays_of(*sides[s])) {
      curve.bars.push_back(bar);
      curve.values.push_back(delay);
    }
    curves.push_back(std::move(curve));
  }
  Chart chart = chart_of({"Order delay by bar",
                          "seconds from the end of the bar to the creation of its last order", "s"},
                         curves);
  chart.marks.push_back({ChartMark::Across::kY, kOrderDeadline, "deadline: 1 minute"});
  return chart;
}

/// From the bar's end to its orders, and from an order to its fills.
Blocks latency_charts(const Facts& facts, const Sides& sides) {
  std::vector<Sample> order_delays;
  std::vector<Sample> fill_delays;
  for (std::size_t s = 0; s < sides.size(); ++s) {
    if (!sides[s].ok()) continue;
    Sample orders{name_of(facts, s), role_of_side(s), {}};
    Sample fills = orders;
    std::map<std::string, Timestamp> created;
    for (const Trade& order : sides[s]->orders) {
      created[order.id] = order.time;
      if (order.bar) orders.values.push_back(to_seconds(order.time - *order.bar));
    }
    for (const Trade& fill : sides[s]->fills) {
      const auto order = created.find(fill.parent);
      if (order != created.end()) {
        fills.values.push_back(to_seconds(fill.time - order->second));
      }
    }
    order_delays.push_back(std::move(orders));
    fill_delays.push_back(std::move(fills));
  }
  Blocks out;
  out.emplace_back(ecdf_chart("Latency: bar to order",
                              "share of the orders that were created within x seconds after the "
                              "end of their bar",
                              "s", order_delays));
  if (std::ranges::any_of(fill_delays, [](const Sample& s) { return !s.values.empty(); })) {
    out.emplace_back(ecdf_chart("Latency: order to fill",
                                "share of the fills that came within x seconds after their order "
                                "was created",
                                "s", fill_delays));
  }
  return out;
}

/// An order of one run on the timeline: from its creation to its last fill, else to its end.
Timeline::Span span_of(const Trade& order, const std::map<std::string, Timestamp>& last_fill) {
  Timestamp to = order.end.value_or(order.time);
  std::string words =
      fmt::format("{} shares, created {}", number_text(order.quantity), time_text(order.time));
  if (const auto fill = last_fill.find(order.id); fill != last_fill.end()) {
    to = fill->second;
    words += ", last fill " + time_text(to);
  } else {
    words += ", no fill";
  }
  return {order.time, std::max(order.time, to), std::move(words)};
}

std::map<std::string, Timestamp> last_fills(const Trades& trades) {
  std::map<std::string, Timestamp> out;
  for (const Trade& fill : trades.fills) {
    if (fill.parent.empty()) continue;
    const auto inserted = out.emplace(fill.parent, fill.time);
    if (!inserted.second) inserted.first->second = std::max(inserted.first->second, fill.time);
  }
  return out;
}

/// The first orders that are not the same on both sides, one above the other.
Result<Blocks> timeline_blocks(const Facts& facts, const Trades& left, const Trades& right) {
  TIEOUT_TRY(const analytics::MatchResult matched,
             analytics::match_trades(left.orders, right.orders, {}, "order"));
  struct Group {
    Timestamp time;
    std::vector<std::size_t> left, right;
  };
  std::vector<Group> groups;
  for (const analytics::Match& match : matched.matches) {
    if (match.within) continue;
    groups.push_back(
        {std::min(left.orders[match.left.front()].time, right.orders[match.right.front()].time),
         match.left, match.right});
  }
  for (const analytics::Leftover& rest : matched.left) {
    groups.push_back({left.orders[rest.index].time, {rest.index}, {}});
  }
  for (const analytics::Leftover& rest : matched.right) {
    groups.push_back({right.orders[rest.index].time, {}, {rest.index}});
  }
  if (groups.empty()) {
    return Blocks{Paragraph{"Every order is the same in both runs: no timeline of differences.",
                            Tone::kGood}};
  }
  std::ranges::stable_sort(groups, {}, &Group::time);
  const std::size_t count = groups.size();
  groups.resize(std::min(count, kMaxOrders));
  const std::array<std::map<std::string, Timestamp>, 2> fills{last_fills(left), last_fills(right)};
  Timeline timeline;
  timeline.left_name = facts.left.name;
  timeline.right_name = facts.right.name;
  timeline.label =
      fmt::format("Orders that differ, from creation to the last fill (UTC): the first {} of {}",
                  groups.size(), plural(count, "order"));
  TableBlock table;
  table.caption = timeline.label;
  table.columns = {{"asset", Align::kCode}, {facts.left.name}, {facts.right.name}};
  std::string words;
  for (const Group& group : groups) {
    Timeline::Row row;
    const Trade& any =
        group.left.empty() ? right.orders[group.right.front()] : left.orders[group.left.front()];
    row.name = facts.asset_text(any.asset) + (any.quantity > 0 ? " buy" : " sell");
    std::array<std::string, 2> cells;
    for (std::size_t s = 0; s < 2; ++s) {
      for (const std::size_t i : s == 0 ? group.left : group.right) {
        Timeline::Span span = span_of((s == 0 ? left : right).orders[i], fills[s]);
        cells[s] += (cells[s].empty() ? "" : "\n") + span.words;
        (s == 0 ? row.left : row.right).push_back(std::move(span));
      }
      if (cells[s].empty()) cells[s] = std::string("no such order");
    }
    words += fmt::format("{}: {} {}; {} {}\n", row.name, facts.left.name, cells[0],
                         facts.right.name, cells[1]);
    table.rows.push_back({row.name, cells[0], cells[1]});
    timeline.rows.push_back(std::move(row));
  }
  return Blocks{Figure{timeline.label, timeline_svg(timeline), words},
                Fold{"Timeline: table", {std::move(table)}}};
}

}  // namespace

Result<Blocks> timing_section(const Facts& facts) {
  const Sides sides{trades_of_side(facts.left), trades_of_side(facts.right)};
  if (!sides[0].ok() && !sides[1].ok()) return sides[0].error();
  Blocks out;
  for (const Result<Trades>& side : sides) {
    if (!side.ok()) out.emplace_back(Paragraph{side.error().message, Tone::kWarn});
  }
  out.emplace_back(deadline_chart(facts, sides));
  for (Block& block : latency_charts(facts, sides)) out.push_back(std::move(block));
  if (sides[0].ok() && sides[1].ok()) {
    if (Result<Blocks> timeline = timeline_blocks(facts, *sides[0], *sides[1]); timeline.ok()) {
      for (Block& block : *timeline) out.push_back(std::move(block));
    } else {
      out.emplace_back(Paragraph{timeline.error().message, Tone::kMuted});
    }
  }
  return out;
}

}  // namespace tieout::report
