#include "tieout/analytics/single_period_optimizer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "tieout/core/assert.hpp"
#include "tieout/core/numbers.hpp"

#include "interior_point.hpp"
#include "sizing_program.hpp"

namespace tieout::analytics {
namespace {

// A weight this near a kink (no trade, no position, a bound) is taken to be meant there.
constexpr double kSnapDistance = 1e-7;

Error bad_input(std::size_t asset, std::string_view name, double found, std::string_view needed) {
  return {ErrorCode::kInvalidArgument,
          fmt::format("optimize_single_period: {} of asset number {} is {}, needed {}", name, asset,
                      format_double(found), needed)};
}

Status check_inputs(const SinglePeriodInputs& inputs) {
  const std::size_t n = inputs.holdings_notional.size();
  if (inputs.predictions.size() != n || inputs.volatilities.size() != n ||
      (!inputs.spreads.empty() && inputs.spreads.size() != n) ||
      (!inputs.permissions.empty() && inputs.permissions.size() != n)) {
    return Error{
        ErrorCode::kInvalidArgument,
        fmt::format("optimize_single_period: {} holdings, {} predictions, {} volatilities, "
                    "{} spreads, {} permissions: needed as many of each (spreads and "
                    "permissions may be absent)",
                    n, inputs.predictions.size(), inputs.volatilities.size(), inputs.spreads.size(),
                    inputs.permissions.size())};
  }
  for (std::size_t i = 0; i < n; ++i) {
    if (!std::isfinite(inputs.holdings_notional[i])) {
      return bad_input(i, "holdings_notional", inputs.holdings_notional[i], "a finite amount");
    }
    if (!std::isfinite(inputs.predictions[i])) {
      return bad_input(i, "prediction", inputs.predictions[i], "a finite number");
    }
    if (!std::isfinite(inputs.volatilities[i]) || inputs.volatilities[i] <= 0.0) {
      return bad_input(i, "volatility", inputs.volatilities[i], "a positive number");
    }
    if (!inputs.spreads.empty() && (!std::isfinite(inputs.spreads[i]) || inputs.spreads[i] < 0.0)) {
      return bad_input(i, "spread", inputs.spreads[i], "a number that is not negative");
    }
  }
  return {};
}

/// Bounds of one weight: the permitted side of the trade within the largest holding. Where these
/// do not meet, the holding stays.
void set_bounds(SizingProgram& program, std::size_t i, double largest, TradePermission permission) {
  const double current = program.current[i];
  program.lower[i] = permission.may_sell ? -largest : std::max(-largest, current);
  program.upper[i] = permission.may_buy ? largest : std::min(largest, current);
  if (program.lower[i] > program.upper[i] || (!permission.may_buy && !permission.may_sell)) {
    program.lower[i] = program.upper[i] = current;
  }
}

SizingProgram program_of(const SinglePeriodOptions& options, const SinglePeriodInputs& inputs) {
  const std::size_t n = inputs.predictions.size();
  const auto count = static_cast<double>(n);
  SizingProgram program;
  for (auto* column : {&program.edge, &program.curvature, &program.exposure, &program.trade_cost,
                       &program.current, &program.lower, &program.upper}) {
    column->resize(n);
  }
  const double correlation = options.constant_correlation.value_or(0.0);
  const double risk = options.constant_correlation ? options.constant_correlation_penalty : 0.0;
  const double own_risk = 2.0 * (risk * (1.0 - correlation) + options.volatility_risk_penalty);
  for (std::size_t i = 0; i < n; ++i) {
    const double volatility = inputs.volatilities[i];
    program.edge[i] = inputs.predictions[i] * volatility;
    program.curvature[i] = own_risk * volatility * volatility;
    program.exposure[i] = volatility;
    program.trade_cost[i] =
        options.transaction_cost_penalty * volatility + options.turnover_penalty +
        (inputs.spreads.empty() ? 0.0 : options.spread_cost_penalty * inputs.spreads[i] / 2.0);
    program.current[i] = inputs.holdings_notional[i] * count / options.target_gmv;
    set_bounds(program, i, options.relative_holding_max_frac_of_gmv * count,
               inputs.permissions.empty() ? TradePermission{} : inputs.permissions[i]);
  }
  program.factor_penalty = 2.0 * risk * correlation;
  program.gross_free = count;
  program.gross_penalty = options.target_gmv_upper_bound_penalty;
  program.gross_bound = count * options.target_gmv_hard_upper_bound_multiple;
  program.net_penalty = options.dollar_neutrality_penalty;
  program.net_zero = options.dollar_neutral;
  program.peak_penalty = options.relative_holding_penalty;
  return program;
}

/// Put each weight that is as good as at a kink there.
std::vector<double> snapped(const SizingProgram& program, const std::vector<double>& weights) {
  std::vector<double> result = weights;
  for (std::size_t i = 0; i < result.size(); ++i) {
    double& w = result[i];
    w = std::clamp(w, program.lower[i], program.upper[i]);
    for (const double kink : {program.current[i], 0.0, program.lower[i], program.upper[i]}) {
      const bool inside = kink >= program.lower[i] && kink <= program.upper[i];
      if (inside && std::abs(w - kink) <= kSnapDistance * std::max(1.0, std::abs(kink))) {
        w = kink;
        break;
      }
    }
  }
  return result;
}

/// Take what rounding left above the gross bound from the largest holding that may shrink.
void respect_gross_bound(const SizingProgram& program, std::vector<double>& weights) {
  for (int attempt = 0; attempt < 4; ++attempt) {
    double gross = 0.0;
    std::size_t largest = program.size();
    for (std::size_t i = 0; i < weights.size(); ++i) {
      gross += std::abs(weights[i]);
      const bool may_shrink =
          weights[i] > 0.0 ? program.lower[i] < weights[i] : weights[i] < program.upper[i];
      if (weights[i] != 0.0 && may_shrink &&
          (largest == program.size() || std::abs(weights[i]) > std::abs(weights[largest]))) {
        largest = i;
      }
    }
    const double excess = gross - program.gross_bound;
    if (excess <= 0.0 || excess > kOptimalityTolerance * gross || largest == program.size()) {
      return;
    }
    double& w = weights[largest];
    // A little more than the excess, because the sum is rounded too.
    const double size = std::max(std::abs(w) - excess * (1.0 + attempt), 0.0);
    w = std::clamp(std::copysign(size, w), program.lower[largest], program.upper[largest]);
  }
}

struct Candidate {
  std::vector<double> weights;
  SizingCost cost;
  double violation = 0.0;  // in shares of the target gmv
  double gap = 0.0;
};

Candidate judged(const SizingProgram& program, std::vector<double> weights, double lower_bound) {
  Candidate candidate;
  candidate.weights = std::move(weights);
  candidate.cost = cost_of(program, candidate.weights);
  candidate.violation = violation_of(program, candidate.weights) / program.gross_free;
  // One weight's worth of the largest coefficient is what nothing at all is measured against.
  double unit = 0.0;
  for (std::size_t i = 0; i < program.size(); ++i) {
    unit = std::max({unit, std::abs(program.edge[i]), program.trade_cost[i]});
  }
  const double scale = std::max(candidate.cost.magnitude, unit);
  const double difference = candidate.cost.value - lower_bound;
  candidate.gap = scale > 0.0 ? difference / scale : std::max(difference, 0.0);
  if (!std::isfinite(difference) || !std::isfinite(scale)) {
    candidate.gap = std::numeric_limits<double>::infinity();
  }
  return candidate;
}

bool passes(const Candidate& candidate, double tolerance) {
  return candidate.violation <= tolerance && candidate.gap <= tolerance;
}

/// The best proved weights: the current ones if they are optimal, else those at kinks, else as the
/// method left them.
Candidate best_candidate(const SizingProgram& program, const InteriorPoint& point,
                         double lower_bound) {
  Candidate stay = judged(program, program.current, lower_bound);
  if (passes(stay, kOptimalityTolerance / 100.0)) {
    return stay;
  }
  std::vector<double> weights = snapped(program, point.weights);
  respect_gross_bound(program, weights);
  Candidate at_kinks = judged(program, std::move(weights), lower_bound);
  if (passes(at_kinks, kOptimalityTolerance)) {
    return at_kinks;
  }
  weights = point.weights;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    weights[i] = std::clamp(weights[i], program.lower[i], program.upper[i]);
  }
  respect_gross_bound(program, weights);
  return judged(program, std::move(weights), lower_bound);
}

}  // namespace

