#include "tieout/oms/broker_settings.hpp"

#include <cmath>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

namespace tieout::oms {
namespace {

using config::Config;
using config::Path;
using config::Value;
using config::ValueType;

Path broker_key(const char* key) {
  return {"portfolio_config", "broker_config", key};
}
Path model_key(const char* key) {
  return {"portfolio_config", "broker_config", "fill_model", key};
}

/// Keys that are one float of the model, in their unit.
struct FloatKey {
  const char* key;
  double FillModel::*member;
};
constexpr FloatKey kFloats[] = {
    {"maker_fee_bps", &FillModel::maker_fee_bps},
    {"taker_fee_bps", &FillModel::taker_fee_bps},
    {"minimum_fee", &FillModel::minimum_fee},
    {"slippage_bps", &FillModel::slippage_bps},
    {"impact_bps", &FillModel::impact_bps},
    {"reject_probability", &FillModel::reject_probability},
};

struct MillisKey {
  const char* key;
  Duration FillModel::*member;
};
constexpr MillisKey kMillis[] = {{"latency_in_ms", &FillModel::latency},
                                 {"latency_jitter_in_ms", &FillModel::latency_jitter}};

/// A config's duration; what is no duration at all is refused here, its range by the caller.
Result<Duration> read_duration(const Config& config, const Path& path, double unit_ns) {
  TIEOUT_TRY(const double value, config.get_float(path));
  const double ns = value * unit_ns;
  if (!(std::abs(ns) < 9e15)) {
    return Error{ErrorCode::kInvalidConfig,
                 fmt::format("{}: found {}, needed a duration of at most 100 days",
                             config::to_string(path), format_double(value))};
  }
  return nanoseconds(std::llround(ns));
}

Result<FillModel> read_fill_model(const Config& config) {
  FillModel model;
  TIEOUT_TRY(const std::int64_t seed, config.get_int(model_key("seed")));
  model.seed = static_cast<std::uint64_t>(seed);
  for (const FloatKey& key : kFloats) {
    TIEOUT_TRY(model.*key.member, config.get_float(model_key(key.key)));
  }
  for (const MillisKey& key : kMillis) {
    TIEOUT_TRY(model.*key.member, read_duration(config, model_key(key.key), 1e6));
  }
  const Value* cap = config.find(model_key("participation_cap"));
  if (cap != nullptr && !cap->is_null()) {
    TIEOUT_TRY(model.participation_cap, config.get_float(model_key("participation_cap")));
  }
  const Path carry_path = model_key("carry_windows");
  TIEOUT_TRY(const std::int64_t carry, config.get_int(carry_path));
  if (carry < 0 || carry > 1000) {
    return Error{ErrorCode::kInvalidConfig, fmt::format("{}: found {}, needed 0 to 1000",
                                                        config::to_string(carry_path), carry)};
  }
  model.carry_windows = static_cast<int>(carry);
  TIEOUT_TRY(model.clamp_to_bar, config.get_bool(model_key("clamp_to_bar")));
  TIEOUT_CHECK(check_fill_model(model));
  return model;
}

}  // namespace

void declare_broker_config(Config& config) {
  config.declare(broker_key("kind"), "paper");
  config.declare(broker_key("strategy_id"), "SAU1");
  config.declare(broker_key("account"), "");
  config.declare(broker_key("delay_to_accept_in_secs"), 3.0);
  config.declare(model_key("seed"), 0);
  for (const FloatKey& key : kFloats) {
    config.declare(model_key(key.key), 0.0);
  }
  for (const MillisKey& key : kMillis) {
    config.declare(model_key(key.key), 0.0);
  }
  config.declare(model_key("participation_cap"), Value{});
  config.declare_optional(model_key("participation_cap"), {ValueType::kFloat, ValueType::kNull});
  config.declare(model_key("carry_windows"), 0);
  config.declare(model_key("clamp_to_bar"), false);
}

Result<BrokerSettings> read_broker_settings(const Config& config, const BrokerOptions& options) {
  BrokerSettings settings;
  settings.run = options;
  const Path kind_path = broker_key("kind");
  TIEOUT_TRY(const std::string kind, config.get_string(kind_path));
  if (kind == "database") {
    settings.kind = BrokerSettings::Kind::kDatabase;
  } else if (kind != "paper") {
    return Error{ErrorCode::kInvalidConfig,
                 fmt::format("{}: found '{}', needed 'paper' or 'database'",
                             config::to_string(kind_path), kind)};
  }
  TIEOUT_TRY(settings.strategy_id, config.get_string(broker_key("strategy_id")));
  TIEOUT_TRY(settings.account, config.get_string(broker_key("account")));
  const Path delay_path = broker_key("delay_to_accept_in_secs");
  TIEOUT_TRY(settings.delay_to_accept, read_duration(config, delay_path, 1e9));
  if (settings.delay_to_accept.ns < 0) {
    return Error{ErrorCode::kInvalidConfig,
                 fmt::format("{}: found {} s, needed 0 or more", config::to_string(delay_path),
                             to_seconds(settings.delay_to_accept))};
  }
  TIEOUT_TRY(settings.fill_model, read_fill_model(config));
  return settings;
}

}  // namespace tieout::oms
