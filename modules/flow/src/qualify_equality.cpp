#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"
#include "tieout/dataflow/runner.hpp"

#include "qualify_steps.hpp"

namespace tieout::flow {
namespace {

using runlog::RunReader;

/// Cells of one node that were compared, and the first that differs.
struct NodeEquality {
  std::string name;
  std::uint64_t rows = 0, cells = 0, different = 0;
  std::string first;
  std::string note;
};

bool same_bits(double left, double right) {
  return std::bit_cast<std::uint64_t>(left) == std::bit_cast<std::uint64_t>(right) ||
         (std::isnan(left) && std::isnan(right));
}

/// Compare row `row` of `left` with the row of `right` that has its timestamp.
void compare_row(const Panel& left, std::size_t row, const Panel& right, NodeEquality& out) {
  const Timestamp t = left.index()[row];
  const auto other = right.find_row(t);
  ++out.rows;
  for (std::size_t c = 0; c < left.column_count(); ++c) {
    ++out.cells;
    const auto column = right.find_column(left.columns()[c]);
    const bool equal = other && column && same_bits(left.at(row, c), right.at(*other, *column));
    if (equal) {
      continue;
    }
    ++out.different;
    if (out.first.empty()) {
      out.first = fmt::format("{} at {}: {} bar by bar, {}", to_string(left.columns()[c]),
                              to_iso(t), format_double(left.at(row, c)),
                              other && column ? format_double(right.at(*other, *column))
                                              : std::string("no such cell otherwise"));
    }
  }
}

/// Everything that a run read, from the frames of its source.
Result<std::vector<dataflow::Observation>> observations_of(const RunReader& run,
                                                           const dataflow::SourceSpec& source) {
  constexpr std::size_t kSource = 0;
  Panel window(run.manifest().nodes[kSource].columns);
  Panel all(window.columns());
  for (std::size_t bar = 0; bar < run.bars().size(); ++bar) {
    TIEOUT_TRY(const runlog::NodeFrame frame, run.node_frame(kSource, bar));
    TIEOUT_CHECK(runlog::apply_frame(frame, window));
    for (std::size_t row = 0; row < window.row_count(); ++row) {
      const Timestamp t = window.index()[row];
      if (!all.empty() && t <= all.index().back()) {
        continue;
      }
      all.append_row(t);
      for (std::size_t c = 0; c < all.column_count(); ++c) {
        all.set(all.row_count() - 1, c, window.at(row, c));
      }
    }
  }
  std::vector<dataflow::Observation> observations;
  for (std::size_t row = 0; row < all.row_count(); ++row) {
    for (const Asset& asset : run.manifest().universe) {
      dataflow::Observation item{all.index()[row], asset.id, {}};
      bool is_known = false;
      for (const std::string& field : source.fields) {
        const auto column = all.find_column({field, asset.id});
        item.values.push_back(column ? all.at(row, *column) : std::nan(""));
        is_known = is_known || !std::isnan(item.values.back());
      }
      if (is_known) {
        observations.push_back(std::move(item));
      }
    }
  }
  return observations;
}

/// The DAG over all that the run read, as one bar whose window reaches back to where the first
/// bar's did.
Result<dataflow::DagRunner> compute_at_once(const Subject& subject, const RunReader& whole) {
  TIEOUT_TRY(const dataflow::DagBuilder* builder,
             subject.registry.find(subject.options.constructor));
  TIEOUT_TRY(const config::Config config, configured(subject.options, *builder));
  std::vector<std::string> symbols;
  for (const Asset& asset : whole.manifest().universe) {
    symbols.push_back(asset.full_symbol);
  }
  TIEOUT_TRY(const Universe universe, Universe::from_symbols(symbols));
  TIEOUT_TRY(dataflow::Dag dag, builder->build(config, universe));
  TIEOUT_TRY(const auto observations, observations_of(whole, dag.source()));
  dag.set_window(subject.history + (subject.end - subject.start), Duration{});
  TIEOUT_TRY(dataflow::DagRunner runner,
             dataflow::DagRunner::create(std::move(dag), universe, dataflow::Recompute::kFull));
  TIEOUT_CHECK(runner.run_bar(subject.end, observations));
  return runner;
}

/// Each node's rows as the bar that made them gave them, against those of one computation.
Result<std::vector<NodeEquality>> compare_at_once(const RunReader& whole,
                                                  const dataflow::DagRunner& once) {
  std::vector<NodeEquality> nodes;
  for (const runlog::NodeInfo& node : whole.manifest().nodes) {
    NodeEquality& out = nodes.emplace_back();
    out.name = node.name;
    if (node.whole_window) {
      out.note = "declared to look at its whole window: not the same by its nature";
      continue;
    }
    const Panel& at_once = once.output(node.topological_id);
    Panel window(node.columns);
    Timestamp newest{std::numeric_limits<std::int64_t>::min()};
    for (std::size_t bar = 0; bar < whole.bars().size(); ++bar) {
      TIEOUT_TRY(const runlog::NodeFrame frame, whole.node_frame(node.topological_id, bar));
      TIEOUT_CHECK(runlog::apply_frame(frame, window));
      const auto index = window.index();
      for (std::size_t row = 0; row < index.size(); ++row) {
        if (index[row] > newest) {
          compare_row(window, row, at_once, out);
        }
      }
      newest = index.empty() ? newest : std::max(newest, index.back());
    }
  }
  return nodes;
}

StepTable table_of(const std::vector<NodeEquality>& nodes, const std::string& caption) {
  StepTable table{caption, {"node", "rows", "cells", "different", "first difference"}, {}};
  for (const NodeEquality& node : nodes) {
    table.rows.push_back({node.name, std::to_string(node.rows), std::to_string(node.cells),
                          std::to_string(node.different),
                          node.first.empty() ? node.note : node.first});
  }
  return table;
}

/// Nothing compared is no pass: neither of all nodes, nor of one of them that should have been.
void judge(const std::vector<NodeEquality>& nodes, const std::string& equal, QualifyStep& step) {
  std::uint64_t cells = 0;
  std::uint64_t compared = 0;
  for (const NodeEquality& node : nodes) {
    cells += node.cells;
    compared += node.cells > 0 ? 1 : 0;
    if (node.different > 0 && step.status != StepStatus::kFail) {
      step.status = StepStatus::kFail;
      step.sentence = fmt::format("node {} differs in {} of {} cells: {}", node.name,
                                  node.different, node.cells, node.first);
    }
  }
  if (step.status == StepStatus::kFail) {
    return;
  }
  for (const NodeEquality& node : nodes) {
    if (node.cells == 0 && node.note.empty()) {
      step.sentence = fmt::format("node {} gave no row that could be compared", node.name);
      return;
    }
  }
  if (cells == 0) {
    step.sentence = "no node could be compared";
    return;
  }
  step.status = StepStatus::kPass;
  step.sentence = fmt::format("{}: {} of {} nodes, {} cells", equal, compared, nodes.size(), cells);
}

}  // namespace

Status check_at_once(const Subject& subject, const RunReader& whole, QualifyStep& step) {
  step.evidence = {whole.directory()};
  TIEOUT_TRY(const dataflow::DagRunner once, compute_at_once(subject, whole));
  TIEOUT_TRY(const auto nodes, compare_at_once(whole, once));
  step.tables.push_back(table_of(nodes, "Rows of the bar that made them, against one computation"));
  judge(nodes, "equal to the bit", step);
  return {};
}

Status check_tiles(const Subject& subject, const RunReader& whole, QualifyStep& step) {
  const std::size_t bars = whole.bars().size();
  const std::size_t tiles =
      std::min<std::size_t>(static_cast<std::size_t>(subject.options.tile_count), bars);
  if (tiles < 2) {
    step.sentence = fmt::format("{} bars make no two tiles", bars);
    return {};
  }
  step.evidence = {whole.directory()};
  std::vector<NodeEquality> nodes;
  for (const runlog::NodeInfo& node : whole.manifest().nodes) {
    nodes.emplace_back().name = node.name;
  }
  for (std::size_t tile = 0; tile < tiles; ++tile) {
    const std::size_t first = bars * tile / tiles;
    const std::size_t last = bars * (tile + 1) / tiles - 1;
    TIEOUT_TRY(const auto log, simulate(subject, fmt::format("tile_{}", tile + 1),
                                        subject.options.constructor, subject.options.overrides,
                                        whole.bars()[first].bar, whole.bars()[last].bar));
    step.evidence.push_back(log);
    TIEOUT_TRY(const RunReader part, RunReader::open(log));
    for (std::size_t n = 0; n < nodes.size(); ++n) {
      for (std::size_t bar = 0; bar < part.bars().size() && first + bar < bars; ++bar) {
        const std::uint64_t cells = whole.window_cells(n, first + bar);
        nodes[n].rows += 1;
        nodes[n].cells += cells;
        if (part.bars()[bar].bar != whole.bars()[first + bar].bar ||
            part.window_hash(n, bar) != whole.window_hash(n, first + bar)) {
          nodes[n].different += std::max<std::uint64_t>(cells, 1);
          nodes[n].first = nodes[n].first.empty()
                               ? fmt::format("the window at {}, in tile {}",
                                             to_iso(whole.bars()[first + bar].bar), tile + 1)
                               : nodes[n].first;
        }
      }
    }
    if (part.bars().size() != last - first + 1) {
      return Error{ErrorCode::kIncompleteEvidence,
                   fmt::format("qualify_model: tile {} has {} bars, needed {}", tile + 1,
                               part.bars().size(), last - first + 1)};
    }
  }
  StepTable table = table_of(nodes, fmt::format("Windows of {} tiles, by hash", tiles));
  table.columns[1] = "windows";
  step.tables.push_back(std::move(table));
  judge(nodes, fmt::format("{} tiles equal the whole run by hash", tiles), step);
  return {};
}

}  // namespace tieout::flow
