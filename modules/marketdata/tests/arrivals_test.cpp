#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/marketdata/feed.hpp"
#include "tieout/marketdata/stores.hpp"

#include "bars_for_tests.hpp"

namespace tieout::marketdata {
namespace {

using Bars = std::vector<BarVersion>;
using Arrivals = std::vector<Arrival>;
using BarKey = std::pair<Timestamp, AssetId>;

const Bars& day_of_bars() {
  static const Bars bars =
      generate_bars({.seed = 3, .asset_count = 20, .start = kDay, .minutes = 1440});
  return bars;
}

std::map<BarKey, Arrivals> by_bar(const Arrivals& arrivals) {
  std::map<BarKey, Arrivals> out;
  for (const Arrival& arrival : arrivals) {
    out[{arrival.version.end, arrival.version.asset}].push_back(arrival);
  }
  return out;
}

bool same_arrivals(const Arrivals& left, const Arrivals& right) {
  if (left.size() != right.size()) {
    return false;
  }
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (left[i].fault != right[i].fault || !bitwise_equal(left[i].version, right[i].version)) {
      return false;
    }
  }
  return true;
}

ArrivalModel model_of(const char* profile) {
  auto model = arrival_model(profile, 5);
  EXPECT_TRUE(model.ok());
  return *model;
}

TEST(ArrivalModelTest, AnUnknownProfileNamesTheKnownOnes) {
  const auto model = arrival_model("sunny", 1);
  ASSERT_FALSE(model.ok());
  EXPECT_EQ(model.error().code, ErrorCode::kUnknownName);
  EXPECT_THAT(model.error().message,
              ::testing::HasSubstr("'sunny', needed clean, normal, bad_day"));
}

TEST(PlanArrivalsTest, ACleanDayHasEveryBarOnceAtTheMeasuredLatency) {
  const Arrivals arrivals = plan_arrivals(day_of_bars(), model_of("clean"));
  ASSERT_EQ(arrivals.size(), day_of_bars().size());
  double sum = 0;
  const Arrival* previous = nullptr;
  for (const Arrival& arrival : arrivals) {
    const BarVersion& bar = arrival.version;
    EXPECT_EQ(arrival.fault, ArrivalFault::kNone);
    const double latency = to_seconds(bar.knowledge - bar.end);
    // market_data.md 8.4, polling at :10: 10.08 s on average, 10.02 to 10.23; here 10.01 to 10.29.
    ASSERT_GE(latency, 10.009);
    ASSERT_LE(latency, 10.291);
    ASSERT_GE(bar.end_download, bar.end + seconds(10));
    ASSERT_LT(bar.end_download, bar.knowledge);
    ASSERT_EQ(bar.knowledge.ns % 1000, 0);
    sum += latency;
    if (previous != nullptr) {
      ASSERT_LE(std::tie(previous->version.knowledge, previous->version.end),
                std::tie(bar.knowledge, bar.end));
    }
    previous = &arrival;
  }
  EXPECT_NEAR(sum / static_cast<double>(arrivals.size()), 10.06, 0.005);
}

TEST(PlanArrivalsTest, BarsAndModelSayItAll) {
  const Arrivals arrivals = plan_arrivals(day_of_bars(), model_of("hostile"));
  EXPECT_TRUE(same_arrivals(arrivals, plan_arrivals(day_of_bars(), model_of("hostile"))));
  Bars reversed(day_of_bars().rbegin(), day_of_bars().rend());
  EXPECT_TRUE(same_arrivals(arrivals, plan_arrivals(reversed, model_of("hostile"))));
  ArrivalModel other = model_of("hostile");
  other.seed = 6;
  EXPECT_FALSE(same_arrivals(arrivals, plan_arrivals(day_of_bars(), other)));
}

TEST(PlanArrivalsTest, SwitchingAFaultOnChangesNoOtherRow) {
  ArrivalModel model = model_of("normal");
  const auto before = by_bar(plan_arrivals(day_of_bars(), model));
  model.missing_probability = 0.02;
  model.late_revision_probability = 0.02;
  const auto after = by_bar(plan_arrivals(day_of_bars(), model));
  std::size_t changed = 0;
  for (const auto& [key, arrivals] : before) {
    const auto found = after.find(key);
    if (found == after.end()) {
      ++changed;  // Missing now.
    } else if (!same_arrivals(arrivals, found->second)) {
      ++changed;
      ASSERT_EQ(found->second.front().fault, ArrivalFault::kLateRevision);
    }
  }
  const auto rows = static_cast<double>(day_of_bars().size());
  EXPECT_NEAR(static_cast<double>(changed) / rows, 0.04, 0.005);
}

TEST(PlanArrivalsTest, RemovingAnAssetChangesNoOtherRow) {
  Bars fewer;
  const AssetId gone = day_of_bars().front().asset;
  for (const BarVersion& bar : day_of_bars()) {
    if (bar.asset != gone) {
      fewer.push_back(bar);
    }
  }
  Arrivals all = plan_arrivals(day_of_bars(), model_of("hostile"));
  std::erase_if(all, [&](const Arrival& a) { return a.version.asset == gone; });
  EXPECT_TRUE(same_arrivals(all, plan_arrivals(fewer, model_of("hostile"))));
}

TEST(PlanArrivalsTest, FaultsComeAtTheirRatesAndHaveTheirShapes) {
  const ArrivalModel model = model_of("hostile");
  std::map<ArrivalFault, double> counts;
  const auto planned = by_bar(plan_arrivals(day_of_bars(), model));
  const auto clean = by_bar(plan_arrivals(day_of_bars(), model_of("clean")));
  for (const BarVersion& final_bar : day_of_bars()) {
    const BarKey key{final_bar.end, final_bar.asset};
    if (!planned.contains(key)) {
      counts[ArrivalFault::kMissing] += 1;
      continue;
    }
    const Arrivals& arrivals = planned.at(key);
    const ArrivalFault fault = arrivals.front().fault;
    const Timestamp regular = clean.at(key).front().version.knowledge;
    counts[fault] += 1;
    std::vector<Duration> delays;
    std::vector<bool> is_final;
    for (const Arrival& arrival : arrivals) {
      ASSERT_EQ(arrival.fault, fault) << "every arrival of a row tells its fault";
      ASSERT_GT(arrival.version.knowledge, arrival.version.end);
      delays.push_back(arrival.version.knowledge - regular);
      is_final.push_back(same_values(arrival.version, final_bar));
    }
    const Duration d = model.revision_delay;
    using Delays = std::vector<Duration>;
    using Finals = std::vector<bool>;
    switch (fault) {
      case ArrivalFault::kNone:
        ASSERT_TRUE(delays == Delays{{}} && is_final == Finals{true});
        break;
      case ArrivalFault::kLate:
        ASSERT_TRUE(delays == Delays{seconds(20)} && is_final == Finals{true});
        break;
      case ArrivalFault::kVeryLate:
        ASSERT_TRUE(delays == Delays{seconds(90)} && is_final == Finals{true});
        break;
      case ArrivalFault::kRevised:
        ASSERT_TRUE((delays == Delays{{}, d}) && (is_final == Finals{false, true}));
        break;
      case ArrivalFault::kUncorrected:
        ASSERT_TRUE(delays == Delays{{}} && is_final == Finals{false});
        break;
      case ArrivalFault::kFlip:
        ASSERT_TRUE((delays == Delays{{}, d, d * 2}) && (is_final == Finals{true, false, true}));
        break;
      case ArrivalFault::kDuplicate:
        ASSERT_TRUE((delays == Delays{{}, minutes(1)}) && (is_final == Finals{true, true}));
        break;
      case ArrivalFault::kLateRevision:
        ASSERT_TRUE((is_final == Finals{true, false}));
        ASSERT_GE(delays[1], minutes(1));
        ASSERT_LE(delays[1], minutes(60));
        break;
      case ArrivalFault::kMissing:
        FAIL() << "a missing row has no arrival";
    }
  }
  const auto rows = static_cast<double>(day_of_bars().size());
  const auto expect_rate = [&](ArrivalFault fault, double rate) {
    const double sd = std::sqrt(rate / rows);
    EXPECT_NEAR(counts[fault] / rows, rate, 4 * sd + 0.05 * rate) << static_cast<int>(fault);
  };
  // market_data_synthetic_generator.md 5, column hostile.
  expect_rate(ArrivalFault::kLate, 1e-2);
  expect_rate(ArrivalFault::kVeryLate, 5e-3);
  expect_rate(ArrivalFault::kMissing, 3e-3);
  expect_rate(ArrivalFault::kRevised, 3e-2);
  expect_rate(ArrivalFault::kUncorrected, 3e-2);
  expect_rate(ArrivalFault::kLateRevision, 1e-3);
  expect_rate(ArrivalFault::kFlip, 1e-4);
  expect_rate(ArrivalFault::kDuplicate, 1e-2);
}

TEST(PlanArrivalsTest, AProvisionalVersionIsATruncatedBar) {
  ArrivalModel model;
  model.revised_probability = 1;
  double rows = 0, close = 0, high = 0, low = 0;
  const auto planned = by_bar(plan_arrivals(day_of_bars(), model));
  ASSERT_EQ(planned.size(), day_of_bars().size());
  for (const auto& entry : planned) {
    ASSERT_EQ(entry.second.size(), 2U);
    const BarVersion& first = entry.second[0].version;
    const BarVersion& last = entry.second[1].version;
    ASSERT_EQ(first.open, last.open);
    ASSERT_LT(first.volume, last.volume);
    ASSERT_GE(first.volume, 0.899 * last.volume - 0.001);
    ASSERT_LE(first.high, last.high);
    ASSERT_GE(first.low, last.low);
    ASSERT_GE(first.high, std::max(first.open, first.close));
    ASSERT_LE(first.low, std::min(first.open, first.close));
    if (last.high > last.low) {
      rows += 1;
      close += first.close != last.close ? 1 : 0;
      high += first.high != last.high ? 1 : 0;
      low += first.low != last.low ? 1 : 0;
    }
  }
  // 58 % close, 26 % high, 21 % low; high and low only where open and close leave room.
  EXPECT_NEAR(close / rows, 0.58, 0.02);
  EXPECT_NEAR(high / rows, 0.26, 0.03);
  EXPECT_NEAR(low / rows, 0.21, 0.03);
  EXPECT_GT(high, low);
}

TEST(PlanArrivalsTest, ABarThatCannotBeTruncatedIsNotRevised) {
  ArrivalModel model;
  model.revised_probability = 1;
  BarVersion flat = make_bar(1, 1, 100);
  flat.open = flat.high = flat.low = flat.close = 100;
  flat.volume = std::numeric_limits<double>::quiet_NaN();
  const Arrivals arrivals = plan_arrivals({flat}, model);
  ASSERT_EQ(arrivals.size(), 1U);
  EXPECT_EQ(arrivals[0].fault, ArrivalFault::kNone);
}

TEST(PlanArrivalsTest, KnowledgeIsAfterTheEndEvenWithoutLatency) {
  ArrivalModel model;
  model.base_latency = {};
  model.jitter_mean = {};
  for (const Arrival& arrival : plan_arrivals(day_of_bars(), model)) {
    ASSERT_GT(arrival.version.knowledge, arrival.version.end);
  }
}

TEST(PlanArrivalsTest, PlayingAllFaultsLeavesTheFinalBarsButForThoseNeverCorrected) {
  const Arrivals arrivals = plan_arrivals(day_of_bars(), model_of("hostile"));
  std::set<BarKey> wrong;
  for (const Arrival& arrival : arrivals) {
    if (arrival.fault == ArrivalFault::kUncorrected ||
        arrival.fault == ArrivalFault::kLateRevision) {
      wrong.insert({arrival.version.end, arrival.version.asset});
    }
  }
  std::map<BarKey, const BarVersion*> last;
  for (const Arrival& arrival : arrivals) {
    last[{arrival.version.end, arrival.version.asset}] = &arrival.version;
  }
  for (const BarVersion& bar : day_of_bars()) {
    const auto found = last.find({bar.end, bar.asset});
    if (found != last.end() && !wrong.contains(found->first)) {
      ASSERT_TRUE(same_values(*found->second, bar));
    }
  }
}

}  // namespace
}  // namespace tieout::marketdata
