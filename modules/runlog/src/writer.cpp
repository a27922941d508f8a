#include "tieout/runlog/writer.hpp"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/assert.hpp"
#include "tieout/core/file.hpp"

#include "codec.hpp"
#include "disk.hpp"
#include "segment.hpp"

namespace tieout::runlog {
namespace {

/// A segment being written. `buffer` holds the frames of the bar in progress; nothing of them is in
/// the file.
struct Segment {
  SegmentSpec spec;
  AppendFile file;
  std::uint64_t committed_bytes = 0;
  Hash128 committed_chain;
  std::string buffer;
  Hash128 chain;  // of the last frame in `buffer`
  Hash128 content;
  std::uint64_t cells = 0;
  bool has_frame = false;
  bool is_keyframe = false;

  void add(FrameType type, const std::function<void(std::string&)>& write_payload) {
    chain = append_frame(buffer, type, chain, write_payload);
    has_frame = true;
  }
  void forget_bar() {
    buffer.clear();
    chain = committed_chain;
    has_frame = false;
    is_keyframe = false;
  }
  SegmentEnd end() const { return {spec.name, committed_bytes, committed_chain}; }
  void keep_bar() {
    committed_bytes += buffer.size();
    committed_chain = chain;
    forget_bar();
  }
};

/// A segment that has no file yet.
Segment begin_segment(SegmentSpec spec) {
  Segment segment;
  segment.committed_bytes = spec.header.size();
  segment.committed_chain = spec.first_chain;
  segment.chain = spec.first_chain;
  segment.spec = std::move(spec);
  return segment;
}

Result<Segment> create_segment(Disk& disk, const std::filesystem::path& dir, SegmentSpec spec) {
  Segment segment = begin_segment(std::move(spec));
  TIEOUT_TRY(segment.file, AppendFile::create(disk, segment.spec.path(dir)));
  return segment;
}

}  // namespace

struct RunWriter::Impl {
  Disk* disk = nullptr;
  std::filesystem::path dir;
  Manifest manifest;
  Durability durability = Durability::kEachBar;
  Segment journal;
  std::vector<Segment> segments;  // nodes, then tables
  AppendFile config_text;
  AppendFile config_json;
  AppendFile log;
  std::vector<BarRecord> bars;
  std::optional<Error> failure;
  bool is_sealed = false;
  bool has_new_table = false;  // the last segment is of this bar and has no file yet
  std::uint64_t log_bytes = 0;
  std::uint64_t side_bytes = 0;

