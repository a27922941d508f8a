#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "tieout/analytics/bootstrap.hpp"
#include "tieout/analytics/dtw.hpp"
#include "tieout/analytics/equality.hpp"
#include "tieout/core/random.hpp"

// Dynamic time warping of a day of five-minute bars, a year of days and the longest series that is
// warped without a band, against the plain matrix; the bootstrap of a day; the equality of one
// node's output (1152 rows x 500 columns). Every answer is checked; medians of processor time.
namespace tieout::analytics {
namespace {

void check(bool holds, const char* what) {
  if (!holds) {
    std::fprintf(stderr, "bench_analytics_statistics: wrong answer: %s\n", what);
    std::abort();
  }
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

template <typename Run>
double median_ms(int repeats, Run run) {
  std::vector<double> times;
  for (int i = 0; i < repeats; ++i) {
    const double start = cpu_seconds();
    run();
    times.push_back(1e3 * (cpu_seconds() - start));
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

std::vector<double> draws(std::size_t n, std::uint64_t stream) {
  const CounterRng rng(1, stream);
  std::vector<double> values(n);
  for (std::size_t i = 0; i < n; ++i) {
    values[i] = 1e-3 * rng.normal(i);
  }
  return values;
}

double plain_dtw(const std::vector<double>& x, const std::vector<double>& y) {
  const std::size_t width = y.size() + 1;
  std::vector<double> d((x.size() + 1) * width, std::numeric_limits<double>::infinity());
  d[0] = 0.0;
  for (std::size_t i = 1; i <= x.size(); ++i) {
    for (std::size_t j = 1; j <= y.size(); ++j) {
      const double gap = x[i - 1] - y[j - 1];
      d[i * width + j] = gap * gap + std::min({d[(i - 1) * width + j], d[i * width + j - 1],
                                               d[(i - 1) * width + j - 1]});
    }
  }
  return std::sqrt(d.back());
}

void bench_dtw(std::size_t n, int repeats) {
  const std::vector<double> x = draws(n, 1);
  const std::vector<double> y = draws(n, 2);
  double fast = 0.0;
  double plain = 0.0;
  const double fast_ms = median_ms(repeats, [&] { fast = dtw_distance(x, y); });
  const double plain_ms = median_ms(repeats, [&] { plain = plain_dtw(x, y); });
  check(fast == plain, "DTW differs from the plain matrix");
  fmt::print("dtw {:>5} x {:<5} {:9.3f} ms, plain matrix {:9.3f} ms, {:.1f} times faster\n", n, n,
             fast_ms, plain_ms, plain_ms / fast_ms);
}

void bench_bootstrap() {
  const std::vector<double> x = draws(288, 3);
  MeanInterval interval{};
  const double ms = median_ms(11, [&] { interval = bootstrap_mean(x, {}); });
  check(interval.lower < interval.upper, "an empty interval");
  fmt::print("bootstrap of 288 samples, 2000 replicates {:9.3f} ms\n", ms);
}

void bench_equality() {
  std::vector<ColumnKey> columns;
  for (std::int64_t c = 0; c < 500; ++c) {
    columns.push_back({"x", AssetId{c}});
  }
  Panel left(columns);
  for (std::int64_t row = 0; row < 1152; ++row) {
    left.append_row(Timestamp{} + minutes(5 * row));
  }
  for (std::size_t c = 0; c < 500; ++c) {
    std::ranges::copy(draws(1152, 10 + c), left.column(c).begin());
  }
  Panel right = left;
  right.set(700, 250, 1.0);
  std::vector<Statistic> statistics;
  const double ms = median_ms(5, [&] { statistics = compute_equality(left, right); });
  check(find_statistic(statistics, "equality", "cells_differing")->value == 1.0,
        "one cell differs");
  fmt::print("equality of 1152 x 500 cells {:9.3f} ms\n", ms);
}

int run() {
  bench_dtw(288, 101);
  bench_dtw(365, 101);
  bench_dtw(4000, 5);
  bench_bootstrap();
  bench_equality();
  return 0;
}

}  // namespace
}  // namespace tieout::analytics

int main() {
  return tieout::analytics::run();
}
