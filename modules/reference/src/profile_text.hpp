#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/frames/frame.hpp"
#include "tieout/reference/profile.hpp"

namespace tieout::reference {

/// The text of a failed assertion: "* Failed assertion *", the condition, the message.
std::string assertion_text(std::string_view condition, std::string_view message);

/// An AssertionError: its text between two lines of 80 '#'.
Raised assertion_error(std::string_view condition, std::string_view message,
                       Raised::Cause cause = Raised::Cause::kDifference);

/// Warn or raise, as `only_warning` asks for.
void fail_or_warn(std::string_view condition, std::string_view message, bool only_warning,
                  DfsComparison& out);

/// repr() of a column label: 'a', or ('close', 101) where a level holds whole numbers.
std::string label_repr(const frames::ColumnLabel& label, std::span<const char> numeric_levels);

/// repr() of a pandas index with these labels: rows of the frame's index, or a range of numbers.
std::string index_repr(const frames::Frame& frame, std::span<const std::size_t> rows);

/// The first and last three rows as a table. Numbers have six significant digits; pandas' own
/// choice of decimals is not followed.
std::string frame_text(const frames::Frame& frame, std::span<const std::size_t> rows,
                       std::span<const std::size_t> columns);

}  // namespace tieout::reference
