#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/analytics/trading_restriction.hpp"
#include "tieout/core/result.hpp"

namespace tieout::analytics {

/// The objective and the bounds of the convex optimizer. Penalties are >= 0 and multiply amounts in
/// weights: one weight is target_gmv / n dollars, for n assets.
struct SinglePeriodOptions {
  double target_gmv = 1e6;  // dollars, > 0
  double dollar_neutrality_penalty = 0.0;
  std::optional<double> constant_correlation;  // in [0, 1]; nothing: no correlation risk
  double constant_correlation_penalty = 0.0;
  double relative_holding_penalty = 0.0;          // above the holding of an equal share of the gmv
  double relative_holding_max_frac_of_gmv = 1.0;  // in [0, 1], of target_gmv
  double target_gmv_upper_bound_penalty = 0.0;
  double target_gmv_hard_upper_bound_multiple = 1.0;  // >= 1
  double transaction_cost_penalty = 0.0;
  // Terms which the reference defines and does not offer.
  double volatility_risk_penalty = 0.0;  // of sum (volatility weight)^2
  double spread_cost_penalty = 0.0;      // of sum spread / 2 |trade|
  double turnover_penalty = 0.0;         // of sum |trade|
  bool dollar_neutral = false;           // the holdings must sum to zero
};

/// Errors: kInvalidConfig naming the first option that is out of its range.
Status check_options(const SinglePeriodOptions& options);

/// The assets of one bar, in any order.
struct SinglePeriodInputs {
  std::span<const double> holdings_notional;  // [n], dollars
  std::span<const double> predictions;        // [n], in volatilities
  std::span<const double> volatilities;       // [n], > 0
  std::span<const double> spreads = {};       // [n] or empty (zero), relative to the price, >= 0
  std::span<const TradePermission> permissions = {};  // [n] or empty (all)
};

enum class SolveStatus {
  kOptimal,       // proved: no other holdings are better by more than the tolerance
  kInfeasible,    // no holdings keep the bounds
  kNotConverged,  // the proof failed; the holdings are not to be used
};

/// "optimal", "infeasible", "not_converged".
std::string_view to_string(SolveStatus status) noexcept;

/// The proof of optimality, recomputed from the holdings and the multipliers by code that shares
/// nothing with the method which found them.
struct OptimalityCertificate {
  double objective = 0.0;    // what the holdings are worth, to be maximised
  double upper_bound = 0.0;  // what no holdings exceed (the value of the dual program)
  double gap = 0.0;        // (upper_bound - objective) / sum of the absolute terms of the objective
  double violation = 0.0;  // the largest violation of a constraint, in shares of the target gmv
  int iterations = 0;
};

/// A certificate passes when gap and violation are at most this.
inline constexpr double kOptimalityTolerance = 1e-8;

struct SinglePeriodSolution {
  SolveStatus status = SolveStatus::kNotConverged;
  /// Dollars [n]; the current holdings unless kOptimal. An asset that is not to trade has its
  /// holdings to the bit.
  std::vector<double> target_notionals;
  OptimalityCertificate certificate;
  std::string reason;  // empty when kOptimal, else what is wrong
};

/// Decide the holdings of one bar: maximise
///
///   sum a v w - ccp [(1 - rho) sum (v w)^2 + rho (sum v w)^2] - gmvp max(sum |w| - n, 0)
///   - dnp |sum w| - rhp max(max |w| - 1, 0) - tcp sum v |w - w0|
///   where sum |w| <= n multiple, |w| <= n max_frac, and each w - w0 has a permitted sign,
///
/// with a the prediction, v the volatility, w = holdings n / target_gmv and w0 the current ones.
///
/// Units:   dollars; volatilities and spreads relative to the price.
/// Rule:    a current holding beyond max_frac must come back within it; where its permission
///          forbids that, it stays, and nothing is added to it. Where current holdings are optimal
///          within a hundredth of the tolerance, nothing trades. Among equally good holdings the
///          interior ones are chosen. Same inputs, same bits; another order of the assets moves
///          the last digits alone.
/// Errors:  kInvalidConfig as check_options(); kInvalidArgument for an input that is not finite, a
///          volatility that is not positive, a negative spread, or lengths that differ.
/// Cost:    O(n) memory, O(n) for each of about 20 iterations.
/// Source:  oms.md 3.3. Oracles in the tests: its acceptance numbers; subsets of active
///          constraints for small n.
Result<SinglePeriodSolution> optimize_single_period(const SinglePeriodOptions& options,
                                                    const SinglePeriodInputs& inputs);

/// Holdings and trades of one bar in shares and dollars.
struct SharesAndNotionals {
  std::vector<double> target_holdings_shares;
  std::vector<double> target_holdings_notional;
  std::vector<double> target_trades_shares;
  std::vector<double> target_trades_notional;
};

/// Turn target holdings into whole steps of shares.
///
/// Shapes:  all [n]; decimals [n], see round_decimals().
/// Rule:    oms.md 3.3: the target holdings are rounded, and the trades, which are what is missing
///          to them, once more (that removes 0.42000000000000004). A target or price that gives no
///          finite number of shares keeps the holdings.
SharesAndNotionals quantize_holdings(std::span<const double> target_notionals,
                                     std::span<const double> holdings_shares,
                                     std::span<const double> prices, std::span<const int> decimals);

/// Sizes of holdings and trades, in dollars and as a percentage of the target gmv.
struct SinglePeriodStats {
  double gross_volume = 0.0;
  double net_volume = 0.0;
  double gmv = 0.0;
  double nmv = 0.0;
  double gross_volume_pct = 0.0;
  double net_volume_pct = 0.0;
  double gmv_pct = 0.0;
  double nmv_pct = 0.0;
};
SinglePeriodStats compute_stats(std::span<const double> target_holdings_notional,
                                std::span<const double> target_trades_notional, double target_gmv);

}  // namespace tieout::analytics
