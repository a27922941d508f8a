#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "tieout/core/random.hpp"

#include "kernels.hpp"

// Two columns of 128 MiB each, far beyond any cache: every sixteenth cell is off by rounding, every
// sixty-fourth NaN on both sides, some far off. compare_dense() under abs+rel against reading the
// same two columns (the sum of their words, four vectors of each in flight), on one thread and on
// two. Runs of the two alternate; what is printed is the median of the pairs' ratios.
namespace tieout::recon {
namespace {

constexpr std::size_t kRows = std::size_t{1} << 24;
constexpr int kPairs = 15;
constexpr double kAsked = 0.80;
constexpr Tolerance kRule{.kind = Tolerance::Kind::kLinear, .abs = 1e-12, .rel = 1e-9};

void check(bool holds, const char* what) {
  if (!holds) {
    std::fprintf(stderr, "bench_recon_kernel: wrong answer: %s\n", what);
    std::abort();
  }
}

struct Columns {
  std::vector<double> left, right;
};

Columns make_columns() {
  const CounterRng random(1, 1);
  Columns columns;
  columns.left.resize(kRows);
  columns.right.resize(kRows);
  for (std::size_t row = 0; row < kRows; ++row) {
    const double value = 100 * random.uniform(row);
    columns.left[row] = columns.right[row] = value;
    if (row % 64 == 5) {
      columns.left[row] = columns.right[row] = std::numeric_limits<double>::quiet_NaN();
    } else if (row % 16 == 3) {
      columns.right[row] = value * (1 + 1e-15);
    } else if (row % 100'000 == 77'777) {
      columns.right[row] = value + 1;
    }
  }
  return columns;
}

/// The rule of docs/formats/comparison.md, cell by cell.
DenseCounts count_slowly(const Columns& columns) {
  DenseCounts counts;
  for (std::size_t row = 0; row < kRows; ++row) {
    const double l = columns.left[row];
    const double r = columns.right[row];
    if (same_cell(l, r)) {
      ++counts.equal;
    } else if (is_within(kRule, l, r)) {
      ++counts.within;
    } else {
      counts.first_outside = counts.outside == 0 ? row : counts.first_outside;
      ++counts.outside;
      counts.nan_one_side += kind_of(l, r) == BreakKind::kValue ? 0U : 1U;
    }
  }
  return counts;
}

#if defined(__x86_64__)
#define TIEOUT_BENCH_WIDE [[gnu::target("avx2")]]
using Vector [[gnu::vector_size(32)]] = std::uint64_t;
#else
#define TIEOUT_BENCH_WIDE
using Vector [[gnu::vector_size(16)]] = std::uint64_t;
#endif

TIEOUT_BENCH_WIDE std::uint64_t sum_words(const double* left, const double* right,
                                          std::size_t rows) {
  constexpr std::size_t kLanes = sizeof(Vector) / sizeof(double);
  constexpr std::size_t kInFlight = 4;
  std::array<Vector, 2 * kInFlight> sums{};
  for (std::size_t row = 0; row < rows; row += kInFlight * kLanes) {
#pragma GCC unroll 4
    for (std::size_t k = 0; k < kInFlight; ++k) {
      Vector l, r;
      __builtin_memcpy(&l, left + row + k * kLanes, sizeof(l));
      __builtin_memcpy(&r, right + row + k * kLanes, sizeof(r));
      sums[2 * k] += l;
      sums[2 * k + 1] += r;
    }
  }
  std::uint64_t sum = 0;
  for (const Vector& lanes : sums) {
    for (std::size_t i = 0; i < kLanes; ++i) {
      sum += lanes[i];
    }
  }
  return sum;
}

double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// Processor seconds of a thread, on average, when `threads` share the rows: a machine that others
/// use too allows to compare these alone.
double cpu_of(std::size_t threads, const std::function<void(std::size_t, std::size_t)>& work) {
  std::vector<double> seconds(threads, 0);
  const auto part = [&](std::size_t i) {
    const double start = thread_seconds();
    work(i, kRows / threads);
    seconds[i] = thread_seconds() - start;
  };
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < threads; ++i) {
    others.emplace_back(part, i);
  }
  part(0);
  for (std::thread& other : others) {
    other.join();
  }
  double sum = 0;
  for (const double value : seconds) {
    sum += value;
  }
  return sum / static_cast<double>(threads);
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

bool run(const Columns& columns, const DenseCounts& expected, std::uint64_t sum,
         std::size_t threads) {
  std::vector<double> reads, compares, ratios;
  for (int pair = 0; pair < kPairs; ++pair) {
    std::vector<std::uint64_t> sums(threads);
    std::vector<DenseCounts> parts(threads);
    const double read = cpu_of(threads, [&](std::size_t i, std::size_t rows) {
      sums[i] = sum_words(&columns.left[i * rows], &columns.right[i * rows], rows);
    });
    const double compare = cpu_of(threads, [&](std::size_t i, std::size_t rows) {
      parts[i] =
          compare_dense({&columns.left[i * rows], rows}, {&columns.right[i * rows], rows}, kRule);
    });
    DenseCounts counts;
    counts.first_outside = parts[0].first_outside;
    std::uint64_t found = 0;
    for (std::size_t i = 0; i < threads; ++i) {
      found += sums[i];
      counts.equal += parts[i].equal;
      counts.within += parts[i].within;
      counts.outside += parts[i].outside;
      counts.nan_one_side += parts[i].nan_one_side;
    }
    check(counts == expected, "compare_dense");
    check(found == sum, "sum of the words");
    reads.push_back(read);
    compares.push_back(compare);
    ratios.push_back(read / compare);
  }
  constexpr double kBytes = 2.0 * kRows * sizeof(double);
  const double ratio = median(ratios);
  fmt::print(
      "{} thread{}: read {:6.1f} GB/s, compare {:6.1f} GB/s, {:5.1f} % (median of {} pairs; "
      "asked {:.0f} %) {}\n",
      threads, threads == 1 ? " " : "s", kBytes / median(reads) / 1e9,
      kBytes / median(compares) / 1e9, ratio * 100, kPairs, kAsked * 100,
      ratio >= kAsked ? "ok" : "MISSED");
  return ratio >= kAsked;
}

int run() {
  const Columns columns = make_columns();
  const DenseCounts expected = count_slowly(columns);
  check(expected.within > kRows / 20 && expected.outside > 100, "the columns are as described");
  std::uint64_t sum = 0;
  for (std::size_t row = 0; row < kRows; ++row) {
    sum += static_cast<std::uint64_t>(word_of(columns.left[row])) +
           static_cast<std::uint64_t>(word_of(columns.right[row]));
  }
  fmt::print(
      "compare two columns of {} MiB under abs+rel against reading them, per processor "
      "second of the threads\n",
      kRows * sizeof(double) >> 20U);
  const bool one = run(columns, expected, sum, 1);
  const bool two = run(columns, expected, sum, 2);
  return one && two ? 0 : 1;
}

}  // namespace
}  // namespace tieout::recon

int main() {
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx2")) {
    std::puts("skipped: this processor has no AVX2");
    return 0;
  }
#endif
  return tieout::recon::run();
}
