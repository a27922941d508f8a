// A run that grows bar by bar, reconciled as it grows.

#include "tieout/flow/rolling.hpp"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "growing_run.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::map<std::string, std::string> files_of(const fs::path& dir) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    if (entry.is_regular_file()) {
      files[entry.path().lexically_relative(dir).string()] = read_file(entry.path()).value();
    }
  }
  return files;
}

class RollingTest : public GrowingRunTest {
 protected:
  RollingOptions options() const { return {.prod_log = log(), .dir = scratch_.path() / "rolling"}; }
  Result<Rolling> look() { return reconcile_so_far(options(), context()); }
};

TEST_F(RollingTest, ARunWithoutAFinishedBarIsInconclusive) {
  GrowingRun run(whole(), log());
  const auto rolling = look();
  ASSERT_TRUE(rolling.ok()) << to_string(rolling.error());
  EXPECT_EQ(verdict_of(*rolling), "INCONCLUSIVE");
  EXPECT_EQ(sentence_of(*rolling), "no bar is finished yet");
  EXPECT_EQ(rolling->bars_expected, 12U);
  EXPECT_TRUE(rolling->passes.empty());
}

TEST_F(RollingTest, EveryPrefixIsIdenticalAndTheLastVerdictIsThatOfTheFastReport) {
  GrowingRun run(whole(), log());
  std::string bars_before;
  for (std::size_t n = 1; n <= run.bar_count(); ++n) {
    SCOPED_TRACE(testing::Message() << n << " bars");
    run.write_bar();
    const auto before = files_of(log());
    const auto rolling = look();
    ASSERT_TRUE(rolling.ok()) << to_string(rolling.error());
    EXPECT_EQ(verdict_of(*rolling), "IDENTICAL") << sentence_of(*rolling);
    EXPECT_EQ(rolling->bars.size(), n);
    EXPECT_EQ(rolling->new_bars, 1U);
    EXPECT_EQ(rolling->passes.size(), n);
    EXPECT_THAT(rolling->notes, ::testing::IsEmpty());
    EXPECT_EQ(files_of(log()), before) << "the look changed production's log";
    const std::string bars = read_file(options().dir / "bars.jsonl").value();
    EXPECT_TRUE(bars.starts_with(bars_before)) << "bars.jsonl did not only grow";
    bars_before = bars;
  }
  run.seal();
  const auto last = look();
  ASSERT_TRUE(last.ok()) << to_string(last.error());
  EXPECT_TRUE(last->passes.back().sealed);

  fs::create_directories(run_dir() / "logs");
  ASSERT_TRUE(write_file_atomic(run_dir() / "logs" / "log.scheduled.txt", "x\n").ok());
  Reconciliation recon;
  recon.run = identity(scratch_.path() / "dst");
  recon.prevent_overwriting = false;
  const auto code = reconcile_run_all(recon, context());
  ASSERT_TRUE(code.ok()) << to_string(code.error()) << said_;
  const RunStatus status = read_status(target_layout(recon.run).status).value();
  EXPECT_EQ(*code, 0);
  EXPECT_EQ(status.verdict, verdict_of(*last));
  EXPECT_EQ(status.sentence, sentence_of(*last));
}

TEST_F(RollingTest, TheFirstLookAfterAPlantedDivergenceSaysSoAndEveryLaterOne) {
  for (const std::size_t k : {1U, 5U, 11U}) {
    SCOPED_TRACE(testing::Message() << "planted at bar " << k);
    fs::remove_all(log());
    fs::remove_all(options().dir);
    GrowingRun run(whole(), log());
    for (std::size_t n = 0; n < run.bar_count(); ++n) {
      run.write_bar(n == k ? plant_target : GrowingRun::Tamper());
      const auto rolling = look();
      ASSERT_TRUE(rolling.ok()) << to_string(rolling.error());
      ASSERT_EQ(verdict_of(*rolling), n < k ? "IDENTICAL" : "DIVERGED") << sentence_of(*rolling);
      const auto& pass = rolling->passes.back();
      EXPECT_EQ(pass.first_bar, n < k ? std::nullopt : std::optional(run.bar(k)));
      EXPECT_EQ(rolling->comparison->first.has_value(), n >= k);
    }
  }
}

