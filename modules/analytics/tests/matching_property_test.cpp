#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <string>

#include <gtest/gtest.h>

#include "tieout/core/random.hpp"

#include "matching_oracle.hpp"
#include "matching_truth.hpp"

namespace tieout::analytics {
namespace {

using test::OracleMatch;

/// Small lists in which much coincides: two assets, few sizes, times, bars, parents and ids.
class SmallCase {
 public:
  explicit SmallCase(std::uint64_t seed) : rng_(seed, 5) {
    has_bars_ = below(2) == 0;
    options.window = seconds(static_cast<std::int64_t>(below(4)) * 20);
    options.quantity_step = below(2) == 0 ? 0.1 : 0;
    options.quantity_tolerance = below(3) == 0 ? 0.1 : 0;
    left = trades('l');
    right = trades('r');
    for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
      if (left[i].id == std::to_string(i) && below(3) == 0) right[i] = left[i];
    }
  }

  std::vector<Trade> left, right;
  MatchOptions options;

 private:
  std::size_t below(std::size_t bound) {
    return static_cast<std::size_t>(rng_.uniform(next_++) * static_cast<double>(bound));
  }
  std::vector<Trade> trades(char side) {
    std::vector<Trade> made(below(9));
    for (std::size_t i = 0; i < made.size(); ++i) {
      Trade& t = made[i];
      t.asset = {static_cast<std::int64_t>(below(2))};
      t.time = Timestamp{} + seconds(static_cast<std::int64_t>(below(20)) * 10);
      t.quantity = (below(4) == 0 ? -0.1 : 0.1) * static_cast<double>(1 + below(7));
      t.price = below(5) == 0 ? std::numeric_limits<double>::quiet_NaN()
                              : 1 + static_cast<double>(below(2));
      t.id = below(3) == 0 ? std::to_string(i) : side + std::to_string(i);
      t.client_id = below(6) == 0 ? "c" + std::to_string(below(3)) : "";
      t.parent = below(3) == 0 ? "p" + std::to_string(below(3)) : "";
      if (has_bars_ || below(3) == 0) t.bar = ceil_to(t.time, seconds(60));
      if (below(2) == 0) t.end = t.time + seconds(10);
      t.status = below(3) == 0 ? TradeStatus::kCancelled : TradeStatus::kUnknown;
    }
    return made;
  }
  CounterRng rng_;
  std::uint64_t next_ = 0;
  bool has_bars_ = false;
};

std::vector<OracleMatch> matched(const std::vector<Trade>& left, const std::vector<Trade>& right,
                                 const MatchOptions& options) {
  const Result<MatchResult> result = match_trades(left, right, options);
  EXPECT_TRUE(result.ok()) << result.error().message;
  return test::plain(*result);
}

TEST(MatchingPropertyTest, EqualsTheSlowRuleOnEverySmallCase) {
  std::array<std::size_t, kMatchRuleCount> seen{};
  for (std::uint64_t seed = 0; seed < 6000; ++seed) {
    const SmallCase c(seed);
    const std::vector<OracleMatch> fast = matched(c.left, c.right, c.options);
    ASSERT_EQ(fast, test::match_slowly(c.left, c.right, c.options)) << "seed " << seed;
    for (const OracleMatch& match : fast) ++seen[static_cast<std::size_t>(match.rule)];
  }
  for (std::size_t rule = 0; rule < kMatchRuleCount; ++rule) {
    EXPECT_GE(seen[rule], 20U) << to_string(static_cast<MatchRule>(rule))
                               << ": the cases must reach every rule";
  }
}

TEST(MatchingPropertyTest, SwappingTheListsSwapsTheResult) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const SmallCase c(seed);
    std::vector<OracleMatch> mirrored = matched(c.right, c.left, c.options);
    for (OracleMatch& match : mirrored) {
      std::swap(match.left, match.right);
      if (match.rule == MatchRule::kSplit) {
        match.rule = MatchRule::kMerge;
      } else if (match.rule == MatchRule::kMerge) {
        match.rule = MatchRule::kSplit;
      }
    }
    std::ranges::sort(mirrored);
    ASSERT_EQ(matched(c.left, c.right, c.options), mirrored) << "seed " << seed;
  }
}

TEST(MatchingPropertyTest, TheOrderOfTheListsCarriesNoMeaning) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const SmallCase c(seed);
    const auto reversed = [](std::vector<Trade> trades) {
      std::ranges::reverse(trades);
      return trades;
    };
    std::vector<OracleMatch> moved = matched(reversed(c.left), reversed(c.right), c.options);
    for (OracleMatch& match : moved) {
      for (std::size_t& i : match.left) i = c.left.size() - 1 - i;
      for (std::size_t& i : match.right) i = c.right.size() - 1 - i;
      std::ranges::sort(match.left);
      std::ranges::sort(match.right);
    }
    std::ranges::sort(moved);
    ASSERT_EQ(matched(c.left, c.right, c.options), moved) << "seed " << seed;
  }
}

TEST(MatchingPropertyTest, EveryTradeIsInOnePairingOrLeftOverWithAReason) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const SmallCase c(seed);
    const Result<MatchResult> result = match_trades(c.left, c.right, c.options);
    ASSERT_TRUE(result.ok());
    std::vector<std::size_t> left;
    std::vector<std::size_t> right;
    for (const Match& match : result->matches) {
      ASSERT_FALSE(match.left.empty() || match.right.empty()) << "seed " << seed;
      left.insert(left.end(), match.left.begin(), match.left.end());
      right.insert(right.end(), match.right.begin(), match.right.end());
      for (const std::size_t l : match.left) {
        for (const std::size_t r : match.right) {
          ASSERT_EQ(c.left[l].asset, c.right[r].asset) << "seed " << seed;
          ASSERT_EQ(c.left[l].quantity < 0, c.right[r].quantity < 0) << "seed " << seed;
        }
      }
    }
    for (const Leftover& leftover : result->left) left.push_back(leftover.index);
    for (const Leftover& leftover : result->right) {
      right.push_back(leftover.index);
      ASSERT_NE(leftover.reason, "");
    }
    std::ranges::sort(left);
    std::ranges::sort(right);
    std::vector<std::size_t> all(std::max(c.left.size(), c.right.size()));
    std::iota(all.begin(), all.end(), std::size_t{0});
    ASSERT_EQ(left, std::vector<std::size_t>(
                        all.begin(), all.begin() + static_cast<std::ptrdiff_t>(c.left.size())));
    ASSERT_EQ(right, std::vector<std::size_t>(
                         all.begin(), all.begin() + static_cast<std::ptrdiff_t>(c.right.size())));
  }
}

TEST(MatchingPropertyTest, FindsTheWholeTruthWhereDecisionsAreFurtherApartThanTheWindow) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const test::Truth truth = test::make_truth({.seed = seed});
    MatchOptions options;
    options.quantity_step = 0.001;
    const Result<MatchResult> result = match_trades(truth.left, truth.right, options);
    ASSERT_TRUE(result.ok()) << result.error().message;
    const test::TruthScore found = test::score(*result, truth);
    EXPECT_EQ(found.precision, 1.0) << "seed " << seed;
    EXPECT_EQ(found.recall, 1.0) << "seed " << seed;
  }
}

}  // namespace
}  // namespace tieout::analytics
