#include "tieout/analytics/matching.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tieout::analytics {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Trade trade(std::string id, std::int64_t at_s, double quantity, double price = 100) {
  Trade made;
  made.asset = {101};
  made.time = Timestamp{} + seconds(at_s);
  made.quantity = quantity;
  made.price = price;
  made.id = std::move(id);
  return made;
}

MatchResult match(const std::vector<Trade>& left, const std::vector<Trade>& right,
                  const MatchOptions& options = {}) {
  const Result<MatchResult> result = match_trades(left, right, options);
  EXPECT_TRUE(result.ok()) << result.error().message;
  return result.ok() ? *result : MatchResult{};
}

/// The one pairing of a result without leftovers.
Match the_match(const std::vector<Trade>& left, const std::vector<Trade>& right,
                const MatchOptions& options = {}) {
  const MatchResult result = match(left, right, options);
  EXPECT_EQ(result.matches.size(), 1U);
  EXPECT_EQ(result.left.size() + result.right.size(), 0U);
  return result.matches.empty() ? Match{} : result.matches.front();
}

Trade with_bar(Trade t, std::int64_t bar_s) {
  t.bar = Timestamp{} + seconds(bar_s);
  return t;
}
Trade with_parent(Trade t, std::string parent) {
  t.parent = std::move(parent);
  return t;
}

TEST(MatchingTest, OneIdAndTheSameContentIsIdentical) {
  const Match m = the_match({trade("7", 10, 5)}, {trade("7", 10, 5)});
  EXPECT_EQ(m.rule, MatchRule::kIdentical);
  EXPECT_TRUE(m.within);
}

TEST(MatchingTest, OneIdAndOtherContentIsNoReasonToPair) {
  // Ids that are shifted: 7 of the left is 8 of the right.
  const MatchResult result =
      match({trade("7", 10, 5), trade("8", 300, 6)}, {trade("8", 10, 5), trade("9", 300, 6)});
  ASSERT_EQ(result.matches.size(), 2U);
  for (const Match& m : result.matches) {
    EXPECT_EQ(m.rule, MatchRule::kWindow);
    EXPECT_EQ(m.left, m.right);
    EXPECT_TRUE(m.within);
  }
}

TEST(MatchingTest, OneClientIdPairsWhateverTheContent) {
  Trade left = trade("1", 0, 5);
  Trade right = trade("2", 500, 4, 101);
  left.client_id = right.client_id = "mine";
  const Match m = the_match({left}, {right});
  EXPECT_EQ(m.rule, MatchRule::kClientId);
  EXPECT_EQ(m.quantity_difference, -1);
  EXPECT_EQ(m.time_drift, seconds(500));
  EXPECT_FALSE(m.within);
}

TEST(MatchingTest, TheOnlyOnesOfABarPairAcrossTheWindow) {
  const Match m =
      the_match({with_bar(trade("1", 10, 5), 300)}, {with_bar(trade("2", 290, 5), 300)});
  EXPECT_EQ(m.rule, MatchRule::kBar);
}

TEST(MatchingTest, TheOnlyOnesOfAParentPairInTheirBar) {
  const MatchResult result = match({with_bar(with_parent(trade("1", 10, 5), "a"), 300),
                                    with_bar(with_parent(trade("2", 20, 5), "b"), 300)},
                                   {with_bar(with_parent(trade("8", 110, 5), "b"), 300),
                                    with_bar(with_parent(trade("9", 120, 5), "a"), 300)});
  ASSERT_EQ(result.matches.size(), 2U);
  EXPECT_EQ(result.matches[0].rule, MatchRule::kParent);
  EXPECT_EQ(result.matches[0].left, std::vector<std::size_t>{0});
  EXPECT_EQ(result.matches[0].right, std::vector<std::size_t>{1});
}

