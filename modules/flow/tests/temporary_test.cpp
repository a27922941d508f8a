#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tieout/core/file.hpp"
#include "tieout/flow/directories.hpp"

#include "scratch_dir.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;

class TemporaryTest : public ::testing::Test {
 protected:
  void write(const fs::path& path, const char* text) const {
    fs::create_directories(path.parent_path());
    ASSERT_TRUE(write_file_atomic(path, text).ok());
  }
  std::string text_of(const fs::path& path) const { return read_file(path).value_or("(none)"); }
  fs::path dir() const { return scratch_.path(); }

  ScratchDir scratch_;
};

/// A process id that no process has: that of a child that is gone.
pid_t dead_process() {
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return child;
}

TEST_F(TemporaryTest, WhatAKilledTryLeftIsEmptiedThoughItIsProtected) {
  write(dir() / ".sim.tmp" / "a" / "half", "x");
  ASSERT_TRUE(set_write_bits(dir() / ".sim.tmp", WriteBits::kRemove).ok());
  const auto temporary = make_temporary(dir(), "sim");
  ASSERT_TRUE(temporary.ok()) << to_string(temporary.error());
  EXPECT_EQ(*temporary, dir() / ".sim.tmp");
  EXPECT_TRUE(fs::is_empty(*temporary));
}

TEST_F(TemporaryTest, EntriesComeIntoPlaceAndTheTemporaryGoes) {
  const fs::path temporary = make_temporary(dir(), "copy").value();
  write(temporary / "log.txt", "new");
  write(temporary / "log_dir" / "journal", "new");
  ASSERT_TRUE(move_into_place(temporary, dir()).ok());
  EXPECT_EQ(text_of(dir() / "log.txt"), "new");
  EXPECT_EQ(text_of(dir() / "log_dir" / "journal"), "new");
  EXPECT_FALSE(fs::exists(temporary));
}

TEST_F(TemporaryTest, AnEntryThatExistsIsReplacedWholeNotMerged) {
  write(dir() / "log_dir" / "stale", "old");
  write(dir() / "log.txt", "old");
  const fs::path temporary = make_temporary(dir(), "copy").value();
  write(temporary / "log_dir" / "journal", "new");
  write(temporary / "log.txt", "new");
  ASSERT_TRUE(move_into_place(temporary, dir()).ok());
  EXPECT_FALSE(fs::exists(dir() / "log_dir" / "stale"));
  EXPECT_EQ(text_of(dir() / "log_dir" / "journal"), "new");
  EXPECT_EQ(text_of(dir() / "log.txt"), "new");
  EXPECT_FALSE(fs::exists(temporary));
}

TEST_F(TemporaryTest, LeftoversOfDeadProcessesGoAndNothingElse) {
  const pid_t dead = dead_process();
  const std::string leftover = fmt::format(".status.json.tmp.{}.3", dead);
  write(dir() / leftover, "x");
  write(dir() / "deep" / leftover, "x");
  const std::string alive = fmt::format(".status.json.tmp.{}.3", ::getpid());
  const std::vector<std::string> kept{alive,        "status.json",
                                      ".tmp.1.2.3", ".a.tmp.x.1",
                                      ".a.tmp.7.y", "a.tmp." + std::to_string(dead) + ".1",
                                      ".lock",      ".a.temp.99999999.1"};
  for (const std::string& name : kept) {
    write(dir() / name, "x");
  }
  ASSERT_TRUE(remove_leftovers(dir(), Depth::kOne).ok());
  EXPECT_FALSE(fs::exists(dir() / leftover));
  EXPECT_TRUE(fs::exists(dir() / "deep" / leftover));
  ASSERT_TRUE(remove_leftovers(dir(), Depth::kAll).ok());
  EXPECT_FALSE(fs::exists(dir() / "deep" / leftover));
  for (const std::string& name : kept) {
    EXPECT_TRUE(fs::exists(dir() / name)) << name;
  }
  EXPECT_TRUE(remove_leftovers(dir() / "nowhere", Depth::kAll).ok());
}

TEST_F(TemporaryTest, ProtectionIsProvedByTryingToWriteEvenAsRoot) {
  write(dir() / "prod" / "journal", "x");
  const auto writable = check_protected(dir() / "prod");
  ASSERT_FALSE(writable.ok());
  EXPECT_EQ(writable.error().code, ErrorCode::kFileUnwritable);
  ASSERT_TRUE(protect(dir() / "prod").ok());
  EXPECT_TRUE(check_protected(dir() / "prod").ok());
  EXPECT_EQ(text_of(dir() / "prod" / "journal"), "x");
  EXPECT_FALSE(fs::exists(dir() / "prod" / ".write_probe"));
}

TEST_F(TemporaryTest, OneFileOrDirectoryThatIsLeftWritableIsNamed) {
  write(dir() / "prod" / "deep" / "journal", "x");
  for (const fs::path& left : {dir() / "prod" / "deep", dir() / "prod" / "deep" / "journal"}) {
    ASSERT_TRUE(protect(dir() / "prod").ok());
    fs::permissions(left, fs::perms::owner_write, fs::perm_options::add);
    const auto checked = check_protected(dir() / "prod");
    ASSERT_FALSE(checked.ok()) << left;
    EXPECT_THAT(checked.error().message, ::testing::HasSubstr("'" + left.string() + "'"));
  }
}

}  // namespace
}  // namespace tieout::flow
