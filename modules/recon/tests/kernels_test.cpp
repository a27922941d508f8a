#include "kernels.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "support.hpp"

// The kernels against the obvious function, cell by cell, which is written out here again: it
// shares no code with the kernels, nor with cell.cpp.
namespace tieout::recon {
namespace {

using test::Draws;
using Kind = Tolerance::Kind;

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kMax = std::numeric_limits<double>::max();
constexpr double kTiny = std::numeric_limits<double>::denorm_min();
constexpr std::size_t kLongest = 130;
constexpr std::size_t kAlignments = 8;

std::uint64_t bits(double value) {
  return std::bit_cast<std::uint64_t>(value);
}

/// Where a number stands among all numbers, -0 and +0 at one place.
__extension__ using Place = __int128;
Place place(double value) {
  const auto magnitude = static_cast<Place>(bits(std::fabs(value)));
  return std::signbit(value) ? -magnitude : magnitude;
}

enum class Answer { kEqual, kWithin, kOutside };

Answer obvious(double l, double r, const Tolerance& tolerance) {
  if ((std::isnan(l) && std::isnan(r)) || bits(l) == bits(r)) {
    return Answer::kEqual;
  }
  if (!std::isfinite(l) || !std::isfinite(r)) {
    return Answer::kOutside;
  }
  bool within = false;
  if (tolerance.kind == Kind::kLinear) {
    const double gap = l > r ? l - r : r - l;
    const double size = std::fabs(l) > std::fabs(r) ? std::fabs(l) : std::fabs(r);
    const double scaled = tolerance.rel * size;
    within = std::isfinite(gap) && gap <= tolerance.abs + scaled;
  } else if (tolerance.kind == Kind::kUlp) {
    const Place gap = place(l) > place(r) ? place(l) - place(r) : place(r) - place(l);
    within = gap <= static_cast<Place>(tolerance.ulp);
  }
  return within ? Answer::kWithin : Answer::kOutside;
}

DenseCounts obvious(std::span<const double> left, std::span<const double> right,
                    const Tolerance& tolerance) {
  DenseCounts counts;
  for (std::size_t i = 0; i < left.size(); ++i) {
    const Answer answer = obvious(left[i], right[i], tolerance);
    counts.equal += answer == Answer::kEqual ? 1U : 0U;
    counts.within += answer == Answer::kWithin ? 1U : 0U;
    counts.nan_one_side += std::isnan(left[i]) != std::isnan(right[i]) ? 1U : 0U;
    if (answer == Answer::kOutside) {
      counts.first_outside = counts.outside == 0 ? i : counts.first_outside;
      ++counts.outside;
    }
  }
  return counts;
}

std::vector<KernelWidth> widths() {
  std::vector<KernelWidth> widths = {KernelWidth::kBaseline};
  if (best_kernel_width() != KernelWidth::kBaseline) {
    widths.push_back(best_kernel_width());
  }
  return widths;
}

const std::array<Tolerance, 11>& tolerances() {
  static const std::array<Tolerance, 11> kTolerances = {{
      {},
      {.kind = Kind::kLinear, .abs = 0.5},
      {.kind = Kind::kLinear, .rel = 1e-9},
      {.kind = Kind::kLinear, .abs = 1e-12, .rel = 1e-9},
      {.kind = Kind::kLinear, .abs = kTiny, .rel = 0},
      {.kind = Kind::kLinear, .abs = kInf, .rel = 1},
      {.kind = Kind::kLinear, .abs = 0, .rel = 2},
      {.kind = Kind::kUlp, .ulp = 0},
      {.kind = Kind::kUlp, .ulp = 4},
      {.kind = Kind::kUlp, .ulp = std::numeric_limits<std::uint64_t>::max()},
      {.kind = Kind::kTime, .time_ns = 5},
  }};
  return kTolerances;
}

double strange(Draws& draws) {
  const double kValues[] = {std::numeric_limits<double>::quiet_NaN(),
                            -std::numeric_limits<double>::quiet_NaN(),
                            std::bit_cast<double>(std::uint64_t{0x7ff0'0000'0000'0001}),
                            std::bit_cast<double>(0xfff8'dead'beef'0000 + draws.below(100)),
                            kInf,
                            -kInf,
                            0.0,
                            -0.0,
                            kTiny,
                            -kTiny,
                            std::numeric_limits<double>::min(),
                            kMax,
                            -kMax,
                            1.0};
  return kValues[draws.below(std::size(kValues))];
}

/// A cell opposite `left`: on the edge of the tolerance, one step inside or outside it, near, equal
/// or strange.
double opposite(double left, const Tolerance& tolerance, Draws& draws) {
  const double direction = draws.below(2) == 0 ? kInf : -kInf;
  switch (draws.below(6)) {
    case 0:
      return left;
    case 1:
      return strange(draws);
    case 2:
      return -left;
    case 3: {  // neighbours
      double value = left;
      for (std::size_t n = draws.below(7); n > 0; --n) {
        value = std::nextafter(value, direction);
      }
      return value;
    }
    default: {  // the edge: exactly on it where the arithmetic allows, and one step to either side
      const double limit = tolerance.abs + tolerance.rel * std::fabs(left);
      const double edge = direction > 0 ? left + limit : left - limit;
      const std::size_t step = draws.below(3);
      return step == 0 ? edge : std::nextafter(edge, step == 1 ? kInf : -kInf);
    }
  }
}

struct Columns {
  std::vector<double> left, right;
};
/// Columns of ordinary and strange cells; every third pair differs in one row at most.
Columns draw(std::size_t size, const Tolerance& tolerance, Draws& draws) {
  Columns columns;
  const bool mostly_equal = draws.below(3) == 0;
  const std::size_t odd = draws.below(size + 1);
  for (std::size_t i = 0; i < size; ++i) {
    const double left = draws.below(4) == 0 ? strange(draws) : draws.normal() * 100;
    columns.left.push_back(left);
    columns.right.push_back(mostly_equal && i != odd ? left : opposite(left, tolerance, draws));
  }
  return columns;
}

TEST(Kernels, CompareDenseIsTheObviousFunctionAtEveryLengthAndAlignment) {
  Draws draws(20261);
  std::array<std::uint64_t, 4> seen{};
  for (std::size_t t = 0; t < tolerances().size(); ++t) {
    const Tolerance& tolerance = tolerances()[t];
    for (std::size_t size = 0; size <= kLongest; ++size) {
      for (std::size_t a = 0; a < kAlignments * kAlignments; ++a) {
        const std::size_t l = a / kAlignments;
        const std::size_t r = a % kAlignments;
        // What lies around the column must not matter.
        const Columns columns = draw(size + kAlignments, tolerance, draws);
        const std::span left = std::span(columns.left).subspan(l, size);
        const std::span right = std::span(columns.right).subspan(l, size);
        std::vector<double> moved(size + kAlignments, -7.0);
        std::copy(right.begin(), right.end(), moved.begin() + static_cast<std::ptrdiff_t>(r));
        const std::span shifted = std::span<const double>(moved).subspan(r, size);
        const DenseCounts expected = obvious(left, right, tolerance);
        for (const KernelWidth width : widths()) {
          const DenseCounts counts = compare_dense(left, shifted, tolerance, width);
          ASSERT_TRUE(counts == expected)
              << "seed 20261, rule " << t << ", length " << size << ", alignments " << l << " and "
              << r << ", width " << static_cast<int>(width) << ": equal " << counts.equal << " of "
              << expected.equal << ", within " << counts.within << " of " << expected.within
              << ", nan " << counts.nan_one_side << " of " << expected.nan_one_side << ", first "
              << counts.first_outside << " of " << expected.first_outside;
          ASSERT_TRUE(compare_dense(shifted, left, tolerance, width) == expected) << "symmetry";
        }
        seen[0] += expected.equal;
        seen[1] += expected.within;
        seen[2] += expected.outside;
        seen[3] += expected.nan_one_side;
      }
    }
  }
  for (const std::uint64_t count : seen) {
    EXPECT_GT(count, 100'000U) << "each answer is asked for often";
  }
}

TEST(Kernels, TheFirstCellOutsideIsFoundBeyondTheFirstBlock) {
  std::vector<double> left(5000, 1.0);
  for (const KernelWidth width : widths()) {
    for (std::size_t row = 0; row < left.size(); row += 37) {
      std::vector<double> right = left;
      right[row] = 2;
      right.back() = 3;
      const DenseCounts counts = compare_dense(left, right, {}, width);
      ASSERT_EQ(counts.first_outside, row);
      ASSERT_EQ(counts.outside, row + 1 == left.size() ? 1U : 2U);
    }
  }
}

TEST(Kernels, TheEdgeOfATolerance) {
  struct Case {
    Tolerance tolerance;
    double left, right;
    Answer expected;
  };
  const double beyond = std::nextafter(1.5, 2.0);
  const Tolerance half{.kind = Kind::kLinear, .abs = 0.5};
  const Tolerance tenth{.kind = Kind::kLinear, .rel = 0.25};
  const Tolerance one_ulp{.kind = Kind::kUlp, .ulp = 1};
  const Case kCases[] = {
      {half, 1.0, 1.5, Answer::kWithin},
      {half, 1.0, beyond, Answer::kOutside},
      {half, -0.25, 0.25, Answer::kWithin},
      {half, kInf, kInf, Answer::kEqual},
      {half, kInf, kMax, Answer::kOutside},
      {half, 0.0, -0.0, Answer::kWithin},
      {{}, 0.0, -0.0, Answer::kOutside},
      {tenth, 3.0, 4.0, Answer::kWithin},  // a quarter of the larger
      {tenth, std::nextafter(3.0, 0.0), 4.0, Answer::kOutside},
      {one_ulp, kTiny, 0.0, Answer::kWithin},
      {one_ulp, kTiny, -0.0, Answer::kWithin},
      {one_ulp, kTiny, -kTiny, Answer::kOutside},
      {one_ulp, kMax, kInf, Answer::kOutside},
      {one_ulp, 0.0, -0.0, Answer::kWithin},
  };
  for (const Case& test : kCases) {
    SCOPED_TRACE(testing::Message() << test.left << " and " << test.right);
    EXPECT_EQ(obvious(test.left, test.right, test.tolerance), test.expected);
    const std::vector<double> left(16, test.left);
    const std::vector<double> right(16, test.right);
    for (const KernelWidth width : widths()) {
      const DenseCounts counts = compare_dense(left, right, test.tolerance, width);
      EXPECT_EQ(counts.equal, test.expected == Answer::kEqual ? 16U : 0U);
      EXPECT_EQ(counts.within, test.expected == Answer::kWithin ? 16U : 0U);
      EXPECT_EQ(counts.outside, test.expected == Answer::kOutside ? 16U : 0U);
    }
  }
}

TEST(Kernels, MarkDifferencesIsTheObviousFunctionAtEveryLengthAndAlignment) {
  Draws draws(20262);
  for (std::size_t size = 0; size <= kLongest; ++size) {
    for (std::size_t a = 0; a < kAlignments * kAlignments; ++a) {
      const std::size_t l = a / kAlignments;
      const std::size_t r = a % kAlignments;
      const Columns columns = draw(size + kAlignments, {}, draws);
      const std::span left = std::span(columns.left).subspan(l, size);
      std::vector<double> moved(size + kAlignments, -7.0);
      for (std::size_t i = 0; i < size; ++i) {
        moved[r + i] = columns.right[l + i];
      }
      const std::span right = std::span<const double>(moved).subspan(r, size);
      for (const ColumnType type : {ColumnType::kFloat64, ColumnType::kInt64}) {
        // A bit that was set before stays set.
        std::vector<std::uint64_t> before((size + 63) / 64, 0);
        if (size > 0) {
          const std::size_t set = draws.below(size);
          before[set / 64] |= std::uint64_t{1} << (set % 64);
        }
        std::vector<std::uint64_t> expected = before;
        for (std::size_t i = 0; i < size; ++i) {
          const bool same = type == ColumnType::kFloat64
                                ? obvious(left[i], right[i], {}) == Answer::kEqual
                                : bits(left[i]) == bits(right[i]);
          expected[i / 64] |= std::uint64_t{same ? 0U : 1U} << (i % 64);
        }
        for (const KernelWidth width : widths()) {
          std::vector<std::uint64_t> marks = before;
          mark_differences(left, right, type, marks, width);
          ASSERT_EQ(marks, expected)
              << "seed 20262, length " << size << ", alignments " << l << " and " << r << ", type "
              << to_string(type) << ", width " << static_cast<int>(width);
        }
      }
    }
  }
}

}  // namespace
}  // namespace tieout::recon