TEST(MatchingTest, NearestInTimeOfOneSizeAndTheEarlierOfTwoThatAreAsNear) {
  const MatchResult result =
      match({trade("1", 100, 5)}, {trade("a", 110, 5), trade("b", 90, 5), trade("c", 99, 6)});
  ASSERT_EQ(result.matches.size(), 1U);
  EXPECT_EQ(result.matches[0].rule, MatchRule::kWindow);
  EXPECT_EQ(result.matches[0].right, std::vector<std::size_t>{1});
  EXPECT_EQ(result.matches[0].time_drift, -seconds(10));
}

TEST(MatchingTest, TheWindowIsClosed) {
  EXPECT_EQ(the_match({trade("1", 0, 5)}, {trade("a", 60, 5)}).rule, MatchRule::kWindow);
  EXPECT_TRUE(match({trade("1", 0, 5)}, {trade("a", 61, 5)}).matches.empty());
  EXPECT_EQ(the_match({trade("1", 9, 5)}, {trade("a", 9, 5)}, {.window = {}}).rule,
            MatchRule::kWindow);
}

TEST(MatchingTest, AssetAndSideAreNeverCrossed) {
  Trade other = trade("a", 0, 5);
  other.asset = {102};
  EXPECT_TRUE(match({trade("1", 0, 5)}, {other}).matches.empty());
  EXPECT_TRUE(match({trade("1", 0, 5)}, {trade("a", 0, -5)}).matches.empty());
}

