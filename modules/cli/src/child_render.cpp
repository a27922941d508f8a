#include "child_render.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"
#include "tieout/core/time.hpp"

#include "execution_render.hpp"

namespace tieout::cli {
namespace {

using analytics::OrderBar;
using analytics::TimeToFill;
using analytics::WaveSummary;
using nlohmann::ordered_json;

constexpr std::array kShares{0.1, 0.25, 0.5, 0.75, 0.9};
constexpr std::size_t kDifferencesTold = 10;

std::string wave_name(std::int64_t wave) {
  return wave < 0 ? "all" : std::to_string(wave);
}

std::string waves_text(const std::vector<WaveSummary>& waves) {
  std::vector<std::vector<std::string>> rows;
  for (const WaveSummary& wave : waves) {
    rows.push_back({wave_name(wave.wave), std::to_string(wave.children),
                    std::to_string(wave.skipped), std::to_string(wave.accepted),
                    std::to_string(wave.rejected), std::to_string(wave.filled),
                    number_text(wave.wanted, 2), number_text(wave.fill_rate, 4),
                    number_text(wave.time_to_fill_s, 3), number_text(wave.life_s, 3)});
  }
  return aligned_table({"wave", "sent", "skipped", "accepted", "rejected", "filled", "wanted $",
                        "fill rate", "to fill s", "life s"},
                       rows);
}

std::vector<std::string> time_row(const std::string& name, const TimeToFill& row) {
  std::vector<std::string> cells{name, std::to_string(row.orders),
                                 std::to_string(row.seconds.size())};
  for (const double share : kShares) {
    cells.push_back(number_text(row.quantile(share), 3));
  }
  cells.push_back(number_text(row.life_s, 3));
  return cells;
}

std::string times_text(const ChildExecution& execution, const runlog::RunSource& run,
                       bool each_asset) {
  std::vector<std::vector<std::string>> rows;
  for (const TimeToFill& row : execution.by_asset) {
    if (row.asset == kNoAsset) {
      rows.push_back(time_row("all", row));
    } else if (each_asset) {
      rows.push_back(time_row(symbol_of(run, row.asset), row));
    }
  }
  std::vector<std::string> head{"time to fill, s", "orders", "filled"};
  for (const double share : kShares) {
    head.push_back(fmt::format("{:.0f} %", 100 * share));
  }
  head.emplace_back("life s");
  return aligned_table(head, rows);
}

/// "parents: 20, of them 4 with 1 child order, 16 with 4".
std::string parents_text(const ChildExecution& execution) {
  std::map<std::size_t, std::size_t> histogram;
  for (const analytics::ParentSummary& parent : execution.parents) {
    ++histogram[parent.children];
  }
  std::string text = fmt::format("parents with child orders: {}", execution.parents.size());
  for (const auto& [children, count] : histogram) {
    text += fmt::format(", {} with {}", count, children);
  }
  text += fmt::format("; without an accepted one: {}", execution.without_accepted.size());
  for (std::size_t i = 0; i < std::min(execution.without_accepted.size(), kDifferencesTold); ++i) {
    text += fmt::format("{} {}", i == 0 ? ": order" : ",", execution.without_accepted[i]);
  }
  return text + '\n';
}

std::string refusals_text(const std::string& what, const std::vector<recon::RefusedChild>& refused,
                          const runlog::RunSource& run) {
  std::map<AssetId, std::vector<const recon::RefusedChild*>> assets;
  for (const recon::RefusedChild& child : refused) {
    assets[child.asset].push_back(&child);
  }
  std::string text;
  for (const auto& [asset, children] : assets) {
    const recon::RefusedChild& first = *children.front();
    text += fmt::format("{}, {}: {}, the first wave {} of order {}: {}\n", what,
                        symbol_of(run, asset), children.size(), first.wave, first.parent,
                        first.reason.empty() ? "no message" : first.reason);
  }
  return text;
}

std::string roll_up_text(const ChildExecution& execution, const runlog::RunSource& run) {
  if (!execution.roll_up) {
    return "roll-up: not checked, the log records no fills\n";
  }
  const recon::RollUp& rolled = *execution.roll_up;
  std::string text = fmt::format("roll-up: {} parents, {} differences from the fills of the log\n",
                                 rolled.parents, rolled.differences.size());
  for (std::size_t i = 0; i < std::min(rolled.differences.size(), kDifferencesTold); ++i) {
    const recon::RollUpDifference& difference = rolled.differences[i];
    text += fmt::format("problem: order {} of {}: {} of its fills {}, of its child orders {}\n",
                        difference.parent_id, symbol_of(run, difference.asset), difference.field,
                        difference.logged, difference.rolled_up);
  }
  return text;
}

/// The orders of each bar over all assets.
std::string bars_text(const std::vector<OrderBar>& bars) {
  std::map<Timestamp, OrderBar> sums;
  for (const OrderBar& row : bars) {
    OrderBar& sum = sums[row.bar];
    sum.order_count += row.order_count;
    sum.buy_order_count += row.buy_order_count;
    sum.sell_order_count += row.sell_order_count;
    sum.buy_notional += row.buy_notional;
    sum.sell_notional += row.sell_notional;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& [bar, sum] : sums) {
    rows.push_back({to_iso(bar), std::to_string(sum.order_count),
                    std::to_string(sum.buy_order_count), std::to_string(sum.sell_order_count),
                    number_text(sum.buy_notional, 2), number_text(sum.sell_notional, 2)});
  }
  return aligned_table({"child orders of bar", "orders", "buys", "sales", "buys $", "sales $"},
                       rows);
}

ordered_json json_of(const TimeToFill& row) {
  ordered_json steps = ordered_json::array();
  for (std::size_t i = 0; i < row.seconds.size(); ++i) {
    steps.push_back({json_number(row.seconds[i]), json_number(row.share(i))});
  }
  ordered_json quantiles;
  for (const double share : kShares) {
    quantiles[fmt::format("p{:.0f}", 100 * share)] = json_number(row.quantile(share));
  }
  return {{"orders", row.orders},
          {"filled", row.seconds.size()},
          {"life_s", json_number(row.life_s)},
          {"time_to_fill_s", std::move(quantiles)},
          {"ecdf", std::move(steps)}};
}

ordered_json json_of(const OrderBar& row, const runlog::RunSource& run) {
  return {{"bar", to_iso(row.bar)},
          {"asset", symbol_of(run, row.asset)},
          {"order_count", row.order_count},
          {"buy_order_count", row.buy_order_count},
          {"sell_order_count", row.sell_order_count},
          {"buy_amount", json_number(row.buy_amount)},
          {"sell_amount", json_number(row.sell_amount)},
          {"buy_limit_twap", json_number(row.buy_limit_twap)},
          {"sell_limit_twap", json_number(row.sell_limit_twap)},
          {"buy_notional", json_number(row.buy_notional)},
          {"sell_notional", json_number(row.sell_notional)},
          {"buy_limit_vwap", json_number(row.buy_limit_vwap)},
          {"sell_limit_vwap", json_number(row.sell_limit_vwap)}};
}

ordered_json json_of(const WaveSummary& wave) {
  return {{"wave", wave.wave < 0 ? ordered_json("all") : ordered_json(wave.wave)},
          {"sent", wave.children},
          {"skipped", wave.skipped},
          {"accepted", wave.accepted},
          {"rejected", wave.rejected},
          {"filled", wave.filled},
          {"wanted_dollars", json_number(wave.wanted)},
          {"executed_dollars", json_number(wave.executed)},
          {"fill_rate", json_number(wave.fill_rate)},
          {"time_to_fill_s", json_number(wave.time_to_fill_s)},
          {"life_s", json_number(wave.life_s)},
          {"largest_buy_dollars", json_number(wave.largest_buy)},
          {"largest_sell_dollars", json_number(wave.largest_sell)}};
}

ordered_json json_of(const std::vector<recon::RefusedChild>& refused,
                     const runlog::RunSource& run) {
  ordered_json list = ordered_json::array();
  for (const recon::RefusedChild& child : refused) {
    list.push_back({{"bar", to_iso(child.bar)},
                    {"asset", symbol_of(run, child.asset)},
                    {"order_id", child.parent},
                    {"wave", child.wave},
                    {"reason", child.reason}});
  }
  return list;
}

std::string cell(double value) {
  return number_text(value, 0) == "-" ? "" : format_double(value);
}

}  // namespace

Result<std::optional<ChildExecution>> child_execution(const runlog::RunSource& run) {
  using analytics::TimeToFillGroup;
  TIEOUT_TRY(auto children, recon::read_child_orders(run));
  if (!children) {
    return std::optional<ChildExecution>();
  }
  ChildExecution out;
  out.orders = std::move(*children);
  const auto& placed = out.orders.placed;
  TIEOUT_TRY(const auto fills, analytics::aggregate_fills_by_order(out.orders.executions));
  std::vector<std::int64_t> skipped_waves;
  std::set<std::int64_t> refused;
  for (const recon::RefusedChild& child : out.orders.skipped) {
    skipped_waves.push_back(child.wave);
    refused.insert(child.parent);
  }
  for (const recon::RefusedChild& child : out.orders.rejected) {
    refused.insert(child.parent);
  }
  out.waves = analytics::summarize_waves(placed, fills, skipped_waves);
  out.by_asset = analytics::time_to_fill(placed, fills, TimeToFillGroup::kAsset);
  const auto all = analytics::time_to_fill(placed, fills, TimeToFillGroup::kAll);
  out.by_asset.insert(out.by_asset.end(), all.begin(), all.end());
  out.by_wave = analytics::time_to_fill(placed, fills, TimeToFillGroup::kWave);
  if (run.manifest().bar.ns > 0) {
    TIEOUT_TRY(out.bars, analytics::aggregate_orders_by_bar(placed, run.manifest().bar));
  }
  out.parents = analytics::summarize_parents(placed, fills);
  for (const analytics::ParentSummary& parent : out.parents) {
    if (const auto id = parse_int(parent.parent_id); id && parent.accepted > 0) {
      refused.erase(*id);
    }
  }
  out.without_accepted.assign(refused.begin(), refused.end());
  TIEOUT_TRY(const auto logged, recon::read_fills(run));
  if (!logged.empty() || run.has_journal()) {
    TIEOUT_TRY(out.roll_up, recon::roll_up_children(out.orders, logged));
  }
  return std::optional<ChildExecution>(std::move(out));
}

std::string child_text(const ChildExecution& execution, const runlog::RunSource& run,
                       const std::string& by) {
  const WaveSummary& all = execution.waves.back();
  std::string text = fmt::format(
      "child orders: {} sent, {} skipped, {} rejected, {} filled; the largest buys {:.2f} $ and "
      "sells {:.2f} $\n",
      all.children, all.skipped, all.rejected, all.filled, all.largest_buy, all.largest_sell);
  text += waves_text(execution.waves);
  text += times_text(execution, run, by == "asset");
  if (by == "bar") {
    text += bars_text(execution.bars);
  }
  text += parents_text(execution);
  text += refusals_text("rejected", execution.orders.rejected, run);
  text += refusals_text("skipped", execution.orders.skipped, run);
  return text + roll_up_text(execution, run);
}

ordered_json child_json(const ChildExecution& execution, const runlog::RunSource& run) {
  ordered_json json;
  for (const WaveSummary& wave : execution.waves) {
    json["waves"].push_back(json_of(wave));
  }
  json["time_to_fill"] = ordered_json::array();
  for (const TimeToFill& row : execution.by_asset) {
    ordered_json item = json_of(row);
    item["asset"] = row.asset == kNoAsset ? "all" : symbol_of(run, row.asset);
    json["time_to_fill"].push_back(std::move(item));
  }
  json["time_to_fill_by_wave"] = ordered_json::array();
  for (const TimeToFill& row : execution.by_wave) {
    ordered_json item = json_of(row);
    item["wave"] = row.wave;
    json["time_to_fill_by_wave"].push_back(std::move(item));
  }
  json["orders_by_bar"] = ordered_json::array();
  for (const OrderBar& row : execution.bars) {
    json["orders_by_bar"].push_back(json_of(row, run));
  }
  json["parents"] = ordered_json::array();
  for (const analytics::ParentSummary& parent : execution.parents) {
    json["parents"].push_back({{"order_id", parent.parent_id},
                               {"children", parent.children},
                               {"accepted", parent.accepted},
                               {"rejected", parent.rejected},
                               {"filled", parent.filled},
                               {"waves", parent.waves},
                               {"wanted_shares", json_number(parent.wanted)},
                               {"executed_shares", json_number(parent.executed)}});
  }
  json["without_accepted"] = execution.without_accepted;
  json["rejected"] = json_of(execution.orders.rejected, run);
  json["skipped"] = json_of(execution.orders.skipped, run);
  json["roll_up"] = nullptr;
  if (execution.roll_up) {
    ordered_json differences = ordered_json::array();
    for (const recon::RollUpDifference& difference : execution.roll_up->differences) {
      differences.push_back({{"order_id", difference.parent_id},
                             {"asset", symbol_of(run, difference.asset)},
                             {"field", difference.field},
                             {"logged", difference.logged},
                             {"rolled_up", difference.rolled_up}});
    }
    json["roll_up"] = {{"parents", execution.roll_up->parents},
                       {"differences", std::move(differences)}};
  }
  return json;
}

std::vector<std::pair<std::string, std::string>> child_csv(const ChildExecution& execution) {
  std::string waves =
      "wave,sent,skipped,accepted,rejected,filled,wanted,executed,fill_rate,time_to_fill_s,"
      "life_s\n";
  for (const WaveSummary& wave : execution.waves) {
    waves += fmt::format("{},{},{},{},{},{},{},{},{},{},{}\n", wave_name(wave.wave), wave.children,
                         wave.skipped, wave.accepted, wave.rejected, wave.filled, cell(wave.wanted),
                         cell(wave.executed), cell(wave.fill_rate), cell(wave.time_to_fill_s),
                         cell(wave.life_s));
  }
  std::string ecdf = "asset_id,seconds,share\n";
  for (const TimeToFill& row : execution.by_asset) {
    for (std::size_t i = 0; i < row.seconds.size(); ++i) {
      ecdf +=
          fmt::format("{},{},{}\n", row.asset == kNoAsset ? "" : std::to_string(row.asset.value),
                      cell(row.seconds[i]), cell(row.share(i)));
    }
  }
  std::string bars =
      "bar,asset_id,order_count,buy_order_count,sell_order_count,buy_amount,sell_amount,"
      "buy_limit_twap,sell_limit_twap,buy_notional,sell_notional,buy_limit_vwap,sell_limit_vwap\n";
  for (const OrderBar& row : execution.bars) {
    bars += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{}\n", to_iso(row.bar),
                        row.asset.value, row.order_count, row.buy_order_count, row.sell_order_count,
                        cell(row.buy_amount), cell(row.sell_amount), cell(row.buy_limit_twap),
                        cell(row.sell_limit_twap), cell(row.buy_notional), cell(row.sell_notional),
                        cell(row.buy_limit_vwap), cell(row.sell_limit_vwap));
  }
  std::string parents =
      "order_id,children,accepted,rejected,filled,waves,wanted_shares,executed_shares\n";
  for (const analytics::ParentSummary& parent : execution.parents) {
    parents += fmt::format("{},{},{},{},{},{},{},{}\n", parent.parent_id, parent.children,
                           parent.accepted, parent.rejected, parent.filled, parent.waves,
                           cell(parent.wanted), cell(parent.executed));
  }
  return {{"child_waves.csv", std::move(waves)},
          {"child_time_to_fill.csv", std::move(ecdf)},
          {"child_orders_by_bar.csv", std::move(bars)},
          {"child_parents.csv", std::move(parents)}};
}

}  // namespace tieout::cli
