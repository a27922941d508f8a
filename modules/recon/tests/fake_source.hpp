#pragma once

#include <bit>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support.hpp"

namespace tieout::recon::test {

/// A log of another system, as an importer shows it: every bar has the whole window of each node,
/// hashes are of files and not of content, columns have types, windows may be missing.
struct FakeLog {
  RunData run;  // the types stand in run.manifest.nodes
  std::vector<std::string> notes;
  std::shared_ptr<StringPool> strings;
  std::map<std::pair<std::size_t, std::size_t>, bool> missing;  // (node, bar)
  std::uint64_t file = 0;  // content of another file with the same cells has another hash
  bool has_journal = false;
};

class FakeSource final : public runlog::RunSource {
 public:
  explicit FakeSource(FakeLog log) : log_(std::move(log)), config_json_(log_.run.config.to_json()) {
    log_.run.manifest.outcome = log_.run.seal.value_or(runlog::RunOutcome::kRunning);
    for (const BarData& bar : log_.run.bars) {
      bars_.push_back({.bar = bar.bar, .wall = {}, .outcome = bar.outcome, .content_hash = {}});
    }
  }

  const std::filesystem::path& directory() const noexcept override { return directory_; }
  const runlog::Manifest& manifest() const noexcept override { return log_.run.manifest; }
  const std::string& config_json() const noexcept override { return config_json_; }
  const std::string& config_text() const noexcept override { return config_json_; }
  bool sealed() const noexcept override { return log_.run.seal.has_value(); }
  std::span<const std::string> notes() const noexcept override { return log_.notes; }
  std::span<const runlog::BarRecord> bars() const noexcept override { return bars_; }
  bool has_window(std::size_t node, std::size_t bar) const noexcept override {
    return !log_.missing.contains({node, bar});
  }
  Hash128 window_hash(std::size_t node, std::size_t bar) const noexcept override {
    if (!has_window(node, bar)) {
      return {};
    }
    // Words may look like NaNs, which hash_panel() takes for one: hash them as numbers.
    const Panel& window = log_.run.bars[bar].windows[node];
    Hasher hasher;
    hasher.add_u64(log_.file);
    for (std::size_t r = 0; r < window.row_count(); ++r) {
      hasher.add_i64(window.index()[r].ns);
      for (std::size_t c = 0; c < window.column_count(); ++c) {
        hasher.add_u64(std::bit_cast<std::uint64_t>(window.at(r, c)));
      }
    }
    return hasher.digest();
  }
  bool hashes_are_of_content() const noexcept override { return false; }
  Hash128 table_hash(runlog::TableKind kind, std::size_t bar) const noexcept override {
    const auto found = log_.run.bars[bar].tables.find(kind);
    return hash_table(found == log_.run.bars[bar].tables.end() ? Table{} : found->second);
  }
  std::uint64_t window_cells(std::size_t node, std::size_t bar) const noexcept override {
    const Panel& window = log_.run.bars[bar].windows[node];
    return has_window(node, bar) ? window.row_count() * window.column_count() : 0;
  }
  std::uint64_t table_cells(runlog::TableKind kind, std::size_t bar) const noexcept override {
    const auto found = log_.run.bars[bar].tables.find(kind);
    return found == log_.run.bars[bar].tables.end()
               ? 0
               : found->second.row_count() * found->second.columns.size();
  }
  Result<runlog::NodeFrame> node_frame(std::size_t node, std::size_t bar) const override {
    if (!has_window(node, bar)) {
      return Error{ErrorCode::kIncompleteEvidence, "fake: no window"};
    }
    ++decoded_;
    runlog::NodeFrame frame;
    frame.bar = bars_[bar].bar;
    frame.keyframe = true;
    frame.changed = log_.run.bars[bar].windows[node];
    frame.window_rows = frame.changed.row_count();
    frame.window_hash = window_hash(node, bar);
    return frame;
  }
  Result<Panel> node_output(std::size_t node, std::size_t bar) const override {
    TIEOUT_TRY(runlog::NodeFrame frame, node_frame(node, bar));
    return std::move(frame.changed);
  }
  Result<std::optional<Table>> table(runlog::TableKind kind, std::size_t bar) const override {
    const auto found = log_.run.bars[bar].tables.find(kind);
    return found == log_.run.bars[bar].tables.end() ? std::optional<Table>()
                                                    : std::optional<Table>(found->second);
  }
  Result<std::vector<runlog::JournalEntry>> journal(std::size_t bar) const override {
    return log_.has_journal ? log_.run.bars[bar].journal : std::vector<runlog::JournalEntry>{};
  }
  bool has_journal() const noexcept override { return log_.has_journal; }
  const StringPool* strings() const noexcept override { return log_.strings.get(); }

  /// Windows that were decoded so far.
  std::size_t decoded() const noexcept { return decoded_; }

 private:
  FakeLog log_;
  std::filesystem::path directory_ = "fake";
  std::string config_json_;
  std::vector<runlog::BarRecord> bars_;
  mutable std::size_t decoded_ = 0;
};

}  // namespace tieout::recon::test
