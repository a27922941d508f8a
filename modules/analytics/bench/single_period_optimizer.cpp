#include "tieout/analytics/single_period_optimizer.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

#include <fmt/format.h>

#include "tieout/core/random.hpp"

// The convex optimizer on a bar of the deployed settings (oms.md 6.3) at 25, 100 and 1000 assets,
// set against one dense Cholesky factorisation of the same size in the same run: what every
// general-purpose solver pays at least once. Every answer must be proved, and a repeat must give
// the same bits.
namespace tieout::analytics {
namespace {

void check(bool holds, const char* what) {
  if (!holds) {
    std::fprintf(stderr, "bench_analytics_single_period_optimizer: wrong answer: %s\n", what);
    std::abort();
  }
}

/// Processor time: what a machine that others use too allows to compare.
double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

template <typename Run>
double median_seconds(int repeats, Run run) {
  std::vector<double> seconds;
  for (int i = 0; i < repeats; ++i) {
    const double start = cpu_seconds();
    run();
    seconds.push_back(cpu_seconds() - start);
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds[seconds.size() / 2];
}

/// Factor a symmetric positive definite matrix, by rows; the product of two of its rows must be
/// what was factored.
double cholesky_seconds(std::size_t n, int repeats) {
  const CounterRng random(7, n);
  std::vector<double> matrix(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      matrix[i * n + j] = matrix[j * n + i] = 0.1 * random.normal(i * n + j);
    }
    matrix[i * n + i] = static_cast<double>(n);
  }
  std::vector<double> factor;
  const double seconds = median_seconds(repeats, [&] {
    factor = matrix;
    for (std::size_t i = 0; i < n; ++i) {
      double* row = &factor[i * n];
      for (std::size_t j = 0; j <= i; ++j) {
        const double* other = &factor[j * n];
        double sum = row[j];
        for (std::size_t k = 0; k < j; ++k) {
          sum -= row[k] * other[k];
        }
        row[j] = i == j ? std::sqrt(sum) : sum / other[j];
      }
    }
  });
  double product = 0.0;
  for (std::size_t k = 0; k < n - 1; ++k) {
    product += factor[(n - 1) * n + k] * factor[(n - 2) * n + k];
  }
  check(std::abs(product - matrix[(n - 1) * n + n - 2]) < 1e-9, "Cholesky factors");
  return seconds;
}

void run(std::size_t n, int repeats) {
  const CounterRng random(11, n);
  std::vector<double> holdings;
  std::vector<double> predictions;
  std::vector<double> volatilities;
  for (std::size_t i = 0; i < n; ++i) {
    holdings.push_back(1e5 / static_cast<double>(n) * random.normal(3 * i));
    predictions.push_back(random.normal(3 * i + 1));
    volatilities.push_back(0.0005 + 0.003 * random.uniform(3 * i + 2));
  }
  const SinglePeriodOptions options{.target_gmv = 1e5,
                                    .constant_correlation = 0.5,
                                    .constant_correlation_penalty = 50.0,
                                    .relative_holding_max_frac_of_gmv = 0.1,
                                    .target_gmv_hard_upper_bound_multiple = 1.05,
                                    .transaction_cost_penalty = 0.5};
  const SinglePeriodInputs inputs{
      .holdings_notional = holdings, .predictions = predictions, .volatilities = volatilities};
  SinglePeriodSolution first;
  const double seconds = median_seconds(repeats, [&] {
    SinglePeriodSolution solution = optimize_single_period(options, inputs).value();
    check(solution.status == SolveStatus::kOptimal, "not proved");
    check(solution.certificate.gap <= kOptimalityTolerance &&
              solution.certificate.violation <= kOptimalityTolerance,
          "certificate");
    check(first.target_notionals.empty() || first.target_notionals == solution.target_notionals,
          "another run, other bits");
    first = std::move(solution);
  });
  const double cholesky = cholesky_seconds(n, repeats);
  fmt::print(
      "{:5} assets: {:9.3f} ms, {:3} iterations, gap {:8.1e}, violation {:8.1e}; one dense "
      "Cholesky {:9.3f} ms; ratio {:.2f}\n",
      n, 1e3 * seconds, first.certificate.iterations, first.certificate.gap,
      first.certificate.violation, 1e3 * cholesky, seconds / cholesky);
}

}  // namespace
}  // namespace tieout::analytics

int main() {
  for (const auto& [n, repeats] : {std::pair<std::size_t, int>{25, 101}, {100, 51}, {1000, 11}}) {
    tieout::analytics::run(n, repeats);
  }
}
