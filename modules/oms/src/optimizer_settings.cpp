#include "optimizer_settings.hpp"

#include <optional>
#include <string>

#include "tieout/core/numbers.hpp"

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

constexpr const char* kBatchFloats[] = {"dollar_neutrality_penalty",
                                        "constant_correlation",
                                        "constant_correlation_penalty",
                                        "relative_holding_penalty",
                                        "relative_holding_max_frac_of_gmv",
                                        "target_gmv",
                                        "target_gmv_upper_bound_penalty",
                                        "target_gmv_hard_upper_bound_multiple",
                                        "transaction_cost_penalty",
                                        "volatility_risk_penalty",
                                        "spread_cost_penalty",
                                        "turnover_penalty"};
constexpr const char* kFilterFloats[] = {"max_spread_in_bps", "min_traded_notional",
                                         "max_frac_of_traded_notional"};

Path params_key(const char* key) {
  return forecasts_key({"optimizer_config", "params", key});
}
Path optimizer_key(const char* key) {
  return forecasts_key({"optimizer_config", key});
}
Path filter_key(const char* key) {
  return forecasts_key({"trade_filter", key});
}

/// A number that may be written as an int or as a float; nothing when it is not set.
Result<std::optional<double>> read_number(const Config& config, const Path& path) {
  const Value* value = config.find(path);
  if (value == nullptr || value->is_null()) {
    return std::optional<double>{};
  }
  if (const auto* integer = value->get_if<std::int64_t>()) {
    return std::optional<double>{static_cast<double>(*integer)};
  }
  if (const auto* number = value->get_if<double>()) {
    return std::optional<double>{*number};
  }
  return invalid(path, config::to_text(*value), "a number");
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

Result<SizingOptions> read_pomo(const Config& config) {
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
    return SizingOptions{options};
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
  return SizingOptions{options};
}

Status read_batch_terms(const Config& config, analytics::SinglePeriodOptions& options) {
  const struct {
    const char* key;
    double& target;
    bool required;
  } terms[] = {
      {"target_gmv", options.target_gmv, true},
      {"dollar_neutrality_penalty", options.dollar_neutrality_penalty, true},
      {"relative_holding_penalty", options.relative_holding_penalty, true},
      {"relative_holding_max_frac_of_gmv", options.relative_holding_max_frac_of_gmv, true},
      {"target_gmv_upper_bound_penalty", options.target_gmv_upper_bound_penalty, true},
      {"target_gmv_hard_upper_bound_multiple", options.target_gmv_hard_upper_bound_multiple, true},
      {"transaction_cost_penalty", options.transaction_cost_penalty, true},
      {"constant_correlation_penalty", options.constant_correlation_penalty, false},
      {"volatility_risk_penalty", options.volatility_risk_penalty, false},
      {"spread_cost_penalty", options.spread_cost_penalty, false},
      {"turnover_penalty", options.turnover_penalty, false},
  };
  for (const auto& term : terms) {
    TIEOUT_TRY(const std::optional<double> number, read_number(config, params_key(term.key)));
    if (!number && term.required) {
      return invalid(params_key(term.key), "nothing",
                     "a number: the batch optimizer has no default");
    }
    term.target = number.value_or(term.target);
  }
  TIEOUT_TRY(options.constant_correlation, read_number(config, params_key("constant_correlation")));
  const bool has_penalty = config.find(params_key("constant_correlation_penalty")) != nullptr;
  if (options.constant_correlation.has_value() != has_penalty) {
    return invalid(params_key("constant_correlation_penalty"),
                   has_penalty ? "it without constant_correlation" : "nothing",
                   "constant_correlation and constant_correlation_penalty together");
  }
  return read_if_set(config, params_key("dollar_neutral"), options.dollar_neutral, "a bool");
}

Result<SizingOptions> read_batch(const Config& config, TraderSettings& settings) {
  analytics::SinglePeriodOptions options;
  TIEOUT_CHECK(read_batch_terms(config, options));
  std::string solver;
  TIEOUT_CHECK(read_if_set(config, params_key("solver"), solver, "a string"));
  if (!solver.empty() && solver != "ECOS" && solver != "OSQP" && solver != "SCS") {
    return invalid(params_key("solver"), fmt::format("'{}'", solver), "'ECOS', 'OSQP' or 'SCS'");
  }
  if (!solver.empty()) {
    settings.notes.push_back(
        fmt::format("batch optimizer: solver '{}' is not used: tieout has one of its own", solver));
  }
  TIEOUT_CHECK(
      read_if_set(config, params_key("verbose"), settings.targets.note_sizing_stats, "a bool"));
  return SizingOptions{options};
}

Status read_filter(const Config& config, TradeFilter& filter) {
  TIEOUT_TRY(filter.max_spread_in_bps, read_number(config, filter_key("max_spread_in_bps")));
  TIEOUT_TRY(filter.min_traded_notional, read_number(config, filter_key("min_traded_notional")));
  TIEOUT_TRY(filter.max_frac_of_traded_notional,
             read_number(config, filter_key("max_frac_of_traded_notional")));
  const std::optional<double>* bounds[] = {&filter.max_spread_in_bps, &filter.min_traded_notional,
                                           &filter.max_frac_of_traded_notional};
  for (std::size_t i = 0; i < 3; ++i) {
    if (bounds[i]->has_value() && !(**bounds[i] >= 0.0)) {
      return invalid(filter_key(kFilterFloats[i]), format_double(**bounds[i]),
                     "a number that is not negative");
    }
  }
  std::string lookback = "60T";
  TIEOUT_CHECK(read_if_set(config, filter_key("lookback"), lookback, "a period"));
  const auto period = parse_period(lookback);
  if (!period.ok() || period->ns <= 0) {
    return invalid(filter_key("lookback"), fmt::format("'{}'", lookback), "a period such as '60T'");
  }
  filter.lookback = *period;
  return read_if_set(config, filter_key("volume_col"), filter.volume_column, "a string");
}

/// One entry of asset_id_to_share_decimals: [id, decimals] or [id, step].
Status read_share_decimals(const Value& entry, std::map<AssetId, int>& decimals) {
  const Path path = forecasts_key({"asset_id_to_share_decimals"});
  const auto* pair = entry.get_if<config::List>();
  const auto* id =
      pair != nullptr && pair->size() == 2 ? (*pair)[0].get_if<std::int64_t>() : nullptr;
  if (id == nullptr) {
    return invalid(path, config::to_text(entry), "pairs [asset id, decimals] or [asset id, step]");
  }
  int found = 0;
  if (const auto* integer = (*pair)[1].get_if<std::int64_t>()) {
    if (*integer < -30 || *integer > 30) {
      return invalid(path, config::to_text(entry), "decimals in [-30, 30]");
    }
    found = static_cast<int>(*integer);
  } else if (const auto* step = (*pair)[1].get_if<double>()) {
    const Result<int> of_step = decimals_of_step(*step);
    if (!of_step.ok()) {
      return invalid(path, of_step.error().message, "decimals, or a positive power of ten");
    }
    found = *of_step;
  } else {
    return invalid(path, config::to_text(entry), "decimals (an int) or a step (a float)");
  }
  if (!decimals.emplace(AssetId{*id}, found).second) {
    return invalid(path, fmt::format("asset {} twice", *id), "each asset once");
  }
  return {};
}

/// Exactly one of share_quantization and asset_id_to_share_decimals, or neither with exchange
/// limits.
Status read_quantization(const Config& config, TraderSettings& settings) {
  const Path decimals_path = forecasts_key({"share_quantization"});
  const Path own_path = forecasts_key({"asset_id_to_share_decimals"});
  config::List own;
  TIEOUT_CHECK(read_if_set(config, own_path, own, "a list of pairs [asset id, decimals or step]"));
  for (const Value& entry : own) {
    TIEOUT_CHECK(read_share_decimals(entry, settings.targets.share_decimals));
  }
  TIEOUT_TRY(const std::optional<std::int64_t> decimals, config.get_optional_int(decimals_path));
  if (!own.empty()) {
    return !decimals ? Status{}
                     : Status(invalid(own_path, "both it and share_quantization",
                                      "exactly one: set share_quantization to None"));
  }
  if (!decimals && settings.apply_exchange_limits) {
    return {};
  }
  if (!decimals || *decimals < -30 || *decimals > 30) {
    return invalid(decimals_path, !decimals ? "None" : std::to_string(*decimals),
                   "decimals in [-30, 30], or exchange limits with market information");
  }
  settings.targets.share_quantization = static_cast<int>(*decimals);
  return {};
}

Status read_limit_options(const Config& config, LimitOptions& limits) {
  std::string venue = "exchange";
  std::string mode = "check";
  TIEOUT_CHECK(read_if_set(config, optimizer_key("cc_limits_venue"), venue, "a string"));
  TIEOUT_CHECK(read_if_set(config, optimizer_key("cc_limits_mode"), mode, "a string"));
  TIEOUT_CHECK(read_if_set(config, optimizer_key("cc_limits_raise_sells_only"),
                           limits.raise_sells_only, "a bool"));
  if (venue != "exchange" && venue != "testnet") {
    return invalid(optimizer_key("cc_limits_venue"), fmt::format("'{}'", venue),
                   "'exchange' or 'testnet'");
  }
  if (mode != "check" && mode != "round") {
    return invalid(optimizer_key("cc_limits_mode"), fmt::format("'{}'", mode),
                   "'check' or 'round'");
  }
  limits.venue =
      venue == "testnet" ? LimitOptions::Venue::kTestnet : LimitOptions::Venue::kExchange;
  limits.rounding =
      mode == "round" ? LimitOptions::Rounding::kRound : LimitOptions::Rounding::kCheck;
  if (limits.venue == LimitOptions::Venue::kTestnet &&
      limits.rounding == LimitOptions::Rounding::kCheck) {
    return invalid(optimizer_key("cc_limits_mode"), "'check'",
                   "'round': the amounts that a test net raises are not rounded yet");
  }
  return {};
}

}  // namespace

