#include "window_store.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "tieout/frames/file.hpp"

namespace tieout::reference {
namespace {

/// Hash of the file's bytes, read in pieces that stay in the cache; nothing when it cannot be read.
std::optional<Hash128> hash_file(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return std::nullopt;
  }
  std::vector<std::byte> piece(1U << 18);
  Hasher hasher;
  ssize_t count = 0;
  while ((count = ::read(fd, piece.data(), piece.size())) > 0 || (count < 0 && errno == EINTR)) {
    hasher.add(std::span(piece).first(static_cast<std::size_t>(std::max<ssize_t>(count, 0))));
  }
  ::close(fd);
  return count == 0 ? std::optional(hasher.digest()) : std::nullopt;
}

}  // namespace

WindowStore::WindowStore(const LogIndex& log, std::vector<Timestamp> bars,
                         std::shared_ptr<StringPool> strings)
    : log_(&log), bars_(std::move(bars)), strings_(std::move(strings)), decoder_(*strings_) {
  nodes_.resize(log.nodes.size());
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    Node& node = nodes_[n];
    node.file_of_bar.assign(bars_.size(), kNoFile);
    node.hashes.resize(bars_.size());
    node.pending.resize(bars_.size());
    node.cells.resize(bars_.size());
    node.frames.resize(bars_.size());
    for (std::size_t f = 0; f < log.nodes[n].bars.size(); ++f) {
      const auto at = std::ranges::lower_bound(bars_, log.nodes[n].bars[f].bar);
      node.file_of_bar[static_cast<std::size_t>(at - bars_.begin())] = f;
    }
  }
}

std::filesystem::path WindowStore::path_of(std::size_t node, std::size_t bar) const {
  return log_->places.node_data / log_->nodes[node].bars[nodes_[node].file_of_bar[bar]].name;
}

Error WindowStore::no_file(std::size_t node, std::size_t bar) const {
  return {ErrorCode::kIncompleteEvidence,
          fmt::format("open_log: '{}' has no file of {} at bar {}", log_->places.node_data.string(),
                      log_->nodes[node].name, to_iso(bars_[bar]))};
}

Status WindowStore::read(std::size_t node, std::size_t bar) {
  const std::filesystem::path file = path_of(node, bar);
  const auto undecoded = [&](const Error& error) {
    return Error{ErrorCode::kCorruptEvidence,
                 fmt::format("open_log: '{}' cannot be decoded: {}", file.string(), error.message)};
  };
  const std::string& name = log_->nodes[node].bars[nodes_[node].file_of_bar[bar]].name;
  const bool is_parquet = name.ends_with(".parquet") || name.ends_with(".pq");
  if (is_parquet) {
    const auto bytes = buffer_.read(file, frames::ReadLimits{}.max_bytes);
    if (!bytes.ok()) {
      return undecoded(bytes.error());
    }
    nodes_[node].hashes[bar] = hash_bytes(std::as_bytes(std::span(*bytes)));
    const Status decoded = decoder_.decode_bytes(*bytes, file, decoded_);
    if (decoded.ok()) {
      return {};
    }
    if (decoded.error().code != ErrorCode::kSchemaMismatch) {
      return undecoded(decoded.error());
    }  // Without pandas' metadata, or without an index of timestamps.
  }
  Result<frames::Frame> frame = is_parquet ? frames::read_parquet(file) : frames::read_csv(file);
  if (!frame.ok()) {
    return undecoded(frame.error());
  }
  TIEOUT_TRY(decoded_, to_words(std::move(*frame), file, *strings_));
  return {};
}

Status WindowStore::read_schemas() {
  constexpr std::size_t kTried = 8;  // Windows that may be empty before the first that is not.
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    std::size_t tried = 0;
    for (std::size_t bar = 0; bar < bars_.size() && tried < kTried; ++bar) {
      if (!has_file(n, bar)) {
        continue;
      }
      const std::filesystem::path file = path_of(n, bar);
      TIEOUT_CHECK(read(n, bar));
      nodes_[n].match = {};
      TIEOUT_TRY(nodes_[n].schema, schema_of(decoded_, file));
      TIEOUT_TRY(Panel window,
                 to_window(decoded_, nodes_[n].schema, file, nodes_[n].match, promotions_));
      nodes_[n].cells[bar] = window.row_count() * window.column_count();
      ++tried;
      if (window.empty()) {
        continue;
      }
      if (tried == 1) {
        nodes_[n].last = std::move(window);
        nodes_[n].last_bar = bar;
      }
      break;
    }
  }
  return {};
}

void WindowStore::hash_ahead(std::size_t node, std::size_t bar) {
  constexpr std::size_t kAhead = 4;
  for (std::size_t i = 0; i < kAhead; ++i) {
    Node& files = nodes_[node];
    if (has_file(node, bar) && !files.hashes[bar] && !files.pending[bar].valid()) {
      files.pending[bar] =
          std::async(std::launch::async, [path = path_of(node, bar)] { return hash_file(path); });
    }
    if (++node == nodes_.size()) {
      node = 0;
      if (++bar == bars_.size()) {
        return;
      }
    }
  }
}

