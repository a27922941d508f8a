#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <string>

#include "tieout/core/string_pool.hpp"
#include "tieout/core/table.hpp"
#include "tieout/recon/finding.hpp"
#include "tieout/runlog/manifest.hpp"

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

/// What a rule of a policy comes to for the cells of one column of one asset.
struct Tolerance {
  enum class Kind : std::uint8_t { kExact, kLinear, kUlp, kTime };
  Kind kind = Kind::kExact;
  double abs = 0, rel = 0;   // kLinear: |l - r| <= abs + rel * max(|l|, |r|)
  std::uint64_t ulp = 0;     // kUlp: neighbours at most so far apart
  std::int64_t time_ns = 0;  // kTime
};

/// Whether two cells that are not same_cell() are near enough.
///
/// Rule:  kLinear: |l - r| <= abs + rel * max(|l|, |r|), each operation rounded once; a difference
///        that is not finite is never within. kUlp: both finite and ulp_distance() <= ulp. So a NaN
///        and an infinity are within nothing, and -0 and +0 within any tolerance.
bool is_within(const Tolerance& tolerance, double left, double right) noexcept;
/// Of int64: exact, in integers: |l - r| <= floor(abs) + floor(rel * max(|l|, |r|)).
bool is_within(const Tolerance& tolerance, std::int64_t left, std::int64_t right) noexcept;
bool is_within(const Tolerance& tolerance, Timestamp left, Timestamp right) noexcept;

/// floor(ratio * value) without rounding; the largest number when it is larger. ratio >= 0.
std::uint64_t floor_product(double ratio, std::uint64_t value) noexcept;

/// Two cells of columns of the same type.
struct CellComparison {
  bool equal = false;
  bool within = false;  // not equal, but the tolerance allows it
  BreakKind kind = BreakKind::kValue;
  Distance distance;
};
/// The types must be the same.
CellComparison compare_cells(const TypedColumn& left, std::size_t left_row,
                             const TypedColumn& right, std::size_t right_row,
                             const Tolerance& tolerance);

// Columns of a node whose type is not float64 hold 64-bit words (runlog::NodeInfo::types).

inline std::int64_t word_of(double cell) noexcept {
  return std::bit_cast<std::int64_t>(cell);
}
/// Type of a column of a node.
inline ColumnType column_type(const runlog::NodeInfo& node, std::size_t column) {
  return node.types.empty() ? ColumnType::kFloat64 : node.types[column];
}
/// Exact equality. Words that are not float64 are compared as they are: -1 and -2 look like NaNs.
inline bool same_node_cell(ColumnType type, double left, double right) noexcept {
  return type == ColumnType::kFloat64 ? same_cell(left, right) : word_of(left) == word_of(right);
}
/// kNanLeft and kNanRight stand for a null too.
BreakKind kind_of_words(std::int64_t left, std::int64_t right) noexcept;
bool is_within_words(const Tolerance& tolerance, ColumnType type, std::int64_t left,
                     std::int64_t right) noexcept;
/// Of two cells of a node's column of any type.
Distance distance_of_node_cells(ColumnType type, double left, double right) noexcept;
Distance distance_of_words(ColumnType type, std::int64_t left, std::int64_t right) noexcept;
/// A cell of a node as text; `pool` may be null when the type is not string.
std::string node_cell_text(double cell, ColumnType type, const StringPool* pool);

}  // namespace tieout::recon