void declare_optimizer_config(Config& config) {
  config.declare(optimizer_key("backend"), "pomo");
  config.declare(optimizer_key("asset_class"), "crypto");
  config.declare(optimizer_key("apply_cc_limits"), true);
  config.declare_optional(optimizer_key("cc_limits_venue"), {ValueType::kString});
  config.declare_optional(optimizer_key("cc_limits_mode"), {ValueType::kString});
  config.declare_optional(optimizer_key("cc_limits_raise_sells_only"), {ValueType::kBool});
  config.declare_optional(optimizer_key("ignore_spread_as_reference"), {ValueType::kBool});
  config.declare(params_key("style"), "cross_sectional");
  config.declare(kwargs_key("bulk_frac_to_remove"), 0.0);
  config.declare(kwargs_key("target_gmv"), 3000.0);
  for (const char* key : kOptionalFloats) {
    config.declare_optional(kwargs_key(key), {ValueType::kFloat});
  }
  config.declare_optional(kwargs_key("bulk_fill_method"), {ValueType::kString});
  config.declare_optional(kwargs_key("fill_method"), {ValueType::kString});
  config.declare_optional(kwargs_key("modulate_using_prediction_magnitude"), {ValueType::kBool});
  for (const char* key : kBatchFloats) {
    config.declare_optional(params_key(key), {ValueType::kFloat, ValueType::kInt});
  }
  config.declare_optional(params_key("dollar_neutral"), {ValueType::kBool});
  config.declare_optional(params_key("solver"), {ValueType::kString});
  config.declare_optional(params_key("verbose"), {ValueType::kBool});
}

