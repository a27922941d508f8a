#include "tieout/analytics/execution_quality.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include <gtest/gtest.h>

#include "tieout/analytics/execution_series.hpp"

#include "golden_support.hpp"

namespace tieout::analytics {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr AssetId kA{101};
constexpr AssetId kB{202};

Timestamp bar_at(std::size_t i) {
  return parse_iso("2023-08-15 13:30:00+00:00").value() + minutes(5) * static_cast<std::int64_t>(i);
}

/// A run of two assets over `bars` bars that is executed `share` of what it wants, at random prices
/// near the marks.
struct TradedRun {
  Panel portfolio, targets;
};

TradedRun make_run(std::uint64_t seed, std::size_t bars, double share) {
  Random random(seed);
  const std::vector<AssetId> assets{kA, kB};
  const auto panel = [&](std::vector<std::string> fields) {
    std::vector<ColumnKey> keys;
    for (const std::string& field : fields) {
      for (const AssetId asset : assets) {
        keys.push_back({field, asset});
      }
    }
    return Panel(keys);
  };
  TradedRun run{panel({"holdings_shares", "holdings_notional", "executed_trades_shares",
                       "executed_trades_notional", "pnl"}),
                panel({"holdings_shares", "price", "holdings_notional", "target_holdings_shares",
                       "target_holdings_notional", "target_trades_shares"})};
  const auto set = [](Panel& p, std::size_t r, const std::string& field, AssetId asset, double x) {
    p.set(r, *p.find_column({field, asset}), x);
  };
  std::map<AssetId, double> price{{kA, 100}, {kB, 50}};
  std::map<AssetId, double> held, wanted, value;
  for (std::size_t r = 0; r < bars; ++r) {
    run.portfolio.append_row(bar_at(r));
    run.targets.append_row(bar_at(r));
    for (const AssetId asset : assets) {
      price[asset] *= 1 + 0.01 * (random.uniform() - 0.5);
      const double executed = r == 0 ? 0 : share * wanted[asset];
      const double paid = executed * price[asset] * (1 + 1e-3 * (random.uniform() - 0.5));
      held[asset] += executed;
      const double now = held[asset] * price[asset];
      set(run.portfolio, r, "holdings_shares", asset, held[asset]);
      set(run.portfolio, r, "holdings_notional", asset, now);
      set(run.portfolio, r, "executed_trades_shares", asset, executed);
      set(run.portfolio, r, "executed_trades_notional", asset, r == 0 ? kNan : paid);
      set(run.portfolio, r, "pnl", asset, r == 0 ? kNan : now - value[asset] - paid);
      value[asset] = now;
      const double target = std::round(200 * (random.uniform() - 0.5));
      wanted[asset] = target - held[asset];
      set(run.targets, r, "holdings_shares", asset, held[asset]);
      set(run.targets, r, "price", asset, price[asset]);
      set(run.targets, r, "holdings_notional", asset, now);
      set(run.targets, r, "target_holdings_shares", asset, target);
      set(run.targets, r, "target_holdings_notional", asset, target * price[asset]);
      set(run.targets, r, "target_trades_shares", asset, wanted[asset]);
    }
  }
  return run;
}

double cell(const Panel& panel, std::size_t row, const std::string& field, AssetId asset) {
  const auto column = panel.find_column({field, asset});
  EXPECT_TRUE(column.has_value()) << field;
  return column ? panel.at(row, *column) : kNan;
}

TEST(ExecutionQuality, FullFillsHaveRateOneNoUnderfillAndNoTrackingError) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const TradedRun run = make_run(seed, 30, 1.0);
    const auto quality = compute_execution_quality(run.portfolio, run.targets);
    ASSERT_TRUE(quality.ok()) << quality.error().message;
    for (std::size_t r = 1; r < 30; ++r) {
      for (const AssetId asset : {kA, kB}) {
        const double wanted = cell(run.targets, r - 1, "target_trades_shares", asset);
        const double rate = cell(quality->by_asset, r, "fill_rate", asset);
        EXPECT_TRUE(wanted == 0 ? std::isnan(rate) : rate == 1.0) << "seed " << seed;
        EXPECT_EQ(cell(quality->by_asset, r, "underfill_share_count", asset), 0);
        EXPECT_EQ(cell(quality->by_asset, r, "tracking_error_shares", asset), 0);
      }
    }
    const ExecutionTotals totals = execution_totals(*quality);
    EXPECT_EQ(totals.fill_rate, 1.0);
    EXPECT_EQ(totals.underfill_cost, 0.0);
    EXPECT_EQ(totals.net_cost, totals.slippage);
  }
}

