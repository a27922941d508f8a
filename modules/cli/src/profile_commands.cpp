#include "profile_commands.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "tieout/reference/profile_dag.hpp"

#include "profile_render.hpp"

namespace tieout::cli {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> split_commas(const std::vector<std::string>& given) {
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

std::optional<std::string> unless_all(const std::string& text) {
  return text == "all" ? std::nullopt : std::optional(text);
}

Result<int> print_stats(Session& session, const fs::path& prod, const fs::path& sim,
                        const DagProfileFlags& flags, const reference::CompareDfsOptions& options,
                        bool as_json) {
  StatsReport stats_report(as_json);
  for (const std::string& level : split_commas(flags.aggregation_level)) {
    TIEOUT_TRY(const reference::DiffStats stats, reference::compute_dag_output_diff_stats(
                                                     prod, sim, level, unless_all(flags.node_name),
                                                     unless_all(flags.bar_timestamp), options));
    if (stats.raised) {
      const reference::DagComparison failed{stats.raised, false, 0, stats.warnings, stats.hidden};
      return DagReport(as_json).print(session, "compare", "compute_dag_output_diff_stats", failed);
    }
    stats_report.add(level, stats);
  }
  stats_report.print(session);
  return 0;
}

}  // namespace

void DagProfileFlags::add_flags(std::vector<Flag>& flags) {
  add_compare_flags(flags);
  flags.push_back(
      {"--node", &node_name, "profile: node to compare, or all", Need::kOptional, "NAME"});
  flags.push_back({"--bar", &bar_timestamp, "profile: bar to compare, ISO with offset, or all",
                   Need::kOptional, "TS"});
  // The keyword names of the reference.
  flags.push_back({"--node-name", &node_name, "profile: as --node", Need::kOptional, "NAME"});
  flags.push_back({"--bar-timestamp", &bar_timestamp, "profile: as --bar", Need::kOptional, "TS"});
  flags.push_back({"--diff-threshold", &diff_threshold,
                   "profile: largest |difference| that passes, in the unit of --diff-mode",
                   Need::kOptional, "X"});
  flags.push_back({"--aggregation-level", &aggregation_level,
                   "profile: print the largest |differences| by node, bar_timestamp, time, column "
                   "or asset_id instead of judging",
                   Need::kOptional, "LEVELS"});
}

Result<int> compare_by_profile(Session& session, const std::string& prod, const std::string& sim,
                               const DagProfileFlags& flags, bool as_json) {
  reference::DagCompareOptions options;
  options.node_name = flags.node_name;
  options.bar_timestamp = flags.bar_timestamp;
  TIEOUT_TRY(options.diff_threshold, number("compare", "--diff-threshold", flags.diff_threshold));
  TIEOUT_TRY(options.compare, flags.compare_options("compare"));
  const fs::path prod_dir = reference::node_data_dir(prod);
  const fs::path sim_dir = reference::node_data_dir(sim);
  if (!flags.aggregation_level.empty()) {
    return print_stats(session, prod_dir, sim_dir, flags, options.compare, as_json);
  }
  DagReport dag_report(as_json);
  TIEOUT_TRY(const reference::DagComparison comparison,
             reference::compare_dag_outputs(
                 prod_dir, sim_dir, options,
                 [&](const reference::DagBarDiff& bar) { dag_report.add(bar); }));
  return dag_report.print(session, "compare", "compare_dag_outputs", comparison);
}

}  // namespace tieout::cli
