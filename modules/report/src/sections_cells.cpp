#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"
#include "tieout/recon/explain.hpp"

#include "drill_down.hpp"
#include "finding_text.hpp"
#include "next_steps.hpp"
#include "sections.hpp"

namespace tieout::report {
namespace {

using recon::CellExplanation;
using recon::Finding;
using recon::InputEvidence;
using recon::ValuePair;

constexpr std::size_t kMostValues = 6;    // of an input
constexpr std::size_t kMostVersions = 4;  // of a side
constexpr std::size_t kMostRows = 10;     // of market data
constexpr std::size_t kMostRoots = 40;    // of the table

/// "explain PROD SIM", with the directories of both logs.
std::string command_of(const Facts& facts, std::string_view name) {
  std::string out = fmt::format("tieout {}", name);
  for (const Side* side : {&facts.left, &facts.right}) {
    out += " " + (side->run == nullptr ? "LOG" : shell_line({side->run->directory().string()}));
  }
  return out;
}

std::string commands_of(const Finding& finding, const CellExplanation& cell, const Facts& facts) {
  std::string out = command_of(facts, "explain") + " --break " + break_id(finding);
  const bool is_node =
      finding.layer == recon::Layer::kInputs || finding.layer == recon::Layer::kNodes;
  if (is_node && !cell.inputs.empty()) {
    out += "\n" + command_of(facts, "debug_run") +
           fmt::format(" --node {} --bar {}", shell_line({finding.part}), to_ts_name(finding.bar));
    if (finding.asset != kNoAsset) out += fmt::format(" --asset {}", finding.asset.value);
  }
  return out;
}

std::string versions_text(const std::vector<recon::CellVersion>& versions) {
  std::string out;
  for (std::size_t i = 0; i < std::min(versions.size(), kMostVersions); ++i) {
    out += fmt::format("{}{} from bar {}", i == 0 ? "" : "\n", versions[i].value,
                       time_text(versions[i].bar));
  }
  if (versions.size() > kMostVersions) {
    out += fmt::format("\nand {} more", count_text(versions.size() - kMostVersions));
  }
  return out;
}

TableBlock values_table(const Finding& finding, const CellExplanation& cell, const Facts& facts) {
  TableBlock table;
  table.caption = "Both values";
  table.columns = {{"when"}, {facts.left.name, Align::kNumber}, {facts.right.name, Align::kNumber}};
  const auto or_none = [](const std::string& text) { return text.empty() ? "(none)" : text; };
  table.rows.push_back({"at bar " + time_text(finding.bar), Cell{or_none(finding.left), Tone::kBad},
                        Cell{or_none(finding.right), Tone::kBad}});
  if (cell.then && finding.key.empty()) {
    table.rows.push_back({"at the bar before", cell.then->left, cell.then->right});
  }
  if (cell.left_versions.size() > 1 || cell.right_versions.size() > 1) {
    table.rows.push_back({"its values over the bars", versions_text(cell.left_versions),
                          versions_text(cell.right_versions)});
  }
  if (finding.wall_left || finding.wall_right) {
    const auto when = [](const std::optional<Timestamp>& t) { return t ? time_text(*t) : "-"; };
    table.rows.push_back({"bar written", when(finding.wall_left), when(finding.wall_right)});
  }
  return table;
}

/// What the difference comes from, in words; "" when that is not known.
std::string cause_of(const Finding& finding, const CellExplanation& cell,
                     const Result<MarketRows>* market) {
  if (market != nullptr && market->ok() && !(*market)->cause.empty()) return (*market)->cause;
  if (finding.kind == recon::BreakKind::kConfigLeaf) return "a leaf of the config";
  const bool all_agree =
      !cell.inputs.empty() && std::ranges::all_of(cell.inputs, &InputEvidence::equal);
  if (finding.is_root && all_agree) return "its inputs agree: code, parameters or state";
  return "";
}

Cell linked(std::string text, std::string anchor) {
  Cell cell{std::move(text)};
  cell.anchor = std::move(anchor);
  return cell;
}

Bullets facts_list(const Finding& finding, const std::string& cause, const Facts& facts) {
  Bullets out;
  if (has_distance(finding)) {
    out.items.emplace_back(fmt::format("Difference: {} absolute, {} relative, {} ulp",
                                       number_text(finding.abs_diff), number_text(finding.rel_diff),
                                       ulp_text(finding.ulp)));
  }
  out.items.emplace_back(fmt::format("Rule: {}; check {}, {}, {}", finding.rule, finding.check,
                                     to_string(finding.severity), to_string(finding.kind)));
  if (finding.is_root) {
    out.items.emplace_back("Root: nothing that it is computed from differs at its bar");
  } else if (!finding.parent.empty()) {
    out.items.push_back(linked("Consequence of root " + finding.parent,
                               facts.drill_down().anchor_of_id(finding.parent)));
  }
  if (!cause.empty()) out.items.emplace_back("Cause: " + cause);
  if (!finding.note.empty()) out.items.emplace_back("Note: " + finding.note);
  return out;
}

void add_inputs(const CellExplanation& cell, const Facts& facts, Blocks& out) {
  if (cell.inputs.empty()) {
    out.emplace_back(Paragraph{"Nothing is recorded of what it is computed from.", Tone::kMuted});
    return;
  }
  TableBlock table;
  table.caption = "What it is computed from";
  table.columns = {{"input", Align::kCode},
                   {"where", Align::kCode},
                   {facts.left.name, Align::kNumber},
                   {facts.right.name, Align::kNumber},
                   {"equal?"}};
  for (const InputEvidence& input : cell.inputs) {
    // What differs first, then the nearest of the rest.
    std::vector<ValuePair> values = input.values;
    std::ranges::stable_sort(values, {}, &ValuePair::equal);
    const std::string count =
        input.differing > kMostValues ? ", " + count_text(input.differing) + " differ" : "";
    if (values.empty() || !count.empty()) {
      table.rows.push_back(
          {input.part, input.reach + count, "", "",
           input.equal ? Cell{"equal", Tone::kGood} : Cell{"differs", Tone::kBad}});
    }
    for (std::size_t i = 0; i < std::min(values.size(), kMostValues); ++i) {
      const Tone tone = values[i].equal ? Tone::kPlain : Tone::kBad;
      table.rows.push_back({input.part, values[i].what, Cell{values[i].left, tone},
                            Cell{values[i].right, tone},
                            values[i].equal ? Cell{"equal"} : Cell{"differs", Tone::kBad}});
    }
  }
  out.emplace_back(std::move(table));
}

/// One explained break.
struct Explained {
  const Finding* finding = nullptr;
  CellExplanation cell;
  std::optional<Result<MarketRows>> market;
  /// Id of an earlier break with the same rows of market data; "": there is none.
  std::string same_market;
  std::string cause;
};

TableBlock market_table(const MarketRows& known, const Finding& finding, const Facts& facts) {
  // Rows that only one side knew tell the most.
  std::vector<MarketRow> rows = known.rows;
  std::ranges::stable_sort(rows, {}, [](const MarketRow& row) { return row.left == row.right; });
  const std::size_t shown = std::min(rows.size(), kMostRows);
  rows.resize(shown);
  std::ranges::stable_sort(rows, [](const MarketRow& a, const MarketRow& b) {
    return std::tuple(a.end, a.asset, a.version) < std::tuple(b.end, b.asset, b.version);
  });
  const bool one_asset = finding.asset != kNoAsset;
  TableBlock table;
  table.caption =
      "Rows of market data" +
      (one_asset ? " of " + facts.asset_text(finding.asset) : std::string()) +
      (shown == known.rows.size()
           ? ", every version"
           : fmt::format(", {} of {} versions", count_text(shown), count_text(known.rows.size())));
  table.columns = {{"row ends", Align::kTime}};
  if (!one_asset) table.columns.push_back({"asset"});
  for (const ColumnHead& column : std::initializer_list<ColumnHead>{{"version", Align::kNumber},
                                                                    {"known", Align::kTime},
                                                                    {facts.left.name + " knew it"},
                                                                    {facts.right.name + " knew it"},
                                                                    {"open", Align::kNumber},
                                                                    {"high", Align::kNumber},
                                                                    {"low", Align::kNumber},
                                                                    {"close", Align::kNumber},
                                                                    {"volume", Align::kNumber}}) {
    table.columns.push_back(column);
  }
  const auto knew = [](bool yes) { return yes ? Cell{"yes"} : Cell{"no", Tone::kWarn}; };
  for (const MarketRow& row : rows) {
    std::vector<Cell> cells{time_text(row.end)};
    if (!one_asset) cells.emplace_back(facts.asset_text(row.asset));
    cells.insert(cells.end(),
                 {count_text(row.version), time_text(row.known), knew(row.left), knew(row.right),
                  format_double(row.open), format_double(row.high), format_double(row.low),
                  format_double(row.close), format_double(row.volume)});
    table.rows.push_back(std::move(cells));
  }
  return table;
}

void add_market(const Explained& item, const Facts& facts, Blocks& out) {
  if (!item.market) return;
  const Result<MarketRows>& market = *item.market;
  if (!market.ok()) {
    out.emplace_back(
        Paragraph{"Market data not available: " + market.error().message, Tone::kWarn});
    return;
  }
  if (!item.same_market.empty()) {
    Bullets same;
    same.items.push_back(linked("Market data: the same rows as of break " + item.same_market,
                                facts.drill_down().anchor_of_id(item.same_market)));
    out.emplace_back(std::move(same));
    return;
  }
  out.emplace_back(
      Paragraph{fmt::format("Market data: {} {}; {} {}.", facts.left.name, market->left_decision,
                            facts.right.name, market->right_decision)});
  if (market->rows.empty()) {
    out.emplace_back(Paragraph{"No row of market data ends in the period of the cell."});
    return;
  }
  out.emplace_back(market_table(*market, *item.finding, facts));
}

/// "2018-01-23 00:40:00 predict.0.read_data, column close, asset ...: prod 104.0, sim 104.01".
std::string summary_of(const Finding& finding, const Facts& facts) {
  constexpr std::size_t kLongest = 40;
  const auto value = [](const std::string& text) {
    if (text.empty()) return std::string("(none)");
    return text.size() <= kLongest ? text : text.substr(0, kLongest) + "...";
  };
  return fmt::format("{} {}: {} {}, {} {}{}", time_text(finding.bar), place_of(finding, facts),
                     facts.left.name, value(finding.left), facts.right.name, value(finding.right),
                     finding.is_root ? " (root)" : "");
}

Result<std::vector<Explained>> explained(const Facts& facts) {
  std::vector<CellExplanation> cells;
  const auto chosen = facts.drill_down().cells();
  if (facts.left.run != nullptr && facts.right.run != nullptr) {
    TIEOUT_TRY(cells, recon::explain_findings(*facts.left.run, *facts.right.run, *facts.comparison,
                                              chosen));
  }
  cells.resize(chosen.size());
  std::vector<Explained> out;
  std::map<std::tuple<Timestamp, Timestamp, AssetId>, std::string> shown;  // rows -> break
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    Explained item;
    item.finding = chosen[i];
    item.cell = std::move(cells[i]);
    if (facts.input.market && is_break_of_data(*item.finding)) {
      item.market = facts.input.market(*item.finding);
      const Finding& finding = *item.finding;
      const auto [first, is_new] =
          shown.try_emplace({finding.bar, finding.row.value_or(finding.bar), finding.asset});
      if (is_new) {
        first->second = break_id(finding);
      } else {
        item.same_market = first->second;
      }
    }
    item.cause = cause_of(*item.finding, item.cell, item.market ? &*item.market : nullptr);
    out.push_back(std::move(item));
  }
  return out;
}

Fold fold_of(const Explained& item, const Facts& facts) {
  const Finding& finding = *item.finding;
  Fold fold{summary_of(finding, facts), {}};
  fold.id = facts.drill_down().anchor_of(finding);
  fold.blocks.emplace_back(values_table(finding, item.cell, facts));
  fold.blocks.emplace_back(facts_list(finding, item.cause, facts));
  add_inputs(item.cell, facts, fold.blocks);
  add_market(item, facts, fold.blocks);
  fold.blocks.emplace_back(Code{commands_of(finding, item.cell, facts)});
  return fold;
}

/// Roots, what they come from, and how far they went.
void add_roots(const std::vector<Explained>& items, const Facts& facts, Blocks& out) {
  if (facts.left.run == nullptr || facts.right.run == nullptr) return;
  const std::vector<recon::RootExplanation> roots =
      recon::explain_roots(*facts.left.run, *facts.right.run, *facts.comparison);
  if (roots.empty()) return;
  const std::size_t shown = std::min(roots.size(), kMostRoots);
  TableBlock table;
  table.caption = shown == roots.size() ? "Roots: what nothing else explains, in causal order"
                                        : fmt::format("Roots: the first {} of {}, in causal order",
                                                      count_text(shown), count_text(roots.size()));
  table.columns = {{"root", Align::kCode},
                   {"first bar", Align::kTime},
                   {"where", Align::kCode},
                   {facts.left.name, Align::kNumber},
                   {facts.right.name, Align::kNumber},
                   {"abs", Align::kNumber},
                   {"rule", Align::kCode},
                   {"cause", Align::kNote},
                   {"cells", Align::kNumber},
                   {"consequences", Align::kNumber},
                   {"parts reached", Align::kNumber}};
  for (std::size_t i = 0; i < shown; ++i) {
    const Finding& finding = roots[i].finding;
    const std::string id = break_id(finding);
    const auto item = std::ranges::find_if(
        items, [&id](const Explained& e) { return break_id(*e.finding) == id; });
    table.rows.push_back({linked(id, facts.drill_down().anchor_of_id(id)), time_text(finding.bar),
                          place_of(finding, facts), finding.left, finding.right,
                          has_distance(finding) ? number_text(finding.abs_diff) : "", finding.rule,
                          item == items.end() ? std::string() : item->cause,
                          count_text(roots[i].breaks), count_text(roots[i].consequences),
                          count_text(roots[i].reached.size())});
  }
  out.emplace_back(std::move(table));
}

/// The breaks behind each mark of a map.
void add_lists(const BreakMap& map, const Facts& facts, Blocks& out) {
  for (std::size_t r = 0; r < map.rows.size(); ++r) {
    Fold row{fmt::format("{}: {} in {}", map.rows[r], plural(map.totals[r], "break"),
                         plural(map.bars_with[r], "bar")),
             {}};
    row.id = place_of_row(map, r);
    for (const BreakList& list : map.lists) {
      if (list.row != r) continue;
      Fold fold{list.title, {}};
      fold.id = list.anchor;
      Bullets bullets;
      for (const Finding* finding : list.shown) {
        bullets.items.push_back(
            linked(summary_of(*finding, facts), facts.drill_down().anchor_of(*finding)));
      }
      if (list.breaks > list.shown.size()) {
        bullets.items.emplace_back("and " + count_text(list.breaks - list.shown.size()) + " more");
      }
      fold.blocks.emplace_back(std::move(bullets));
      row.blocks.emplace_back(std::move(fold));
    }
    out.emplace_back(std::move(row));
  }
  if (map.rows_left_out > 0) {
    out.emplace_back(
        Paragraph{fmt::format("{} with fewer breaks left out.", plural(map.rows_left_out, map.key)),
                  Tone::kMuted});
  }
}

}  // namespace