TEST(ExecutionQuality, HalfFillsHaveRateAHalf) {
  const TradedRun run = make_run(7, 30, 0.5);
  const auto quality = compute_execution_quality(run.portfolio, run.targets);
  ASSERT_TRUE(quality.ok()) << quality.error().message;
  EXPECT_EQ(cell(quality->by_asset, 5, "fill_rate", kA), 0.5);
  const ExecutionTotals totals = execution_totals(*quality);
  EXPECT_NEAR(totals.fill_rate, 0.5, 1e-2) << "volume at trade prices, underfill at marks";
  EXPECT_NE(totals.underfill_cost, 0.0);
}

TEST(ExecutionQuality, SlippageOfSharePricesAndOfNotionalIsTheSame) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const TradedRun run = make_run(seed, 30, 0.7);
    const auto one = compute_share_prices_and_slippage(run.portfolio, &run.targets);
    const auto other = compute_slippage_from_notional(run.portfolio, &run.targets);
    const auto of_holdings = compute_slippage_from_notional(run.portfolio, nullptr);
    ASSERT_TRUE(one.ok() && other.ok() && of_holdings.ok());
    for (std::size_t r = 2; r < 30; ++r) {
      for (const AssetId asset : {kA, kB}) {
        const double a = cell(*one, r, "slippage_notional", asset);
        const double paid = cell(run.portfolio, r, "executed_trades_notional", asset);
        EXPECT_NEAR(a, cell(*other, r, "slippage_notional", asset), 1e-9 * std::fabs(paid));
        if (cell(run.portfolio, r - 1, "holdings_shares", asset) == 0) {
          continue;  // Nothing held, so holdings say no price.
        }
        EXPECT_NEAR(a, cell(*of_holdings, r, "slippage_notional", asset), 1e-9 * std::fabs(paid));
      }
    }
  }
}

// oms.md 5.6, Test_compute_share_prices_and_slippage.test1: at these prices sell 0.17 for 101.0395,
// then buy 0.17 for 101.5495: 0.672959 and 6.030252 bps, 0.0068 and 0.0612 dollars.
TEST(ExecutionQuality, SlippageOfTwoTradesIsThatOfTheReference) {
  Panel portfolio({{"executed_trades_shares", kA}, {"executed_trades_notional", kA}});
  Panel price({{"price", kA}});
  const std::vector<double> prices{594.39, 596.99, 596.92, 599.59, 597.39};
  const std::vector<double> shares{0, -0.17, 0.17, 0, 0};
  const std::vector<double> notional{0, -101.0395, 101.5495, 0, 0};
  for (std::size_t r = 0; r < prices.size(); ++r) {
    portfolio.append_row(bar_at(r));
    price.append_row(bar_at(r));
    price.set(r, 0, prices[r]);
    portfolio.set(r, 0, shares[r]);
    portfolio.set(r, 1, notional[r]);
  }
  const auto slippage = compute_share_prices_and_slippage(portfolio, &price);
  ASSERT_TRUE(slippage.ok()) << slippage.error().message;
  EXPECT_NEAR(cell(*slippage, 1, "slippage_in_bps", kA), 0.672959, 5e-7);
  EXPECT_NEAR(cell(*slippage, 2, "slippage_in_bps", kA), 6.030252, 5e-7);
  EXPECT_NEAR(cell(*slippage, 1, "slippage_notional", kA), 0.0068, 1e-9);
  EXPECT_NEAR(cell(*slippage, 2, "slippage_notional", kA), 0.0612, 1e-9);
}

TEST(ExecutionQuality, SeriesAddUpBarByBar) {
  const TradedRun run = make_run(3, 30, 0.6);
  const auto quality = compute_execution_quality(run.portfolio, run.targets);
  ASSERT_TRUE(quality.ok());
  const Panel series = execution_series(*quality);
  ASSERT_EQ(series.column_count(), 10U);
  const ExecutionTotals totals = execution_totals(*quality);
  const auto last = [&](const std::string& name) {
    return series.at(29, *series.find_column({name}));
  };
  EXPECT_NEAR(last("cumulative_slippage"), totals.slippage, 1e-9);
  EXPECT_NEAR(last("cumulative_underfill_cost"), totals.underfill_cost, 1e-9);
  EXPECT_NEAR(last("cumulative_net_cost_bps"), totals.net_cost_bps, 1e-9);
  EXPECT_NEAR(last("cumulative_idealized_pnl"), last("cumulative_pnl") + totals.net_cost, 1e-9);
  EXPECT_TRUE(std::isnan(series.at(0, 1))) << "nothing was traded yet";
}

