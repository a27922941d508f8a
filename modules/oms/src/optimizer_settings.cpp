#include "optimizer_settings.hpp"

#include <string>

#include "config_keys.hpp"

namespace tieout::oms {
namespace {

using config::Config;
using config::Path;
using config::Value;
using config::ValueType;

Path kwargs_key(const char* key) {
  return forecasts_key({"optimizer_config", "params", "kwargs", key});
}

constexpr const char* kOptionalFloats[] = {"volatility_lower_bound",
                                           "target_dollar_risk_per_name",
                                           "prediction_abs_threshold",
                                           "volatility_to_spread_threshold",
                                           "gamma",
                                           "spread_lower_bound",
                                           "constant_decorrelation_coefficient"};

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

}  // namespace

void declare_optimizer_config(Config& config) {
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
}

void declare_limits_config(Config& config) {
  config.declare(forecasts_key({"share_quantization"}), 8);
  config.declare_optional(forecasts_key({"share_quantization"}),
                          {ValueType::kInt, ValueType::kNull});
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

}  // namespace tieout::oms
