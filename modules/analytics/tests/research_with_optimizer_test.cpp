#include "tieout/analytics/research_with_optimizer.hpp"

#include <gmock/gmock.h>

#include "research_frames.hpp"

namespace tieout::analytics {
namespace {

// The data of TestForecastEvaluatorWithOptimizer1.test_to_str1 (oms.md 8.1).
Panel two_assets() {
  std::vector<ColumnKey> keys;
  for (const char* field : {"price", "volatility", "prediction"}) {
    keys.push_back({field, AssetId{100}});
    keys.push_back({field, AssetId{200}});
  }
  Panel frame(keys);
  const std::vector<std::vector<double>> rows = {{100.0, 100.3, 0.00110, 0.00048, -0.25, -0.34},
                                                 {100.1, 100.5, 0.00091, 0.00046, 0.13, 0.5},
                                                 {100.05, 100.4, 0.00086, 0.00060, 0.84, -0.97},
                                                 {100.2, 100.5, 0.00071, 0.00068, 0.86, -0.113}};
  Timestamp bar = parse_iso("2022-01-03 09:35:00-05:00").value();
  for (const auto& row : rows) {
    frame.append_row(bar);
    for (std::size_t c = 0; c < row.size(); ++c) frame.set(frame.row_count() - 1, c, row[c]);
    bar = bar + minutes(5);
  }
  return frame;
}

OptimizerResearchOptions two_assets_options() {
  OptimizerResearchOptions options;
  options.optimizer.target_gmv = 1e4;
  options.optimizer.relative_holding_max_frac_of_gmv = 0.6;
  options.books.burn_in_bars = 0;
  options.books.quantization = 0;
  return options;
}

TEST(ResearchWithOptimizer, ReproducesTheReferencesText) {
  const auto found = research_portfolio_with_optimizer(two_assets(), two_assets_options());
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(to_text(*found, Zone::kNewYork), R"(# holdings_shares=
                            100   200
2022-01-03 09:35:00-05:00   0.0   0.0
2022-01-03 09:40:00-05:00 -60.0 -40.0
2022-01-03 09:45:00-05:00  40.0  60.0
2022-01-03 09:50:00-05:00   0.0   0.0
# holdings_notional=
                              100     200
2022-01-03 09:35:00-05:00     0.0     0.0
2022-01-03 09:40:00-05:00 -6006.0 -4020.0
2022-01-03 09:45:00-05:00  4002.0  6024.0
2022-01-03 09:50:00-05:00     0.0     0.0
# executed_trades_shares=
                             100    200
2022-01-03 09:35:00-05:00    0.0    0.0
2022-01-03 09:40:00-05:00  -60.0  -40.0
2022-01-03 09:45:00-05:00  100.0  100.0
2022-01-03 09:50:00-05:00  -40.0  -60.0
# executed_trades_notional=
                               100      200
2022-01-03 09:35:00-05:00      0.0      0.0
2022-01-03 09:40:00-05:00  -6006.0  -4020.0
2022-01-03 09:45:00-05:00  10005.0  10040.0
2022-01-03 09:50:00-05:00  -4008.0  -6030.0
# pnl=
                           100  200
2022-01-03 09:35:00-05:00  0.0  0.0
2022-01-03 09:40:00-05:00  0.0  0.0
2022-01-03 09:45:00-05:00  3.0  4.0
2022-01-03 09:50:00-05:00  6.0  6.0
# statistics=
                            pnl  gross_volume  net_volume      gmv      nmv
2022-01-03 09:35:00-05:00   0.0           0.0         0.0      0.0      0.0
2022-01-03 09:40:00-05:00   0.0       10026.0    -10026.0  10026.0 -10026.0
2022-01-03 09:45:00-05:00   7.0       20045.0     20045.0  10026.0  10026.0
2022-01-03 09:50:00-05:00  12.0       10038.0    -10038.0      0.0      0.0
)");
  EXPECT_TRUE(found->notes.empty());
}

TEST(ResearchWithOptimizer, GapsHoldThePositionAndMakeNoPnl) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const Panel frame = random_frame({.seed = seed, .assets = 4, .bars = 25, .gap_share = 0.1});
    OptimizerResearchOptions options;
    options.optimizer.target_gmv = 1e5;
    options.optimizer.relative_holding_max_frac_of_gmv = 0.5;
    options.books.quantization = 2;
    options.books.burn_in_bars = 0;
    options.books.liquidate_at_end_of_day = false;
    const auto found = research_portfolio_with_optimizer(frame, options);
    ASSERT_TRUE(found.ok()) << found.error().message;
    double pnl = 0.0;
    double paid = 0.0;
    const Panel& statistics = found->statistics;
    for (std::size_t row = 0; row < statistics.row_count(); ++row) {
      pnl += statistics.at(row, *statistics.find_column({"pnl"}));
      paid += statistics.at(row, *statistics.find_column({"net_volume"}));
      EXPECT_LT(std::abs(statistics.at(row, *statistics.find_column({"pnl"}))), 2e4);
    }
    const auto nmv = statistics.column(*statistics.find_column({"nmv"}));
    EXPECT_NEAR(pnl, nmv.back() - paid, 1e-4);
  }
}

TEST(ResearchWithOptimizer, BadOptionsAreRefusedByName) {
  OptimizerResearchOptions options = two_assets_options();
  options.optimizer.target_gmv = -1.0;
  EXPECT_THAT(research_portfolio_with_optimizer(two_assets(), options).error().message,
              testing::HasSubstr("target_gmv"));
}

}  // namespace
}  // namespace tieout::analytics
