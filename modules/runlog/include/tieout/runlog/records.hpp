#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/as_of.hpp"
#include "tieout/core/asset.hpp"
#include "tieout/core/hash.hpp"
#include "tieout/core/panel.hpp"
#include "tieout/core/time.hpp"

namespace tieout::runlog {

/// What one bar changed in one node's output window. Applying the frames of the bars up to T gives
/// df_out at T to the bit.
struct NodeFrame {
  Timestamp bar;
  Timestamp wall;                 // when it was computed; evidence, not compared
  bool keyframe = false;          // `changed` is the whole window: forget what was before
  std::size_t dropped_front = 0;  // rows that left the window at the front since the bar before
  Panel changed;                  // rows that are new or whose bits differ from the bar before
  std::size_t window_rows = 0;    // rows of the window at this bar
  Hash128 window_hash;            // hash_panel of the window at this bar
};

/// Tables that a bar adds. The number is that of the segment's schema.
enum class TableKind : std::uint8_t {
  kTargetPositions = 0,
  kOrders = 1,
  kFills = 2,
  kPortfolio = 3,
  kStatistics = 4,
  kTimings = 5,
  kChildOrders = 6,
  kOrderEvents = 7
};
/// All kinds in the causal order of the layers.
inline constexpr std::array kTableKinds{TableKind::kTargetPositions, TableKind::kOrders,
                                        TableKind::kChildOrders,     TableKind::kOrderEvents,
                                        TableKind::kFills,           TableKind::kPortfolio,
                                        TableKind::kStatistics,      TableKind::kTimings};
/// "target_positions", "orders", "fills", "portfolio", "statistics", "timings", "child_orders",
/// "order_events": also the segment's file name.
std::string_view to_string(TableKind kind) noexcept;
/// Timings are evidence and never compared; everything else is.
constexpr bool is_compared(TableKind kind) noexcept {
  return kind != TableKind::kTimings;
}

/// In every log; the others only in the logs whose manifest names them.
constexpr bool is_in_every_log(TableKind kind) noexcept {
  return kind != TableKind::kChildOrders && kind != TableKind::kOrderEvents;
}

/// Whether a run knows from the start that it has the table. The others come into the log with
/// their first row.
constexpr bool is_known_at_start(TableKind kind) noexcept {
  return kind != TableKind::kOrderEvents;
}

/// How a bar came out.
enum class BarOutcome : std::uint8_t {
  kOk = 0,       // every expected asset was ready
  kPartial = 1,  // the deadline passed: computed with the laggards named
  kSkipped = 2,  // too late to trade: books marked, nothing decided
};
std::string_view to_string(BarOutcome outcome) noexcept;

/// One input that the engine consumed, in order of consumption.
struct JournalEntry {
  enum class Kind : std::uint8_t {
    kDecision = 1,    // the bar may be computed: as_of, laggards, outcome
    kMarketRead = 2,  // a read: as_of, number of rows, hash of what came back
    kClockRead = 3,   // a reading of the clock that entered a decision
    kStatus = 4,      // what became of the bar: traded, liquidated, too_late, ...
    kFunding = 5,     // a funding rate that was booked
  };
  Kind kind = Kind::kDecision;
  Timestamp bar;
  Timestamp time;  // decision instant, clock reading, instant of the funding; kStatus: the bar
  AsOf as_of;      // kDecision, kMarketRead
  BarOutcome outcome = BarOutcome::kOk;  // kDecision
  std::vector<AssetId> laggards;         // kDecision; kFunding: the asset
  /// kMarketRead "source"|"mark"|"fill", kClockRead "order", kStatus the status, kFunding the rate.
  std::string purpose;
  std::uint64_t row_count = 0;  // kMarketRead; kStatus: orders
  Hash128 content;              // kMarketRead
  friend bool operator==(const JournalEntry&, const JournalEntry&) = default;
};

/// The commit of one bar: what makes it complete.
struct BarRecord {
  Timestamp bar;
  Timestamp wall;  // when it was committed; evidence
  BarOutcome outcome = BarOutcome::kOk;
  Hash128 content_hash;  // over the node window hashes and the compared tables of this bar
};

}  // namespace tieout::runlog
