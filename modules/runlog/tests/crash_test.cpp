// A writer that is killed, and a disk that fills up.

#include <cerrno>
#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

#include "disk.hpp"
#include "sample.hpp"

namespace tieout::runlog {
namespace {

using test::SampleRun;
using test::TempDir;

/// Write bars for ever, and tell through the pipe how many are committed.
[[noreturn]] void write_until_killed(const std::filesystem::path& dir, std::uint64_t seed,
                                     int pipe) {
  SampleRun run({.seed = seed, .wall_shift = {}, .durability = Durability::kEachBar});
  auto writer = run.create(dir);
  std::uint32_t committed = 0;
  while (writer.ok() && run.write_bar(*writer).ok()) {
    ++committed;
    if (::write(pipe, &committed, sizeof committed) != sizeof committed) {
      break;
    }
  }
  ::_exit(1);
}

TEST(Crash, AfterKill9AllBarsThatWereReportedAreThere) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const TempDir dir;
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(pipe[0]);
      write_until_killed(dir / "log", seed, pipe[1]);
    }
    ::close(pipe[1]);
    std::uint32_t reported = 0;
    while (reported < 3 * seed && ::read(pipe[0], &reported, sizeof reported) == sizeof reported) {
    }
    // The child is somewhere inside the next bars; where exactly is up to the scheduler.
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    while (::read(pipe[0], &reported, sizeof reported) == sizeof reported) {
    }
    ::close(pipe[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));

    const auto reader = RunReader::open(dir / "log", Verify::kAll);
    ASSERT_TRUE(reader.ok()) << reader.error().message;
    EXPECT_FALSE(reader->sealed());
    ASSERT_GE(reader->bars().size(), reported);
    EXPECT_LE(reader->bars().size(), reported + 1) << "more than one bar was not reported";
    const SampleRun same = test::write_sample(dir / "same", {.seed = seed, .wall_shift = {}},
                                              reader->bars().size(), test::Ending::kKilled);
    for (std::size_t i = 0; i < reader->bars().size(); ++i) {
      test::expect_bar(*reader, i, same.bars()[i]);
    }
  }
}

/// A disk with room for so many bytes; then every write fails, after a part of it was written.
class FullDisk : public Disk {
 public:
  explicit FullDisk(std::size_t room) : room_(room) {}
  ssize_t write(int fd, const void* data, std::size_t size) override {
    if (room_ == 0) {
      errno = ENOSPC;
      return -1;
    }
    const ssize_t n = Disk::write(fd, data, std::min(size, room_));
    room_ -= static_cast<std::size_t>(n);
    written_ += static_cast<std::size_t>(n);
    return n;
  }
  int ftruncate(int fd, off_t length) override {
    if (!may_cut) {
      errno = EIO;
      return -1;
    }
    return Disk::ftruncate(fd, length);
  }
  int fdatasync(int fd) override {
    if (syncs_left == 0) {
      errno = EIO;
      return -1;
    }
    --syncs_left;
    return Disk::fdatasync(fd);
  }
  std::size_t written() const { return written_; }
  bool may_cut = true;
  std::size_t syncs_left = 1'000'000;

 private:
  std::size_t room_;
  std::size_t written_ = 0;
};

Result<RunWriter> create_on(Disk& disk, const SampleRun& run, const std::filesystem::path& dir,
                            Durability durability = Durability::kAtSeal) {
  return RunWriter::create_on(disk, dir, run.manifest(), "a: 1\n", "{}\n", durability);
}

void expect_bars(const RunReader& reader, const SampleRun& run) {
  ASSERT_EQ(reader.bars().size(), run.bars().size());
  for (std::size_t i = 0; i < run.bars().size(); ++i) {
    test::expect_bar(reader, i, run.bars()[i]);
  }
}

constexpr std::size_t kBars = 4;

