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
  texts.reserve(bars.size());
  for (const BarStamp& bar : bars) {
    texts.push_back(bar.text);
  }
  return texts;
}

/// Largest |difference| by key; a key without a number stays, with NaN.
template <typename Key>
class Largest {
 public:
  void add(const Key& key, double value) {
    double& largest = max_.try_emplace(key, std::nan("")).first->second;
    if (!(std::fabs(value) <= largest) && !std::isnan(value)) {
      largest = std::fabs(value);
    }
  }
  const std::map<Key, double>& groups() const noexcept { return max_; }

 private:
  std::map<Key, double> max_;
};

double number_at(const frames::FrameColumn& column, std::size_t row) {
  if (const auto* numbers = std::get_if<std::vector<double>>(&column.values)) {
    return (*numbers)[row];
  }
  return static_cast<double>(std::get<std::vector<std::int64_t>>(column.values)[row]);
}

/// What to group by, and of which frames.
struct Grouping {
  std::string level;
  std::optional<std::string> node;
  std::optional<Timestamp> bar;

  bool chooses(const std::string& name, const BarStamp& at) const {
    return (!node || name == *node) && (!bar || at.time == *bar);
  }
};

/// Gathers the groups frame by frame.
class Gatherer {
 public:
  explicit Gatherer(const Grouping& grouping) : grouping_(grouping) {}

  std::optional<Raised> add(const std::string& node, const BarStamp& bar,
                            const frames::Frame& diff) {
    const auto& times = times_of(diff);
    for (std::size_t row = 0; row < times.size(); ++row) {
      // The reference joins all frames, so that every time of any frame is a row.
      times_.try_emplace(times[row], index_text(diff, row));
    }
    if (!grouping_.chooses(node, bar)) {
      return std::nullopt;
    }
    found_ = true;
    index_name_ = diff.index->label.empty() ? "" : diff.index->label.front();
    for (const frames::FrameColumn& column : diff.columns) {
      if (grouping_.level == "asset_id" && column.label.size() < 2) {
        return Raised{"IndexError", "Too many levels: Index has only 1 level, not 2",
                      Raised::Cause::kArgument};
      }
      const std::string key = key_of(node, bar, column);
      for (std::size_t row = 0; row < column.size(); ++row) {
        const double value = number_at(column, row);
        if (grouping_.level == "time") {
          by_time_.add(times[row], value);
        } else {
          by_key_.add(key, value);
        }
      }
    }
    return std::nullopt;
  }

  bool found() const noexcept { return found_; }
  void finish(DiffStats& out) const {
    if (grouping_.level != "time") {
      out.key_name = grouping_.level == "bar_timestamp" ? "timestamp" : "index";
      for (const auto& [key, value] : by_key_.groups()) {
        out.stats.push_back({key, value});
      }
      return;
    }
    out.key_name = index_name_;
    for (const auto& [time, text] : times_) {
      const auto at = by_time_.groups().find(time);
      out.stats.push_back({text, at == by_time_.groups().end() ? std::nan("") : at->second});
    }
  }

 private:
  std::string key_of(const std::string& node, const BarStamp& bar,
                     const frames::FrameColumn& column) const {
    if (grouping_.level == "node") {
      return node;
    }
    if (grouping_.level == "bar_timestamp") {
      return bar.text;
    }
    return grouping_.level == "asset_id" ? column.label[1] : column.label.front();
  }

  const Grouping& grouping_;
  bool found_ = false;
  std::string index_name_;
  std::map<Timestamp, std::string> times_;
  Largest<Timestamp> by_time_;
  Largest<std::string> by_key_;
};

