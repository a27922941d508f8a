#include "tieout/flow/qualify.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/file.hpp"
#include "tieout/system/run.hpp"

#include "scratch_dir.hpp"

namespace tieout::flow {
namespace {

using testing::HasSubstr;

constexpr const char* kC1b = "dataflow_orange.pipelines.C1.C1b_pipeline.C1b_DagBuilder";

class QualifyTest : public testing::Test {
 protected:
  QualifyTest() {
    system::register_builtin_pipelines(registry_);
    options_.constructor = kC1b;
    options_.out = dir_.path() / "out";
    options_.bar_count = 16;
    options_.asset_count = 3;
    options_.paper_bars = 4;
    options_.speed_up_factor = 1000;
    options_.feed_profile = "clean";
    options_.now = [] { return parse_iso("2023-11-09T00:00:00Z").value(); };
  }

  Qualification qualify() {
    auto result = qualify_model(options_, registry_, stop_);
    EXPECT_TRUE(result.ok()) << to_string(result.error());
    return result.ok() ? *result : Qualification{};
  }
  static const QualifyStep& step_of(const Qualification& q, const std::string& id) {
    for (const QualifyStep& step : q.steps) {
      if (step.id == id) {
        return step;
      }
    }
    ADD_FAILURE() << id;
    return q.steps.front();
  }

  ScratchDir dir_;
  dataflow::DagBuilderRegistry registry_;
  std::atomic<bool> stop_{false};
  QualifyOptions options_;
};

TEST_F(QualifyTest, TheBuiltInModelPassesEveryStepThatIsAskedFor) {
  options_.against = QualifyOptions::Incumbent{
      "other",
      kC1b,
      {R"(("process_forecasts_node_dict","process_forecasts_dict","order_config","passivity_factor"),(float(0.45)))"}};
  const Qualification q = qualify();
  for (const QualifyStep& step : q.steps) {
    EXPECT_EQ(step.status, step.id == "deployment" ? StepStatus::kNotAsked : StepStatus::kPass)
        << step.id << ": " << step.sentence;
    for (const auto& path : step.evidence) {
      EXPECT_TRUE(std::filesystem::exists(path)) << path;
    }
  }
  EXPECT_EQ(q.decision(), Decision::kGo);
  EXPECT_THAT(step_of(q, "against").sentence,
              HasSubstr("0 nodes and 1 leaves of the config differ"));
  EXPECT_THAT(read_file(q.page).value(), HasSubstr("</span> GO</h1>"));
  EXPECT_THAT(read_file(q.json).value(), HasSubstr(R"("decision": "GO")"));
}

TEST_F(QualifyTest, AnUnmetThresholdIsNoGo) {
  options_.min_correlation = 1.0;  // never reached: research trades at other prices
  const Qualification q = qualify();
  EXPECT_EQ(step_of(q, "research_versus_portfolio").status, StepStatus::kFail);
  EXPECT_EQ(q.decision(), Decision::kNoGo);
}

TEST_F(QualifyTest, TooFewBarsToCorrelateIsNotRunAndNoGoAhead) {
  options_.bar_count = 4;
  const Qualification q = qualify();
  EXPECT_EQ(step_of(q, "research_versus_portfolio").status, StepStatus::kNotRun);
  EXPECT_EQ(q.decision(), Decision::kIncomplete);
  EXPECT_THAT(read_file(q.page).value(), HasSubstr("</span> INCOMPLETE</h1>"));
}

TEST_F(QualifyTest, ADagThatCannotBeBuiltLeavesTheOtherStepsNotRun) {
  options_.overrides = {R"(("market_data_config","history_lookback"),(pd.Timedelta(str("5T"))))"};
  const Qualification q = qualify();
  EXPECT_EQ(step_of(q, "system").status, StepStatus::kFail);
  EXPECT_EQ(step_of(q, "tiled_versus_whole").status, StepStatus::kNotRun);
  EXPECT_EQ(step_of(q, "paper_run").sentence, "it needs the step system to pass");
  EXPECT_EQ(q.decision(), Decision::kNoGo);
}

TEST_F(QualifyTest, ADirectoryThatExistsIsRefused) {
  std::filesystem::create_directories(options_.out);
  EXPECT_EQ(qualify_model(options_, registry_, stop_).error().code, ErrorCode::kPathExists);
}

TEST_F(QualifyTest, AStopEndsItBeforeTheNextStep) {
  stop_ = true;
  EXPECT_EQ(qualify_model(options_, registry_, stop_).error().code, ErrorCode::kInterrupted);
}

TEST(Qualification, OneFailureIsNoGoAndNothingIsSilentlyPassed) {
  Qualification q;
  EXPECT_EQ(q.decision(), Decision::kIncomplete) << "nothing was run";
  const auto add = [&](StepStatus status) {
    QualifyStep step;
    step.status = status;
    q.steps.push_back(step);
  };
  add(StepStatus::kNotAsked);
  EXPECT_EQ(q.decision(), Decision::kIncomplete);
  add(StepStatus::kPass);
  EXPECT_EQ(q.decision(), Decision::kGo);
  add(StepStatus::kNotRun);
  EXPECT_EQ(q.decision(), Decision::kIncomplete);
  add(StepStatus::kFail);
  EXPECT_EQ(q.decision(), Decision::kNoGo);
}

}  // namespace
}  // namespace tieout::flow
