#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tieout/analytics/execution.hpp"
#include "tieout/analytics/fill_metrics.hpp"
#include "tieout/core/result.hpp"
#include "tieout/runlog/run_source.hpp"

namespace tieout::recon {

/// A child order that was not sent, or that the venue refused, and why.
struct RefusedChild {
  Timestamp bar;  // whose table tells it
  AssetId asset;
  std::int64_t parent = 0, wave = 0;
  std::string reason;
};

/// The child orders of a run in the order in which it logged them.
struct ChildOrders {
  std::vector<analytics::PlacedOrder> placed;    // all that were sent, the refused ones too
  std::vector<analytics::Execution> executions;  // one of each that was filled, of its own id
  std::vector<RefusedChild> skipped, rejected;
};

/// Read the tables child_orders of a run.
///
/// Returns: nothing when the run makes no child orders.
/// Rule:    an order is placed at its start and done when its last update says. What it executed is
///          one trade of `filled_shares` at `average_price`, stamped with the update.
/// Errors:  those of the reader; kSchemaMismatch naming the bar and the column that is missing or
///          has another type; kMalformedData for a status that none has.
/// Source:  docs/formats/run_log.md, "The table child_orders".
Result<std::optional<ChildOrders>> read_child_orders(const runlog::RunSource& run);

/// One number of a parent order that its child orders do not give.
struct RollUpDifference {
  std::string parent_id;
  AssetId asset;
  Timestamp time;     // of the parent's last fill
  std::string field;  // "num_shares", "price", "fee", "timestamp"
  std::string logged, rolled_up;
};

struct RollUp {
  std::size_t parents = 0;  // with a fill on either side
  std::vector<RollUpDifference> differences;
};

/// Add up what the child orders of each parent executed, and hold it against the fills that the run
/// booked for the parent.
///
/// Rule:    of each parent the sum of shares, the mean price, the fees and the instant of the last
///          fill must be the same to the bit; both sides are added up in the order of (time,
///          shares, price). A parent that only one side knows is a difference of num_shares to 0.
/// Errors:  kMalformedData naming the parent whose fills are of both sides or of two assets.
/// Source:  oms.md 3.10.
Result<RollUp> roll_up_children(const ChildOrders& children,
                                std::span<const analytics::Execution> fills);

/// The fills of all bars. Errors: those of the reader and of trades_of_fills().
Result<std::vector<analytics::Execution>> read_fills(const runlog::RunSource& run);

}  // namespace tieout::recon