TEST(ExecutionQuality, DistributionsHoldEveryCellThatTraded) {
  const TradedRun run = make_run(4, 30, 0.6);
  const auto quality = compute_execution_quality(run.portfolio, run.targets);
  ASSERT_TRUE(quality.ok());
  const std::vector<EcdfChart> charts = execution_ecdfs(*quality);
  ASSERT_EQ(charts.size(), 6U);
  EXPECT_EQ(charts[1].name, "slippage_in_bps by side");
  EXPECT_EQ(charts[1].samples[0].values.size() + charts[1].samples[1].values.size(),
            execution_totals(*quality).trades);
  for (const EcdfChart& chart : charts) {
    for (const Ecdf& sample : chart.samples) {
      EXPECT_TRUE(std::ranges::is_sorted(sample.values)) << chart.name;
      EXPECT_FALSE(sample.values.empty()) << chart.name << " " << sample.name;
    }
  }
}

TEST(ExecutionQuality, TotalsOfAssetsAndOfBarsAddUpToTheWhole) {
  const TradedRun run = make_run(5, 30, 0.6);
  const auto quality = compute_execution_quality(run.portfolio, run.targets);
  ASSERT_TRUE(quality.ok());
  const ExecutionTotals whole = execution_totals(*quality);
  double volume = 0, slippage = 0, cost = 0;
  for (std::size_t r = 0; r < 30; ++r) {
    const ExecutionTotals bar = execution_totals_of_row(*quality, r);
    volume += bar.volume;
    slippage += bar.slippage;
    cost += bar.net_cost;
  }
  EXPECT_NEAR(volume, whole.volume, 1e-6);
  EXPECT_NEAR(slippage, whole.slippage, 1e-9);
  EXPECT_NEAR(cost, whole.net_cost, 1e-9);
  EXPECT_NEAR(execution_totals(*quality, kA).volume + execution_totals(*quality, kB).volume,
              whole.volume, 1e-6);
}

TEST(ExecutionQuality, ATradeWithoutATargetIsCountedInTheVolume) {
  TradedRun run = make_run(6, 4, 1.0);
  run.targets = run.targets.slice({0, 3});
  const auto quality = compute_execution_quality(run.portfolio, run.targets);
  ASSERT_TRUE(quality.ok());
  EXPECT_EQ(quality->by_asset.row_count(), 4U);
  EXPECT_EQ(execution_totals_of_row(*quality, 3).trades, 2U);
  EXPECT_TRUE(std::isnan(cell(quality->by_asset, 3, "fill_rate", kA)));
}

TEST(ExecutionQuality, BadInputIsAnErrorThatNamesIt) {
  const TradedRun run = make_run(1, 3, 1.0);
  const auto no_price = compute_fill_stats(run.portfolio);
  ASSERT_FALSE(no_price.ok());
  EXPECT_EQ(no_price.error().code, ErrorCode::kSchemaMismatch);
  EXPECT_EQ(no_price.error().message,
            "compute_fill_stats: the target positions lack column price[101]");
  EXPECT_FALSE(compute_execution_quality(run.targets, run.targets).ok());
  EXPECT_FALSE(summarize_notional_costs(Panel({{"pnl"}}), CostAggregation::kByBar).ok());
  TradedRun wrong = run;
  wrong.portfolio.set(2, *wrong.portfolio.find_column({"executed_trades_shares", kA}), 5);
  wrong.portfolio.set(2, *wrong.portfolio.find_column({"executed_trades_notional", kA}), -500);
  const auto negative = compute_execution_quality(wrong.portfolio, wrong.targets);
  ASSERT_FALSE(negative.ok());
  EXPECT_EQ(negative.error().code, ErrorCode::kMalformedData);
  EXPECT_EQ(negative.error().message,
            "compute_share_prices_and_slippage: 2023-08-15 13:40:00+00:00 of asset 101: 5.0 shares "
            "were executed for -500.0: a trade's price cannot be negative");
}

}  // namespace
}  // namespace tieout::analytics
