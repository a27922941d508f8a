#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "profile_dag_support.hpp"
#include "profile_text.hpp"

namespace tieout::reference {
namespace {

std::vector<std::string> texts_of(const std::vector<BarStamp>& bars) {
  std::vector<std::string> texts;
  for (const BarStamp& bar : bars) {
    texts.push_back(bar.text);
  }
  return texts;
}

/// Largest |difference| by group, a group without a number kept as NaN.
class Groups {
 public:
  void add(const std::string& key, double value) {
    const auto [found, is_new] = max_.try_emplace(key, std::fabs(value));
    if (!is_new && !(std::fabs(value) <= found->second) && !std::isnan(value)) {
      found->second = std::fabs(value);
    }
  }
  std::vector<DiffStat> stats() const {
    std::vector<DiffStat> stats;
    for (const auto& [key, value] : max_) {
      stats.push_back({key, value});
    }
    return stats;
  }

 private:
  std::map<std::string, double> max_;
};

const double* number_at(const frames::FrameColumn& column, std::size_t row, double& store) {
  if (const auto* numbers = std::get_if<std::vector<double>>(&column.values)) {
    store = (*numbers)[row];
  } else {
    store = static_cast<double>(std::get<std::vector<std::int64_t>>(column.values)[row]);
  }
  return &store;
}

}  // namespace

Result<DiffStats> compute_dag_output_diff_stats(const fs::path& left_path,
                                                const fs::path& right_path,
                                                const std::string& level,
                                                const std::optional<std::string>& node,
                                                const std::optional<std::string>& bar_timestamp,
                                                const CompareDfsOptions& options) {
  DiffStats out;
  const std::set<std::string> levels{"node", "bar_timestamp", "time", "column", "asset_id"};
  if (levels.count(level) == 0) {
    out.raised = Raised{"ValueError", fmt::format("Invalid aggregation_level='{}'", level),
                        Raised::Cause::kArgument};
    return out;
  }
  const bool needs_bar = level != "node" && level != "bar_timestamp";
  if ((level != "node" && !node) || (needs_bar && !bar_timestamp)) {
    out.raised = assertion_error(
        fmt::format("Instance of 'None' is '<class 'NoneType'>' instead of '<class '{}'>'",
                    level != "node" && !node ? "str" : "pandas._libs.tslibs.timestamps.Timestamp"),
        fmt::format("aggregation_level={} needs {}", level,
                    level != "node" && !node ? "node" : "bar_timestamp"),
        Raised::Cause::kArgument);
    return out;
  }
  std::optional<Timestamp> wanted_bar;
  if (needs_bar) {
    TIEOUT_TRY(const BarStamp bar, parse_bar(*bar_timestamp));
    wanted_bar = bar.time;
  }
  const NodeDir left(left_path);
  const NodeDir right(right_path);
  TIEOUT_TRY(Selection selection, select_nodes(left, right, "all"));
  if (selection.raised) {
    out.raised = std::move(selection.raised);
    return out;
  }
  Groups groups;
  std::map<Timestamp, std::string> all_times;  // of every frame: the reference joins them all
  std::map<Timestamp, double> by_time;
  bool found = level == "node";
  for (const std::string& name : selection.nodes) {
    TIEOUT_NODE_TRY(const std::vector<BarStamp> bars, out, left.bars(name));
    TIEOUT_NODE_TRY(const std::vector<BarStamp> right_bars, out, right.bars(name));
    out.raised = assert_set_equal(texts_of(bars), texts_of(right_bars));
    if (out.raised) {
      return out;
    }
    for (const BarStamp& bar : bars) {
      TIEOUT_NODE_TRY(const frames::Frame left_frame, out, left.read(name, bar));
      TIEOUT_NODE_TRY(const frames::Frame right_frame, out, right.read(name, bar));
      DfsComparison comparison = compare_floats(left_frame, right_frame, options);
      append(out.warnings, comparison.warnings);
      out.hidden += comparison.hidden;
      if (comparison.raised) {
        out.raised = std::move(comparison.raised);
        return out;
      }
      const auto& times = times_of(comparison.diff);
      for (std::size_t row = 0; row < times.size(); ++row) {
        all_times.try_emplace(times[row], index_text(comparison.diff, row));
      }
      const bool chosen = level == "node" ||
                          (name == *node && (!wanted_bar || *wanted_bar == bar.time));
      if (!chosen) {
        continue;
      }
      found = true;
      out.key_name = level == "time" && !comparison.diff.index->label.empty()
                         ? comparison.diff.index->label.front()
                         : (level == "bar_timestamp" ? "timestamp" : "index");
      for (const frames::FrameColumn& column : comparison.diff.columns) {
        const std::size_t depth = level == "asset_id" ? 1 : 0;
        if (level == "asset_id" && column.label.size() < 2) {
          out.raised = Raised{"IndexError", "Too many levels: Index has only 1 level, not 2",
                              Raised::Cause::kArgument};
          return out;
        }
        for (std::size_t row = 0; row < column.size(); ++row) {
          double value = 0;
          number_at(column, row, value);
          if (level == "time") {
            auto& largest = by_time.try_emplace(times[row], std::nan("")).first->second;
            if (!(std::fabs(value) <= largest) && !std::isnan(value)) {
              largest = std::fabs(value);
            }
          } else {
            groups.add(level == "node"            ? name
                       : level == "bar_timestamp" ? bar.text
                                                  : column.label[depth],
                       value);
          }
        }
      }
    }
  }
  if (!found) {
    out.raised = Raised{"KeyError", fmt::format("'{}'", needs_bar ? *bar_timestamp : *node),
                        Raised::Cause::kArgument};
    return out;
  }
  if (level != "time") {
    out.stats = groups.stats();
    return out;
  }
  for (const auto& [time, text] : all_times) {
    const auto at = by_time.find(time);
    out.stats.push_back({text, at == by_time.end() ? std::nan("") : at->second});
  }
  return out;
}

}  // namespace tieout::reference
