#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/time.hpp"
#include "tieout/frames/frame.hpp"

// The reference's own rule for comparing frames (docs/formats/reference_profile.md), kept so that
// its verdicts can be reproduced, together with what that rule does not see.
namespace tieout::reference {

/// The arguments of the reference's compare_dfs, with its names and defaults. The modes are texts,
/// because an unknown one is an outcome of the reference too.
struct CompareDfsOptions {
  std::string row_mode = "equal";     // or "inner": the common rows
  std::string column_mode = "equal";  // or "inner": the common columns, sorted
  std::string diff_mode = "diff";     // or "pct_change": 100 * (l - r) / |r|, percent
  /// pct_change only: largest |percent| that passes; none: nothing is asserted.
  std::optional<double> assert_diff_threshold = 1e-3;
  double close_to_zero_threshold = 1e-6;  // smaller magnitudes are rounded to a whole number
  bool zero_vs_zero_is_zero = true;
  bool remove_inf = true;     // infinite differences become NaN
  bool compare_nans = false;  // accepted and never read, as in the reference
  bool only_warning = true;   // differences warn, they do not raise
};

/// The arguments of its subset_multiindex_df. Nothing given: nothing is left out.
struct SubsetOptions {
  std::optional<Timestamp> start_timestamp, end_timestamp;  // closed on both ends
  std::optional<std::vector<std::string>> columns_level0, columns_level1;
  bool keep_order = false;  // keep the frame's order of columns_*, not that of the list

  bool any() const noexcept {
    return start_timestamp || end_timestamp || columns_level0 || columns_level1;
  }
};

/// What the reference would have raised.
struct Raised {
  enum class Cause { kDifference, kArgument };

  std::string type;     // "AssertionError", "ValueError", "RuntimeError", ...
  std::string message;  // with the frame of '#' where the reference prints one
  Cause cause = Cause::kDifference;
};

/// What the rule does not see in this very data: pairs of cells that are not equal and that cannot
/// fail, and what was not looked at.
struct HiddenByProfile {
  std::uint64_t value_against_zero = 0;  // x against 0: infinite percent, dropped by remove_inf
  std::uint64_t nan_against_value = 0;   // a NaN on one side only
  std::uint64_t infinities = 0;          // an infinity on at least one side, difference dropped
  std::uint64_t rounded_to_zero = 0;     // both below close_to_zero_threshold, and not equal
  std::uint64_t tolerated = 0;           // not equal, and below the threshold or rtol/atol
  std::uint64_t not_asserted = 0;        // beyond what was asserted, or nothing is asserted
  std::uint64_t cells_not_compared = 0;  // of columns_not_compared, that are not equal
  std::vector<std::string> columns_not_compared;  // neither float nor integer, or not selected
  std::uint64_t rows_left_only = 0, rows_right_only = 0;
  std::vector<std::string> columns_left_only, columns_right_only;
  std::vector<std::string> notes;  // whole parts: bars or nodes that were never looked at

  bool any() const noexcept;
  HiddenByProfile& operator+=(const HiddenByProfile& other);
};

/// The same in words, one sentence each; none when nothing is hidden.
std::vector<std::string> to_sentences(const HiddenByProfile& hidden);

/// What came of one comparison.
struct DfsComparison {
  std::optional<Raised> raised;
  std::vector<std::string> warnings;  // texts that the reference logs as warnings
  std::vector<std::string> messages;  // what it logs besides
  frames::Frame diff;                 // empty when raised
  /// max |diff|, NaN ignored; NaN when there is no number at all.
  double max_abs_diff = std::numeric_limits<double>::quiet_NaN();
  HiddenByProfile hidden;
};

/// Compare two frames as the reference's helpers.hpandas.compare_dfs does under pandas 1.5.3.
///
/// Rule:    docs/formats/reference_profile.md. The inputs are never changed (the reference rounds
///          them in place). Columns that are neither float64 nor int64 make the reference raise a
///          TypeError, so that its callers leave them out; they are left out here and are part of
///          what is hidden. An int64 column with nulls is a float64 column with NaN, as pandas
///          reads it.
/// Returns: what the reference returns, warns of, or raises; a difference is never an Error.
/// Cost:    O(cells), and O(rows log rows) when the row labels differ in order.
/// Source:  dataflow 4.2; goldens compare/cmp_*.
DfsComparison compare_dfs(const frames::Frame& left, const frames::Frame& right,
                          const CompareDfsOptions& options);

/// compare_multiindex_dfs: both frames are cut to the rows and columns first (two column levels).
DfsComparison compare_multiindex_dfs(const frames::Frame& left, const frames::Frame& right,
                                     const SubsetOptions& subset, const CompareDfsOptions& options);

/// pandas' select_dtypes("float"): what the reference compares of node outputs.
frames::Frame select_float_columns(const frames::Frame& frame);

/// What select_float_columns() leaves out of either frame.
HiddenByProfile hidden_by_float_selection(const frames::Frame& left, const frames::Frame& right);

/// Make labels "close|101" of a flat header two levels, when all are of that form with the same
/// number of bars; else nothing changes.
void split_levels(frames::Frame& frame);

/// One label of an index as pandas prints it: timestamps in the frame's zone with offset.
std::string index_text(const frames::Frame& frame, std::size_t row);
/// An instant in a frame's zone ("America/New_York", "-04:00", "" is UTC).
std::string to_zone_iso(Timestamp t, std::string_view zone);

}  // namespace tieout::reference
