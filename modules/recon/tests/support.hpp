#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tieout/config/config.hpp"
#include "tieout/core/panel.hpp"
#include "tieout/core/random.hpp"
#include "tieout/core/table.hpp"
#include "tieout/recon/compare.hpp"
#include "tieout/runlog/reader.hpp"
#include "tieout/runlog/records.hpp"

// Small synthetic runs, held as plain values: whole windows and tables for each bar. Tests change a
// value and write both runs as real run logs; the frames are derived from the windows here.
namespace tieout::recon::test {

/// A directory that is removed with the object.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

struct BarData {
  Timestamp bar;
  runlog::BarOutcome outcome = runlog::BarOutcome::kOk;
  std::vector<Panel> windows;  // by topological id
  std::map<runlog::TableKind, Table> tables;
  std::vector<runlog::JournalEntry> journal;
};

struct RunData {
  runlog::Manifest manifest;
  config::Config config;
  std::optional<std::string> config_json;  // instead of the config's own
  std::vector<BarData> bars;
  std::optional<runlog::RunOutcome> seal = runlog::RunOutcome::kComplete;  // nothing: not sealed
};

inline constexpr AssetId kBtc{1467591036};
inline constexpr AssetId kEth{6051632686};

struct RunOptions {
  std::uint64_t seed = 1;
  std::size_t bars = 6;
  std::size_t rows = 8;  // of a window, once it has slid that far; one row a bar
  bool events = false;   // order events, at every other bar
};

/// Four nodes (the source; returns of it; a whole-window node of those; the sink of both), the five
/// tables that every log has with cells of all types, a journal, a config. Equal options give equal
/// runs.
RunData make_run(const RunOptions& options = {});

/// 2018-01-23 00:00 UTC, the first bar, and the bars' distance.
Timestamp first_bar();
Duration bar_period();
/// Bar `index` of the runs.
Timestamp bar_at(std::size_t index);

/// Write as a run log and open it.
runlog::RunReader write_run(const std::filesystem::path& dir, const RunData& run);

/// Write both, compare, and check the identities that hold for every comparison.
Comparison compare(const RunData& left, const RunData& right, const CompareOptions& options = {});
/// The Error of a comparison that must fail.
void check_identities(const Comparison& comparison);

const LayerResult& layer(const Comparison& comparison, Layer wanted);
const NodeResult& node(const Comparison& comparison, const std::string& name);

/// Reorder columns: column i of the result is column order[i].
Panel permute_columns(const Panel& panel, const std::vector<std::size_t>& order);
Table permute_rows(const Table& table, const std::vector<std::size_t>& order);

/// Draws in order from one stream.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : rng_(seed, 0x7265636F6EU) {}
  /// In [0, bound).
  std::size_t below(std::size_t bound) {
    return static_cast<std::size_t>(rng_.uniform(next_++) * static_cast<double>(bound));
  }
  double normal() { return rng_.normal(next_++); }

 private:
  CounterRng rng_;
  std::uint64_t next_ = 0;
};

}  // namespace tieout::recon::test
