#include "tieout/oms/trader_settings.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"
#include "tieout/oms/make_broker.hpp"
#include "tieout/oms/process_forecasts.hpp"

#include "config_keys.hpp"
#include "optimizer_settings.hpp"
#include "twap_settings.hpp"

namespace tieout::oms {
namespace {

using config::Config;
using config::Path;
using config::Value;
using config::ValueType;

constexpr const char* kTimeKeys[] = {"ath_start_time", "trading_start_time", "trading_end_time",
                                     "ath_end_time"};

Result<Pricing> read_pricing(const Config& config) {
  Pricing pricing;
  TIEOUT_TRY(pricing.column, config.get_string(portfolio_key("mark_to_market_col")));
  const Path path = portfolio_key("pricing_method");
  TIEOUT_TRY(const std::string method, config.get_string(path));
  constexpr std::string_view kTwap = "twap.";
  if (method == "last") {
    pricing.twap.reset();
    return pricing;
  }
  const auto period =
      parse_period(std::string_view(method).substr(std::min(kTwap.size(), method.size())));
  if (method.compare(0, kTwap.size(), kTwap) != 0 || !period.ok()) {
    return invalid(path, fmt::format("'{}'", method),
                   "'last' or 'twap.<period>', such as 'twap.5T'");
  }
  pricing.twap = *period;
  return pricing;
}

Result<std::optional<TradingHours>> read_hours(const Config& config) {
  Duration times[4];
  std::size_t set_count = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const Path path = forecasts_key({kTimeKeys[i]});
    config::TimeOfDay time{Duration{-1}};
    TIEOUT_CHECK(read_if_set(config, path, time, "a time of day"));
    times[i] = time.since_midnight;
    set_count += time.since_midnight.ns >= 0 ? 1 : 0;
  }
  if (set_count == 0) {
    return std::optional<TradingHours>{};
  }
  if (set_count != 4) {
    return invalid(forecasts_key({"ath_start_time"}),
                   fmt::format("{} of the four trading times set", set_count), "all four or none");
  }
  return std::optional<TradingHours>{TradingHours{.ath_start = times[0],
                                                  .trading_start = times[1],
                                                  .trading_end = times[2],
                                                  .ath_end = times[3]}};
}

bool is_default(const Config& config, const Path& path) {
  const auto leaves = config.leaves();
  const auto leaf = std::find_if(leaves.begin(), leaves.end(),
                                 [&path](const config::Leaf& l) { return l.path == path; });
  return leaf == leaves.end() || leaf->writer == "default";
}

// "Assign if missing" of oms.md 1.4; crypto's defaults are those that are declared.
void assign_equities_defaults(const Config& config, TraderSettings& settings) {
  const Value* value = config.find(forecasts_key({"optimizer_config", "asset_class"}));
  const auto* asset_class = value == nullptr ? nullptr : value->get_if<std::string>();
  if (asset_class == nullptr || *asset_class != "equities") {
    return;
  }
  const bool no_times = std::all_of(std::begin(kTimeKeys), std::end(kTimeKeys), [&](const char* k) {
    return is_default(config, forecasts_key({k}));
  });
  if (no_times) {
    const Duration open = minutes(9 * 60 + 30);
    const Duration close = hours(16);
    const Timestamp last = floor_to(Timestamp{} + close - minutes(1), settings.order_duration);
    settings.hours = TradingHours{.ath_start = open,
                                  .trading_start = open,
                                  .trading_end = last - Timestamp{},
                                  .ath_end = close};
  }
  if (is_default(config, forecasts_key({"share_quantization"}))) {
    settings.targets.share_quantization = 9;
  }
}

Status read_execution_mode(const Config& config, TraderSettings& settings) {
  const Path path = forecasts_key({"execution_mode"});
  TIEOUT_TRY(const std::string mode, config.get_string(path));
  if (mode != "real_time" && mode != "batch") {
    return invalid(path, fmt::format("'{}'", mode), "'real_time' or 'batch'");
  }
  settings.execution_mode = mode == "batch" ? ExecutionMode::kBatch : ExecutionMode::kRealTime;
  return {};
}

Status read_order_config(const Config& config, TraderSettings& settings) {
  TIEOUT_TRY(settings.order_type, config.get_string(forecasts_key({"order_config", "order_type"})));
  const Path duration_path = forecasts_key({"order_config", "order_duration_in_mins"});
  TIEOUT_TRY(const std::int64_t duration_mins, config.get_int(duration_path));
  if (duration_mins < 1 || duration_mins > 1440) {
    return invalid(duration_path, std::to_string(duration_mins), "1 to 1440 minutes");
  }
  settings.order_duration = minutes(duration_mins);
  const Path offset_path = forecasts_key({"order_config", "limit_offset_bps"});
  TIEOUT_TRY(settings.limit_offset_bps, config.get_float(offset_path));
  if (!(std::abs(settings.limit_offset_bps) <= 5'000.0)) {
    return invalid(offset_path, format_double(settings.limit_offset_bps),
                   "-5000 to 5000 basis points");
  }
  const Path frequency_path = forecasts_key({"order_config", "execution_frequency"});
  TIEOUT_TRY(const std::string frequency, config.get_string(frequency_path));
  if (!parse_period(frequency).ok()) {
    return invalid(frequency_path, fmt::format("'{}'", frequency), "a period such as '1T'");
  }
  double passivity = 0.5;
  const Path passivity_path = forecasts_key({"order_config", "passivity_factor"});
  TIEOUT_CHECK(read_if_set(config, passivity_path, passivity, "a float"));
  if (!(passivity >= 0.0 && passivity <= 1.0)) {
    return invalid(passivity_path, format_double(passivity), "a float in [0, 1]");
  }
  return {};
}

Status check_share_decimals(const TraderSettings& settings, const Universe& universe) {
  for (const Asset& asset : universe.assets()) {
    if (!settings.targets.share_decimals.empty() &&
        settings.targets.share_decimals.count(asset.id) == 0) {
      return invalid(forecasts_key({"asset_id_to_share_decimals"}), "no entry",
                     fmt::format("one for {} ({})", asset.full_symbol, asset.id.value));
    }
  }
  return {};
}

}  // namespace

bool TradingHours::contains(Duration time_of_day) const noexcept {
  return time_of_day >= ath_start && time_of_day <= ath_end && time_of_day >= trading_start &&
         time_of_day <= trading_end;
}

void declare_trading_config(Config& config) {
  config.declare(portfolio_key("mark_to_market_col"), "close");
  config.declare(portfolio_key("pricing_method"), "twap.5T");
  config.declare(portfolio_key("initial_cash"), 700.0);
  for (const char* column : {"bid", "ask", "midpoint"}) {
    config.declare({"portfolio_config", "column_remap", column}, column);
  }
  config.declare({"portfolio_config", "column_remap", "price"}, "close");
  config.declare(portfolio_key("retrieve_initial_holdings_from_db"), false);
  declare_broker_config(config);
  config.declare(node_key("prediction_col"), "prediction");
  config.declare(node_key("volatility_col"), "volatility");
  config.declare(node_key("spread_col"), Value{});
  config.declare_optional(node_key("spread_col"), {ValueType::kString, ValueType::kNull});
  config.declare(forecasts_key({"order_config", "order_type"}), "price@twap");
  config.declare(forecasts_key({"order_config", "order_duration_in_mins"}), 5);
  config.declare(forecasts_key({"order_config", "limit_offset_bps"}), 0.0);
  config.declare(forecasts_key({"order_config", "execution_frequency"}), "1T");
  config.declare(forecasts_key({"order_config", "passivity_factor"}), 0.55);
  declare_twap_config(config);
  declare_optimizer_config(config);
  for (const char* key : kTimeKeys) {
    config.declare(forecasts_key({key}), Value{});
    config.declare_optional(forecasts_key({key}), {ValueType::kTimeOfDay, ValueType::kNull});
  }
  config.declare(forecasts_key({"liquidate_at_trading_end_time"}), false);
  declare_limits_config(config);
  config.declare(forecasts_key({"execution_mode"}), "real_time");
  config.declare(forecasts_key({"remove_weekends"}), false);
}

Result<TraderSettings> read_trader_settings(const Config& config, const TraderOptions& options) {
  TraderSettings settings;
  settings.initial_holdings = options.initial_holdings;
  TIEOUT_TRY(settings.pricing, read_pricing(config));
  TIEOUT_TRY(settings.initial_cash, config.get_float(portfolio_key("initial_cash")));
  settings.initial_cash = options.initial_cash.value_or(settings.initial_cash);
  settings.funding = options.funding;
  if (settings.funding) {
    std::sort(settings.funding->begin(), settings.funding->end(),
              [](const FundingRate& a, const FundingRate& b) {
                return std::tie(a.timestamp, a.asset_id) < std::tie(b.timestamp, b.asset_id);
              });
  }
  TIEOUT_TRY(settings.columns.bid, config.get_string({"portfolio_config", "column_remap", "bid"}));
  TIEOUT_TRY(settings.columns.ask, config.get_string({"portfolio_config", "column_remap", "ask"}));
  TIEOUT_TRY(settings.columns.midpoint,
             config.get_string({"portfolio_config", "column_remap", "midpoint"}));
  TIEOUT_TRY(settings.columns.price,
             config.get_string({"portfolio_config", "column_remap", "price"}));
  TIEOUT_TRY(settings.broker, read_broker_settings(config, options.broker));
  const Path holdings_path = portfolio_key("retrieve_initial_holdings_from_db");
  TIEOUT_TRY(const bool from_db, config.get_bool(holdings_path));
  if (from_db) {
    if (settings.broker.kind != BrokerSettings::Kind::kDatabase) {
      return invalid(holdings_path, "True",
                     "False, or portfolio_config.broker_config.kind 'database'");
    }
    TIEOUT_TRY(settings.initial_holdings, read_initial_holdings(settings.broker));
  }
  TIEOUT_CHECK(read_order_config(config, settings));
  TIEOUT_CHECK(read_optimizer(config, settings));
  TIEOUT_CHECK(read_limits(config, settings));
  TIEOUT_TRY(settings.hours, read_hours(config));
  assign_equities_defaults(config, settings);
  TIEOUT_TRY(settings.liquidate_at_trading_end_time,
             config.get_bool(forecasts_key({"liquidate_at_trading_end_time"})));
  TIEOUT_TRY(settings.remove_weekends, config.get_bool(forecasts_key({"remove_weekends"})));
  TIEOUT_CHECK(read_execution_mode(config, settings));
  TIEOUT_CHECK(read_twap_settings(config, settings));
  return settings;
}

namespace {

Status check_funding(const TraderSettings& settings, const Universe& universe) {
  const std::vector<FundingRate> rates = settings.funding.value_or(std::vector<FundingRate>{});
  const FundingRate* before = nullptr;
  for (const FundingRate& rate : rates) {
    const auto refuse = [&rate](std::string_view found) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("trader: the funding rate of asset {} at {} {}", rate.asset_id.value,
                               to_iso(rate.timestamp), found)};
    };
    if (!universe.contains(rate.asset_id)) {
      return refuse("is of no asset of the universe");
    }
    if (!std::isfinite(rate.rate)) {
      return refuse(fmt::format("is {}, needed a finite ratio", format_double(rate.rate)));
    }
    if (before != nullptr && before->timestamp == rate.timestamp &&
        before->asset_id == rate.asset_id) {
      return refuse("is given twice");
    }
    before = &rate;
  }
  return {};
}

}  // namespace

