#include "tieout/oms/trader_settings.hpp"

#include <cmath>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"
#include "tieout/oms/process_forecasts.hpp"

namespace tieout::oms {
namespace {

using config::Config;
using config::Path;
using config::Value;
using config::ValueType;

Path below(Path path, std::initializer_list<std::string> keys) {
  path.insert(path.end(), keys);
  return path;
}

Path portfolio_key(const char* key) {
  return {"portfolio_config", key};
}
Path node_key(const char* key) {
  return {"process_forecasts_node_dict", key};
}
Path forecasts_key(std::initializer_list<std::string> keys) {
  return below({"process_forecasts_node_dict", "process_forecasts_dict"}, keys);
}
Path kwargs_key(const char* key) {
  return forecasts_key({"optimizer_config", "params", "kwargs", key});
}

constexpr const char* kTimeKeys[] = {"ath_start_time", "trading_start_time", "trading_end_time",
                                     "ath_end_time"};
constexpr const char* kOptionalFloats[] = {"volatility_lower_bound",
                                           "target_dollar_risk_per_name",
                                           "prediction_abs_threshold",
                                           "volatility_to_spread_threshold",
                                           "gamma",
                                           "spread_lower_bound",
                                           "constant_decorrelation_coefficient"};

Error invalid(const Path& path, std::string_view found, std::string_view needed) {
  return {ErrorCode::kInvalidConfig,
          fmt::format("{}: found {}, needed {}", config::to_string(path), found, needed)};
}

// Replace `target` when the key has a value; a key that is not set, or None, leaves it.
template <typename T>
Status read_if_set(const Config& config, const Path& path, T& target, std::string_view needed) {
  const Value* value = config.find(path);
  if (value == nullptr || value->is_null()) {
    return {};
  }
  const T* typed = value->get_if<T>();
  if (typed == nullptr) {
    return invalid(path, config::to_text(*value), needed);
  }
  target = *typed;
  return {};
}

Status read_fill_method(const Config& config, const Path& path, analytics::FillMethod& target) {
  std::string text;
  TIEOUT_CHECK(read_if_set(config, path, text, "a string"));
  if (text.empty()) {
    return {};
  }
  const auto method = analytics::parse_fill_method(text);
  if (!method.ok()) {
    return invalid(path, fmt::format("'{}'", text), "zero, nan or ffill");
  }
  target = *method;
  return {};
}

Result<analytics::PomoOptions> read_optimizer(const Config& config) {
  const Path backend_path = forecasts_key({"optimizer_config", "backend"});
  TIEOUT_TRY(const std::string backend, config.get_string(backend_path));
  if (backend != "pomo") {
    return invalid(backend_path, fmt::format("'{}'", backend), "'pomo', the one backend there is");
  }
  const Path style_path = forecasts_key({"optimizer_config", "params", "style"});
  TIEOUT_TRY(const std::string style, config.get_string(style_path));
  const auto number = [&config](const char* key, double& target) {
    return read_if_set(config, kwargs_key(key), target, "a float");
  };
  if (style == "cross_sectional") {
    analytics::CrossSectionalOptions options;
    TIEOUT_CHECK(number("bulk_frac_to_remove", options.bulk_frac_to_remove));
    TIEOUT_CHECK(number("target_gmv", options.target_gmv));
    TIEOUT_CHECK(number("volatility_lower_bound", options.volatility_lower_bound));
    TIEOUT_CHECK(
        read_fill_method(config, kwargs_key("bulk_fill_method"), options.bulk_fill_method));
    return analytics::PomoOptions{options};
  }
  if (style != "longitudinal") {
    return invalid(style_path, fmt::format("'{}'", style), "'cross_sectional' or 'longitudinal'");
  }
  analytics::LongitudinalOptions options;
  TIEOUT_CHECK(number("prediction_abs_threshold", options.prediction_abs_threshold));
  TIEOUT_CHECK(number("volatility_to_spread_threshold", options.volatility_to_spread_threshold));
  TIEOUT_CHECK(number("volatility_lower_bound", options.volatility_lower_bound));
  TIEOUT_CHECK(number("gamma", options.gamma));
  TIEOUT_CHECK(number("target_dollar_risk_per_name", options.target_dollar_risk_per_name));
  TIEOUT_CHECK(number("spread_lower_bound", options.spread_lower_bound));
  TIEOUT_CHECK(
      number("constant_decorrelation_coefficient", options.constant_decorrelation_coefficient));
  TIEOUT_CHECK(read_fill_method(config, kwargs_key("fill_method"), options.fill_method));
  TIEOUT_CHECK(read_if_set(config, kwargs_key("modulate_using_prediction_magnitude"),
                           options.modulate_using_prediction_magnitude, "a bool"));
  return analytics::PomoOptions{options};
}

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

Status read_order_config(const Config& config, TraderSettings& settings) {
  TIEOUT_TRY(settings.order_type, config.get_string(forecasts_key({"order_config", "order_type"})));
  const Path duration_path = forecasts_key({"order_config", "order_duration_in_mins"});
  TIEOUT_TRY(const std::int64_t duration_mins, config.get_int(duration_path));
  if (duration_mins < 1 || duration_mins > 1440) {
    return invalid(duration_path, std::to_string(duration_mins), "1 to 1440 minutes");
  }
  settings.order_duration = minutes(duration_mins);
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

// Share decimals and exchange limits.
Status read_limits(const Config& config, const TraderOptions& options, TraderSettings& settings) {
  const Path asset_class_path = forecasts_key({"optimizer_config", "asset_class"});
  TIEOUT_TRY(const std::string asset_class, config.get_string(asset_class_path));
  if (asset_class != "crypto" && asset_class != "equities") {
    return invalid(asset_class_path, fmt::format("'{}'", asset_class), "'crypto' or 'equities'");
  }
  bool apply = false;
  TIEOUT_CHECK(
      read_if_set(config, forecasts_key({"optimizer_config", "apply_cc_limits"}), apply, "a bool"));
  settings.apply_exchange_limits = apply && asset_class == "crypto" && !options.market_info.empty();
  if (settings.apply_exchange_limits) {
    settings.targets.market_info = options.market_info;
  } else if (apply && asset_class == "crypto") {
    settings.notes.emplace_back("exchange limits are not applied: no market information was given");
  }
  const Path decimals_path = forecasts_key({"share_quantization"});
  std::int64_t decimals = -1000;
  TIEOUT_CHECK(read_if_set(config, decimals_path, decimals, "an int"));
  if (decimals == -1000 && settings.apply_exchange_limits) {
    return {};
  }
  if (decimals < -30 || decimals > 30) {
    return invalid(decimals_path, decimals == -1000 ? "None" : std::to_string(decimals),
                   "decimals in [-30, 30], or exchange limits with market information");
  }
  settings.targets.share_quantization = static_cast<int>(decimals);
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
  config.declare(node_key("prediction_col"), "prediction");
  config.declare(node_key("volatility_col"), "volatility");
  config.declare(node_key("spread_col"), Value{});
  config.declare_optional(node_key("spread_col"), {ValueType::kString, ValueType::kNull});
  config.declare(forecasts_key({"order_config", "order_type"}), "price@twap");
  config.declare(forecasts_key({"order_config", "order_duration_in_mins"}), 5);
  config.declare(forecasts_key({"order_config", "execution_frequency"}), "1T");
  config.declare(forecasts_key({"order_config", "passivity_factor"}), 0.55);
  config.declare(forecasts_key({"optimizer_config", "backend"}), "pomo");
  config.declare(forecasts_key({"optimizer_config", "asset_class"}), "crypto");
  config.declare(forecasts_key({"optimizer_config", "apply_cc_limits"}), true);
  config.declare(forecasts_key({"optimizer_config", "params", "style"}), "cross_sectional");
  config.declare(kwargs_key("bulk_frac_to_remove"), 0.0);
  config.declare(kwargs_key("target_gmv"), 3000.0);
  for (const char* key : kOptionalFloats) {
    config.declare_optional(kwargs_key(key), {ValueType::kFloat});
  }
  config.declare_optional(kwargs_key("bulk_fill_method"), {ValueType::kString});
  config.declare_optional(kwargs_key("fill_method"), {ValueType::kString});
  config.declare_optional(kwargs_key("modulate_using_prediction_magnitude"), {ValueType::kBool});
  for (const char* key : kTimeKeys) {
    config.declare(forecasts_key({key}), Value{});
    config.declare_optional(forecasts_key({key}), {ValueType::kTimeOfDay, ValueType::kNull});
  }
  config.declare(forecasts_key({"liquidate_at_trading_end_time"}), false);
  config.declare(forecasts_key({"share_quantization"}), 8);
  config.declare_optional(forecasts_key({"share_quantization"}),
                          {ValueType::kInt, ValueType::kNull});
  config.declare(forecasts_key({"execution_mode"}), "real_time");
  config.declare(forecasts_key({"remove_weekends"}), false);
}

Result<TraderSettings> read_trader_settings(const Config& config, const TraderOptions& options) {
  TraderSettings settings;
  settings.initial_holdings = options.initial_holdings;
  TIEOUT_TRY(settings.pricing, read_pricing(config));
  TIEOUT_TRY(settings.initial_cash, config.get_float(portfolio_key("initial_cash")));
  TIEOUT_TRY(settings.columns.bid, config.get_string({"portfolio_config", "column_remap", "bid"}));
  TIEOUT_TRY(settings.columns.ask, config.get_string({"portfolio_config", "column_remap", "ask"}));
  TIEOUT_TRY(settings.columns.midpoint,
             config.get_string({"portfolio_config", "column_remap", "midpoint"}));
  TIEOUT_TRY(settings.columns.price,
             config.get_string({"portfolio_config", "column_remap", "price"}));
  const Path holdings_path = portfolio_key("retrieve_initial_holdings_from_db");
  TIEOUT_TRY(const bool from_db, config.get_bool(holdings_path));
  if (from_db) {
    return invalid(holdings_path, "True", "False: there is no database of holdings");
  }
  TIEOUT_CHECK(read_order_config(config, settings));
  TIEOUT_TRY(settings.targets.optimizer, read_optimizer(config));
  TIEOUT_CHECK(read_limits(config, options, settings));
  TIEOUT_TRY(settings.hours, read_hours(config));
  TIEOUT_TRY(settings.liquidate_at_trading_end_time,
             config.get_bool(forecasts_key({"liquidate_at_trading_end_time"})));
  TIEOUT_TRY(settings.remove_weekends, config.get_bool(forecasts_key({"remove_weekends"})));
  const Path mode_path = forecasts_key({"execution_mode"});
  TIEOUT_TRY(const std::string mode, config.get_string(mode_path));
  if (mode != "real_time") {
    return invalid(mode_path, fmt::format("'{}'", mode),
                   "'real_time': bars are decided one at a time");
  }
  return settings;
}

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
  if (auto type = parse_order_type(settings.order_type); !type.ok()) {
    return refuse("process_forecasts_node_dict.process_forecasts_dict.order_config.order_type: " +
                  type.error().message);
  }
  if (settings.order_duration.ns <= 0 ||
      (settings.pricing.twap && settings.pricing.twap->ns <= 0)) {
    return refuse("trader: the order duration and the pricing period must be positive");
  }
  TIEOUT_CHECK(analytics::check_options(settings.targets.optimizer));
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
