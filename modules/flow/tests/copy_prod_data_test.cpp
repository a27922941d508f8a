#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/file.hpp"
#include "tieout/core/hash.hpp"
#include "tieout/runlog/reader.hpp"

#include "sample_log.hpp"
#include "scratch_dir.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class CopyProdDataTest : public ::testing::Test {
 protected:
  Result<StageOutcome> copy() { return copy_prod_data(sample_.recon, sample_.context()); }
  void make_target() { ASSERT_TRUE(create_dirs(sample_.recon, sample_.context()).ok()); }
  std::string manifest() const { return read_file(sample_.target.prod_manifest).value_or(""); }
  /// Change one byte in the middle of the source's journal.
  void edit_source() const {
    for (const auto& entry : fs::directory_iterator(sample_.source.system_log_dir)) {
      if (entry.path().filename().string().rfind("journal", 0) == 0) {
        std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
        const auto middle = static_cast<std::streamoff>(entry.file_size() / 2);
        file.seekg(middle);
        const char byte = static_cast<char>(file.get());
        file.seekp(middle);
        file.put(static_cast<char>(byte ^ 1));
        return;
      }
    }
    FAIL() << "no journal";
  }

  ScratchDir scratch_;
  SampleReconciliation sample_{scratch_.path()};
};

TEST_F(CopyProdDataTest, TheCopyOpensAndItsManifestNamesEveryFile) {
  sample_.write_source({});
  make_target();
  const auto outcome = copy();
  ASSERT_TRUE(outcome.ok()) << to_string(outcome.error());
  EXPECT_EQ(outcome->partial, false);
  EXPECT_EQ(runlog::RunReader::open(sample_.target.prod_log_dir).value().bars().size(), 2U);
  EXPECT_EQ(read_file(sample_.target.prod_log_file).value(), "started\n");
  EXPECT_THAT(manifest(), HasSubstr(sha256_hex("started\n")));
  const std::vector<fs::path> files = list_files(sample_.source.system_log_dir).value();
  for (const fs::path& file : files) {
    EXPECT_THAT(manifest(), HasSubstr("system_log_dir.scheduled/" + file.string()));
  }
}

TEST_F(CopyProdDataTest, ALogThatIsNotSealedIsMarkedPartial) {
  sample_.write_source({.seal = false});
  make_target();
  const auto outcome = copy();
  ASSERT_TRUE(outcome.ok()) << to_string(outcome.error());
  EXPECT_EQ(outcome->partial, true);
  EXPECT_THAT(manifest(), HasSubstr("\"partial\": true"));
}

TEST_F(CopyProdDataTest, ALogThatEndsBeforeTheWindowIsPartialThoughItIsSealed) {
  sample_.write_source({.outcome = runlog::RunOutcome::kInterrupted});
  make_target();
  EXPECT_EQ(copy().value().partial, true);
  EXPECT_THAT(sample_.said, HasSubstr("PARTIAL: production's run is interrupted"));
}

TEST_F(CopyProdDataTest, AWindowThatIsNotProductionsIsWarnedOfAndPartialWhenItGoesOn) {
  sample_.recon.run.end = parse_ts_name("20230828_131500").value();
  sample_.source = source_layout(sample_.recon.run);
  sample_.target = target_layout(sample_.recon.run);
  sample_.write_source({});
  make_target();
  EXPECT_EQ(copy().value().partial, true);
  EXPECT_THAT(sample_.said, HasSubstr("warning: the window is [20230828_130500, 20230828_131500], "
                                      "and production's run was [20230828_130500, "
                                      "20230828_131000]"));
}

TEST_F(CopyProdDataTest, AnEditedLogIsCorruptEvidenceAndLeavesNothing) {
  sample_.write_source({});
  make_target();
  edit_source();
  const auto outcome = copy();
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, ErrorCode::kCorruptEvidence) << outcome.error().message;
  EXPECT_TRUE(fs::is_empty(sample_.target.prod));
}

TEST_F(CopyProdDataTest, ARunOfAnotherBuilderIsRefused) {
  sample_.write_source({.constructor = "x.Other_DagBuilder"});
  make_target();
  const auto outcome = copy();
  ASSERT_FALSE(outcome.ok());
  EXPECT_THAT(outcome.error().message, HasSubstr("x.Other_DagBuilder"));
  EXPECT_TRUE(fs::is_empty(sample_.target.prod));
}

TEST_F(CopyProdDataTest, AMissingSourceNamesThePath) {
  make_target();
  const auto outcome = copy();
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, ErrorCode::kFileNotFound);
  EXPECT_THAT(outcome.error().message, HasSubstr(sample_.source.system_log_dir.string()));
}

TEST_F(CopyProdDataTest, AnExistingCopyIsKeptOnlyWhenIncrementalAndEqualToItsSource) {
  sample_.write_source({});
  make_target();
  ASSERT_TRUE(copy().ok());
  EXPECT_EQ(copy().error().code, ErrorCode::kPathExists);
  sample_.recon.existing = {.incremental = true, .abort_if_exists = false};
  const auto kept = copy();
  ASSERT_TRUE(kept.ok());
  EXPECT_THAT(sample_.said, HasSubstr("kept the copy"));
  // A source that went on is copied again.
  sample_.said.clear();
  ASSERT_TRUE(write_file_atomic(sample_.source.log_file, "started\nended\n").ok());
  ASSERT_TRUE(copy().ok());
  EXPECT_THAT(sample_.said, Not(HasSubstr("kept the copy")));
  EXPECT_EQ(read_file(sample_.target.prod_log_file).value(), "started\nended\n");
}

TEST_F(CopyProdDataTest, PreventOverwritingProtectsTheCopyAndNotItsSource) {
  sample_.write_source({});
  make_target();
  sample_.recon.prevent_overwriting = true;
  ASSERT_TRUE(copy().ok());
  const auto writable = [](const fs::path& path) {
    return (fs::status(path).permissions() & fs::perms::owner_write) != fs::perms::none;
  };
  EXPECT_FALSE(writable(sample_.target.prod_log_dir / "manifest.json"));
  EXPECT_TRUE(writable(sample_.source.system_log_dir / "manifest.json"));
}

TEST_F(CopyProdDataTest, ARunStageRecordsItsResultAndItsFailure) {
  sample_.write_source({});
  make_target();
  const auto stage = [&] {
    return run_stage(sample_.recon, "reconcile_copy_prod_data", sample_.context(),
                     [&] { return copy(); });
  };
  ASSERT_TRUE(stage().ok());
  ASSERT_FALSE(stage().ok()) << "the copy exists";
  const RunStatus status = read_status(sample_.target.status).value();
  ASSERT_EQ(status.stages.size(), 1U);
  EXPECT_EQ(status.stages[0].status, "failed");
  EXPECT_EQ(status.stages[0].attempts, 2);
  EXPECT_EQ(status.stages[0].exit, 2);
  ASSERT_EQ(status.stages[0].history.size(), 2U);
  EXPECT_EQ(status.stages[0].history[0].status, "ok");
  EXPECT_THAT(status.stages[0].error, HasSubstr("already exist!"));
  EXPECT_EQ(status.counts.error, 1U);
}

}  // namespace
}  // namespace tieout::flow
