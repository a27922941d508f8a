#include "tieout/flow/directories.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tieout/core/file.hpp"

#include "scratch_dir.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DirectoriesTest : public ::testing::Test {
 protected:
  fs::path dir() const { return scratch_.path() / "20230828_130500.20230829_131000"; }
  /// The directory with one file, last changed 2024-02-01 18:29:54 UTC: recon_flow.md 3.4's golden
  /// modification time 1706812194.47.
  void make_old() const {
    fs::create_directories(dir());
    ASSERT_TRUE(write_file_atomic(dir() / "old.txt", "old").ok());
    const timespec times[2] = {{1706812194, 470000000}, {1706812194, 470000000}};
    ASSERT_EQ(::utimensat(AT_FDCWD, dir().c_str(), times, 0), 0);
  }
  bool has_old() const { return fs::exists(dir() / "old.txt"); }

  ScratchDir scratch_;
};

TEST_F(DirectoriesTest, AMissingDirectoryIsMadeWithItsParents) {
  ASSERT_TRUE(create_dir(dir() / "a" / "b", {}).ok());
  EXPECT_TRUE(fs::is_directory(dir() / "a" / "b"));
}

TEST_F(DirectoriesTest, IncrementalKeepsAnExistingDirectory) {
  make_old();
  ASSERT_TRUE(create_dir(dir(), {.incremental = true, .abort_if_exists = false}).ok());
  EXPECT_TRUE(has_old());
}

TEST_F(DirectoriesTest, WithoutAnyFlagAnExistingDirectoryIsMadeAnew) {
  make_old();
  ASSERT_TRUE(create_dir(dir(), {.abort_if_exists = false}).ok());
  EXPECT_TRUE(fs::is_directory(dir()));
  EXPECT_FALSE(has_old());
}

TEST_F(DirectoriesTest, AbortStopsEvenWhenIncremental) {
  make_old();
  for (const bool incremental : {false, true}) {
    const auto result = create_dir(dir(), {.incremental = incremental});
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, ErrorCode::kPathExists);
    EXPECT_EQ(result.error().message, "Path '" + dir().string() + "' already exist!");
    EXPECT_TRUE(has_old());
  }
}

TEST_F(DirectoriesTest, BackupRenamesByModificationTimeAndWinsOverAbort) {
  make_old();
  ASSERT_TRUE(create_dir(dir(), {.backup_dir_if_exists = true}).ok());
  EXPECT_FALSE(has_old());
  // The reference writes local time; names of ours are UTC.
  EXPECT_TRUE(fs::exists(dir().string() + ".20240201_182954/old.txt"));
}

TEST_F(DirectoriesTest, ABackupNeverReusesAnExistingName) {
  for (const char* suffix : {".20240201_182954", ".20240201_182954.1", ".20240201_182954.2"}) {
    make_old();
    ASSERT_TRUE(create_dir(dir(), {.backup_dir_if_exists = true}).ok());
    EXPECT_TRUE(fs::exists(dir().string() + suffix + "/old.txt")) << suffix;
  }
}

TEST_F(DirectoriesTest, DeletionDoesNotFollowSymbolicLinks) {
  make_old();
  const fs::path outside = scratch_.path() / "outside";
  fs::create_directories(outside);
  ASSERT_TRUE(write_file_atomic(outside / "precious.txt", "x").ok());
  fs::create_directory_symlink(outside, dir() / "link");
  ASSERT_TRUE(create_dir(dir(), {.abort_if_exists = false}).ok());
  EXPECT_TRUE(fs::exists(outside / "precious.txt"));
}

TEST_F(DirectoriesTest, AWriteProtectedPartStopsDeletionBeforeAnythingIsRemoved) {
  make_old();
  fs::create_directories(dir() / "prod");
  ASSERT_TRUE(set_write_bits(dir() / "prod", WriteBits::kRemove).ok());
  const auto result = create_dir(dir(), {.abort_if_exists = false});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kFileUnwritable);
  EXPECT_THAT(result.error().message, HasSubstr("write-protected"));
  EXPECT_TRUE(has_old());
}

TEST_F(DirectoriesTest, WriteBitsAreRemovedFromAllAndComeBackForTheOwner) {
  make_old();
  ASSERT_TRUE(set_write_bits(dir(), WriteBits::kRemove).ok());
  const auto writable = [](const fs::path& path) {
    return (fs::status(path).permissions() & fs::perms::owner_write) != fs::perms::none;
  };
  EXPECT_FALSE(writable(dir()));
  EXPECT_FALSE(writable(dir() / "old.txt"));
  ASSERT_TRUE(set_write_bits(dir(), WriteBits::kAdd).ok());
  EXPECT_TRUE(writable(dir()));
  EXPECT_TRUE(writable(dir() / "old.txt"));
}

TEST_F(DirectoriesTest, WriteBitsOfASingleFileAreChangedToo) {
  make_old();
  ASSERT_TRUE(set_write_bits(dir() / "old.txt", WriteBits::kRemove).ok());
  EXPECT_EQ(fs::status(dir() / "old.txt").permissions() & fs::perms::owner_write, fs::perms::none);
}

TEST_F(DirectoriesTest, FilesAreListedInOrderAndLinksAreRefused) {
  make_old();
  fs::create_directories(dir() / "b");
  ASSERT_TRUE(write_file_atomic(dir() / "b" / "1", "").ok());
  ASSERT_TRUE(write_file_atomic(dir() / "a", "").ok());
  const auto files = list_files(dir());
  ASSERT_TRUE(files.ok());
  EXPECT_THAT(*files, ElementsAre("a", "b/1", "old.txt"));
  fs::create_symlink("/etc/passwd", dir() / "link");
  ASSERT_FALSE(list_files(dir()).ok());
  EXPECT_EQ(list_files(dir()).error().code, ErrorCode::kMalformedData);
}

TEST_F(DirectoriesTest, ALockKeepsASecondHolderOutUntilItIsReleased) {
  const fs::path path = scratch_.path() / "x.lock";
  {
    const auto first = RunLock::acquire(path);
    ASSERT_TRUE(first.ok());
    const auto second = RunLock::acquire(path);
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().code, ErrorCode::kPathExists);
  }
  EXPECT_TRUE(RunLock::acquire(path).ok());
}

}  // namespace
}  // namespace tieout::flow
