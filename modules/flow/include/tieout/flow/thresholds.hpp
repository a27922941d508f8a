#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/report/observer.hpp"
#include "tieout/runlog/reader.hpp"

namespace tieout::flow {

/// When an observer calls for somebody. A threshold holds while it is strictly below the value.
struct Thresholds {
  double usdt_balance = -1000;          // of net wealth, in the run's money
  double cumulative_pnl = -100;         // likewise
  double cumulative_pnl_to_gmv = -0.1;  // over the expanding mean of GMV
  std::uint64_t bars_behind = 1;        // so many bars may be missing
};

/// Read a TOML file of thresholds; what it does not name keeps its default.
///
/// Errors:  kMalformedData with the line, kUnknownConfigKey with the keys that there are,
/// kConfigTypeMismatch, kInvalidConfig for a number that is not finite or negative `bars_behind`,
/// kFileNotFound.
Result<Thresholds> read_thresholds(const std::filesystem::path& path);
/// The same of a text; `file` is for messages.
Result<Thresholds> parse_thresholds(std::string_view text, std::string_view file);

/// Hold a run against the thresholds.
///
/// Rule:    balance is net_wealth of the last bar; cumulative PnL is the sum of pnl over the bars;
/// the ratio's base is the mean GMV of all bars so far. The two of PnL need 2 bars. What cannot be
/// computed is not checked, and says why: it is no pass. `bars_behind` is nothing when the run does
/// not follow the wall clock.
/// Source:  recon_flow.md 8.3, its messages word by word.
std::vector<report::ThresholdCheck> check_thresholds(const Thresholds& thresholds,
                                                     const runlog::RunReader& prod,
                                                     std::optional<std::uint64_t> bars_behind);

}  // namespace tieout::flow
