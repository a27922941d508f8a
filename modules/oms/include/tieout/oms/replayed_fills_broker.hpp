#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "tieout/oms/broker.hpp"
#include "tieout/oms/broker_settings.hpp"

namespace tieout::oms {

/// Books the fills of another run, bar by bar, with their ids, prices, fees and stamps, whatever
/// the orders are (run mode simulation_with_replayed_fills of the reference).
///
/// Rule:    the simulated broker underneath takes the orders and fills them too, so that market
/// data
///          is read as in the recorded run; its fills are not booked, but what differs from them is
///          said in notes, asset by asset. Fills of a bar that this run leaves out are booked at
///          the next one.
class ReplayedFillsBroker final : public Broker {
 public:
  /// `bars` ascend. Errors: kMalformedData for bars out of order, a fill of nothing, at no usable
  /// price, or with a fee that is not finite; kDuplicateId for a fill id that comes twice.
  static Result<std::unique_ptr<Broker>> create(std::vector<BarFills> bars,
                                                std::unique_ptr<Broker> simulated);

  Status begin(Timestamp bar) override;
  Status commit() override;
  Status rollback() override;
  Status submit(const std::vector<Order>& orders, Timestamp now) override;
  /// Errors: kInvalidArgument for a fill that is not stamped after the last call and at or before
  /// `now`: the clock is not that of the recorded run.
  Result<Collected> collect(Timestamp now, const AsOf& as_of, PriceSource& prices) override;
  /// The simulated orders' own.
  Status valued(const std::vector<AssetId>& assets, const std::vector<double>& prices,
                Timestamp now) override {
    return simulated_->valued(assets, prices, now);
  }
  std::map<AssetId, double> open_shares() const override { return simulated_->open_shares(); }
  std::vector<std::string> summary() const override { return simulated_->summary(); }
  std::size_t pending_count() const noexcept override { return simulated_->pending_count(); }
  /// Also where the recorded fills have a fee or a side, whatever the simulated broker has.
  bool has_costs() const noexcept override { return has_costs_; }

 private:
  ReplayedFillsBroker(std::vector<BarFills> bars, std::unique_ptr<Broker> simulated)
      : bars_(std::move(bars)), simulated_(std::move(simulated)) {
    has_costs_ = simulated_->has_costs();
    for (const BarFills& bar : bars_) {
      for (const Fill& fill : bar.fills) {
        has_costs_ = has_costs_ || fill.fee != 0.0 || fill.liquidity != Liquidity::kUnknown;
      }
    }
  }

  struct State {
    std::size_t next_bar = 0;
    std::optional<Timestamp> last_collect;
  };

  std::vector<BarFills> bars_;
  std::unique_ptr<Broker> simulated_;
  bool has_costs_ = false;
  Timestamp bar_;
  State state_;
  State before_;
};

}  // namespace tieout::oms
