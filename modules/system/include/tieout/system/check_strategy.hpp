#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tieout/core/asset.hpp"
#include "tieout/dataflow/builder.hpp"
#include "tieout/dataflow/prefix_check.hpp"
#include "tieout/system/run.hpp"

namespace tieout::system {

/// Which strategy is checked, over which bars and data.
struct CheckStrategyOptions {
  std::string constructor;
  std::vector<std::string> overrides;  // texts of --set-config-values
  /// A dump (test_data.csv.gz) or a CSV of bars; the last version of every bar counts. Empty:
  /// generated bars with gaps, the same for the same seed.
  std::filesystem::path market_data;
  std::optional<Timestamp> start;  // first bar; default: the first with a whole history, or a fixed
  std::optional<Timestamp> end;    // last bar; default: the last of the data, or a day after start
  std::vector<Asset> universe;     // empty: all symbols of the data
  std::size_t asset_count = 5;     // of generated data
  std::uint64_t seed = 1;          // of generated data
  ProgressSink progress;
};

struct StrategyCheck {
  std::string constructor;
  Timestamp start, end;
  Duration bar;
  Universe universe;
  bool is_generated = false;  // the data
  dataflow::PrefixReport report;
  std::vector<std::string> warnings;
};

/// Check the strategy's DAG for prefix invariance (dataflow::PrefixChecker). A field of its source
/// that market data do not have gets generated values, and a warning says so: the check is of the
/// computation, not of the data.
///
/// Errors: those of the builder and the overrides, of reading the data; kInvalidInterval for an
/// edge off the grid of bars; kMissingData when the data do not cover the bars; kInterrupted.
Result<StrategyCheck> check_strategy(const CheckStrategyOptions& options,
                                     const dataflow::DagBuilderRegistry& registry,
                                     const std::atomic<bool>& stop);

}  // namespace tieout::system
