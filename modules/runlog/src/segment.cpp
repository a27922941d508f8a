#include "segment.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "bytes.hpp"

namespace tieout::runlog {
namespace {

constexpr std::string_view kMagic = "TIEOUTRL";
constexpr std::size_t kFixedHeadBytes = 16;  // magic, version, kind, length of the header

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// magic 8 | version u16 | kind u16 | header length u32 | name | schema | CRC-32C
SegmentSpec make_segment(int version, SegmentKind kind, std::string name,
                         const std::string& schema) {
  SegmentSpec segment;
  segment.kind = kind;
  segment.name = std::move(name);
  ByteWriter out(segment.header);
  out.raw(kMagic.data(), kMagic.size());
  out.u16(static_cast<std::uint16_t>(version));
  out.u16(static_cast<std::uint16_t>(kind));
  out.u32(static_cast<std::uint32_t>(kFixedHeadBytes + 4 + segment.name.size() + 4 + schema.size() +
                                     4));
  out.text(segment.name);
  out.text(schema);
  out.u32(crc32c(bytes_of(segment.header)));
  segment.first_chain = hash_bytes(bytes_of(segment.header));
  return segment;
}

/// Columns as runs of one field: u32 count of runs, then for each the field, u32 n, n asset ids.
std::string node_schema(const NodeInfo& node) {
  std::string schema;
  ByteWriter out(schema);
  const auto& columns = node.columns;
  std::uint32_t run_count = 0;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    run_count += c == 0 || columns[c].field != columns[c - 1].field ? 1U : 0U;
  }
  out.u32(run_count);
  for (std::size_t first = 0; first < columns.size();) {
    std::size_t last = first;
    while (last < columns.size() && columns[last].field == columns[first].field) {
      ++last;
    }
    out.text(columns[first].field);
    out.u32(static_cast<std::uint32_t>(last - first));
    for (; first < last; ++first) {
      out.i64(columns[first].asset.value);
    }
  }
  return schema;
}

/// Check magic, version, length and checksum of the header at the start of the file.
Status check_header_bytes(std::span<const std::byte> file, const std::filesystem::path& path) {
  ByteReader in(file);
  const std::string magic = in.text(kMagic.size());
  const std::uint16_t version = in.u16();
  in.u16();
  const std::uint32_t size = in.u32();
  if (!in.ok() || size > file.size() || size < kFixedHeadBytes + 12) {
    return corrupt(path, 0,
                   fmt::format("the file has {} bytes, its header needs {}", file.size(),
                               std::max<std::size_t>(size, kFixedHeadBytes + 12)));
  }
  if (magic != kMagic) {
    return corrupt(path, 0, "the file does not start with 'TIEOUTRL'");
  }
  if (crc32c(file.first(size - 4)) != ByteReader(file.subspan(size - 4, 4)).u32()) {
    return corrupt(path, 0, "the header fails its checksum");
  }
  if (!is_known_version(version)) {
    return Error{ErrorCode::kNotARunLog,
                 fmt::format("read_run_log: '{}' has format version {}, needed {} to {}",
                             path.string(), version, kFormatVersion, kFormatVersionWithEvents)};
  }
  return {};
}

}  // namespace

std::vector<SegmentSpec> data_segments(const Manifest& manifest) {
  const int version = version_of(unsealed(manifest));
  std::vector<SegmentSpec> segments;
  for (const NodeInfo& node : manifest.nodes) {
    segments.push_back(
        make_segment(version, SegmentKind::kNode, "nodes/" + node.name, node_schema(node)));
  }
  for (const TableKind kind : tables_of(manifest)) {
    segments.push_back(make_segment(is_known_at_start(kind) ? version : version_of(manifest),
                                    SegmentKind::kTable,
                                    "process_forecasts/" + std::string(to_string(kind)),
                                    std::string(1, static_cast<char>(kind))));
    segments.back().known_at_start = is_known_at_start(kind);
  }
  return segments;
}

SegmentSpec journal_segment(const Manifest& manifest, const SideHashes& side) {
  std::string schema;
  ByteWriter out(schema);
  out.hash(side.manifest);
  out.hash(side.config_text);
  out.hash(side.config_json);
  const Manifest start = unsealed(manifest);
  const auto segments = data_segments(start);
  out.u32(static_cast<std::uint32_t>(segments.size()));
  for (const SegmentSpec& segment : segments) {
    out.text(segment.name);
  }
  return make_segment(version_of(start), SegmentKind::kJournal, std::string(kJournalName), schema);
}

Result<SideHashes> read_journal_header(std::span<const std::byte> file,
                                       const std::filesystem::path& path) {
  TIEOUT_CHECK(check_header_bytes(file, path));
  ByteReader in(file.subspan(kFixedHeadBytes));
  in.text();  // name
  in.u32();   // length of the schema
  SideHashes side;
  side.manifest = in.hash();
  side.config_text = in.hash();
  side.config_json = in.hash();
  if (!in.ok()) {
    return corrupt(path, kFixedHeadBytes, "the header is too short for a journal");
  }
  return side;
}

