#include "tieout/runlog/reader.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/assert.hpp"
#include "tieout/core/file.hpp"

#include "codec.hpp"
#include "index.hpp"
#include "mapped_file.hpp"
#include "segment.hpp"

namespace tieout::runlog {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// A part that create() always writes is not there.
Error missing(const Error& error) {
  return error.code == ErrorCode::kFileNotFound
             ? Error{ErrorCode::kCorruptEvidence, error.message + " (a part of the log is missing)"}
             : error;
}

Result<std::string> read_part(const std::filesystem::path& path) {
  Result<std::string> text = read_file(path);
  return text.ok() ? std::move(text) : missing(text.error());
}

Result<std::string> read_manifest_text(const std::filesystem::path& dir) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(dir, ignored)) {
    return Error{ErrorCode::kFileNotFound,
                 fmt::format("read_run_log: '{}' is not a directory", dir.string())};
  }
  Result<std::string> text = read_file(dir / "manifest.json");
  if (!text.ok() && text.error().code == ErrorCode::kFileNotFound) {
    const bool ours = std::filesystem::exists(dir / "journal.tlog", ignored);
    return Error{ours ? ErrorCode::kIncompleteEvidence : ErrorCode::kNotARunLog,
                 fmt::format("read_run_log: '{}' has no manifest.json{}", dir.string(),
                             ours ? ", needed beside journal.tlog" : "")};
  }
  return text;
}

}  // namespace

struct RunReader::Impl {
  std::filesystem::path dir;
  std::string manifest_text;
  Manifest manifest;
  std::string config_text;
  std::string config_json;
  Recovery recovery;
  std::string journal;  // read, not mapped: a writer may cut its uncommitted end
  SegmentSpec journal_spec;
  std::vector<SegmentSpec> specs;
  std::vector<MappedFile> files;  // [specs]
  std::vector<Panel> empty;       // [nodes], the columns of each
  JournalIndex index;
  Hash128 no_table = hash_table({});

  bool sealed() const { return manifest.outcome != RunOutcome::kRunning; }
  std::filesystem::path journal_path() const { return journal_spec.path(dir); }

  Status open(Verify verify);
  Status read_identity();
  Status read_journal();
  Status map_segments();
  Status check_lengths();
  Status check_seal() const;
  Status check_all_frames() const;
  void cut_unwritten_bars();
  void note_cut(const SegmentSpec& spec, std::uint64_t bytes);

  /// The frame that bar `bar` wrote to the segment, with its checksum and chain proved against the
  /// journal.
  Result<FrameView> frame(std::size_t segment, std::size_t bar, FrameType type) const;
  /// The table's segment; nothing when the log has none.
  std::optional<std::size_t> segment_of(TableKind kind) const {
    const std::vector<TableKind> tables = tables_of(manifest);
    const auto place = std::ranges::find(tables, kind);
    return place == tables.end()
               ? std::optional<std::size_t>()
               : manifest.nodes.size() + static_cast<std::size_t>(place - tables.begin());
  }
  std::uint64_t begin_of(std::size_t segment, std::size_t bar) const {
    return bar > 0 ? index.at(bar - 1, segment).end : specs[segment].header.size();
  }
};

Status RunReader::Impl::read_identity() {
  TIEOUT_TRY(manifest_text, read_manifest_text(dir));
  const std::string& text = manifest_text;
  Result<Manifest> parsed = manifest_from_json(text);
  if (!parsed.ok()) {
    return Error{parsed.error().code,
                 fmt::format("read_run_log: '{}': {}", (dir / "manifest.json").string(),
                             parsed.error().message)};
  }
  manifest = std::move(*parsed);
  TIEOUT_TRY(config_text, read_part(dir / "config" / "config.txt"));
  TIEOUT_TRY(config_json, read_part(dir / "config" / "config.json"));
  const auto path = dir / (std::string(kJournalName) + ".tlog");
  TIEOUT_TRY(journal, read_part(path));
  TIEOUT_TRY(const SideHashes side, read_journal_header(bytes_of(journal), path));
  if (to_json(manifest) != text || hash_text(to_json(unsealed(manifest))) != side.manifest) {
    return corrupt(dir / "manifest.json", 0,
                   "the file is not the one that the journal was bound to");
  }
  if (hash_text(config_text) != side.config_text) {
    return corrupt(dir / "config" / "config.txt", 0,
                   "the file is not the one that the journal was bound to");
  }
  if (hash_text(config_json) != side.config_json) {
    return corrupt(dir / "config" / "config.json", 0,
                   "the file is not the one that the journal was bound to");
  }
  specs = data_segments(manifest);
  journal_spec = journal_segment(manifest, side);
  return check_header(bytes_of(journal), journal_spec, path);
}

