#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/asset.hpp"
#include "tieout/core/panel.hpp"
#include "tieout/core/result.hpp"
#include "tieout/recon/trading_frames.hpp"

namespace tieout::recon {

/// What is compared: a field of one panel with a field of another, row by row and asset by asset.
struct FieldPair {
  const Panel* left;
  std::string left_field;
  std::size_t lag = 0;  // the left value is of so many rows of its panel before
  const Panel* right;
  std::string right_field;
};

/// The largest difference of two fields.
struct LargestDifference {
  std::size_t pairs = 0;            // cells with a number on both sides
  std::size_t without_percent = 0;  // of them: right is 0 and left is not, or one is infinite
  std::size_t one_sided = 0;        // cells with a number on one side only; of lag 0
  double max_abs = std::numeric_limits<double>::quiet_NaN();
  double max_percent = std::numeric_limits<double>::quiet_NaN();
  Timestamp at;  // where max_percent is, the first of them
  AssetId asset = kNoAsset;
};

/// Rule:    max_abs = max |left - right|; max_percent = max of 100 |left - right| / |right|, where
///          magnitudes below 1e-6 count as 0, 0 against 0 is 0, and a number against 0 has none.
/// Nulls:   NaN, a row and an asset that one side lacks are no pair.
/// Source:  oms.md 5.2 (compare_dfs, pct_change), 5.3 F6.
LargestDifference largest_difference(const FieldPair& pair);

/// One portfolio of several: columns (field, asset).
struct NamedPortfolio {
  std::string name;
  const Panel* portfolio;
};

/// holdings_shares, holdings_notional, executed_trades_shares, executed_trades_notional, pnl: what
/// any portfolio has; in the order of the alphabet.
std::span<const std::string_view> portfolio_fields() noexcept;

/// Two of the portfolios, and for each of portfolio_fields() how far they are apart.
struct PortfolioPair {
  std::string name;  // "prod_sim_diff"
  std::vector<LargestDifference> fields;
};

enum class PortfolioNames {
  kAny,
  kReference,  // prod, research and sim, and each of them: the reference refuses others
};

/// Each two of the portfolios, in the order given.
/// Errors:  kInvalidArgument for a name that comes twice, fewer than two portfolios, or other names
///          than are asked for.
/// Source:  dataflow.md 4.7, recon_flow.md 4.1 row 14.
Result<std::vector<PortfolioPair>> compare_portfolios(std::span<const NamedPortfolio> portfolios,
                                                      PortfolioNames names);

/// Books by the instants at which they were marked, as the reference reads them.
struct PortfolioState {
  Panel portfolio, statistics;
  std::vector<Duration> delays;  // [rows of statistics] from the row's label to its mark
};

/// Rule:    without `frequency` the label of a row is the instant itself (and the delay that behind
///          its bar), with it the instant rounded to that grid, ties to the even multiple.
/// Errors:  kIncompleteEvidence when the log does not say when its books were marked;
///          kMalformedData when two rows come to one label.
/// Source:  oms.md 5.1 (Portfolio.read_state, normalize_bar_times, compute_delay).
Result<PortfolioState> portfolio_state(const TradingFrames& frames,
                                       std::optional<Duration> frequency);

}  // namespace tieout::recon