TEST(MatchingTest, ChildrenThatAddUpAreASplitAndTheirPriceIsWeighted) {
  const Match m =
      the_match({trade("1", 0, -0.3, 100)}, {trade("a", 1, -0.1, 100), trade("b", 2, -0.2, 97)},
                {.quantity_step = 0.1});
  EXPECT_EQ(m.rule, MatchRule::kSplit);
  EXPECT_EQ(m.right, (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(m.quantity_difference, 0);  // 0.1 + 0.2 is 0.3 in lots, not in float64
  EXPECT_EQ(m.time_drift, seconds(1));
  EXPECT_EQ(m.end_drift, seconds(2));
  EXPECT_NEAR(m.price_drift, -2, 1e-12);  // (0.1 x 100 + 0.2 x 97) / 0.3 = 98
  EXPECT_NEAR(m.price_bps, 200, 1e-9);    // sold 2 of 100 lower: worse
}

TEST(MatchingTest, ChildrenThatAddUpAreAMergeSeenFromTheOtherSide) {
  const Match m = the_match({trade("a", 1, 1), trade("b", 2, 2)}, {trade("1", 0, 3)});
  EXPECT_EQ(m.rule, MatchRule::kMerge);
}

TEST(MatchingTest, ChildrenHaveNoOtherTradeBetweenThem) {
  const MatchResult result =
      match({trade("1", 0, 3)}, {trade("a", 1, 1), trade("b", 2, 7), trade("c", 3, 2)});
  for (const Match& m : result.matches) EXPECT_NE(m.rule, MatchRule::kSplit);
}

TEST(MatchingTest, ChildrenOfOneParentMayHaveOthersBetweenThem) {
  const MatchResult result =
      match({trade("1", 0, 3), trade("2", 0, 20)},
            {with_parent(trade("a", 1, 1), "p"), with_parent(trade("b", 2, 7), "q"),
             with_parent(trade("c", 3, 2), "p"), with_parent(trade("d", 4, 13), "q")});
  ASSERT_EQ(result.matches.size(), 2U);
  for (const Match& m : result.matches) {
    EXPECT_EQ(m.rule, MatchRule::kSplit);
    EXPECT_EQ(m.right,
              m.left[0] == 0 ? (std::vector<std::size_t>{0, 2}) : (std::vector<std::size_t>{1, 3}));
  }
}

TEST(MatchingTest, SeveralOfBothSidesThatAddUpAreNetted) {
  const Match m = the_match({trade("1", 0, 4), trade("2", 5, 7)},
                            {trade("a", 1, 5), trade("b", 3, 3), trade("c", 4, 3)});
  EXPECT_EQ(m.rule, MatchRule::kNet);
  EXPECT_EQ(m.left_quantity, 11);
}

TEST(MatchingTest, AnOrderThatWasCancelledAndReplacedIsOneDecision) {
  Trade first = trade("1", 0, 10);
  first.status = TradeStatus::kCancelled;
  first.end = Timestamp{} + seconds(8);
  const std::vector<Trade> chain{first, trade("2", 9, 6)};
  const Match m = the_match(chain, {trade("a", 0, 10)});
  EXPECT_EQ(m.rule, MatchRule::kReplaced);
  EXPECT_EQ(m.left_quantity, 10);
  EXPECT_EQ(m.quantity_difference, 0);
}

TEST(MatchingTest, AnOrderThatIsNotAdjacentReplacesNothing) {
  Trade first = trade("1", 0, 10);
  first.status = TradeStatus::kCancelled;
  first.end = Timestamp{} + seconds(8);
  for (const std::int64_t at : {7, 69}) {  // before the end; more than the window after it
    const MatchResult result = match({first, trade("2", at, 6)}, {trade("a", 0, 10)});
    ASSERT_EQ(result.matches.size(), 1U) << at;
    EXPECT_EQ(result.matches[0].rule, MatchRule::kWindow) << at;
    EXPECT_EQ(result.left.size(), 1U) << at;
  }
}

TEST(MatchingTest, WhatIsLeftOfOneBarIsADriftOfQuantity) {
  const Match m =
      the_match({with_bar(trade("1", 10, 5), 300)}, {with_bar(trade("2", 290, 4), 300)});
  EXPECT_EQ(m.rule, MatchRule::kDrift);
  EXPECT_EQ(m.quantity_difference, -1);
  EXPECT_FALSE(m.within);
}

TEST(MatchingTest, SizesWithinTheToleranceAreOneSize) {
  const MatchOptions options{.quantity_tolerance = 0.5};
  const Match m = the_match({trade("1", 0, 5)}, {trade("2", 0, 5.5)}, options);
  EXPECT_EQ(m.rule, MatchRule::kWindow);
  EXPECT_TRUE(m.within);
  EXPECT_EQ(the_match({trade("1", 0, 5)}, {trade("2", 0, 5.75)}, options).rule, MatchRule::kDrift);
}

TEST(MatchingTest, WhatFloat64LosesIsNoDifferenceOfSizeWithoutAStep) {
  EXPECT_EQ(the_match({trade("1", 0, 0.3)}, {trade("2", 0, 0.1 + 0.2)}).rule, MatchRule::kWindow);
  EXPECT_EQ(
      the_match({trade("1", 0, 0.3)}, {trade("2", 0, 0.1 + 0.2)}, {.quantity_relative = 0}).rule,
      MatchRule::kDrift);
}

TEST(MatchingTest, ADriftIsWithinWhenEveryToleranceAllowsIt) {
  const std::vector<Trade> left{trade("1", 0, 5, 100)};
  const std::vector<Trade> right{trade("2", 2, 5, 100.01)};
  EXPECT_FALSE(the_match(left, right).within);
  EXPECT_FALSE(the_match(left, right, {.time_tolerance = seconds(2)}).within);
  EXPECT_FALSE(the_match(left, right, {.price_tolerance_bps = 1}).within);
  EXPECT_TRUE(
      the_match(left, right, {.time_tolerance = seconds(2), .price_tolerance_bps = 1}).within);
  EXPECT_TRUE(
      the_match(left, right,
                {.price_tick = 0.01, .time_tolerance = seconds(2), .price_tolerance_ticks = 1})
          .within);
  EXPECT_FALSE(
      the_match(left, right,
                {.price_tick = 0.005, .time_tolerance = seconds(2), .price_tolerance_ticks = 1})
          .within);
}

TEST(MatchingTest, APriceThatOneSideLacksIsNotWithin) {
  EXPECT_TRUE(the_match({trade("1", 0, 5, kNaN)}, {trade("2", 0, 5, kNaN)}).within);
  const Match m = the_match({trade("1", 0, 5, 100)}, {trade("2", 0, 5, kNaN)});
  EXPECT_FALSE(m.within);
  EXPECT_TRUE(std::isnan(m.price_bps));
}

TEST(MatchingTest, ALeftoverSaysWhy) {
  const auto reason = [](const std::vector<Trade>& right) {
    return match({trade("1", 100, 5)}, right).left.at(0).reason;
  };
  EXPECT_EQ(reason({}), "no fill of this asset and side on the other side");
  EXPECT_EQ(reason({trade("a", 175, 5)}),
            "no fill of this asset and side within 60 s: the nearest is 75 s later");
  EXPECT_EQ(reason({trade("a", 0, 5)}),
            "no fill of this asset and side within 60 s: the nearest is 100 s earlier");
  const auto taken = [](const std::vector<Trade>& left, const std::vector<Trade>& right) {
    return match(left, right).left.at(0).reason;
  };
  EXPECT_EQ(taken({trade("1", 100, 5), trade("2", 101, 5)}, {trade("a", 101, 5)}),
            "the one fill of this asset and side within 60 s is paired with another");
  EXPECT_EQ(taken({trade("1", 100, 5), trade("2", 101, 5), trade("3", 140, 7)},
                  {trade("a", 101, 5), trade("b", 140, 7)}),
            "all 2 fills of this asset and side within 60 s are paired with others");
  EXPECT_EQ(taken({trade("1", 0, 5), trade("2", 101, 5)}, {trade("a", 101, 5)}),
            "no fill of this asset and side within 60 s: the nearest is 101 s later, paired with "
            "another");
}

struct BadCase {
  const char* name;
  Trade trade;
  MatchOptions options;
  ErrorCode code;
  const char* says;
};

TEST(MatchingTest, BadInputIsToldWithItsPlace) {
  const double inf = std::numeric_limits<double>::infinity();
  const BadCase cases[] = {
      {"nan", trade("x", 0, kNaN), {}, ErrorCode::kInvalidArgument, "fill 2 of the right (id x)"},
      {"zero", trade("x", 0, 0), {}, ErrorCode::kInvalidArgument, "finite and not zero"},
      {"infinite", trade("x", 0, inf), {}, ErrorCode::kInvalidArgument, "finite and not zero"},
      {"price", trade("x", 0, 1, 0), {}, ErrorCode::kInvalidArgument, "must be positive"},
      {"infinite_price", trade("x", 0, 1, inf), {}, ErrorCode::kInvalidArgument, "positive"},
      {"step",
       trade("x", 0, 0.15),
       {.quantity_step = 0.1},
       ErrorCode::kInvalidArgument,
       "no multiple of the step 0.1"},
      {"lots", trade("x", 0, 1e17), {.quantity_step = 1}, ErrorCode::kInvalidArgument, "2^53"},
      {"twice", trade("1", 0, 5), {}, ErrorCode::kDuplicateId, "id 1 occurs twice on the right"},
      {"window",
       trade("x", 0, 1),
       {.window = -seconds(1)},
       ErrorCode::kInvalidArgument,
       "the window is negative"},
      {"negative",
       trade("x", 0, 1),
       {.quantity_step = -1},
       ErrorCode::kInvalidArgument,
       "quantity step is -1"},
      {"nan_option",
       trade("x", 0, 1),
       {.price_tolerance_bps = kNaN},
       ErrorCode::kInvalidArgument,
       "bps is nan"},
  };
  for (const BadCase& c : cases) {
    const Result<MatchResult> result =
        match_trades({trade("1", 0, 1)}, {trade("1", 0, 1), c.trade}, c.options);
    ASSERT_FALSE(result.ok()) << c.name;
    EXPECT_EQ(result.error().code, c.code) << c.name;
    EXPECT_NE(result.error().message.find(c.says), std::string::npos)
        << c.name << ": " << result.error().message;
  }
}

TEST(MatchingTest, TimesAtTheEndsOfTheLineDoNotOverflow) {
  Trade first = trade("1", 0, 5);
  Trade last = trade("2", 0, 5);
  first.time = {std::numeric_limits<std::int64_t>::min()};
  last.time = {std::numeric_limits<std::int64_t>::max()};
  EXPECT_TRUE(match({first}, {last}).matches.empty());
  first.client_id = last.client_id = "c";
  EXPECT_EQ(the_match({first}, {last}).time_drift.ns, std::numeric_limits<std::int64_t>::max());
}

TEST(MatchingTest, TheSummaryCountsWhatTheResultHolds) {
  Trade cancelled = trade("3", 900, 1);
  cancelled.status = TradeStatus::kCancelled;
  Trade rejected = trade("r", 5000, 1);
  rejected.status = TradeStatus::kRejected;
  const std::vector<Trade> left{trade("1", 0, 3, 100), trade("2", 300, 5, 100), cancelled};
  const std::vector<Trade> right{trade("a", 0, 1, 100), trade("b", 0, 2, 100),
                                 trade("c", 310, 4, 101), rejected};
  const MatchResult result = match(left, right);
  const MatchSummary s = summarise(result, left, right);
  EXPECT_EQ(s.one_to_many, 1U);
  EXPECT_EQ(s.one_to_one, 1U);
  EXPECT_EQ(s.by_rule[static_cast<std::size_t>(MatchRule::kSplit)], 1U);
  EXPECT_EQ(s.by_rule[static_cast<std::size_t>(MatchRule::kDrift)], 1U);
  EXPECT_EQ(s.left.matched, 2U);
  EXPECT_EQ(s.right.matched, 3U);
  EXPECT_EQ(s.left.cancelled, 1U);
  EXPECT_EQ(s.right.rejected, 1U);
  EXPECT_EQ(s.beyond_tolerance, 1U);
  EXPECT_DOUBLE_EQ(s.match_rate, 5.0 / 7);
  EXPECT_DOUBLE_EQ(s.precision, 2.0 / 3);
  EXPECT_DOUBLE_EQ(s.recall, 3.0 / 4);
  EXPECT_EQ(s.band, MatchBand::kSignificant);
  EXPECT_EQ(s.time_s.count, 2U);
  EXPECT_EQ(s.time_s.p50, 0);
  EXPECT_EQ(s.time_s.p95, 10);
  EXPECT_EQ(s.time_s.max, 10);
  EXPECT_EQ(s.time_s.mean, 5);
  EXPECT_DOUBLE_EQ(s.quantity_ratio.max, 0.2);
  EXPECT_FALSE(s.all_within());
}

TEST(MatchingTest, NothingOnBothSidesIsNoMatchRate) {
  const MatchSummary s = summarise(match({}, {}), {}, {});
  EXPECT_TRUE(std::isnan(s.match_rate));
  EXPECT_EQ(s.band, MatchBand::kNothing);
  EXPECT_TRUE(s.all_within());
}

TEST(MatchingTest, TheBandsBeginAtTheirBounds) {
  // peers 6.3.
  EXPECT_EQ(band_of(0.95), MatchBand::kReady);
  EXPECT_EQ(band_of(0.9499), MatchBand::kMinor);
  EXPECT_EQ(band_of(0.80), MatchBand::kMinor);
  EXPECT_EQ(band_of(0.7999), MatchBand::kSignificant);
  EXPECT_EQ(band_of(0.60), MatchBand::kSignificant);
  EXPECT_EQ(band_of(0.5999), MatchBand::kCritical);
}

}  // namespace
}  // namespace tieout::analytics
