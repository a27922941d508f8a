#include "tieout/flow/thresholds.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/runlog/writer.hpp"

#include "scratch_dir.hpp"

namespace tieout::flow {
namespace {

using report::ThresholdCheck;
using report::ThresholdState;
using ::testing::HasSubstr;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Statistics of one bar.
struct Books {
  double net_wealth = 700;
  double pnl = 0;
  double gmv = 3000;
};

class ThresholdsTest : public ::testing::Test {
 protected:
  /// A log whose bars have these statistics, held against `thresholds`.
  std::vector<ThresholdCheck> check(const std::vector<Books>& bars,
                                    const Thresholds& thresholds = {},
                                    std::optional<std::uint64_t> behind = 0) {
    const auto dir = scratch_.path() / std::to_string(logs_++);
    runlog::Manifest manifest;
    manifest.start = parse_ts_name("20231108_131000").value();
    manifest.end = manifest.start + hours(1);
    manifest.bar = minutes(5);
    runlog::NodeInfo source;
    source.name = "predict.0.read_data";
    source.nid = "read_data";
    source.columns = {{"close", AssetId{1}}};
    manifest.nodes = {source};
    auto writer = runlog::RunWriter::create(dir, manifest, "", "{}", runlog::Durability::kAtSeal);
    EXPECT_TRUE(writer.ok()) << writer.error().message;
    Timestamp bar = manifest.start;
    for (const Books& books : bars) {
      Table table;
      table.columns.push_back({"net_wealth", std::vector<double>{books.net_wealth}});
      table.columns.push_back({"pnl", std::vector<double>{books.pnl}});
      table.columns.push_back({"gmv", std::vector<double>{books.gmv}});
      EXPECT_TRUE(writer->write_table(runlog::TableKind::kStatistics, bar, bar, table).ok());
      EXPECT_TRUE(writer->commit_bar(bar, bar, runlog::BarOutcome::kOk).ok());
      bar = bar + minutes(5);
    }
    const auto reader = runlog::RunReader::open(dir);
    EXPECT_TRUE(reader.ok()) << reader.error().message;
    return check_thresholds(thresholds, *reader, behind);
  }

  ScratchDir scratch_;
  int logs_ = 0;
};

TEST_F(ThresholdsTest, GoodBooksFireNothing) {
  for (const ThresholdCheck& item : check({{700, kNaN, 0}, {701, 1, 3000}})) {
    EXPECT_EQ(item.state, ThresholdState::kHolds) << item.id << " " << item.message;
  }
}

TEST_F(ThresholdsTest, TheMessagesAreThoseOfTheReference) {
  const auto checks = check({{700, kNaN, 1000}, {-1000.5, -150.25, 1000}});
  ASSERT_EQ(checks.size(), 4U);
  EXPECT_EQ(checks[0].message, "USDT balance is below the threshold: -1000.5 < -1000 USDT");
  EXPECT_EQ(checks[1].message,
            "Current notional cumulative PnL is below the threshold: -150.25 < -100$");
  EXPECT_EQ(checks[2].message,
            "Current notional cumulative PnL as fraction of GMV is below the threshold -0.15025 < "
            "-0.1");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(checks[static_cast<std::size_t>(i)].state, ThresholdState::kFired);
  }
}

TEST_F(ThresholdsTest, TheThresholdMustBeStrictlyBelowTheValue) {
  EXPECT_EQ(check({{-1000, 0, 1}})[0].state, ThresholdState::kFired);
  EXPECT_EQ(check({{std::nextafter(-1000.0, 0.0), 0, 1}})[0].state, ThresholdState::kHolds);
  EXPECT_EQ(check({{0, kNaN, 1}, {0, -100, 10000}})[1].state, ThresholdState::kFired);
  EXPECT_EQ(check({{0, kNaN, 1}, {0, -99.75, 10000}})[1].state, ThresholdState::kHolds);
}

TEST_F(ThresholdsTest, WhatCannotBeComputedIsNotCheckedAndSaysWhy) {
  for (const ThresholdCheck& item : check({}, {}, std::nullopt)) {
    EXPECT_EQ(item.state, ThresholdState::kNotChecked) << item.id;
    EXPECT_FALSE(item.message.empty()) << item.id;
  }
  const auto one_bar = check({{700, -5000, 3000}});
  EXPECT_EQ(one_bar[1].state, ThresholdState::kNotChecked);
  EXPECT_THAT(one_bar[1].message, HasSubstr("number of computed bars is 1, required 2"));
  const auto flat = check({{700, kNaN, 0}, {700, 0, 0}});
  EXPECT_EQ(flat[2].state, ThresholdState::kNotChecked) << "there is no GMV to divide by";
  const auto nan = check({{kNaN, kNaN, kNaN}, {kNaN, kNaN, kNaN}});
  EXPECT_EQ(nan[0].state, ThresholdState::kNotChecked);
  EXPECT_EQ(nan[1].state, ThresholdState::kNotChecked);
}

TEST_F(ThresholdsTest, ARunThatIsFurtherBehindThanAllowedFires) {
  EXPECT_EQ(check({{}}, {}, 1)[3].state, ThresholdState::kHolds);
  EXPECT_EQ(check({{}}, {}, 2)[3].state, ThresholdState::kFired);
  EXPECT_EQ(check({{}}, {}, 2)[3].message, "The run is behind: 2 bars are missing, allowed 1");
  Thresholds patient;
  patient.bars_behind = 2;
  EXPECT_EQ(check({{}}, patient, 2)[3].state, ThresholdState::kHolds);
}

TEST(ThresholdsFileTest, WhatAFileDoesNotNameKeepsItsDefault) {
  const auto parsed = parse_thresholds("usdt_balance = 500 # a comment\nbars_behind = 3\n", "t");
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(parsed->usdt_balance, 500);
  EXPECT_EQ(parsed->bars_behind, 3U);
  EXPECT_EQ(parsed->cumulative_pnl, -100);
  EXPECT_EQ(parsed->cumulative_pnl_to_gmv, -0.1);
}

TEST(ThresholdsFileTest, WhatIsWrongIsNamedWithItsLine) {
  struct Case {
    const char* text;
    ErrorCode code;
    const char* message;
  };
  for (const Case& c : {
           Case{"\nusdt = 1", ErrorCode::kUnknownConfigKey, "line 2: there is no threshold 'usdt'"},
           Case{"usdt_balance = 'low'", ErrorCode::kConfigTypeMismatch, "line 1"},
           Case{"cumulative_pnl = nan", ErrorCode::kInvalidConfig, "not finite"},
           Case{"bars_behind = 1.5", ErrorCode::kConfigTypeMismatch, "no integer"},
           Case{"bars_behind = -1", ErrorCode::kInvalidConfig, "-1"},
           Case{"usdt_balance = ", ErrorCode::kMalformedData, "line 1"},
       }) {
    const auto parsed = parse_thresholds(c.text, "limits.toml");
    ASSERT_FALSE(parsed.ok()) << c.text;
    EXPECT_EQ(parsed.error().code, c.code) << c.text;
    EXPECT_THAT(parsed.error().message, HasSubstr(c.message));
    EXPECT_THAT(parsed.error().message, HasSubstr("limits.toml"));
  }
}

}  // namespace
}  // namespace tieout::flow
