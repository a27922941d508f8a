#include "tieout/analytics/gaussian_rank.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace tieout::analytics {
namespace {

constexpr std::size_t kMaxQuantiles = 1001;
constexpr double kBoundsThreshold = 1e-7;
// The normal deviates of (1e-7 - eps) and 1 - (1e-7 - eps): the second argument is rounded, hence
// the asymmetry.
constexpr double kClipMin = -5.199337582605575;
constexpr double kClipMax = 5.19933758270342;

double polynomial(const std::array<double, 8>& coefficients, double x) noexcept {
  double sum = coefficients[7];
  for (std::size_t i = 7; i-- > 0;) {
    sum = sum * x + coefficients[i];
  }
  return sum;
}

// numpy.linspace(0, 1, count).
std::vector<double> references_of(std::size_t count) {
  std::vector<double> references(count, 0.0);
  if (count > 1) {
    const double step = 1.0 / static_cast<double>(count - 1);
    for (std::size_t i = 0; i < count; ++i) {
      references[i] = static_cast<double>(i) * step;
    }
    references.back() = 1.0;
  }
  return references;
}

// numpy.percentile(sorted, 100 * references), linear: the round trip over percents and the two
// forms of the interpolation are numpy's and decide the last bit.
std::vector<double> quantiles_of(const std::vector<double>& sorted,
                                 const std::vector<double>& references) {
  const auto last = static_cast<double>(sorted.size() - 1);
  std::vector<double> quantiles;
  quantiles.reserve(references.size());
  for (const double reference : references) {
    const double position = last * (reference * 100.0 / 100.0);
    if (position >= last) {
      quantiles.push_back(sorted.back());
      continue;
    }
    const double below = std::floor(position);
    const double fraction = position - below;
    const double a = sorted[static_cast<std::size_t>(below)];
    const double b = sorted[static_cast<std::size_t>(below) + 1];
    quantiles.push_back(fraction >= 0.5 ? b - (b - a) * (1.0 - fraction) : a + (b - a) * fraction);
  }
  for (std::size_t i = 1; i < quantiles.size(); ++i) {
    quantiles[i] = std::max(quantiles[i], quantiles[i - 1]);
  }
  return quantiles;
}

// numpy.interp of one point; xs ascend, equal neighbours allowed.
double interpolate(double x, const std::vector<double>& xs,
                   const std::vector<double>& ys) noexcept {
  if (x < xs.front()) {
    return ys.front();
  }
  const auto above = std::upper_bound(xs.begin(), xs.end(), x);
  const auto j = static_cast<std::size_t>(above - xs.begin()) - 1;
  if (above == xs.end() || xs[j] == x) {
    return ys[j];
  }
  const double slope = (ys[j + 1] - ys[j]) / (xs[j + 1] - xs[j]);
  return slope * (x - xs[j]) + ys[j];
}

std::vector<double> reversed_negative(const std::vector<double>& values) {
  std::vector<double> result(values.rbegin(), values.rend());
  for (double& value : result) {
    value = -value;
  }
  return result;
}

}  // namespace

double inverse_normal_cdf(double p) noexcept {
  if (!(p >= 0.0 && p <= 1.0)) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  if (p == 0.0 || p == 1.0) {
    return p == 0.0 ? -std::numeric_limits<double>::infinity()
                    : std::numeric_limits<double>::infinity();
  }
  static constexpr std::array<double, 8> kA = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                                               1.9715909503065514427e+3, 1.3731693765509461125e+4,
                                               4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                               3.3430575583588128105e+4, 2.5090809287301226727e+3};
  static constexpr std::array<double, 8> kB = {1.0,
                                               4.2313330701600911252e+1,
                                               6.8718700749205790830e+2,
                                               5.3941960214247511077e+3,
                                               2.1213794301586595867e+4,
                                               3.9307895800092710610e+4,
                                               2.8729085735721942674e+4,
                                               5.2264952788528545610e+3};
  static constexpr std::array<double, 8> kC = {
      1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
      3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
      2.27238449892691845833e-2, 7.74545014278341407640e-4};
  static constexpr std::array<double, 8> kD = {1.0,
                                               2.05319162663775882187e0,
                                               1.67638483018380384940e0,
                                               6.89767334985100004550e-1,
                                               1.48103976427480074590e-1,
                                               1.51986665636164571966e-2,
                                               5.47593808499534494600e-4,
                                               1.05075007164441684324e-9};
  static constexpr std::array<double, 8> kE = {
      6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
      2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
      2.71155556874348757815e-5, 2.01033439929228813265e-7};
  static constexpr std::array<double, 8> kF = {1.0,
                                               5.99832206555887937690e-1,
                                               1.36929880922735805310e-1,
                                               1.48753612908506148525e-2,
                                               7.86869131145613259100e-4,
                                               1.84631831751005468180e-5,
                                               1.42151175831644588870e-7,
                                               2.04426310338993978564e-15};
  const double q = p - 0.5;
  if (std::abs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * polynomial(kA, r) / polynomial(kB, r);
  }
  const double tail = std::sqrt(-std::log(q < 0.0 ? p : 1.0 - p));
  const double deviate = tail <= 5.0 ? polynomial(kC, tail - 1.6) / polynomial(kD, tail - 1.6)
                                     : polynomial(kE, tail - 5.0) / polynomial(kF, tail - 5.0);
  return q < 0.0 ? -deviate : deviate;
}

std::vector<double> gaussian_rank(std::span<const double> row) {
  std::vector<double> sorted;
  std::copy_if(row.begin(), row.end(), std::back_inserter(sorted),
               [](double x) { return !std::isnan(x); });
  std::vector<double> result(row.begin(), row.end());
  if (sorted.empty()) {
    return result;
  }
  std::sort(sorted.begin(), sorted.end());
  const std::vector<double> references = references_of(std::min(kMaxQuantiles, row.size()));
  const std::vector<double> quantiles = quantiles_of(sorted, references);
  // Interpolating in both directions and averaging gives tied values the middle of their ranks.
  const std::vector<double> backward_quantiles = reversed_negative(quantiles);
  const std::vector<double> backward_references = reversed_negative(references);
  for (double& x : result) {
    if (std::isnan(x)) {
      continue;
    }
    double u = 0.5 * (interpolate(x, quantiles, references) -
                      interpolate(-x, backward_quantiles, backward_references));
    // The lower bound comes last: a row of equal values is all "lower".
    if (x + kBoundsThreshold > quantiles.back()) {
      u = 1.0;
    }
    if (x - kBoundsThreshold < quantiles.front()) {
      u = 0.0;
    }
    x = std::clamp(inverse_normal_cdf(u), kClipMin, kClipMax);
  }
  return result;
}

}  // namespace tieout::analytics
