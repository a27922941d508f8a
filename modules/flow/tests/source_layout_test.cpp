#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/file.hpp"
#include "tieout/flow/run_identity.hpp"

#include "sample_log.hpp"
#include "scratch_dir.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class SourceLayoutTest : public ::testing::Test {
 protected:
  /// Where the older layout has the run, below production's root.
  fs::path dated() const { return scratch_.path() / "src" / "Mock1" / "20230828"; }
  std::string message() const { return find_source(sample_.recon.run).error().message; }

  ScratchDir scratch_;
  SampleReconciliation sample_{scratch_.path()};
};

TEST_F(SourceLayoutTest, TodaysLayoutIsFoundWithoutANote) {
  sample_.write_source({});
  const auto source = find_source(sample_.recon.run);
  ASSERT_TRUE(source.ok()) << to_string(source.error());
  EXPECT_EQ(source->system_log_dir, sample_.source.system_log_dir);
  EXPECT_EQ(source->note, "");
}

TEST_F(SourceLayoutTest, TheDatedLayoutIsRecognisedSaidAndCopiedIntoTodays) {
  const fs::path log = dated() / "system_log_dir.scheduled.20230828_130500.20230828_131000";
  SampleLog{}.write(log);
  fs::create_directories(dated() / "logs");
  ASSERT_TRUE(write_file_atomic(dated() / "logs" / "log.scheduled.txt", "started\n").ok());
  const auto source = find_source(sample_.recon.run);
  ASSERT_TRUE(source.ok()) << to_string(source.error());
  EXPECT_EQ(source->system_log_dir, log);
  EXPECT_THAT(source->note, HasSubstr("older layout"));
  ASSERT_TRUE(create_dirs(sample_.recon, sample_.context()).ok());
  const auto copied = copy_prod_data(sample_.recon, sample_.context());
  ASSERT_TRUE(copied.ok()) << to_string(copied.error());
  EXPECT_THAT(sample_.said, HasSubstr("older layout"));
  EXPECT_TRUE(fs::exists(sample_.target.prod_log_dir / "manifest.json"));
  EXPECT_EQ(read_file(sample_.target.prod_log_file).value(), "started\n");
}

TEST_F(SourceLayoutTest, AWrongModeIsToldWithTheModesThatAreThere) {
  for (const char* mode : {"manual", "debug"}) {
    fs::create_directories(sample_.source.root / ("system_log_dir." + std::string(mode)));
  }
  EXPECT_THAT(message(), HasSubstr("system_log_dir.scheduled' is not a directory"));
  EXPECT_THAT(message(), HasSubstr("has system_log_dir.debug, system_log_dir.manual"));
}

TEST_F(SourceLayoutTest, LayoutsThatCannotBeReadAreNamed) {
  fs::create_directories(scratch_.path() / "src" / "20230828");
  EXPECT_THAT(message(), HasSubstr("older layout ROOT/DATE"));
  fs::create_directories(scratch_.path() / "src" / "20230828" / "job.live.1");
  EXPECT_THAT(message(), HasSubstr("older layout of equities"));
  EXPECT_THAT(message(), HasSubstr("job.live.1"));
}

TEST_F(SourceLayoutTest, AMissingLogFileIsNamed) {
  sample_.write_source({});
  fs::remove(sample_.source.log_file);
  EXPECT_EQ(find_source(sample_.recon.run).error().code, ErrorCode::kFileNotFound);
  EXPECT_THAT(message(), HasSubstr("log.scheduled.txt' is not a file"));
}

}  // namespace
}  // namespace tieout::flow