Status check_settings(const TraderSettings& settings, const Universe& universe) {
  const auto refuse = [](std::string message) {
    return Error{ErrorCode::kInvalidConfig, std::move(message)};
  };
  if (universe.empty()) {
    return refuse("trader: the universe is empty");
  }
  if (!std::isfinite(settings.initial_cash)) {
    return refuse(fmt::format("portfolio_config.initial_cash: found {}, needed a finite amount",
                              format_double(settings.initial_cash)));
  }
  if (settings.twap.has_value() != (settings.order_type == kLimitTwap)) {
    return refuse(fmt::format("trader: order type '{}' does not go with its settings of waves",
                              settings.order_type));
  }
  if (settings.twap) {
    TIEOUT_CHECK(check_twap_settings(*settings.twap, settings.order_duration));
  } else if (auto type = parse_order_type(settings.order_type); !type.ok()) {
    return refuse("process_forecasts_node_dict.process_forecasts_dict.order_config.order_type: " +
                  type.error().message);
  }
  if (settings.order_duration.ns <= 0 ||
      (settings.pricing.twap && settings.pricing.twap->ns <= 0)) {
    return refuse("trader: the order duration and the pricing period must be positive");
  }
  TIEOUT_CHECK(check_options(settings.targets.optimizer));
  if (settings.hours) {
    const TradingHours& h = *settings.hours;
    if (h.ath_start > h.trading_start || h.trading_start > h.trading_end ||
        h.trading_end > h.ath_end) {
      return refuse(
          "process_forecasts_node_dict.process_forecasts_dict: needed ath_start_time <= "
          "trading_start_time <= trading_end_time <= "
          "ath_end_time");
    }
  } else if (settings.liquidate_at_trading_end_time) {
    return refuse(
        "process_forecasts_node_dict.process_forecasts_dict.liquidate_at_trading_end_time: found "
        "True, needed the four trading times "
        "too");
  }
  TIEOUT_CHECK(check_funding(settings, universe));
  TIEOUT_CHECK(check_share_decimals(settings, universe));
  if (settings.apply_exchange_limits) {
    for (const Asset& asset : universe.assets()) {
      if (settings.targets.market_info.count(asset.id) == 0) {
        return refuse(
            fmt::format("trader: exchange limits are on, and there is no market information for {}",
                        asset.full_symbol));
      }
    }
  }
  return {};
}

}  // namespace tieout::oms
