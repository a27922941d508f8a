#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tieout/flow/alerts.hpp"

#include "outside_fixture.hpp"
#include "sample_log.hpp"
#include "scratch_dir.hpp"

namespace tieout::flow {
namespace {

using ::testing::HasSubstr;
using transport::Received;
using transport::Reply;
using transport::StubServer;

/// What an observer saw, and a webhook that hears of it.
class ObserverAlertsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    SinkConfig hook;
    hook.name = "hook";
    hook.url = transport::Secret(hook_.url());
    config_.sinks = {hook};
    seen_.run = sample_.recon.run;
    seen_.verdict = "IDENTICAL";
    seen_.sentence = "3 bars to the bit";
    seen_.links = {{"s3://reports/C1b.html", "https://reports.example.org/C1b.html"}};
  }
  void alarm(const std::string& id, const std::string& message) {
    report::ThresholdCheck check;
    check.id = id;
    check.message = message;
    check.state = report::ThresholdState::kFired;
    seen_.fired = {check};
  }
  void look() {
    Context context = sample_.context();
    context.outside = &outside_.outside();
    fire_observer_alerts(seen_, config_, context);
  }
  std::vector<nlohmann::json> heard() const {
    std::vector<nlohmann::json> out;
    for (const Received& request : hook_.received()) {
      out.push_back(nlohmann::json::parse(request.body));
    }
    return out;
  }

  ScratchDir scratch_;
  SampleReconciliation sample_{scratch_.path()};
  StubServer hook_{[](const Received&) { return Reply{}; }};
  OutsideFixture outside_{"http://127.0.0.1:1"};
  AlertConfig config_;
  Observation seen_;
};

TEST_F(ObserverAlertsTest, AThresholdThatStaysFiredIsToldOnceAlthoughItsValueMoves) {
  alarm("usdt_balance", "USDT balance is below the threshold: -1001 < -1000 USDT");
  look();
  alarm("usdt_balance", "USDT balance is below the threshold: -1033 < -1000 USDT");
  look();
  ASSERT_EQ(heard().size(), 1U);
  EXPECT_EQ(heard()[0]["reason"], "USDT balance is below the threshold: -1001 < -1000 USDT");
  EXPECT_EQ(heard()[0]["link"], "https://reports.example.org/C1b.html");
  EXPECT_THAT(heard()[0]["command"].get<std::string>(),
              HasSubstr("tieout run_master_system_observer_notebook --prod-data-root-dir"));
}

TEST_F(ObserverAlertsTest, AnotherThresholdIsNewsAndSoIsADivergence) {
  alarm("usdt_balance", "balance");
  look();
  alarm("cumulative_pnl", "pnl");
  look();
  seen_.verdict = "DIVERGED";
  seen_.sentence = "sim == prod until 13:20";
  look();
  ASSERT_EQ(heard().size(), 3U);
  EXPECT_EQ(heard()[2]["reason"], "pnl; sim == prod until 13:20");
}

TEST_F(ObserverAlertsTest, WhenNothingIsWrongAnyMoreThatIsToldOnceAndTheNextAlarmIsNews) {
  alarm("usdt_balance", "balance");
  look();
  seen_.fired.clear();
  look();
  look();
  alarm("usdt_balance", "balance");
  look();
  ASSERT_EQ(heard().size(), 3U);
  EXPECT_EQ(heard()[1]["kind"], "recovered");
  EXPECT_EQ(heard()[2]["kind"], "bad");
}

TEST_F(ObserverAlertsTest, ARunBeforeItsFirstBarIsNoNewsAndOneThatEndedSoIs) {
  seen_.verdict = "INCONCLUSIVE";
  look();
  EXPECT_TRUE(heard().empty());
  seen_.sealed = true;
  look();
  EXPECT_EQ(heard().size(), 1U);
}

TEST_F(ObserverAlertsTest, ASinkThatWantsNoThresholdsHearsOfTheVerdictAlone) {
  config_.sinks[0].when.thresholds = false;
  alarm("usdt_balance", "balance");
  look();
  EXPECT_TRUE(heard().empty());
  seen_.verdict = "DIVERGED";
  look();
  EXPECT_EQ(heard().size(), 1U);
  // It hears when the verdict is good again, whatever the thresholds say.
  seen_.verdict = "IDENTICAL";
  look();
  ASSERT_EQ(heard().size(), 2U);
  EXPECT_EQ(heard()[1]["kind"], "recovered");
}

}  // namespace
}  // namespace tieout::flow
