// A run in progress as its observer sees it.

#include "tieout/flow/observe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "growing_run.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class ObserveTest : public GrowingRunTest {
 protected:
  ObserverOptions options() const {
    ObserverOptions out;
    out.run = identity(scratch_.path() / "dst");
    out.mark_as_last_5minute_run = true;
    return out;
  }
  static nlohmann::json json_of(const fs::path& path) {
    return nlohmann::json::parse(read_file(path).value());
  }
  static nlohmann::json report_of(const Observation& seen) {
    return json_of(seen.dir / "result_0" / "report.json");
  }
  void add_run(const char* name, const char* mode) const {
    fs::create_directories(root() / "C1b" / "paper_trading" / name /
                           (std::string("system_log_dir.") + mode));
  }
};

TEST_F(ObserveTest, TheNewestRunThatStartedInTheLastDayIsTaken) {
  const RunIdentity run = identity(scratch_.path() / "dst");
  now_ = parse_ts_name("20231109_130000").value();
  EXPECT_EQ(newest_run(run, now_).error().code, ErrorCode::kFileNotFound);
  add_run("20231107_131000.20231108_130500", "scheduled");  // more than a day ago
  EXPECT_EQ(newest_run(run, now_).error().code, ErrorCode::kFileNotFound);
  add_run("20231108_131000.20231109_130500", "scheduled");
  add_run("20231109_093000.20231109_103000", "manual");
  add_run("20231109_131000.20231110_130500", "scheduled");  // made for later
  const auto newest = newest_run(run, now_);
  ASSERT_TRUE(newest.ok()) << to_string(newest.error());
  EXPECT_EQ(interval_name(*newest), "20231109_093000.20231109_103000");
  EXPECT_EQ(newest->mode, "manual");
}

TEST_F(ObserveTest, ALookAtARunInProgressIsPublishedUnderItsStaticNames) {
  GrowingRun run(whole(), log());
  run.write_bar();
  run.write_bar();
  run.write_bar();
  const auto seen = observe(options(), context());
  ASSERT_TRUE(seen.ok()) << to_string(seen.error());
  EXPECT_EQ(seen->exit, 0) << seen->sentence;
  EXPECT_FALSE(seen->sealed);
  EXPECT_EQ(seen->verdict, "IDENTICAL");
  const fs::path published = root() / "published";
  const std::string page = read_file(published / "C1b.paper_trading.last_5minutes.html").value();
  EXPECT_EQ(read_file(published / "C1b.shadow_trading.last_5minutes.html").value(), page);
  EXPECT_EQ(read_file(seen->page).value(), page);
  EXPECT_EQ(seen->page.filename().string().rfind("Master_shadow_trading_system_observer.0.", 0),
            0U);
  for (const char* id : {"heartbeat", "thresholds", "rolling", "pnl", "balance", "holdings",
                         "open_positions", "orders", "data"}) {
    EXPECT_THAT(page, HasSubstr(std::string("id=\"observer.") + id + "\"")) << id;
  }
  EXPECT_THAT(page, HasSubstr("3 of 12 bars reconciled"));
  EXPECT_THAT(page, HasSubstr("Generated at"));
  const auto latest = json_of(published / "C1b.paper_trading.last_5minutes.latest.json");
  EXPECT_EQ(latest["verdict"], "IDENTICAL");
  EXPECT_EQ(latest["data_until"], to_iso(run.bar(2)));
  EXPECT_EQ(latest["generated_utc"], to_iso(now_));
  EXPECT_EQ(latest["stale_after_utc"], to_iso(now_ + minutes(10)));
  for (const auto& section : report_of(*seen)["sections"]) {
    EXPECT_TRUE(section["ok"].get<bool>()) << section["id"] << ": " << section["lacks"];
  }
  EXPECT_TRUE(fs::exists(seen->dir / "result_0" / "success.txt"));
}

TEST_F(ObserveTest, AThresholdThatFiresFailsTheCheckAndThePageIsPublished) {
  GrowingRun run(whole(), log());
  run.write_bar();
  run.write_bar();
  ObserverOptions strict = options();
  strict.thresholds.usdt_balance = 1e12;
  const auto seen = observe(strict, context());
  ASSERT_TRUE(seen.ok()) << to_string(seen.error());
  EXPECT_EQ(seen->exit, 1);
  ASSERT_EQ(seen->fired.size(), 1U);
  EXPECT_THAT(seen->fired.front().message, HasSubstr("USDT balance is below the threshold: "));
  EXPECT_EQ(seen->verdict, "IDENTICAL") << "an alert is no divergence";
  EXPECT_THAT(read_file(root() / "published" / "C1b.paper_trading.last_5minutes.html").value(),
              HasSubstr("ALERT: USDT balance is below the threshold"));
  const auto report = report_of(*seen);
  EXPECT_FALSE(report["check"]["passed"].get<bool>());
  EXPECT_THAT(report["check"]["message"].get<std::string>(), HasSubstr("USDT balance"));
  EXPECT_EQ(report["observer"]["thresholds"][0]["state"], "FIRED");
  EXPECT_FALSE(fs::exists(seen->dir / "result_0" / "success.txt"));
  EXPECT_THAT(said_, HasSubstr("ALERT USDT balance"));
}

