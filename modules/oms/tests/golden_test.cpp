// Whole log trees of small runs that the reference system wrote, compared value by value as
// printed.

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tieout/core/numbers.hpp"
#include "tieout/oms/paper_broker.hpp"
#include "tieout/oms/process_forecasts.hpp"
#include "tieout/oms/tables.hpp"

#include "market_fake.hpp"

namespace tieout::oms {
namespace {

namespace fs = std::filesystem;
using Rows = std::vector<std::vector<std::string>>;

Rows read_csv(const fs::path& path) {
  const std::string text = read_file(path).value();
  CsvReader csv(text);
  Rows rows;
  while (csv.next().value()) {
    rows.emplace_back(csv.fields().begin(), csv.fields().end());
  }
  return rows;
}

// Equal as printed. A cell without a point was an integer to the reference's type inference: 0 is
// 0.0.
void expect_cell(const std::string& golden, double found, const std::string& where) {
  if (golden.empty()) {
    EXPECT_TRUE(std::isnan(found)) << where << ": " << found;
  } else if (golden.find_first_not_of("-0123456789") == std::string::npos) {
    EXPECT_EQ(parse_double(golden).value(), found) << where;
  } else {
    EXPECT_EQ(golden, format_double(found)) << where;
  }
}

std::size_t row_of(const Table& table, std::string_view asset) {
  const auto& ids = std::get<std::vector<std::int64_t>>(table.find("asset_id")->values);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (std::to_string(ids[i]) == asset) {
      return i;
    }
  }
  ADD_FAILURE() << "no asset " << asset;
  return 0;
}

double number_at(const Table& table, std::string_view column, std::size_t row) {
  return std::get<std::vector<double>>(table.find(column)->values).at(row);
}

void compare_target_positions(const fs::path& path, const Table& table) {
  const Rows rows = read_csv(path);
  ASSERT_EQ(rows.size() - 1, table.row_count()) << path;
  ASSERT_EQ(rows[0].size(), table.columns.size()) << path;
  for (std::size_t c = 0; c < rows[0].size(); ++c) {
    EXPECT_EQ(rows[0][c], table.columns[c].name);
  }
  for (std::size_t r = 1; r < rows.size(); ++r) {
    const std::size_t row = row_of(table, rows[r][0]);
    for (std::size_t c = 1; c < rows[r].size(); ++c) {
      const TypedColumn& column = table.columns[c];
      const std::string where =
          fmt::format("{} asset {} {}", path.string(), rows[r][0], column.name);
      if (column.type() == ColumnType::kTimestamp) {
        EXPECT_EQ(
            to_local_iso(std::get<std::vector<Timestamp>>(column.values)[row], Zone::kNewYork),
            rows[r][c])
            << where;
      } else {
        expect_cell(rows[r][c], number_at(table, column.name, row), where);
      }
    }
  }
}

// One wide file: empty header cell, then names; one row that starts with the stamp.
void compare_wide(const fs::path& path, const BarDecisions& d, const std::string& kind) {
  const Rows rows = read_csv(path);
  if (rows.size() == 1 && rows[0] == std::vector<std::string>{""}) {
    for (std::size_t i = 0; i < d.portfolio.row_count(); ++i) {
      EXPECT_TRUE(std::isnan(number_at(d.portfolio, kind, i))) << path;
    }
    return;
  }
  ASSERT_EQ(rows.size(), 2U) << path;
  const Timestamp stamp = std::get<std::vector<Timestamp>>(d.statistics.columns[0].values)[0];
  EXPECT_EQ(rows[1][0], to_local_iso(stamp, Zone::kNewYork)) << path;
  const bool is_statistics = kind == "statistics";
  ASSERT_EQ(rows[0].size() - 1,
            is_statistics ? d.statistics.columns.size() - 1 : d.portfolio.row_count())
      << path;
  for (std::size_t c = 1; c < rows[0].size(); ++c) {
    const std::string where = path.string() + " " + rows[0][c];
    if (is_statistics) {
      EXPECT_EQ(rows[0][c], d.statistics.columns[c].name) << where;
      expect_cell(rows[1][c], number_at(d.statistics, rows[0][c], 0), where);
    } else {
      expect_cell(rows[1][c], number_at(d.portfolio, kind, row_of(d.portfolio, rows[0][c])), where);
    }
  }
}

// Orders by asset: the reference numbers them in the order in which its portfolio happens to hold
// the assets, we by asset.
void compare_orders(const fs::path& path, const std::vector<Order>& found) {
  const std::string text = read_file(path).value();
  std::vector<Order> golden = parse_orders(text).value();
  EXPECT_EQ(to_text(golden), text) << path;
  const bool sorted =
      std::is_sorted(golden.begin(), golden.end(),
                     [](const Order& a, const Order& b) { return a.asset_id < b.asset_id; });
  if (sorted) {
    EXPECT_EQ(to_text(found), text) << path;
    return;
  }
  std::sort(golden.begin(), golden.end(),
            [](const Order& a, const Order& b) { return a.asset_id < b.asset_id; });
  ASSERT_EQ(golden.size(), found.size()) << path;
  for (std::size_t i = 0; i < golden.size(); ++i) {
    golden[i].order_id = found[i].order_id;
  }
  EXPECT_EQ(to_text(found), to_text(golden)) << path;
}

struct GoldenRun {
  fs::path folder;
  std::string tree;        // "process_forecasts"
  std::string prediction;  // "prediction.csv"
  std::string volatility;
  std::string market_data;
  TraderSettings settings;
};

bool has_rows(BarDecisions::Action action) {
  return action == BarDecisions::Action::kTraded || action == BarDecisions::Action::kLiquidated;
}

// Replay the run bar by bar, 0.1 s after each bar as the reference does, and compare every file of
// its tree.
void replay(const GoldenRun& run) {
  const Rows predictions = read_csv(run.folder / run.prediction);
  const Rows volatilities = read_csv(run.folder / run.volatility);
  FakePrices prices = FakePrices::read(run.folder / run.market_data);
  std::vector<AssetId> assets;
  for (std::size_t c = 1; c < predictions[0].size(); ++c) {
    assets.push_back(AssetId{parse_int(predictions[0][c]).value()});
  }
  auto created = Trader::create(run.settings, Universe::from_ids(assets), minutes(5));
  ASSERT_TRUE(created.ok()) << created.error().message;
  Trader trader = std::move(created).value();
  std::set<fs::path> compared;
  const auto file_of = [&](const char* kind, Timestamp bar) {
    const std::string name = to_local_ts_name(bar, Zone::kNewYork);
    return run.folder / run.tree / kind / (name + "." + name + ".csv");
  };
  for (std::size_t r = 1; r < predictions.size(); ++r) {
    const Timestamp bar = at(predictions[r][0]);
    const Timestamp now = bar + milliseconds(100);
    std::vector<Forecast> forecasts;
    for (std::size_t c = 0; c < assets.size(); ++c) {
      forecasts.push_back({assets[c], parse_double(predictions[r][c + 1]).value(),
                           parse_double(volatilities[r][c + 1]).value(), 0.0});
    }
    const auto decided = trader.process(bar, now, {now}, forecasts, prices);
    ASSERT_TRUE(decided.ok()) << decided.error().message;
    for (const char* kind : {"holdings_shares", "holdings_notional", "executed_trades_shares",
                             "executed_trades_notional", "statistics"}) {
      const fs::path path = file_of((std::string("portfolio/") + kind).c_str(), bar);
      compare_wide(path, *decided, kind);
      compared.insert(path);
    }
    const fs::path targets = file_of("target_positions", bar);
    const fs::path orders = file_of("orders", bar);
    if (has_rows(decided->action)) {
      compare_target_positions(targets, decided->target_positions);
      compare_orders(orders, decided->submitted);
    } else {
      // The reference writes the previous bar's targets and orders again (or none before the
      // first); we write empty ones.
      EXPECT_EQ(decided->target_positions.row_count(), 0U);
      EXPECT_EQ(decided->orders.row_count(), 0U);
    }
    compared.insert(targets);
    compared.insert(orders);
  }
  std::size_t golden_count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(run.folder / run.tree)) {
    if (entry.is_regular_file()) {
      ++golden_count;
      EXPECT_EQ(compared.count(entry.path()), 1U) << entry.path() << " was not compared";
    }
  }
  EXPECT_GE(golden_count, 21U);
}

