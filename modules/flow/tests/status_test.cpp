#include "tieout/flow/status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/file.hpp"

#include "scratch_dir.hpp"

namespace tieout::flow {
namespace {

RunStatus example() {
  RunStatus status;
  status.run_id = "C1b.20230828_130500.20230829_131000.paper_trading.scheduled";
  status.verdict = "DIVERGED";
  status.sentence = "1 break";
  status.partial = true;
  status.stages.push_back({"reconcile_run_sim",
                           "failed",
                           2,
                           "2023-08-29 14:00:00+00:00",
                           "2023-08-29 14:00:01+00:00",
                           3,
                           "abc",
                           {"simulation"},
                           "disk \"full\"",
                           "def",
                           {{1, "killed", 0, "2023-08-29 13:00:00+00:00", "", "gone"},
                            {2, "failed", 2, "2023-08-29 14:00:00+00:00",
                             "2023-08-29 14:00:01+00:00", "disk \"full\""}}});
  status.counts = {.pass = 1, .fail = 2, .warn = 3, .not_checked = 4, .error = 5};
  return status;
}

TEST(StatusTest, ReadsBackWhatWasWritten) {
  const ScratchDir scratch;
  const std::filesystem::path path = scratch.path() / "status.json";
  ASSERT_TRUE(write_status(path, example()).ok());
  const RunStatus status = read_status(path).value();
  EXPECT_EQ(to_json(status), to_json(example()));
  EXPECT_EQ(status.stages.at(0).attempts, 3);
  EXPECT_EQ(status.stages.at(0).error, "disk \"full\"");
  EXPECT_EQ(status.counts.error, 5U);
}

TEST(StatusTest, AStatusOfAnOlderVersionReadsAndHasNoHistory) {
  // As written before there were tries and digests of outputs.
  const auto status = status_from_json(
      R"({"schema": 1, "run_id": "x", "verdict": "", "sentence": "", "partial": false,
          "stages": [{"name": "reconcile_run_sim", "status": "failed", "exit": 2, "started": "s",
                      "ended": "e", "attempts": 2, "inputs_sha256": "", "outputs": ["simulation"],
                      "error": "disk"}],
          "counts": {"pass": 0, "fail": 0, "warn": 0, "not_checked": 0, "error": 1}})");
  ASSERT_TRUE(status.ok()) << to_string(status.error());
  EXPECT_EQ(status->stages.at(0).attempts, 2);
  EXPECT_TRUE(status->stages.at(0).history.empty());
  EXPECT_EQ(status->stages.at(0).outputs_sha256, "");
}

TEST(DigestOfOutputsTest, SeesEveryByteAndNameAndOnlyTheExistenceOfWhatLiesElsewhere) {
  const ScratchDir scratch;
  const std::filesystem::path root = scratch.path() / "run";
  std::filesystem::create_directories(root / "sim");
  const auto write = [](const std::filesystem::path& path, const char* text) {
    ASSERT_TRUE(write_file_atomic(path, text).ok());
  };
  write(root / "sim" / "a", "1");
  const std::filesystem::path page = scratch.path() / "page.html";
  write(page, "p");
  const std::vector<std::string> outputs{"sim", page.string(), "s3://bucket/page.html"};
  const std::string digest = digest_of_outputs(root, outputs).value();
  write(page, "of another run");
  EXPECT_EQ(digest_of_outputs(root, outputs).value(), digest);
  write(root / "sim" / "a", "2");
  EXPECT_NE(digest_of_outputs(root, outputs).value(), digest);
  write(root / "sim" / "a", "1");
  write(root / "sim" / "b", "");
  EXPECT_NE(digest_of_outputs(root, outputs).value(), digest);
  std::filesystem::remove(page);
  EXPECT_EQ(digest_of_outputs(root, outputs).error().code, ErrorCode::kFileNotFound);
}

TEST(StatusTest, AMissingFileIsAnEmptyStatus) {
  const ScratchDir scratch;
  EXPECT_TRUE(read_status(scratch.path() / "status.json").value().stages.empty());
}

TEST(StatusTest, ADamagedFileIsAnErrorThatNamesIt) {
  const ScratchDir scratch;
  const std::filesystem::path path = scratch.path() / "status.json";
  for (const char* text : {"", "{", "[]", R"({"schema": 7})", R"({"schema": 1, "run_id": 5})"}) {
    ASSERT_TRUE(write_file_atomic(path, text).ok());
    const auto status = read_status(path);
    ASSERT_FALSE(status.ok()) << text;
    EXPECT_EQ(status.error().code, ErrorCode::kMalformedData);
    EXPECT_THAT(status.error().message, ::testing::HasSubstr(path.string()));
  }
}

TEST(WorseExitTest, OrdersFromHarmlessToGrave) {
  const std::vector<int> order{0, 3, 1, 2, 4, 130};
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::size_t j = 0; j < order.size(); ++j) {
      EXPECT_EQ(worse_exit(order[i], order[j]), order[std::max(i, j)]);
    }
  }
}

}  // namespace
}  // namespace tieout::flow