  Status check_open() const {
    TIEOUT_ASSERT(!is_sealed);
    return failure.has_value() ? Status(*failure) : Status{};
  }
  Segment& table_segment(TableKind kind) {
    std::vector<TableKind> tables = tables_of(manifest);
    if (!is_known_at_start(kind) && std::ranges::count(tables, kind) == 0) {
      add_table(kind);
      tables.push_back(kind);
    }
    const auto place = std::ranges::find(tables, kind);
    TIEOUT_ASSERT(place != tables.end());
    return segments[manifest.nodes.size() + static_cast<std::size_t>(place - tables.begin())];
  }
  Status create_files(std::string_view text, std::string_view json);
  /// A table that the run did not know of at its start: its segment gets a file, and the manifest
  /// names it, when the bar is committed.
  void add_table(TableKind kind);
  Status create_new_table();
  void drop_new_table();
  /// Leave nothing behind of a create() that failed.
  void remove_files() const;
  Status sync_all();
  Status write_bar(const Commit& commit);
  Commit make_commit(Timestamp bar, Timestamp wall, BarOutcome outcome) const;
  /// A bar could not be written: cut what reached the files, so that they end with the last
  /// committed bar.
  Error fail(Error error);
};

Status RunWriter::Impl::create_files(std::string_view text, std::string_view json) {
  for (const char* part : {"config", "nodes", "process_forecasts"}) {
    TIEOUT_CHECK(tieout::create_directories(dir / part));
  }
  TIEOUT_TRY(config_text, AppendFile::create(*disk, dir / "config" / "config.txt"));
  TIEOUT_CHECK(config_text.append(text));
  TIEOUT_TRY(config_json, AppendFile::create(*disk, dir / "config" / "config.json"));
  TIEOUT_CHECK(config_json.append(json));
  TIEOUT_TRY(log, AppendFile::create(*disk, dir / "log.txt"));
  const std::string manifest_text = to_json(manifest);
  const SideHashes side{hash_text(manifest_text), hash_text(text), hash_text(json)};
  TIEOUT_TRY(journal, create_segment(*disk, dir, journal_segment(manifest, side)));
  TIEOUT_CHECK(journal.file.append(journal.spec.header));
  for (SegmentSpec& spec : data_segments(manifest)) {
    TIEOUT_TRY(Segment segment, create_segment(*disk, dir, std::move(spec)));
    segments.push_back(std::move(segment));
    TIEOUT_CHECK(segments.back().file.append(segments.back().spec.header));
  }
  const Hash128 no_table = hash_table({});
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const bool is_node = i < manifest.nodes.size();
    segments[i].content = is_node ? hash_panel(Panel(manifest.nodes[i].columns)) : no_table;
  }
  if (durability == Durability::kEachBar) {
    TIEOUT_CHECK(sync_all());
  }
  // The manifest is the last: a log that has one has all its files.
  side_bytes = text.size() + json.size() + manifest_text.size();
  return write_file_atomic(dir / "manifest.json", manifest_text);
}

void RunWriter::Impl::add_table(TableKind kind) {
  manifest.more_tables.push_back(kind);
  manifest.format_version = version_of(manifest);
  segments.push_back(begin_segment(std::move(data_segments(manifest).back())));
  segments.back().content = hash_table({});
  has_new_table = true;
}

Status RunWriter::Impl::create_new_table() {
  if (!has_new_table) {
    return {};
  }
  Segment& segment = segments.back();
  TIEOUT_TRY(segment.file, AppendFile::create(*disk, segment.spec.path(dir)));
  TIEOUT_CHECK(segment.file.append(segment.spec.header));
  if (durability == Durability::kEachBar) {
    TIEOUT_CHECK(segment.file.sync());
    TIEOUT_CHECK(sync_directory(dir / "process_forecasts"));
  }
  const std::string text = to_json(manifest);
  side_bytes += text.size();
  // Before the first commit that lists the segment: a journal never says more than the manifest.
  TIEOUT_CHECK(write_file_atomic(dir / "manifest.json", text));
  has_new_table = false;
  return durability == Durability::kEachBar ? sync_directory(dir) : Status{};
}

void RunWriter::Impl::drop_new_table() {
  if (!has_new_table) {
    return;
  }
  std::error_code ignored;
  std::filesystem::remove(segments.back().spec.path(dir), ignored);
  segments.pop_back();
  manifest.more_tables.pop_back();
  manifest.format_version = version_of(manifest);
  has_new_table = false;
}

void RunWriter::Impl::remove_files() const {
  std::error_code ignored;
  for (const AppendFile* file : {&config_text, &config_json, &log, &journal.file}) {
    std::filesystem::remove(file->path(), ignored);
  }
  for (const Segment& segment : segments) {
    std::filesystem::remove(segment.file.path(), ignored);
  }
  // Only those that are empty go.
  for (const char* part : {"config", "nodes", "process_forecasts"}) {
    std::filesystem::remove(dir / part, ignored);
  }
  std::filesystem::remove(dir, ignored);
}

Status RunWriter::Impl::sync_all() {
  TIEOUT_CHECK(config_text.sync());
  TIEOUT_CHECK(config_json.sync());
  for (Segment& segment : segments) {
    TIEOUT_CHECK(segment.file.sync());
  }
  TIEOUT_CHECK(journal.file.sync());
  for (const char* part : {"config", "nodes", "process_forecasts", "."}) {
    TIEOUT_CHECK(sync_directory(dir / part));
  }
  return {};
}