Result<Blocks> cells_section(const Facts& facts) {
  TIEOUT_TRY(const recon::Comparison* comparison, facts.need_comparison());
  const DrillDown& drill_down = facts.drill_down();
  if (drill_down.cells().empty()) {
    return Blocks{
        comparison->cells.compared == 0
            ? Paragraph{"Nothing was compared, so there is no break to explain.", Tone::kWarn}
            : Paragraph{"No cell breaks.", Tone::kGood}};
  }
  TIEOUT_TRY(const std::vector<Explained> items, explained(facts));
  const auto breaks = static_cast<std::uint64_t>(
      std::ranges::count_if(comparison->findings, [](const Finding& f) { return !f.remark; }));
  const std::uint64_t total =
      comparison->findings_truncated ? std::max(comparison->distinct_breaks, breaks) : breaks;
  Blocks out;
  out.emplace_back(Paragraph{fmt::format(
      "{} of {} explained here: the first divergence, roots, then some of every part, bar and "
      "asset. {} left out; each is a line of findings.jsonl, and this shows any of them:",
      count_text(items.size()), plural(total, "break"), count_text(total - items.size()))});
  out.emplace_back(Code{command_of(facts, "explain") + " --break ID"});
  if (!facts.input.market) {
    out.emplace_back(
        Paragraph{"There is no market data beside the logs: the rows behind a cell and "
                  "who knew them when cannot be shown.",
                  Tone::kMuted});
  }
  add_roots(items, facts, out);
  for (const Explained& item : items) out.emplace_back(fold_of(item, facts));
  for (const BreakMap* map : {&drill_down.by_part(), &drill_down.by_asset()}) {
    if (map->rows.empty()) continue;
    out.emplace_back(Paragraph{fmt::format("Breaks by {} and bar", map->key)});
    add_lists(*map, facts, out);
  }
  return out;
}

}  // namespace tieout::report