Hash128 WindowStore::file_hash(std::size_t node, std::size_t bar) {
  auto& hash = nodes_[node].hashes[bar];
  if (!hash) {
    if (has_file(node, bar)) {
      hash_ahead(node, bar);
      hash = nodes_[node].pending[bar].get();
    }
    if (!hash) {
      hash = hash_text(fmt::format("no file: {} {} {}", log_->places.root.string(),
                                   log_->nodes[node].name, bars_[bar].ns));
    }
  }
  return *hash;
}

std::uint64_t WindowStore::cells(std::size_t node, std::size_t bar) {
  if (!has_file(node, bar)) {
    return 0;
  }
  if (!nodes_[node].cells[bar] && !decode(node, bar).ok()) {
    return 0;
  }
  return nodes_[node].cells[bar].value_or(0);
}

Result<Panel> WindowStore::decode(std::size_t node, std::size_t bar) {
  TIEOUT_CHECK(read(node, bar));
  TIEOUT_TRY(Panel window, to_window(decoded_, nodes_[node].schema, path_of(node, bar),
                                     nodes_[node].match, promotions_));
  nodes_[node].cells[bar] = window.row_count() * window.column_count();
  return window;
}

Result<Panel> WindowStore::window(std::size_t node, std::size_t bar) {
  if (!has_file(node, bar)) {
    return no_file(node, bar);
  }
  if (nodes_[node].last_bar == bar) {
    return nodes_[node].last;
  }
  return decode(node, bar);
}

std::optional<std::size_t> WindowStore::bar_before(std::size_t node, std::size_t bar) const {
  while (bar > 0) {
    --bar;
    if (has_file(node, bar)) {
      return bar;
    }
  }
  return std::nullopt;
}

void WindowStore::keep(Node& node, std::size_t bar, const runlog::NodeFrame& frame) {
  // A whole window is as quickly decoded again as it would push out the changes of many bars.
  constexpr std::size_t kLargest = kFrameBudgetBytes / 32;
  const Panel& changed = frame.changed;
  const std::size_t bytes =
      sizeof(KeptFrame) + changed.row_count() * (changed.column_count() + 1) * sizeof(double);
  if (bytes > kLargest || frame_bytes_ + bytes > kFrameBudgetBytes) {
    return;
  }
  frame_bytes_ += bytes;
  KeptFrame& kept = node.frames[bar].emplace();
  kept.frame.bar = frame.bar;
  kept.frame.wall = frame.wall;
  kept.frame.keyframe = frame.keyframe;
  kept.frame.dropped_front = frame.dropped_front;
  kept.frame.window_rows = frame.window_rows;
  kept.frame.window_hash = frame.window_hash;
  kept.rows.assign(changed.index().begin(), changed.index().end());
  kept.values.resize(changed.row_count() * changed.column_count());
  for (std::size_t r = 0; r < changed.row_count(); ++r) {
    changed.copy_row(
        r, std::span(kept.values).subspan(r * changed.column_count(), changed.column_count()));
  }
}

runlog::NodeFrame WindowStore::restored(const Node& node, const KeptFrame& kept) {
  runlog::NodeFrame frame = kept.frame;
  frame.changed = Panel(node.schema.columns);
  frame.changed.append_rows(kept.rows);
  const std::size_t columns = node.schema.columns.size();
  for (std::size_t c = 0; c < columns; ++c) {
    const auto to = frame.changed.column(c);
    for (std::size_t r = 0; r < to.size(); ++r) {
      to[r] = kept.values[r * columns + c];
    }
  }
  return frame;
}

Result<runlog::NodeFrame> WindowStore::frame(std::size_t node_id, std::size_t bar) {
  if (!has_file(node_id, bar)) {
    return no_file(node_id, bar);
  }
  Node& node = nodes_[node_id];
  if (node.frames[bar]) {
    return restored(node, *node.frames[bar]);
  }
  const auto before = bar_before(node_id, bar);
  if (before && node.last_bar != before) {
    TIEOUT_TRY(node.last, decode(node_id, *before));
    node.last_bar = before;
  }
  Panel after;
  if (before || node.last_bar != bar) {
    TIEOUT_TRY(after, decode(node_id, bar));
  } else {
    after = std::move(node.last);
  }
  runlog::NodeFrame frame = change_between(before ? &node.last : nullptr, after, node.schema.types);
  const BarFile& file = log_->nodes[node_id].bars[node.file_of_bar[bar]];
  frame.bar = file.bar;
  frame.wall = file.wall.value_or(file.bar);
  frame.window_hash = file_hash(node_id, bar);
  keep(node, bar, frame);
  // Where the next frame is kept, nobody needs this window to find it.
  const bool is_last = node.file_of_bar[bar] + 1 == file_count(node_id) ||
                       (bar + 1 < bars_.size() && node.frames[bar + 1]);
  node.last = is_last ? Panel() : std::move(after);
  node.last_bar = is_last ? std::nullopt : std::optional(bar);
  return frame;
}

}  // namespace tieout::reference
