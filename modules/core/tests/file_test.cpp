#include "tieout/core/file.hpp"

#include <cerrno>
#include <csignal>
#include <fstream>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "temp_dir.hpp"

namespace tieout {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::size_t entries_in(const fs::path& directory) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

mode_t mode_of(const fs::path& path) {
  struct stat info {};
  EXPECT_EQ(::stat(path.c_str(), &info), 0);
  return info.st_mode & 07777U;
}

TEST(File, WhatIsWrittenIsReadBack) {
  const TempDir dir;
  std::string bytes = "line\r\n";
  bytes.push_back('\0');
  bytes += "\xff end";
  for (const std::string& content : {std::string(), bytes, std::string(100'000, 'x')}) {
    ASSERT_TRUE(write_file_atomic(dir.path() / "a", content).ok());
    EXPECT_EQ(*read_file(dir.path() / "a"), content);
  }
  EXPECT_EQ(entries_in(dir.path()), 1U) << "a temporary file was left behind";
}

TEST(File, ReadsFilesThatDoNotTellTheirSize) {
  const auto status = read_file("/proc/self/status");
  ASSERT_TRUE(status.ok());
  EXPECT_THAT(*status, HasSubstr("Pid:"));
}

TEST(File, AMissingFileSaysWhichOne) {
  const TempDir dir;
  const auto read = read_file(dir.path() / "absent.csv");
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code, ErrorCode::kFileNotFound);
  EXPECT_THAT(read.error().message, HasSubstr("absent.csv"));
}

TEST(File, ADirectoryIsNotReadable) {
  const TempDir dir;
  const auto read = read_file(dir.path());
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code, ErrorCode::kFileUnreadable);
}

TEST(File, AFileWithoutPermissionIsUnreadable) {
  if (::geteuid() == 0) {
    GTEST_SKIP() << "skipped: root may read everything";
  }
  const TempDir dir;
  ASSERT_TRUE(write_file_atomic(dir.path() / "a", "x").ok());
  ASSERT_EQ(::chmod((dir.path() / "a").c_str(), 0), 0);
  EXPECT_EQ(read_file(dir.path() / "a").error().code, ErrorCode::kFileUnreadable);
}

TEST(File, AFailedCallIsNamedByWhatCanBeDoneAboutIt) {
  struct Case {
    int number;
    ErrorCode code;
  };
  for (const Case& c :
       {Case{ENOSPC, ErrorCode::kDiskFull}, Case{EDQUOT, ErrorCode::kDiskFull},
        Case{ENOENT, ErrorCode::kFileNotFound}, Case{EBUSY, ErrorCode::kStoreLocked},
        Case{ETXTBSY, ErrorCode::kStoreLocked}, Case{EAGAIN, ErrorCode::kStoreLocked},
        Case{ESTALE, ErrorCode::kStoreLocked}, Case{EACCES, ErrorCode::kFileUnwritable}}) {
    EXPECT_EQ(file_error("who", "x", c.number).code, c.code) << c.number;
  }
}

TEST(File, WritingNeedsTheDirectory) {
  const TempDir dir;
  const Status written = write_file_atomic(dir.path() / "absent" / "a", "x");
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code, ErrorCode::kFileNotFound);
  EXPECT_EQ(entries_in(dir.path()), 0U);
}

TEST(File, WritingOverADirectoryFailsAndLeavesNothingBehind) {
  const TempDir dir;
  ASSERT_TRUE(tieout::create_directories(dir.path() / "target" / "inner").ok());
  const Status written = write_file_atomic(dir.path() / "target", "x");
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code, ErrorCode::kFileUnwritable);
  EXPECT_EQ(entries_in(dir.path()), 1U);
  EXPECT_TRUE(fs::is_directory(dir.path() / "target" / "inner"));
}

TEST(File, AnUnwritableDirectoryIsAnError) {
  if (::geteuid() == 0) {
    GTEST_SKIP() << "skipped: root may write everywhere";
  }
  const TempDir dir;
  ASSERT_EQ(::chmod(dir.path().c_str(), 0555), 0);
  EXPECT_EQ(write_file_atomic(dir.path() / "a", "x").error().code, ErrorCode::kFileUnwritable);
  ASSERT_EQ(::chmod(dir.path().c_str(), 0755), 0);
}

