#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/core/string_pool.hpp"
#include "tieout/core/table.hpp"
#include "tieout/runlog/manifest.hpp"
#include "tieout/runlog/records.hpp"

namespace tieout::runlog {

/// A recorded run as the comparison sees it: a run log (RunReader), or a log that another system
/// wrote and that an importer reads.
///
/// Read-only; equal calls give equal results. Two sources may be used by two threads, one source
/// by one thread at a time. "i-th bar" is a position in bars().
class RunSource {
 public:
  virtual ~RunSource() = default;

  virtual const std::filesystem::path& directory() const noexcept = 0;
  /// Nodes in topological order, with their columns and the types of these.
  virtual const Manifest& manifest() const noexcept = 0;
  virtual const std::string& config_json() const noexcept = 0;
  virtual const std::string& config_text() const noexcept = 0;
  /// Sealed: no more bars will come.
  virtual bool sealed() const noexcept = 0;
  /// What the log lacks or what had to be cut, one sentence each.
  virtual std::span<const std::string> notes() const noexcept = 0;

  /// Bars at which the run recorded something, ascending.
  virtual std::span<const BarRecord> bars() const noexcept = 0;

  /// Whether the node's output was recorded at that bar. A run log has it for each of its bars.
  virtual bool has_window(std::size_t topological_id, std::size_t bar_index) const noexcept = 0;
  /// Equal hashes of two sources prove equal windows. Unequal ones prove a difference only when
  /// hashes_are_of_content() is true for both: an importer may hash the bytes of a file.
  virtual Hash128 window_hash(std::size_t topological_id, std::size_t bar_index) const noexcept = 0;
  virtual bool hashes_are_of_content() const noexcept = 0;
  /// Of the table that was recorded; that of an empty table without columns when none was.
  virtual Hash128 table_hash(TableKind kind, std::size_t bar_index) const noexcept = 0;
  /// Cells (rows x columns) of the window or table that those hashes stand for. Costs a decoding
  /// of the window where hashes are not of content.
  virtual std::uint64_t window_cells(std::size_t topological_id,
                                     std::size_t bar_index) const noexcept = 0;
  virtual std::uint64_t table_cells(TableKind kind, std::size_t bar_index) const noexcept = 0;

  /// What the bar changed in the node's window. Errors: kIncompleteEvidence when the bar has no
  /// frame (the window stayed as it was, or has_window() is false).
  virtual Result<NodeFrame> node_frame(std::size_t topological_id, std::size_t bar_index) const = 0;
  /// The whole df_out of a node at the i-th bar. Cells of a column whose type is not float64 are
  /// words: see NodeInfo::types.
  virtual Result<Panel> node_output(std::size_t topological_id, std::size_t bar_index) const = 0;
  /// Nothing when the bar wrote no such table.
  virtual Result<std::optional<Table>> table(TableKind kind, std::size_t bar_index) const = 0;
  /// What the engine consumed at that bar; empty when the log does not record it.
  virtual Result<std::vector<JournalEntry>> journal(std::size_t bar_index) const = 0;
  /// Whether journal() says what was read and decided; without it the layer inputs is the source
  /// node alone.
  virtual bool has_journal() const noexcept = 0;
  /// Texts of string columns; nullptr when no node has one. Two sources with string columns can be
  /// compared only when they share the pool.
  virtual const StringPool* strings() const noexcept = 0;

 protected:
  RunSource() = default;
  RunSource(const RunSource&) = default;
  RunSource& operator=(const RunSource&) = default;
  RunSource(RunSource&&) = default;
  RunSource& operator=(RunSource&&) = default;
};

/// Apply one frame to a window, as node_output() does; for those who walk over all bars.
/// Errors: kCorruptEvidence when the frame does not fit the window.
Status apply_frame(const NodeFrame& frame, Panel& window);

}  // namespace tieout::runlog
