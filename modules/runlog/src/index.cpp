#include "index.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tieout::runlog {
namespace {

bool all_zero(std::span<const std::byte> bytes) {
  return std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; });
}

/// Only a crash leaves this: the file ends inside the frame, or in zeros that were never filled.
bool looks_torn(std::span<const std::byte> journal, std::uint64_t offset, FrameProblem problem) {
  constexpr std::size_t kHashBytes = 16;
  const auto rest = journal.subspan(offset);
  const bool zero_tail =
      rest.size() < kHashBytes ? all_zero(rest) : all_zero(rest.last(kHashBytes));
  return (problem == FrameProblem::kIncomplete || zero_tail) && !any_frame_after(journal, offset);
}

std::string_view describe(FrameProblem problem) {
  switch (problem) {
    case FrameProblem::kNone:
      return "fits";
    case FrameProblem::kIncomplete:
      return "the file ends inside a frame";
    case FrameProblem::kBadHead:
      return "no frame starts here";
    case FrameProblem::kBadChecksum:
      return "a frame fails its checksum";
  }
  return "";
}

std::size_t known_at_start(const std::vector<SegmentSpec>& segments) {
  return static_cast<std::size_t>(std::ranges::count(segments, true, &SegmentSpec::known_at_start));
}

/// What the commit does not list began after it.
void add_unlisted(const JournalIndex& index, Commit& commit,
                  const std::vector<SegmentSpec>& segments) {
  const std::size_t bars = index.bars.size();
  for (std::size_t i = commit.segments.size(); i < segments.size(); ++i) {
    SegmentCommit before;
    before.end = segments[i].header.size();
    before.chain = segments[i].first_chain;
    if (bars > 0) {
      before.end = index.at(bars - 1, i).end;
      before.chain = index.at(bars - 1, i).chain;
    }
    before.content = hash_table({});
    commit.segments.push_back(before);
  }
}

/// The commit must continue the one before it.
std::string find_fault(const JournalIndex& index, const Commit& commit,
                       const std::vector<SegmentSpec>& segments) {
  const std::size_t bars = index.bars.size();
  if (commit.bar_index != bars) {
    return fmt::format("a commit is of bar number {}, needed {}", commit.bar_index, bars);
  }
  if (bars > 0 && commit.record.bar <= index.bars.back().bar) {
    return fmt::format("bar {} follows bar {}", to_iso(commit.record.bar),
                       to_iso(index.bars.back().bar));
  }
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const SegmentCommit& now = commit.segments[i];
    const std::uint64_t begin = bars > 0 ? index.at(bars - 1, i).end : segments[i].header.size();
    const Hash128 chain = bars > 0 ? index.at(bars - 1, i).chain : segments[i].first_chain;
    const bool fits = now.has_frame ? now.end > begin : now.end == begin && now.chain == chain;
    if (!fits) {
      return fmt::format("bar {} ends segment '{}' at byte {}, after byte {}",
                         to_iso(commit.record.bar), segments[i].name, now.end, begin);
    }
  }
  const auto node_count = static_cast<std::size_t>(
      std::ranges::count(segments, SegmentKind::kNode, &SegmentSpec::kind));
  if (commit.record.content_hash !=
      content_hash_of(commit.record.bar, commit.segments, node_count, known_at_start(segments))) {
    return fmt::format("the content hash of bar {} is not that of its parts",
                       to_iso(commit.record.bar));
  }
  return {};
}

}  // namespace

void JournalIndex::cut_to(std::size_t bars_kept) {
  bars.resize(bars_kept);
  places.resize(bars_kept);
  chains.resize(bars_kept);
  segments.resize(bars_kept * segment_count);
}

Result<JournalIndex> index_journal(std::span<const std::byte> journal, const SegmentSpec& spec,
                                   const std::vector<SegmentSpec>& segments, JournalTail tail,
                                   const std::filesystem::path& path) {
  JournalIndex index;
  index.segment_count = segments.size();
  index.first_chain = spec.first_chain;
  Hash128 chain = spec.first_chain;
  std::uint64_t offset = spec.header.size();
  std::uint64_t first_entry = offset;
  std::size_t listed = known_at_start(segments);
  while (offset < journal.size()) {
    const FrameScan scan = scan_frame(journal, offset);
    if (scan.problem != FrameProblem::kNone) {
      if (tail == JournalTail::kMayBeTorn && looks_torn(journal, offset, scan.problem)) {
        break;
      }
      return corrupt(path, offset, describe(scan.problem));
    }
    chain = next_chain(chain, scan.frame.head_and_payload);
    if (chain != scan.frame.chain) {
      if (tail == JournalTail::kMayBeTorn && scan.frame.end == journal.size() &&
          looks_torn(journal, offset, FrameProblem::kBadChecksum)) {
        break;
      }
      return corrupt(path, offset, "a frame fails the hash chain");
    }
    if (scan.frame.type == FrameType::kCommit) {
      Result<Commit> commit = decode_commit(scan.frame.payload, listed, segments.size());
      if (!commit.ok()) {
        return corrupt(path, offset, commit.error().message);
      }
      listed = commit->segments.size();
      add_unlisted(index, *commit, segments);
      if (const std::string fault = find_fault(index, *commit, segments); !fault.empty()) {
        return corrupt(path, offset, fault);
      }
      index.bars.push_back(commit->record);
      index.places.push_back({first_entry, offset, scan.frame.end});
      index.chains.push_back(chain);
      index.segments.insert(index.segments.end(), commit->segments.begin(), commit->segments.end());
      first_entry = scan.frame.end;
    } else if (scan.frame.type != FrameType::kJournalEntry) {
      return corrupt(path, offset,
                     fmt::format("a frame of type {} does not belong into the journal",
                                 static_cast<std::uint32_t>(scan.frame.type)));
    }
    offset = scan.frame.end;
  }
  return index;
}

bool reached_disk(const JournalIndex& index, std::size_t bar, std::size_t segment,
                  std::span<const std::byte> file) {
  const SegmentCommit& commit = index.at(bar, segment);
  constexpr std::size_t kHashBytes = 16;
  return commit.end <= file.size() && commit.end >= kHashBytes &&
         !(commit.has_frame && all_zero(file.subspan(commit.end - kHashBytes, kHashBytes)));
}

}  // namespace tieout::runlog
