#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

namespace tieout::analytics {

/// Running sum with a second double for what rounding lost. The order is that of the calls.
///
/// Source: A. Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen",
///         ZAMM 54 (1974).
class CompensatedSum {
 public:
  void add(double x) noexcept {
    const double sum = sum_ + x;
    lost_ += std::abs(sum_) >= std::abs(x) ? (sum_ - sum) + x : (x - sum) + sum_;
    sum_ = sum;
  }
  /// A sum that became infinite or NaN stays so.
  double value() const noexcept { return std::isfinite(sum_) ? sum_ + lost_ : sum_; }

 private:
  double sum_ = 0.0, lost_ = 0.0;
};

inline double sum_of(std::span<const double> values) noexcept {
  CompensatedSum sum;
  for (const double x : values) {
    sum.add(x);
  }
  return sum.value();
}

/// NaN for no values.
inline double mean_of(std::span<const double> values) noexcept {
  return values.empty() ? std::numeric_limits<double>::quiet_NaN()
                        : sum_of(values) / static_cast<double>(values.size());
}

/// Sum of (x - center)^power; power is a small positive whole number.
inline double central_sum(std::span<const double> values, double center, int power) noexcept {
  CompensatedSum sum;
  for (const double x : values) {
    double term = x - center;
    for (int k = 1; k < power; ++k) {
      term *= x - center;
    }
    sum.add(term);
  }
  return sum.value();
}

/// Standard deviation with n - 1 degrees of freedom; NaN for fewer than two values.
inline double deviation_of(std::span<const double> values) noexcept {
  if (values.size() < 2) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const double squares = central_sum(values, mean_of(values), 2);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

}  // namespace tieout::analytics
