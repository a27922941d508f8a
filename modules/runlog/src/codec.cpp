#include "codec.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/assert.hpp"
#include "tieout/core/nan.hpp"

#include "bytes.hpp"

namespace tieout::runlog {
namespace {

constexpr std::uint8_t kHasFrame = 1;
constexpr std::uint8_t kIsKeyframe = 2;

Error bad(std::string message) {
  return Error{ErrorCode::kCorruptEvidence, std::move(message)};
}

/// The bits of the values with every NaN made the same one, so that equal contents are equal bytes:
/// 0.0 / 0.0 is a negative NaN on x86 and a positive one elsewhere.
void put_doubles(ByteWriter& out, std::span<const double> values) {
  std::string& buffer = out.buffer();
  const std::size_t start = buffer.size();
  out.raw(values.data(), values.size() * sizeof(double));
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) {
      std::memcpy(buffer.data() + start + i * sizeof(double), &kNaN, sizeof kNaN);
    }
  }
}

void put(ByteWriter& out, const std::vector<double>& values) {
  put_doubles(out, values);
}
void put(ByteWriter& out, const std::vector<std::int64_t>& values) {
  out.raw(values.data(), values.size() * sizeof(std::int64_t));
}
void put(ByteWriter& out, const std::vector<std::uint8_t>& values) {
  out.raw(values.data(), values.size());
}
void put(ByteWriter& out, const std::vector<Timestamp>& values) {
  static_assert(sizeof(Timestamp) == 8);
  out.raw(values.data(), values.size() * sizeof(Timestamp));
}
void put(ByteWriter& out, const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    out.text(value);
  }
}

/// Read `rows` fixed-size cells; false when they are not there.
template <typename T>
bool take(ByteReader& in, std::uint64_t rows, std::vector<T>& values) {
  if (rows > in.remaining() / sizeof(T)) {
    return false;
  }
  values.resize(rows);
  in.copy(values.data(), rows * sizeof(T));
  return in.ok();
}

template <>
bool take(ByteReader& in, std::uint64_t rows, std::vector<std::string>& values) {
  if (rows > in.remaining() / sizeof(std::uint32_t)) {
    return false;
  }
  values.reserve(rows);
  for (std::uint64_t r = 0; r < rows && in.ok(); ++r) {
    values.push_back(in.text());
  }
  return in.ok();
}

Result<ColumnValues> decode_values(ByteReader& in, ColumnType type, std::uint64_t rows) {
  const auto read = [&](auto values) -> Result<ColumnValues> {
    if (!take(in, rows, values)) {
      return bad(fmt::format("the payload ends inside a column of {} rows", rows));
    }
    return ColumnValues(std::move(values));
  };
  switch (type) {
    case ColumnType::kFloat64:
      return read(std::vector<double>{});
    case ColumnType::kInt64:
      return read(std::vector<std::int64_t>{});
    case ColumnType::kString:
      return read(std::vector<std::string>{});
    case ColumnType::kTimestamp:
      return read(std::vector<Timestamp>{});
    case ColumnType::kBool: {
      TIEOUT_TRY(ColumnValues values, read(std::vector<std::uint8_t>{}));
      const auto& cells = std::get<std::vector<std::uint8_t>>(values);
      if (std::ranges::any_of(cells, [](std::uint8_t cell) { return cell > 1; })) {
        return bad("a boolean is neither 0 nor 1");
      }
      return values;
    }
  }
  return bad(fmt::format("column type {} does not exist", static_cast<int>(type)));
}

}  // namespace

void encode(const NodeFrame& frame, std::string& buffer) {
  ByteWriter out(buffer);
  out.time(frame.bar);
  out.time(frame.wall);
  out.u64(frame.keyframe ? 1 : 0);
  out.u64(frame.dropped_front);
  out.u64(frame.window_rows);
  out.hash(frame.window_hash);
  out.u64(frame.changed.row_count());
  out.u64(frame.changed.column_count());
  const auto index = frame.changed.index();
  out.raw(index.data(), index.size() * sizeof(Timestamp));
  for (std::size_t c = 0; c < frame.changed.column_count(); ++c) {
    put_doubles(out, frame.changed.column(c));
  }
}