TEST_F(ObserveTest, ADivergenceIsOnThePageAndInTheExitCode) {
  GrowingRun run(whole(), log());
  run.write_bar();
  run.write_bar(plant_target);
  const auto seen = observe(options(), context());
  ASSERT_TRUE(seen.ok()) << to_string(seen.error());
  EXPECT_EQ(seen->exit, 1);
  EXPECT_EQ(seen->verdict, "DIVERGED");
  EXPECT_THAT(read_file(seen->page).value(), HasSubstr("25.0105"));
}

TEST_F(ObserveTest, APartThatFailsDoesNotKeepThePageFromBeingPublished) {
  GrowingRun run(whole(), log());
  run.write_bar();
  run.write_bar();
  ASSERT_TRUE(observe(options(), context()).ok());
  run.write_bar();
  ObserverOptions broken = options();
  broken.market_data_store = scratch_.path() / "nowhere.sqlite";
  now_ = now_ + minutes(5);
  const auto seen = observe(broken, context());
  ASSERT_TRUE(seen.ok()) << to_string(seen.error());
  EXPECT_EQ(seen->exit, 2);
  EXPECT_EQ(seen->verdict, "INCONCLUSIVE");
  const std::string page =
      read_file(root() / "published" / "C1b.paper_trading.last_5minutes.html").value();
  EXPECT_THAT(page, HasSubstr("Not reconciled at this look"));
  EXPECT_THAT(page, HasSubstr("nowhere.sqlite"));
  EXPECT_THAT(page, HasSubstr("2 of 12 bars reconciled")) << "what was known is kept";
  EXPECT_THAT(page, HasSubstr("net_wealth"));
}

TEST_F(ObserveTest, ARunThatFallsBehindTheWallClockIsStale) {
  GrowingRun run(whole(), log());
  // The run decided at about its bars' ends: let the commits say so too.
  for (std::size_t i = 0; i < 3; ++i) {
    run.write_bar({}, run.bar(i) + seconds(20) - run.wall(i));
  }
  now_ = run.bar(3) + seconds(119);
  auto seen = observe(options(), context());
  ASSERT_TRUE(seen.ok()) << to_string(seen.error());
  EXPECT_EQ(seen->exit, 0);
  EXPECT_TRUE(report_of(*seen)["observer"]["stale_since_utc"].is_null());
  // 13:25 should be there two minutes later: a minute for late data and a minute to compute.
  now_ = run.bar(3) + seconds(120);
  seen = observe(options(), context());
  ASSERT_TRUE(seen.ok()) << to_string(seen.error());
  EXPECT_EQ(seen->exit, 0) << "one bar behind is allowed";
  EXPECT_EQ(report_of(*seen)["observer"]["stale_since_utc"], to_iso(run.bar(3) + seconds(120)));
  EXPECT_THAT(read_file(seen->page).value(), HasSubstr("Stale since"));
  now_ = run.bar(4) + seconds(120);
  seen = observe(options(), context());
  ASSERT_TRUE(seen.ok()) << to_string(seen.error());
  EXPECT_EQ(seen->exit, 1);
  ASSERT_EQ(seen->fired.size(), 1U);
  EXPECT_EQ(seen->fired.front().id, "bars_behind");
}

TEST_F(ObserveTest, WatchingEndsAfterALookAtTheSealedRun) {
  GrowingRun run(whole(), log());
  std::size_t waits = 0;
  const auto code = watch(options(), context(), [&](Duration interval) {
    EXPECT_EQ(interval, minutes(5));
    ++waits;
    now_ = now_ + interval;
    while (run.written() < std::min(run.bar_count(), waits * 4)) {
      run.write_bar();
    }
    if (run.written() == run.bar_count()) {
      run.seal();
    }
    return true;
  });
  ASSERT_TRUE(code.ok()) << to_string(code.error());
  EXPECT_EQ(*code, 0) << said_;
  EXPECT_EQ(waits, 3U);
  EXPECT_THAT(said_, HasSubstr("no bar is finished yet"));
  EXPECT_THAT(said_, HasSubstr("12 bars"));
}

TEST_F(ObserveTest, WatchingEndsWhenItIsToldTo) {
  GrowingRun run(whole(), log());
  run.write_bar();
  const auto code = watch(options(), context(), [](Duration) { return false; });
  ASSERT_FALSE(code.ok());
  EXPECT_EQ(code.error().code, ErrorCode::kInterrupted);
}

TEST_F(ObserveTest, WatchingGoesOnAfterALookThatFailed) {
  std::optional<GrowingRun> run;
  const auto code = watch(options(), context(), [&](Duration) {
    run.emplace(whole(), log());
    run->write_bar();
    run->seal(runlog::RunOutcome::kInterrupted);
    return true;
  });
  ASSERT_TRUE(code.ok()) << to_string(code.error());
  EXPECT_THAT(said_, HasSubstr("is not a directory"));
}

}  // namespace
}  // namespace tieout::flow
