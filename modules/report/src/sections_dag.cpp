#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "chart_curves.hpp"
#include "plot.hpp"
#include "sections.hpp"

namespace tieout::report {
namespace {

using runlog::RunReader;
using runlog::TableKind;

constexpr std::size_t kMaxRows = 200;  // of a table of columns or assets; the rest is counted

Result<const RunReader*> any_run(const Facts& facts) {
  if (facts.left.run != nullptr) return facts.left.run;
  return need_run(facts.right);
}

Cell breaks_cell(std::uint64_t breaks) {
  return {count_text(breaks), breaks == 0 ? Tone::kGood : Tone::kBad};
}

TableBlock nodes_table(const recon::Comparison& comparison) {
  TableBlock table;
  table.caption = "Nodes";
  table.columns = {{"node", Align::kCode},        {"result"},
                   {"compared", Align::kNumber},  {"bit-equal", Align::kNumber},
                   {"different", Align::kNumber}, {"NaN one side", Align::kNumber},
                   {"missing", Align::kNumber},   {"breaks", Align::kNumber},
                   {"first bar", Align::kTime},   {"max abs", Align::kNumber},
                   {"max rel", Align::kNumber}};
  for (const recon::NodeResult& node : comparison.nodes) {
    const bool differs = node.distinct_breaks > 0;
    Cell result =
        node.cells.compared == 0 ? Cell{"not compared", Tone::kWarn} : Cell{"equal", Tone::kGood};
    if (differs) result = {"differs", Tone::kBad};
    table.rows.push_back(
        {node.name, result, count_text(node.cells.compared), count_text(node.cells.bitwise),
         count_text(node.cells.outside), count_text(node.cells.nan_one_side),
         count_text(node.cells.missing), breaks_cell(node.distinct_breaks),
         node.first_bar.has_value() ? time_text(*node.first_bar) : "",
         differs ? number_text(node.max_abs) : "", differs ? number_text(node.max_rel) : ""});
  }
  return table;
}

/// Rows by number of breaks, most first; names break ties.
TableBlock ranking(const std::string& caption, const std::string& what,
                   std::vector<std::pair<std::string, std::uint64_t>> counts) {
  std::sort(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  TableBlock table;
  table.caption = caption;
  if (counts.size() > kMaxRows)
    table.caption += fmt::format(": first {} of {}", kMaxRows, count_text(counts.size()));
  table.columns = {{what, Align::kCode}, {"breaks", Align::kNumber}};
  for (std::size_t i = 0; i < std::min(counts.size(), kMaxRows); ++i) {
    table.rows.push_back({counts[i].first, count_text(counts[i].second)});
  }
  return table;
}

Block bars_figure(const recon::Comparison& comparison) {
  Strip strip;
  std::uint64_t total = 0;
  std::size_t touched = 0;
  for (const recon::BarResult& bar : comparison.bars) {
    strip.bars.push_back(bar.bar);
    strip.counts.push_back(bar.distinct_breaks);
    total += bar.distinct_breaks;
    touched += bar.distinct_breaks > 0 ? 1 : 0;
  }
  const std::string words =
      fmt::format("{} of {} with breaks, {} in total", count_text(touched),
                  plural(comparison.bars.size(), "bar"), plural(total, "distinct break"));
  if (total == 0) {
    return Paragraph{"No bar has a break, " + plural(comparison.bars.size(), "bar") + " in all.",
                     comparison.cells.compared == 0 ? Tone::kWarn : Tone::kGood};
  }
  strip.label = "Distinct breaks per bar: " + words;
  return Figure{"Distinct breaks per bar, log scale (times UTC): " + words, strip_svg(strip), ""};
}

TableBlock bars_table(const Facts& facts, const recon::Comparison& comparison) {
  TableBlock table;
  table.caption = "Bars with breaks, and bars of one side only";
  table.columns = {{"bar", Align::kTime},
                   {"breaks", Align::kNumber},
                   {"in nodes", Align::kNumber},
                   {"in decisions", Align::kNumber},
                   {"present in"}};
  for (const recon::BarResult& bar : comparison.bars) {
    if (bar.distinct_breaks == 0 && bar.left && bar.right) continue;
    const std::string present = bar.left && bar.right ? "both"
                                : bar.left            ? facts.left.name + " only"
                                                      : facts.right.name + " only";
    table.rows.push_back({time_text(bar.bar), count_text(bar.distinct_breaks),
                          count_text(bar.breaks_nodes), count_text(bar.breaks_decisions),
                          Cell{present, bar.left && bar.right ? Tone::kPlain : Tone::kBad}});
  }
  constexpr std::size_t kMostBars = 300;
  if (const std::size_t count = table.rows.size(); count > kMostBars) {
    table.rows.resize(kMostBars, {Cell{""}});
    table.caption += fmt::format(": the first {} of {}", count_text(kMostBars), count_text(count));
  }
  return table;
}

/// Milliseconds by name, in order of first appearance; rows of the timings table are (name,
/// compute_ms).
struct Timings {
  std::vector<std::string> names;
  std::map<std::string, std::vector<double>> milliseconds;
  std::vector<Timestamp> bars;
  std::vector<double> nodes;  // [bars], milliseconds of all nodes together
};

Result<Timings> read_timings(const Side& side) {
  TIEOUT_TRY(const RunReader* run, need_run(side));
  Timings out;
  for (std::size_t i = 0; i < run->bars().size(); ++i) {
    TIEOUT_TRY(const std::optional<Table> table, run->table(TableKind::kTimings, i));
    if (!table.has_value()) continue;
    const TypedColumn* names = table->find("node");
    const TypedColumn* times = table->find("compute_ms");
    if (names == nullptr || names->type() != ColumnType::kString || times == nullptr) {
      return Error{
          ErrorCode::kSchemaMismatch,
          fmt::format(
              "read_timings: {}: the timings table needs the columns node (string) and compute_ms",
              side.name)};
    }
    out.bars.push_back(run->bars()[i].bar);
    out.nodes.push_back(0);
    for (std::size_t row = 0; row < table->row_count(); ++row) {
      const std::string name = cell_text(*names, row);
      const bool is_node =
          std::ranges::count(run->manifest().nodes, name, &runlog::NodeInfo::name) > 0;
      if (is_node) out.nodes.back() += number_at(times, row);
      const auto inserted = out.milliseconds.try_emplace(name);
      if (inserted.second) out.names.push_back(name);
      inserted.first->second.push_back(number_at(times, row));
    }
  }
  if (out.names.empty())
    return Error{ErrorCode::kIncompleteEvidence, side.name + ": the run wrote no timings"};
  return out;
}

std::string milliseconds_text(double ms) {
  return duration_text({static_cast<std::int64_t>(ms * 1e6)});
}

void add_timing_rows(TableBlock& table, const Side& side, const Result<Timings>& timings) {
  if (!timings.ok()) {
    table.rows.push_back({side.name, Cell{"not available: " + timings.error().message, Tone::kWarn},
                          "", "", "", "", ""});
    return;
  }
  for (const std::string& name : timings->names) {
    const Spread spread = spread_of(timings->milliseconds.at(name));
    table.rows.push_back({side.name, name, count_text(spread.count), milliseconds_text(spread.mean),
                          milliseconds_text(spread.p50), milliseconds_text(spread.p95),
                          milliseconds_text(spread.max)});
  }
}

}  // namespace

Result<Blocks> dag_section(const Facts& facts) {
  TIEOUT_TRY(const RunReader* run, any_run(facts));
  Blocks out;
  if (!run->bars().empty()) {
    out.emplace_back(Paragraph{
        fmt::format("First bar {}, last bar {}, {}.", time_text(run->bars().front().bar),
                    time_text(run->bars().back().bar), plural(run->bars().size(), "bar"))});
  }
  const std::vector<runlog::NodeInfo>& nodes = run->manifest().nodes;
  TableBlock table;
  table.caption = "Nodes in topological order (from " +
                  std::string(run == facts.left.run ? facts.left.name : facts.right.name) + ")";
  table.columns = {{"node", Align::kCode},
                   {"kind", Align::kCode},
                   {"inputs", Align::kCode},
                   {"lookback", Align::kNumber},
                   {"columns", Align::kNumber}};
  for (const runlog::NodeInfo& node : nodes) {
    std::string inputs;
    for (const std::size_t id : node.inputs) {
      const auto it = std::find_if(nodes.begin(), nodes.end(), [id](const runlog::NodeInfo& n) {
        return n.topological_id == id;
      });
      inputs +=
          (inputs.empty() ? "" : ", ") + (it == nodes.end() ? fmt::format("{}", id) : it->nid);
    }
    table.rows.push_back({node.name, node.kind, inputs,
                          node.whole_window ? "whole window" : plural(node.lookback_rows, "row"),
                          count_text(node.columns.size())});
  }
  out.emplace_back(std::move(table));
  return out;
}

Result<Blocks> self_consistency_section(const Facts& facts) {
  TIEOUT_TRY(const recon::Comparison* comparison, facts.need_comparison());
  if (!facts.input.self_consistency_checked) {
    return Error{ErrorCode::kIncompleteEvidence,
                 "not asked for in this comparison; the slow report always checks it"};
  }
  TableBlock table;
  table.caption = "Rows of a node's output that a later bar rewrote";
  table.columns = {{"node", Align::kCode},
                   {"rewritten in " + facts.left.name, Align::kNumber},
                   {"rewritten in " + facts.right.name, Align::kNumber},
                   {"without a rewritten input", Align::kNumber}};
  std::uint64_t unexplained = 0;
  for (const recon::NodeResult& node : comparison->nodes) {
    unexplained += node.unexplained_rewrites;
    table.rows.push_back({node.name + (node.whole_window ? " (whole window)" : ""),
                          count_text(node.revised_rows_left), count_text(node.revised_rows_right),
                          breaks_cell(node.unexplained_rewrites)});
  }
  const Paragraph summary = unexplained == 0
                                ? Paragraph{"Every rewritten row has a rewritten input in reach: no node peeks or depends on its window.", Tone::kGood}
                                : Paragraph{plural(unexplained, "row") + " rewritten without a rewritten input in reach: the node peeks, or its output depends "
                                                                         "on where its window starts.",
                                            Tone::kBad};
  return Blocks{summary, table};
}

Result<Blocks> dag_comparison_section(const Facts& facts) {
  TIEOUT_TRY(const recon::Comparison* comparison, facts.need_comparison());
  Blocks out;
  out.emplace_back(bars_figure(*comparison));
  TableBlock bars = bars_table(facts, *comparison);
  if (!bars.rows.empty())
    out.emplace_back(
        Fold{plural(bars.rows.size(), "bar") + " with breaks: table", {std::move(bars)}});
  out.emplace_back(nodes_table(*comparison));
  if (!comparison->breaks_by_column.empty()) {
    out.emplace_back(Fold{
        plural(comparison->breaks_by_column.size(), "column") + " with breaks",
        {ranking("Breaks by column", "column",
                 {comparison->breaks_by_column.begin(), comparison->breaks_by_column.end()})}});
  }
  if (!comparison->breaks_by_asset.empty()) {
    std::vector<std::pair<std::string, std::uint64_t>> counts;
    for (const auto& item : comparison->breaks_by_asset) {
      const std::string name = facts.asset_text(item.first);
      counts.emplace_back(name.empty() ? "(no asset)" : name, item.second);
    }
    out.emplace_back(Fold{plural(counts.size(), "asset") + " with breaks",
                          {ranking("Breaks by asset", "asset", std::move(counts))}});
  }
  return out;
}

Result<Blocks> execution_time_section(const Facts& facts) {
  TableBlock table;
  table.caption = "Wall time per bar (evidence, never compared)";
  table.columns = {{"side"},
                   {"node", Align::kCode},
                   {"bars", Align::kNumber},
                   {"mean", Align::kNumber},
                   {"p50", Align::kNumber},
                   {"p95", Align::kNumber},
                   {"max", Align::kNumber}};
  std::vector<Curve> curves;
  for (std::size_t s = 0; s < 2; ++s) {
    const Side& side = s == 0 ? facts.left : facts.right;
    const Result<Timings> timings = read_timings(side);
    add_timing_rows(table, side, timings);
    if (timings.ok()) {
      curves.push_back({side.name, role_of_side(s), timings->bars, timings->nodes});
    }
  }
  Blocks out;
  if (!curves.empty()) {
    out.emplace_back(chart_of({"Compute time of a bar",
                               "sum of compute_ms over the nodes; evidence, never compared", "ms"},
                              curves));
  }
  out.emplace_back(std::move(table));
  out.emplace_back(
      Paragraph{"Quantiles by nearest rank. Rows that name no node are the engine's own "
                "steps; 'wait' is the time until the data was there.",
                Tone::kMuted});
  return out;
}

Result<Blocks> dag_size_section(const Facts& facts) {
  TableBlock table;
  table.caption = "Output window of each node at the last bar";
  table.columns = {
      {"node", Align::kCode}, {"side"}, {"n_rows", Align::kNumber}, {"n_cols", Align::kNumber}};
  for (const Side* side : {&facts.left, &facts.right}) {
    if (side->run == nullptr || side->run->bars().empty()) continue;
    for (const runlog::NodeInfo& node : side->run->manifest().nodes) {
      const std::size_t columns = node.columns.size();
      const std::uint64_t cells =
          side->run->window_cells(node.topological_id, side->run->bars().size() - 1);
      table.rows.push_back({node.name, side->name, count_text(columns == 0 ? 0 : cells / columns),
                            count_text(columns)});
    }
  }
  if (table.rows.empty()) return Error{ErrorCode::kIncompleteEvidence, "no run with a bar in it"};
  return Blocks{table};
}

}  // namespace tieout::report
