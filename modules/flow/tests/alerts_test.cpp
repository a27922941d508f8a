#include "tieout/flow/alerts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tieout/core/file.hpp"

#include "outside_fixture.hpp"
#include "sample_log.hpp"
#include "scratch_dir.hpp"
#include "stub_mail_server.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using transport::Received;
using transport::Reply;
using transport::StubMailServer;
using transport::StubServer;

/// A reconciliation whose status a test writes, and a webhook that answers what it says.
class AlertsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    sample_.recon.run.tag = "config1";
    target_ = target_layout(sample_.recon.run);
    fs::create_directories(target_.root);
    SinkConfig hook;
    hook.name = "hook";
    hook.url = transport::Secret(hook_.url() + "/s3cret-path");
    config_.sinks = {hook};
  }

  RunStatus status(const std::string& verdict) const {
    RunStatus status;
    status.run_id = run_id(sample_.recon.run);
    status.verdict = verdict;
    status.sentence = verdict == "DIVERGED" ? "3 cells differ" : "all cells agree";
    if (verdict == "DIVERGED") {
      status.first_divergence = "bar 13:10, node read_data, close";
    }
    status.link = "https://pages.example.org/x.html";
    return status;
  }

  void fire(const std::string& verdict) { fire(status(verdict), 1); }
  void fire(const RunStatus& status, const Result<int>& outcome) {
    ASSERT_TRUE(write_status(target_.status, status).ok());
    sample_.said.clear();
    Context context = sample_.context();
    context.outside = &outside_.outside();
    fire_alerts(sample_.recon, config_, outcome, context);
  }
  std::vector<nlohmann::json> hooked() const {
    std::vector<nlohmann::json> out;
    for (const Received& request : hook_.received()) {
      out.push_back(nlohmann::json::parse(request.body));
    }
    return out;
  }
  std::vector<AlertRecord> recorded() const { return read_status(target_.status)->alerts; }
  std::size_t files_in(const char* part) const {
    const Result<std::vector<fs::path>> files = list_files(outbox_dir(sample_.recon.run) / part);
    return files.ok() ? files->size() : 0;
  }

  ScratchDir scratch_;
  SampleReconciliation sample_{scratch_.path()};
  TargetLayout target_;
  std::function<Reply()> answer_ = [] { return Reply{}; };
  StubServer hook_{[this](const Received&) { return answer_(); }};
  OutsideFixture outside_{"http://127.0.0.1:1"};
  AlertConfig config_;
};

TEST_F(AlertsTest, ADivergedRunIsToldWithReasonDivergenceLinkAndCommand) {
  fire("DIVERGED");
  ASSERT_EQ(hooked().size(), 1U);
  const nlohmann::json alert = hooked()[0];
  EXPECT_EQ(alert["kind"], "bad");
  EXPECT_EQ(alert["verdict"], "DIVERGED");
  EXPECT_EQ(alert["reason"], "3 cells differ");
  EXPECT_EQ(alert["first_divergence"], "bar 13:10, node read_data, close");
  EXPECT_EQ(alert["link"], "https://pages.example.org/x.html");
  EXPECT_EQ(alert["run_id"],
            "Mock1.config1.20230828_130500.20230828_131000.paper_trading.scheduled");
  EXPECT_THAT(alert["command"].get<std::string>(),
              HasSubstr("tieout reconcile_run_all --dag-builder-ctor-as-str "
                        "dataflow_amp.pipelines.mock1.mock1_pipeline.Mock1_DagBuilder --run-mode "
                        "paper_trading --start-timestamp-as-str 20230828_130500"));
  EXPECT_EQ(hook_.received()[0].headers.at("idempotency-key"), alert["key"]);
  ASSERT_EQ(recorded().size(), 1U);
  EXPECT_EQ(recorded()[0].status, "sent");
  EXPECT_EQ(files_in("sent"), 1U);
  EXPECT_EQ(files_in("pending"), 0U);
  EXPECT_THAT(sample_.said, HasSubstr("alert to 'hook': sent"));
  EXPECT_THAT(sample_.said, Not(HasSubstr("s3cret-path")));
}

TEST_F(AlertsTest, TheTextHasTheFormOfTheReference) {
  fire("DIVERGED");
  const std::string text = hooked().at(0)["text"];
  EXPECT_EQ(text.substr(0, text.find("\nRun again:\n")),
            "Mock1.config1 paper_trading: DIVERGED\n"
            "Run_mode: scheduled\n"
            "Run: Mock1.config1.20230828_130500.20230828_131000.paper_trading.scheduled\n"
            "Start timestamp: 2023-08-28 13:05:00+00:00\n"
            "End timestamp: 2023-08-28 13:10:00+00:00\n"
            "Reason: 3 cells differ\n"
            "First divergence: bar 13:10, node read_data, close\n"
            "\nLink:\nhttps://pages.example.org/x.html\n");
}

