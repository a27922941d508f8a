#pragma once

#include <map>
#include <string>
#include <vector>

#include "tieout/core/as_of.hpp"
#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"
#include "tieout/oms/child_order.hpp"
#include "tieout/oms/fill.hpp"
#include "tieout/oms/order.hpp"
#include "tieout/oms/order_event.hpp"
#include "tieout/oms/price_source.hpp"

namespace tieout::oms {

/// Takes orders and reports what was filled. A bar is a transaction: begin(), collect() and
/// submit() in any number, then commit() or rollback(), so that a bar that fails leaves the broker
/// as it was. Nothing here reads a clock: every instant is an argument.
class Broker {
 public:
  struct Collected {
    std::vector<Fill> fills;         // by instant, then in the order of submission
    std::vector<OrderEvent> events;  // every order that was not filled whole, in the same order
    std::vector<std::string> notes;  // what the events do not say
    /// By instant of creation, then by parent; a broker that works orders whole has none.
    std::vector<ChildOrder> child_orders;
  };

  virtual ~Broker() = default;

  /// `bar` labels the transaction: bars ascend.
  virtual Status begin(Timestamp bar) = 0;
  virtual Status commit() = 0;
  virtual Status rollback() = 0;

  /// Take orders at `now`. Errors: kInvalidArgument for an order that check_order() or the broker
  /// refuses; then none is taken.
  virtual Status submit(const std::vector<Order>& orders, Timestamp now) = 0;

  /// What was filled since the last call, up to and at `now`; prices as known at `as_of`.
  /// Errors: of the price source or the store; then nothing is collected.
  virtual Result<Collected> collect(Timestamp now, const AsOf& as_of, PriceSource& prices) = 0;

  /// The books were valued at these prices (NaN: not valued), after collect() and before submit().
  virtual Status valued(const std::vector<AssetId>& /*assets*/,
                        const std::vector<double>& /*prices*/, Timestamp /*now*/) {
    return {};
  }

  /// Orders that were taken and may still be filled.
  virtual std::size_t pending_count() const noexcept = 0;

  /// Signed shares of them that are not filled, by asset; an asset without any is left out.
  virtual std::map<AssetId, double> open_shares() const = 0;

  /// What the run came to, as lines for people.
  virtual std::vector<std::string> summary() const { return {}; }

  /// Whether its fills carry fees and the side of the book that they were made on. The same for
  /// the whole run: the tables then have the columns of the costs from the first bar on.
  virtual bool has_costs() const noexcept { return false; }

  /// Whether it works orders by child orders. The same for the whole run.
  virtual bool makes_child_orders() const noexcept { return false; }
};

}  // namespace tieout::oms