void declare_limits_config(Config& config) {
  config.declare(forecasts_key({"share_quantization"}), 8);
  config.declare_optional(forecasts_key({"share_quantization"}),
                          {ValueType::kInt, ValueType::kNull});
  config.declare_optional(forecasts_key({"asset_id_to_share_decimals"}), {ValueType::kList});
  for (const char* key : kFilterFloats) {
    config.declare_optional(filter_key(key), {ValueType::kFloat, ValueType::kInt});
  }
  config.declare_optional(filter_key("lookback"), {ValueType::kString});
  config.declare_optional(filter_key("volume_col"), {ValueType::kString});
}

Status read_optimizer(const Config& config, TraderSettings& settings) {
  const Path backend_path = optimizer_key("backend");
  TIEOUT_TRY(const std::string backend, config.get_string(backend_path));
  if (backend == "pomo") {
    TIEOUT_TRY(settings.targets.optimizer, read_pomo(config));
  } else if (backend == "batch_optimizer") {
    TIEOUT_TRY(settings.targets.optimizer, read_batch(config, settings));
  } else {
    return invalid(backend_path, fmt::format("'{}'", backend), "'pomo' or 'batch_optimizer'");
  }
  return read_if_set(config, optimizer_key("ignore_spread_as_reference"),
                     settings.targets.ignore_spread, "a bool");
}

Status read_limits(const Config& config, TraderSettings& settings) {
  const Path asset_class_path = optimizer_key("asset_class");
  TIEOUT_TRY(const std::string asset_class, config.get_string(asset_class_path));
  if (asset_class != "crypto" && asset_class != "equities") {
    return invalid(asset_class_path, fmt::format("'{}'", asset_class), "'crypto' or 'equities'");
  }
  bool apply = false;
  TIEOUT_CHECK(read_if_set(config, optimizer_key("apply_cc_limits"), apply, "a bool"));
  TIEOUT_TRY(auto market_info, recorded_market_info(config));
  for (const auto& [asset, info] : market_info) {
    settings.broker.share_decimals[asset] = info.amount_precision;
  }
  settings.apply_exchange_limits = apply && asset_class == "crypto" && !market_info.empty();
  if (settings.apply_exchange_limits) {
    settings.targets.market_info = std::move(market_info);
  } else if (apply && asset_class == "crypto") {
    settings.notes.emplace_back("exchange limits are not applied: no market information was given");
  }
  TIEOUT_CHECK(read_limit_options(config, settings.targets.limits));
  TIEOUT_TRY(settings.targets.restrictions, recorded_restrictions(config));
  TIEOUT_CHECK(read_filter(config, settings.targets.filter));
  return read_quantization(config, settings);
}

}  // namespace tieout::oms
