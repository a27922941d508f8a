#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "tieout/analytics/matching.hpp"
#include "tieout/core/asset.hpp"
#include "tieout/core/result.hpp"

namespace tieout::analytics {

/// What a part of the gap between two runs' PnL is due to.
enum class GapPart : std::uint8_t {
  kPrices,       // matched fills at other prices
  kQuantities,   // matched fills of other quantities
  kOnlyLeft,     // fills of the left that nothing goes with
  kOnlyRight,    // fills of the right that nothing goes with
  kFees,         // fees paid
  kFunding,      // funding paid
  kCarried,      // other positions at the start
  kMarks,        // other prices by which the books value the same shares
  kUnexplained,  // what the books say beyond all that: positions that moved without a fill
};
inline constexpr std::size_t kGapPartCount = 9;
/// "prices", "quantities", "only_left", "only_right", "fees", "funding", "carried", "marks",
/// "unexplained".
std::string_view to_string(GapPart part) noexcept;

/// One asset of one run, over the bars that are compared.
struct GapAsset {
  double start_shares = 0;  // held when the books were first marked
  double start_price = 0;   // by which they were valued then, > 0
  double end_price = 0;     // by which they were valued last, > 0
  double fees = 0;          // dollars paid
  double funding = 0;
  double pnl = 0;  // dollars, of the books, after fees and funding
};

/// One run: its fills behind the first mark, with prices, and what its books say of each asset.
struct GapSide {
  std::vector<Trade> fills;
  std::map<AssetId, GapAsset> assets;
};

/// The gap of one asset, or of all: dollars, left - right.
struct GapSplit {
  AssetId asset = kNoAsset;
  double left_pnl = 0, right_pnl = 0;
  double gap = 0;  // left_pnl - right_pnl
  std::array<double, kGapPartCount> parts{};
  /// Sum of the magnitudes of all terms: what the error of the sum is measured by.
  double gross = 0;
  double part(GapPart part) const noexcept { return parts[static_cast<std::size_t>(part)]; }
};

struct PnlGapSplit {
  GapSplit total;
  std::vector<GapSplit> assets;  // of every asset that either run knows, ascending
};

/// Split the difference of two runs' PnL by what was matched of their fills.
///
/// Rule:    the PnL of an asset is start_shares (end_price - start_price) + sum q (end_price - p)
///          - fees - funding over its fills of q signed shares at p. Of a pairing with the sums Q
///          and the mean prices p of each side: prices = -mean(Q) (p_left - p_right), quantities =
///          (Q_left - Q_right) (mean(end_price) - mean(p)), marks = mean(Q) (end_left - end_right).
///          Means are of the two sides, so that swapping them changes signs alone. Start positions
///          are split likewise into carried and marks. unexplained = the gap of the books less all
///          other parts.
/// Returns: parts that add up to the gap, to 1e-12 of gross.
/// Errors:  kInvalidArgument for a fill without a price, a price that is not finite and above 0, or
///          an asset with fills that the side does not describe. The message names it.
/// Source:  peers.md 6.5.
Result<PnlGapSplit> split_pnl_gap(const GapSide& left, const GapSide& right,
                                  const MatchResult& matching);

}  // namespace tieout::analytics
