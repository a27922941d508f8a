#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/asset.hpp"
#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"

/// Which orders or fills of one run are those of another: docs/formats/matching.md is the rule.
namespace tieout::analytics {

/// How an order ended, where it is known.
enum class TradeStatus : std::uint8_t { kUnknown, kFilled, kCancelled, kRejected, kExpired };
/// "unknown", "filled", "cancelled", "rejected", "expired".
std::string_view to_string(TradeStatus status) noexcept;

/// An order or a fill, as far as matching looks at it. An empty text is not known.
struct Trade {
  AssetId asset;
  Timestamp time;       // execution of a fill, creation of an order
  double quantity = 0;  // signed: > 0 buys
  double price = std::numeric_limits<double>::quiet_NaN();  // NaN: not known
  std::string id;                     // of the fill or order; unique within its list
  std::string client_id;              // name that both sides gave it before it was sent
  std::string parent;                 // the order behind a fill, the parent of a child order
  std::optional<Timestamp> bar = {};  // at which it was decided or booked
  std::optional<Timestamp> end = {};  // of an order's life
  TradeStatus status = TradeStatus::kUnknown;
};

/// How a pairing was made, from the strongest to the weakest; the passes run in this order.
enum class MatchRule : std::uint8_t {
  kIdentical,  // one id, and the same content
  kClientId,   // one client id
  kBar,        // the only ones of their bar, of one size
  kParent,     // the only ones of their parent order, of one size
  kReplaced,   // one of them was cancelled and replaced
  kWindow,     // of one size, nearest in time
  kSplit,      // one on the left, several on the right that add up to it
  kMerge,      // several on the left that add up to one on the right
  kNet,        // several on both sides that add up to the same
  kDrift,      // of one parent, bar or window, of another size
};
inline constexpr std::size_t kMatchRuleCount = 10;
/// "identical", "client_id", "bar", "parent", "replaced", "window", "split", "merge", "net",
/// "drift".
std::string_view to_string(MatchRule rule) noexcept;

/// What pairs and what is tolerated. All are stated; there are no others.
struct MatchOptions {
  Duration window = seconds(60);  // what is further apart in time is not paired by time
  double quantity_step = 0;       // > 0: quantities are whole multiples, sums are exact
  double quantity_tolerance = 0;  // sizes this far apart count as one
  /// Without a step: so much of the larger size is what decimal numbers lose as float64.
  double quantity_relative = 1e-9;
  double price_tick = 0;             // > 0: price drifts are told in ticks too
  Duration time_tolerance = {};      // of |time_drift| and |end_drift| of a pairing
  double price_tolerance_bps = 0;    // of |price_bps|
  double price_tolerance_ticks = 0;  // of |price_ticks|; either tolerance is enough
};

/// Trades of both sides that are one decision.
struct Match {
  MatchRule rule = MatchRule::kIdentical;
  std::vector<std::size_t> left, right;          // positions in the lists, by time
  double left_quantity = 0, right_quantity = 0;  // sums of |quantity|; of a chain its first order's
  double quantity_difference = 0;                // right - left
  Duration time_drift;                           // first of the right - first of the left
  Duration end_drift;                            // last of the right - last of the left
  double price_drift =
      0;                 // mean price, weighted by quantity: right - left; NaN when one is unknown
  double price_bps = 0;  // of the larger price; > 0: the right traded at a worse price
  double price_ticks = 0;  // NaN without a tick
  bool within = false;     // quantity, time and price are within their tolerances
};

/// A trade that nothing was paired with.
struct Leftover {
  std::size_t index = 0;
  std::string reason;  // "no fill of this asset and side within 60 s: the nearest is 75 s later"
};

struct MatchResult {
  std::vector<Match> matches;         // by the first time of either side, then rule
  std::vector<Leftover> left, right;  // by time
};

/// Find out which trades of two lists are the same.
///
/// Rule:    docs/formats/matching.md. Asset and side are never crossed. Swapping the lists swaps
///          the result; the order of the lists carries no meaning.
/// Nulls:   a price that is NaN equals a price that is NaN, and has no drift.
/// Errors:  kInvalidArgument for options that are negative or not finite; for a trade whose
///          quantity is zero or not finite, whose price is infinite or not positive, or whose
///          quantity is no multiple of the step; kDuplicateId for an id that occurs twice in a
///          list. The message names the list and the position.
/// Cost:    sorting; then O(1) for each trade and each neighbour within the window that no pass
///          took.
/// Source:  peers 6.3, G12. Oracle: tests/matching_oracle.cpp.
Result<MatchResult> match_trades(const std::vector<Trade>& left, const std::vector<Trade>& right,
                                 const MatchOptions& options, std::string_view noun = "fill");

/// Bands of the industry for a match rate.
enum class MatchBand : std::uint8_t { kReady, kMinor, kSignificant, kCritical, kNothing };
/// >= 95 % "ready", >= 80 % "minor", >= 60 % "significant", below "critical"; NaN "nothing to
/// match".
MatchBand band_of(double match_rate) noexcept;
std::string_view to_string(MatchBand band) noexcept;

/// Absolute drifts, percentiles by nearest rank; NaN when there are none.
struct DriftStatistics {
  std::size_t count = 0;  // of pairings in which it is known
  double mean = 0;        // with its sign
  double p50 = 0, p95 = 0, max = 0;
};

struct SideSummary {
  std::size_t count = 0, matched = 0;
  std::size_t status_known = 0, cancelled = 0, rejected = 0, expired = 0;
};

struct MatchSummary {
  SideSummary left, right;
  std::array<std::size_t, kMatchRuleCount> by_rule{};
  std::size_t one_to_one = 0, one_to_many = 0, many_to_one = 0, many_to_many = 0;
  std::size_t beyond_tolerance = 0;  // pairings
  double match_rate = 0;  // matched trades of both sides / all trades of both sides; NaN: none
  double precision = 0;   // of the left's trades, those that the right expected
  double recall = 0;      // of the right's trades, those that the left made
  MatchBand band = MatchBand::kNothing;
  DriftStatistics time_s, end_s, price_bps;
  DriftStatistics quantity_ratio;  // difference / the larger quantity
  bool all_within() const noexcept {
    return beyond_tolerance == 0 && left.matched == left.count && right.matched == right.count;
  }
};

/// Count a result over the lists that it is of.
MatchSummary summarise(const MatchResult& result, const std::vector<Trade>& left,
                       const std::vector<Trade>& right);

/// Why a pairing was made, in one sentence for people.
std::string explain(const Match& match, std::string_view left_name, std::string_view right_name);

}  // namespace tieout::analytics
