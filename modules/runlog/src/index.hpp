#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "codec.hpp"
#include "segment.hpp"

namespace tieout::runlog {

/// What the journal says of a run: its bars, and where each bar's frames lie.
struct JournalIndex {
  /// Bytes [first_entry, commit) of the journal are the entries of a bar; its commit is [commit,
  /// end).
  struct Place {
    std::uint64_t first_entry = 0;
    std::uint64_t commit = 0;
    std::uint64_t end = 0;
  };
  std::vector<BarRecord> bars;
  std::vector<Place> places;            // [bars]
  std::vector<SegmentCommit> segments;  // [bars * segment_count], bar by bar
  std::size_t segment_count = 0;
  Hash128 first_chain;
  std::vector<Hash128> chains;  // [bars], of the commits

  const SegmentCommit& at(std::size_t bar, std::size_t segment) const {
    return segments[bar * segment_count + segment];
  }
  Hash128 chain_end() const { return chains.empty() ? first_chain : chains.back(); }
  void cut_to(std::size_t bars_kept);
};

enum class JournalTail {
  kMayBeTorn,  // the writer may have been killed, or is at work
  kSealed,
};

/// Read the whole journal: every frame's checksum and chain, every commit's content hash, and that
/// the lengths only grow. A torn tail is left out; the caller sees it as bytes after the last
/// place's end. Errors: kCorruptEvidence with the offset.
Result<JournalIndex> index_journal(std::span<const std::byte> journal, const SegmentSpec& spec,
                                   const std::vector<SegmentSpec>& segments, JournalTail tail,
                                   const std::filesystem::path& path);

/// Was the last part of bar `bar` in this segment ever written? False when the file is too short,
/// or where the frame's chain hash should be there are only zeros: a file that grew and lost its
/// data with the power.
bool reached_disk(const JournalIndex& index, std::size_t bar, std::size_t segment,
                  std::span<const std::byte> file);

}  // namespace tieout::runlog