TraderSettings base_settings(double cash, const char* column) {
  TraderSettings settings;
  settings.initial_cash = cash;
  settings.pricing = {.column = column, .twap = {}};
  settings.columns.price = column;
  return settings;
}

TradingHours hours_of(Duration start, Duration trading_start, Duration trading_end, Duration end) {
  return {.ath_start = start,
          .trading_start = trading_start,
          .trading_end = trading_end,
          .ath_end = end};
}

GoldenRun oms_run(const char* name, TraderSettings settings) {
  return {golden_dir() / "oms" / name, "process_forecasts", "prediction.csv", "volatility.csv",
          "market_data.csv",           std::move(settings)};
}

#define SKIP_WITHOUT(path)                     \
  if (!fs::exists(path)) {                     \
    GTEST_SKIP() << "skipped: no shared data"; \
  }                                            \
  static_assert(true)

TEST(GoldenTree, Simulated1) {
  TraderSettings settings = base_settings(1e6, "price");
  analytics::CrossSectionalOptions cross;
  cross.target_gmv = 1e5;
  settings.targets.optimizer = cross;
  settings.targets.share_quantization = 30;
  settings.hours = hours_of(minutes(570), minutes(575), minutes(955), minutes(960));
  const GoldenRun run = oms_run("simulated1", settings);
  SKIP_WITHOUT(run.folder);
  replay(run);
}

