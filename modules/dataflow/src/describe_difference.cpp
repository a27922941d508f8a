#include "describe_difference.hpp"

#include <string>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

namespace tieout::dataflow {
namespace {

std::string rows(std::int64_t count) {
  return fmt::format("{} {}", count, count == 1 ? "row" : "rows");
}

std::string what_it_does(const NodeCheck& check) {
  const double ahead_s = to_seconds(check.horizon);
  switch (check.suspicion) {
    case Suspicion::kNegativeShift:
      return fmt::format("it shows values of {} ahead ({} s): a negative shift",
                         rows(check.rows_ahead), ahead_s);
    case Suspicion::kReadsAhead:
      return fmt::format("it reads up to {} ahead ({} s)", rows(check.rows_ahead), ahead_s);
    case Suspicion::kCentredWindow:
      return fmt::format("it reads {} back and as many ahead ({} s): a centred window",
                         rows(check.rows_back), ahead_s);
    case Suspicion::kWholeWindow:
      return fmt::format(
          "it reads from the first row of its window to the last ({} s ahead): a normalisation "
          "over the whole window",
          ahead_s);
    case Suspicion::kBackFill:
      return fmt::format(
          "where its own input is missing it takes values of {} ahead ({} s): back-filling",
          rows(check.rows_ahead), ahead_s);
    case Suspicion::kLabelledEarly:
      return fmt::format("it holds data of up to {} s after its label: labelled early", ahead_s);
    case Suspicion::kLabelledLate:
      return fmt::format("it is labelled {} s later than what it holds: labelled late", ahead_s);
    case Suspicion::kBeyondLookback:
      return fmt::format("it reads {} back, more than its lookback declares",
                         rows(check.rows_back));
    case Suspicion::kRowGrouping:
      return "it depends on which rows are computed together, as a running sum does";
    case Suspicion::kNotRepeatable:
      return "computed twice from the same rows it differs: it has a memory, or reads a clock or "
             "a random number";
    default:
      return "it depends on something that changing single rows did not show";
  }
}

std::string name_of(const ColumnKey& column, const Universe& universe) {
  return universe.contains(column.asset)
             ? fmt::format("{} of {}", column.field, universe.symbol_of(column.asset))
             : to_string(column);
}

}  // namespace

std::string_view to_string(Suspicion suspicion) noexcept {
  switch (suspicion) {
    case Suspicion::kNone:
      return "none";
    case Suspicion::kNegativeShift:
      return "negative_shift";
    case Suspicion::kReadsAhead:
      return "reads_ahead";
    case Suspicion::kCentredWindow:
      return "centred_window";
    case Suspicion::kWholeWindow:
      return "whole_window";
    case Suspicion::kBackFill:
      return "back_fill";
    case Suspicion::kLabelledEarly:
      return "labelled_early";
    case Suspicion::kLabelledLate:
      return "labelled_late";
    case Suspicion::kBeyondLookback:
      return "beyond_lookback";
    case Suspicion::kRowGrouping:
      return "row_grouping";
    case Suspicion::kNotRepeatable:
      return "not_repeatable";
    case Suspicion::kUnknown:
      break;
  }
  return "unknown";
}

std::string_view check_id(Suspicion suspicion) noexcept {
  switch (suspicion) {
    case Suspicion::kBeyondLookback:
    case Suspicion::kRowGrouping:
    case Suspicion::kNotRepeatable:
    case Suspicion::kUnknown:
      return "C203";
    default:
      return "C205";
  }
}

std::string_view to_string(NodeOutcome outcome) noexcept {
  switch (outcome) {
    case NodeOutcome::kClean:
      return "clean";
    case NodeOutcome::kViolates:
      return "VIOLATES";
    case NodeOutcome::kInherits:
      return "inherits";
    case NodeOutcome::kNotChecked:
      break;
  }
  return "not checked";
}

void describe_difference(NodeCheck& check, const Universe& universe) {
  const PrefixDifference& first = check.differences.front();
  if (check.suspicion == Suspicion::kLabelledEarly || check.suspicion == Suspicion::kLabelledLate) {
    check.sentence = fmt::format("the row {} appears at bar {}: {}", to_iso(first.row),
                                 to_iso(first.known), what_it_does(check));
    return;
  }
  check.sentence =
      fmt::format("bar {}, row {}, {}: {} when the bar was the last, {} with the data up to {}; {}",
                  to_iso(first.bar), to_iso(first.row), name_of(first.column, universe),
                  format_double(first.at_bar), format_double(first.later), to_iso(first.known),
                  what_it_does(check));
}

}  // namespace tieout::dataflow
