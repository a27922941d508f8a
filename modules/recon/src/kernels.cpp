#include "kernels.hpp"

#include <bit>
#include <cstring>

#include "tieout/core/assert.hpp"

namespace tieout::recon {
namespace {

// Vectors are the compilers' own extension, so that one body serves every width; a function
// attribute, not a flag, widens it. There is no fused multiply-add in either, and sums are of
// integers: every width gives the same bits. Vectors are passed by reference: by value they would
// have another calling convention in each width.
#define TIEOUT_ALWAYS_INLINE [[gnu::always_inline]] inline

struct Baseline {
  using Numbers [[gnu::vector_size(16)]] = double;
  using Words [[gnu::vector_size(16)]] = std::int64_t;
  using Unsigned [[gnu::vector_size(16)]] = std::uint64_t;
};

#if defined(__x86_64__)
struct Wide {
  using Numbers [[gnu::vector_size(32)]] = double;
  using Words [[gnu::vector_size(32)]] = std::int64_t;
  using Unsigned [[gnu::vector_size(32)]] = std::uint64_t;
};
#endif

constexpr std::int64_t kSign = std::numeric_limits<std::int64_t>::min();

template <typename Words>
TIEOUT_ALWAYS_INLINE std::uint64_t sum_of(const Words& lanes) noexcept {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < sizeof(Words) / sizeof(std::int64_t); ++i) {
    sum += static_cast<std::uint64_t>(lanes[i]);
  }
  return sum;
}

/// is_within(), lane by lane; says anything where the cells are equal.
template <typename V, Tolerance::Kind kKind>
TIEOUT_ALWAYS_INLINE void within_of(const typename V::Words& left, const typename V::Words& right,
                                    const Tolerance& tolerance,
                                    typename V::Words& within) noexcept {
  using Numbers = typename V::Numbers;
  using Words = typename V::Words;
  using Unsigned = typename V::Unsigned;
  constexpr double kMax = std::numeric_limits<double>::max();
  const Words left_abs = left & ~kSign;
  const Words right_abs = right & ~kSign;
  if constexpr (kKind == Tolerance::Kind::kLinear) {
    const Numbers gap = reinterpret_cast<Numbers>(left) - reinterpret_cast<Numbers>(right);
    const auto difference = reinterpret_cast<Numbers>(reinterpret_cast<Words>(gap) & ~kSign);
    // Of numbers without sign, the larger has the larger word; the limit of a NaN is not looked at.
    const auto left_larger = reinterpret_cast<Words>(left_abs > right_abs);
    const auto larger =
        reinterpret_cast<Numbers>((left_abs & left_larger) | (right_abs & ~left_larger));
    const Numbers limit = tolerance.abs + tolerance.rel * larger;
    within =
        reinterpret_cast<Words>(difference <= kMax) & reinterpret_cast<Words>(difference <= limit);
  } else if constexpr (kKind == Tolerance::Kind::kUlp) {
    // Words that ascend with the numbers: those of negative numbers run the other way round.
    const auto left_negative = reinterpret_cast<Words>(left < 0);
    const auto right_negative = reinterpret_cast<Words>(right < 0);
    const Words a = (left_abs ^ left_negative) - left_negative;
    const Words b = (right_abs ^ right_negative) - right_negative;
    const auto a_larger = reinterpret_cast<Unsigned>(a > b);
    const Unsigned step = reinterpret_cast<Unsigned>(a) - reinterpret_cast<Unsigned>(b);
    const Unsigned distance = (step & a_larger) | ((0 - step) & ~a_larger);
    within = reinterpret_cast<Words>(reinterpret_cast<Numbers>(left_abs) <= kMax) &
             reinterpret_cast<Words>(reinterpret_cast<Numbers>(right_abs) <= kMax) &
             reinterpret_cast<Words>(distance <= tolerance.ulp);
  } else {
    within = left ^ left;
  }
}

/// -1 in the lanes that are same_cell(), and in those where exactly one side is NaN.
template <typename V>
TIEOUT_ALWAYS_INLINE void equal_of(const typename V::Words& left, const typename V::Words& right,
                                   typename V::Words& equal,
                                   typename V::Words& nan_one_side) noexcept {
  using Numbers = typename V::Numbers;
  using Words = typename V::Words;
  const auto l = reinterpret_cast<Numbers>(left);
  const auto r = reinterpret_cast<Numbers>(right);
  const auto left_nan = reinterpret_cast<Words>(l != l);
  const auto right_nan = reinterpret_cast<Words>(r != r);
  equal = reinterpret_cast<Words>(left == right) | (left_nan & right_nan);
  nan_one_side = left_nan ^ right_nan;
}

/// What a scan has summed up: -1 for each cell in the lanes.
template <typename V>
struct Sums {
  typename V::Words equal{}, within{}, nan_one_side{};
};

template <typename V, Tolerance::Kind kKind>
TIEOUT_ALWAYS_INLINE void add_vector(const double* left, const double* right,
                                     const Tolerance& tolerance, Sums<V>& sums) noexcept {
  typename V::Words l, r, equal, nan_one_side, within;
  std::memcpy(&l, left, sizeof(l));
  std::memcpy(&r, right, sizeof(r));
  equal_of<V>(l, r, equal, nan_one_side);
  within_of<V, kKind>(l, r, tolerance, within);
  sums.equal += equal;
  sums.within += within & ~equal;
  sums.nan_one_side += nan_one_side;
}

/// Cells are counted without a branch; only blocks tell where the first one outside is, until there
/// is one.
constexpr std::size_t kBlock = 512;

template <typename V, Tolerance::Kind kKind>
TIEOUT_ALWAYS_INLINE DenseCounts scan(const double* left, const double* right, std::size_t rows,
                                      const Tolerance& tolerance_in) noexcept {
  constexpr std::size_t kLanes = sizeof(typename V::Words) / sizeof(double);
  const Tolerance tolerance = tolerance_in;  // Nobody else can change it: it stays in registers.
  DenseCounts counts;
  for (std::size_t first = 0; first < rows;) {
    const std::size_t last = rows - first < kBlock ? rows : first + kBlock;
    Sums<V> sums, others;
    std::size_t row = first;
    for (; row + 2 * kLanes <= last; row += 2 * kLanes) {
      add_vector<V, kKind>(left + row, right + row, tolerance, sums);
      add_vector<V, kKind>(left + row + kLanes, right + row + kLanes, tolerance, others);
    }
    std::uint64_t equal = 0 - sum_of(sums.equal) - sum_of(others.equal);
    std::uint64_t within = 0 - sum_of(sums.within) - sum_of(others.within);
    counts.nan_one_side += 0 - sum_of(sums.nan_one_side) - sum_of(others.nan_one_side);
    for (; row < last; ++row) {
      const bool is_equal = same_cell(left[row], right[row]);
      equal += is_equal ? 1U : 0U;
      within += !is_equal && is_within(tolerance, left[row], right[row]) ? 1U : 0U;
      counts.nan_one_side += (left[row] != left[row]) != (right[row] != right[row]) ? 1U : 0U;
    }
    counts.equal += equal;
    counts.within += within;
    const std::uint64_t outside = last - first - equal - within;
    if (outside > 0 && counts.outside == 0) {
      counts.first_outside = first;
      while (same_cell(left[counts.first_outside], right[counts.first_outside]) ||
             is_within(tolerance, left[counts.first_outside], right[counts.first_outside])) {
        ++counts.first_outside;
      }
    }
    counts.outside += outside;
    first = last;
  }
  return counts;
}

template <typename V>
TIEOUT_ALWAYS_INLINE DenseCounts scan(const double* left, const double* right, std::size_t rows,
                                      const Tolerance& tolerance) noexcept {
  switch (tolerance.kind) {
    case Tolerance::Kind::kLinear:
      return scan<V, Tolerance::Kind::kLinear>(left, right, rows, tolerance);
    case Tolerance::Kind::kUlp:
      return scan<V, Tolerance::Kind::kUlp>(left, right, rows, tolerance);
    case Tolerance::Kind::kExact:
    case Tolerance::Kind::kTime:
      break;
  }
  return scan<V, Tolerance::Kind::kExact>(left, right, rows, tolerance);
}

/// Whether all of 64 rows are the same.
template <typename V, bool kFloats>
TIEOUT_ALWAYS_INLINE bool agree(const double* left, const double* right) noexcept {
  constexpr std::size_t kLanes = sizeof(typename V::Words) / sizeof(double);
  typename V::Words all = ~typename V::Words{};
  for (std::size_t row = 0; row < 64; row += kLanes) {
    typename V::Words l, r, equal, nan_one_side;
    std::memcpy(&l, left + row, sizeof(l));
    std::memcpy(&r, right + row, sizeof(r));
    if constexpr (kFloats) {
      equal_of<V>(l, r, equal, nan_one_side);
    } else {
      equal = reinterpret_cast<typename V::Words>(l == r);
    }
    all &= equal;
  }
  return sum_of(all) == 0 - std::uint64_t{kLanes};
}

template <typename V, bool kFloats>
TIEOUT_ALWAYS_INLINE void mark(const double* left, const double* right, std::size_t rows,
                               std::uint64_t* marks) noexcept {
  constexpr ColumnType kType = kFloats ? ColumnType::kFloat64 : ColumnType::kInt64;
  for (std::size_t first = 0; first < rows; first += 64) {
    const std::size_t count = rows - first < 64 ? rows - first : 64;
    if (count == 64 && agree<V, kFloats>(left + first, right + first)) {
      continue;
    }
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const bool same = same_node_cell(kType, left[first + i], right[first + i]);
      word |= std::uint64_t{same ? 0U : 1U} << i;
    }
    marks[first / 64] |= word;
  }
}

