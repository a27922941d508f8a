#include "profile_flags.hpp"

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

namespace tieout::cli {
namespace {

/// "a,b" is two names, and the flag may be given more than once.
std::optional<std::vector<std::string>> names(const std::vector<std::string>& given) {
  if (given.empty()) {
    return std::nullopt;
  }
  std::vector<std::string> all;
  for (const std::string& text : given) {
    std::size_t from = 0;
    while (from <= text.size()) {
      const std::size_t comma = std::min(text.find(',', from), text.size());
      all.push_back(text.substr(from, comma - from));
      from = comma + 1;
    }
  }
  return all;
}

Flag negatable(std::string name, bool* target, std::string help) {
  return {std::move(name), target, std::move(help), Need::kOptional, "", {}, true};
}

}  // namespace

void ProfileFlags::add_compare_flags(std::vector<Flag>& flags) {
  flags.push_back({"--profile",
                   &profile,
                   "Compare by the rules of another system, with what they hide said in words; "
                   "without it every cell must be equal",
                   Need::kOptional,
                   "NAME",
                   {"reference"}});
  flags.push_back({"--diff-mode", &diff_mode,
                   "profile: diff (absolute) or pct_change (percent of the right side)",
                   Need::kOptional, "MODE"});
  flags.push_back({"--row-mode", &row_mode, "profile: equal rows, or inner: the common ones",
                   Need::kOptional, "MODE"});
  flags.push_back({"--column-mode", &column_mode,
                   "profile: equal columns, or inner: the common ones", Need::kOptional, "MODE"});
  flags.push_back({"--assert-diff-threshold", &assert_diff_threshold,
                   "profile, pct_change: largest percentage that passes, 0 to 1, or none",
                   Need::kOptional, "PERCENT"});
  flags.push_back({"--close-to-zero-threshold", &close_to_zero_threshold,
                   "profile: smaller magnitudes are rounded to zero", Need::kOptional, "X"});
  flags.push_back(negatable("--zero-vs-zero-is-zero", &zero_vs_zero_is_zero,
                            "profile, pct_change: 0 against 0 is 0, not NaN"));
  flags.push_back(
      negatable("--remove-inf", &remove_inf, "profile: infinite differences become NaN"));
  flags.push_back(negatable("--compare-nans", &compare_nans,
                            "profile: accepted and without effect, as in the reference"));
  flags.push_back(
      negatable("--only-warning", &only_warning, "profile: differences warn and do not fail"));
  flags.push_back({"--log-level", &log_level, "profile: accepted and without effect",
                   Need::kOptional, "LEVEL"});
}

void ProfileFlags::add_subset_flags(std::vector<Flag>& flags) {
  flags.push_back({"--start-timestamp", &start_timestamp,
                   "profile, two column levels: first row, ISO with offset", Need::kOptional,
                   "TS"});
  flags.push_back({"--end-timestamp", &end_timestamp,
                   "profile, two column levels: last row, ISO with offset", Need::kOptional, "TS"});
  flags.push_back({"--columns-level0", &columns_level0,
                   "profile, two column levels: fields to keep, separated by commas",
                   Need::kOptional, "NAMES"});
  flags.push_back({"--columns-level1", &columns_level1,
                   "profile, two column levels: assets to keep, separated by commas",
                   Need::kOptional, "NAMES"});
  flags.push_back(negatable("--keep-order", &keep_order,
                            "profile, two column levels: columns in the frame's order"));
}

Result<double> number(std::string_view command, std::string_view flag, const std::string& text) {
  const auto value = parse_double(text);
  if (!value) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("{}: {} is '{}', it must be a number", command, flag, text)};
  }
  return *value;
}

Result<std::optional<double>> optional_number(std::string_view command, std::string_view flag,
                                              const std::string& text) {
  if (text == "none" || text == "None" || text == "null") {
    return std::optional<double>{};
  }
  const auto value = parse_double(text);
  if (!value) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("{}: {} is '{}', it must be a number or none", command, flag, text)};
  }
  return std::optional<double>(*value);
}

Result<reference::CompareDfsOptions> ProfileFlags::compare_options(std::string_view command) const {
  reference::CompareDfsOptions options;
  options.row_mode = row_mode;
  options.column_mode = column_mode;
  options.diff_mode = diff_mode;
  TIEOUT_TRY(options.assert_diff_threshold,
             optional_number(command, "--assert-diff-threshold", assert_diff_threshold));
  TIEOUT_TRY(options.close_to_zero_threshold,
             number(command, "--close-to-zero-threshold", close_to_zero_threshold));
  options.zero_vs_zero_is_zero = zero_vs_zero_is_zero;
  options.remove_inf = remove_inf;
  options.compare_nans = compare_nans;
  options.only_warning = only_warning;
  return options;
}

Result<reference::SubsetOptions> ProfileFlags::subset_options() const {
  reference::SubsetOptions options;
  if (!start_timestamp.empty()) {
    TIEOUT_TRY(options.start_timestamp, parse_iso(start_timestamp));
  }
  if (!end_timestamp.empty()) {
    TIEOUT_TRY(options.end_timestamp, parse_iso(end_timestamp));
  }
  options.columns_level0 = names(columns_level0);
  options.columns_level1 = names(columns_level1);
  options.keep_order = keep_order;
  return options;
}

}  // namespace tieout::cli
