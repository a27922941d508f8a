#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "sizing_program.hpp"

/// The slow, obvious optimum of a small sizing program, for tests.
///
/// The objective is a convex quadratic on each cell that the kinks and the bounds cut out of the
/// space of weights, and the optimum lies inside some face of some cell, where it is the minimum of
/// that quadratic over the face's plane. So: for each choice of sides (which quadratic) and each
/// set of planes (which face), solve for the minimum, keep it when it keeps the constraints, and
/// take the best. Exponential in n; shares nothing with the method but the objective's value.
namespace tieout::analytics {

struct Plane {
  std::vector<double> normal;
  double offset = 0.0;
};

/// Solve a dense system by elimination with full row pivots; empty when it is singular.
inline std::vector<double> solve_dense(std::vector<std::vector<double>> rows,
                                       std::vector<double> rhs) {
  const std::size_t n = rhs.size();
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t pivot = k;
    for (std::size_t r = k + 1; r < n; ++r) {
      if (std::abs(rows[r][k]) > std::abs(rows[pivot][k])) {
        pivot = r;
      }
    }
    if (std::abs(rows[pivot][k]) < 1e-13) {
      return {};
    }
    std::swap(rows[k], rows[pivot]);
    std::swap(rhs[k], rhs[pivot]);
    for (std::size_t r = 0; r < n; ++r) {
      if (r != k) {
        const double factor = rows[r][k] / rows[k][k];
        for (std::size_t c = k; c < n; ++c) {
          rows[r][c] -= factor * rows[k][c];
        }
        rhs[r] -= factor * rhs[k];
      }
    }
  }
  for (std::size_t k = 0; k < n; ++k) {
    rhs[k] /= rows[k][k];
  }
  return rhs;
}

/// One choice of sides: a quadratic w'Hw/2 + g'w (its constant does not matter).
struct Sides {
  std::vector<double> sign;  // of w
  std::vector<double> gradient;
};

inline std::vector<Sides> all_sides(const SizingProgram& program) {
  const std::size_t n = program.size();
  std::vector<Sides> result;
  const std::size_t sign_count = std::size_t{1} << n;
  for (std::size_t signs = 0; signs < sign_count; ++signs) {
    for (std::size_t trades = 0; trades < sign_count; ++trades) {
      for (int above = 0; above < (program.gross_penalty > 0.0 ? 2 : 1); ++above) {
        for (int net = -1; net <= (program.net_penalty > 0.0 ? 1 : -1); net += 2) {
          for (std::size_t peak = 0; peak <= (program.peak_penalty > 0.0 ? n : 0); ++peak) {
            Sides sides;
            for (std::size_t i = 0; i < n; ++i) {
              const double sign = (signs >> i & 1U) != 0 ? 1.0 : -1.0;
              const double trade = (trades >> i & 1U) != 0 ? 1.0 : -1.0;
              sides.sign.push_back(sign);
              sides.gradient.push_back(-program.edge[i] + trade * program.trade_cost[i] +
                                       above * program.gross_penalty * sign +
                                       net * program.net_penalty +
                                       (peak == i + 1 ? program.peak_penalty * sign : 0.0));
            }
            result.push_back(std::move(sides));
          }
        }
      }
    }
  }
  return result;
}

inline std::vector<Plane> all_planes(const SizingProgram& program,
                                     const std::vector<double>& sign) {
  const std::size_t n = program.size();
  std::vector<Plane> planes;
  const auto unit = [n](std::size_t i) {
    std::vector<double> normal(n, 0.0);
    normal[i] = 1.0;
    return normal;
  };
  for (std::size_t i = 0; i < n; ++i) {
    for (const double offset :
         {0.0, program.current[i], program.lower[i], program.upper[i], sign[i]}) {
      planes.push_back({unit(i), offset});
    }
    for (std::size_t j = 0; j < i; ++j) {
      Plane equal{unit(i), 0.0};
      equal.normal[i] = sign[i];
      equal.normal[j] = -sign[j];
      planes.push_back(equal);
    }
  }
  planes.push_back({sign, program.gross_free});
  planes.push_back({sign, program.gross_bound});
  planes.push_back({std::vector<double>(n, 1.0), 0.0});
  return planes;
}

/// Minimum of the quadratic over the intersection of the planes; empty when there is no single one.
inline std::vector<double> minimum_on(const SizingProgram& program, const Sides& sides,
                                      const std::vector<const Plane*>& planes) {
  const std::size_t n = program.size();
  const std::size_t size = n + planes.size();
  std::vector<std::vector<double>> rows(size, std::vector<double>(size, 0.0));
  std::vector<double> rhs(size, 0.0);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      rows[i][j] = program.factor_penalty * program.exposure[i] * program.exposure[j];
    }
    rows[i][i] += program.curvature[i];
    rhs[i] = -sides.gradient[i];
    for (std::size_t p = 0; p < planes.size(); ++p) {
      rows[i][n + p] = rows[n + p][i] = planes[p]->normal[i];
    }
  }
  for (std::size_t p = 0; p < planes.size(); ++p) {
    rhs[n + p] = planes[p]->offset;
  }
  std::vector<double> solution = solve_dense(std::move(rows), std::move(rhs));
  solution.resize(solution.empty() ? 0 : n);
  return solution;
}

/// The smallest cost of weights that keep the constraints; infinity when none do.
inline double enumerated_optimum(const SizingProgram& program) {
  double best = std::numeric_limits<double>::infinity();
  const std::size_t n = program.size();
  for (const Sides& sides : all_sides(program)) {
    const std::vector<Plane> planes = all_planes(program, sides.sign);
    std::vector<std::size_t> chosen;  // ascending indices into planes
    std::vector<const Plane*> set;
    while (true) {
      set.clear();
      for (const std::size_t p : chosen) {
        set.push_back(&planes[p]);
      }
      const std::vector<double> weights = minimum_on(program, sides, set);
      if (!weights.empty() && violation_of(program, weights) <= 1e-10) {
        best = std::min(best, cost_of(program, weights).value);
      }
      // The next set: add a plane, or move the last one on.
      std::size_t next = chosen.empty() ? 0 : chosen.back() + 1;
      while (next >= planes.size() || chosen.size() == n) {
        if (chosen.empty()) {
          break;
        }
        next = chosen.back() + 1;
        chosen.pop_back();
        if (next < planes.size()) {
          break;
        }
      }
      if (next >= planes.size()) {
        break;
      }
      chosen.push_back(next);
    }
  }
  return best;
}

}  // namespace tieout::analytics
