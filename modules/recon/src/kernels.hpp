#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "cell.hpp"

namespace tieout::recon {

/// What two columns of float64 have in common.
struct DenseCounts {
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
  std::uint64_t equal = 0;         // the same bits, or NaN on both sides
  std::uint64_t within = 0;        // not equal, but the tolerance allows it
  std::uint64_t outside = 0;       // neither
  std::uint64_t nan_one_side = 0;  // of outside
  std::size_t first_outside = kNone;
  friend bool operator==(const DenseCounts&, const DenseCounts&) = default;
};

/// How wide the vectors of a kernel are. Each gives the same answer.
enum class KernelWidth : std::uint8_t { kBaseline, kAvx2 };
/// The widest that this processor has.
KernelWidth best_kernel_width() noexcept;

/// Compare two float64 columns cell by cell.
///
/// Shapes:  left [n], right [n]; any alignment of 8 bytes.
/// Rule:    equal iff same_cell(); else within iff is_within() of the tolerance, to the bit.
/// Cost:    one pass without branches on the values; reads 16 B/row, no allocation. Processors
///          without `width` must not be asked for it.
/// Source:  cell.hpp; the oracle is written out in tests/kernels_test.cpp.
DenseCounts compare_dense(std::span<const double> left, std::span<const double> right,
                          const Tolerance& tolerance,
                          KernelWidth width = best_kernel_width()) noexcept;

/// Add the rows at which two columns of a node differ to a set of rows.
///
/// Shapes:  left [n], right [n], rows [ceil(n / 64)]; bit i % 64 of rows[i / 64] is row i. Bits
/// that
///          are set stay set, spare bits are left alone.
/// Rule:    same_node_cell(): a type that is not float64 is compared by its words.
/// Cost:    one pass; reads 16 B/row where the columns agree.
void mark_differences(std::span<const double> left, std::span<const double> right, ColumnType type,
                      std::span<std::uint64_t> rows,
                      KernelWidth width = best_kernel_width()) noexcept;

}  // namespace tieout::recon
