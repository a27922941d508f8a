#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "tieout/core/result.hpp"
#include "tieout/core/table.hpp"
#include "tieout/runlog/manifest.hpp"
#include "tieout/runlog/records.hpp"

namespace tieout::runlog {

class Disk;

/// When bytes must be on the disk.
enum class Durability {
  kEachBar,  // one fdatasync for each commit (production)
  kAtSeal,   // the operating system decides until seal() (simulation)
};

/// Writes a run log (docs/formats/run_log.md). Append-only; a crash at any moment loses at most the
/// bar that is being written.
///
/// A bar is: journal entries and frames in any order, then commit_bar(). Frames of a bar that is
/// never committed are not part of the log: the reader cuts them.
class RunWriter {
 public:
  /// Make the directory and the segments. `config_text` and `config_json` go to config/. Errors:
  /// kPathExists when the directory holds a run log, kFileUnwritable, kDiskFull.
  static Result<RunWriter> create(const std::filesystem::path& dir, const Manifest& manifest,
                                  std::string_view config_text, std::string_view config_json,
                                  Durability durability);
  /// The same with other system calls (src/disk.hpp), for tests that fill the disk. `disk` must
  /// outlive the writer.
  static Result<RunWriter> create_on(Disk& disk, const std::filesystem::path& dir,
                                     const Manifest& manifest, std::string_view config_text,
                                     std::string_view config_json, Durability durability);
  ~RunWriter();
  RunWriter(RunWriter&&) noexcept;
  RunWriter& operator=(RunWriter&&) noexcept;

  /// Errors of all: kFileUnwritable, kDiskFull; the log keeps every bar that was committed.
  Status write_journal(const JournalEntry& entry);
  Status write_node(std::size_t topological_id, const NodeFrame& frame);
  /// At most one table of a kind for each bar; a kind that a bar does not write is an empty table.
  /// A kind that is not in every log: the manifest must name it, or it is one that no run knows of
  /// at its start; that one comes into the log with its first table.
  Status write_table(TableKind kind, Timestamp bar, Timestamp wall, const Table& table);
  /// Make the bar complete. Returns the hash that was recorded.
  Result<Hash128> commit_bar(Timestamp bar, Timestamp wall, BarOutcome outcome);
  /// Append one line to log.txt (not evidence, not chained).
  Status log_line(std::string_view line);
  /// Write the final manifest with outcome, bar count and root hash. Nothing can be written after
  /// it.
  Status seal(RunOutcome outcome);

  /// Bytes written so far, for the footprint benchmark.
  std::uint64_t bytes_written() const noexcept;

 private:
  struct Impl;
  explicit RunWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tieout::runlog
