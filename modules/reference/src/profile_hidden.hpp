#pragma once

#include <utility>
#include <vector>

#include "tieout/frames/frame.hpp"
#include "tieout/reference/profile.hpp"

namespace tieout::reference {

/// A row of the left frame and the row of the right frame that it is compared with.
using RowPair = std::pair<std::size_t, std::size_t>;

/// math.isclose with the tolerances of pandas' assert_frame_equal; a NaN is close to a NaN.
bool is_close(double left, double right) noexcept;

/// Count a pair of cells, as they were before rounding, that is not equal and that the rule does
/// not see. `diff` is the cell of the frame of differences.
void count_hidden_cell(double left, double right, double diff, const CompareDfsOptions& options,
                       HiddenByProfile& hidden) noexcept;

/// Name the columns of either frame that `is_compared` leaves out, and count their unequal cells.
void note_columns_left_out(const frames::Frame& left, const frames::Frame& right,
                           bool (*is_compared)(const frames::FrameColumn&),
                           HiddenByProfile& hidden);

/// Columns that pandas has as float64: also whole numbers with a null among them.
bool is_float_column(const frames::FrameColumn& column);

}  // namespace tieout::reference
