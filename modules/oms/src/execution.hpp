#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "tieout/core/as_of.hpp"
#include "tieout/core/result.hpp"
#include "tieout/oms/fill.hpp"
#include "tieout/oms/fill_model.hpp"
#include "tieout/oms/order.hpp"
#include "tieout/oms/price_columns.hpp"
#include "tieout/oms/price_source.hpp"
#include "tieout/oms/working_order.hpp"

namespace tieout::oms {

/// What the market offered to an order in its window, before costs. NaN: not known or not read.
struct Quote {
  double price = std::numeric_limits<double>::quiet_NaN();
  double low = std::numeric_limits<double>::quiet_NaN();  // of the bars that priced it
  double high = std::numeric_limits<double>::quiet_NaN();
  double volume = std::numeric_limits<double>::quiet_NaN();  // in which it could take part
  double limit = std::numeric_limits<double>::quiet_NaN();   // of a limit order
  Liquidity liquidity = Liquidity::kTaker;
  std::string missing;  // why there is no price, where the type has more to say than the price
};

/// Quote orders that share one window's end; orders of one type and start share the reads.
///
/// Rule:    `start` is the price of the 1-minute bar that ends at the window's start, cut to the
///          minute; `end` that of the bar that ends at its end; `twap` the mean, `vwap` the mean
///          weighted by volume over the bars with end in (start, end]. Limit and market orders see
///          the bars that begin at or after the start: a market order trades at the first open; a
///          limit order at that open when it is at or beyond the limit (a taker), else at its limit
///          once a bar trades through it (a maker).
/// Returns: [orders.size()].
/// Errors:  those of the price source.
Result<std::vector<Quote>> quote_orders(const PriceColumns& columns, const FillModel& model,
                                        const std::vector<WorkingOrder>& orders, const AsOf& as_of,
                                        PriceSource& prices);

/// How many shares trade at which price and fee.
struct Execution {
  double num_shares = 0.0;  // 0: nothing
  double price = 0.0;
  double fee = 0.0;
  Liquidity liquidity = Liquidity::kUnknown;
  std::string shortfall;  // why not all of it; empty when all of it
};

/// Apply costs and caps to a quote. A part of an order is a whole number of the asset's lots, where
/// `share_decimals` gives them: cut toward zero, nothing when that is less than one.
Execution execute(const FillModel& model, const WorkingOrder& working, const Quote& quote,
                  std::optional<int> share_decimals = {});

}  // namespace tieout::oms