Result<NodeFrame> decode_node(std::span<const std::byte> payload, const Panel& empty) {
  ByteReader in(payload);
  NodeFrame frame;
  frame.bar = in.time();
  frame.wall = in.time();
  const std::uint64_t flags = in.u64();
  frame.keyframe = flags == 1;
  frame.dropped_front = in.u64();
  frame.window_rows = in.u64();
  frame.window_hash = in.hash();
  const std::uint64_t rows = in.u64();
  const std::uint64_t column_count = in.u64();
  if (!in.ok() || flags > 1) {
    return bad("a node frame's head is not well formed");
  }
  if (column_count != empty.column_count()) {
    return bad(fmt::format("a node frame has {} columns, the node has {}", column_count,
                           empty.column_count()));
  }
  const std::size_t row_bytes = sizeof(Timestamp) + column_count * sizeof(double);
  if (in.remaining() % row_bytes != 0 || in.remaining() / row_bytes != rows) {
    return bad(fmt::format("a node frame claims {} rows of {} bytes, and has {} bytes", rows,
                           row_bytes, in.remaining()));
  }
  std::vector<Timestamp> index(rows);
  in.copy(index.data(), rows * sizeof(Timestamp));
  if (std::ranges::adjacent_find(index, std::ranges::greater_equal{}) != index.end()) {
    return bad("the rows of a node frame do not ascend");
  }
  frame.changed = empty;
  frame.changed.append_rows(index);
  for (std::size_t c = 0; c < column_count; ++c) {
    const auto cells = frame.changed.column(c);
    in.copy(cells.data(), cells.size_bytes());
  }
  return frame;
}

void encode(const Table& table, Timestamp bar, Timestamp wall, std::string& buffer) {
  ByteWriter out(buffer);
  out.time(bar);
  out.time(wall);
  out.u32(static_cast<std::uint32_t>(table.key_count));
  out.u32(static_cast<std::uint32_t>(table.columns.size()));
  out.u64(table.row_count());
  for (const TypedColumn& column : table.columns) {
    out.u8(static_cast<std::uint8_t>(column.type()));
    out.text(column.name);
  }
  for (const TypedColumn& column : table.columns) {
    std::visit([&](const auto& values) { put(out, values); }, column.values);
  }
}

Result<TableFrame> decode_table(std::span<const std::byte> payload) {
  ByteReader in(payload);
  TableFrame frame;
  frame.bar = in.time();
  frame.wall = in.time();
  frame.table.key_count = in.u32();
  const std::uint32_t column_count = in.u32();
  const std::uint64_t rows = in.u64();
  constexpr std::size_t kColumnHeadBytes = 5;
  if (!in.ok() || column_count > in.remaining() / kColumnHeadBytes ||
      (column_count == 0 && rows != 0)) {
    return bad("a table frame's head is not well formed");
  }
  std::vector<ColumnType> types;
  for (std::uint32_t c = 0; c < column_count && in.ok(); ++c) {
    types.push_back(static_cast<ColumnType>(in.u8()));
    frame.table.columns.push_back({in.text(), {}});
  }
  if (!in.ok()) {
    return bad("a table frame ends inside its column names");
  }
  for (std::uint32_t c = 0; c < column_count; ++c) {
    TIEOUT_TRY(frame.table.columns[c].values, decode_values(in, types[c], rows));
  }
  if (!in.at_end() || !frame.table.is_well_formed()) {
    return bad("a table frame is not well formed");
  }
  return frame;
}

void encode(const JournalEntry& entry, std::string& buffer) {
  ByteWriter out(buffer);
  out.u8(static_cast<std::uint8_t>(entry.kind));
  out.u8(static_cast<std::uint8_t>(entry.outcome));
  out.u16(0);
  out.u32(static_cast<std::uint32_t>(entry.laggards.size()));
  out.time(entry.bar);
  out.time(entry.time);
  out.time(entry.as_of.knowledge);
  out.i64(entry.as_of.max_seq);
  out.u64(entry.row_count);
  out.hash(entry.content);
  for (const AssetId laggard : entry.laggards) {
    out.i64(laggard.value);
  }
  out.text(entry.purpose);
}

