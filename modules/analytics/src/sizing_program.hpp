#pragma once

#include <cstddef>
#include <vector>

namespace tieout::analytics {

/// The convex program of a single period, as a minimisation over weights w [n]:
///
///   sum_i  curvature_i w_i^2 / 2 - edge_i w_i + trade_cost_i |w_i - current_i|
///   + factor_penalty (sum_i exposure_i w_i)^2 / 2
///   + gross_penalty max(sum_i |w_i| - gross_free, 0) + net_penalty |sum_i w_i|
///   + peak_penalty max(max_i |w_i| - 1, 0)
///   where lower_i <= w_i <= upper_i, sum_i |w_i| <= gross_bound, and sum_i w_i = 0 if net_zero.
///
/// Bounds are finite and lower <= upper; what is named cost, penalty or curvature is >= 0.
struct SizingProgram {
  std::vector<double> edge;
  std::vector<double> curvature;
  std::vector<double> exposure;
  std::vector<double> trade_cost;
  std::vector<double> current;
  std::vector<double> lower;
  std::vector<double> upper;
  double factor_penalty = 0.0;
  double gross_free = 0.0;
  double gross_penalty = 0.0;
  double gross_bound = 0.0;
  double net_penalty = 0.0;
  bool net_zero = false;
  double peak_penalty = 0.0;

  std::size_t size() const noexcept { return edge.size(); }
};

/// The value to minimise, without the constraints, and the sum of the absolute values of its terms:
/// what "relative" refers to where the terms cancel.
struct SizingCost {
  double value = 0.0;
  double magnitude = 0.0;
};
SizingCost cost_of(const SizingProgram& program, const std::vector<double>& weights);

/// The largest amount by which a constraint is broken, in weights; 0 where all hold.
double violation_of(const SizingProgram& program, const std::vector<double>& weights);

/// One multiplier for each term that couples the assets.
struct SizingMultipliers {
  double gross = 0.0;        // of the gross penalty, in [0, gross_penalty]
  double gross_bound = 0.0;  // of the gross bound, >= 0
  double net = 0.0;          // in [-net_penalty, net_penalty], any if net_zero
  double factor = 0.0;       // any
  std::vector<double> peak;  // [n], absolute sum at most peak_penalty
};

/// A bound that no weights which keep the constraints go below: the value of the Lagrange dual
/// function, each asset's part minimised in closed form.
///
/// Rule:    multipliers out of their range are brought into it first, so that the bound holds
///          whatever they are.
/// Cost:    O(n).
double lower_bound_of(const SizingProgram& program, SizingMultipliers multipliers);

/// The smallest gross that the bounds (and net_zero) allow; infinity when nothing keeps them.
double smallest_gross(const SizingProgram& program);

}  // namespace tieout::analytics
