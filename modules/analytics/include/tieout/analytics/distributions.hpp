#pragma once

namespace tieout::analytics {

/// Distribution function of the standard normal.
double normal_cdf(double x) noexcept;

/// Regularised incomplete beta function I_x(a, b).
///
/// Shapes:  a > 0, b > 0, x in [0, 1].
/// Rule:    a continued fraction on the side of the mean where it converges fast, times the factor
///          x^a (1-x)^b / B(a, b), both without cancellation for large a and b.
/// Nulls:   arguments outside their range, and NaN, give NaN.
/// Source:  A. DiDonato, A. Morris, ACM TOMS 18 (1992), algorithm 708, for the fraction; C. Loader,
///          "Fast and Accurate Computation of Binomial Probabilities" (2000), for the factor.
double incomplete_beta(double a, double b, double x) noexcept;

/// The x with I_x(a, b) = p, by bisection and Newton steps inside the bracket.
/// Nulls:   arguments outside their range, and NaN, give NaN.
double incomplete_beta_inverse(double a, double b, double p) noexcept;

/// Two-sided p-value of Student's t with `degrees` > 0 degrees of freedom: P(|T| >= |t|). An
/// infinite t gives 0.
/// Source:  I_x(degrees / 2, 1 / 2) with x = degrees / (degrees + t^2); Abramowitz and Stegun
///          26.7.1.
double student_t_two_sided(double t, double degrees) noexcept;

/// P(K >= x) of the Kolmogorov distribution, the limit of sqrt(n) times the largest distance of two
/// distribution functions, and of the largest excursion of a Brownian bridge. 1 for x <= 0.
/// Source:  A. Kolmogorov (1933); the series in exp(-2 k^2 x^2), and its theta transform for small
///          x.
double kolmogorov_survival(double x) noexcept;

}  // namespace tieout::analytics
