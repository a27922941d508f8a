#include "tieout/analytics/performance.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace tieout::analytics {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Panel panel_of(const std::vector<ColumnKey>& columns,
               std::initializer_list<std::initializer_list<double>> rows) {
  Panel panel(columns);
  for (const auto& row : rows) {
    panel.append_row(Timestamp{} + minutes(5 * static_cast<std::int64_t>(panel.row_count())));
    std::size_t column = 0;
    for (const double x : row) {
      panel.set(panel.row_count() - 1, column++, x);
    }
  }
  return panel;
}

const std::vector<ColumnKey> kColumns{{"pnl"}, {"gross_volume"}, {"net_volume"}, {"gmv"},
                                      {"nmv"}, {"fees"},         {"net_wealth"}, {"leverage"}};

PortfolioRecord record() {
  PortfolioRecord record;
  record.name = "prod";
  record.metrics = panel_of(kColumns, {{kNan, 0, 0, 0, 0, 0, 1000, 0},
                                       {10, 400, 400, 400, 400, 1, 1010, 0.4},
                                       {-5, 100, 0, 300, 100, 1, 1005, 0.3},
                                       {20, 200, 0, 300, 100, 0, 1025, 0.3}});
  const std::vector<ColumnKey> assets{{"v", AssetId{1}}, {"v", AssetId{2}}};
  record.positions = panel_of(assets, {{0, 0}, {400, 0}, {200, -100}, {200, 100}});
  record.pnl = panel_of(assets, {{kNan, kNan}, {10, 0}, {-5, 0}, {22, -2}});
  return record;
}

double value_of(const std::vector<Statistic>& statistics, std::string_view name) {
  const Statistic* found = find_statistic(statistics, "performance", name);
  return found == nullptr ? -12345.0 : found->value;
}

TEST(Performance, NumbersByHand) {
  const auto got = compute_performance(record(), {parse_frequency("5T").value()}).value();
  EXPECT_EQ(value_of(got, "pnl_gross"), 25);
  EXPECT_EQ(value_of(got, "fees"), 2);
  EXPECT_TRUE(std::isnan(value_of(got, "funding"))) << "not recorded is not 0";
  EXPECT_EQ(value_of(got, "pnl_net"), 23);
  EXPECT_EQ(value_of(got, "gross_volume"), 700);
  EXPECT_EQ(value_of(got, "gmv_mean"), 250);
  EXPECT_EQ(value_of(got, "gmv_max"), 400);
  EXPECT_EQ(value_of(got, "nmv_mean"), 150);
  EXPECT_DOUBLE_EQ(value_of(got, "turnover"), 2.8);
  EXPECT_DOUBLE_EQ(value_of(got, "leverage_mean"), 0.25);
  EXPECT_EQ(value_of(got, "leverage_max"), 0.4);
  EXPECT_EQ(value_of(got, "exposure"), 75);
  EXPECT_EQ(value_of(got, "holdings_mean"), 1.25);
  EXPECT_EQ(value_of(got, "holdings_max"), 2);
  EXPECT_DOUBLE_EQ(value_of(got, "holding_period"), 250.0 / 175.0);
  EXPECT_DOUBLE_EQ(value_of(got, "hit_rate"), 200.0 / 3.0);
  EXPECT_EQ(value_of(got, "profit_factor"), 6);
  EXPECT_DOUBLE_EQ(value_of(got, "expectancy"), 25.0 / 3.0);
  EXPECT_EQ(value_of(got, "average_win"), 15);
  EXPECT_EQ(value_of(got, "average_loss"), -5);
  EXPECT_EQ(value_of(got, "max_drawdown"), 5);
  EXPECT_EQ(value_of(got, "drawdown_duration"), 1);
  const double total = 100.0 * (10.0 / 1000.0 - 5.0 / 1010.0 + 20.0 / 1005.0);
  EXPECT_NEAR(value_of(got, "total_return"), total, 1e-12);
  EXPECT_NEAR(value_of(got, "annualized_return"), total / 4.0 * 105156.125, 1e-7);
  EXPECT_NEAR(value_of(got, "calmar_ratio"), total / 4.0 * 105156.125 / (100.0 * 5.0 / 1010.0),
              1e-6);
}