Status RunReader::Impl::read_journal() {
  const JournalTail tail = sealed() ? JournalTail::kSealed : JournalTail::kMayBeTorn;
  TIEOUT_TRY(index, index_journal(bytes_of(journal), journal_spec, specs, tail, journal_path()));
  return {};
}

Status RunReader::Impl::map_segments() {
  for (const SegmentSpec& spec : specs) {
    Result<MappedFile> file =
        sealed() ? MappedFile::open(spec.path(dir)) : MappedFile::read(spec.path(dir));
    if (!file.ok()) {
      return missing(file.error());
    }
    TIEOUT_CHECK(check_header(file->bytes(), spec, spec.path(dir)));
    files.push_back(std::move(*file));
  }
  for (const NodeInfo& node : manifest.nodes) {
    empty.emplace_back(node.columns);
  }
  return {};
}

void RunReader::Impl::note_cut(const SegmentSpec& spec, std::uint64_t bytes) {
  recovery.bytes_cut += bytes;
  recovery.notes.push_back(
      fmt::format("{}.tlog: {} bytes after the last committed bar", spec.name, bytes));
}

void RunReader::Impl::cut_unwritten_bars() {
  std::size_t kept = index.bars.size();
  for (; kept > 0; --kept) {
    std::size_t segment = 0;
    while (segment < specs.size() &&
           reached_disk(index, kept - 1, segment, files[segment].bytes())) {
      ++segment;
    }
    if (segment == specs.size()) {
      break;
    }
    recovery.notes.push_back(fmt::format(
        "bar {}: {}.tlog has {} bytes, the bar needs {} that were written; the bar is cut",
        to_iso(index.bars[kept - 1].bar), specs[segment].name, files[segment].bytes().size(),
        index.at(kept - 1, segment).end));
  }
  index.cut_to(kept);
}

Status RunReader::Impl::check_lengths() {
  if (!sealed()) {
    cut_unwritten_bars();
  }
  const std::size_t bars = index.bars.size();
  for (std::size_t i = 0; i <= specs.size(); ++i) {
    const bool is_journal = i == specs.size();
    const SegmentSpec& spec = is_journal ? journal_spec : specs[i];
    const std::uint64_t size = is_journal ? journal.size() : files[i].bytes().size();
    std::uint64_t end = spec.header.size();
    if (bars > 0) {
      end = is_journal ? index.places.back().end : index.at(bars - 1, i).end;
    }
    if (sealed() && size != end) {
      return corrupt(spec.path(dir), std::min(size, end),
                     fmt::format("the sealed segment has {} bytes, needed {}", size, end));
    }
    if (size > end) {
      note_cut(spec, size - end);
    }
  }
  return {};
}

Status RunReader::Impl::check_seal() const {
  const auto path = dir / "manifest.json";
  if (manifest.bar_count != index.bars.size()) {
    return corrupt(path, 0,
                   fmt::format("the manifest counts {} bars, the journal has {}",
                               manifest.bar_count, index.bars.size()));
  }
  if (manifest.content_hash != to_hex(content_hash_of(index.bars))) {
    return corrupt(path, 0, "the content hash is not that of the journal's bars");
  }
  std::vector<SegmentEnd> ends{{journal_spec.name, journal.size(), index.chain_end()}};
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const bool any = !index.bars.empty();
    ends.push_back({specs[i].name, files[i].bytes().size(),
                    any ? index.at(index.bars.size() - 1, i).chain : specs[i].first_chain});
  }
  if (manifest.root_hash != to_hex(root_hash_of(manifest, ends))) {
    return corrupt(path, 0, "the root hash is not that of the manifest and the segments");
  }
  return {};
}

