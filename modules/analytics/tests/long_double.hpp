#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

namespace tieout::analytics::oracle {

/// Statistics in 80-bit arithmetic by their textbook definitions, independent of the module: plain
/// loops, no compensation. Values have no NaN.

using Real = long double;

inline Real sum(std::span<const double> x) {
  Real s = 0;
  for (const double v : x) s += v;
  return s;
}
inline Real mean(std::span<const double> x) {
  return sum(x) / static_cast<Real>(x.size());
}
inline Real moment(std::span<const double> x, int power) {
  const Real m = mean(x);
  Real s = 0;
  for (const double v : x) s += std::pow(static_cast<Real>(v) - m, static_cast<Real>(power));
  return s / static_cast<Real>(x.size());
}
inline Real deviation(std::span<const double> x) {
  const Real n = static_cast<Real>(x.size());
  return std::sqrt(moment(x, 2) * n / (n - 1));
}
inline Real correlation(std::span<const double> x, std::span<const double> y) {
  const Real mx = mean(x);
  const Real my = mean(y);
  Real xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) xy += (x[i] - mx) * (y[i] - my);
  const Real n = static_cast<Real>(x.size());
  return xy / n / std::sqrt(moment(x, 2)) / std::sqrt(moment(y, 2));
}

/// Ordinary least squares of the cumulative sum on 0..n-1 by the normal equations.
inline Real k_ratio(std::span<const double> x, Real points) {
  const Real n = static_cast<Real>(x.size());
  std::vector<Real> level;
  Real running = 0;
  for (const double v : x) level.push_back(running += v);
  Real st = 0, sy = 0, stt = 0, sty = 0;
  for (std::size_t i = 0; i < level.size(); ++i) {
    const Real t = static_cast<Real>(i);
    st += t;
    sy += level[i];
    stt += t * t;
    sty += t * level[i];
  }
  const Real slope = (n * sty - st * sy) / (n * stt - st * st);
  const Real intercept = (sy - slope * st) / n;
  Real squares = 0;
  for (std::size_t i = 0; i < level.size(); ++i) {
    const Real e = level[i] - intercept - slope * static_cast<Real>(i);
    squares += e * e;
  }
  const Real error = std::sqrt(squares / (n - 2) * n / (n * stt - st * st));
  return slope / error * std::sqrt(points) / n;
}

/// Two-sided p-value of Student's t for a whole number of degrees of freedom, by the finite sums.
/// Source: Abramowitz and Stegun 26.7.3 and 26.7.4.
inline Real student_t_two_sided(Real t, int degrees) {
  const Real theta = std::atan(std::abs(t) / std::sqrt(static_cast<Real>(degrees)));
  const Real cosine = std::cos(theta);
  const Real pi = std::acos(static_cast<Real>(-1));
  Real term = degrees % 2 == 0 ? 1 : cosine;
  Real series = degrees == 1 ? 0 : term;
  for (int k = degrees % 2 == 0 ? 2 : 3; k <= degrees - 2; k += 2) {
    term *= cosine * cosine * static_cast<Real>(k - 1) / static_cast<Real>(k);
    series += term;
  }
  const Real inside =
      degrees % 2 == 0 ? std::sin(theta) * series : 2 / pi * (theta + std::sin(theta) * series);
  return 1 - inside;
}

/// Dynamic time warping by the whole matrix.
inline double dtw(std::span<const double> x, std::span<const double> y, std::size_t band) {
  const double inf = INFINITY;
  std::vector<std::vector<double>> d(x.size() + 1, std::vector<double>(y.size() + 1, inf));
  d[0][0] = 0;
  for (std::size_t i = 1; i <= x.size(); ++i) {
    for (std::size_t j = 1; j <= y.size(); ++j) {
      if ((i > j ? i - j : j - i) <= band) {
        const double gap = x[i - 1] - y[j - 1];
        d[i][j] = gap * gap + std::min({d[i - 1][j], d[i][j - 1], d[i - 1][j - 1]});
      }
    }
  }
  return std::sqrt(d[x.size()][y.size()]);
}

}  // namespace tieout::analytics::oracle
