#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/hash.hpp"
#include "tieout/core/result.hpp"
#include "tieout/runlog/manifest.hpp"
#include "tieout/runlog/records.hpp"

// The bytes of a segment file: a header, then frames (docs/formats/run_log.md, "Segment").
namespace tieout::runlog {

/// What a segment holds; written in its header.
enum class SegmentKind : std::uint16_t { kJournal = 1, kNode = 2, kTable = 3 };

/// What a frame holds; written in its head.
enum class FrameType : std::uint32_t { kJournalEntry = 1, kCommit = 2, kNode = 3, kTable = 4 };

inline constexpr std::string_view kJournalName = "journal";
inline constexpr std::uint32_t kFrameMagic = 0x314D5246;  // "FRM1"
inline constexpr std::size_t kFrameHeadBytes = 16;
inline constexpr std::size_t kFrameTailBytes = 20;

/// The name of a segment is its path in the log without ".tlog": "nodes/predict.0.read_data",
/// "process_forecasts/orders".
struct SegmentSpec {
  SegmentKind kind = SegmentKind::kNode;
  std::string name;
  std::string
      header;  // the whole header: a function of the manifest and, for the journal, the config
  Hash128 first_chain;  // hash of the header: what the first frame is chained to
  bool known_at_start = true;

  std::filesystem::path path(const std::filesystem::path& dir) const {
    return dir / (name + ".tlog");
  }
};

/// All segments but the journal, in the order in which a commit lists them: nodes by topological
/// id, then the tables of tables_of(). Those that the run did not know of at its start are the last
/// ones; the commits before their first row do not list them.
std::vector<SegmentSpec> data_segments(const Manifest& manifest);

/// Hashes of the files beside the segments; they stand in the journal's header and so bind those
/// files to the chain.
struct SideHashes {
  Hash128 manifest;  // of manifest.json as it was when the run started
  Hash128 config_text;
  Hash128 config_json;
};
SegmentSpec journal_segment(const Manifest& manifest, const SideHashes& side);

/// Read the side hashes from a journal's header. Errors: kNotARunLog, kCorruptEvidence (checksum),
/// with byte offsets.
Result<SideHashes> read_journal_header(std::span<const std::byte> file,
                                       const std::filesystem::path& path);

/// Prove that the file starts with the expected header. Errors: kNotARunLog for another magic or
/// version, kCorruptEvidence.
Status check_header(std::span<const std::byte> file, const SegmentSpec& expected,
                    const std::filesystem::path& path);

/// The manifest as it was when the run started: what the journal's header was bound to.
Manifest unsealed(Manifest manifest);

/// The root hash of a sealed run: over the manifest (without its root hash) and each segment's
/// name, length and chain end.
struct SegmentEnd {
  std::string_view name;
  std::uint64_t bytes = 0;
  Hash128 chain;
};
Hash128 root_hash_of(const Manifest& manifest, std::span<const SegmentEnd> ends);

/// The chain hash of a frame: over the chain hash before it, then the frame's head and payload.
Hash128 next_chain(const Hash128& previous, std::span<const std::byte> head_and_payload) noexcept;

/// Append one frame to `out`; `write_payload` appends the payload. Returns the frame's chain hash.
Hash128 append_frame(std::string& out, FrameType type, const Hash128& previous,
                     const std::function<void(std::string&)>& write_payload);

/// One frame as it stands in a file.
struct FrameView {
  FrameType type{};
  std::span<const std::byte> payload;
  std::span<const std::byte> head_and_payload;
  Hash128 chain;          // as stored
  std::uint64_t end = 0;  // offset of the byte after the frame
};

enum class FrameProblem {
  kNone,
  kIncomplete,  // the file ends inside the frame
  kBadHead,     // no frame starts here
  kBadChecksum,
};
struct FrameScan {
  FrameProblem problem = FrameProblem::kNone;
  FrameView frame;  // valid when problem is kNone; `end` also when it is kBadChecksum
};

/// Look at the bytes from `offset`; never reads past `file`, whatever they hold.
FrameScan scan_frame(std::span<const std::byte> file, std::uint64_t offset) noexcept;

/// True when a frame with a good checksum starts somewhere after `offset`: the bytes at `offset`
/// were not cut off by a crash.
bool any_frame_after(std::span<const std::byte> file, std::uint64_t offset) noexcept;

/// kCorruptEvidence: "read_run_log: '<path>' byte <offset>: <what>".
Error corrupt(const std::filesystem::path& path, std::uint64_t offset, std::string_view what);

}  // namespace tieout::runlog