/// The checks of compute_dag_output_diff_stats' arguments.
std::optional<Raised> check_arguments(const std::string& level, bool has_node, bool has_bar) {
  const std::set<std::string> levels{"node", "bar_timestamp", "time", "column", "asset_id"};
  if (levels.count(level) == 0) {
    return Raised{"ValueError", fmt::format("Invalid aggregation_level='{}'", level),
                  Raised::Cause::kArgument};
  }
  const bool needs_node = level != "node";
  const bool needs_bar = needs_node && level != "bar_timestamp";
  if (needs_node && !has_node) {
    return assertion_error("Instance of 'None' is '<class 'NoneType'>' instead of '<class 'str'>'",
                           fmt::format("aggregation_level={} needs node_name", level),
                           Raised::Cause::kArgument);
  }
  if (needs_bar && !has_bar) {
    return assertion_error(
        "Type of 'None' is '<class 'NoneType'>' instead of '<class "
        "'pandas._libs.tslibs.timestamps.Timestamp'>'",
        fmt::format("aggregation_level={} needs bar_timestamp", level), Raised::Cause::kArgument);
  }
  return std::nullopt;
}

/// Compare all bars of one node; false when something was raised.
Result<bool> gather_node(const NodeDir& left, const NodeDir& right, const std::string& node,
                         const CompareDfsOptions& options, Gatherer& gatherer, DiffStats& stats) {
  const auto failed = [&stats](auto& failure) -> Result<bool> {
    if (auto* raised = std::get_if<1>(&failure)) {
      stats.raised = std::move(*raised);
      return false;
    }
    return std::move(std::get<2>(failure));
  };
  auto left_bars = left.bars(node);
  if (left_bars.index() != 0) {
    return failed(left_bars);
  }
  auto right_bars = right.bars(node);
  if (right_bars.index() != 0) {
    return failed(right_bars);
  }
  stats.raised =
      assert_set_equal(texts_of(std::get<0>(left_bars)), texts_of(std::get<0>(right_bars)));
  for (const BarStamp& bar : std::get<0>(left_bars)) {
    if (stats.raised) {
      return false;
    }
    auto left_frame = left.read(node, bar);
    if (left_frame.index() != 0) {
      return failed(left_frame);
    }
    auto right_frame = right.read(node, bar);
    if (right_frame.index() != 0) {
      return failed(right_frame);
    }
    DfsComparison comparison =
        compare_floats(std::get<0>(left_frame), std::get<0>(right_frame), options);
    append(stats.warnings, comparison.warnings);
    stats.hidden += comparison.hidden;
    stats.raised =
        comparison.raised ? std::move(comparison.raised) : gatherer.add(node, bar, comparison.diff);
  }
  return !stats.raised;
}

}  // namespace

Result<DiffStats> compute_dag_output_diff_stats(const fs::path& left_path,
                                                const fs::path& right_path,
                                                const std::string& level,
                                                const std::optional<std::string>& node,
                                                const std::optional<std::string>& bar_timestamp,
                                                const CompareDfsOptions& options) {
  DiffStats out;
  out.raised = check_arguments(level, node.has_value(), bar_timestamp.has_value());
  if (out.raised) {
    return out;
  }
  Grouping grouping{level, level == "node" ? std::nullopt : node, std::nullopt};
  if (level != "node" && level != "bar_timestamp") {
    TIEOUT_TRY(const BarStamp bar, parse_bar(*bar_timestamp));
    grouping.bar = bar.time;
  }
  const NodeDir left(left_path);
  const NodeDir right(right_path);
  TIEOUT_TRY(Selection selection, select_nodes(left, right, "all"));
  out.raised = std::move(selection.raised);
  Gatherer gatherer(grouping);
  for (const std::string& name : selection.nodes) {
    if (out.raised) {
      return out;
    }
    TIEOUT_TRY(const bool ok, gather_node(left, right, name, options, gatherer, out));
    if (!ok) {
      return out;
    }
  }
  if (out.raised) {
    return out;
  }
  if (!gatherer.found()) {
    out.raised = Raised{"KeyError", fmt::format("'{}'", grouping.bar ? *bar_timestamp : *node),
                        Raised::Cause::kArgument};
    return out;
  }
  gatherer.finish(out);
  return out;
}

}  // namespace tieout::reference
