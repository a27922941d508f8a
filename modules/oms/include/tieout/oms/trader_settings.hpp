#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tieout/config/config.hpp"
#include "tieout/core/asset.hpp"
#include "tieout/core/result.hpp"
#include "tieout/core/zone.hpp"
#include "tieout/oms/broker_settings.hpp"
#include "tieout/oms/funding.hpp"
#include "tieout/oms/price_columns.hpp"
#include "tieout/oms/targets.hpp"
#include "tieout/oms/twap_broker.hpp"

namespace tieout::oms {

/// When trading is allowed, as local time since midnight; all ends included (oms.md 1.4).
struct TradingHours {
  Duration ath_start;
  Duration trading_start;
  Duration trading_end;
  Duration ath_end;

  bool contains(Duration time_of_day) const noexcept;
};

/// How positions are valued (oms.md 3.14).
struct Pricing {
  std::string column = "close";
  std::optional<Duration> twap;  // nothing: the last bar
};

/// How many rows of the forecasts are traded (oms.md 1.3).
enum class ExecutionMode {
  kRealTime,  // the last one: bars are decided one at a time, as they come
  kBatch      // all of them: saved forecasts, run by `run_process_forecasts`
};

/// Everything that the trading half of a bar depends on, apart from its inputs.
struct TraderSettings {
  Pricing pricing{.column = "close", .twap = minutes(5)};
  PriceColumns columns;
  double initial_cash = 700.0;
  std::map<AssetId, double> initial_holdings;
  std::string order_type = "price@twap";
  Duration order_duration = minutes(5);
  /// Of the order type "limit": how far from the mark price, on the passive side, the limit lies;
  /// negative is aggressive.
  double limit_offset_bps = 0.0;
  BrokerSettings broker;
  std::optional<TwapSettings> twap;  // of the order type limit@twap, and of no other
  TargetOptions targets;
  bool apply_exchange_limits =
      false;  // adds the columns "*.before_apply_cc_limits"; needs targets.market_info
  std::optional<TradingHours> hours;  // nothing: around the clock
  bool liquidate_at_trading_end_time = false;
  bool remove_weekends = false;
  ExecutionMode execution_mode = ExecutionMode::kRealTime;
  /// Ordered by time, then asset; nothing: the books know no funding and have no such column.
  std::optional<std::vector<FundingRate>> funding;
  Zone zone = Zone::kNewYork;      // of trading hours, weekends and order text
  std::vector<std::string> notes;  // what the first bar should log
};

/// What a config cannot say.
struct TraderOptions {
  std::map<AssetId, double> initial_holdings;
  BrokerOptions broker;
  std::optional<double> initial_cash;               // nothing: portfolio_config.initial_cash
  std::optional<std::vector<FundingRate>> funding;  // in any order
};

/// Read what declare_trading_config() declared. An optimizer key that is not set has the style's
/// own default; keys of the other style are ignored, so that overriding the style alone works.
/// What nobody set has the defaults of the asset class (oms.md 1.4): for "equities" 9:30 to 16:00,
/// trading until the last bar that begins before the close, and 9 decimals of a share.
/// Errors: kInvalidConfig naming the key.
Result<TraderSettings> read_trader_settings(const config::Config& config,
                                            const TraderOptions& options = {});

/// Errors: kInvalidConfig naming what is out of its range.
Status check_settings(const TraderSettings& settings, const Universe& universe);

}  // namespace tieout::oms