Status RunReader::Impl::check_all_frames() const {
  for (std::size_t segment = 0; segment < specs.size(); ++segment) {
    const FrameType type =
        specs[segment].kind == SegmentKind::kNode ? FrameType::kNode : FrameType::kTable;
    for (std::size_t bar = 0; bar < index.bars.size(); ++bar) {
      if (index.at(bar, segment).has_frame) {
        TIEOUT_CHECK(frame(segment, bar, type));
      }
    }
  }
  return {};
}

Result<FrameView> RunReader::Impl::frame(std::size_t segment, std::size_t bar,
                                         FrameType type) const {
  const SegmentCommit& commit = index.at(bar, segment);
  const std::uint64_t begin = begin_of(segment, bar);
  const auto path = specs[segment].path(dir);
  // check_lengths() has proved that the file has `end` bytes.
  const FrameScan scan = scan_frame(files[segment].bytes().first(commit.end), begin);
  if (scan.problem != FrameProblem::kNone || scan.frame.end != commit.end) {
    return corrupt(path, begin,
                   scan.problem == FrameProblem::kBadChecksum
                       ? "a frame fails its checksum"
                       : fmt::format("no frame of {} bytes starts here, needed by bar {}",
                                     commit.end - begin, to_iso(index.bars[bar].bar)));
  }
  const Hash128 before = bar > 0 ? index.at(bar - 1, segment).chain : specs[segment].first_chain;
  const Hash128 chain = next_chain(before, scan.frame.head_and_payload);
  if (chain != scan.frame.chain || chain != commit.chain || scan.frame.type != type) {
    return corrupt(path, begin, "a frame fails the hash chain");
  }
  return scan.frame;
}

Status RunReader::Impl::open(Verify verify) {
  TIEOUT_CHECK(read_identity());
  TIEOUT_CHECK(read_journal());
  // After the journal: a writer at work makes segments longer than the journal says, never shorter.
  TIEOUT_CHECK(map_segments());
  TIEOUT_CHECK(check_lengths());
  if (sealed()) {
    TIEOUT_CHECK(check_seal());
  }
  return verify == Verify::kAll ? check_all_frames() : Status{};
}

Result<RunReader> RunReader::open(const std::filesystem::path& dir, Verify verify) {
  // A writer at work adds a table, or seals the log, between two reads: once each.
  constexpr int kAttempts = 3;
  for (int attempt = 1;; ++attempt) {
    auto impl = std::make_unique<Impl>();
    impl->dir = dir;
    Status opened = impl->open(verify);
    if (opened.ok()) {
      return RunReader(std::move(impl));
    }
    const Result<std::string> now = read_file(dir / "manifest.json");
    if (attempt == kAttempts || !now.ok() || *now == impl->manifest_text) {
      return std::move(opened).error();
    }
  }
}

RunReader::RunReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RunReader::~RunReader() = default;
RunReader::RunReader(RunReader&&) noexcept = default;
RunReader& RunReader::operator=(RunReader&&) noexcept = default;

const std::filesystem::path& RunReader::directory() const noexcept {
  return impl_->dir;
}
const Manifest& RunReader::manifest() const noexcept {
  return impl_->manifest;
}
const std::string& RunReader::config_json() const noexcept {
  return impl_->config_json;
}
const std::string& RunReader::config_text() const noexcept {
  return impl_->config_text;
}
const Recovery& RunReader::recovery() const noexcept {
  return impl_->recovery;
}
bool RunReader::sealed() const noexcept {
  return impl_->sealed();
}
std::span<const BarRecord> RunReader::bars() const noexcept {
  return impl_->index.bars;
}

