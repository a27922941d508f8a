#include "trading_run.hpp"

#include <cmath>
#include <limits>

namespace tieout::recon::test {
namespace {

using runlog::TableKind;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace

std::vector<double>& floats(Table& table, const std::string& column) {
  for (TypedColumn& candidate : table.columns) {
    if (candidate.name == column) {
      return std::get<std::vector<double>>(candidate.values);
    }
  }
  ADD_FAILURE() << column;
  return std::get<std::vector<double>>(table.columns.back().values);
}

RunData make_trading_run() {
  RunData run = make_run({.bars = 12});
  run.config.declare({"portfolio_config", "initial_cash"}, 700.0);
  const std::string node = "process_forecasts_node_dict";
  run.config.declare({node, "process_forecasts_dict", "share_quantization"}, 8);
  run.config.declare(
      {node, "process_forecasts_dict", "optimizer_config", "params", "kwargs", "target_gmv"},
      3000.0);
  run.config.declare({"dag_runner_config", "run_duration_in_secs"}, 3600);
  run.manifest.environment = {{"code_revision", "abc"}, {"compiler", "g++ 12"}};
  run.manifest.command = {{"strategy", "T1"}};
  const std::vector<std::int64_t> assets{kBtc.value, kEth.value};
  const std::vector<double> price{10, 20};
  std::vector<double> holdings{0, 0};
  std::vector<double> ordered{0, 0};
  double cash = 700;
  for (std::size_t b = 0; b < run.bars.size(); ++b) {
    BarData& bar = run.bars[b];
    bar.tables.clear();
    const auto id = static_cast<std::int64_t>(b) * 2;
    std::vector<double> executed = ordered;
    std::vector<double> notional{executed[0] * 10, executed[1] * 20};
    std::vector<double> pnl{0, 0};
    const double paid = notional[0] + notional[1];
    const double volume = std::fabs(notional[0]) + std::fabs(notional[1]);
    if (b > 0) {
      bar.tables[TableKind::kFills] = {{{"fill_id", std::vector<std::int64_t>{id, id + 1}},
                                        {"order_id", std::vector<std::int64_t>{id - 2, id - 1}},
                                        {"asset_id", assets},
                                        {"timestamp", std::vector<Timestamp>{bar.bar, bar.bar}},
                                        {"num_shares", executed},
                                        {"price", price}},
                                       1};
    } else {
      notional = {kNaN, kNaN};
      pnl = {kNaN, kNaN};
    }
    holdings = {holdings[0] + executed[0], holdings[1] + executed[1]};
    cash -= paid;
    const std::vector<double> value{holdings[0] * 10, holdings[1] * 20};
    const double gmv = std::fabs(value[0]) + std::fabs(value[1]);
    const double nmv = value[0] + value[1];
    bar.tables[TableKind::kPortfolio] = {{{"asset_id", assets},
                                          {"holdings_shares", holdings},
                                          {"price", price},
                                          {"holdings_notional", value},
                                          {"executed_trades_shares", executed},
                                          {"executed_trades_notional", notional},
                                          {"pnl", pnl}},
                                         1};
    bar.tables[TableKind::kStatistics] = {{{"pnl", std::vector<double>{b > 0 ? 0 : kNaN}},
                                           {"gross_volume", std::vector<double>{volume}},
                                           {"net_volume", std::vector<double>{paid}},
                                           {"gmv", std::vector<double>{gmv}},
                                           {"nmv", std::vector<double>{nmv}},
                                           {"cash", std::vector<double>{cash}},
                                           {"net_wealth", std::vector<double>{nmv + cash}},
                                           {"leverage", std::vector<double>{gmv / (nmv + cash)}}},
                                          0};
    const double sign = b % 2 == 0 ? 1 : -1;
    const std::vector<double> target{sign * 150, -sign * 75};
    ordered = {target[0] - holdings[0], target[1] - holdings[1]};
    const Timestamp now = bar.bar + seconds(2);
    bar.tables[TableKind::kTargetPositions] = {
        {{"asset_id", assets},
         {"holdings_shares", holdings},
         {"price", price},
         {"holdings_notional", value},
         {"wall_clock_timestamp", std::vector<Timestamp>{now, now}},
         {"prediction", std::vector<double>{sign, -sign}},
         {"target_holdings_notional", std::vector<double>{target[0] * 10, target[1] * 20}},
         {"target_trades_notional", std::vector<double>{ordered[0] * 10, ordered[1] * 20}},
         {"target_trades_shares", ordered},
         {"target_holdings_shares", target}},
        1};
    const Timestamp end = bar.bar + bar_period();
    bar.tables[TableKind::kOrders] = {{{"order_id", std::vector<std::int64_t>{id, id + 1}},
                                       {"creation_timestamp", std::vector<Timestamp>{now, now}},
                                       {"asset_id", assets},
                                       {"end_timestamp", std::vector<Timestamp>{end, end}},
                                       {"curr_num_shares", holdings},
                                       {"diff_num_shares", ordered}},
                                      1};
    bar.tables[TableKind::kTimings] = {
        {{"node", std::vector<std::string>{"predict.0.read_data", "predict.1.compute_ret", "wait"}},
         {"compute_ms", std::vector<double>{1.0, 2.0, 1000.0 * static_cast<double>(b)}}},
        1};
  }
  return run;
}

}  // namespace tieout::recon::test
