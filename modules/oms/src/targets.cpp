#include "tieout/oms/targets.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

namespace tieout::oms {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kConsistencyTolerance = 1e-4;  // Dollars or shares; the reference's.

bool has_forecast(const TargetInput& input) noexcept {
  return std::isfinite(input.prediction) && std::isfinite(input.volatility) &&
         input.volatility >= 0.0;
}

// Dollar targets in the order of the inputs; NaN where there is none and the position is kept.
std::vector<double> optimal_notionals(const analytics::PomoOptions& options,
                                      const std::vector<TargetInput>& inputs,
                                      std::vector<std::string>& notes) {
  std::vector<std::size_t> members;
  std::vector<double> predictions;
  std::vector<double> volatilities;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const TargetInput& input = inputs[i];
    if (!has_forecast(input)) {
      notes.push_back(fmt::format("asset {}: prediction is {}, volatility is {}: position kept",
                                  input.asset_id.value, format_double(input.prediction),
                                  format_double(input.volatility)));
      continue;
    }
    members.push_back(i);
    predictions.push_back(input.prediction);
    volatilities.push_back(input.volatility);
  }
  const auto* cross = std::get_if<analytics::CrossSectionalOptions>(&options);
  if (cross != nullptr && members.size() == 1) {
    notes.push_back(fmt::format("asset {}: the only forecast, not ranked",
                                inputs[members.front()].asset_id.value));
  }
  const std::vector<double> sizes =
      cross != nullptr
          ? analytics::cross_sectional_targets(*cross, predictions, volatilities)
          : analytics::longitudinal_targets(std::get<analytics::LongitudinalOptions>(options),
                                            predictions, volatilities);
  if (!sizes.empty() &&
      std::all_of(sizes.begin(), sizes.end(), [](double size) { return std::isnan(size); })) {
    notes.emplace_back("the optimizer has no target for any asset: all positions kept");
  }
  std::vector<double> notionals(inputs.size(), kNan);
  for (std::size_t i = 0; i < members.size(); ++i) {
    notionals[members[i]] = sizes[i];
  }
  return notionals;
}

TargetAmounts amounts_of(const TargetInput& input, double target_notional, int decimals) {
  TargetAmounts amounts;
  const double raw = (target_notional - input.holdings_notional) / input.price;
  amounts.trades_shares = round_decimals(std::isfinite(raw) ? raw : 0.0, decimals);
  amounts.trades_notional = amounts.trades_shares * input.price;
  amounts.holdings_shares = input.holdings_shares + amounts.trades_shares;
  amounts.holdings_notional = amounts.holdings_shares * input.price;
  return amounts;
}

TargetAmounts limited(const TargetInput& input, const TargetAmounts& wanted,
                      const MarketInfo& info) {
  const double amount = std::abs(wanted.trades_shares);
  if (amount >= info.min_amount && input.price * amount > info.min_cost) {
    return wanted;
  }
  return {.holdings_notional = input.holdings_notional,
          .trades_notional = 0.0,
          .trades_shares = 0.0,
          .holdings_shares = input.holdings_shares};
}

TargetAmounts liquidated(const TargetInput& input) {
  return {.holdings_notional = 0.0,
          .trades_notional = -input.holdings_notional,
          .trades_shares = -input.holdings_shares,
          .holdings_shares = 0.0};
}

Status check_consistency(const Target& row) {
  const auto near = [](double left, double right) {
    // Without a price there is no notional to compare; huge amounts carry more rounding than the
    // absolute tolerance.
    return std::isnan(left) || std::isnan(right) ||
           std::abs(left - right) <=
               std::max(kConsistencyTolerance, 1e-12 * std::max(std::abs(left), std::abs(right)));
  };
  const TargetInput& in = row.input;
  const TargetAmounts& out = row.target;
  const struct {
    std::string_view name;
    double found;
    double needed;
  } rules[] = {
      {"holdings_notional", in.holdings_notional, in.holdings_shares * in.price},
      {"target_holdings_notional", out.holdings_notional, out.holdings_shares * in.price},
      {"target_trades_notional", out.trades_notional, out.trades_shares * in.price},
      {"target_holdings_shares", out.holdings_shares, in.holdings_shares + out.trades_shares},
      {"target_holdings_notional", out.holdings_notional,
       in.holdings_notional + out.trades_notional},
  };
  for (const auto& rule : rules) {
    if (!near(rule.found, rule.needed)) {
      return Error{
          ErrorCode::kIdentityBroken,
          fmt::format("targets: {} of asset {} is {}, needed {}", rule.name, in.asset_id.value,
                      format_double(rule.found), format_double(rule.needed))};
    }
  }
  return {};
}

}  // namespace

Result<TargetDecision> decide_targets(const TargetOptions& options,
                                      const std::vector<TargetInput>& inputs,
                                      Liquidation liquidation) {
  TargetDecision decision;
  const std::vector<double> notionals =
      optimal_notionals(options.optimizer, inputs, decision.notes);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const TargetInput& input = inputs[i];
    if (std::isnan(input.price)) {
      decision.notes.push_back(fmt::format(
          "asset {}: no price: {}", input.asset_id.value,
          liquidation == Liquidation::kYes ? "liquidated at an unknown value" : "position kept"));
    }
    const auto info = options.market_info.find(input.asset_id);
    const bool has_limits = info != options.market_info.end();
    Target row;
    row.input = input;
    row.before_limits =
        amounts_of(input, notionals[i],
                   has_limits ? info->second.amount_precision : options.share_quantization);
    row.target = has_limits ? limited(input, row.before_limits, info->second) : row.before_limits;
    if (liquidation == Liquidation::kYes) {
      row.target = liquidated(input);
    }
    TIEOUT_CHECK(check_consistency(row));
    decision.targets.push_back(row);
  }
  return decision;
}

}  // namespace tieout::oms