Hash128 RunReader::window_hash(std::size_t topological_id, std::size_t bar_index) const noexcept {
  TIEOUT_ASSERT(topological_id < impl_->manifest.nodes.size() && bar_index < bars().size());
  return impl_->index.at(bar_index, topological_id).content;
}

Hash128 RunReader::table_hash(TableKind kind, std::size_t bar_index) const noexcept {
  TIEOUT_ASSERT(bar_index < bars().size());
  const std::optional<std::size_t> segment = impl_->segment_of(kind);
  return segment ? impl_->index.at(bar_index, *segment).content : impl_->no_table;
}

std::uint64_t RunReader::window_cells(std::size_t topological_id,
                                      std::size_t bar_index) const noexcept {
  TIEOUT_ASSERT(topological_id < impl_->manifest.nodes.size() && bar_index < bars().size());
  return impl_->index.at(bar_index, topological_id).cells;
}

std::uint64_t RunReader::table_cells(TableKind kind, std::size_t bar_index) const noexcept {
  TIEOUT_ASSERT(bar_index < bars().size());
  const std::optional<std::size_t> segment = impl_->segment_of(kind);
  return segment ? impl_->index.at(bar_index, *segment).cells : 0;
}

Result<NodeFrame> RunReader::node_frame(std::size_t topological_id, std::size_t bar_index) const {
  TIEOUT_ASSERT(topological_id < impl_->manifest.nodes.size() && bar_index < bars().size());
  const auto path = impl_->specs[topological_id].path(impl_->dir);
  const Timestamp bar = bars()[bar_index].bar;
  const SegmentCommit& commit = impl_->index.at(bar_index, topological_id);
  if (!commit.has_frame) {
    return Error{
        ErrorCode::kIncompleteEvidence,
        fmt::format("read_run_log: '{}' has no frame of bar {}", path.string(), to_iso(bar))};
  }
  TIEOUT_TRY(const FrameView frame, impl_->frame(topological_id, bar_index, FrameType::kNode));
  const std::uint64_t begin = impl_->begin_of(topological_id, bar_index);
  Result<NodeFrame> node = decode_node(frame.payload, impl_->empty[topological_id]);
  if (!node.ok()) {
    return corrupt(path, begin, node.error().message);
  }
  if (node->bar != bar || node->window_hash != commit.content ||
      node->window_rows * node->changed.column_count() != commit.cells ||
      node->keyframe != commit.is_keyframe) {
    return corrupt(path, begin, fmt::format("the frame is not that of bar {}", to_iso(bar)));
  }
  return node;
}

Result<Panel> RunReader::node_output(std::size_t topological_id, std::size_t bar_index) const {
  TIEOUT_ASSERT(topological_id < impl_->manifest.nodes.size() && bar_index < bars().size());
  std::size_t first = bar_index;
  while (first > 0 && !impl_->index.at(first, topological_id).is_keyframe) {
    --first;
  }
  Panel window = impl_->empty[topological_id];
  for (std::size_t bar = first; bar <= bar_index; ++bar) {
    if (!impl_->index.at(bar, topological_id).has_frame) {
      continue;
    }
    TIEOUT_TRY(const NodeFrame frame, node_frame(topological_id, bar));
    if (const Status applied = apply_frame(frame, window); !applied.ok()) {
      return corrupt(impl_->specs[topological_id].path(impl_->dir),
                     impl_->begin_of(topological_id, bar), applied.error().message);
    }
  }
  if (hash_panel(window) != window_hash(topological_id, bar_index)) {
    return corrupt(impl_->specs[topological_id].path(impl_->dir),
                   impl_->begin_of(topological_id, bar_index),
                   fmt::format("the window rebuilt at bar {} has another hash than was recorded",
                               to_iso(bars()[bar_index].bar)));
  }
  return window;
}