Result<JournalEntry> decode_journal(std::span<const std::byte> payload) {
  ByteReader in(payload);
  JournalEntry entry;
  const std::uint8_t kind = in.u8();
  const std::uint8_t outcome = in.u8();
  in.u16();
  const std::uint32_t laggard_count = in.u32();
  entry.bar = in.time();
  entry.time = in.time();
  entry.as_of.knowledge = in.time();
  entry.as_of.max_seq = in.i64();
  entry.row_count = in.u64();
  entry.content = in.hash();
  if (!in.ok() || kind < 1 || kind > 5 || outcome > 2 || laggard_count > in.remaining() / 8) {
    return bad("a journal entry is not well formed");
  }
  entry.kind = static_cast<JournalEntry::Kind>(kind);
  entry.outcome = static_cast<BarOutcome>(outcome);
  for (std::uint32_t i = 0; i < laggard_count; ++i) {
    entry.laggards.push_back({in.i64()});
  }
  entry.purpose = in.text();
  if (!in.at_end()) {
    return bad("a journal entry is not well formed");
  }
  return entry;
}

void encode(const Commit& commit, std::string& buffer) {
  ByteWriter out(buffer);
  out.time(commit.record.bar);
  out.time(commit.record.wall);
  out.u64(commit.bar_index);
  out.u32(static_cast<std::uint32_t>(commit.record.outcome));
  out.u32(static_cast<std::uint32_t>(commit.segments.size()));
  out.hash(commit.record.content_hash);
  for (const SegmentCommit& segment : commit.segments) {
    out.u64(segment.end);
    out.hash(segment.chain);
    out.hash(segment.content);
    out.u64(segment.cells);
    out.u8(static_cast<std::uint8_t>((segment.has_frame ? kHasFrame : 0) |
                                     (segment.is_keyframe ? kIsKeyframe : 0)));
  }
}

Result<Commit> decode_commit(std::span<const std::byte> payload, std::size_t least,
                             std::size_t most) {
  ByteReader in(payload);
  Commit commit;
  commit.record.bar = in.time();
  commit.record.wall = in.time();
  commit.bar_index = in.u64();
  const std::uint32_t outcome = in.u32();
  const std::uint32_t count = in.u32();
  commit.record.content_hash = in.hash();
  if (!in.ok() || outcome > 2) {
    return bad("a commit is not well formed");
  }
  commit.record.outcome = static_cast<BarOutcome>(outcome);
  if (count < least || count > most) {
    return bad(fmt::format("a commit lists {} segments, the run has {}", count, most));
  }
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    SegmentCommit segment;
    segment.end = in.u64();
    segment.chain = in.hash();
    segment.content = in.hash();
    segment.cells = in.u64();
    const std::uint8_t flags = in.u8();
    segment.has_frame = (flags & kHasFrame) != 0;
    segment.is_keyframe = (flags & kIsKeyframe) != 0;
    commit.segments.push_back(segment);
  }
  if (!in.at_end()) {
    return bad("a commit is not well formed");
  }
  return commit;
}

Hash128 content_hash_of(Timestamp bar, std::span<const SegmentCommit> segments,
                        std::size_t node_count, std::size_t known_count) {
  // Of the tables, which begin with those of every log, timings alone are not compared.
  constexpr auto kTimingsPlace = static_cast<std::size_t>(TableKind::kTimings);
  TIEOUT_ASSERT(segments.size() > node_count + kTimingsPlace);
  Hasher hasher;
  hasher.add_i64(bar.ns);
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (i != node_count + kTimingsPlace && (i < known_count || segments[i].has_frame)) {
      hasher.add_hash(segments[i].content);
    }
  }
  return hasher.digest();
}

Hash128 content_hash_of(std::span<const BarRecord> bars) {
  Hasher hasher;
  hasher.add_u64(bars.size());
  for (const BarRecord& bar : bars) {
    hasher.add_hash(bar.content_hash);
  }
  return hasher.digest();
}

}  // namespace tieout::runlog