TEST(GoldenTree, WindowLiquidate) {
  TraderSettings settings = base_settings(1e6, "price");
  analytics::CrossSectionalOptions cross;
  cross.target_gmv = 1e5;
  settings.targets.optimizer = cross;
  settings.targets.share_quantization = 2;
  settings.order_type = "price@end";
  settings.hours = hours_of(minutes(570), minutes(580), minutes(595), minutes(960));
  settings.liquidate_at_trading_end_time = true;
  const GoldenRun run = oms_run("window_liquidate", settings);
  SKIP_WITHOUT(run.folder);
  replay(run);
}

TEST(GoldenTree, CryptoPaperLongitudinal) {
  TraderSettings settings = base_settings(700.0, "close");
  settings.pricing.twap = minutes(5);
  analytics::LongitudinalOptions names;
  names.target_dollar_risk_per_name = 0.1;
  names.prediction_abs_threshold = 0.35;
  settings.targets.optimizer = names;
  settings.apply_exchange_limits = true;
  GoldenRun run = oms_run("crypto_paper_longitudinal", settings);
  SKIP_WITHOUT(run.folder);
  run.settings.targets.market_info = read_market_info(run.folder / "market_info.json").value();
  replay(run);
}

class GoldenOrders : public testing::TestWithParam<const char*> {};

std::optional<Duration> time_of(const nlohmann::json& value) {
  if (value.is_null()) {
    return std::nullopt;
  }
  return parse_iso("1970-01-01 " + value.get<std::string>() + "+00:00").value() - Timestamp{0};
}

TEST_P(GoldenOrders, EveryFileOfTheTreeIsReproduced) {
  const fs::path folder = golden_dir() / "trading" / GetParam();
  SKIP_WITHOUT(folder);
  const auto params = nlohmann::json::parse(read_file(folder / "params.json").value());
  const auto& config = params.at("config");
  const auto& kwargs = config.at("optimizer_config").at("params").at("kwargs");
  ASSERT_EQ(params.at("pricing_method"), "last");
  TraderSettings settings =
      base_settings(params.at("initial_holdings_shares").at("-1"),
                    params.at("mark_to_market_col").get<std::string>().c_str());
  for (const auto& holding : params.at("initial_holdings_shares").items()) {
    if (holding.key() != "-1") {
      settings.initial_holdings[AssetId{parse_int(holding.key()).value()}] =
          holding.value().get<double>();
    }
  }
  analytics::CrossSectionalOptions cross;
  cross.target_gmv = kwargs.at("target_gmv");
  cross.bulk_frac_to_remove = kwargs.at("bulk_frac_to_remove");
  settings.targets.optimizer = cross;
  settings.targets.share_quantization = config.at("share_quantization");
  settings.order_type = config.at("order_config").at("order_type");
  if (const auto start = time_of(config.at("ath_start_time"))) {
    settings.hours =
        hours_of(*start, *time_of(config.at("trading_start_time")),
                 *time_of(config.at("trading_end_time")), *time_of(config.at("ath_end_time")));
  }
  settings.liquidate_at_trading_end_time = config.at("liquidate_at_trading_end_time");
  replay({folder, "expected_process_forecasts", "input_prediction.csv", "input_volatility.csv",
          "input_market_data.csv", std::move(settings)});
}

