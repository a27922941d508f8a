#include "twap_settings.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

#include "config_keys.hpp"

namespace tieout::oms {
namespace {

using config::Config;
using config::Path;
using config::Value;
using config::ValueType;

Path order_key(std::initializer_list<std::string> keys) {
  return below(forecasts_key({"order_config"}), keys);
}

const Path& quantity_key() {
  static const Path path = order_key({"child_order_quantity_computer", "object_type"});
  return path;
}
const Path& price_key() {
  static const Path path = order_key({"limit_price_computer", "object_type"});
  return path;
}
const Path& deviation_key() {
  static const Path path = order_key({"limit_price_computer", "max_deviation"});
  return path;
}
const Path& multiple_key() {
  static const Path path = order_key({"limit_price_computer", "volatility_multiple"});
  return path;
}
const Path& decimals_key() {
  static const Path path = order_key({"limit_price_computer", "price_precision"});
  return path;
}
const Path& lookback_key() {
  static const Path path = order_key({"bid_ask_lookback"});
  return path;
}
const Path& half_spread_key() {
  static const Path path = order_key({"half_spread_bps"});
  return path;
}

bool is_set(const Config& config, const Path& path) {
  const Value* value = config.find(path);
  return value != nullptr && !value->is_null();
}

Result<Duration> read_period(const Config& config, const Path& path) {
  TIEOUT_TRY(const std::string text, config.get_string(path));
  const auto period = parse_period(text);
  if (!period.ok()) {
    return invalid(path, fmt::format("'{}'", text), "a period such as '1T'");
  }
  return *period;
}

Status read_quantity(const Config& config, ChildQuantity& quantity) {
  std::string name(name_of(quantity));
  TIEOUT_CHECK(read_if_set(config, quantity_key(), name, "a string"));
  for (const ChildQuantity computer : {ChildQuantity::kStatic, ChildQuantity::kDynamic}) {
    if (name == name_of(computer)) {
      quantity = computer;
      return {};
    }
  }
  return invalid(quantity_key(), fmt::format("'{}'", name),
                 fmt::format("'{}' or '{}'", name_of(ChildQuantity::kStatic),
                             name_of(ChildQuantity::kDynamic)));
}

// A number, or a list of them by wave.
Status read_multiples(const Config& config, std::vector<double>& multiples) {
  const Value* value = config.find(multiple_key());
  if (value == nullptr || value->is_null()) {
    return {};
  }
  config::List items{*value};
  if (const auto* list = value->get_if<config::List>()) {
    items = *list;
  }
  multiples.clear();
  for (const Value& item : items) {
    const auto* number = item.get_if<double>();
    const auto* integer = item.get_if<std::int64_t>();
    if (number == nullptr && integer == nullptr) {
      return invalid(multiple_key(), config::to_text(*value), "a number or a list of numbers");
    }
    multiples.push_back(number != nullptr ? *number : static_cast<double>(*integer));
  }
  return {};
}

Status read_price(const Config& config, LimitPriceOptions& options) {
  SpreadPriceOptions spread;
  VolatilityPriceOptions volatility;
  std::string name(name_of(spread));
  TIEOUT_CHECK(read_if_set(config, price_key(), name, "a string"));
  TIEOUT_CHECK(
      read_if_set(config, order_key({"passivity_factor"}), spread.passivity_factor, "a float"));
  TIEOUT_CHECK(read_if_set(config, deviation_key(), spread.max_deviation, "a float"));
  TIEOUT_CHECK(read_multiples(config, volatility.multiples));
  if (name == name_of(spread)) {
    options = spread;
    return {};
  }
  if (name == name_of(volatility)) {
    options = std::move(volatility);
    return {};
  }
  return invalid(price_key(), fmt::format("'{}'", name),
                 fmt::format("'{}' or '{}'", name_of(spread), name_of(VolatilityPriceOptions{})));
}

}  // namespace

void declare_twap_config(Config& config) {
  for (const Path& path : {quantity_key(), price_key(), lookback_key()}) {
    config.declare_optional(path, {ValueType::kString});
  }
  for (const Path& path : {deviation_key(), half_spread_key()}) {
    config.declare_optional(path, {ValueType::kFloat});
  }
  config.declare_optional(multiple_key(), {ValueType::kFloat, ValueType::kInt, ValueType::kList});
  config.declare_optional(decimals_key(), {ValueType::kInt});
}

Status read_twap_settings(const Config& config, TraderSettings& settings) {
  if (settings.order_type != kLimitTwap) {
    for (const Path& path : {quantity_key(), price_key(), deviation_key(), multiple_key(),
                             decimals_key(), lookback_key(), half_spread_key()}) {
      if (is_set(config, path)) {
        settings.notes.push_back(fmt::format("{} has no effect: the order type is '{}', not '{}'",
                                             config::to_string(path), settings.order_type,
                                             kLimitTwap));
      }
    }
    return {};
  }
  TwapSettings twap;
  TIEOUT_TRY(twap.frequency, read_period(config, order_key({"execution_frequency"})));
  TIEOUT_CHECK(read_quantity(config, twap.quantity));
  TIEOUT_CHECK(read_price(config, twap.limit_price));
  if (is_set(config, lookback_key())) {
    TIEOUT_TRY(twap.bid_ask_lookback, read_period(config, lookback_key()));
  }
  TIEOUT_CHECK(read_if_set(config, half_spread_key(), twap.half_spread_bps, "a float"));
  std::int64_t price_decimals = twap.default_limits.price_decimals;
  TIEOUT_CHECK(read_if_set(config, decimals_key(), price_decimals, "an int"));
  if (price_decimals < -30 || price_decimals > 30) {
    return invalid(decimals_key(), std::to_string(price_decimals), "decimals in [-30, 30]");
  }
  twap.default_limits.price_decimals = static_cast<int>(price_decimals);
  twap.default_limits.share_decimals = settings.targets.share_quantization;
  for (const auto& [asset, decimals] : settings.targets.share_decimals) {
    twap.limits[asset] = twap.default_limits;
    twap.limits[asset].share_decimals = decimals;
  }
  for (const auto& [asset, info] : settings.targets.market_info) {
    twap.limits[asset] = {.min_amount = info.min_amount,
                          .min_cost = info.min_cost,
                          .share_decimals = info.amount_precision,
                          .price_decimals = twap.default_limits.price_decimals};
  }
  settings.twap = std::move(twap);
  return {};
}

}  // namespace tieout::oms
