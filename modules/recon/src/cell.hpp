#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "tieout/core/table.hpp"
#include "tieout/recon/finding.hpp"

namespace tieout::recon {

/// Exact equality of float64: the same bits, or both NaN whatever their payload. -0 and +0 differ.
inline bool same_cell(double left, double right) noexcept {
  return std::bit_cast<std::uint64_t>(left) == std::bit_cast<std::uint64_t>(right) ||
         (left != left && right != right);
}

/// kValue, kNanLeft or kNanRight of two cells that are not same_cell().
inline BreakKind kind_of(double left, double right) noexcept {
  if (left != left) {
    return BreakKind::kNanLeft;
  }
  return right != right ? BreakKind::kNanRight : BreakKind::kValue;
}

/// How far two numbers are apart.
struct Distance {
  double abs = 0;  // NaN when not defined
  double rel = 0;  // |l - r| / max(|l|, |r|); 0 for -0 and +0; NaN when not defined
  std::uint64_t ulp = 0;
};
Distance distance_of(double left, double right) noexcept;
/// Of numbers that are not float64: no ulp. The difference is taken in integers, so that it is
/// exact.
Distance distance_of(std::int64_t left, std::int64_t right) noexcept;
/// Of things that are not numbers.
Distance no_distance() noexcept;

/// Two cells of columns of the same type.
struct CellComparison {
  bool equal = false;
  BreakKind kind = BreakKind::kValue;
  Distance distance;
};
/// The types must be the same.
CellComparison compare_cells(const TypedColumn& left, std::size_t left_row,
                             const TypedColumn& right, std::size_t right_row);

}  // namespace tieout::recon
