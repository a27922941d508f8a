#include "checks_windows.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cell.hpp"
#include "check_log.hpp"
#include "reach.hpp"
#include "run_pair.hpp"

namespace tieout::recon {
namespace {

using runlog::RunSource;

bool is_float(const runlog::NodeInfo& node, std::size_t column) {
  return node.types.empty() || node.types[column] == ColumnType::kFloat64;
}

/// The first row at which each asset has a number in any column of the source.
std::map<AssetId, Timestamp> first_rows(const runlog::NodeInfo& node, const Panel& window) {
  std::map<AssetId, Timestamp> first;
  for (std::size_t c = 0; c < window.column_count(); ++c) {
    for (std::size_t r = 0; r < window.row_count() && is_float(node, c); ++r) {
      if (!std::isnan(window.at(r, c))) {
        const auto [entry, is_new] = first.try_emplace(node.columns[c].asset, window.index()[r]);
        entry->second = std::min(entry->second, window.index()[r]);
        break;
      }
    }
  }
  return first;
}

/// The row of `window` that has `rows` rows of it, from the first at or after `from`, behind it.
std::optional<Timestamp> later_row(const Panel& window, Timestamp from, std::size_t rows) {
  const std::size_t row = window.lower_bound(from) + rows;
  return row < window.row_count() ? std::optional(window.index()[row]) : std::nullopt;
}

/// Cells that agree when the rows of `left` are held against those of `right` `lag` rows later.
std::uint64_t equal_cells(const Panel& left, const Panel& right, int lag) {
  std::uint64_t equal = 0;
  for (std::size_t c = 0; c < left.column_count(); ++c) {
    const auto column = right.find_column(left.columns()[c]);
    for (std::size_t r = 0; column && r < left.row_count(); ++r) {
      const auto other = right.find_row(left.index()[r]);
      if (!other) {
        continue;
      }
      const auto at = static_cast<std::int64_t>(*other) + lag;
      if (at >= 0 && at < static_cast<std::int64_t>(right.row_count())) {
        const double value = left.at(r, c);
        equal +=
            value == value && same_cell(value, right.at(static_cast<std::size_t>(at), *column));
      }
    }
  }
  return equal;
}

}  // namespace

Status check_warm_up(const RunSource& run, const std::string& name, CheckReport& out) {
  CheckLog check(out, "C204", name);
  const auto& nodes = run.manifest().nodes;
  if (run.bars().empty() || !run.has_journal()) {
    check.skip("the log declares no lookbacks");
    return {};
  }
  std::vector<Panel> windows;
  std::vector<std::map<AssetId, Timestamp>> ready;  // by node: when each asset must have numbers
  for (const runlog::NodeInfo& node : nodes) {
    TIEOUT_TRY(Panel window, run.node_output(node.topological_id, 0));
    std::map<AssetId, Timestamp> mine;
    if (node.inputs.empty()) {
      mine = first_rows(node, window);
    }
    for (const std::size_t input : node.inputs) {
      if (input >= windows.size()) {
        continue;
      }
      for (const auto& [asset, from] : ready[input]) {
        // Nothing when the window does not hold the warm-up: a far row says that.
        const Timestamp row = later_row(windows[input], from, node.lookback_rows)
                                  .value_or(run.bars().front().bar + days(1));
        const auto [entry, is_new] = mine.try_emplace(asset, row);
        entry->second = std::max(entry->second, row);
      }
    }
    const auto period = row_period(window).value_or(Duration{});
    for (std::size_t c = 0; c < window.column_count() && !node.inputs.empty(); ++c) {
      const auto from = mine.find(node.columns[c].asset);
      if (!is_float(node, c) || from == mine.end()) {
        continue;
      }
      std::size_t first = 0;
      while (first < window.row_count() && std::isnan(window.at(first, c))) {
        ++first;
      }
      // A column without any number has another reason, which the cells tell.
      if (first == window.row_count()) {
        continue;
      }
      check.look();
      if (window.index()[first] > from->second + period) {
        check.violate({.bar = run.bars().front().bar,
                       .part = node.name,
                       .column = node.columns[c].field,
                       .asset = node.columns[c].asset,
                       .found = to_iso(window.index()[first]),
                       .needed = "at most " + to_iso(from->second),
                       .note = "the column stays NaN longer than the declared lookbacks explain"});
      }
    }
    windows.push_back(std::move(window));
    ready.push_back(std::move(mine));
  }
  return {};
}

Status check_labels(const RunSource& left, const RunSource& right, const CheckOptions& options,
                    CheckReport& out) {
  CheckLog check(out, "C108", "");
  const RunPair runs = align_runs(left, right);
  const auto last = std::find_if(runs.bars.rbegin(), runs.bars.rend(),
                                 [](const BarPair& bar) { return bar.both(); });
  if (last == runs.bars.rend() || runs.nodes.empty() || !runs.nodes.front().both()) {
    check.skip("no common bar of the source");
    return {};
  }
  const NodePair& source = runs.nodes.front();
  if (!left.has_window(*source.left, *last->left) ||
      !right.has_window(*source.right, *last->right)) {
    check.skip("a side has no output of the source at the last common bar");
    return {};
  }
  check.look();
  if (left.window_hash(*source.left, *last->left) ==
      right.window_hash(*source.right, *last->right)) {
    return {};  // Equal windows agree best as they are.
  }
  TIEOUT_TRY(const Panel mine, left.node_output(*source.left, *last->left));
  TIEOUT_TRY(const Panel theirs, right.node_output(*source.right, *last->right));
  constexpr std::array kLags{0, 1, -1, 2, -2, 3, -3};  // the first of equal ones counts
  int best = 0;
  std::uint64_t best_equal = 0;
  std::uint64_t unshifted = 0;
  for (const int lag : kLags) {
    const std::uint64_t equal = equal_cells(mine, theirs, lag);
    unshifted = lag == 0 ? equal : unshifted;
    if (equal > best_equal) {
      best = lag;
      best_equal = equal;
    }
  }
  if (best != 0) {
    check.violate(
        {.bar = last->bar,
         .part = source.name,
         .found = fmt::format("lag {}", best),
         .needed = "lag 0",
         .note = fmt::format("{} is {} rows {} {}: {} cells agree then, {} as they are",
                             options.right_name, std::abs(best), best > 0 ? "behind" : "ahead of",
                             options.left_name, best_equal, unshifted)});
  }
  return {};
}

void check_nan_census(const Comparison& comparison, CheckReport& out) {
  CheckLog check(out, "C207", "");
  check.look(comparison.cells.compared);
  struct Census {
    const Finding* first = nullptr;
    std::uint64_t left = 0, right = 0;
  };
  std::map<std::pair<std::string, std::string>, Census> columns;
  for (const Finding& finding : comparison.findings) {
    const bool left = finding.kind == BreakKind::kNanLeft;
    if (finding.layer == Layer::kNodes || finding.layer == Layer::kInputs) {
      if (left || finding.kind == BreakKind::kNanRight) {
        Census& census = columns[{finding.part, finding.column}];
        census.first = census.first == nullptr ? &finding : census.first;
        (left ? census.left : census.right) += 1;
      }
    }
  }
  for (const auto& [column, census] : columns) {
    check.violate({.bar = census.first->bar,
                   .part = column.first,
                   .column = column.second,
                   .found = fmt::format("{} NaN alone", census.left),
                   .needed = fmt::format("{} NaN alone", census.right),
                   .note = fmt::format("{} cells are NaN in {} alone, {} in {} alone", census.left,
                                       comparison.left_name, census.right, comparison.right_name)});
  }
}

}  // namespace tieout::recon
