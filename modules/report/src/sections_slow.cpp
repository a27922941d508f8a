#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "sections.hpp"

namespace tieout::report {
namespace {

using runlog::NodeInfo;
using runlog::RunReader;

/// What one bar did to one node's window.
struct BarChange {
  std::size_t added = 0;      // rows that the window did not have
  std::size_t rewritten = 0;  // rows that the window had with other bits
};

bool same_row(const Panel& left, std::size_t left_row, const Panel& right, std::size_t right_row) {
  std::vector<double> left_values(left.column_count());
  std::vector<double> right_values(right.column_count());
  left.copy_row(left_row, left_values);
  right.copy_row(right_row, right_values);
  return hash_row(left.index()[left_row], left_values) ==
         hash_row(right.index()[right_row], right_values);
}

/// Walk one node through all bars. Cost: one window in memory, every frame read once.
Result<std::vector<BarChange>> changes_of(const RunReader& run, std::size_t topological_id) {
  std::vector<BarChange> out;
  Panel window;
  for (std::size_t i = 0; i < run.bars().size(); ++i) {
    TIEOUT_TRY(const runlog::NodeFrame frame, run.node_frame(topological_id, i));
    BarChange change;
    for (std::size_t row = 0; row < frame.changed.row_count(); ++row) {
      const std::optional<std::size_t> before = window.find_row(frame.changed.index()[row]);
      if (!before.has_value() || window.column_count() != frame.changed.column_count()) {
        ++change.added;
      } else if (!same_row(frame.changed, row, window, *before)) {
        ++change.rewritten;
      }
    }
    TIEOUT_CHECK(apply_frame(frame, window));
    out.push_back(change);
  }
  return out;
}

const NodeInfo* find_node(const RunReader* run, const std::string& name) {
  if (run == nullptr) return nullptr;
  const std::vector<NodeInfo>& nodes = run->manifest().nodes;
  const auto it = std::find_if(nodes.begin(), nodes.end(),
                               [&name](const NodeInfo& n) { return n.name == name; });
  return it == nodes.end() ? nullptr : &*it;
}

/// Node names of both runs: the left run's order, then what only the right one has.
std::vector<std::string> node_names(const Facts& facts) {
  std::vector<std::string> out;
  std::set<std::string> seen;
  for (const Side* side : {&facts.left, &facts.right}) {
    if (side->run == nullptr) continue;
    for (const NodeInfo& node : side->run->manifest().nodes) {
      if (seen.insert(node.name).second) out.push_back(node.name);
    }
  }
  return out;
}

std::map<Timestamp, std::size_t> positions_of(const RunReader* run) {
  std::map<Timestamp, std::size_t> out;
  if (run == nullptr) return out;
  for (std::size_t i = 0; i < run->bars().size(); ++i) out[run->bars()[i].bar] = i;
  return out;
}

/// Distinct breaks that first show at (node, bar), from the findings that were kept.
std::map<std::pair<std::string, Timestamp>, std::uint64_t> breaks_of(
    const recon::Comparison* comparison) {
  std::map<std::pair<std::string, Timestamp>, std::uint64_t> out;
  if (comparison == nullptr) return out;
  for (const recon::Finding& finding : comparison->findings) {
    if (finding.layer == recon::Layer::kNodes) ++out[{finding.part, finding.bar}];
  }
  return out;
}

struct NodeBars {
  TableBlock table;
  std::size_t different = 0;
};

/// A node at one bar, as a row of its table.
struct NodeBar {
  Timestamp bar;
  Cell result;
  std::string left_hash, right_hash;
  std::uint64_t breaks = 0;
  bool differs() const noexcept { return result.tone == Tone::kBad; }
};

/// Rows of the tables of all nodes together: a page has a size whatever the run's length.
constexpr std::size_t kMostNodeRows = 300;
constexpr std::size_t kFewestNodeRows = 10;
constexpr std::size_t kMostRewrites = 500;  // of a side

/// Bars [from, until) as one row.
std::vector<Cell> merged_row(const std::vector<NodeBar>& bars, std::size_t from,
                             std::size_t until) {
  std::uint64_t breaks = 0;
  std::size_t differing = 0;
  bool alike = true;
  for (std::size_t i = from; i < until; ++i) {
    breaks += bars[i].breaks;
    if (bars[i].differs()) ++differing;
    alike = alike && bars[i].result.text == bars[from].result.text;
  }
  const NodeBar& first = bars[from];
  const Cell result =
      alike ? first.result : Cell{count_text(differing) + " of them differ", Tone::kBad};
  const bool one = until == from + 1;
  constexpr std::size_t kShownHash = 12;
  return {one ? time_text(first.bar)
              : fmt::format("{} to {} ({})", time_text(first.bar), time_text(bars[until - 1].bar),
                            plural(until - from, "bar")),
          result, one ? first.left_hash.substr(0, kShownHash) : "",
          one ? first.right_hash.substr(0, kShownHash) : "",
          breaks == 0 ? std::string() : count_text(breaks)};
}

/// Bars that agree one after the other are one row, and so are those that are too many to show.
void add_rows(const std::vector<NodeBar>& bars, std::size_t most, TableBlock& table) {
  for (std::size_t i = 0; i < bars.size();) {
    std::size_t until = i + 1;
    const bool full = table.rows.size() + 1 >= most;
    const auto joins = [&bars, i](const NodeBar& bar) {
      return !bars[i].differs() && !bar.differs();
    };
    while (until < bars.size() && (full || joins(bars[until]))) ++until;
    table.rows.push_back(merged_row(bars, i, until));
    i = until;
  }
}

NodeBars node_table(const Facts& facts, const std::string& name,
                    const std::map<Timestamp, std::size_t>& left_bars,
                    const std::map<Timestamp, std::size_t>& right_bars,
                    const std::vector<Timestamp>& bars,
                    const std::map<std::pair<std::string, Timestamp>, std::uint64_t>& breaks,
                    std::size_t most_rows) {
  const NodeInfo* left = find_node(facts.left.run, name);
  const NodeInfo* right = find_node(facts.right.run, name);
  NodeBars out;
  out.table.caption = name + " at every bar";
  out.table.columns = {{"bar", Align::kTime},
                       {"df_out"},
                       {"hash " + facts.left.name, Align::kCode},
                       {"hash " + facts.right.name, Align::kCode},
                       {"new breaks", Align::kNumber}};
  std::vector<NodeBar> states;
  for (const Timestamp bar : bars) {
    const auto left_at = left_bars.find(bar);
    const auto right_at = right_bars.find(bar);
    const bool has_left = left != nullptr && left_at != left_bars.end();
    const bool has_right = right != nullptr && right_at != right_bars.end();
    NodeBar state{bar, {"equal", Tone::kGood}, "", "", 0};
    if (has_left) {
      state.left_hash = to_hex(facts.left.run->window_hash(left->topological_id, left_at->second));
    }
    if (has_right) {
      state.right_hash =
          to_hex(facts.right.run->window_hash(right->topological_id, right_at->second));
    }
    if (state.left_hash != state.right_hash) state.result = {"differs", Tone::kBad};
    if (!has_left) state.result = {facts.right.name + " only", Tone::kBad};
    if (!has_right) state.result = {facts.left.name + " only", Tone::kBad};
    if (state.differs()) ++out.different;
    if (const auto found = breaks.find({name, bar}); found != breaks.end())
      state.breaks = found->second;
    states.push_back(std::move(state));
  }
  add_rows(states, most_rows, out.table);
  return out;
}

}  // namespace

Result<Blocks> slow_self_consistency_section(const Facts& facts) {
  Blocks out;
  for (const Side* side : {&facts.left, &facts.right}) {
    TIEOUT_TRY(const RunReader* run, need_run(*side));
    TableBlock table;
    table.caption = "Bars of " + side->name + " that rewrote rows of the bar before";
    table.columns = {{"bar", Align::kTime},
                     {"node", Align::kCode},
                     {"rows rewritten", Align::kNumber},
                     {"rows added", Align::kNumber}};
    for (const NodeInfo& node : run->manifest().nodes) {
      TIEOUT_TRY(const std::vector<BarChange> changes, changes_of(*run, node.topological_id));
      for (std::size_t i = 0; i < changes.size(); ++i) {
        if (changes[i].rewritten == 0) continue;
        table.rows.push_back({time_text(run->bars()[i].bar), node.name,
                              count_text(changes[i].rewritten), count_text(changes[i].added)});
      }
    }
    // By bar, then in the order of the nodes: the order in which a revision travels.
    std::stable_sort(table.rows.begin(), table.rows.end(),
                     [](const std::vector<Cell>& a, const std::vector<Cell>& b) {
                       return a.front().text < b.front().text;
                     });
    const std::size_t count = table.rows.size();
    if (count > kMostRewrites) {
      table.rows.resize(kMostRewrites, {Cell{""}});
      table.caption +=
          fmt::format(", the first {} of {}", count_text(kMostRewrites), count_text(count));
    }
    if (count == 0) {
      out.emplace_back(Paragraph{
          side->name + ": no bar rewrote a row of the bar before, at any node.", Tone::kGood});
    } else {
      out.emplace_back(Fold{side->name + ": " + plural(count, "rewrite") + " (node and bar)",
                            {std::move(table)}});
    }
  }
  return out;
}

Result<Blocks> slow_dag_comparison_section(const Facts& facts) {
  const std::map<Timestamp, std::size_t> left_bars = positions_of(facts.left.run);
  const std::map<Timestamp, std::size_t> right_bars = positions_of(facts.right.run);
  std::set<Timestamp> all;
  for (const auto& item : left_bars) all.insert(item.first);
  for (const auto& item : right_bars) all.insert(item.first);
  if (all.empty()) return Error{ErrorCode::kIncompleteEvidence, "no run with a bar in it"};
  const std::vector<Timestamp> bars(all.begin(), all.end());
  const auto breaks = breaks_of(facts.comparison);
  Blocks out;
  if (facts.comparison != nullptr && facts.comparison->findings_truncated) {
    out.emplace_back(
        Paragraph{"Not all findings were kept: 'new breaks' counts those that were.", Tone::kWarn});
  }
  const std::vector<std::string> names = node_names(facts);
  const std::size_t most_rows =
      std::max(kFewestNodeRows, kMostNodeRows / std::max<std::size_t>(names.size(), 1));
  for (const std::string& name : names) {
    NodeBars node = node_table(facts, name, left_bars, right_bars, bars, breaks, most_rows);
    const std::string summary =
        node.different == 0 ? fmt::format("{}: equal at all {}", name, plural(bars.size(), "bar"))
                            : fmt::format("{}: differs at {} of {}", name,
                                          count_text(node.different), plural(bars.size(), "bar"));
    out.emplace_back(Fold{summary, {std::move(node.table)}});
  }
  return out;
}

}  // namespace tieout::report
