#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "tieout/analytics/series_stats.hpp"
#include "tieout/config/config.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/recon/compare.hpp"
#include "tieout/recon/research_leg.hpp"
#include "tieout/recon/trading_frames.hpp"

#include "qualify_steps.hpp"

namespace tieout::flow {
namespace {

using runlog::RunReader;

/// Fewer bars than this correlate by chance.
constexpr std::size_t kLeastBars = 10;

/// PnL of two panels at the bars that both have.
struct TwoSeries {
  std::vector<double> left, right;
  double left_total = 0, right_total = 0;
  double correlation = 0;
};

Result<TwoSeries> pnl_of(const Panel& left, const std::string& left_name, const Panel& right,
                         const std::string& right_name) {
  const auto column = [](const Panel& panel, const std::string& name) -> Result<std::size_t> {
    const auto found = panel.find_column({"pnl", kNoAsset});
    if (!found) {
      return Error{ErrorCode::kIncompleteEvidence,
                   fmt::format("qualify_model: {} has no PnL", name)};
    }
    return *found;
  };
  TIEOUT_TRY(const std::size_t mine, column(left, left_name));
  TIEOUT_TRY(const std::size_t theirs, column(right, right_name));
  TwoSeries out;
  for (std::size_t row = 0; row < left.row_count(); ++row) {
    const auto other = right.find_row(left.index()[row]);
    if (!other || !std::isfinite(left.at(row, mine)) || !std::isfinite(right.at(*other, theirs))) {
      continue;
    }
    out.left.push_back(left.at(row, mine));
    out.right.push_back(right.at(*other, theirs));
    out.left_total += out.left.back();
    out.right_total += out.right.back();
  }
  out.correlation = analytics::correlation(out.left, out.right);
  return out;
}

std::string money(double value) {
  return fmt::format("{:.2f}", value);
}

/// Nodes of both runs by name, what is said of each.
StepTable dag_diff(const runlog::Manifest& mine, const runlog::Manifest& theirs,
                   std::size_t& different) {
  const auto describe = [](const runlog::NodeInfo& node) {
    return fmt::format("{}, lookback {} rows, {} columns, inputs {}{}", node.kind,
                       node.lookback_rows, node.columns.size(), fmt::join(node.inputs, " "),
                       node.whole_window ? ", whole window" : "");
  };
  std::map<std::string, std::pair<std::string, std::string>> nodes;
  for (const runlog::NodeInfo& node : mine.nodes) {
    nodes[node.name].first = describe(node);
  }
  for (const runlog::NodeInfo& node : theirs.nodes) {
    nodes[node.name].second = describe(node);
  }
  StepTable table{"DAG: nodes that differ", {"node", "candidate", "incumbent"}, {}};
  for (const auto& [name, sides] : nodes) {
    if (sides.first != sides.second) {
      table.rows.push_back({name, sides.first.empty() ? "not there" : sides.first,
                            sides.second.empty() ? "not there" : sides.second});
    }
  }
  different = table.rows.size();
  return table;
}

Result<StepTable> config_diff(const RunReader& mine, const RunReader& theirs,
                              std::size_t& different) {
  TIEOUT_TRY(const config::Config left, config::Config::from_json(mine.config_json()));
  TIEOUT_TRY(const config::Config right, config::Config::from_json(theirs.config_json()));
  const std::vector<std::string> expected = recon::default_expected_config_differences();
  StepTable table{"Config: leaves that differ", {"leaf", "candidate", "incumbent"}, {}};
  for (const config::LeafDiff& leaf : config::diff(left, right)) {
    const std::string path = config::to_string(leaf.path);
    const bool is_expected = std::ranges::any_of(expected, [&](const std::string& prefix) {
      return path == prefix || path.starts_with(prefix + ".");
    });
    if (!is_expected) {
      table.rows.push_back({path, leaf.left ? config::to_text(*leaf.left) : "not there",
                            leaf.right ? config::to_text(*leaf.right) : "not there"});
    }
  }
  different = table.rows.size();
  return table;
}

/// Mean compute time of each node, in ms.
Result<std::map<std::string, double>> node_times(const RunReader& run) {
  std::map<std::string, std::pair<double, std::size_t>> sums;
  for (std::size_t bar = 0; bar < run.bars().size(); ++bar) {
    TIEOUT_TRY(const auto table, run.table(runlog::TableKind::kTimings, bar));
    if (!table) {
      continue;
    }
    const TypedColumn* names = table->find("node");
    const TypedColumn* times = table->find("compute_ms");
    if (names == nullptr || times == nullptr) {
      return Error{ErrorCode::kSchemaMismatch,
                   fmt::format("qualify_model: the timings of '{}' need node and compute_ms",
                               run.directory().string())};
    }
    for (std::size_t row = 0; row < table->row_count(); ++row) {
      auto& [sum, count] = sums[cell_text(*names, row)];
      sum += parse_double(cell_text(*times, row)).value_or(0);
      ++count;
    }
  }
  std::map<std::string, double> out;
  for (const auto& [name, sum] : sums) {
    out[name] = sum.first / static_cast<double>(sum.second);
  }
  return out;
}

/// Cells of each node's last window.
std::map<std::string, std::uint64_t> frame_sizes(const RunReader& run) {
  std::map<std::string, std::uint64_t> out;
  for (const runlog::NodeInfo& node : run.manifest().nodes) {
    out[node.name] = run.window_cells(node.topological_id, run.bars().size() - 1);
  }
  return out;
}

Result<StepTable> timing_table(const RunReader& mine, const RunReader& theirs) {
  TIEOUT_TRY(const auto left, node_times(mine));
  TIEOUT_TRY(const auto right, node_times(theirs));
  const auto left_cells = frame_sizes(mine);
  const auto right_cells = frame_sizes(theirs);
  std::set<std::string> names;
  for (const auto& [name, time] : left) {
    names.insert(name);
  }
  for (const auto& [name, time] : right) {
    names.insert(name);
  }
  const auto text = [](const auto& values, const std::string& name, const auto& format) {
    const auto found = values.find(name);
    return found == values.end() ? std::string("-") : format(found->second);
  };
  const auto milliseconds_text = [](double ms) { return fmt::format("{:.3f}", ms); };
  const auto count_text = [](std::uint64_t count) { return std::to_string(count); };
  StepTable table{"Node timing and frame size",
                  {"node", "candidate ms", "incumbent ms", "candidate cells", "incumbent cells"},
                  {}};
  for (const std::string& name : names) {
    table.rows.push_back({name, text(left, name, milliseconds_text),
                          text(right, name, milliseconds_text), text(left_cells, name, count_text),
                          text(right_cells, name, count_text)});
  }
  return table;
}

}  // namespace

Status check_research(const Subject& subject, const RunReader& whole, QualifyStep& step) {
  step.evidence = {whole.directory()};
  TIEOUT_TRY(const recon::ResearchLeg leg, recon::compute_research_leg(whole));
  TIEOUT_TRY(const recon::TradingFrames frames, recon::read_trading_frames(whole));
  TIEOUT_TRY(const TwoSeries pnl, pnl_of(leg.research.statistics, "the research portfolio",
                                         frames.statistics, "the simulation"));
  step.tables.push_back(
      {"PnL",
       {"leg", "bars", "total"},
       {{"research", std::to_string(pnl.left.size()), money(pnl.left_total)},
        {"simulation", std::to_string(pnl.right.size()), money(pnl.right_total)}}});
  const double needed = subject.options.min_correlation;
  if (pnl.left.size() < kLeastBars || std::isnan(pnl.correlation)) {
    step.sentence = fmt::format(
        "{} bars with a PnL on both sides{}: needed {} that are not all the same", pnl.left.size(),
        std::isnan(pnl.correlation) ? ", without variation" : "", kLeastBars);
    return {};
  }
  step.status = pnl.correlation >= needed ? StepStatus::kPass : StepStatus::kFail;
  step.sentence = fmt::format("correlation of the PnL {:.4f} over {} bars, needed {} at least",
                              pnl.correlation, pnl.left.size(), format_double(needed));
  return {};
}

Status check_against(const Subject& subject, const RunReader& whole, QualifyStep& step) {
  const QualifyOptions::Incumbent& incumbent = *subject.options.against;
  TIEOUT_TRY(const auto log, simulate(subject, "incumbent", incumbent.constructor,
                                      incumbent.overrides, subject.start, subject.end));
  step.evidence = {whole.directory(), log};
  TIEOUT_TRY(const RunReader theirs, RunReader::open(log));
  std::size_t nodes = 0;
  std::size_t leaves = 0;
  step.tables.push_back(dag_diff(whole.manifest(), theirs.manifest(), nodes));
  TIEOUT_TRY(StepTable config, config_diff(whole, theirs, leaves));
  step.tables.push_back(std::move(config));
  TIEOUT_TRY(const recon::TradingFrames left, recon::read_trading_frames(whole));
  TIEOUT_TRY(const recon::TradingFrames right, recon::read_trading_frames(theirs));
  TIEOUT_TRY(const TwoSeries pnl,
             pnl_of(left.statistics, "the candidate", right.statistics, "the incumbent"));
  step.tables.push_back(
      {"PnL side by side",
       {"side", "bars", "total"},
       {{"candidate", std::to_string(pnl.left.size()), money(pnl.left_total)},
        {"incumbent", std::to_string(pnl.right.size()), money(pnl.right_total)}}});
  TIEOUT_TRY(StepTable timing, timing_table(whole, theirs));
  step.tables.push_back(std::move(timing));
  if (pnl.left.empty()) {
    step.sentence = "no bar has a PnL on both sides";
    return {};
  }
  step.status = StepStatus::kPass;
  step.sentence = fmt::format(
      "compared with {}: {} nodes and {} leaves of the config differ; PnL {} against {}, "
      "correlation {}",
      incumbent.name, nodes, leaves, money(pnl.left_total), money(pnl.right_total),
      std::isnan(pnl.correlation) ? "not known" : fmt::format("{:.4f}", pnl.correlation));
  return {};
}

}  // namespace tieout::flow
