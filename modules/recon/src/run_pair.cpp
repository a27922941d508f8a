#include "run_pair.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/assert.hpp"
#include "tieout/core/numbers.hpp"

#include "cell.hpp"

namespace tieout::recon {
namespace {

using runlog::Manifest;
using runlog::NodeInfo;
using runlog::RunSource;

/// Whether a bar may be missing in `run` because the run did not come to its end.
bool ended_before(const RunSource& run, Timestamp bar) {
  const bool incomplete = run.manifest().outcome != runlog::RunOutcome::kComplete;
  return incomplete && (run.bars().empty() || run.bars().back().bar < bar);
}

std::vector<BarPair> align_bars(const RunSource& left, const RunSource& right) {
  std::vector<BarPair> bars;
  const auto left_bars = left.bars();
  const auto right_bars = right.bars();
  std::size_t l = 0;
  std::size_t r = 0;
  while (l < left_bars.size() || r < right_bars.size()) {
    const bool take_left =
        l < left_bars.size() && (r == right_bars.size() || left_bars[l].bar <= right_bars[r].bar);
    const bool take_right =
        r < right_bars.size() && (l == left_bars.size() || right_bars[r].bar <= left_bars[l].bar);
    BarPair pair;
    pair.bar = take_left ? left_bars[l].bar : right_bars[r].bar;
    if (take_left) {
      pair.left = l++;
    }
    if (take_right) {
      pair.right = r++;
    }
    pair.beyond_end = (!take_right && ended_before(right, pair.bar)) ||
                      (!take_left && ended_before(left, pair.bar));
    bars.push_back(pair);
  }
  return bars;
}

std::vector<ColumnKey> columns_only_in(const NodeInfo& here, const NodeInfo& there) {
  std::vector<ColumnKey> mine = here.columns;
  std::vector<ColumnKey> theirs = there.columns;
  std::ranges::sort(mine);
  std::ranges::sort(theirs);
  std::vector<ColumnKey> only;
  std::ranges::set_difference(mine, theirs, std::back_inserter(only));
  return only;
}

std::vector<NodePair> align_nodes(const Manifest& left, const Manifest& right) {
  std::vector<NodePair> pairs;
  for (const NodeInfo& node : left.nodes) {
    NodePair pair;
    pair.name = node.name;
    pair.topological_id = node.topological_id;
    pair.left = node.topological_id;
    pairs.push_back(std::move(pair));
  }
  for (const NodeInfo& node : right.nodes) {
    auto found = std::ranges::find(pairs, node.name, &NodePair::name);
    if (found == pairs.end()) {
      NodePair pair;
      pair.name = node.name;
      pair.topological_id = node.topological_id;
      pairs.push_back(std::move(pair));
      found = std::prev(pairs.end());
    }
    found->right = node.topological_id;
    found->topological_id = std::min(found->topological_id, node.topological_id);
  }
  std::ranges::sort(pairs, [](const NodePair& a, const NodePair& b) {
    return std::tie(a.topological_id, a.name) < std::tie(b.topological_id, b.name);
  });
  return pairs;
}

ColumnType type_of(const NodeInfo& node, const ColumnKey& column) {
  const auto found = std::ranges::find(node.columns, column);
  const auto position = static_cast<std::size_t>(found - node.columns.begin());
  return node.types.empty() ? ColumnType::kFloat64 : node.types[position];
}

std::vector<NodePair::TwoTypes> columns_of_two_types(const NodeInfo& left, const NodeInfo& right) {
  std::vector<NodePair::TwoTypes> columns;
  if (left.types.empty() && right.types.empty()) {
    return columns;
  }
  std::vector<ColumnKey> sorted = left.columns;
  std::ranges::sort(sorted);
  for (const ColumnKey& column : sorted) {
    if (std::ranges::find(right.columns, column) != right.columns.end()) {
      const NodePair::TwoTypes types{column, type_of(left, column), type_of(right, column)};
      if (types.left != types.right) {
        columns.push_back(types);
      }
    }
  }
  return columns;
}

/// The inputs of a node on one side, as positions in `pairs`.
void add_inputs(const Manifest& manifest, std::size_t node, const std::vector<NodePair>& pairs,
                std::set<std::size_t>& inputs) {
  for (const std::size_t input : manifest.nodes[node].inputs) {
    if (input >= node) {
      continue;  // A manifest whose nodes are not in topological order: nothing can be said of it.
    }
    const auto found = std::ranges::find(pairs, manifest.nodes[input].name, &NodePair::name);
    inputs.insert(static_cast<std::size_t>(found - pairs.begin()));
  }
}

Finding structural(std::string_view check, Layer layer, BreakKind kind, Timestamp bar,
                   std::string part, std::string column, std::string left, std::string right) {
  Finding finding;
  finding.check = check;
  finding.layer = layer;
  finding.kind = kind;
  finding.bar = bar;
  finding.part = std::move(part);
  finding.column = std::move(column);
  finding.left = std::move(left);
  finding.right = std::move(right);
  const Distance distance = no_distance();
  finding.abs_diff = distance.abs;
  finding.rel_diff = distance.rel;
  finding.is_root = true;
  return finding;
}

/// "10 assets", and the first few that the other side lacks.
std::string universe_text(const std::vector<Asset>& mine, const std::vector<Asset>& theirs) {
  constexpr std::size_t kNamed = 5;
  std::vector<std::string> only;
  for (const Asset& asset : mine) {
    if (std::ranges::find(theirs, asset) == theirs.end()) {
      only.push_back(asset.full_symbol);
    }
  }
  std::string text = fmt::format("{} assets", mine.size());
  if (!only.empty()) {
    const std::size_t named = std::min(only.size(), kNamed);
    text += fmt::format(
        ", alone: {}{}",
        fmt::join(only.begin(), only.begin() + static_cast<std::ptrdiff_t>(named), ", "),
        named < only.size() ? ", ..." : "");
  }
  return text;
}

constexpr std::size_t kIdentityFacts = 3;  // constructor, bar, universe

void compare_identity(const RunPair& runs, Timestamp bar, std::vector<Finding>& findings) {
  const Manifest& left = runs.left.manifest();
  const Manifest& right = runs.right.manifest();
  const auto differ = [&](std::string_view check, Layer layer, std::string column, std::string l,
                          std::string r) {
    findings.push_back(structural(check, layer, BreakKind::kValue, bar, "manifest",
                                  std::move(column), std::move(l), std::move(r)));
  };
  if (left.constructor != right.constructor) {
    differ("C001", Layer::kCompleteness, "constructor", left.constructor, right.constructor);
  }
  if (left.bar != right.bar) {
    differ("C001", Layer::kCompleteness, "bar", to_period(left.bar), to_period(right.bar));
  }
  if (left.universe != right.universe) {
    differ("C101", Layer::kCompleteness, "universe", universe_text(left.universe, right.universe),
           universe_text(right.universe, left.universe));
  }
  if (left.start_state != right.start_state) {
    differ("C001", Layer::kInputs, "start_state", left.start_state, right.start_state);
  }
}

}  // namespace

const NodePair* RunPair::find(std::string_view node) const noexcept {
  const auto found = std::ranges::find(nodes, node, &NodePair::name);
  return found == nodes.end() ? nullptr : &*found;
}

std::size_t RunPair::position_of(Timestamp bar) const noexcept {
  const auto found = std::ranges::lower_bound(bars, bar, {}, &BarPair::bar);
  TIEOUT_ASSERT(found != bars.end() && found->bar == bar);
  return static_cast<std::size_t>(found - bars.begin());
}

RunPair align_runs(const RunSource& left, const RunSource& right) {
  RunPair runs{left, right, align_bars(left, right), align_nodes(left.manifest(), right.manifest()),
               0};
  runs.bars_both = static_cast<std::size_t>(std::ranges::count_if(runs.bars, &BarPair::both));
  for (NodePair& pair : runs.nodes) {
    std::set<std::size_t> inputs;
    if (pair.left) {
      add_inputs(left.manifest(), *pair.left, runs.nodes, inputs);
    }
    if (pair.right) {
      add_inputs(right.manifest(), *pair.right, runs.nodes, inputs);
    }
    pair.inputs.assign(inputs.begin(), inputs.end());
    if (pair.both()) {
      const NodeInfo& l = left.manifest().nodes[*pair.left];
      const NodeInfo& r = right.manifest().nodes[*pair.right];
      pair.only_left = columns_only_in(l, r);
      pair.only_right = columns_only_in(r, l);
      pair.two_types = columns_of_two_types(l, r);
    }
  }
  return runs;
}

std::vector<Finding> compare_structure(const RunPair& runs, Timestamp bar) {
  std::vector<Finding> findings;
  compare_identity(runs, bar, findings);
  const auto add = [&](BreakKind kind, const NodePair& node, const ColumnKey& column,
                       std::string_view what) {
    const bool on_left = kind == BreakKind::kNodeOnlyLeft || kind == BreakKind::kColumnOnlyLeft;
    findings.push_back(structural("C201", Layer::kCompleteness, kind, bar, node.name, column.field,
                                  on_left ? std::string(what) : "(none)",
                                  on_left ? "(none)" : std::string(what)));
    findings.back().asset = column.asset;
  };
  for (const NodePair& node : runs.nodes) {
    if (!node.both()) {
      add(node.left ? BreakKind::kNodeOnlyLeft : BreakKind::kNodeOnlyRight, node, {}, "node");
    }
    for (const ColumnKey& column : node.only_left) {
      add(BreakKind::kColumnOnlyLeft, node, column, "column");
    }
    for (const ColumnKey& column : node.only_right) {
      add(BreakKind::kColumnOnlyRight, node, column, "column");
    }
    for (const NodePair::TwoTypes& types : node.two_types) {
      findings.push_back(structural("C201", Layer::kCompleteness, BreakKind::kType, bar, node.name,
                                    types.column.field, std::string(to_string(types.left)),
                                    std::string(to_string(types.right))));
      findings.back().asset = types.column.asset;
    }
  }
  return findings;
}

CellCounts count_parts(const RunPair& runs, const std::vector<Finding>& structure) {
  CellCounts parts;
  parts.present = parts.compared = kIdentityFacts;
  for (const Finding& finding : structure) {
    if (finding.layer == Layer::kCompleteness && finding.kind == BreakKind::kValue) {
      ++parts.outside;
    }
  }
  parts.bitwise = parts.compared - parts.outside;
  const auto add = [&](std::uint64_t both, std::uint64_t one_side) {
    parts.present += both + one_side;
    parts.compared += both;
    parts.bitwise += both;
    parts.missing += one_side;
    parts.outside += one_side;
  };
  for (const BarPair& bar : runs.bars) {
    if (bar.beyond_end) {
      ++parts.present;
    } else {
      add(bar.both() ? 1 : 0, bar.both() ? 0 : 1);
    }
  }
  for (const NodePair& node : runs.nodes) {
    add(node.both() ? 1 : 0, node.both() ? 0 : 1);
    if (node.both()) {
      const std::size_t left_columns = runs.left.manifest().nodes[*node.left].columns.size();
      add(left_columns - node.only_left.size(), node.only_left.size() + node.only_right.size());
      parts.bitwise -= node.two_types.size();
      parts.outside += node.two_types.size();
      parts.type_mismatch += node.two_types.size();
    }
  }
  return parts;
}

bool RunPair::has(Layer layer) const noexcept {
  const auto in_either = [this](runlog::TableKind kind) {
    return std::ranges::any_of(std::array{&left, &right}, [kind](const runlog::RunSource* run) {
      return std::ranges::count(run->manifest().more_tables, kind) > 0;
    });
  };
  return layer == Layer::kChildOrders ? in_either(runlog::TableKind::kChildOrders)
         : layer == Layer::kOrderEvents
             ? in_either(runlog::TableKind::kOrderEvents) && !leaves_out_events()
             : true;
}

bool RunPair::leaves_out_events() const noexcept {
  const auto has_events = [](const runlog::RunSource& run) {
    return std::ranges::count(run.manifest().more_tables, runlog::TableKind::kOrderEvents) > 0;
  };
  return (has_events(left) && !right.has_journal()) || (has_events(right) && !left.has_journal());
}

std::string_view check_of(Layer layer) noexcept {
  switch (layer) {
    case Layer::kCompleteness:
      return "C004";
    case Layer::kConfig:
      return "C013";
    case Layer::kInputs:
      return "C107";
    case Layer::kNodes:
      return "C202";
    case Layer::kTargetPositions:
      return "C301";
    case Layer::kOrders:
      return "C303";
    case Layer::kChildOrders:
      return "C316";
    case Layer::kOrderEvents:
      return "C318";
    case Layer::kFills:
      return "C305";
    case Layer::kPortfolio:
      return "C310";
    case Layer::kStatistics:
      return "C315";
  }
  return "";
}

Layer layer_of(runlog::TableKind kind) noexcept {
  switch (kind) {
    case runlog::TableKind::kTargetPositions:
      return Layer::kTargetPositions;
    case runlog::TableKind::kOrders:
      return Layer::kOrders;
    case runlog::TableKind::kChildOrders:
      return Layer::kChildOrders;
    case runlog::TableKind::kOrderEvents:
      return Layer::kOrderEvents;
    case runlog::TableKind::kFills:
      return Layer::kFills;
    case runlog::TableKind::kPortfolio:
      return Layer::kPortfolio;
    case runlog::TableKind::kStatistics:
      return Layer::kStatistics;
    case runlog::TableKind::kTimings:
      break;
  }
  TIEOUT_ASSERT(false && "timings are evidence, never compared");
}

Status apply_rules(const NodePair& node, RuleBook& book, Timestamp bar, WindowDiff& diff) {
  if (book.is_exact()) {
    return {};
  }
  std::vector<CellRule> rules;
  for (std::size_t c = 0; c < diff.common_columns().size(); ++c) {
    const ColumnKey& column = diff.common_columns()[c];
    TIEOUT_TRY(CellRule rule,
               book.find(node.layer(), node.name, column.field, column.asset, diff.type(c), bar));
    rules.push_back(std::move(rule));
  }
  diff.set_rules(std::move(rules), book);
  return {};
}

Finding finding_of(const RunPair& runs, const NodePair& node, const WindowDiff& diff,
                   const RuleBook& book, Timestamp bar, const WindowBreak& window_break) {
  Finding finding;
  finding.layer = node.layer();
  finding.check = check_of(finding.layer);
  finding.kind = window_break.kind;
  finding.bar = bar;
  finding.part = node.name;
  finding.row = window_break.row;
  Distance distance = no_distance();
  if (window_break.column == WindowBreak::kWholeRow) {
    const bool on_left = window_break.kind == BreakKind::kMissingRight;
    finding.left = on_left ? "row" : "(none)";
    finding.right = on_left ? "(none)" : "row";
  } else {
    const ColumnKey& column = diff.common_columns()[window_break.column];
    const ColumnType type = diff.type(window_break.column);
    finding.column = column.field;
    finding.asset = column.asset;
    finding.left = node_cell_text(window_break.left, type, runs.left.strings());
    finding.right = node_cell_text(window_break.right, type, runs.right.strings());
    distance = type == ColumnType::kFloat64 ? distance_of(window_break.left, window_break.right)
                                            : distance_of_words(type, word_of(window_break.left),
                                                                word_of(window_break.right));
    finding.rule = book.text(diff.rule(window_break.column).rule);
  }
  finding.abs_diff = distance.abs;
  finding.rel_diff = distance.rel;
  finding.ulp = distance.ulp;
  return finding;
}

}  // namespace tieout::recon
