#include "cell.hpp"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "tieout/core/assert.hpp"
#include "tieout/core/nan.hpp"
#include "tieout/core/numbers.hpp"

namespace tieout::recon {
namespace {

constexpr std::uint64_t kMaxWord = std::numeric_limits<std::uint64_t>::max();

/// 128 bits: products of a 53-bit and a 64-bit number.
__extension__ using Wide = unsigned __int128;

std::uint64_t magnitude(std::int64_t value) noexcept {
  return value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
}

std::uint64_t distance(std::int64_t left, std::int64_t right) noexcept {
  const auto low = static_cast<std::uint64_t>(std::min(left, right));
  return static_cast<std::uint64_t>(std::max(left, right)) - low;
}

std::uint64_t saturated_sum(std::uint64_t a, std::uint64_t b) noexcept {
  return a > kMaxWord - b ? kMaxWord : a + b;
}

CellComparison compare_values(double left, double right, const Tolerance& tolerance) noexcept {
  if (same_cell(left, right)) {
    return {.equal = true, .within = false, .kind = BreakKind::kValue, .distance = {}};
  }
  return {.equal = false,
          .within = is_within(tolerance, left, right),
          .kind = kind_of(left, right),
          .distance = distance_of(left, right)};
}

CellComparison compare_values(std::int64_t left, std::int64_t right,
                              const Tolerance& tolerance) noexcept {
  return {.equal = left == right,
          .within = left != right && is_within(tolerance, left, right),
          .kind = BreakKind::kValue,
          .distance = distance_of(left, right)};
}

CellComparison compare_values(Timestamp left, Timestamp right,
                              const Tolerance& tolerance) noexcept {
  return {.equal = left == right,
          .within = left != right && is_within(tolerance, left, right),
          .kind = BreakKind::kValue,
          .distance = no_distance()};
}

template <typename T>
CellComparison compare_values(const T& left, const T& right, const Tolerance&) noexcept {
  return {.equal = left == right,
          .within = false,
          .kind = BreakKind::kValue,
          .distance = no_distance()};
}

}  // namespace

Distance distance_of(double left, double right) noexcept {
  Distance distance;
  distance.ulp = ulp_distance(left, right);
  if (left == right) {
    return distance;
  }
  distance.abs = std::fabs(left - right);
  const double scale = std::max(std::fabs(left), std::fabs(right));
  // The difference of two large numbers of opposite sign may overflow although the ratio does not.
  distance.rel = std::isinf(distance.abs) && std::isfinite(scale)
                     ? std::fabs(left / scale - right / scale)
                     : distance.abs / scale;
  return distance;
}

Distance distance_of(std::int64_t left, std::int64_t right) noexcept {
  Distance result;
  if (left == right) {
    return result;
  }
  result.abs = static_cast<double>(distance(left, right));
  result.rel = result.abs / static_cast<double>(std::max(magnitude(left), magnitude(right)));
  return result;
}

Distance no_distance() noexcept {
  return {.abs = kNaN, .rel = kNaN, .ulp = 0};
}

std::uint64_t floor_product(double ratio, std::uint64_t value) noexcept {
  if (!(ratio > 0) || value == 0) {
    return 0;
  }
  int exponent = 0;
  // ratio = mantissa * 2^exponent with a mantissa of 53 bits.
  const auto mantissa = static_cast<std::uint64_t>(std::ldexp(std::frexp(ratio, &exponent), 53));
  exponent -= 53;
  const Wide product = Wide{mantissa} * value;
  if (exponent <= 0) {
    const Wide whole = exponent <= -128 ? Wide{0} : product >> static_cast<unsigned>(-exponent);
    return whole > kMaxWord ? kMaxWord : static_cast<std::uint64_t>(whole);
  }
  if (exponent >= 64 || product > kMaxWord >> static_cast<unsigned>(exponent)) {
    return kMaxWord;
  }
  return static_cast<std::uint64_t>(product) << static_cast<unsigned>(exponent);
}

bool is_within(const Tolerance& tolerance, double left, double right) noexcept {
  switch (tolerance.kind) {
    case Tolerance::Kind::kLinear: {
      const double difference = std::fabs(left - right);
      const double limit =
          tolerance.abs + tolerance.rel * std::max(std::fabs(left), std::fabs(right));
      return difference <= std::numeric_limits<double>::max() && difference <= limit;
    }
    case Tolerance::Kind::kUlp:
      return std::isfinite(left) && std::isfinite(right) &&
             ulp_distance(left, right) <= tolerance.ulp;
    case Tolerance::Kind::kExact:
    case Tolerance::Kind::kTime:
      break;
  }
  return false;
}

bool is_within(const Tolerance& tolerance, std::int64_t left, std::int64_t right) noexcept {
  if (tolerance.kind != Tolerance::Kind::kLinear) {
    return false;
  }
  const std::uint64_t limit =
      saturated_sum(floor_product(tolerance.abs, 1),
                    floor_product(tolerance.rel, std::max(magnitude(left), magnitude(right))));
  return distance(left, right) <= limit;
}

bool is_within(const Tolerance& tolerance, Timestamp left, Timestamp right) noexcept {
  return tolerance.kind == Tolerance::Kind::kTime &&
         distance(left.ns, right.ns) <= static_cast<std::uint64_t>(tolerance.time_ns);
}

CellComparison compare_cells(const TypedColumn& left, std::size_t left_row,
                             const TypedColumn& right, std::size_t right_row,
                             const Tolerance& tolerance) {
  TIEOUT_ASSERT(left.type() == right.type());
  return std::visit(
      [&](const auto& values) {
        using Values = std::decay_t<decltype(values)>;
        return compare_values(values[left_row], std::get<Values>(right.values)[right_row],
                              tolerance);
      },
      left.values);
}

BreakKind kind_of_words(std::int64_t left, std::int64_t right) noexcept {
  if (left == kNullWord) {
    return BreakKind::kNanLeft;
  }
  return right == kNullWord ? BreakKind::kNanRight : BreakKind::kValue;
}

bool is_within_words(const Tolerance& tolerance, ColumnType type, std::int64_t left,
                     std::int64_t right) noexcept {
  if (left == kNullWord || right == kNullWord) {
    return false;
  }
  if (type == ColumnType::kInt64) {
    return is_within(tolerance, left, right);
  }
  return type == ColumnType::kTimestamp && is_within(tolerance, Timestamp{left}, Timestamp{right});
}

Distance distance_of_words(ColumnType type, std::int64_t left, std::int64_t right) noexcept {
  const bool numbers = type == ColumnType::kInt64 && left != kNullWord && right != kNullWord;
  return numbers ? distance_of(left, right) : no_distance();
}

Distance distance_of_node_cells(ColumnType type, double left, double right) noexcept {
  return type == ColumnType::kFloat64 ? distance_of(left, right)
                                      : distance_of_words(type, word_of(left), word_of(right));
}

std::string node_cell_text(double cell, ColumnType type, const StringPool* pool) {
  if (type == ColumnType::kFloat64) {
    return format_double(cell);
  }
  const std::int64_t word = word_of(cell);
  if (word == kNullWord) {
    return "(null)";
  }
  switch (type) {
    case ColumnType::kBool:
      return word == 0 ? "false" : "true";
    case ColumnType::kTimestamp:
      return to_iso(Timestamp{word});
    case ColumnType::kString:
      TIEOUT_ASSERT(pool != nullptr);
      return std::string(pool->text(word));
    case ColumnType::kInt64:
    case ColumnType::kFloat64:
      break;
  }
  return std::to_string(word);
}

}  // namespace tieout::recon
