#include "tieout/oms/exchange_limits.hpp"

#include <cmath>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/core/file.hpp"
#include "tieout/core/numbers.hpp"

#include "config_keys.hpp"

namespace tieout::oms {
namespace {

using Json = nlohmann::json;

constexpr int kMostDecimals = 30;

Error malformed(std::string_view asset, std::string_view key, std::string_view found,
                std::string_view needed) {
  return {ErrorCode::kMalformedData,
          fmt::format("market information: {} of asset {} is {}, needed {}", key, asset, found,
                      needed)};
}

Result<double> amount_of(const Json& fields, std::string_view asset, const char* key) {
  const auto found = fields.find(key);
  if (found == fields.end() || !found->is_number()) {
    return malformed(asset, key, found == fields.end() ? "missing" : found->dump(), "a number");
  }
  const double amount = found->get<double>();
  if (!std::isfinite(amount) || amount < 0.0) {
    return malformed(asset, key, format_double(amount), "a number that is not negative");
  }
  return amount;
}

Result<int> precision_of(const Json& fields, std::string_view asset) {
  constexpr const char* kKey = "amount_precision";
  constexpr std::string_view kNeeded =
      "decimals in [-30, 30], or a step that is a power of ten (0.01)";
  const auto found = fields.find(kKey);
  if (found == fields.end() || !found->is_number()) {
    return malformed(asset, kKey, found == fields.end() ? "missing" : found->dump(), kNeeded);
  }
  if (found->is_number_integer()) {
    const auto decimals = found->get<std::int64_t>();
    if (decimals < -kMostDecimals || decimals > kMostDecimals) {
      return malformed(asset, kKey, found->dump(), kNeeded);
    }
    return static_cast<int>(decimals);
  }
  const Result<int> decimals = decimals_of_step(found->get<double>());
  return decimals.ok() ? decimals : malformed(asset, kKey, found->dump(), kNeeded);
}

Result<MarketInfo> market_info_of(const Json& fields, std::string_view asset) {
  if (!fields.is_object()) {
    return malformed(asset, "the entry", fields.dump(), "an object");
  }
  MarketInfo info;
  TIEOUT_TRY(info.amount_precision, precision_of(fields, asset));
  TIEOUT_TRY(info.min_cost, amount_of(fields, asset, "min_cost"));
  const auto min_amount = fields.find("min_amount");
  if (min_amount != fields.end() && min_amount->is_null()) {
    info.min_amount = std::pow(10.0, -info.amount_precision);
  } else {
    TIEOUT_TRY(info.min_amount, amount_of(fields, asset, "min_amount"));
  }
  return info;
}

config::Path info_key(std::string asset, const char* field) {
  return {"market_info", std::move(asset), field};
}

}  // namespace

Result<int> decimals_of_step(double step) {
  for (int decimals = -kMostDecimals; step > 0.0 && decimals <= kMostDecimals; ++decimals) {
    // The text of the step and of the power are compared, because 0.001 is not 1 / 1000 exactly.
    if (step == parse_double(fmt::format("1e{}", -decimals))) {
      return decimals;
    }
  }
  return Error{ErrorCode::kInvalidArgument,
               fmt::format("a step of {} shares: needed a positive power of ten, such as 0.01",
                           format_double(step))};
}

Result<std::map<AssetId, MarketInfo>> parse_market_info(std::string_view json) {
  const Json root = Json::parse(json, nullptr, false);
  if (!root.is_object() || root.empty()) {
    return Error{ErrorCode::kMalformedData,
                 "market information: needed a JSON object with one entry for each asset id"};
  }
  std::map<AssetId, MarketInfo> result;
  for (const auto& entry : root.items()) {
    const auto id = parse_int(entry.key());
    if (!id || *id < 0) {
      return malformed(entry.key(), "the id", "no asset id", "a number that is not negative");
    }
    TIEOUT_TRY(const MarketInfo info, market_info_of(entry.value(), entry.key()));
    result[AssetId{*id}] = info;
  }
  return result;
}

Result<std::map<AssetId, MarketInfo>> read_market_info(const std::filesystem::path& path) {
  TIEOUT_TRY(const std::string text, read_file(path));
  auto info = parse_market_info(text);
  if (!info.ok()) {
    return Error{info.error().code, fmt::format("'{}': {}", path.string(), info.error().message)};
  }
  return info;
}

void record_market_info(config::Config& config, const std::map<AssetId, MarketInfo>& info,
                        std::string_view writer) {
  for (const auto& [asset, limits] : info) {
    const std::string id = std::to_string(asset.value);
    config.declare(info_key(id, "min_amount"), limits.min_amount, writer);
    config.declare(info_key(id, "min_cost"), limits.min_cost, writer);
    config.declare(info_key(id, "amount_precision"), limits.amount_precision, writer);
  }
}

Result<std::map<AssetId, MarketInfo>> recorded_market_info(const config::Config& config) {
  std::map<AssetId, MarketInfo> result;
  for (const config::Leaf& leaf : config.subconfig({"market_info"}).leaves()) {
    const auto id = parse_int(leaf.path.front());
    if (!id || leaf.path.size() != 2) {
      return invalid({"market_info", leaf.path.front()}, "no asset id", "market_info.<asset id>");
    }
    const std::string& asset = leaf.path.front();
    if (result.count(AssetId{*id}) != 0) {
      continue;
    }
    MarketInfo& info = result[AssetId{*id}];
    TIEOUT_TRY(info.min_amount, config.get_float(info_key(asset, "min_amount")));
    TIEOUT_TRY(info.min_cost, config.get_float(info_key(asset, "min_cost")));
    TIEOUT_TRY(const std::int64_t decimals, config.get_int(info_key(asset, "amount_precision")));
    info.amount_precision = static_cast<int>(decimals);
  }
  return result;
}

Result<double> limit_trade(double shares, double price, const MarketInfo& info,
                           const LimitOptions& options) {
  double limited = shares;
  if (options.venue == LimitOptions::Venue::kTestnet) {
    const double smallest = 3.0 * info.min_cost / price;
    const bool raised =
        options.raise_sells_only ? shares < 0.0 : shares != 0.0 && std::abs(shares) < smallest;
    if (raised && std::isfinite(smallest)) {
      limited = std::copysign(smallest, shares);
    }
  } else if (!(std::abs(shares) >= info.min_amount && price * std::abs(shares) > info.min_cost)) {
    limited = 0.0;
  }
  const double rounded = round_decimals(limited, info.amount_precision);
  if (options.rounding == LimitOptions::Rounding::kCheck && rounded != limited) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("a trade of {} shares is not rounded to {} decimals, as the exchange "
                             "needs it and cc_limits_mode 'check' insists",
                             format_double(limited), info.amount_precision)};
  }
  return rounded;
}

}  // namespace tieout::oms
