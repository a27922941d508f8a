#include "tieout/oms/targets.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tieout/core/nan.hpp"
#include "tieout/core/numbers.hpp"

#include "batch_targets.hpp"

namespace tieout::oms {
namespace {

constexpr double kConsistencyTolerance = 1e-4;  // Dollars or shares; the reference's.

bool has_sizes(const TargetInput& input) noexcept {
  return std::isfinite(input.prediction) && std::isfinite(input.volatility) &&
         input.volatility >= 0.0;
}

bool has_forecast(const TargetInput& input) noexcept {
  return has_sizes(input) && std::isfinite(input.spread) && input.spread >= 0.0;
}

/// What neither its forecast nor the filter forbids to trade; each refusal is noted.
struct Refusals {
  std::vector<bool> has_forecast;
  std::vector<bool> is_tradable;
};

Refusals refusals_of(const TargetOptions& options, const std::vector<TargetInput>& inputs,
                     std::vector<std::string>& notes) {
  Refusals result;
  for (const TargetInput& input : inputs) {
    const bool forecast = has_forecast(input);
    bool tradable = forecast;
    if (!forecast) {
      const bool lacks_spread_alone = has_sizes(input);
      notes.push_back(fmt::format(
          "asset {}: prediction is {}, volatility is {}{}: position kept", input.asset_id.value,
          format_double(input.prediction), format_double(input.volatility),
          lacks_spread_alone ? fmt::format(", spread is {}", format_double(input.spread)) : ""));
    } else if (const auto refusal =
                   refusal_of_asset(options.filter, input.spread, input.traded_notional)) {
      notes.push_back(fmt::format("asset {}: {}: not traded", input.asset_id.value, *refusal));
      tradable = false;
    }
    result.has_forecast.push_back(forecast);
    result.is_tradable.push_back(tradable);
  }
  return result;
}

/// Sizes of the assets that have a forecast.
std::vector<double> pomo_sizes(const TargetOptions& options, const std::vector<double>& predictions,
                               const std::vector<double>& volatilities,
                               const std::vector<double>& spreads) {
  if (const auto* cross = std::get_if<analytics::CrossSectionalOptions>(&options.optimizer)) {
    return analytics::cross_sectional_targets(*cross, predictions, volatilities);
  }
  const auto& names = std::get<analytics::LongitudinalOptions>(options.optimizer);
  return options.ignore_spread
             ? analytics::longitudinal_targets(names, predictions, volatilities)
             : analytics::longitudinal_targets(names, predictions, volatilities, spreads);
}

// Dollar targets in the order of the inputs; NaN where there is none and the position is kept.
std::vector<double> optimal_notionals(const TargetOptions& options,
                                      const std::vector<TargetInput>& inputs,
                                      const std::vector<bool>& has_forecast,
                                      std::vector<std::string>& notes) {
  std::vector<std::size_t> members;
  std::vector<double> predictions;
  std::vector<double> volatilities;
  std::vector<double> spreads;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (has_forecast[i]) {
      members.push_back(i);
      predictions.push_back(inputs[i].prediction);
      volatilities.push_back(inputs[i].volatility);
      spreads.push_back(inputs[i].spread);
    }
  }
  if (std::holds_alternative<analytics::CrossSectionalOptions>(options.optimizer) &&
      members.size() == 1) {
    notes.push_back(fmt::format("asset {}: the only forecast, not ranked",
                                inputs[members.front()].asset_id.value));
  }
  const std::vector<double> sizes = pomo_sizes(options, predictions, volatilities, spreads);
  if (!sizes.empty() &&
      std::all_of(sizes.begin(), sizes.end(), [](double size) { return std::isnan(size); })) {
    notes.emplace_back("the optimizer has no target for any asset: all positions kept");
  }
  std::vector<double> notionals(inputs.size(), kNaN);
  for (std::size_t i = 0; i < members.size(); ++i) {
    notionals[members[i]] = sizes[i];
  }
  return notionals;
}

/// Holdings after a trade of so many shares.
TargetAmounts after_trade(const TargetInput& input, double shares) {
  TargetAmounts amounts;
  amounts.trades_shares = shares;
  amounts.trades_notional = shares * input.price;
  amounts.holdings_shares = input.holdings_shares + shares;
  amounts.holdings_notional = amounts.holdings_shares * input.price;
  return amounts;
}

TargetAmounts amounts_of(const TargetInput& input, double target_notional, int decimals) {
  const double raw = (target_notional - input.holdings_notional) / input.price;
  return after_trade(input, round_decimals(std::isfinite(raw) ? raw : 0.0, decimals));
}

TargetAmounts untraded(const TargetInput& input) {
  return {.holdings_notional = input.holdings_notional,
          .trades_notional = 0.0,
          .trades_shares = 0.0,
          .holdings_shares = input.holdings_shares};
}

Result<std::vector<int>> decimals_of(const TargetOptions& options,
                                     const std::vector<TargetInput>& inputs) {
  std::vector<int> result;
  for (const TargetInput& input : inputs) {
    const auto info = options.market_info.find(input.asset_id);
    if (info != options.market_info.end()) {
      result.push_back(info->second.amount_precision);
      continue;
    }
    const auto own = options.share_decimals.find(input.asset_id);
    if (own == options.share_decimals.end() && !options.share_decimals.empty()) {
      return Error{ErrorCode::kInvalidConfig,
                   fmt::format("targets: asset {} is not in asset_id_to_share_decimals",
                               input.asset_id.value)};
    }
    result.push_back(own == options.share_decimals.end() ? options.share_quantization
                                                         : own->second);
  }
  return result;
}

/// The wanted amounts of every asset, rounded, before filter and limits.
std::vector<TargetAmounts> wanted_amounts(const TargetOptions& options,
                                          const std::vector<TargetInput>& inputs,
                                          const Refusals& refusals,
                                          const std::vector<int>& decimals,
                                          std::vector<std::string>& notes) {
  if (const auto* batch = std::get_if<analytics::SinglePeriodOptions>(&options.optimizer)) {
    return batch_amounts(*batch, options, inputs, refusals.is_tradable, decimals, notes);
  }
  const std::vector<double> notionals =
      optimal_notionals(options, inputs, refusals.has_forecast, notes);
  std::vector<TargetAmounts> amounts;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const double wanted = refusals.is_tradable[i] ? notionals[i] : kNaN;
    amounts.push_back(amounts_of(inputs[i], wanted, decimals[i]));
  }
  return amounts;
}