template <typename V>
TIEOUT_ALWAYS_INLINE void mark(const double* left, const double* right, std::size_t rows,
                               bool floats, std::uint64_t* marks) noexcept {
  floats ? mark<V, true>(left, right, rows, marks) : mark<V, false>(left, right, rows, marks);
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] DenseCounts scan_avx2(const double* left, const double* right,
                                              std::size_t rows,
                                              const Tolerance& tolerance) noexcept {
  return scan<Wide>(left, right, rows, tolerance);
}

[[gnu::target("avx2")]] void mark_avx2(const double* left, const double* right, std::size_t rows,
                                       bool floats, std::uint64_t* marks) noexcept {
  mark<Wide>(left, right, rows, floats, marks);
}
#endif

}  // namespace

KernelWidth best_kernel_width() noexcept {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") ? KernelWidth::kAvx2 : KernelWidth::kBaseline;
#else
  return KernelWidth::kBaseline;
#endif
}

DenseCounts compare_dense(std::span<const double> left, std::span<const double> right,
                          const Tolerance& tolerance, KernelWidth width) noexcept {
  TIEOUT_ASSERT(left.size() == right.size());
#if defined(__x86_64__)
  if (width == KernelWidth::kAvx2) {
    return scan_avx2(left.data(), right.data(), left.size(), tolerance);
  }
#endif
  return scan<Baseline>(left.data(), right.data(), left.size(), tolerance);
}

void mark_differences(std::span<const double> left, std::span<const double> right, ColumnType type,
                      std::span<std::uint64_t> rows, KernelWidth width) noexcept {
  TIEOUT_ASSERT(left.size() == right.size() && rows.size() == (left.size() + 63) / 64);
  const bool floats = type == ColumnType::kFloat64;
#if defined(__x86_64__)
  if (width == KernelWidth::kAvx2) {
    mark_avx2(left.data(), right.data(), left.size(), floats, rows.data());
    return;
  }
#endif
  mark<Baseline>(left.data(), right.data(), left.size(), floats, rows.data());
}

}  // namespace tieout::recon
