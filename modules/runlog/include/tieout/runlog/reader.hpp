#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/core/table.hpp"
#include "tieout/runlog/manifest.hpp"
#include "tieout/runlog/records.hpp"
#include "tieout/runlog/run_source.hpp"

namespace tieout::runlog {

/// What open() had to cut, for the log of an engine that was killed.
struct Recovery {
  std::uint64_t bytes_cut = 0;  // after the last committed bar, over all segments
  std::vector<std::string>
      notes;  // "nodes/predict.3.resample.tlog: 112 bytes after the last committed bar"
};

/// How much of the evidence open() proves.
enum class Verify {
  kIndex,  // the journal and its chain, the commits, the sizes of all segments; frames are checked
           // when they are read
  kAll,    // every checksum and the chain of every segment, the root hash when sealed
};

/// Reads a run log; nothing is written or locked, ever. On a run in progress it is a snapshot: the
/// bars committed at open(), whatever the writer does afterwards, its failure included. The files
/// of a sealed log are mapped, those of any other are read into memory.
class RunReader final : public RunSource {
 public:
  /// Errors: kFileNotFound; kNotARunLog; kCorruptEvidence when a committed frame fails its checksum
  /// or chain, a committed part is missing, or a sealed root hash differs; kIncompleteEvidence when
  /// the manifest is missing.
  static Result<RunReader> open(const std::filesystem::path& dir, Verify verify = Verify::kIndex);
  ~RunReader() override;
  RunReader(RunReader&&) noexcept;
  RunReader& operator=(RunReader&&) noexcept;

  const std::filesystem::path& directory() const noexcept override;
  const Manifest& manifest() const noexcept override;
  const std::string& config_json() const noexcept override;
  const std::string& config_text() const noexcept override;
  const Recovery& recovery() const noexcept;
  /// Sealed: no more bars will come.
  bool sealed() const noexcept override;
  std::span<const std::string> notes() const noexcept override { return recovery().notes; }

  bool has_window(std::size_t, std::size_t) const noexcept override { return true; }
  bool hashes_are_of_content() const noexcept override { return true; }
  bool has_journal() const noexcept override { return true; }
  const StringPool* strings() const noexcept override { return nullptr; }

  /// Committed bars, ascending.
  std::span<const BarRecord> bars() const noexcept override;
  /// Hash of the node's output window at the i-th committed bar (from the index; the frame is not
  /// read).
  Hash128 window_hash(std::size_t topological_id, std::size_t bar_index) const noexcept override;
  /// Hash of the table at the i-th committed bar (hash_table; that of an empty table without
  /// columns when none was written).
  Hash128 table_hash(TableKind kind, std::size_t bar_index) const noexcept override;

  /// Cells (rows x columns) of the window or table that those hashes stand for; from the index too.
  std::uint64_t window_cells(std::size_t topological_id,
                             std::size_t bar_index) const noexcept override;
  std::uint64_t table_cells(TableKind kind, std::size_t bar_index) const noexcept override;

  Result<NodeFrame> node_frame(std::size_t topological_id, std::size_t bar_index) const override;
  /// The whole df_out of a node at the i-th committed bar, rebuilt from the frames up to it and
  /// proved against window_hash. Cost: frames since the last keyframe.
  Result<Panel> node_output(std::size_t topological_id, std::size_t bar_index) const override;
  /// Nothing when the bar wrote no such table.
  Result<std::optional<Table>> table(TableKind kind, std::size_t bar_index) const override;
  /// Journal entries of the i-th committed bar, in order.
  Result<std::vector<JournalEntry>> journal(std::size_t bar_index) const override;
  /// Wall time of the node's frame at that bar.
  Result<Timestamp> node_wall(std::size_t topological_id, std::size_t bar_index) const;

 private:
  struct Impl;
  explicit RunReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// True when `dir` looks like one of our run logs (it has a manifest.json of our format).
bool is_run_log(const std::filesystem::path& dir);

}  // namespace tieout::runlog