Result<TargetAmounts> limited(const TargetOptions& options, const TargetInput& input,
                              const TargetAmounts& wanted) {
  const auto info = options.market_info.find(input.asset_id);
  if (info == options.market_info.end()) {
    return wanted;
  }
  const auto shares = limit_trade(wanted.trades_shares, input.price, info->second, options.limits);
  if (!shares.ok()) {
    return Error{shares.error().code, fmt::format("targets: asset {}: {}", input.asset_id.value,
                                                  shares.error().message)};
  }
  if (*shares == 0.0) {
    return untraded(input);
  }
  return *shares == wanted.trades_shares ? wanted : after_trade(input, *shares);
}

/// The trade that restrictions leave to order.
double permitted(const TargetOptions& options, const TargetInput& input, double shares,
                 std::vector<std::string>& notes) {
  const auto restriction = options.restrictions.find(input.asset_id);
  if (restriction == options.restrictions.end() || !std::isfinite(shares) || shares == 0.0) {
    return shares;
  }
  const auto permission = analytics::permission_of(restriction->second, input.holdings_shares);
  if (shares > 0.0 ? permission.may_buy : permission.may_sell) {
    return shares;
  }
  notes.push_back(fmt::format("asset {}: {} is restricted: no order of {} shares",
                              input.asset_id.value, shares > 0.0 ? "buying" : "selling",
                              format_double(shares)));
  return 0.0;
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

Status check_options(const SizingOptions& options) {
  if (const auto* batch = std::get_if<analytics::SinglePeriodOptions>(&options)) {
    return analytics::check_options(*batch);
  }
  if (const auto* cross = std::get_if<analytics::CrossSectionalOptions>(&options)) {
    return analytics::check_options(analytics::PomoOptions{*cross});
  }
  return analytics::check_options(
      analytics::PomoOptions{std::get<analytics::LongitudinalOptions>(options)});
}

Result<TargetDecision> decide_targets(const TargetOptions& options,
                                      const std::vector<TargetInput>& inputs,
                                      Liquidation liquidation) {
  TargetDecision decision;
  TIEOUT_TRY(const std::vector<int> decimals, decimals_of(options, inputs));
  const Refusals refusals = refusals_of(options, inputs, decision.notes);
  const std::vector<TargetAmounts> wanted =
      wanted_amounts(options, inputs, refusals, decimals, decision.notes);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const TargetInput& input = inputs[i];
    if (std::isnan(input.price)) {
      decision.notes.push_back(fmt::format(
          "asset {}: no price: {}", input.asset_id.value,
          liquidation == Liquidation::kYes ? "liquidated at an unknown value" : "position kept"));
    }
    Target row;
    row.input = input;
    row.before_limits = wanted[i];
    if (const auto refusal =
            refusal_of_trade(options.filter, wanted[i].trades_notional, input.traded_notional)) {
      decision.notes.push_back(
          fmt::format("asset {}: {}: not traded", input.asset_id.value, *refusal));
      row.before_limits = untraded(input);
    }
    TIEOUT_TRY(row.target, limited(options, input, row.before_limits));
    if (liquidation == Liquidation::kYes) {
      row.target = liquidated(input);
    }
    TIEOUT_CHECK(check_consistency(row));
    row.order_shares = permitted(options, input, row.target.trades_shares, decision.notes);
    decision.targets.push_back(row);
  }
  return decision;
}

}  // namespace tieout::oms
