#include "tieout/analytics/distributions.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "long_double.hpp"

namespace tieout::analytics {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

void expect_relative(double got, long double want, double tolerance, const std::string& what) {
  EXPECT_LE(std::abs(static_cast<long double>(got) - want), tolerance * std::abs(want))
      << what << ": " << got << " for " << static_cast<double>(want);
}

// The finite sums subtract from 1: about 2e-21 of each of their terms is noise of the oracle
// itself, which shows in small tails of many degrees only.
TEST(StudentT, IsTheFiniteSumsOfAbramowitzAndStegunTo1e12) {
  for (const int degrees : {1, 2, 3, 4, 5, 7, 10, 30, 99, 287, 1000, 10458, 105155}) {
    for (const double t : {0.01, 0.25, 0.8, 1.0, 1.96, 2.5, 3.3, 4.5}) {
      const long double want = oracle::student_t_two_sided(t, degrees);
      const long double allowed = 1e-12L * want + 2e-21L * degrees;
      EXPECT_LE(std::abs(student_t_two_sided(t, degrees) - want), allowed) << t << " " << degrees;
      EXPECT_EQ(student_t_two_sided(-t, degrees), student_t_two_sided(t, degrees));
    }
  }
}

// Source: for 1 and 2 degrees the distribution is elementary: 1 - 2 atan(t) / pi, and
// 1 - t / sqrt(2 + t^2), written without cancellation.
TEST(StudentT, TailsOfOneAndTwoDegreesAreExact) {
  for (const long double t : {1e3L, 1e6L, 1e9L}) {
    expect_relative(student_t_two_sided(static_cast<double>(t), 1),
                    2 / std::acos(-1.0L) * std::atan(1 / t), 1e-12, "df 1");
    const long double root = std::sqrt(2 + t * t);
    expect_relative(student_t_two_sided(static_cast<double>(t), 2), 2 / (root * (root + t)), 1e-12,
                    "df 2");
  }
}

TEST(StudentT, EndsAndNonsenseAreDefined) {
  EXPECT_EQ(student_t_two_sided(0.0, 5), 1.0);
  EXPECT_EQ(student_t_two_sided(std::numeric_limits<double>::infinity(), 5), 0.0);
  EXPECT_TRUE(std::isnan(student_t_two_sided(kNan, 5)));
  EXPECT_TRUE(std::isnan(student_t_two_sided(1.0, 0)));
}

// Source: I_x(a, b) of whole a and b is the binomial tail: sum over j >= a of
// C(n, j) x^j (1-x)^(n-j) with n = a + b - 1.
TEST(IncompleteBeta, OfWholeNumbersIsTheBinomialTail) {
  for (const int a : {1, 2, 5, 17, 60}) {
    for (const int b : {1, 3, 8, 40}) {
      for (const double x : {0.01, 0.3, 0.5, 0.72, 0.99}) {
        const int n = a + b - 1;
        long double tail = 0;
        for (int j = a; j <= n; ++j) {
          long double term = 1;
          for (int k = 0; k < j; ++k) {
            term *= static_cast<long double>(n - k) / static_cast<long double>(k + 1) * x;
          }
          for (int k = j; k < n; ++k) {
            term *= 1 - static_cast<long double>(x);
          }
          tail += term;
        }
        if (tail > 1e-200L) {
          expect_relative(incomplete_beta(a, b, x), tail, 1e-12,
                          std::to_string(a) + "," + std::to_string(b) + "," + std::to_string(x));
        }
      }
    }
  }
}

TEST(IncompleteBeta, InverseGivesTheArgumentBack) {
  for (const double a : {0.5, 1.0, 5.5, 100.5, 5000.5}) {
    for (const double b : {0.5, 3.5, 80.5}) {
      for (const double p : {0.025, 0.5, 0.975}) {
        const double x = incomplete_beta_inverse(a, b, p);
        EXPECT_NEAR(incomplete_beta(a, b, x), p, 1e-11) << a << " " << b << " " << p;
      }
    }
  }
  EXPECT_EQ(incomplete_beta_inverse(2, 3, 0.0), 0.0);
  EXPECT_EQ(incomplete_beta_inverse(2, 3, 1.0), 1.0);
  EXPECT_TRUE(std::isnan(incomplete_beta_inverse(-1, 3, 0.5)));
  EXPECT_TRUE(std::isnan(incomplete_beta(1, 1, 1.5)));
}

// Source: N. Smirnov's table (1948): P(K >= 1.3581) = 0.05, P(K >= 1.6276) = 0.01; the two series
// meet at 1.
TEST(Kolmogorov, HasTheTabulatedTail) {
  EXPECT_NEAR(kolmogorov_survival(1.35809864), 0.05, 1e-8);
  EXPECT_NEAR(kolmogorov_survival(1.62762361), 0.01, 1e-8);
  EXPECT_NEAR(kolmogorov_survival(std::nextafter(1.0, 0.0)), kolmogorov_survival(1.0), 1e-13);
  EXPECT_EQ(kolmogorov_survival(0.0), 1.0);
  EXPECT_NEAR(kolmogorov_survival(0.2), 1.0, 1e-9);
}

TEST(NormalCdf, IsSymmetricAndHasItsKnownQuantile) {
  EXPECT_EQ(normal_cdf(0.0), 0.5);
  EXPECT_NEAR(normal_cdf(1.959963984540054), 0.975, 1e-15);
  EXPECT_NEAR(normal_cdf(-1.0) + normal_cdf(1.0), 1.0, 1e-15);
}

}  // namespace
}  // namespace tieout::analytics
