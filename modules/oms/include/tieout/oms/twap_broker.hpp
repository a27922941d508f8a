#pragma once

#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "tieout/core/asset.hpp"
#include "tieout/oms/broker.hpp"
#include "tieout/oms/child_order.hpp"
#include "tieout/oms/child_quantity.hpp"
#include "tieout/oms/limit_price.hpp"
#include "tieout/oms/wave_plan.hpp"

namespace tieout::oms {

/// The order type that is worked in waves of limit orders.
inline constexpr std::string_view kLimitTwap = "limit@twap";

/// What the venue takes of one asset.
struct VenueLimits {
  double min_amount = 0.0;  // shares of an order
  double min_cost = 0.0;    // dollars of an order
  int share_decimals = 8;
  int price_decimals = 8;
};

/// How parent orders are worked (oms.md 3.10).
struct TwapSettings {
  Duration frequency = minutes(1);  // of the waves; at least 4 s
  ChildQuantity quantity = ChildQuantity::kDynamic;
  LimitPriceOptions limit_price;
  Duration bid_ask_lookback = minutes(5);  // how old a quote may be
  double half_spread_bps = 1.0;            // of the quotes that are made of bars
  double maker_fee_bps = 0.0;              // of the notional; below 0 is a rebate
  double taker_fee_bps = 0.0;
  VenueLimits default_limits;
  std::map<AssetId, VenueLimits> limits;  // of assets that have their own
};

/// Errors: kInvalidConfig naming the key; `order_duration` must hold whole waves.
Status check_twap_settings(const TwapSettings& settings, Duration order_duration);

/// Works each parent order by waves of limit orders, in simulated time: collect() works every wave
/// that ended since the last call, from prices that were known when each wave began.
///
/// Rule:    the limit is computed from the quotes known at the child's creation. The child is
///          filled whole when the first bar of its wave opens at its limit or better, at that open
///          (taker); or when a bar trades through its limit, at the limit (maker): a trade at the
///          limit itself may have been of others before it in the queue. A bar is of the wave when
///          its end is in (start, end]. What is not filled is cancelled at the end of the wave;
///          the dynamic computer works it again in the next. A fill is stamped with the end of
///          its bar, or of its wave where the bar ended at or before the last call.
/// Nulls:   no usable quote, or a limit price that is not a positive number: no child order, and a
///          row with the status "skipped" says why. So does one for each wave that had passed when
///          the parent began, and one for a parent that is too small for any.
/// Errors:  submit() refuses two parents of one asset, and parents over different windows.
class TwapBroker final : public Broker {
 public:
  explicit TwapBroker(TwapSettings settings) : settings_(std::move(settings)) {}

  Status begin(Timestamp bar) override;
  Status commit() override;
  Status rollback() override;
  Status submit(const std::vector<Order>& orders, Timestamp now) override;
  /// Fills carry the id of the parent, one fill for each child order that was filled.
  Result<Collected> collect(Timestamp now, const AsOf& as_of, PriceSource& prices) override;
  std::size_t pending_count() const noexcept override;
  std::map<AssetId, double> open_shares() const override;
  bool has_costs() const noexcept override {
    return settings_.maker_fee_bps != 0.0 || settings_.taker_fee_bps != 0.0;
  }
  bool makes_child_orders() const noexcept override { return true; }

 private:
  struct Parent {
    Order order;
    WavePlan plan;
    std::size_t next_wave = 0;  // in plan.waves
    double filled = 0.0;
    std::size_t filled_children = 0;
    bool is_announced = false;  // the waves that it missed were told
    bool is_dead = false;       // too small for any child order
  };
  struct State {
    std::vector<Parent> parents;
    std::int64_t next_fill_id = 0;
    std::optional<Timestamp> last_collected;
  };

  const VenueLimits& limits_of(AssetId asset) const;
  static void announce(Parent& parent, Collected& collected);
  /// One wave of some parents: (place in State::parents, wave); all begin and end together.
  using WaveOfParents = std::vector<std::pair<std::size_t, Wave>>;
  Status work_wave(State& state, const WaveOfParents& parents, const AsOf& as_of,
                   PriceSource& prices, Collected& collected) const;
  Result<std::optional<ChildOrder>> make_child(Parent& parent, const Wave& wave,
                                               const std::vector<TopOfBook>& quotes,
                                               std::vector<std::string>& notes) const;
  void execute(ChildOrder& child, const BarSeries& bars) const;

  TwapSettings settings_;
  State state_;
  std::optional<State> before_;
};

}  // namespace tieout::oms
