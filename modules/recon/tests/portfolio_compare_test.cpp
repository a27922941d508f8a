#include "tieout/recon/portfolio_compare.hpp"

#include <gtest/gtest.h>

namespace tieout::recon {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

Timestamp bar(int i) {
  return Timestamp{} + minutes(5 * i);
}

/// A panel of one field and one asset, bars 0, 1, ...
Panel column(std::vector<double> values, const char* field = "pnl") {
  Panel panel({{field, AssetId{7}}});
  for (std::size_t i = 0; i < values.size(); ++i) {
    panel.append_row(bar(static_cast<int>(i)));
    panel.set(i, 0, values[i]);
  }
  return panel;
}

TEST(LargestDifferenceTest, IsInPercentOfTheSecondAndSaysWhere) {
  const Panel left = column({1.0, 110.0, 50.0});
  const Panel right = column({1.0, 100.0, 100.0});
  const LargestDifference d = largest_difference({&left, "pnl", 0, &right, "pnl"});
  EXPECT_EQ(d.max_percent, 50.0);
  EXPECT_EQ(d.max_abs, 50.0);
  EXPECT_EQ(d.at, bar(2));
  EXPECT_EQ(d.asset, AssetId{7});
  EXPECT_EQ(largest_difference({&right, "pnl", 0, &left, "pnl"}).max_percent, 100.0);
}

TEST(LargestDifferenceTest, DustIsZeroAndANumberAgainstZeroHasNoPercentage) {
  const Panel left = column({5e-7, 3.0, kInf});
  const Panel right = column({-5e-7, 0.0, 1.0});
  const LargestDifference d = largest_difference({&left, "pnl", 0, &right, "pnl"});
  EXPECT_EQ(d.pairs, 3U);
  EXPECT_EQ(d.without_percent, 2U);
  EXPECT_EQ(d.max_percent, 0.0) << "of the pair that has one";
  EXPECT_EQ(d.max_abs, kInf) << "nothing is hidden here";
}

TEST(LargestDifferenceTest, WhatOneSideLacksIsCountedAndNoPair) {
  const Panel left = column({1.0, kNaN, 3.0, 4.0});
  const Panel right = column({1.0, 2.0, kNaN});
  const LargestDifference d = largest_difference({&left, "pnl", 0, &right, "pnl"});
  EXPECT_EQ(d.pairs, 1U);
  EXPECT_EQ(d.one_sided, 3U);
  EXPECT_EQ(d.max_percent, 0.0);
}

TEST(LargestDifferenceTest, ALagTakesTheRowBefore) {
  const Panel left = column({10.0, 20.0, 30.0}, "target_holdings_shares");
  const Panel right = column({0.0, 10.0, 20.0}, "holdings_shares");
  const LargestDifference d =
      largest_difference({&left, "target_holdings_shares", 1, &right, "holdings_shares"});
  EXPECT_EQ(d.pairs, 2U);
  EXPECT_EQ(d.max_abs, 0.0);
}

TEST(ComparePortfoliosTest, EachTwoAreComparedAndNamesComeOnce) {
  const Panel one = column({1.0});
  const Panel two = column({2.0});
  const std::vector<NamedPortfolio> all{{"prod", &one}, {"research", &two}, {"sim", &one}};
  const auto pairs = compare_portfolios(all, PortfolioNames::kReference).value();
  ASSERT_EQ(pairs.size(), 3U);
  EXPECT_EQ(pairs[0].name, "prod_research_diff");
  EXPECT_EQ(pairs[1].name, "prod_sim_diff");
  EXPECT_EQ(pairs[2].name, "research_sim_diff");
  ASSERT_EQ(portfolio_fields().back(), "pnl");
  EXPECT_EQ(pairs[0].fields.back().max_percent, 50.0);
  EXPECT_EQ(pairs[1].fields.back().max_percent, 0.0);
  EXPECT_EQ(pairs[2].fields.back().max_percent, 100.0);
  const std::vector<NamedPortfolio> twice{{"prod", &one}, {"prod", &two}};
  EXPECT_FALSE(compare_portfolios(twice, PortfolioNames::kAny).ok());
}

TradingFrames marked_at(std::vector<Timestamp> marks) {
  TradingFrames frames;
  std::vector<double> values(marks.size(), 1.0);
  frames.portfolio = column(values);
  frames.statistics = column(std::move(values));
  frames.snapshots = std::move(marks);
  return frames;
}

TEST(PortfolioStateTest, MarksAreRoundedToTheNearestBarTiesToTheEvenOne) {
  const auto state =
      portfolio_state(marked_at({bar(0) + seconds(12), bar(1) + seconds(150)}), minutes(5)).value();
  EXPECT_EQ(state.portfolio.index()[0], bar(0));
  EXPECT_EQ(state.portfolio.index()[1], bar(2)) << "bar 1.5";
  EXPECT_EQ(state.delays[0], seconds(12));
  EXPECT_EQ(state.delays[1], seconds(-150));
}

TEST(PortfolioStateTest, TwoMarksOfOneBarAreAnError) {
  const auto state =
      portfolio_state(marked_at({bar(0) + seconds(12), bar(0) + seconds(20)}), minutes(5));
  ASSERT_FALSE(state.ok());
  EXPECT_EQ(state.error().code, ErrorCode::kMalformedData);
  EXPECT_EQ(portfolio_state(TradingFrames{}, minutes(5)).error().code,
            ErrorCode::kIncompleteEvidence);
}

}  // namespace
}  // namespace tieout::recon