TEST_F(AlertsTest, AGoodRunIsNotToldAndTheSameNewsIsToldOnce) {
  fire("IDENTICAL");
  EXPECT_THAT(hooked(), IsEmpty());
  fire("DIVERGED");
  fire("DIVERGED");
  EXPECT_EQ(hooked().size(), 1U);
  ASSERT_EQ(recorded().size(), 1U);
  EXPECT_EQ(recorded()[0].status, "already sent");
}

TEST_F(AlertsTest, TheFirstGoodRunAfterABadOneIsToldOnceAndABadOneAfterItAgain) {
  fire("DIVERGED");
  fire("IDENTICAL");
  fire("IDENTICAL");
  ASSERT_EQ(hooked().size(), 2U);
  EXPECT_EQ(hooked()[1]["kind"], "recovered");
  EXPECT_THAT(hooked()[1]["text"].get<std::string>(),
              HasSubstr("Mock1.config1 paper_trading: agrees again: IDENTICAL"));
  EXPECT_THAT(hooked()[1]["reason"].get<std::string>(), HasSubstr("scheduled was DIVERGED"));
  fire("DIVERGED");
  ASSERT_EQ(hooked().size(), 3U) << "news again, though the run and the reason are those of before";
  EXPECT_NE(hooked()[2]["key"], hooked()[0]["key"]);
}

TEST_F(AlertsTest, ARecoveryIsToldByTheNextRunOfTheModel) {
  fire("DIVERGED");
  sample_.recon.run.start = sample_.recon.run.start + days(1);
  sample_.recon.run.end = sample_.recon.run.end + days(1);
  target_ = target_layout(sample_.recon.run);
  fs::create_directories(target_.root);
  fire("EQUIVALENT");
  ASSERT_EQ(hooked().size(), 2U);
  EXPECT_EQ(hooked()[1]["kind"], "recovered");
}

TEST_F(AlertsTest, AnAlertThatWasNotTakenIsSentByTheNextRun) {
  answer_ = [] { return Reply{503, "", {}, {}, false}; };
  fire("DIVERGED");
  EXPECT_EQ(hook_.received().size(), 4U) << "tries";
  EXPECT_EQ(outside_.waits.size(), 3U);
  ASSERT_EQ(recorded().size(), 1U);
  EXPECT_EQ(recorded()[0].status, "pending");
  EXPECT_THAT(recorded()[0].error, HasSubstr("HTTP 503"));
  EXPECT_THAT(recorded()[0].error, Not(HasSubstr("s3cret-path")));
  EXPECT_EQ(files_in("pending"), 1U);
  EXPECT_EQ(read_status(target_.status)->verdict, "DIVERGED") << "the verdict is untouched";
  answer_ = [] { return Reply{}; };
  fire("DIVERGED");
  EXPECT_EQ(recorded().at(0).status, "sent");
  EXPECT_EQ(hooked().front()["key"], hooked().back()["key"]);
  EXPECT_EQ(files_in("pending"), 0U);
}

TEST_F(AlertsTest, AFlushSendsWhatIsPendingOnceAndKeepsWhatFails) {
  answer_ = [] { return Reply{400, "", {}, {}, false}; };
  fire("DIVERGED");
  const fs::path dst = sample_.recon.run.dst_root_dir;
  auto kept = flush_alerts(dst, config_, outside_.outside());
  ASSERT_TRUE(kept.ok()) << to_string(kept.error());
  EXPECT_EQ(kept->at(0).status, "pending");
  answer_ = [] { return Reply{}; };
  const auto sent = flush_alerts(outbox_dir(sample_.recon.run), config_, outside_.outside());
  ASSERT_TRUE(sent.ok()) << to_string(sent.error());
  ASSERT_EQ(sent->size(), 1U);
  EXPECT_EQ(sent->at(0).status, "sent");
  EXPECT_THAT(*flush_alerts(dst, config_, outside_.outside()), IsEmpty());
  EXPECT_EQ(hook_.received().size(), 3U);
  EXPECT_EQ(flush_alerts(scratch_.path() / "src", config_, outside_.outside()).error().code,
            ErrorCode::kFileNotFound);
}

TEST_F(AlertsTest, AProcessThatDiedBeforeItMarkedAnAlertSendsItAgain) {
  fire("DIVERGED");
  const fs::path dir = outbox_dir(sample_.recon.run);
  const fs::path name = list_files(dir / "sent").value().at(0);
  fs::rename(dir / "sent" / name, dir / "pending" / name);
  ASSERT_TRUE(flush_alerts(dir, config_, outside_.outside()).ok());
  ASSERT_EQ(hooked().size(), 2U);
  EXPECT_EQ(hooked()[0]["key"], hooked()[1]["key"]) << "the receiver can drop it";
}

TEST_F(AlertsTest, AFailedStageIsToldThoughTheVerdictIsGood) {
  RunStatus failed = status("IDENTICAL");
  StageStatus stage;
  stage.name = "reconcile_run_notebook.slow";
  stage.status = "failed";
  stage.error = "DiskFull (204): no space";
  failed.stages = {stage};
  fire(failed, 2);
  ASSERT_EQ(hooked().size(), 1U);
  EXPECT_EQ(hooked()[0]["reason"], "reconcile_run_notebook.slow failed: DiskFull (204): no space");
  config_.sinks[0].when.stage_errors = false;
  stage.error = "another";
  failed.stages = {stage};
  fire(failed, 2);
  EXPECT_EQ(hooked().size(), 1U);
}