Result<std::optional<Table>> RunReader::table(TableKind kind, std::size_t bar_index) const {
  TIEOUT_ASSERT(bar_index < bars().size());
  const std::optional<std::size_t> found = impl_->segment_of(kind);
  if (!found || !impl_->index.at(bar_index, *found).has_frame) {
    return std::optional<Table>();
  }
  const std::size_t segment = *found;
  const SegmentCommit& commit = impl_->index.at(bar_index, segment);
  TIEOUT_TRY(const FrameView frame, impl_->frame(segment, bar_index, FrameType::kTable));
  Result<TableFrame> table = decode_table(frame.payload);
  const auto path = impl_->specs[segment].path(impl_->dir);
  const std::uint64_t begin = impl_->begin_of(segment, bar_index);
  if (!table.ok()) {
    return corrupt(path, begin, table.error().message);
  }
  if (table->bar != bars()[bar_index].bar || hash_table(table->table) != commit.content ||
      table->table.row_count() * table->table.columns.size() != commit.cells) {
    return corrupt(path, begin,
                   fmt::format("the table is not that of bar {}", to_iso(bars()[bar_index].bar)));
  }
  return std::optional<Table>(std::move(table->table));
}

Result<std::vector<JournalEntry>> RunReader::journal(std::size_t bar_index) const {
  TIEOUT_ASSERT(bar_index < bars().size());
  const JournalIndex::Place& place = impl_->index.places[bar_index];
  std::vector<JournalEntry> entries;
  for (std::uint64_t offset = place.first_entry; offset < place.commit;) {
    // index_journal() has proved the checksums and the chain.
    const FrameScan scan = scan_frame(bytes_of(impl_->journal), offset);
    Result<JournalEntry> entry = decode_journal(scan.frame.payload);
    if (!entry.ok()) {
      return corrupt(impl_->journal_path(), offset, entry.error().message);
    }
    entries.push_back(std::move(*entry));
    offset = scan.frame.end;
  }
  return entries;
}

Result<Timestamp> RunReader::node_wall(std::size_t topological_id, std::size_t bar_index) const {
  TIEOUT_TRY(const NodeFrame frame, node_frame(topological_id, bar_index));
  return frame.wall;
}

Status apply_frame(const NodeFrame& frame, Panel& window) {
  const auto misfit = [&](std::string_view what) {
    return Error{ErrorCode::kCorruptEvidence,
                 fmt::format("apply_frame: the frame of bar {} {}", to_iso(frame.bar), what)};
  };
  if (frame.keyframe) {
    window = frame.changed;
  } else {
    const Panel& changed = frame.changed;
    if (changed.columns() != window.columns()) {
      return misfit("has other columns than the window");
    }
    if (frame.dropped_front > window.row_count()) {
      return misfit(fmt::format("drops {} rows of {}", frame.dropped_front, window.row_count()));
    }
    window.drop_front(frame.dropped_front);
    // Rows up to the end of the window revise it, the others extend it.
    const auto index = changed.index();
    const auto first_new =
        window.empty() ? index.begin() : std::ranges::upper_bound(index, window.index().back());
    const auto revised = static_cast<std::size_t>(first_new - index.begin());
    std::vector<std::size_t> rows;
    for (std::size_t r = 0; r < revised; ++r) {
      window.insert_row(index[r]);
    }
    const std::size_t appended_at = window.row_count();
    window.append_rows(index.subspan(revised));
    for (std::size_t r = 0; r < revised; ++r) {
      rows.push_back(window.lower_bound(index[r]));
    }
    for (std::size_t c = 0; c < window.column_count(); ++c) {
      const auto from = changed.column(c);
      const auto to = window.column(c);
      for (std::size_t r = 0; r < revised; ++r) {
        to[rows[r]] = from[r];
      }
      std::ranges::copy(from.subspan(revised), to.subspan(appended_at).begin());
    }
  }
  if (window.row_count() != frame.window_rows) {
    return misfit(fmt::format("leaves {} rows, needed {}", window.row_count(), frame.window_rows));
  }
  return {};
}

bool is_run_log(const std::filesystem::path& dir) {
  const Result<std::string> text = read_file(dir / "manifest.json");
  return text.ok() && manifest_from_json(*text).ok();
}

}  // namespace tieout::runlog