std::string_view to_string(SolveStatus status) noexcept {
  switch (status) {
    case SolveStatus::kOptimal:
      return "optimal";
    case SolveStatus::kInfeasible:
      return "infeasible";
    case SolveStatus::kNotConverged:
      break;
  }
  return "not_converged";
}

Status check_options(const SinglePeriodOptions& options) {
  constexpr double kLargest = std::numeric_limits<double>::max();
  const auto refuse = [](std::string_view name, double found, std::string_view needed) {
    return Error{ErrorCode::kInvalidConfig,
                 fmt::format("optimizer: {} is {}, needed {}", name, format_double(found), needed)};
  };
  if (!(options.target_gmv > 0.0 && options.target_gmv <= kLargest)) {
    return refuse("target_gmv", options.target_gmv, "a finite amount above 0");
  }
  if (!(options.target_gmv_hard_upper_bound_multiple >= 1.0 &&
        options.target_gmv_hard_upper_bound_multiple <= kLargest)) {
    return refuse("target_gmv_hard_upper_bound_multiple",
                  options.target_gmv_hard_upper_bound_multiple, "a finite number of at least 1");
  }
  const struct {
    std::string_view name;
    double value;
    double most;
  } ranges[] = {
      {"constant_correlation", options.constant_correlation.value_or(0.0), 1.0},
      {"relative_holding_max_frac_of_gmv", options.relative_holding_max_frac_of_gmv, 1.0},
      {"dollar_neutrality_penalty", options.dollar_neutrality_penalty, kLargest},
      {"constant_correlation_penalty", options.constant_correlation_penalty, kLargest},
      {"relative_holding_penalty", options.relative_holding_penalty, kLargest},
      {"target_gmv_upper_bound_penalty", options.target_gmv_upper_bound_penalty, kLargest},
      {"transaction_cost_penalty", options.transaction_cost_penalty, kLargest},
      {"volatility_risk_penalty", options.volatility_risk_penalty, kLargest},
      {"spread_cost_penalty", options.spread_cost_penalty, kLargest},
      {"turnover_penalty", options.turnover_penalty, kLargest},
  };
  for (const auto& range : ranges) {
    if (!(range.value >= 0.0 && range.value <= range.most)) {
      return refuse(range.name, range.value,
                    range.most == 1.0 ? "a number in [0, 1]" : "a finite number of at least 0");
    }
  }
  return {};
}

