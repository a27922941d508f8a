#include "tieout/flow/stages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/file.hpp"

#include "sample_log.hpp"
#include "scratch_dir.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Two stages: "first" writes a file, "second" needs it. A test says what they do.
class StagesTest : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(sample_.target.root); }

  Stage stage(std::string_view name, std::vector<std::string_view> needs = {}) {
    const fs::path output = sample_.target.root / name;
    return {name,
            std::move(needs),
            {output},
            [this, name = std::string(name)]() -> Result<std::string> { return inputs_[name]; },
            [this, output, name = std::string(name)](
                const Reconciliation&, const Context& context) -> Result<StageOutcome> {
              ran_.push_back(name);
              if (const auto error = errors_.find(name); error != errors_.end()) {
                return error->second(context);
              }
              TIEOUT_CHECK(write_file_atomic(output, contents_[name]));
              StageOutcome outcome;
              outcome.exit = exits_[name];
              outcome.inputs_sha256 = inputs_[name];
              outcome.outputs = {output};
              return outcome;
            }};
  }
  /// Run both; returns the worst exit code.
  int run() {
    ran_.clear();
    sample_.said.clear();
    const Context context = with_wait();
    StageRunner runner(sample_.recon, context);
    for (const Stage& each : {stage("first"), stage("second", {"first"})}) {
      const Status status = runner.run(each);
      if (!status.ok()) {
        sample_.said += to_string(status.error());
        return exit_code_of(status.error());
      }
    }
    return runner.worst();
  }
  int resume() {
    sample_.recon.control.resume = true;
    return run();
  }
  Context with_wait() {
    Context context = sample_.context();
    Context copy{context.registry, [this] { return now_; },
                 context.say,      context.complain,
                 nullptr,          context.stop,
                 context.outside,  [this](Duration d) { waits_.push_back(d.ns / 1'000'000'000); }};
    return copy;
  }
  void fail(const std::string& name, ErrorCode code) {
    errors_[name] = [code](const Context&) { return Error{code, "planted"}; };
  }
  StageStatus status_of(std::string_view name) const {
    const RunStatus status = read_status(sample_.target.status).value();
    const StageStatus* found = find_stage(status, name);
    return found == nullptr ? StageStatus{} : *found;
  }

  ScratchDir scratch_;
  SampleReconciliation sample_{scratch_.path()};
  Timestamp now_ = parse_iso("2023-08-28T14:00:00Z").value();
  std::map<std::string, std::string> inputs_{{"first", "i1"}, {"second", "i2"}};
  std::map<std::string, std::string> contents_{{"first", "o1"}, {"second", "o2"}};
  std::map<std::string, int> exits_;
  std::map<std::string, std::function<Error(const Context&)>> errors_;
  std::vector<std::string> ran_;
  std::vector<std::int64_t> waits_;
};

TEST_F(StagesTest, WithoutResumeEveryStageRuns) {
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(ran_, ElementsAre("first", "second"));
}

TEST_F(StagesTest, ResumeKeepsWhatIsDoneAndItsExitCode) {
  exits_["first"] = 1;
  EXPECT_EQ(run(), 1);
  const std::string before = read_file(sample_.target.status).value();
  EXPECT_EQ(resume(), 1) << "the verdict of a kept report stays";
  EXPECT_THAT(ran_, IsEmpty());
  EXPECT_EQ(read_file(sample_.target.status).value(), before);
}

TEST_F(StagesTest, ResumeDoesAnewWhatWasHalfMadeOrNotBegun) {
  fail("first", ErrorCode::kMissingData);
  EXPECT_EQ(run(), 2);
  EXPECT_THAT(ran_, ElementsAre("first"));
  EXPECT_EQ(status_of("second").status, "skipped");
  errors_.clear();
  EXPECT_EQ(resume(), 0);
  EXPECT_THAT(ran_, ElementsAre("first", "second"));
}

TEST_F(StagesTest, ASecondTryDoesNotHideTheFirstOnesError) {
  fail("first", ErrorCode::kMissingData);
  EXPECT_EQ(run(), 2);
  errors_.clear();
  EXPECT_EQ(resume(), 0);
  const StageStatus first = status_of("first");
  ASSERT_EQ(first.history.size(), 2U);
  EXPECT_EQ(first.history[0].status, "failed");
  EXPECT_THAT(first.history[0].error, HasSubstr("planted"));
  EXPECT_EQ(first.history[1].status, "ok");
  EXPECT_EQ(first.attempts, 2);
  EXPECT_EQ(first.status, "ok");
}

TEST_F(StagesTest, ATryThatNeverCameBackIsNotedAsKilled) {
  EXPECT_EQ(run(), 0);
  // What a process leaves that is killed in its second stage.
  RunStatus status = read_status(sample_.target.status).value();
  status.stages[1].status = status.stages[1].history[0].status = "running";
  ASSERT_TRUE(write_status(sample_.target.status, status).ok());
  EXPECT_EQ(resume(), 0);
  EXPECT_THAT(ran_, ElementsAre("second"));
  ASSERT_EQ(status_of("second").history.size(), 2U);
  EXPECT_EQ(status_of("second").history[0].status, "killed");
}

TEST_F(StagesTest, ChangedInputsAreDoneAnew) {
  EXPECT_EQ(run(), 0);
  inputs_["first"] = "other";
  EXPECT_EQ(resume(), 0);
  EXPECT_THAT(ran_, ElementsAre("first"));
  EXPECT_THAT(sample_.said, HasSubstr("first is done anew: its inputs changed"));
}

TEST_F(StagesTest, ChangedAndMissingOutputsAreDoneAnew) {
  EXPECT_EQ(run(), 0);
  ASSERT_TRUE(write_file_atomic(sample_.target.root / "first", "edited").ok());
  fs::remove(sample_.target.root / "second");
  EXPECT_EQ(resume(), 0);
  EXPECT_THAT(ran_, ElementsAre("first", "second"));
  EXPECT_EQ(read_file(sample_.target.root / "first").value(), "o1");
}

TEST_F(StagesTest, AFinishedProtectedOutputIsNotReplaced) {
  EXPECT_EQ(run(), 0);
  ASSERT_TRUE(set_write_bits(sample_.target.root / "first", WriteBits::kRemove).ok());
  EXPECT_EQ(resume(), 0) << "kept";
  inputs_["first"] = "other";
  EXPECT_EQ(resume(), 2);
  EXPECT_THAT(ran_, IsEmpty());
  EXPECT_THAT(sample_.said, HasSubstr("is finished and write-protected"));
  EXPECT_EQ(status_of("first").status, "ok");
}

TEST_F(StagesTest, AHalfMadeProtectedOutputIsReplaced) {
  EXPECT_EQ(run(), 0);
  ASSERT_TRUE(set_write_bits(sample_.target.root / "first", WriteBits::kRemove).ok());
  RunStatus status = read_status(sample_.target.status).value();
  status.stages[0].status = status.stages[0].history[0].status = "running";
  ASSERT_TRUE(write_status(sample_.target.status, status).ok());
  EXPECT_EQ(resume(), 0);
  EXPECT_THAT(ran_, ElementsAre("first"));
}

TEST_F(StagesTest, AFaultThatMayPassIsTriedAgainAndEachTryIsKept) {
  sample_.recon.control.retries = 3;
  sample_.recon.control.first_wait = seconds(40);
  fail("first", ErrorCode::kStoreLocked);
  EXPECT_EQ(run(), 2);
  EXPECT_THAT(ran_, ElementsAre("first", "first", "first", "first"));
  EXPECT_THAT(waits_, ElementsAre(40, 60, 60));
  EXPECT_EQ(status_of("first").history.size(), 4U);
}

TEST_F(StagesTest, ARetryThatHelpsIsASuccess) {
  int left = 1;
  errors_["first"] = [&](const Context&) {
    if (--left == 0) {
      errors_.erase("first");
    }
    return Error{ErrorCode::kStoreLocked, "planted"};
  };
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(ran_, ElementsAre("first", "first", "second"));
  EXPECT_EQ(status_of("first").history[0].status, "failed");
}

TEST_F(StagesTest, BadInputAndCorruptEvidenceAreNeverTriedAgain) {
  for (const ErrorCodeInfo& row : error_table()) {
    if (row.code == ErrorCode::kStoreLocked) {
      continue;
    }
    fail("first", row.code);
    run();
    EXPECT_THAT(ran_, ElementsAre("first")) << row.name;
  }
  EXPECT_THAT(waits_, IsEmpty());
}

TEST_F(StagesTest, AVerdictIsNeverTriedAgain) {
  exits_["first"] = 3;
  EXPECT_EQ(run(), 3);
  EXPECT_THAT(ran_, ElementsAre("first", "second"));
}

TEST_F(StagesTest, AStageThatIsOutOfTimeIsStoppedAndToldAndNotTriedAgain) {
  sample_.recon.control.timeout = seconds(5);
  errors_["first"] = [&](const Context& context) {
    EXPECT_TRUE(check_stop(context, "first").ok());
    now_ = now_ + seconds(7);
    return check_stop(context, "first").error();
  };
  EXPECT_EQ(run(), 2);
  EXPECT_THAT(ran_, ElementsAre("first"));
  EXPECT_THAT(status_of("first").error,
              HasSubstr("Timeout (500): first: was stopped after 7 s, its time was 5 s"));
  EXPECT_EQ(status_of("first").status, "failed");
}

TEST_F(StagesTest, ASimulationIsStoppedThroughItsFlagAtTheNextBar) {
  sample_.recon.control.timeout_of["first"] = seconds(5);
  errors_["first"] = [&](const Context& context) {
    context.progress({});
    EXPECT_FALSE(context.stop.load());
    now_ = now_ + seconds(5);
    context.progress({});
    EXPECT_TRUE(context.stop.load());
    return Error{ErrorCode::kInterrupted, "stopped after 1 bars"};
  };
  EXPECT_EQ(run(), 2) << "it is no interruption by a signal";
  EXPECT_THAT(status_of("first").error, HasSubstr("its time was 5 s"));
}

TEST_F(StagesTest, AStageTimeGoesBeforeTheTimeOfAll) {
  StageControl control;
  control.timeout = seconds(5);
  control.timeout_of["reconcile_run_sim"] = seconds(0);
  EXPECT_EQ(timeout_of(control, "reconcile_run_sim"), seconds(0));
  EXPECT_EQ(timeout_of(control, "reconcile_ls"), seconds(5));
}

TEST_F(StagesTest, ASignalSkipsTheRestAndLeavesFinishedStagesFinished) {
  EXPECT_EQ(run(), 0);
  sample_.stop.store(true);
  EXPECT_EQ(resume(), 130);
  EXPECT_EQ(status_of("first").status, "ok");
  sample_.stop.store(false);
  EXPECT_EQ(resume(), 0);
  EXPECT_THAT(ran_, IsEmpty());
}

TEST_F(StagesTest, TheGraphHasEachStageAfterThoseThatItNeeds) {
  sample_.recon.run_notebook = sample_.recon.allow_update = true;
  const Context context = sample_.context();
  std::set<std::string_view> before;
  std::vector<std::string> names;
  for (const Stage& each : stages_of(sample_.recon, context)) {
    for (const std::string_view need : each.needs) {
      EXPECT_TRUE(before.count(need) == 1) << each.name << " needs " << need;
    }
    before.insert(each.name);
    names.emplace_back(each.name);
  }
  EXPECT_EQ(names, stage_names());
}

TEST_F(StagesTest, TheSlowReportDoesNotNeedTheFastOne) {
  sample_.recon.run_notebook = true;
  const Context context = sample_.context();
  for (const Stage& each : stages_of(sample_.recon, context)) {
    EXPECT_THAT(each.needs, ::testing::Not(::testing::Contains("reconcile_run_notebook.fast")));
  }
}

}  // namespace
}  // namespace tieout::flow
