#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "tieout/recon/compare.hpp"
#include "tieout/report/report.hpp"
#include "tieout/runlog/reader.hpp"

namespace tieout::report::testing {

/// A directory of its own for the running test, removed at its end.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A small run: two assets, the nodes read_data and predict, target positions, orders, fills,
/// portfolio, statistics, timings.
struct RunSpec {
  bool simulation = false;
  std::size_t bars = 12;
  /// At this bar the close of the first asset is one tick higher, and the prediction, target and
  /// PnL with it.
  std::optional<std::size_t> bump_at;
  bool statistics = true;
  std::string first_symbol = "binance::BTC_USDT";
  double passivity = 0.55;
  /// The last node gives out vwap, vol and prediction, the config says how they are sized, and the
  /// targets say what was decided upon.
  bool research = false;
};

/// Bar `i` of the test runs: five-minute bars from 2018-01-23 00:05 UTC.
Timestamp bar_at(std::size_t i);

/// Write, seal and open the run log.
runlog::RunReader make_run(const std::filesystem::path& dir, const RunSpec& spec);

/// Two runs, their comparison and the input for a report about them.
struct Pair {
  Pair(const RunSpec& prod_spec, const RunSpec& sim_spec);
  TempDir dir;
  runlog::RunReader prod;
  runlog::RunReader sim;
  recon::Comparison comparison;
  ReportInput input;
};

/// Runs that agree, and runs that differ from bar 7 on.
RunSpec prod_spec();
RunSpec sim_spec();
RunSpec bumped_sim_spec();

}  // namespace tieout::report::testing
