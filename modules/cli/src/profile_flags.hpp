#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tieout/cli/flags.hpp"
#include "tieout/reference/profile.hpp"

namespace tieout::cli {

/// The arguments of the reference's comparison as flags: its keyword names with dashes.
struct ProfileFlags {
  std::string profile;  // "", or "reference"
  std::string row_mode = "equal", column_mode = "equal", diff_mode = "diff";
  std::string assert_diff_threshold = "0.001";
  std::string close_to_zero_threshold = "1e-06";
  bool zero_vs_zero_is_zero = true, remove_inf = true, compare_nans = false, only_warning = true;
  std::string log_level = "DEBUG";
  std::string start_timestamp, end_timestamp;
  std::vector<std::string> columns_level0, columns_level1;
  bool keep_order = false;

  bool is_reference() const noexcept { return profile == "reference"; }

  /// --profile and the arguments of compare_dfs.
  void add_compare_flags(std::vector<Flag>& flags);
  /// The arguments of subset_multiindex_df.
  void add_subset_flags(std::vector<Flag>& flags);

  /// Errors: kInvalidArgument for a threshold that is no number. Modes are judged by the profile.
  Result<reference::CompareDfsOptions> compare_options(std::string_view command) const;
  /// Errors: kMalformedTimestamp.
  Result<reference::SubsetOptions> subset_options() const;
};

/// A number as Python writes one; nothing for "none", "None" and "null". Errors: kInvalidArgument.
Result<std::optional<double>> optional_number(std::string_view command, std::string_view flag,
                                              const std::string& text);
/// Errors: kInvalidArgument.
Result<double> number(std::string_view command, std::string_view flag, const std::string& text);

}  // namespace tieout::cli
