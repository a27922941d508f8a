#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/core/table.hpp"
#include "tieout/core/time.hpp"

// Child orders as the reference's live broker logs them (oms.md 4.3), and as our table.
namespace tieout::reference {

/// The table child_orders without rows: columns of docs/formats/run_log.md.
Table empty_child_orders();

/// What a venue said of one order in the end.
struct VenueOrder {
  double filled = 0.0;   // shares >= 0
  double average = 0.0;  // dollars a share
  bool is_done = false;  // nothing remains
  std::optional<Timestamp> updated;
  double fee = 0.0;
  std::string liquidity;  // "maker", "taker"; "" where trades say both or nothing
};
using VenueOrders = std::map<std::int64_t, VenueOrder>;  // by the venue's id

/// One file of oms_child_orders/: plain JSON as we write it, or jsonpickle as the reference does.
///
/// Rule:    what became of the order is the object "tieout" where there is one (we write it); else
/// a
///          ccxt_id of -1 is rejected, and what `venue` says is filled (all of it) or cancelled. A
///          number of the limit price that is not there is NaN; used_bid_price and used_ask_price
///          may name the number that was used. A wave or parent that is not said is -1.
/// Returns: the order as a table of one row.
/// Errors:  those of read_jsonpickle(); kMalformedData naming the key that is missing or holds
///          something else.
Result<Table> parse_child_order(std::string_view json, const VenueOrders& venue);

/// Files of child_order_fills/ccxt_fills/ (closed orders) and ccxt_trades/ (trades), each a list.
/// Errors: those of read_jsonpickle(); kMalformedData naming the place in the list and the key.
Status parse_venue_orders(std::string_view json, VenueOrders& venue);
Status parse_venue_trades(std::string_view json, VenueOrders& venue);

/// One row of the table as such a file; New York time.
std::string child_order_json(const Table& children, std::size_t row);
/// The filled or cancelled ones of these rows as the venue's closed orders, and trades. `symbol` of
/// each row.
std::string venue_orders_json(const Table& children, const std::vector<std::size_t>& rows,
                              const std::vector<std::string>& symbols);
std::string venue_trades_json(const Table& children, const std::vector<std::size_t>& rows,
                              const std::vector<std::string>& symbols);

/// "{asset}_{bar}.{wall}.json": bar "20230815_11400000" (centiseconds) or "None", wall
/// "20230815_114010_123", in older logs "20230815_114010".
struct ChildFileName {
  std::string bar, wall;
};
std::optional<ChildFileName> parse_child_file_name(std::string_view name);
/// The stamps of such a name in New York time.
std::string centisecond_stamp(Timestamp time);
std::string millisecond_stamp(Timestamp time);

}  // namespace tieout::reference
