#pragma once

#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tieout/core/hash.hpp"
#include "tieout/core/string_pool.hpp"

#include "log_index.hpp"
#include "window_panel.hpp"

namespace tieout::reference {

/// Decoded windows of a log's nodes, and what each bar changed.
///
/// Rule:  frames are found by comparing a window with the one before it. The last window of each
///        node is kept, so that a walk over ascending bars decodes each file once; frames are kept
///        up to a budget, so that a second walk decodes nothing but the keyframes.
class WindowStore {
 public:
  /// The changes that are kept. Windows (one of each node) come on top.
  static constexpr std::size_t kFrameBudgetBytes = 96U << 20;

  WindowStore(const LogIndex& log, std::vector<Timestamp> bars,
              std::shared_ptr<StringPool> strings);

  /// Read the schema of each node from its first window that has rows.
  Status read_schemas();
  const NodeSchema& schema(std::size_t node) const { return nodes_[node].schema; }

  bool has_file(std::size_t node, std::size_t bar) const {
    return nodes_[node].file_of_bar[bar] != kNoFile;
  }
  std::size_t file_count(std::size_t node) const { return log_->nodes[node].bars.size(); }

  /// Of the bytes of the file; of the log, node and bar where there is none, so that it equals no
  /// other.
  Hash128 file_hash(std::size_t node, std::size_t bar);
  /// Rows x columns; 0 when the file cannot be decoded, which every other call then reports.
  std::uint64_t cells(std::size_t node, std::size_t bar);

  /// Errors: kIncompleteEvidence without a file; kCorruptEvidence.
  Result<Panel> window(std::size_t node, std::size_t bar);
  Result<runlog::NodeFrame> frame(std::size_t node, std::size_t bar);

  /// Columns whose type had to be changed so far, over all nodes.
  const Promotions& promotions() const { return promotions_; }

 private:
  static constexpr std::size_t kNoFile = static_cast<std::size_t>(-1);
  /// A frame without the names of its columns, which would be most of it.
  struct KeptFrame {
    runlog::NodeFrame frame;      // but for `changed`
    std::vector<Timestamp> rows;  // of `changed`
    std::vector<double> values;   // row by row
  };
  struct Node {
    NodeSchema schema;
    ColumnMatch match;
    std::vector<std::size_t> file_of_bar;  // position in NodeFiles::bars, or kNoFile
    std::vector<std::optional<Hash128>> hashes;
    std::vector<std::future<std::optional<Hash128>>> pending;  // valid while a thread hashes
    std::vector<std::optional<std::uint64_t>> cells;
    std::vector<std::optional<KeptFrame>> frames;
    std::optional<std::size_t> last_bar;  // of `last`
    Panel last;
  };

  /// Hash the files that come next in the order of bars and nodes on threads of their own.
  void hash_ahead(std::size_t node, std::size_t bar);
  std::filesystem::path path_of(std::size_t node, std::size_t bar) const;
  /// Decode a file into decoded_, and remember the hash of its bytes.
  Status read(std::size_t node, std::size_t bar);
  Result<Panel> decode(std::size_t node, std::size_t bar);
  std::optional<std::size_t> bar_before(std::size_t node, std::size_t bar) const;
  Error no_file(std::size_t node, std::size_t bar) const;
  void keep(Node& node, std::size_t bar, const runlog::NodeFrame& frame);
  static runlog::NodeFrame restored(const Node& node, const KeptFrame& kept);

  const LogIndex* log_;
  std::vector<Timestamp> bars_;
  std::shared_ptr<StringPool> strings_;  // shared: two logs that are compared use one pool
  frames::WindowDecoder decoder_;
  frames::FileBuffer buffer_;
  frames::DecodedWindow decoded_;  // reused from file to file
  std::vector<Node> nodes_;
  Promotions promotions_;
  std::size_t frame_bytes_ = 0;
};

}  // namespace tieout::reference
