#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/core/table.hpp"
#include "tieout/runlog/records.hpp"

// The payloads of the frames (docs/formats/run_log.md, "Payloads"). Encoders append to a buffer.
// Decoders take bytes that nobody has checked: every length is compared with what is there before
// anything is allocated, and an error's message says only what is wrong; the caller adds file and
// offset.
namespace tieout::runlog {

/// What a commit says of one segment at one bar.
struct SegmentCommit {
  std::uint64_t end = 0;  // length of the segment after the bar
  Hash128 chain;          // chain hash of its last frame
  Hash128 content;  // node: hash of the output window at the bar; table: hash_table of what the bar
                    // wrote
  std::uint64_t cells =
      0;  // node: rows x columns of the window at the bar; table: of what the bar wrote
  bool has_frame = false;  // the bar wrote to this segment
  bool is_keyframe = false;
};

/// The commit of one bar, as in the journal.
struct Commit {
  BarRecord record;
  std::uint64_t bar_index = 0;
  std::vector<SegmentCommit> segments;
};

void encode(const NodeFrame& frame, std::string& out);
void encode(const Table& table, Timestamp bar, Timestamp wall, std::string& out);
void encode(const JournalEntry& entry, std::string& out);
void encode(const Commit& commit, std::string& out);

/// A table frame: the table with its bar and wall time.
struct TableFrame {
  Timestamp bar;
  Timestamp wall;
  Table table;
};

/// `empty` has the node's columns and no rows: copying it is cheaper than making a Panel, which
/// checks that its keys are unique.
Result<NodeFrame> decode_node(std::span<const std::byte> payload, const Panel& empty);
Result<TableFrame> decode_table(std::span<const std::byte> payload);
Result<JournalEntry> decode_journal(std::span<const std::byte> payload);
/// A commit lists `least` to `most` segments.
Result<Commit> decode_commit(std::span<const std::byte> payload, std::size_t least,
                             std::size_t most);

/// Content hash of a bar: its label, then the content of each node and each compared table, in the
/// commit's order. Of the segments past `known_count`, which the run did not know of at its start,
/// those count that the bar wrote to: equal bars of two runs have one hash, whenever the segment
/// began.
Hash128 content_hash_of(Timestamp bar, std::span<const SegmentCommit> segments,
                        std::size_t node_count, std::size_t known_count);
/// Content hash of a run: the content hashes of its bars in order.
Hash128 content_hash_of(std::span<const BarRecord> bars);

}  // namespace tieout::runlog