Result<SinglePeriodSolution> optimize_single_period(const SinglePeriodOptions& options,
                                                    const SinglePeriodInputs& inputs) {
  TIEOUT_CHECK(check_options(options));
  TIEOUT_CHECK(check_inputs(inputs));
  SinglePeriodSolution solution;
  solution.target_notionals.assign(inputs.holdings_notional.begin(),
                                   inputs.holdings_notional.end());
  const std::size_t n = inputs.predictions.size();
  if (n == 0) {
    solution.status = SolveStatus::kOptimal;
    return solution;
  }
  const SizingProgram program = program_of(options, inputs);
  const double needed_gross = smallest_gross(program);
  if (needed_gross > program.gross_bound) {
    solution.status = SolveStatus::kInfeasible;
    solution.reason = fmt::format(
        "no holdings keep the bounds: those that must stay need a gmv of {}, the bound is {}",
        format_double(needed_gross * options.target_gmv / static_cast<double>(n)),
        format_double(options.target_gmv * options.target_gmv_hard_upper_bound_multiple));
    return solution;
  }
  const bool all_fixed = program.lower == program.upper;
  const InteriorPoint point = approach_optimum(program);
  const double lower_bound = all_fixed ? cost_of(program, program.lower).value
                                       : lower_bound_of(program, point.multipliers);
  const Candidate best = best_candidate(program, point, lower_bound);
  solution.certificate = {.objective = -best.cost.value,
                          .upper_bound = -lower_bound,
                          .gap = best.gap,
                          .violation = best.violation,
                          .iterations = point.iterations};
  if (!passes(best, kOptimalityTolerance)) {
    solution.reason = fmt::format(
        "no proof of optimality: gap {}, violation {}, needed {} or less, after {} iterations",
        format_double(best.gap), format_double(best.violation), format_double(kOptimalityTolerance),
        point.iterations);
    return solution;
  }
  solution.status = SolveStatus::kOptimal;
  for (std::size_t i = 0; i < n; ++i) {
    if (best.weights[i] != program.current[i]) {
      solution.target_notionals[i] = best.weights[i] * options.target_gmv / static_cast<double>(n);
    }
  }
  return solution;
}

SharesAndNotionals quantize_holdings(std::span<const double> target_notionals,
                                     std::span<const double> holdings_shares,
                                     std::span<const double> prices,
                                     std::span<const int> decimals) {
  const std::size_t n = target_notionals.size();
  TIEOUT_ASSERT(holdings_shares.size() == n && prices.size() == n && decimals.size() == n);
  SharesAndNotionals result;
  for (std::size_t i = 0; i < n; ++i) {
    const double wanted = target_notionals[i] / prices[i];
    const bool known = std::isfinite(wanted);
    const double target = known ? round_decimals(wanted, decimals[i]) : holdings_shares[i];
    const double trade = round_decimals(target - holdings_shares[i], decimals[i]);
    result.target_holdings_shares.push_back(target);
    result.target_holdings_notional.push_back(target * prices[i]);
    result.target_trades_shares.push_back(trade);
    result.target_trades_notional.push_back(trade * prices[i]);
  }
  return result;
}

SinglePeriodStats compute_stats(std::span<const double> target_holdings_notional,
                                std::span<const double> target_trades_notional, double target_gmv) {
  SinglePeriodStats stats;
  for (const double trade : target_trades_notional) {
    stats.gross_volume += std::isnan(trade) ? 0.0 : std::abs(trade);
    stats.net_volume += std::isnan(trade) ? 0.0 : trade;
  }
  for (const double holding : target_holdings_notional) {
    stats.gmv += std::isnan(holding) ? 0.0 : std::abs(holding);
    stats.nmv += std::isnan(holding) ? 0.0 : holding;
  }
  stats.gross_volume_pct = 100.0 * stats.gross_volume / target_gmv;
  stats.net_volume_pct = 100.0 * stats.net_volume / target_gmv;
  stats.gmv_pct = 100.0 * stats.gmv / target_gmv;
  stats.nmv_pct = 100.0 * stats.nmv / target_gmv;
  return stats;
}

}  // namespace tieout::analytics