TEST_F(RollingTest, ALookThatSeesNothingNewSimulatesNothingAndAddsNothing) {
  GrowingRun run(whole(), log());
  for (int n = 0; n < 3; ++n) {
    run.write_bar();
  }
  const auto first = look();
  ASSERT_TRUE(first.ok()) << to_string(first.error());
  EXPECT_TRUE(first->simulated);
  EXPECT_EQ(first->new_bars, 3U);
  const auto files = files_of(options().dir);
  const auto second = look();
  ASSERT_TRUE(second.ok()) << to_string(second.error());
  EXPECT_FALSE(second->simulated);
  EXPECT_EQ(second->new_bars, 0U);
  EXPECT_EQ(verdict_of(*second), "IDENTICAL");
  EXPECT_EQ(files_of(options().dir), files);
}

TEST_F(RollingTest, WhatAKillLeftOfALookIsFoundAgainEqual) {
  GrowingRun run(whole(), log());
  run.write_bar();
  ASSERT_TRUE(look().ok());
  const std::string old_verdicts = read_file(options().dir / "verdicts.jsonl").value();
  run.write_bar();
  ASSERT_TRUE(look().ok());
  const std::string bars = read_file(options().dir / "bars.jsonl").value();
  // Killed after bars.jsonl was written; of the simulation a part is there.
  ASSERT_TRUE(write_file_atomic(options().dir / "verdicts.jsonl", old_verdicts).ok());
  fs::remove(options().dir / "state.json");
  fs::remove(options().dir / "simulation.000002" / "system_log_dir.scheduled" / "manifest.json");
  const auto rolling = look();
  ASSERT_TRUE(rolling.ok()) << to_string(rolling.error());
  EXPECT_TRUE(rolling->simulated);
  EXPECT_EQ(read_file(options().dir / "bars.jsonl").value(), bars);
  EXPECT_EQ(rolling->passes.size(), 2U);
  EXPECT_TRUE(fs::exists(options().dir / "state.json"));
}

TEST_F(RollingTest, ABarThatIsNoLongerWhatItWasIsCorruptEvidence) {
  {
    GrowingRun run(whole(), log());
    for (int n = 0; n < 3; ++n) {
      run.write_bar();
    }
    ASSERT_TRUE(look().ok());
  }
  fs::remove_all(log());
  GrowingRun edited(whole(), log());
  edited.write_bar();
  edited.write_bar(plant_target);
  edited.write_bar();
  const auto rolling = look();
  ASSERT_FALSE(rolling.ok());
  EXPECT_EQ(rolling.error().code, ErrorCode::kCorruptEvidence);
  EXPECT_THAT(rolling.error().message, HasSubstr("bar 2023-11-08 13:15:00+00:00"));
}

TEST_F(RollingTest, ABarThatWentAwayIsCorruptEvidence) {
  {
    GrowingRun run(whole(), log());
    run.write_bar();
    run.write_bar();
    ASSERT_TRUE(look().ok());
  }
  fs::remove_all(log());
  GrowingRun shorter(whole(), log());
  shorter.write_bar();
  const auto rolling = look();
  ASSERT_FALSE(rolling.ok());
  EXPECT_EQ(rolling.error().code, ErrorCode::kCorruptEvidence);
  EXPECT_THAT(rolling.error().message, HasSubstr("not there"));
}

TEST_F(RollingTest, AnotherRunInTheSamePlaceKeepsTheOldStateUnderANewName) {
  {
    GrowingRun run(whole(), log());
    run.write_bar();
    run.write_bar();
    ASSERT_TRUE(look().ok());
  }
  const std::string old_bars = read_file(options().dir / "bars.jsonl").value();
  fs::remove_all(log());
  GrowingRun other(whole(), log());
  other.write_bar({}, seconds(1));  // the same bars, computed at another time
  const auto rolling = look();
  ASSERT_TRUE(rolling.ok()) << to_string(rolling.error());
  EXPECT_EQ(rolling->passes.size(), 1U);
  EXPECT_THAT(rolling->notes, ::testing::ElementsAre(HasSubstr("another run")));
  std::size_t kept = 0;
  for (const auto& entry : fs::directory_iterator(scratch_.path())) {
    const auto bars = read_file(entry.path() / "bars.jsonl");
    kept += bars.ok() && *bars == old_bars ? 1U : 0U;
  }
  EXPECT_EQ(kept, 1U);
}

TEST_F(RollingTest, TwoLooksAtATimeAreKeptApart) {
  GrowingRun run(whole(), log());
  run.write_bar();
  const auto lock = RunLock::acquire(options().dir.string() + ".lock");
  ASSERT_TRUE(lock.ok());
  const auto rolling = look();
  ASSERT_FALSE(rolling.ok());
  EXPECT_EQ(rolling.error().code, ErrorCode::kPathExists);
}

}  // namespace
}  // namespace tieout::flow
