#pragma once

#include <vector>

#include "sizing_program.hpp"

namespace tieout::analytics {

/// Where the interior-point method stopped. Nothing is promised of it: the caller checks it with
/// cost_of(), violation_of() and lower_bound_of(), which share no code with the method.
struct InteriorPoint {
  std::vector<double> weights;
  SizingMultipliers multipliers;
  int iterations = 0;
};

/// Approach the optimum by a primal-dual predictor-corrector method.
///
/// Rule:    every term of the program becomes linear constraints by one auxiliary variable for each
///          absolute value and maximum. The assets meet only in sum |w|, sum w, sum exposure w and
///          max |w|, so each Newton system is a diagonal with a border of nine rows: it is solved
///          by eliminating the assets one by one, and no n x n matrix is ever formed.
/// Nulls:   all numbers of the program are finite; an asset with lower == upper does not move.
/// Cost:    O(n) for each of about 20 iterations. Same numbers, same bits.
/// Source:  S. Mehrotra, On the implementation of a primal-dual interior point method, SIAM J.
///          Optimization 2 (1992); S. J. Wright, Primal-Dual Interior-Point Methods (1997), ch. 10.
InteriorPoint approach_optimum(const SizingProgram& program);

}  // namespace tieout::analytics
