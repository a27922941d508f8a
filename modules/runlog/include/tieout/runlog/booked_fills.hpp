#pragma once

#include <optional>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/core/table.hpp"
#include "tieout/runlog/run_source.hpp"

namespace tieout::runlog {

/// What a run booked at each of its bars.
struct BookedFills {
  /// [bars]; columns fill_id, order_id, asset_id, timestamp, num_shares, price, and what else the
  /// log has. Nothing where a bar has no such table.
  std::vector<std::optional<Table>> tables;
  /// The log holds no fills: these are the executed trades of its books.
  bool derived = false;
};

/// The fills of a run, whoever wrote its log.
///
/// Rule:    the log's own tables, if it has one. Else one fill for each asset whose
///          executed_trades_shares are not 0, behind the first books, whose trades are the start
///          state: price executed_trades_notional / executed_trades_shares; order that of the asset
///          which ended last, at or before the books were marked, and its end as the instant; -1
///          and the mark itself where the log has no such order. Ids count from 0.
/// Errors:  those of the source; kMalformedData naming bar and asset for a trade without a finite
///          price above 0.
/// Source:  oms.md 3.13, 4.2 (the reference's paper broker logs no fill).
Result<BookedFills> booked_fills(const RunSource& run);

}  // namespace tieout::runlog
