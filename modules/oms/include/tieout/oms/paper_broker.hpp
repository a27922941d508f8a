#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tieout/oms/broker.hpp"
#include "tieout/oms/fill_model.hpp"
#include "tieout/oms/price_columns.hpp"
#include "tieout/oms/working_order.hpp"

namespace tieout::oms {

/// What a simulated venue takes: check_order(), a type of the grammar, a limit order with its
/// limit. Errors: kInvalidArgument.
Status check_submitted(const std::vector<Order>& orders);

/// The simulated broker (oms.md 3.8): fills orders at their deadline, at prices taken from market
/// data, as its fill model says.
///
/// Rule:    without a fill model an order is filled whole, once, at its end. Prices are read when
///          the fill is collected, as known then. An order without a usable price (missing, not
///          finite, not positive) expires. With a fill model: rejects, then latency (the window is
///          (start + latency, end]), then the price of the type, the cap on participation, slippage
///          and impact, the range of the bars, a limit, and the fee, in this order. What is left of
///          an order expires, or is worked for `carry_windows` more windows of the order's length
///          in whole minutes; a newer order of the asset replaces what is carried. Fills are
///          stamped with the end of their window. A part of an order is a whole number of lots of
///          its asset, where `share_decimals` has it, and so is what is left of an order of whole
///          lots.
class PaperBroker final : public Broker {
 public:
  explicit PaperBroker(PriceColumns columns, FillModel model = {},
                       std::map<AssetId, int> share_decimals = {});

  Status begin(Timestamp bar) override;
  Status commit() override;
  Status rollback() override;
  Status submit(const std::vector<Order>& orders, Timestamp now) override;
  /// Fill all orders whose deadline is at or before `now`, however many deadlines passed since the
  /// last call.
  Result<Collected> collect(Timestamp now, const AsOf& as_of, PriceSource& prices) override;
  std::size_t pending_count() const noexcept override;
  std::map<AssetId, double> open_shares() const override;
  bool has_costs() const noexcept override { return model_.has_fees(); }

 private:
  // What changes from bar to bar; the copy is what rollback() returns to.
  struct State {
    std::map<Timestamp, std::vector<WorkingOrder>> by_deadline;
    std::vector<OrderEvent> untold;  // since the last collect()
    std::int64_t next_fill_id = 0;
  };

  Status fill_due(State& next, std::vector<WorkingOrder> due, const AsOf& as_of,
                  PriceSource& prices, Collected& collected) const;
  void settle(State& next, const WorkingOrder& working, double filled, const std::string& why,
              Collected& collected) const;

  std::optional<int> decimals_of(AssetId asset) const;

  PriceColumns columns_;
  FillModel model_;
  std::map<AssetId, int> share_decimals_;
  State state_;
  std::optional<State> before_;
};

}  // namespace tieout::oms
