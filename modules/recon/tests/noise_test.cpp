#include "tieout/recon/noise.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.hpp"

namespace tieout::recon {
namespace {

using test::make_run;
using ::testing::HasSubstr;
using ::testing::Not;

/// A run and a repetition of it in which the last value of node 1 at bar 3 moved by `ulps`.
Comparison repetition(int ulps) {
  const test::RunData run = make_run();
  test::RunData other = run;
  Panel& window = other.bars[3].windows[1];
  double value = window.at(window.row_count() - 1, 0);
  for (int i = 0; i < ulps; ++i) {
    value = std::nextafter(value, 1e300);
  }
  window.set(window.row_count() - 1, 0, value);
  return test::compare(run, other, {.check_self_consistency = false});
}

NoiseFloor floor_of(int ulps) {
  NoiseFloor floor;
  const test::RunData run = make_run();
  floor.constructor = run.manifest.constructor;
  floor.start = test::first_bar();
  floor.end = test::bar_at(5);
  floor.bars = 6;
  floor.runs = {{"recompute=incremental", "aa"}, {"recompute=full", "bb"}, {"fill=0x55", "aa"}};
  add_repetition(floor, repetition(ulps));
  add_repetition(floor, repetition(0));
  return floor;
}

const std::string& noisy_node() {
  static const std::string name = make_run().manifest.nodes[1].name;
  return name;
}

TEST(NoiseFloorTest, EqualRepetitionsHaveNoNoiseAndListWhatWasLookedAt) {
  const NoiseFloor floor = floor_of(0);
  EXPECT_FALSE(floor.is_noisy());
  ASSERT_EQ(floor.parts.size(), 9U);  // four nodes and five tables
  EXPECT_EQ(floor.parts[0].layer, Layer::kInputs);
  EXPECT_EQ(floor.parts[1].name, noisy_node());
  EXPECT_EQ(floor.parts[8].name, "statistics");
}

TEST(NoiseFloorTest, ThePartThatDiffersIsNamedWithItsDistance) {
  const NoiseFloor floor = floor_of(3);
  for (const NoisyPart& part : floor.parts) {
    EXPECT_EQ(part.is_noisy(), part.name == noisy_node()) << part.name;
  }
  const NoisyPart& part = floor.parts[1];
  EXPECT_EQ(part.max_ulp, 3U);
  EXPECT_GT(part.max_abs, 0);
  EXPECT_GT(part.max_rel, 0);
  EXPECT_EQ(part.first_bar, test::bar_at(3));
  EXPECT_EQ(describe_noise(part, 3),
            noisy_node() + " is noisy by itself: max 3 ulp over 3 simulations");
}

TEST(NoiseFloorTest, JsonReadsBackAndIsTheSameBytes) {
  for (const int ulps : {0, 3}) {
    const NoiseFloor floor = floor_of(ulps);
    const auto read = parse_noise_floor(to_json(floor), "n.json");
    ASSERT_TRUE(read.ok()) << to_string(read.error());
    EXPECT_EQ(*read, floor);
    EXPECT_EQ(to_json(*read), to_json(floor));
  }
}

TEST(NoiseFloorTest, BadJsonIsAnErrorThatSaysWhere) {
  const std::string good = to_json(floor_of(3));
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return parse_noise_floor(text, "n.json");
  };
  struct Case {
    const char* from;
    const char* to;
    ErrorCode code;
    const char* says;
  };
  for (const Case& bad : {
           Case{"{", "", ErrorCode::kMalformedData, "is not a JSON object"},
           Case{"noise_floor/1", "noise_floor/2", ErrorCode::kSchemaMismatch, "noise_floor/2"},
           Case{"\"bars\":6", "\"bars\":\"six\"", ErrorCode::kMalformedData, "n.json"},
           Case{"\"runs\"", "\"walks\"", ErrorCode::kMalformedData, "runs"},
           Case{"\"layer\":\"inputs\"", "\"layer\":\"soup\"", ErrorCode::kMalformedData, "soup"},
           Case{"\"start\":\"", "\"start\":\"x", ErrorCode::kMalformedTimestamp, "n.json"},
       }) {
    const auto read = with(bad.from, bad.to);
    ASSERT_FALSE(read.ok()) << bad.to;
    EXPECT_EQ(read.error().code, bad.code) << to_string(read.error());
    EXPECT_THAT(read.error().message, HasSubstr(bad.says));
  }
  EXPECT_FALSE(parse_noise_floor("", "n.json").ok());
  EXPECT_FALSE(parse_noise_floor("[]", "n.json").ok());
}

Comparison with_noise(const test::RunData& left, const test::RunData& right,
                      const NoiseFloor& floor) {
  CompareOptions options;
  options.noise = &floor;
  return test::compare(left, right, options);
}

TEST(NoiseInAVerdictTest, ABreakOfANoisyNodeIsStillABreakAndTheNoiseIsSaid) {
  const test::RunData run = make_run();
  test::RunData other = run;
  Panel& window = other.bars[3].windows[1];
  window.set(window.row_count() - 1, 0,
             std::nextafter(window.at(window.row_count() - 1, 0), 1e300));
  const Comparison comparison = with_noise(run, other, floor_of(3));
  EXPECT_EQ(comparison.verdict, Verdict::kDiverged);
  EXPECT_EQ(comparison.verdict, test::compare(run, other).verdict);
  EXPECT_THAT(comparison.sentence, HasSubstr(noisy_node() + " is noisy by itself: max 3 ulp"));
  EXPECT_THAT(test::layer(comparison, Layer::kNodes).note, HasSubstr("is noisy by itself"));
  EXPECT_THAT(test::layer(comparison, Layer::kFills).note, Not(HasSubstr("noisy")));
  EXPECT_THAT(to_json(comparison), HasSubstr("\"noise\":{\"simulations\":3"));
}

TEST(NoiseInAVerdictTest, ACleanVerdictOverANoisyNodeSaysSo) {
  const Comparison comparison = with_noise(make_run(), make_run(), floor_of(3));
  EXPECT_EQ(comparison.verdict, Verdict::kIdentical);
  EXPECT_THAT(comparison.sentence, HasSubstr("; noise floor: " + noisy_node()));
}

TEST(NoiseInAVerdictTest, AQuietFloorOrNoneLeavesTheSentenceAsItIs) {
  const Comparison none = test::compare(make_run(), make_run());
  const Comparison quiet = with_noise(make_run(), make_run(), floor_of(0));
  EXPECT_EQ(quiet.sentence, none.sentence);
  ASSERT_TRUE(quiet.noise.has_value());
  EXPECT_EQ(quiet.noise->sentence, "noise floor: 3 simulations equal to the bit");
  EXPECT_THAT(to_json(none), HasSubstr("\"noise\":null"));
}

TEST(NoiseInAVerdictTest, AFloorOfAnotherStrategyIsNotUsed) {
  NoiseFloor floor = floor_of(3);
  floor.constructor = "x.Y_DagBuilder";
  const Comparison comparison = with_noise(make_run(), make_run(), floor);
  EXPECT_TRUE(comparison.noise->noisy.empty());
  EXPECT_THAT(comparison.sentence, HasSubstr("noise floor not used: it is of x.Y_DagBuilder"));
}

}  // namespace
}  // namespace tieout::recon