Status check_header(std::span<const std::byte> file, const SegmentSpec& expected,
                    const std::filesystem::path& path) {
  TIEOUT_CHECK(check_header_bytes(file, path));
  const auto wanted = bytes_of(expected.header);
  const auto found = file.first(std::min(file.size(), wanted.size()));
  const auto difference = std::ranges::mismatch(found, wanted);
  if (difference.in2 != wanted.end()) {
    return corrupt(
        path, static_cast<std::uint64_t>(difference.in1 - found.begin()),
        fmt::format("the header is not that of segment '{}' in manifest.json", expected.name));
  }
  return {};
}

Manifest unsealed(Manifest manifest) {
  manifest.outcome = RunOutcome::kRunning;
  manifest.bar_count = 0;
  manifest.content_hash.clear();
  manifest.root_hash.clear();
  std::erase_if(manifest.more_tables, [](TableKind kind) { return !is_known_at_start(kind); });
  manifest.format_version = version_of(manifest);
  return manifest;
}

Hash128 root_hash_of(const Manifest& manifest, std::span<const SegmentEnd> ends) {
  Manifest without = manifest;
  without.root_hash.clear();
  Hasher hasher;
  hasher.add_text(to_json(without));
  hasher.add_u64(ends.size());
  for (const SegmentEnd& end : ends) {
    hasher.add_text(end.name);
    hasher.add_u64(end.bytes);
    hasher.add_hash(end.chain);
  }
  return hasher.digest();
}

Hash128 next_chain(const Hash128& previous, std::span<const std::byte> head_and_payload) noexcept {
  Hasher hasher;
  hasher.add_hash(previous);
  hasher.add(head_and_payload);
  return hasher.digest();
}

Hash128 append_frame(std::string& out, FrameType type, const Hash128& previous,
                     const std::function<void(std::string&)>& write_payload) {
  const std::size_t start = out.size();
  ByteWriter writer(out);
  writer.u32(kFrameMagic);
  writer.u32(static_cast<std::uint32_t>(type));
  writer.u64(0);  // set below, when it is known
  write_payload(out);
  const std::uint64_t payload_bytes = out.size() - start - kFrameHeadBytes;
  std::memcpy(out.data() + start + 8, &payload_bytes, sizeof payload_bytes);
  const auto head_and_payload = bytes_of(std::string_view(out).substr(start));
  const std::uint32_t checksum = crc32c(head_and_payload);
  const Hash128 chain = next_chain(previous, head_and_payload);
  writer.u32(checksum);
  writer.hash(chain);
  return chain;
}

FrameScan scan_frame(std::span<const std::byte> file, std::uint64_t offset) noexcept {
  if (offset > file.size() || file.size() - offset < kFrameHeadBytes) {
    return {FrameProblem::kIncomplete, {}};
  }
  const auto rest = file.subspan(offset);
  ByteReader head(rest);
  const std::uint32_t magic = head.u32();
  const std::uint32_t type = head.u32();
  const std::uint64_t payload_bytes = head.u64();
  if (magic != kFrameMagic) {
    return {FrameProblem::kBadHead, {}};
  }
  if (rest.size() < kFrameHeadBytes + kFrameTailBytes ||
      payload_bytes > rest.size() - kFrameHeadBytes - kFrameTailBytes) {
    return {FrameProblem::kIncomplete, {}};
  }
  FrameView frame;
  frame.type = static_cast<FrameType>(type);
  frame.payload = rest.subspan(kFrameHeadBytes, payload_bytes);
  frame.head_and_payload = rest.first(kFrameHeadBytes + payload_bytes);
  ByteReader tail(rest.subspan(kFrameHeadBytes + payload_bytes, kFrameTailBytes));
  const std::uint32_t checksum = tail.u32();
  frame.chain = tail.hash();
  frame.end = offset + kFrameHeadBytes + payload_bytes + kFrameTailBytes;
  const bool good = checksum == crc32c(frame.head_and_payload);
  return {good ? FrameProblem::kNone : FrameProblem::kBadChecksum, frame};
}

bool any_frame_after(std::span<const std::byte> file, std::uint64_t offset) noexcept {
  const std::uint32_t magic = kFrameMagic;
  const auto needle = std::as_bytes(std::span(&magic, 1));
  for (std::uint64_t at = offset + 1; at < file.size(); ++at) {
    const auto rest = file.subspan(at);
    const auto found = std::search(rest.begin(), rest.end(), needle.begin(), needle.end());
    if (found == rest.end()) {
      return false;
    }
    at += static_cast<std::uint64_t>(found - rest.begin());
    if (scan_frame(file, at).problem == FrameProblem::kNone) {
      return true;
    }
  }
  return false;
}

Error corrupt(const std::filesystem::path& path, std::uint64_t offset, std::string_view what) {
  return Error{ErrorCode::kCorruptEvidence,
               fmt::format("read_run_log: '{}' byte {}: {}", path.string(), offset, what)};
}

}  // namespace tieout::runlog