INSTANTIATE_TEST_SUITE_P(Cases, GoldenOrders,
                         testing::Values("ord_01_xs_whole_shares", "ord_03_lots_of_ten",
                                         "ord_05_liquidate_at_end", "ord_07_bulk_removed"),
                         [](const auto& test) { return std::string(test.param); });

// Broker and books alone, with given orders.
class GoldenAccounting : public testing::TestWithParam<const char*> {};

TEST_P(GoldenAccounting, EveryNumberIsReproduced) {
  const fs::path folder = golden_dir() / "trading" / GetParam();
  SKIP_WITHOUT(folder);
  const auto params = nlohmann::json::parse(read_file(folder / "params.json").value());
  FakePrices prices = FakePrices::read(folder / "input_market_data.csv");
  std::map<AssetId, double> holdings;
  std::vector<AssetId> assets;
  for (const auto& holding : params.at("initial_holdings_shares").items()) {
    if (holding.key() != "-1") {
      assets.push_back(AssetId{parse_int(holding.key()).value()});
      holdings[assets.back()] = holding.value().get<double>();
    }
  }
  std::sort(assets.begin(), assets.end());
  Portfolio portfolio =
      Portfolio::create(assets, holdings, params.at("initial_holdings_shares").at("-1")).value();
  PriceColumns columns;
  columns.price = params.at("mark_to_market_col");
  PaperBroker broker(columns);
  const Rows orders = read_csv(folder / "input_orders.csv");
  const Timestamp start = at(params.at("replay_start").get<std::string>());
  const auto bars = params.at("bars").get<std::int64_t>();
  std::int64_t next_id = 0;
  for (std::int64_t bar = 0; bar <= bars; ++bar) {
    const Timestamp now = start + minutes(5 * bar);
    const auto collected = broker.collect(now, {now}, prices).value();
    const Timestamp last = *prices.last_end(assets, {now}).value();
    const auto marks = prices.at_end(columns.price, last, assets, {now}).value();
    const Snapshot snapshot = portfolio.mark(now, collected.fills, marks).value();
    BarDecisions d;
    d.portfolio = tables::portfolio(assets, snapshot, tables::CostColumns::kNo);
    d.statistics = tables::statistics(snapshot, tables::CostColumns::kNo);
    const std::string stamp = to_local_iso(now, Zone::kNewYork);
    for (const char* kind : {"holdings_shares", "holdings_notional", "executed_trades_shares",
                             "executed_trades_notional", "pnl", "statistics"}) {
      const Rows rows = read_csv(folder / fmt::format("expected_{}.csv", kind));
      bool found = false;
      for (std::size_t r = 1; r < rows.size(); ++r) {
        if (rows[r][0] != stamp) {
          continue;
        }
        found = true;
        for (std::size_t c = 1; c < rows[0].size(); ++c) {
          const std::string where = fmt::format("{} {} {} {}", GetParam(), kind, stamp, rows[0][c]);
          expect_cell(rows[r][c],
                      kind == std::string("statistics")
                          ? number_at(d.statistics, rows[0][c], 0)
                          : number_at(d.portfolio, kind, row_of(d.portfolio, rows[0][c])),
                      where);
        }
      }
      EXPECT_TRUE(found || (bar == 0 && kind == std::string("executed_trades_notional")))
          << kind << " " << stamp;
    }
    std::vector<Order> submitted;
    for (std::size_t r = 1; r < orders.size(); ++r) {
      if (parse_int(orders[r][0]) != bar) {
        continue;
      }
      Order order;
      order.order_id = next_id++;
      order.asset_id = AssetId{parse_int(orders[r][1]).value()};
      order.diff_num_shares = parse_double(orders[r][2]).value();
      order.type = params.at("order_type");
      order.creation_timestamp = order.start_timestamp = now;
      order.end_timestamp = now + minutes(5);
      submitted.push_back(order);
    }
    ASSERT_TRUE(broker.submit(submitted, now).ok());
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, GoldenAccounting,
                         testing::Values("acct_01_buy_sell_flip", "acct_03_initial_positions",
                                         "acct_05_midpoint_at_end",
                                         "acct_05_partial_spread_1.0_at_twap",
                                         "acct_05_price_at_start"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

}  // namespace
}  // namespace tieout::oms
