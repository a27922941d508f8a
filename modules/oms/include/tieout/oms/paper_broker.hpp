#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tieout/oms/broker.hpp"

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
class PaperBroker final : public Broker {
 public:
  explicit PaperBroker(PriceColumns columns) : columns_(std::move(columns)) {}

  Status begin(Timestamp bar) override;
  Status commit() override;
  Status rollback() override;
  Status submit(const std::vector<Order>& orders, Timestamp now) override;
  /// Fill all orders whose deadline is at or before `now`, however many deadlines passed since the
  /// last call.
  Result<Collected> collect(Timestamp now, const AsOf& as_of, PriceSource& prices) override;
  std::size_t pending_count() const noexcept override;

 private:
  Result<std::vector<double>> prices_of(const std::vector<Order>& orders, const AsOf& as_of,
                                        PriceSource& prices) const;

  // What changes from bar to bar; the copy is what rollback() returns to.
  struct State {
    std::map<Timestamp, std::vector<Order>> by_deadline;
    std::int64_t next_fill_id = 0;
  };

  PriceColumns columns_;
  State state_;
  std::optional<State> before_;
};

}  // namespace tieout::oms
