#include "tieout/analytics/portfolio_panels.hpp"

#include <array>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace tieout::analytics {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Bar {
  double pnl, gross_volume, net_volume, gmv, nmv;
};

Panel metrics_of(std::initializer_list<Bar> bars) {
  Panel panel({{"pnl"}, {"gross_volume"}, {"net_volume"}, {"gmv"}, {"nmv"}});
  for (const Bar& bar : bars) {
    panel.append_row(Timestamp{} + minutes(5) * static_cast<std::int64_t>(panel.row_count()));
    const std::array<double, 5> values{bar.pnl, bar.gross_volume, bar.net_volume, bar.gmv, bar.nmv};
    for (std::size_t c = 0; c < values.size(); ++c) {
      panel.set(panel.row_count() - 1, c, values[c]);
    }
  }
  return panel;
}

std::vector<double> column_of(const Panel& panel, const char* name) {
  const auto column = panel.column(*panel.find_column({name}));
  return {column.begin(), column.end()};
}

void expect_values(const Panel& panel, const char* name, const std::vector<double>& expected) {
  const std::vector<double> got = column_of(panel, name);
  ASSERT_EQ(got.size(), expected.size()) << name;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(got[i])) << name << " at " << i << " is " << got[i];
    } else {
      EXPECT_DOUBLE_EQ(got[i], expected[i]) << name << " at " << i;
    }
  }
}

// By hand from the formulas of recon_flow.md 4.9. Means of gmv up to each bar: 100, 150, 200.
TEST(PortfolioPanels, NumbersByHand) {
  const Panel got =
      compute_portfolio_panels(
          metrics_of({{kNan, 100, 100, 100, 50}, {3, 60, -30, 200, -20}, {-1, 40, 20, 300, 30}}))
          .value();
  ASSERT_EQ(got.column_count(), 12U);
  expect_values(got, "pnl", {kNan, 3, -1});
  expect_values(got, "pnl_bps", {kNan, 500, -250});
  expect_values(got, "cumulative_pnl", {kNan, 3, 2});
  expect_values(got, "cumulative_pnl_percent", {kNan, 2, 1});
  expect_values(got, "cumulative_gross_volume", {100, 160, 200});
  expect_values(got, "turnover_percent", {100, 40, 20});
  expect_values(got, "cumulative_net_volume", {100, 70, 90});
  expect_values(got, "net_volume_percent", {100, -15, 100 * 20.0 / 300});
  expect_values(got, "gmv", {100, 200, 300});
  expect_values(got, "gmv_deviation", {1, 200.0 / 150, 1.5});
  expect_values(got, "nmv", {50, -20, 30});
  expect_values(got, "nmv_percent", {50, -10, 10});
}

// A bar that holds nothing has no ratio to its GMV and is in no mean: 100, then (100 + 200) / 2.
TEST(PortfolioPanels, ABarWithoutHoldingsOrVolumeIsDroppedWhereItIsDividedBy) {
  const Panel got = compute_portfolio_panels(
                        metrics_of({{1, 0, 0, 100, 10}, {2, 50, 50, 0, 0}, {3, 30, -30, 200, 40}}))
                        .value();
  expect_values(got, "pnl_bps", {kNan, 400, 1000});
  expect_values(got, "cumulative_pnl_percent", {1, kNan, 4});
  expect_values(got, "turnover_percent", {0, kNan, 20});
  expect_values(got, "net_volume_percent", {0, kNan, -15});
  expect_values(got, "gmv_deviation", {1, kNan, 200.0 / 150});
  expect_values(got, "nmv_percent", {10, kNan, 20});
  expect_values(got, "cumulative_net_volume", {0, 50, 20});
}

TEST(PortfolioPanels, SaysWhatIsMissing) {
  const auto got = compute_portfolio_panels(Panel({{"pnl"}, {"gross_volume"}, {"gmv"}, {"nmv"}}));
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, ErrorCode::kSchemaMismatch);
  EXPECT_EQ(got.error().message, "portfolio_panels: the metrics have no column net_volume");
}

TEST(PortfolioPanels, NoBarsGiveNoRows) {
  EXPECT_EQ(compute_portfolio_panels(metrics_of({})).value().row_count(), 0U);
}

}  // namespace
}  // namespace tieout::analytics
