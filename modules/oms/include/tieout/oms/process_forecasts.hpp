#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tieout/config/config.hpp"
#include "tieout/core/table.hpp"
#include "tieout/oms/broker.hpp"
#include "tieout/oms/order.hpp"
#include "tieout/oms/price_source.hpp"
#include "tieout/oms/trader_settings.hpp"

namespace tieout::oms {

/// The last row of the DAG for one asset.
struct Forecast {
  AssetId asset;
  double prediction = 0;
  double volatility = 0;
  double spread = 0;
};

/// What one bar decided and what the books say after it. All tables are typed, keyed, and in the
/// column order of oms.md 2.
struct BarDecisions {
  /// kOutsideTradingHours: also weekends. kMarkedOnly: mark_only().
  enum class Action { kTraded, kOutsideTradingHours, kLiquidated, kTooLate, kMarkedOnly };
  Action action = Action::kTraded;
  Table target_positions;  // key asset_id; columns of oms.md 2.6 ("wall_clock_timestamp" is a
                           // timestamp); empty when the bar was skipped
  Table orders;            // key order_id; columns of oms.md 2.1
  Table fills;             // key fill_id: fills booked at this bar
  Table child_orders;      // key order_id: waves worked since the last bar; without columns where
                           // orders are filled whole
  Table order_events;      // key order_id, event, timestamp: what befell orders since the last bar;
                           // without columns where there was nothing
  Table portfolio;         // key asset_id: holdings_shares, price, holdings_notional,
                           // executed_trades_shares, executed_trades_notional, pnl
  Table statistics;        // no key, one row: snapshot_timestamp, then oms.md 2.5
  std::vector<FundingRate> funding;  // the rates that were booked at this bar
  std::vector<Order> submitted;      // the rows of `orders` with their text form's fields
  std::vector<std::string> notes;  // documented, logged rules that applied ("asset 101: prediction
                                   // is NaN, position kept")
};

/// Declare portfolio_config.*, process_forecasts_node_dict.* with the defaults of the production
/// script (oms.md 6.2).
void declare_trading_config(config::Config& config);

/// "traded", "outside_trading_hours", "liquidated", "too_late", "marked_only".
std::string_view to_string(BarDecisions::Action action) noexcept;

/// The trading half of a bar: mark to market, optimise, make orders, submit to the broker,
/// account (oms.md 1.3). State: portfolio and broker; a pure function of its calls. A call that
/// fails leaves the state as it was.
class Trader {
 public:
  /// `broker` null: the one that the settings name (make_broker).
  /// Errors: kInvalidConfig naming the key.
  static Result<Trader> create(const config::Config& config, const Universe& universe, Duration bar,
                               const TraderOptions& options = {},
                               std::unique_ptr<Broker> broker = nullptr);
  static Result<Trader> create(TraderSettings settings, const Universe& universe, Duration bar,
                               std::unique_ptr<Broker> broker = nullptr);
  ~Trader();
  Trader(Trader&&) noexcept;
  Trader& operator=(Trader&&) noexcept;

  /// Process the forecasts of `bar` at instant `now` (the journaled decision clock); prices are
  /// read as known at `as_of`. Rule: now <= bar + order duration, else the bar is kTooLate: books
  /// are marked, nothing is decided. An asset of the
  ///       universe without a forecast counts as one whose prediction is NaN: its position is kept,
  ///       with a note. The order of the forecasts does not matter: assets are processed, and
  ///       orders numbered, by ascending id.
  /// Errors: kInvalidArgument for a bar off the grid, a bar or instant not after the last one, an
  /// instant before the bar,
  ///       a duplicate or unknown asset, a fill that cannot be booked; kIdentityBroken when an
  ///       identity of the books fails (cash, holdings, wealth); errors of the price source.
  Result<BarDecisions> process(Timestamp bar, Timestamp now, const AsOf& as_of,
                               const std::vector<Forecast>& forecasts, PriceSource& prices);

  /// Only mark and log the books (a bar whose DAG was skipped): due orders fill, nothing is
  /// decided. Errors: as process().
  Result<BarDecisions> mark_only(Timestamp bar, Timestamp now, const AsOf& as_of,
                                 PriceSource& prices);

  ExecutionMode execution_mode() const noexcept;

  /// Whether the bars have a table of child orders; the same for the whole run.
  bool makes_child_orders() const noexcept;

  /// What the log says at the end of the run: orders that are in no books, and what the broker has
  /// to say. Rule: the books end with the last bar; what its orders come to after it is nobody's.
  std::vector<std::string> closing_notes() const;

  /// Hash of holdings and cash: the start state of the manifest.
  Hash128 state_hash() const;

 private:
  struct Impl;
  explicit Trader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tieout::oms
