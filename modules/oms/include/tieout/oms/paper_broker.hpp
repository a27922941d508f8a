#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tieout/oms/order.hpp"
#include "tieout/oms/portfolio.hpp"
#include "tieout/oms/price_source.hpp"

namespace tieout::oms {

/// Columns of the market data that the order types name.
struct PriceColumns {
  std::string price = "close";
  std::string midpoint = "midpoint";
  std::string bid = "bid";
  std::string ask = "ask";
};

/// Fills every order fully, once, at its deadline, at a price taken from market data (oms.md 3.8):
/// no fees, no slippage.
///
/// Rule:    `start` is the price of the 1-minute bar that ends at the start, cut to the minute;
/// `end` that of the bar that ends at
///          the deadline; `twap` the mean over the bars with end in (start, end]. Prices are read
///          when the fill is collected, as known then. An order whose price is missing, not finite
///          or not positive expires unfilled, and a note says so.
class PaperBroker {
 public:
  explicit PaperBroker(PriceColumns columns) : columns_(std::move(columns)) {}

  /// Take orders. Errors: kInvalidArgument for an order that check_order() or parse_order_type()
  /// refuses; then none is taken.
  Status submit(const std::vector<Order>& orders);

  struct Collected {
    std::vector<Fill> fills;  // by deadline, then in the order of submission
    std::vector<std::string> notes;
  };

  /// Fill all orders whose deadline is at or before `now`, however many deadlines passed since the
  /// last call. Errors: of the price source; then nothing is collected.
  Result<Collected> collect(Timestamp now, const AsOf& as_of, PriceSource& prices);

  std::size_t pending_count() const noexcept;

 private:
  Result<std::vector<double>> prices_of(const std::vector<Order>& orders, const AsOf& as_of,
                                        PriceSource& prices) const;

  PriceColumns columns_;
  std::map<Timestamp, std::vector<Order>> by_deadline_;
  std::int64_t next_fill_id_ = 0;
};

}  // namespace tieout::oms
