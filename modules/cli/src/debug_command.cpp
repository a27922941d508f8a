#include <algorithm>
#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/core/numbers.hpp"
#include "tieout/flow/evidence.hpp"
#include "tieout/flow/find_runs.hpp"
#include "tieout/flow/known_rows.hpp"
#include "tieout/recon/node_slice.hpp"
#include "tieout/reference/log_reader.hpp"
#include "tieout/report/debug.hpp"

#include "commands.hpp"
#include "market_render.hpp"
#include "selection_flags.hpp"

namespace tieout::cli {
namespace {

namespace fs = std::filesystem;

/// A node of the left run, and the first bar at which the two windows have other hashes.
struct NodeLine {
  std::string name;
  std::optional<Timestamp> first_difference;
};

std::vector<NodeLine> nodes_of(const runlog::RunSource& left, const runlog::RunSource& right) {
  std::vector<NodeLine> lines;
  for (const runlog::NodeInfo& node : left.manifest().nodes) {
    NodeLine line{node.name, {}};
    const auto other =
        std::ranges::find(right.manifest().nodes, node.name, &runlog::NodeInfo::name);
    std::size_t r = 0;
    for (std::size_t l = 0; other != right.manifest().nodes.end() && l < left.bars().size(); ++l) {
      while (r < right.bars().size() && right.bars()[r].bar < left.bars()[l].bar) ++r;
      if (r == right.bars().size() || right.bars()[r].bar != left.bars()[l].bar) continue;
      if (left.window_hash(node.topological_id, l) != right.window_hash(other->topological_id, r)) {
        line.first_difference = left.bars()[l].bar;
        break;
      }
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string nodes_text(const std::vector<NodeLine>& nodes, const recon::NodeSlice& slice) {
  std::string text = fmt::format("nodes, {} bars in both runs, {} to {}\n", slice.bars,
                                 to_iso(slice.first_bar), to_iso(slice.last_bar));
  for (const NodeLine& node : nodes) {
    text +=
        fmt::format("  {} {:<34} {}\n", node.name == slice.node ? '>' : ' ', node.name,
                    node.first_difference ? "first other bytes at " + to_iso(*node.first_difference)
                                          : std::string("equal"));
  }
  return text;
}

std::string slice_text(const recon::NodeSlice& slice) {
  std::string text = fmt::format("\n{} at {}, last {} rows  (prod | sim)\n", slice.node,
                                 to_iso(slice.bar), slice.rows.size());
  for (std::size_t r = 0; r < slice.rows.size(); ++r) {
    text += fmt::format("  {}\n", to_iso(slice.rows[r]));
    for (std::size_t c = 0; c < slice.columns.size(); ++c) {
      const recon::ValuePair& cell = slice.cells[r][c];
      text += fmt::format("    {} {:<40} {} | {}\n", cell.equal ? '=' : 'x',
                          to_string(slice.columns[c]), cell.left, cell.right);
    }
  }
  return text;
}

std::string lineage_text(const recon::NodeSlice& slice) {
  std::string text = "\ncomputed from\n";
  for (const recon::LineageNode& node : slice.lineage) {
    const std::string state =
        node.differing == 0 ? fmt::format("equal, {} cells", node.cells)
                            : fmt::format("{} of {} cells differ, the first at row {}",
                                          node.differing, node.cells, to_iso(*node.first_row));
    text += fmt::format("  {} {:>2} {:<34} {}{}\n", node.differing == 0 ? '=' : 'x', node.distance,
                        node.name, state,
                        node.inputs.empty()
                            ? std::string()
                            : "  <- " + fmt::format("{}", fmt::join(node.inputs, ", ")));
  }
  return text;
}

using Json = nlohmann::ordered_json;

Json time_json(const std::optional<Timestamp>& t) {
  return t ? Json(to_iso(*t)) : Json(nullptr);
}

Json slice_json(const recon::NodeSlice& slice) {
  Json out{{"node", slice.node}, {"bar", to_iso(slice.bar)}, {"rows", Json::array()}};
  for (std::size_t r = 0; r < slice.rows.size(); ++r) {
    for (std::size_t c = 0; c < slice.columns.size(); ++c) {
      const recon::ValuePair& cell = slice.cells[r][c];
      out["rows"].push_back(
          {{"row", to_iso(slice.rows[r])},
           {"column", slice.columns[c].field},
           {"asset", slice.columns[c].asset == kNoAsset ? Json(nullptr)
                                                        : Json(slice.columns[c].asset.value)},
           {"prod", cell.left},
           {"sim", cell.right},
           {"equal", cell.equal}});
    }
  }
  for (const recon::LineageNode& node : slice.lineage) {
    out["lineage"].push_back({{"node", node.name},
                              {"distance", node.distance},
                              {"inputs", node.inputs},
                              {"cells", node.cells},
                              {"differing", node.differing},
                              {"first_row", time_json(node.first_row)}});
  }
  return out;
}

Json market_json(const flow::KnownRows& known) {
  Json rows = Json::array();
  for (const flow::KnownRow& row : known.rows) {
    const marketdata::BarVersion& v = row.version;
    rows.push_back({{"end", to_iso(v.end)},
                    {"full_symbol", v.full_symbol},
                    {"version", row.number},
                    {"known", to_iso(v.knowledge)},
                    {"prod_knew", row.left},
                    {"sim_knew", row.right},
                    {"open", format_double(v.open)},
                    {"high", format_double(v.high)},
                    {"low", format_double(v.low)},
                    {"close", format_double(v.close)},
                    {"volume", format_double(v.volume)}});
  }
  return rows;
}

class DebugRun final : public Command {
 public:
  std::string_view name() const noexcept override { return "debug_run"; }
  std::string_view summary() const noexcept override {
    return "Show a node at a bar on both sides, what it is computed from, and the market data of "
           "the "
           "bar";
  }
  std::vector<Flag> flags() override {
    return {
        {"RUN", &run_, "A reconciliation's directory, or the log of a run", Need::kRequired},
        {"OTHER", &other_, "Log of the run to hold it against"},
        {"--node", &node_, "Node, its name or the end of it; not given: the last one",
         Need::kOptional, "NAME"},
        {"--bar", &bar_,
         "Bar, ISO time or YYYYMMDD_HHMMSS, UTC; not given: the first at which the node differs, "
         "else the last",
         Need::kOptional, "TS"},
        {"--asset", &asset_, "Asset, by id or full symbol; not given: all", Need::kOptional,
         "ASSET"},
        {"--column", &columns_, "Column; may be repeated; not given: all", Need::kOptional, "NAME"},
        {"--rows", &rows_, "Last rows of the node's output to show", Need::kOptional, "N"},
        {"--report", &report_, "Write the debugger's page to DIR/result_0", Need::kOptional, "DIR"},
        {"--json", &json_, "Print JSON"},
    };
  }
  Result<int> run(Session& session) override {
    flow::RunDirectories runs{run_, other_};
    if (other_.empty()) {
      TIEOUT_TRY(runs, flow::find_runs(run_));
    }
    const auto strings = std::make_shared<StringPool>();
    TIEOUT_TRY(const auto left, reference::open_run(runs.left, strings));
    TIEOUT_TRY(const auto right, reference::open_run(runs.right, strings));
    const std::vector<NodeLine> nodes = nodes_of(*left, *right);
    TIEOUT_TRY(const recon::SliceSelection selection, selection_of(*left, nodes));
    TIEOUT_TRY(const recon::NodeSlice slice, recon::slice_node(*left, *right, selection));
    TIEOUT_TRY(const auto known, known_beside(runs, slice.bar, selection.asset, {}));
    if (report_) {
      TIEOUT_TRY(const fs::path page, write_report(*left, *right, nodes, slice, known));
      session.out << page.string() << "\n";
    } else if (json_) {
      Json out{{"schema", "tieout.debug/1"}, {"nodes", Json::array()}};
      for (const NodeLine& node : nodes) {
        out["nodes"].push_back(
            {{"node", node.name}, {"first_difference", time_json(node.first_difference)}});
      }
      out["slice"] = slice_json(slice);
      out["market_data"] = known ? market_json(*known) : Json(nullptr);
      session.out << out.dump() << "\n";
    } else {
      session.out << nodes_text(nodes, slice) << slice_text(slice) << lineage_text(slice)
                  << market_text(known, "the bar");
    }
    return 0;
  }

 private:
  Result<recon::SliceSelection> selection_of(const runlog::RunSource& left,
                                             const std::vector<NodeLine>& nodes) const {
    recon::SliceSelection selection;
    selection.rows = rows_;
    selection.fields = columns_;
    selection.node = node_.value_or(nodes.empty() ? std::string() : nodes.back().name);
    if (bar_) {
      TIEOUT_TRY(selection.bar, parse_bar(*bar_));
    } else {
      const Result<std::string> name = recon::find_node_name(left, selection.node);
      if (!name.ok()) return name.error();
      selection.bar = std::ranges::find(nodes, *name, &NodeLine::name)->first_difference;
    }
    if (asset_) {
      TIEOUT_TRY(selection.asset, parse_asset("debug_run", *asset_, left.manifest().universe));
    }
    return selection;
  }

  Result<fs::path> write_report(const runlog::RunSource& left, const runlog::RunSource& right,
                                const std::vector<NodeLine>& nodes, const recon::NodeSlice& slice,
                                const std::optional<flow::KnownRows>& known) const {
    report::DebugInput input;
    input.title = fmt::format("{} at {}", slice.node, to_iso(slice.bar));
    for (const NodeLine& node : nodes) input.nodes.push_back({node.name, node.first_difference});
    input.slice = slice;
    TIEOUT_TRY(input.journal, recon::journal_at(left, right, slice.bar));
    if (known) input.market = flow::market_rows(*known);
    input.universe = left.manifest().universe;
    input.stamp = slice.bar;
    return report::write_debug_report(*report_, input);
  }

  std::string run_, other_;
  std::optional<std::string> node_, bar_, asset_, report_;
  std::vector<std::string> columns_;
  std::uint64_t rows_ = 3;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_debug_run() {
  return std::make_unique<DebugRun>();
}

}  // namespace tieout::cli