Result<RunWriter> RunWriter::create(const std::filesystem::path& dir, const Manifest& manifest,
                                    std::string_view config_text, std::string_view config_json,
                                    Durability durability) {
  return create_on(real_disk(), dir, manifest, config_text, config_json, durability);
}

Result<RunWriter> RunWriter::create_on(Disk& disk, const std::filesystem::path& dir,
                                       const Manifest& manifest, std::string_view config_text,
                                       std::string_view config_json, Durability durability) {
  TIEOUT_CHECK(check_manifest(manifest));
  std::error_code ignored;
  for (const char* part : {"manifest.json", "journal.tlog"}) {
    if (std::filesystem::exists(dir / part, ignored)) {
      return Error{ErrorCode::kPathExists,
                   fmt::format("write_run_log: '{}' holds a run log already, needed a directory "
                               "without one",
                               dir.string())};
    }
  }
  auto impl = std::make_unique<Impl>();
  impl->disk = &disk;
  impl->dir = dir;
  impl->manifest = unsealed(manifest);
  impl->durability = durability;
  if (Status created = impl->create_files(config_text, config_json); !created.ok()) {
    impl->remove_files();
    return std::move(created).error();
  }
  return RunWriter(std::move(impl));
}

RunWriter::RunWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RunWriter::~RunWriter() = default;
RunWriter::RunWriter(RunWriter&&) noexcept = default;
RunWriter& RunWriter::operator=(RunWriter&&) noexcept = default;

Status RunWriter::write_journal(const JournalEntry& entry) {
  TIEOUT_CHECK(impl_->check_open());
  impl_->journal.add(FrameType::kJournalEntry, [&](std::string& out) { encode(entry, out); });
  return {};
}

Status RunWriter::write_node(std::size_t topological_id, const NodeFrame& frame) {
  TIEOUT_CHECK(impl_->check_open());
  TIEOUT_ASSERT(topological_id < impl_->manifest.nodes.size());
  TIEOUT_ASSERT(frame.changed.columns() == impl_->manifest.nodes[topological_id].columns);
  Segment& segment = impl_->segments[topological_id];
  TIEOUT_ASSERT(!segment.has_frame);
  segment.add(FrameType::kNode, [&](std::string& out) { encode(frame, out); });
  segment.content = frame.window_hash;
  segment.cells = frame.window_rows * frame.changed.column_count();
  segment.is_keyframe = frame.keyframe;
  return {};
}

Status RunWriter::write_table(TableKind kind, Timestamp bar, Timestamp wall, const Table& table) {
  TIEOUT_CHECK(impl_->check_open());
  TIEOUT_ASSERT(table.is_well_formed());
  Segment& segment = impl_->table_segment(kind);
  TIEOUT_ASSERT(!segment.has_frame);
  segment.add(FrameType::kTable, [&](std::string& out) { encode(table, bar, wall, out); });
  segment.content = hash_table(table);
  segment.cells = table.row_count() * table.columns.size();
  return {};
}

Commit RunWriter::Impl::make_commit(Timestamp bar, Timestamp wall, BarOutcome outcome) const {
  Commit commit;
  commit.bar_index = bars.size();
  for (const Segment& segment : segments) {
    commit.segments.push_back({segment.committed_bytes + segment.buffer.size(), segment.chain,
                               segment.content, segment.cells, segment.has_frame,
                               segment.is_keyframe});
  }
  const std::size_t node_count = manifest.nodes.size();
  const auto known = static_cast<std::size_t>(std::ranges::count_if(
      segments, [](const Segment& segment) { return segment.spec.known_at_start; }));
  commit.record = {bar, wall, outcome, content_hash_of(bar, commit.segments, node_count, known)};
  return commit;
}