TEST(Crash, ADiskThatFillsUpAtAnyByteKeepsEveryCommittedBar) {
  const TempDir dir;
  std::size_t total = 0;
  {
    FullDisk disk(SIZE_MAX);
    SampleRun run({.seed = 2, .wall_shift = {}});
    auto writer = create_on(disk, run, dir / "whole");
    ASSERT_TRUE(writer.ok());
    for (std::size_t b = 0; b < kBars; ++b) {
      ASSERT_TRUE(run.write_bar(*writer).ok());
    }
    total = disk.written();
  }
  std::array<std::size_t, kBars> runs_with_bars{};
  for (std::size_t room = 0; room < total; room += 61) {
    SCOPED_TRACE(testing::Message() << "room for " << room << " of " << total << " bytes");
    const auto log = dir / ("log" + std::to_string(room));
    FullDisk disk(room);
    disk.may_cut = room % 2 == 0;
    SampleRun run({.seed = 2, .wall_shift = {}});
    auto writer = create_on(disk, run, log);
    if (!writer.ok()) {
      ASSERT_EQ(writer.error().code, ErrorCode::kDiskFull);
      ASSERT_NE(writer.error().message.find(log.string()), std::string::npos);
      ASSERT_FALSE(std::filesystem::exists(log)) << "nothing may be left half written";
      continue;
    }
    Status written;
    while (written.ok()) {
      written = run.write_bar(*writer);
    }
    ASSERT_EQ(written.error().code, ErrorCode::kDiskFull);
    ASSERT_NE(written.error().message.find(log.string()), std::string::npos);
    ASSERT_EQ(writer->write_journal({}).error().code, ErrorCode::kDiskFull) << "it stays failed";
    ASSERT_LT(run.bars().size(), kBars);
    ++runs_with_bars.at(run.bars().size());
    {
      const auto reader = RunReader::open(log, Verify::kAll);
      ASSERT_TRUE(reader.ok()) << reader.error().message;
      expect_bars(*reader, run);
    }
    // Sealed, or left as it is: never a sealed log with a part of a bar.
    ASSERT_EQ(writer->seal(RunOutcome::kFailed).ok(), disk.may_cut);
    const auto reader = RunReader::open(log, Verify::kAll);
    ASSERT_TRUE(reader.ok()) << reader.error().message;
    ASSERT_EQ(reader->sealed(), disk.may_cut);
    expect_bars(*reader, run);
  }
  for (const std::size_t runs : runs_with_bars) {
    EXPECT_GT(runs, 0U) << "every number of bars must have been met";
  }
}

TEST(Crash, ABarThatCouldNotBeSyncedIsNotCommitted) {
  const TempDir dir;
  FullDisk disk(SIZE_MAX);
  SampleRun run({.seed = 2, .wall_shift = {}});
  auto writer = create_on(disk, run, dir / "log", Durability::kEachBar);
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE(run.write_bar(*writer).ok());
  disk.syncs_left = 0;
  const Status failed = run.write_bar(*writer);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, ErrorCode::kFileUnwritable);
  const auto reader = RunReader::open(dir / "log", Verify::kAll);
  ASSERT_TRUE(reader.ok());
  expect_bars(*reader, run);
  EXPECT_EQ(reader->bars().size(), 1U);
}

TEST(Crash, EachBarIsSyncedOnceAndASimulationNeverBeforeSeal) {
  const TempDir dir;
  constexpr std::size_t kMany = 1'000'000;
  for (const Durability durability : {Durability::kEachBar, Durability::kAtSeal}) {
    const bool each = durability == Durability::kEachBar;
    FullDisk disk(SIZE_MAX);
    SampleRun run({.seed = 2, .wall_shift = {}});
    auto writer = create_on(disk, run, dir / (each ? "each" : "seal"), durability);
    ASSERT_TRUE(writer.ok());
    EXPECT_EQ(disk.syncs_left < kMany, each) << "the headers of a production log are synced";
    const std::size_t before = disk.syncs_left;
    for (int b = 0; b < 3; ++b) {
      ASSERT_TRUE(run.write_bar(*writer).ok());
    }
    EXPECT_EQ(before - disk.syncs_left, each ? 3U : 0U);
    ASSERT_TRUE(writer->seal(RunOutcome::kComplete).ok());
    EXPECT_LT(disk.syncs_left, before);
  }
}

TEST(Crash, ADirectoryThatCannotBeMadeIsNamed) {
  const TempDir dir;
  test::write_text(dir / "file", "");
  const auto writer = SampleRun({}).create(dir / "file" / "log");
  ASSERT_FALSE(writer.ok());
  EXPECT_EQ(writer.error().code, ErrorCode::kFileUnwritable);
  EXPECT_NE(writer.error().message.find("file/log"), std::string::npos) << writer.error().message;
}

}  // namespace
}  // namespace tieout::runlog
