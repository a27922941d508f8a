#include "batch_targets.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

namespace tieout::oms {
namespace {

bool is_positive(double value) {
  return std::isfinite(value) && value > 0.0;
}

TargetAmounts kept(const TargetInput& input) {
  return {.holdings_notional = input.holdings_notional,
          .trades_notional = 0.0,
          .trades_shares = 0.0,
          .holdings_shares = input.holdings_shares};
}

/// The columns of the optimizer's problem: the assets that have a price. What is not tradable is
/// held as it is.
struct Problem {
  std::vector<std::size_t> members;
  std::vector<double> holdings;
  std::vector<double> predictions;
  std::vector<double> volatilities;
  std::vector<double> spreads;
  std::vector<analytics::TradePermission> permissions;
};

/// Mean of the volatilities that are known: the risk of a kept position whose own is not.
double mean_volatility(const std::vector<TargetInput>& inputs) {
  double sum = 0.0;
  double count = 0.0;
  for (const TargetInput& input : inputs) {
    if (is_positive(input.volatility)) {
      sum += input.volatility;
      count += 1.0;
    }
  }
  return count > 0.0 ? sum / count : 1.0;
}

Problem problem_of(const TargetOptions& options, const std::vector<TargetInput>& inputs,
                   const std::vector<bool>& tradable, std::vector<std::string>& notes) {
  const double mean = mean_volatility(inputs);
  Problem problem;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const TargetInput& input = inputs[i];
    if (!is_positive(input.price)) {
      continue;
    }
    bool free = tradable[i];
    if (free && !is_positive(input.volatility)) {
      notes.push_back(
          fmt::format("asset {}: volatility is {}, which says nothing of its risk: "
                      "position kept",
                      input.asset_id.value, format_double(input.volatility)));
      free = false;
    }
    analytics::TradePermission permission{.may_buy = free, .may_sell = free};
    const auto restriction = options.restrictions.find(input.asset_id);
    if (free && restriction != options.restrictions.end()) {
      permission = analytics::permission_of(restriction->second, input.holdings_shares);
    }
    problem.members.push_back(i);
    problem.holdings.push_back(input.holdings_notional);
    problem.predictions.push_back(free ? input.prediction : 0.0);
    problem.volatilities.push_back(is_positive(input.volatility) ? input.volatility : mean);
    problem.spreads.push_back(std::isfinite(input.spread) && input.spread > 0.0 ? input.spread
                                                                                : 0.0);
    problem.permissions.push_back(permission);
  }
  return problem;
}

void note_solution(const analytics::SinglePeriodSolution& solution,
                   std::vector<std::string>& notes) {
  const analytics::OptimalityCertificate& c = solution.certificate;
  if (solution.status != analytics::SolveStatus::kOptimal) {
    notes.push_back(fmt::format("batch optimizer: {}: {}: all positions kept",
                                analytics::to_string(solution.status), solution.reason));
    return;
  }
  notes.push_back(fmt::format(
      "batch optimizer: optimal, objective {}, gap {:.1e}, violation {:.1e}, {} iterations",
      format_double(c.objective), c.gap, c.violation, c.iterations));
}

// The rounded trade may fall short of the rounded holdings when the position is not in whole steps:
// the books will then hold what is held and what is traded.
TargetAmounts amounts_of(const TargetInput& input, const analytics::SharesAndNotionals& rounded,
                         std::size_t m) {
  TargetAmounts amounts{.holdings_notional = rounded.target_holdings_notional[m],
                        .trades_notional = rounded.target_trades_notional[m],
                        .trades_shares = rounded.target_trades_shares[m],
                        .holdings_shares = rounded.target_holdings_shares[m]};
  const double reached = input.holdings_shares + amounts.trades_shares;
  if (std::abs(reached - amounts.holdings_shares) > 1e-9 * std::max(1.0, std::abs(reached))) {
    amounts.holdings_shares = reached;
    amounts.holdings_notional = reached * input.price;
  }
  return amounts;
}

void note_stats(const analytics::SinglePeriodOptions& optimizer,
                const std::vector<TargetAmounts>& amounts, std::vector<std::string>& notes) {
  std::vector<double> holdings;
  std::vector<double> trades;
  for (const TargetAmounts& amount : amounts) {
    holdings.push_back(amount.holdings_notional);
    trades.push_back(amount.trades_notional);
  }
  const analytics::SinglePeriodStats s =
      analytics::compute_stats(holdings, trades, optimizer.target_gmv);
  notes.push_back(
      fmt::format("batch optimizer: gross_volume {:.2f} ({:.2f} % of target_gmv), net_volume "
                  "{:.2f} ({:.2f} %), "
                  "gmv {:.2f} ({:.2f} %), nmv {:.2f} ({:.2f} %)",
                  s.gross_volume, s.gross_volume_pct, s.net_volume, s.net_volume_pct, s.gmv,
                  s.gmv_pct, s.nmv, s.nmv_pct));
}

}  // namespace

std::vector<TargetAmounts> batch_amounts(const analytics::SinglePeriodOptions& optimizer,
                                         const TargetOptions& options,
                                         const std::vector<TargetInput>& inputs,
                                         const std::vector<bool>& tradable,
                                         const std::vector<int>& decimals,
                                         std::vector<std::string>& notes) {
  std::vector<TargetAmounts> amounts;
  for (const TargetInput& input : inputs) {
    amounts.push_back(kept(input));
  }
  const Problem problem = problem_of(options, inputs, tradable, notes);
  const auto solution =
      analytics::optimize_single_period(optimizer, {.holdings_notional = problem.holdings,
                                                    .predictions = problem.predictions,
                                                    .volatilities = problem.volatilities,
                                                    .spreads = problem.spreads,
                                                    .permissions = problem.permissions});
  if (!solution.ok()) {
    notes.push_back(
        fmt::format("batch optimizer: {}: all positions kept", solution.error().message));
    return amounts;
  }
  note_solution(*solution, notes);
  if (solution->status == analytics::SolveStatus::kOptimal) {
    std::vector<double> shares;
    std::vector<double> prices;
    std::vector<int> places;
    for (const std::size_t i : problem.members) {
      shares.push_back(inputs[i].holdings_shares);
      prices.push_back(inputs[i].price);
      places.push_back(decimals[i]);
    }
    const analytics::SharesAndNotionals rounded =
        analytics::quantize_holdings(solution->target_notionals, shares, prices, places);
    for (std::size_t m = 0; m < problem.members.size(); ++m) {
      if (problem.permissions[m].may_buy || problem.permissions[m].may_sell) {
        amounts[problem.members[m]] = amounts_of(inputs[problem.members[m]], rounded, m);
      }
    }
  }
  if (options.note_sizing_stats) {
    note_stats(optimizer, amounts, notes);
  }
  return amounts;
}

}  // namespace tieout::oms
