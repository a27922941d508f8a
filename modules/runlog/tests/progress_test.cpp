// A reader that looks at a run while it is being written.

#include <cerrno>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "disk.hpp"
#include "sample.hpp"

namespace tieout::runlog {
namespace {

using test::SampleRun;
using test::TempDir;

constexpr std::size_t kBars = 200;
constexpr std::size_t kBarsPerLook = 20;

/// Write all bars and seal, as fast as it goes, but wait for the reader to have looked once more
/// after every so many bars.
[[noreturn]] void write_all(const std::filesystem::path& dir, std::uint64_t seed, int looked) {
  SampleRun run({.seed = seed, .wall_shift = {}});
  auto writer = run.create(dir);
  for (std::size_t bar = 0; writer.ok() && bar < kBars; ++bar) {
    char token = 0;
    if (!run.write_bar(*writer).ok() ||
        (bar % kBarsPerLook == 0 && ::read(looked, &token, 1) != 1)) {
      ::_exit(1);
    }
  }
  ::_exit(writer.ok() && writer->seal(RunOutcome::kComplete).ok() ? 0 : 1);
}

/// What a look at the run in progress must find: whole bars, as they were written.
void expect_prefix(const RunReader& look, const SampleRun& whole, std::size_t seen_before) {
  ASSERT_LE(seen_before, look.bars().size()) << "a committed bar went away";
  ASSERT_LE(look.bars().size(), whole.bars().size());
  for (std::size_t i = 0; i < look.bars().size(); ++i) {
    ASSERT_EQ(look.bars()[i].content_hash, whole.bars()[i].content_hash) << "bar " << i;
  }
  if (look.bars().size() > seen_before) {
    test::expect_bar(look, look.bars().size() - 1, whole.bars()[look.bars().size() - 1]);
  }
}

TEST(Progress, EveryLookAtARunBeingWrittenSeesWholeBarsAndNothingElse) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const TempDir dir;
    const SampleRun whole = test::write_sample(dir / "whole", {.seed = seed, .wall_shift = {}},
                                               kBars, test::Ending::kSealed);
    std::array<int, 2> pipe{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pipe.data()), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(pipe[1]);
      write_all(dir / "log", seed, pipe[0]);
    }
    ::close(pipe[0]);
    std::size_t seen = 0;
    std::size_t looks_in_progress = 0;
    bool sealed = false;
    while (!sealed && !testing::Test::HasFatalFailure()) {
      const auto look = RunReader::open(dir / "log", Verify::kAll);
      if (!look.ok()) {
        // Before the first bar the directory or its manifest may not be there yet.
        ASSERT_EQ(seen, 0U) << look.error().message;
        ASSERT_NE(look.error().code, ErrorCode::kCorruptEvidence) << look.error().message;
        continue;
      }
      expect_prefix(*look, whole, seen);
      seen = look->bars().size();
      sealed = look->sealed();
      looks_in_progress += sealed ? 0U : 1U;
      // The writer may have ended already.
      static_cast<void>(::send(pipe[1], "x", 1, MSG_NOSIGNAL));
    }
    ::close(pipe[1]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    EXPECT_EQ(seen, kBars);
    EXPECT_GE(looks_in_progress, kBars / kBarsPerLook) << "the run was not in progress";
    EXPECT_EQ(test::files_of(dir / "log"), test::files_of(dir / "whole")) << "a look left a trace";
  }
}

/// A disk that cannot flush any more. `before_failing` runs when the commit is in the file already.
class UnsyncedDisk : public Disk {
 public:
  std::function<void()> before_failing;
  int fdatasync(int fd) override {
    if (!before_failing) {
      return Disk::fdatasync(fd);
    }
    before_failing();
    errno = EIO;
    return -1;
  }
};

TEST(Progress, ACommitThatIsTakenBackDoesNotEndTheReaderThatSawIt) {
  const TempDir dir;
  UnsyncedDisk disk;
  // Windows of many pages: a cut takes whole pages of the files away.
  SampleRun run(
      {.asset_count = 200, .max_rows = 40, .wall_shift = {}, .durability = Durability::kEachBar});
  auto writer = RunWriter::create_on(disk, dir / "log", run.manifest(), "a: 1\n", "{\"a\": 1}\n",
                                     Durability::kEachBar);
  ASSERT_TRUE(writer.ok()) << writer.error().message;
  ASSERT_TRUE(run.write_bar(*writer).ok());
  std::optional<Result<RunReader>> look;
  disk.before_failing = [&] { look = RunReader::open(dir / "log"); };
  ASSERT_FALSE(run.write_bar(*writer).ok());
  disk.before_failing = nullptr;
  ASSERT_TRUE(writer->seal(RunOutcome::kFailed).ok());

  ASSERT_TRUE(look.has_value());
  ASSERT_TRUE(look->ok()) << look->error().message;
  const RunReader& reader = **look;
  ASSERT_EQ(reader.bars().size(), 2U) << "the commit was not in the file when the flush failed";
  for (std::size_t node = 0; node < reader.manifest().nodes.size(); ++node) {
    EXPECT_TRUE(reader.node_output(node, 1).ok());
  }
  const auto after = RunReader::open(dir / "log", Verify::kAll);
  ASSERT_TRUE(after.ok()) << after.error().message;
  EXPECT_EQ(after->bars().size(), 1U);
}

}  // namespace
}  // namespace tieout::runlog