TEST(File, AFailedWriteKeepsTheOldContent) {
  // A limit on the file size makes write(2) fail half way, as a full disk does, for root too.
  const TempDir dir;
  const fs::path path = dir.path() / "a";
  ASSERT_TRUE(write_file_atomic(path, "old").ok());
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit small = before;
  small.rlim_cur = 4096;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Status written = write_file_atomic(path, std::string(100'000, 'x'));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code, ErrorCode::kFileUnwritable);
  EXPECT_EQ(*read_file(path), "old");
  EXPECT_EQ(entries_in(dir.path()), 1U);
}

TEST(File, ANewFileIsWrittenOnceAndWholeOrNotAtAll) {
  const TempDir dir;
  const fs::path path = dir.path() / "a";
  ASSERT_TRUE(write_new_file(path, "first").ok());
  EXPECT_EQ(write_new_file(path, "second").error().code, ErrorCode::kPathExists);
  EXPECT_EQ(*read_file(path), "first");
  EXPECT_EQ(write_new_file(dir.path() / "absent" / "a", "x").error().code,
            ErrorCode::kFileNotFound);
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit small = before;
  small.rlim_cur = 4096;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Status written = write_new_file(dir.path() / "b", std::string(100'000, 'x'));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code, ErrorCode::kFileUnwritable);
  EXPECT_EQ(entries_in(dir.path()), 1U) << "half of a file was left behind";
}

TEST(File, ReplacingKeepsThePermissions) {
  const TempDir dir;
  const fs::path path = dir.path() / "secret";
  ASSERT_TRUE(write_file_atomic(path, "1").ok());
  EXPECT_EQ(mode_of(path) & 0600U, 0600U);
  EXPECT_EQ(mode_of(path) & 0111U, 0U) << "a data file is not a program";
  for (const mode_t mode : {0600U, 0640U, 0444U}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    ASSERT_TRUE(write_file_atomic(path, "2").ok());
    EXPECT_EQ(mode_of(path), mode);
  }
}

TEST(File, ReadersSeeOneWholeVersionWhileThreadsWrite) {
  const TempDir dir;
  const fs::path path = dir.path() / "a";
  ASSERT_TRUE(write_file_atomic(path, std::string(5000, 'a')).ok());
  std::vector<std::jthread> writers;
  for (const char letter : {'b', 'c'}) {
    writers.emplace_back([&path, letter] {
      for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(write_file_atomic(path, std::string(5000, letter)).ok());
      }
    });
  }
  for (int i = 0; i < 200; ++i) {
    const auto content = read_file(path);
    ASSERT_TRUE(content.ok());
    ASSERT_EQ(content->size(), 5000U);
    ASSERT_EQ(*content, std::string(5000, content->front()));
  }
  writers.clear();
  EXPECT_EQ(entries_in(dir.path()), 1U);
}

TEST(File, CreateDirectoriesMakesParentsAndAcceptsWhatExists) {
  const TempDir dir;
  EXPECT_TRUE(tieout::create_directories(dir.path() / "a" / "b" / "c").ok());
  EXPECT_TRUE(tieout::create_directories(dir.path() / "a" / "b" / "c").ok());
  ASSERT_TRUE(write_file_atomic(dir.path() / "file", "x").ok());
  const Status made = tieout::create_directories(dir.path() / "file" / "below");
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code, ErrorCode::kFileUnwritable);
}

TEST(File, SystemErrorsMapToCodes) {
  EXPECT_EQ(file_error("w", "p", ENOSPC).code, ErrorCode::kDiskFull);
  EXPECT_EQ(file_error("w", "p", EDQUOT).code, ErrorCode::kDiskFull);
  EXPECT_EQ(file_error("w", "p", ENOENT).code, ErrorCode::kFileNotFound);
  EXPECT_EQ(file_error("w", "p", EACCES).code, ErrorCode::kFileUnwritable);
  EXPECT_EQ(file_error("w", "p", EACCES).message, "w: 'p': Permission denied");
}

}  // namespace
}  // namespace tieout
