#include "quote_render.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

#include "execution_render.hpp"

namespace tieout::cli {
namespace {

using analytics::FillAgreement;
using analytics::LimitSummary;
using analytics::PlacedOrder;
using analytics::QuoteCoverage;
using nlohmann::ordered_json;

constexpr std::size_t kDisagreementsTold = 10;

std::string name_of(const runlog::RunSource& run, AssetId asset) {
  return asset == kNoAsset ? "all" : symbol_of(run, asset);
}

std::string describe(const runlog::RunSource& run, const PlacedOrder& order, bool is_logged) {
  return fmt::format(
      "order {} of {}, {} {} at {} placed {}: {}", order.id, symbol_of(run, order.asset),
      order.shares > 0 ? "buy" : "sell", format_double(std::abs(order.shares)),
      format_double(order.limit_price.value_or(0)), to_iso(order.placed),
      is_logged ? "filled in the log, not at the quotes" : "filled at the quotes, not in the log");
}

std::string coverage_text(const QuoteExecution& execution, const runlog::RunSource& run) {
  std::vector<std::vector<std::string>> rows;
  for (const QuoteCoverage& row : execution.coverage) {
    const auto found = execution.left_out.find(row.asset);
    const recon::LeftOutQuotes none;
    const recon::LeftOutQuotes& left = found == execution.left_out.end() ? none : found->second;
    rows.push_back({symbol_of(run, row.asset), std::to_string(row.quotes),
                    fmt::format("{}/{}", row.bars, execution.bars), std::to_string(left.crossed),
                    std::to_string(left.not_a_price), std::to_string(left.repeated),
                    std::to_string(row.locked), number_text(row.spread_bps, 3),
                    number_text(row.largest_spread_bps, 3), number_text(row.largest_gap_s, 1)});
  }
  return aligned_table({"quotes", "used", "bars", "crossed", "no price", "repeated", "locked",
                        "spread bps", "largest", "gap s"},
                       rows);
}

std::string limits_text(const QuoteExecution& execution, const runlog::RunSource& run) {
  std::vector<std::vector<std::string>> rows;
  for (const LimitSummary& row : execution.limits) {
    rows.push_back({name_of(run, row.asset), std::to_string(row.orders),
                    std::to_string(row.without_quote), std::to_string(row.without_limit),
                    std::to_string(row.marketable), std::to_string(row.inside),
                    std::to_string(row.at_near_side), std::to_string(row.behind),
                    number_text(row.passivity, 3), number_text(row.to_mid_bps, 3),
                    number_text(row.quote_age_s, 3), number_text(row.oldest_quote_s, 3)});
  }
  return aligned_table(
      {"orders when placed", "orders", "no quote", "no limit", "marketable", "inside", "near side",
       "behind", "passivity", "to mid bps", "quote age s", "oldest"},
      rows);
}

std::string fills_text(const QuoteExecution& execution) {
  const FillAgreement& fills = *execution.fills;
  std::string text = fmt::format(
      "simulated fills: {} limit orders, {} filled in both, {} only in the log, {} only at the "
      "quotes, {} in neither, {} without a quote while alive\n",
      fills.orders, fills.both, fills.only_logged, fills.only_simulated, fills.neither,
      fills.without_quotes);
  text += fmt::format(
      "filled in both: the log {:.4f} $ ({} bps) worse than the quotes, {} s later on average\n",
      fills.worse_than_quotes, number_text(fills.worse_than_quotes_bps, 3),
      number_text(fills.later_s, 3));
  for (std::size_t i = 0; i < std::min(execution.disagreements.size(), kDisagreementsTold); ++i) {
    text += execution.disagreements[i] + '\n';
  }
  if (execution.disagreements.size() > kDisagreementsTold) {
    text += fmt::format("and {} more: --json has them all\n",
                        execution.disagreements.size() - kDisagreementsTold);
  }
  return text;
}

ordered_json json_of(const QuoteExecution& execution, const QuoteCoverage& row,
                     const runlog::RunSource& run) {
  const auto found = execution.left_out.find(row.asset);
  const recon::LeftOutQuotes none;
  const recon::LeftOutQuotes& left = found == execution.left_out.end() ? none : found->second;
  return {{"asset", symbol_of(run, row.asset)},
          {"quotes", row.quotes},
          {"bars_with_a_quote", row.bars},
          {"bars", execution.bars},
          {"crossed", left.crossed},
          {"not_a_price", left.not_a_price},
          {"repeated", left.repeated},
          {"locked", row.locked},
          {"spread_bps", json_number(row.spread_bps)},
          {"largest_spread_bps", json_number(row.largest_spread_bps)},
          {"largest_gap_s", json_number(row.largest_gap_s)}};
}

ordered_json json_of(const LimitSummary& row, const runlog::RunSource& run) {
  return {{"asset", name_of(run, row.asset)},
          {"orders", row.orders},
          {"without_quote", row.without_quote},
          {"without_limit", row.without_limit},
          {"marketable", row.marketable},
          {"inside", row.inside},
          {"at_near_side", row.at_near_side},
          {"behind", row.behind},
          {"passivity", json_number(row.passivity)},
          {"to_mid_bps", json_number(row.to_mid_bps)},
          {"quote_age_s", json_number(row.quote_age_s)},
          {"oldest_quote_s", json_number(row.oldest_quote_s)}};
}

}  // namespace

Result<QuoteExecution> quote_execution(const runlog::RunSource& run, const recon::QuotesFile& file,
                                       const analytics::QuoteBook& book,
                                       const QuotedTrading& trading, FillSimulation simulation) {
  QuoteExecution out;
  out.max_age = run.manifest().bar;
  out.left_out = file.left_out;
  std::vector<AssetId> assets;
  for (const Asset& asset : run.manifest().universe) {
    assets.push_back(asset.id);
  }
  std::vector<Timestamp> ends;
  for (const runlog::BarRecord& bar : run.bars()) {
    ends.push_back(bar.bar);
  }
  out.bars = ends.size();
  out.coverage = analytics::quote_coverage(book, assets, ends, run.manifest().bar);
  out.limits = analytics::summarize_limits(trading.orders, book);
  out.trades = analytics::summarize_quote_quality(trading.executions, book);
  out.arrival = analytics::slippage_vs_arrival_mid(trading.executions, trading.orders, book);
  if (simulation == FillSimulation::kNo) {
    return out;
  }
  const auto simulated = analytics::simulate_limit_orders(trading.orders, book);
  if (simulated.empty()) {
    return Error{
        ErrorCode::kIncompleteEvidence,
        fmt::format("execution_quality: --simulate_fills: '{}' has no limit orders, needed "
                    "a run with child orders (order_type limit@twap)",
                    run.directory().string())};
  }
  TIEOUT_TRY(const auto fills, analytics::aggregate_fills_by_order(trading.executions));
  out.fills = analytics::compare_fills(trading.orders, simulated, fills);
  for (const std::size_t place : out.fills->disagreements) {
    const PlacedOrder& order = trading.orders[place];
    const bool is_logged =
        std::ranges::binary_search(fills, order.id, {}, &analytics::OrderFills::order_id);
    out.disagreements.push_back(describe(run, order, is_logged));
  }
  return out;
}

std::string quote_text(const QuoteExecution& execution, const runlog::RunSource& run) {
  std::string text = coverage_text(execution, run) + limits_text(execution, run);
  const analytics::QuoteQualitySummary& trades = execution.trades;
  text += fmt::format(
      "trades against the quotes at their stamp: {} with a quote, {} without; spread {} bps, "
      "better "
      "than the far side by {:.4f} $ ({} bps), worse than the mid by {:.4f} $ ({} bps)\n",
      trades.trades, trades.without_quote, number_text(trades.spread_bps, 3), trades.improvement,
      number_text(trades.improvement_bps, 3), trades.midpoint_slippage,
      number_text(trades.midpoint_slippage_bps, 3));
  const analytics::ArrivalSlippage& arrival = execution.arrival;
  text += fmt::format(
      "trades against the mid when their order was placed: {} with a quote, {} without; worse by "
      "{:.4f} $ ({} bps)\n",
      arrival.trades, arrival.without_quote, arrival.slippage,
      number_text(arrival.slippage_bps, 3));
  return execution.fills ? text + fills_text(execution) : text;
}

ordered_json quote_json(const QuoteExecution& execution, const runlog::RunSource& run) {
  ordered_json json;
  json["max_quote_age_s"] = to_seconds(execution.max_age);
  json["coverage"] = ordered_json::array();
  for (const QuoteCoverage& row : execution.coverage) {
    json["coverage"].push_back(json_of(execution, row, run));
  }
  json["orders_when_placed"] = ordered_json::array();
  for (const LimitSummary& row : execution.limits) {
    json["orders_when_placed"].push_back(json_of(row, run));
  }
  const analytics::QuoteQualitySummary& trades = execution.trades;
  json["trades_at_their_stamp"] = {
      {"trades", trades.trades},
      {"without_quote", trades.without_quote},
      {"volume", json_number(trades.volume)},
      {"spread_bps", json_number(trades.spread_bps)},
      {"improvement", json_number(trades.improvement)},
      {"improvement_bps", json_number(trades.improvement_bps)},
      {"midpoint_slippage", json_number(trades.midpoint_slippage)},
      {"midpoint_slippage_bps", json_number(trades.midpoint_slippage_bps)}};
  const analytics::ArrivalSlippage& arrival = execution.arrival;
  json["trades_against_arrival_mid"] = {{"trades", arrival.trades},
                                        {"without_quote", arrival.without_quote},
                                        {"volume", json_number(arrival.volume)},
                                        {"slippage", json_number(arrival.slippage)},
                                        {"slippage_bps", json_number(arrival.slippage_bps)}};
  if (execution.fills) {
    const FillAgreement& fills = *execution.fills;
    json["simulated_fills"] = {{"orders", fills.orders},
                               {"both", fills.both},
                               {"only_logged", fills.only_logged},
                               {"only_simulated", fills.only_simulated},
                               {"neither", fills.neither},
                               {"without_quotes", fills.without_quotes},
                               {"worse_than_quotes", json_number(fills.worse_than_quotes)},
                               {"worse_than_quotes_bps", json_number(fills.worse_than_quotes_bps)},
                               {"later_s", json_number(fills.later_s)},
                               {"disagreements", execution.disagreements}};
  }
  return json;
}

}  // namespace tieout::cli
