#include "copy_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tieout/core/file.hpp"
#include "tieout/core/hash.hpp"

#include "scratch_dir.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;

class CopyFileTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(write_file_atomic(source_, "evidence").ok()); }

  ScratchDir scratch_;
  fs::path source_ = scratch_.path() / "source";
  fs::path target_ = scratch_.path() / "copy" / "target";
};

bool write_text(int target, std::string_view text) {
  return ::write(target, text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

TEST_F(CopyFileTest, WritesTheBytesWhereTheFileSystemCannotShareThem) {
  const auto copy = copy_file(source_, target_, "name", [](int, int) { return false; });
  ASSERT_TRUE(copy.ok()) << to_string(copy.error());
  EXPECT_EQ(copy->method, CopyMethod::kBytes);
  EXPECT_EQ(copy->file.path, "name");
  EXPECT_EQ(copy->file.size, 8U);
  EXPECT_EQ(copy->file.sha256, sha256_hex("evidence"));
  EXPECT_EQ(read_file(target_).value(), "evidence");
}

TEST_F(CopyFileTest, SharesTheBytesWhereItCan) {
  const auto copy =
      copy_file(source_, target_, "name", [](int to, int) { return write_text(to, "evidence"); });
  ASSERT_TRUE(copy.ok()) << to_string(copy.error());
  EXPECT_EQ(copy->method, CopyMethod::kReflink);
  EXPECT_EQ(copy->file.sha256, sha256_hex("evidence"));
}

TEST_F(CopyFileTest, ACopyThatReadsBackDifferentlyIsRefused) {
  const auto copy =
      copy_file(source_, target_, "name", [](int to, int) { return write_text(to, "evidense"); });
  ASSERT_FALSE(copy.ok());
  EXPECT_EQ(copy.error().code, ErrorCode::kFileUnwritable);
  EXPECT_THAT(copy.error().message, ::testing::HasSubstr("reads back differently"));
}

TEST_F(CopyFileTest, ASourceThatGrowsAfterItWasSharedIsCopiedAsFarAsItWas) {
  const auto copy = copy_file(source_, target_, "name", [&](int to, int) {
    return write_text(to, "evidence") && write_file_atomic(source_, "evidence and more").ok();
  });
  ASSERT_TRUE(copy.ok()) << to_string(copy.error());
  EXPECT_EQ(copy->file.size, 8U);
}

TEST_F(CopyFileTest, TheRealCloneSharesOrSaysThatItCannot) {
  const auto copy = copy_file(source_, target_, "name");
  ASSERT_TRUE(copy.ok()) << to_string(copy.error());
  EXPECT_EQ(read_file(target_).value(), "evidence");
  // However it came about, it does not change with its source.
  ASSERT_TRUE(write_file_atomic(source_, "edited").ok());
  EXPECT_EQ(read_file(target_).value(), "evidence");
}

TEST_F(CopyFileTest, AnExistingTargetIsNotTouched) {
  fs::create_directories(target_.parent_path());
  ASSERT_TRUE(write_file_atomic(target_, "old").ok());
  EXPECT_FALSE(copy_file(source_, target_, "name").ok());
  EXPECT_EQ(read_file(target_).value(), "old");
}

TEST_F(CopyFileTest, AMissingSourceLeavesNoTarget) {
  const auto copy = copy_file(scratch_.path() / "gone", target_, "name");
  ASSERT_FALSE(copy.ok());
  EXPECT_EQ(copy.error().code, ErrorCode::kFileNotFound);
  EXPECT_FALSE(fs::exists(target_));
}

}  // namespace
}  // namespace tieout::flow