TEST(Performance, ABetKeepsItsSignAndEarnsWhatItsBarsDid) {
  // Asset 1: one bet of 3 bars that earned 10 - 5 + 22 less the bar that opened it (10 was earned
  // before it stood); asset 2: short for one bar, which lost 2, then long for one bar.
  const auto got = compute_performance(record(), {parse_frequency("5T").value()}).value();
  EXPECT_EQ(value_of(got, "bets"), 3);
  EXPECT_DOUBLE_EQ(value_of(got, "bet_length"), 5.0 / 3.0);
  EXPECT_DOUBLE_EQ(value_of(got, "bet_hit_rate"), 50);
}

TEST(Performance, AFlatBarEndsABetAndIsNone) {
  PortfolioRecord book = record();
  const std::vector<ColumnKey> asset{{"v", AssetId{1}}};
  book.positions = panel_of(asset, {{100}, {0}, {0}, {50}});
  book.pnl = panel_of(asset, {{0}, {0}, {0}, {0}});
  const auto got = compute_performance(book, {parse_frequency("5T").value()}).value();
  EXPECT_EQ(value_of(got, "bets"), 2);
  EXPECT_EQ(value_of(got, "bet_length"), 1);
  EXPECT_TRUE(std::isnan(value_of(got, "bet_hit_rate")));
}

TEST(Performance, WithoutPositionsOrWealthItSaysSo) {
  PortfolioRecord plain;
  plain.name = "research";
  plain.metrics = panel_of({{"pnl"}, {"gross_volume"}, {"net_volume"}, {"gmv"}, {"nmv"}},
                           {{1, 5, 0, 100, 0}, {2, 5, 0, 300, 0}});
  const auto got = compute_performance(plain, {parse_frequency("5T").value()}).value();
  EXPECT_TRUE(std::isnan(value_of(got, "bets")));
  EXPECT_TRUE(std::isnan(value_of(got, "leverage_mean")));
  EXPECT_TRUE(std::isnan(value_of(got, "holdings_mean")));
  EXPECT_NEAR(value_of(got, "total_return"), 100.0 * 3.0 / 200.0, 1e-12);
  EXPECT_NE(find_statistic(got, "performance", "total_return")->sample.find("mean GMV"),
            std::string::npos);
}

TEST(Performance, AMissingColumnAndNoBarsAreErrors) {
  PortfolioRecord none;
  none.name = "sim";
  const auto missing = compute_performance(none, {parse_frequency("5T").value()});
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, ErrorCode::kSchemaMismatch);
  none.metrics = Panel(kColumns);
  EXPECT_EQ(compute_performance(none, {parse_frequency("5T").value()}).error().code,
            ErrorCode::kMissingData);
}

TEST(Performance, TheFirstBinIsOnTheWealthBeforeIt) {
  const Panel bins = panel_of({{"pnl"}, {"net_wealth"}}, {{50, 1050}, {kNan, kNan}, {21, 1071}});
  const Returns returns = returns_of(bins, ReturnBasis::kNetWealth);
  EXPECT_EQ(returns.values[0], 0.05);
  EXPECT_TRUE(std::isnan(returns.values[1]));
  EXPECT_EQ(returns.values[2], 0.02);
  const Panel broke = panel_of({{"pnl"}, {"net_wealth"}}, {{-5, 0}, {1, 1}});
  EXPECT_TRUE(std::isnan(returns_of(broke, ReturnBasis::kNetWealth).values[1]))
      << "a wealth of 0 is no basis";
}

}  // namespace
}  // namespace tieout::analytics
