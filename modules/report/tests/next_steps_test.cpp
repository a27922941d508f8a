#include "next_steps.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fixture.hpp"

namespace tieout::report {
namespace {

using testing::bumped_sim_spec;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Pair;
using testing::prod_spec;
using testing::sim_spec;

TEST(NextSteps, OfADivergenceNameTheFirstCellOnBothRuns) {
  const Pair pair(prod_spec(), bumped_sim_spec());
  const Facts facts(pair.input);
  const std::vector<NextStep> steps = next_steps(facts);
  ASSERT_EQ(steps.size(), 2U);
  // Both logs lie in one reconciliation.
  const std::string both = pair.prod.directory().parent_path().parent_path().string();
  EXPECT_THAT(steps[0].command,
              ElementsAre("tieout", "explain", both, "--node", "predict.0.read_data", "--bar",
                          "20180123_004000", "--column", "close", "--asset", "binance::BTC_USDT"));
  EXPECT_EQ(steps[1].command[1], "debug_run");
}

TEST(NextSteps, OfAgreementAskForTheNoiseFloorUntilItIsMeasured) {
  Pair pair(prod_spec(), sim_spec());
  const Facts facts(pair.input);
  ASSERT_EQ(next_steps(facts).size(), 1U);
  EXPECT_THAT(next_steps(facts)[0].command,
              ElementsAre("tieout", "noise_floor", pair.sim.directory().string()));
  pair.comparison.noise.emplace();
  EXPECT_EQ(next_steps(facts)[0].command[1], "debug_run");
}

TEST(NextSteps, NameTwoLogsThatLieInNoReconciliation) {
  Pair pair(prod_spec(), bumped_sim_spec());
  pair.input.sim = &pair.prod;
  const Facts facts(pair.input);
  const std::string log = pair.prod.directory().string();
  const std::vector<std::string> command = next_steps(facts)[0].command;
  ASSERT_GT(command.size(), 4U);
  EXPECT_EQ(command[2], log);
  EXPECT_EQ(command[3], log);
}

TEST(NextSteps, WithoutASimulationMakeTheReportAgain) {
  Pair pair(prod_spec(), sim_spec());
  pair.input.sim = nullptr;
  pair.input.rerun_command = {"tieout", "reconcile_run_notebook"};
  const Facts facts(pair.input);
  ASSERT_EQ(next_steps(facts).size(), 1U);
  EXPECT_EQ(next_steps(facts)[0].command, pair.input.rerun_command);
}

TEST(NextSteps, AShellReadsTheWordsAgain) {
  EXPECT_EQ(shell_line({"tieout", "a b", "it's", "", "$(x)", "x::Y_Z"}),
            "tieout 'a b' 'it'\\''s' '' '$(x)' x::Y_Z");
}

}  // namespace
}  // namespace tieout::report
