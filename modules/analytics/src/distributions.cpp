#include "tieout/analytics/distributions.hpp"

#include <algorithm>
#include <cmath>

#include "tieout/core/nan.hpp"

namespace tieout::analytics {
namespace {

constexpr double kPi = 3.14159265358979323846;

/// d(x) = ln Gamma(x) - (x - 1/2) ln x + x - ln(2 pi) / 2, x > 0.
/// Source: the Stirling series (DLMF 5.11.1) from 16 on; below, d(x) = d(x+1) + (x + 1/2)
///         ln(1 + 1/x) - 1, which follows from Gamma(x + 1) = x Gamma(x).
double stirling_correction(double x) noexcept {
  double below = 0.0;
  while (x < 16.0) {
    below += (x + 0.5) * std::log1p(1.0 / x) - 1.0;
    x += 1.0;
  }
  constexpr double kSeries[] = {1.0 / 12.0,    -1.0 / 360.0, 1.0 / 1260.0,
                                -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360360.0};
  const double inverse = 1.0 / x;
  double series = 0.0;
  for (int k = 5; k >= 0; --k) {
    series = series * inverse * inverse + kSeries[k];
  }
  return below + series * inverse;
}

/// x ln(x / m) + m - x >= 0 with difference = x - m, exact to rounding also when x is near m
/// (Loader's deviance part). The difference is an argument because x - m would have lost its
/// digits.
double deviance(double x, double m, double difference) noexcept {
  if (std::abs(difference) < 0.1 * (x + m)) {
    // With v = (x - m) / (x + m): ln(x / m) = 2 (v + v^3 / 3 + v^5 / 5 + ...).
    const double v = difference / (x + m);
    double sum = difference * v;
    double term = 2.0 * x * v;
    for (int k = 1; k < 1000; ++k) {
      term *= v * v;
      const double next = sum + term / (2 * k + 1);
      if (next == sum) {
        break;
      }
      sum = next;
    }
    return sum;
  }
  return x * std::log(x / m) - difference;
}

/// a - (a + b) x with y = 1 - x, from the smaller of x and y: where a is 5e4, a last digit of an x
/// near 1 would be worth 5e4 digits of x^a.
double distance_from_mean(double a, double b, double x, double y) noexcept {
  return y < x ? (a + b) * y - b : a - (a + b) * x;
}

/// x^a y^b / B(a, b) with y = 1 - x.
double beta_factor(double a, double b, double x, double y) noexcept {
  const double total = a + b;
  const double corrections =
      stirling_correction(total) - stirling_correction(a) - stirling_correction(b);
  const double difference = distance_from_mean(a, b, x, y);
  return std::sqrt(a * b / (2.0 * kPi * total)) *
         std::exp(corrections - deviance(a, total * x, difference) -
                  deviance(b, total * y, -difference));
}

/// Continued fraction of I_x(a, b) over its factor, for x < (a + 1) / (a + b + 2); its terms have
/// no cancellation when a is large and x is near 1.
/// Source: A. DiDonato, A. Morris, ACM TOMS 18 (1992), algorithm 708, eq. 9; evaluated by Lentz's
///         method (DLMF 3.10(iii)).
double beta_fraction(double a, double b, double x, double y) noexcept {
  constexpr double kTiny = 1e-300;
  constexpr int kMaxSteps = 100'000;
  const auto away_from_zero = [](double v) { return std::abs(v) < kTiny ? kTiny : v; };
  const double lambda = distance_from_mean(a, b, x, y);
  double result = away_from_zero(a / (a + 1.0) * (lambda + 1.0));
  double c = result;
  double d = 0.0;
  for (int n = 1; n < kMaxSteps; ++n) {
    const double odd = a + 2 * n - 1;
    const double numerator = (a + n - 1) / odd * ((a + b + n - 1) / odd) * n * (b - n) * x * x;
    const double denominator =
        n + n * (b - n) * x / odd + (a + n) / (a + 2 * n + 1) * (lambda + 1.0 + n * (1.0 + y));
    d = 1.0 / away_from_zero(denominator + numerator * d);
    c = away_from_zero(denominator + numerator / c);
    const double step = c * d;
    result *= step;
    if (std::abs(step - 1.0) < 1e-16) {
      break;
    }
  }
  return 1.0 / result;
}

/// I_x(a, b) with y = 1 - x given, so that neither loses digits.
double beta_ratio(double a, double b, double x, double y) noexcept {
  if (x <= 0.0) {
    return 0.0;
  }
  if (y <= 0.0) {
    return 1.0;
  }
  const double factor = beta_factor(a, b, x, y);
  const double ratio = x < (a + 1.0) / (a + b + 2.0) ? factor * beta_fraction(a, b, x, y)
                                                     : 1.0 - factor * beta_fraction(b, a, y, x);
  return std::clamp(ratio, 0.0, 1.0);
}

}  // namespace

double normal_cdf(double x) noexcept {
  return 0.5 * std::erfc(-x / std::sqrt(2.0));
}

double incomplete_beta(double a, double b, double x) noexcept {
  if (!(a > 0.0 && b > 0.0 && x >= 0.0 && x <= 1.0) || std::isinf(a) || std::isinf(b)) {
    return kNaN;
  }
  return beta_ratio(a, b, x, 1.0 - x);
}

double incomplete_beta_inverse(double a, double b, double p) noexcept {
  if (!(a > 0.0 && b > 0.0 && p >= 0.0 && p <= 1.0) || std::isinf(a) || std::isinf(b)) {
    return kNaN;
  }
  if (p == 0.0 || p == 1.0) {
    return p;
  }
  double lower = 0.0;
  double upper = 1.0;
  double x = a / (a + b);
  for (int step = 0; step < 200; ++step) {
    const double error = beta_ratio(a, b, x, 1.0 - x) - p;
    const double slope = beta_factor(a, b, x, 1.0 - x) / (x * (1.0 - x));
    if (std::abs(error) <= 1e-16 * x * slope) {
      return x;
    }
    (error > 0.0 ? upper : lower) = x;
    const double next = x - error / slope;
    x = next > lower && next < upper ? next : 0.5 * (lower + upper);
  }
  return x;
}

double student_t_two_sided(double t, double degrees) noexcept {
  if (std::isnan(t) || !(degrees > 0.0) || std::isinf(degrees)) {
    return kNaN;
  }
  if (std::isinf(t)) {
    return 0.0;
  }
  const double square = t * t;
  return beta_ratio(0.5 * degrees, 0.5, degrees / (degrees + square), square / (degrees + square));
}

double kolmogorov_survival(double x) noexcept {
  if (std::isnan(x)) {
    return kNaN;
  }
  if (x <= 0.0) {
    return 1.0;
  }
  if (x < 1.0) {
    double sum = 0.0;
    for (int k = 1; k < 20; k += 2) {
      sum += std::exp(-k * k * kPi * kPi / (8.0 * x * x));
    }
    return std::clamp(1.0 - std::sqrt(2.0 * kPi) / x * sum, 0.0, 1.0);
  }
  double sum = 0.0;
  for (int k = 1; k < 20; ++k) {
    sum += (k % 2 == 1 ? 2.0 : -2.0) * std::exp(-2.0 * k * k * x * x);
  }
  return std::clamp(sum, 0.0, 1.0);
}

}  // namespace tieout::analytics
