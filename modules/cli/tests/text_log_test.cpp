#include "text_log.hpp"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/file.hpp"

namespace tieout::cli {
namespace {

namespace fs = std::filesystem;

class TextLogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::path(::testing::TempDir()) /
           ("text_log_" +
            std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(dir_);
  }
  void TearDown() override { fs::remove_all(dir_); }

  static Timestamp now() { return parse_ts_name("20231108_131000").value(); }
  void write_log(std::string_view line, LogLevel level = LogLevel::kInfo) {
    Result<TextLog> log = TextLog::open(dir_ / "logs" / "log.scheduled.txt", LogLevel::kInfo, now);
    ASSERT_TRUE(log.ok()) << to_string(log.error());
    log->write(level, line);
  }
  std::string content(const char* name) const {
    return read_file(dir_ / "logs" / name).value_or("no such file");
  }

  fs::path dir_;
};

TEST_F(TextLogTest, AnExistingLogIsKeptUnderANewName) {
  write_log("first");
  write_log("second");
  write_log("third");
  EXPECT_THAT(content("log.scheduled.txt"), ::testing::HasSubstr("third"));
  EXPECT_THAT(content("log.scheduled.20231108_131000.txt"), ::testing::HasSubstr("first"));
  EXPECT_THAT(content("log.scheduled.20231108_131000.1.txt"), ::testing::HasSubstr("second"));
}

TEST_F(TextLogTest, LinesBelowTheLevelAreNotWritten) {
  write_log("detail", LogLevel::kDebug);
  EXPECT_EQ(content("log.scheduled.txt"), "");
}

TEST_F(TextLogTest, ALineHasTimeAndLevel) {
  write_log("bar done", LogLevel::kWarning);
  EXPECT_EQ(content("log.scheduled.txt"), "2023-11-08 13:10:00+00:00 - WARNING  bar done\n");
}

TEST(LogLevelTest, IsReadInAnyCaseAndRefusesOthers) {
  EXPECT_EQ(parse_log_level("debug").value(), LogLevel::kDebug);
  EXPECT_EQ(parse_log_level("CRITICAL").value(), LogLevel::kCritical);
  EXPECT_FALSE(parse_log_level("LOUD").ok());
}

}  // namespace
}  // namespace tieout::cli
