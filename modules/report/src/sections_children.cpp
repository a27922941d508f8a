#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "tieout/analytics/child_orders.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/recon/child_orders.hpp"

#include "chart_curves.hpp"
#include "sections.hpp"

namespace tieout::report {
namespace {

using analytics::TimeToFill;
using analytics::WaveSummary;

constexpr std::size_t kDifferencesShown = 20;

/// What became of one child order, as a reader compares it.
struct Outcome {
  AssetId asset;
  Timestamp placed;
  std::string parent, wave, shares, limit, what;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// How one run's orders were worked.
struct Worked {
  std::map<std::string, Outcome> outcomes;    // by order id
  std::map<std::int64_t, WaveSummary> waves;  // -1: all
  TimeToFill time_to_fill;
  recon::RollUp roll_up;
};

std::string value_text(double value, int decimals = 4) {
  return std::isnan(value) ? "-" : fmt::format("{:.{}f}", value, decimals);
}

std::map<std::string, Outcome> outcomes_of(const recon::ChildOrders& children) {
  std::map<std::string, const analytics::Execution*> executed;
  for (const analytics::Execution& trade : children.executions) {
    executed[trade.order_id] = &trade;
  }
  std::map<std::string, Outcome> out;
  for (const analytics::PlacedOrder& order : children.placed) {
    Outcome& outcome = out[order.id];
    outcome = {order.asset,
               order.placed,
               order.parent_id,
               std::to_string(order.wave),
               format_double(order.shares),
               order.limit_price ? format_double(*order.limit_price) : "-",
               order.accepted ? "not filled" : "rejected"};
    if (const auto fill = executed.find(order.id); fill != executed.end()) {
      outcome.what = fmt::format("{} at {}, {}", format_double(fill->second->shares),
                                 format_double(fill->second->price), to_iso(fill->second->time));
    }
  }
  for (const recon::RefusedChild& wave : children.skipped) {
    // A wave without a child order has no id of its own here.
    const std::string id = fmt::format("order {} wave {}", wave.parent, wave.wave);
    out[id] = {wave.asset, wave.bar, std::to_string(wave.parent), std::to_string(wave.wave),
               "0",        "-",      "skipped: " + wave.reason};
  }
  return out;
}

/// Nothing: the run makes no child orders.
Result<std::optional<Worked>> read_worked(const Side& side) {
  TIEOUT_TRY(const runlog::RunReader* run, need_run(side));
  TIEOUT_TRY(const auto children, recon::read_child_orders(*run));
  if (!children) return std::optional<Worked>();
  Worked out;
  TIEOUT_TRY(const auto fills, analytics::aggregate_fills_by_order(children->executions));
  std::vector<std::int64_t> skipped;
  for (const recon::RefusedChild& wave : children->skipped) skipped.push_back(wave.wave);
  for (const WaveSummary& wave : analytics::summarize_waves(children->placed, fills, skipped)) {
    out.waves[wave.wave] = wave;
  }
  out.time_to_fill =
      analytics::time_to_fill(children->placed, fills, analytics::TimeToFillGroup::kAll).front();
  out.outcomes = outcomes_of(*children);
  TIEOUT_TRY(const auto logged, recon::read_fills(*run));
  TIEOUT_TRY(out.roll_up, recon::roll_up_children(*children, logged));
  return std::optional<Worked>(std::move(out));
}

using Sides = std::array<Result<std::optional<Worked>>, 2>;

const Worked* worked(const Sides& sides, std::size_t side) {
  return sides[side].ok() && sides[side]->has_value() ? &**sides[side] : nullptr;
}

TableBlock waves_table(const Facts& facts, const Sides& sides) {
  TableBlock table;
  table.caption = "Child orders by wave";
  table.columns = {{"wave"},
                   {"run"},
                   {"sent", Align::kNumber},
                   {"skipped", Align::kNumber},
                   {"rejected", Align::kNumber},
                   {"filled", Align::kNumber},
                   {"fill rate", Align::kNumber},
                   {"time to fill (s)", Align::kNumber},
                   {"life (s)", Align::kNumber}};
  std::set<std::int64_t> waves;
  for (std::size_t s = 0; s < 2; ++s) {
    if (const Worked* side = worked(sides, s)) {
      for (const auto& item : side->waves) waves.insert(item.first);
    }
  }
  waves.erase(-1);
  std::vector<std::int64_t> order(waves.begin(), waves.end());
  order.push_back(-1);
  for (const std::int64_t wave : order) {
    for (std::size_t s = 0; s < 2; ++s) {
      const Worked* side = worked(sides, s);
      if (side == nullptr) continue;
      const auto found = side->waves.find(wave);
      const WaveSummary row = found == side->waves.end() ? WaveSummary{} : found->second;
      const bool has_orders = row.accepted > 0;
      table.rows.push_back(
          {wave < 0 ? "all" : std::to_string(wave), s == 0 ? facts.left.name : facts.right.name,
           count_text(row.children),
           Cell{count_text(row.skipped), row.skipped > 0 ? Tone::kWarn : Tone::kPlain},
           Cell{count_text(row.rejected), row.rejected > 0 ? Tone::kWarn : Tone::kPlain},
           count_text(row.filled), has_orders ? value_text(row.fill_rate) : "-",
           row.filled > 0 ? value_text(row.time_to_fill_s, 3) : "-",
           has_orders ? value_text(row.life_s, 3) : "-"});
    }
  }
  return table;
}

Blocks time_to_fill_blocks(const Facts& facts, const Sides& sides) {
  TableBlock table;
  table.caption = "Seconds within which a share of the accepted child orders was filled";
  table.columns = {{"run"}, {"orders", Align::kNumber}, {"filled", Align::kNumber}};
  constexpr std::array kShares{0.1, 0.25, 0.5, 0.75, 0.9};
  for (const double share : kShares) {
    table.columns.push_back({fmt::format("{:.0f} %", 100 * share), Align::kNumber});
  }
  std::vector<Sample> samples;
  for (std::size_t s = 0; s < 2; ++s) {
    const Worked* side = worked(sides, s);
    if (side == nullptr) continue;
    const TimeToFill& times = side->time_to_fill;
    const std::string& name = s == 0 ? facts.left.name : facts.right.name;
    std::vector<Cell> row{name, count_text(times.orders), count_text(times.seconds.size())};
    for (const double share : kShares) row.emplace_back(value_text(times.quantile(share), 3));
    table.rows.push_back(std::move(row));
    samples.push_back({name, role_of_side(s), times.seconds, times.orders});
  }
  return {std::move(table),
          ecdf_chart("Time to fill",
                     "share of the accepted child orders that was filled within x seconds", "s",
                     samples)};
}

/// How the child orders of the two runs differ.
Blocks difference_blocks(const Facts& facts, const Worked& left, const Worked& right) {
  std::set<std::string> ids;
  for (const auto& item : left.outcomes) ids.insert(item.first);
  for (const auto& item : right.outcomes) ids.insert(item.first);
  TableBlock table;
  table.caption =
      fmt::format("Child orders of {} and {} that differ", facts.left.name, facts.right.name);
  table.columns = {{"order", Align::kCode},
                   {"asset", Align::kCode},
                   {"wave", Align::kNumber},
                   {"placed", Align::kTime},
                   {"run"},
                   {"shares", Align::kNumber},
                   {"limit", Align::kNumber},
                   {"outcome"}};
  std::size_t equal = 0;
  std::size_t different = 0;
  std::array<std::size_t, 2> only{};
  for (const std::string& id : ids) {
    const auto l = left.outcomes.find(id);
    const auto r = right.outcomes.find(id);
    const bool has_left = l != left.outcomes.end();
    const bool has_right = r != right.outcomes.end();
    if (has_left && has_right && l->second == r->second) {
      ++equal;
      continue;
    }
    ++(has_left && has_right ? different : has_left ? only[0] : only[1]);
    if (different + only[0] + only[1] > kDifferencesShown) continue;
    const auto add = [&](const std::string& run, const Outcome& outcome) {
      table.rows.push_back({id, facts.asset_text(outcome.asset), outcome.wave,
                            time_text(outcome.placed), run, outcome.shares, outcome.limit,
                            outcome.what});
    };
    if (has_left) add(facts.left.name, l->second);
    if (has_right) add(facts.right.name, r->second);
  }
  const std::size_t total = different + only[0] + only[1];
  Blocks out{Paragraph{
      fmt::format("By order id: {} child orders equal, {} different, {} in {} only, {} in {} only.",
                  count_text(equal), count_text(different), count_text(only[0]), facts.left.name,
                  count_text(only[1]), facts.right.name),
      total == 0 ? Tone::kGood : Tone::kBad}};
  if (total > 0) {
    out.emplace_back(std::move(table));
    if (total > kDifferencesShown) {
      out.emplace_back(Paragraph{
          fmt::format("The first {} of {} are shown.", kDifferencesShown, count_text(total)),
          Tone::kMuted});
    }
  }
  return out;
}

}  // namespace

bool makes_child_orders(const Facts& facts) {
  return std::ranges::any_of(std::array{&facts.left, &facts.right}, [](const Side* side) {
    return side->run != nullptr && std::ranges::count(side->run->manifest().more_tables,
                                                      runlog::TableKind::kChildOrders) > 0;
  });
}

Result<Blocks> child_orders_section(const Facts& facts) {
  const Sides sides{read_worked(facts.left), read_worked(facts.right)};
  Blocks out;
  for (std::size_t s = 0; s < 2; ++s) {
    const std::string& name = s == 0 ? facts.left.name : facts.right.name;
    if (!sides[s].ok()) {
      out.emplace_back(Paragraph{"Not available: " + sides[s].error().message, Tone::kWarn});
    } else if (!sides[s]->has_value()) {
      out.emplace_back(Paragraph{name + " makes no child orders.", Tone::kWarn});
    } else {
      const recon::RollUp& rolled = (*sides[s])->roll_up;
      std::set<std::string> differing;
      for (const auto& difference : rolled.differences) differing.insert(difference.parent_id);
      out.emplace_back(Paragraph{
          fmt::format("Child orders of {} add up to the fills of {} of {} orders.", name,
                      count_text(rolled.parents - differing.size()), count_text(rolled.parents)),
          rolled.differences.empty() ? Tone::kGood : Tone::kBad});
    }
  }
  const Worked* left = worked(sides, 0);
  const Worked* right = worked(sides, 1);
  if (left != nullptr && right != nullptr) {
    for (Block& block : difference_blocks(facts, *left, *right)) out.push_back(std::move(block));
  }
  if (left != nullptr || right != nullptr) {
    out.emplace_back(waves_table(facts, sides));
    for (Block& block : time_to_fill_blocks(facts, sides)) out.push_back(std::move(block));
  }
  return out;
}

}  // namespace tieout::report