TEST_F(AlertsTest, AReconciliationThatDidNotBeginIsToldAndTouchesNoStatus) {
  const RunStatus of_another = status("IDENTICAL");
  fire(of_another, Error{ErrorCode::kFileNotFound, "'src' is not a directory"});
  ASSERT_EQ(hooked().size(), 1U);
  EXPECT_EQ(hooked()[0]["verdict"], "") << "the status is that of another reconciliation";
  EXPECT_THAT(hooked()[0]["reason"].get<std::string>(), HasSubstr("FileNotFound (200)"));
  EXPECT_THAT(recorded(), IsEmpty());
}

TEST_F(AlertsTest, AStoppedReconciliationIsNotTold) {
  fire(status("DIVERGED"), Error{ErrorCode::kInterrupted, "stopped"});
  sample_.stop = true;
  fire("DIVERGED");
  EXPECT_THAT(hooked(), IsEmpty());
}

TEST_F(AlertsTest, OneSinkThatFailsDoesNotHideTheOthers) {
  const StubServer telegram([](const Received&) {
    return Reply{200, "{\"ok\": true, \"result\": {}}", {}, {}, false};
  });
  const StubMailServer mail;
  SinkConfig room;
  room.kind = SinkConfig::Kind::kTelegram;
  room.name = "room";
  room.api = telegram.url();
  room.chat_id = "-100";
  room.token = transport::Secret("123:t0ken");
  SinkConfig post;
  post.kind = SinkConfig::Kind::kEmail;
  post.name = "post";
  post.server = mail.url();
  post.from = "tieout@example.org";
  post.to = {"desk@example.org"};
  config_.sinks.push_back(room);
  config_.sinks.push_back(post);
  answer_ = [] { return Reply{403, "", {}, {}, false}; };
  fire("DIVERGED");
  std::map<std::string, std::string> by_sink;
  for (const AlertRecord& record : recorded()) {
    by_sink[record.sink] = record.status;
  }
  EXPECT_EQ(by_sink, (std::map<std::string, std::string>{
                         {"hook", "pending"}, {"post", "sent"}, {"room", "sent"}}));
  ASSERT_EQ(telegram.received().size(), 1U);
  EXPECT_EQ(telegram.received()[0].target, "/bot123:t0ken/sendMessage");
  const nlohmann::json message = nlohmann::json::parse(telegram.received()[0].body);
  EXPECT_EQ(message["chat_id"], "-100");
  EXPECT_THAT(message["text"].get<std::string>(), HasSubstr("Reason: 3 cells differ"));
  ASSERT_EQ(mail.messages().size(), 1U);
  EXPECT_THAT(mail.messages()[0], HasSubstr("Subject: Mock1.config1 paper_trading: DIVERGED\n"));
  EXPECT_THAT(mail.messages()[0], HasSubstr("Date: Mon, 28 Aug 2023 14:00:00 +0000\n"));
  EXPECT_THAT(mail.messages()[0], HasSubstr("\nReason: 3 cells differ\n"));
}

TEST_F(AlertsTest, ATelegramAnswerThatIsNotOkIsNoDelivery) {
  const StubServer telegram([](const Received&) { return Reply{200, "<html>", {}, {}, false}; });
  SinkConfig room;
  room.kind = SinkConfig::Kind::kTelegram;
  room.name = "room";
  room.api = telegram.url();
  room.token = transport::Secret("123:t0ken");
  config_.sinks = {room};
  fire("DIVERGED");
  EXPECT_EQ(recorded().at(0).status, "pending");
  EXPECT_THAT(sample_.said, Not(HasSubstr("t0ken")));
}

TEST_F(AlertsTest, ATestGoesToEverySinkAndFailsWithTheFirstError) {
  Context context = sample_.context();
  context.outside = &outside_.outside();
  EXPECT_TRUE(test_alerts(config_, context).ok());
  EXPECT_EQ(hooked().at(0)["kind"], "test");
  answer_ = [] { return Reply{404, "", {}, {}, false}; };
  EXPECT_EQ(test_alerts(config_, context).error().code, ErrorCode::kFileNotFound);
}

TEST(AlertTest, AJsonGivesTheSameAlert) {
  Alert alert;
  alert.kind = AlertKind::kRecovered;
  alert.key = "k";
  alert.reason = "a \"reason\"\nwith a line end";
  alert.raised = kOutsideNow;
  const auto again = alert_from_json(alert_json(alert));
  ASSERT_TRUE(again.ok()) << to_string(again.error());
  EXPECT_EQ(again->kind, AlertKind::kRecovered);
  EXPECT_EQ(again->reason, alert.reason);
  EXPECT_EQ(again->raised, alert.raised);
  EXPECT_EQ(alert_from_json("{}").error().code, ErrorCode::kMalformedData);
}

}  // namespace
}  // namespace tieout::flow