Status RunWriter::Impl::write_bar(const Commit& commit) {
  TIEOUT_CHECK(create_new_table());
  // The commit is the last to be written: where it stands, everything that it names stands too.
  for (Segment& segment : segments) {
    if (!segment.buffer.empty()) {
      TIEOUT_CHECK(segment.file.append(segment.buffer));
    }
  }
  journal.add(FrameType::kCommit, [&](std::string& out) { encode(commit, out); });
  TIEOUT_CHECK(journal.file.append(journal.buffer));
  return durability == Durability::kEachBar ? journal.file.sync() : Status{};
}

Error RunWriter::Impl::fail(Error error) {
  // A commit that was written and not flushed must not count. Where even this fails, the reader
  // finds one bar more than was reported; what other segments hold of the bar is cut by seal(), or
  // by every reader.
  static_cast<void>(journal.file.cut(journal.committed_bytes).ok());
  drop_new_table();
  failure = error;
  return error;
}

Result<Hash128> RunWriter::commit_bar(Timestamp bar, Timestamp wall, BarOutcome outcome) {
  TIEOUT_CHECK(impl_->check_open());
  TIEOUT_ASSERT(impl_->bars.empty() || impl_->bars.back().bar < bar);
  const Commit commit = impl_->make_commit(bar, wall, outcome);
  if (Status written = impl_->write_bar(commit); !written.ok()) {
    return impl_->fail(
        Error{written.error().code,
              fmt::format("{} (bar {} is lost, the {} bars before it are kept)",
                          written.error().message, to_iso(bar), impl_->bars.size())});
  }
  const Hash128 no_table = hash_table({});
  for (std::size_t i = 0; i < impl_->segments.size(); ++i) {
    impl_->segments[i].keep_bar();
    if (i >= impl_->manifest.nodes.size()) {
      impl_->segments[i].content = no_table;
      impl_->segments[i].cells = 0;
    }
  }
  impl_->journal.keep_bar();
  impl_->bars.push_back(commit.record);
  return commit.record.content_hash;
}

Status RunWriter::log_line(std::string_view line) {
  TIEOUT_ASSERT(!impl_->is_sealed);
  std::string text(line);
  text += '\n';
  TIEOUT_CHECK(impl_->log.append(text));
  impl_->log_bytes += text.size();
  return {};
}

Status RunWriter::seal(RunOutcome outcome) {
  TIEOUT_ASSERT(!impl_->is_sealed && outcome != RunOutcome::kRunning);
  Impl& impl = *impl_;
  impl.journal.forget_bar();
  impl.drop_new_table();
  std::vector<SegmentEnd> ends{impl.journal.end()};
  for (Segment& segment : impl.segments) {
    segment.forget_bar();
    ends.push_back(segment.end());
  }
  if (impl.failure.has_value()) {
    // A sealed log has no bytes after its last bar.
    TIEOUT_CHECK(impl.journal.file.cut(impl.journal.committed_bytes));
    for (Segment& segment : impl.segments) {
      TIEOUT_CHECK(segment.file.cut(segment.committed_bytes));
    }
  }
  TIEOUT_CHECK(impl.sync_all());
  Manifest sealed = impl.manifest;
  sealed.outcome = outcome;
  sealed.bar_count = impl.bars.size();
  sealed.content_hash = to_hex(content_hash_of(impl.bars));
  sealed.root_hash = to_hex(root_hash_of(sealed, ends));
  TIEOUT_CHECK(write_file_atomic(impl.dir / "manifest.json", to_json(sealed)));
  impl.is_sealed = true;
  return sync_directory(impl.dir);
}

std::uint64_t RunWriter::bytes_written() const noexcept {
  std::uint64_t bytes = impl_->side_bytes + impl_->log_bytes + impl_->journal.committed_bytes;
  for (const Segment& segment : impl_->segments) {
    bytes += segment.committed_bytes;
  }
  return bytes;
}

}  // namespace tieout::runlog
