#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

#include "drill_down.hpp"
#include "finding_text.hpp"
#include "sections.hpp"

namespace tieout::report {
namespace {

using runlog::Manifest;
using runlog::RunReader;

TableBlock findings_table(const std::string& caption, const std::vector<recon::Finding>& findings,
                          std::size_t count, const Facts& facts) {
  TableBlock table;
  table.caption = caption;
  table.columns = {{"id", Align::kCode},
                   {"severity"},
                   {"check", Align::kCode},
                   {"layer"},
                   {"what"},
                   {"first bar", Align::kTime},
                   {"part", Align::kCode},
                   {"column", Align::kCode},
                   {"asset"},
                   {"row", Align::kTime},
                   {"key", Align::kCode},
                   {facts.left.name, Align::kNumber},
                   {facts.right.name, Align::kNumber},
                   {"abs", Align::kNumber},
                   {"rel", Align::kNumber},
                   {"ulp", Align::kNumber},
                   {"rule", Align::kCode},
                   {"root", Align::kCode},
                   {"note"}};
  for (std::size_t i = 0; i < std::min(count, findings.size()); ++i) {
    const recon::Finding& f = findings[i];
    const bool distance = has_distance(f);
    // A remark says nothing about the difference of the runs, whatever its severity.
    const std::string severity =
        fmt::format("{}{}", to_string(f.severity), f.remark ? " (remark)" : "");
    Cell root{f.remark ? "" : f.is_root ? "itself" : f.parent};
    if (!f.is_root) root.anchor = facts.drill_down().anchor_of_id(f.parent);
    Cell id{break_id(f)};
    id.anchor = facts.drill_down().anchor_of(f);
    table.rows.push_back({std::move(id), severity, f.check, std::string(to_string(f.layer)),
                          std::string(to_string(f.kind)), time_text(f.bar), f.part, f.column,
                          facts.asset_text(f.asset), f.row.has_value() ? time_text(*f.row) : "",
                          f.key, f.left, f.right, distance ? number_text(f.abs_diff) : "",
                          distance ? number_text(f.rel_diff) : "", distance ? ulp_text(f.ulp) : "",
                          f.rule, root, f.note});
  }
  return table;
}

/// Hash over the content of all bars: equal exactly when all node windows and compared tables of
/// all bars are equal.
std::string content_identity(const RunReader& run) {
  Hasher hasher;
  for (const runlog::BarRecord& bar : run.bars()) {
    hasher.add_i64(bar.bar.ns);
    hasher.add_hash(bar.content_hash);
  }
  return to_hex(hasher.digest());
}

void add_identity(TableBlock& table, const Facts& facts, const std::string& name,
                  const std::function<Result<std::string>(const RunReader&)>& value) {
  const Cell left = side_cell(facts.left, value);
  const Cell right = side_cell(facts.right, value);
  const bool comparable = left.tone == Tone::kPlain && right.tone == Tone::kPlain;
  Cell verdict{"not comparable", Tone::kWarn};
  if (comparable)
    verdict = left.text == right.text ? Cell{"equal", Tone::kGood} : Cell{"differs", Tone::kWarn};
  table.rows.push_back({name, left, right, verdict});
}

std::string or_dash(std::string text) {
  return text.empty() ? "-" : std::move(text);
}

}  // namespace

Result<Blocks> identities_section(const Facts& facts) {
  TableBlock table;
  table.caption = "What each run is a function of, and what it came to";
  table.columns = {
      {"identity"}, {facts.left.name, Align::kCode}, {facts.right.name, Align::kCode}, {"equal?"}};
  const auto add = [&](const std::string& name,
                       const std::function<std::string(const Manifest&)>& value) {
    add_identity(table, facts, name, [&value](const RunReader& run) {
      return Result<std::string>(or_dash(value(run.manifest())));
    });
  };
  add("constructor", [](const Manifest& m) { return m.constructor; });
  add("run mode", [](const Manifest& m) { return m.run_mode; });
  add("mode", [](const Manifest& m) { return m.mode; });
  add("stage", [](const Manifest& m) { return m.stage; });
  add("replay", [](const Manifest& m) { return m.replay; });
  add("window", [](const Manifest& m) {
    return time_text(m.start) + " .. " +
           (m.end == runlog::kOpenEnd ? "until stopped" : time_text(m.end));
  });
  add("bar", [](const Manifest& m) { return to_period(m.bar); });
  add("history lookback", [](const Manifest& m) { return to_period(m.history_lookback); });
  add("assets", [](const Manifest& m) { return count_text(m.universe.size()); });
  add("nodes", [](const Manifest& m) { return count_text(m.nodes.size()); });
  add_identity(table, facts, "bars in the log", [](const RunReader& run) {
    return Result<std::string>(count_text(run.bars().size()));
  });
  add("outcome", [](const Manifest& m) { return std::string(to_string(m.outcome)); });
  add("start state", [](const Manifest& m) { return m.start_state; });
  add("config hash", [](const Manifest& m) { return m.config_hash; });
  add_identity(table, facts, "content hash",
               [](const RunReader& run) { return Result<std::string>(content_identity(run)); });
  add("root hash", [](const Manifest& m) { return m.root_hash; });
  std::set<std::string> environment;
  for (const Side* side : {&facts.left, &facts.right}) {
    if (side->run == nullptr) continue;
    for (const auto& item : side->run->manifest().environment) environment.insert(item.first);
  }
  for (const std::string& key : environment) {
    add("environment: " + key, [&key](const Manifest& m) {
      const auto it = m.environment.find(key);
      return it == m.environment.end() ? std::string() : it->second;
    });
  }
  return Blocks{table, Paragraph{"The content hash covers every node window and every compared "
                                 "table of every bar. The root hash covers the whole log, also "
                                 "when things were computed, so that two runs with the same "
                                 "content differ in it. Config and replay of a simulation differ "
                                 "from production on purpose; the config diff says which leaves.",
                                 Tone::kMuted}};
}

Result<Blocks> first_divergence_section(const Facts& facts) {
  TIEOUT_TRY(const recon::Comparison* comparison, facts.need_comparison());
  Blocks out;
  if (!comparison->first.has_value()) {
    out.emplace_back(Paragraph{comparison->cells.compared == 0
                                   ? "Nothing was compared, so nothing can be said to agree."
                                   : "None: every compared cell agrees.",
                               comparison->cells.compared == 0 ? Tone::kWarn : Tone::kGood});
  } else {
    const recon::FirstDivergence& first = *comparison->first;
    const recon::Finding& finding = first.finding;
    out.emplace_back(Paragraph{first.sentence});
    TableBlock table;
    table.caption = "The earliest difference in causal order";
    table.columns = {{"fact"}, {"value", Align::kCode}};
    table.rows = {{"bar", time_text(finding.bar)},
                  {"layer", std::string(to_string(finding.layer))},
                  {"reaches", or_dash(first.node)},
                  {"where", place_of(finding, facts)},
                  {"kind", std::string(to_string(finding.kind))},
                  {facts.left.name, Cell{or_dash(finding.left), Tone::kBad}},
                  {facts.right.name, Cell{or_dash(finding.right), Tone::kBad}}};
    if (has_distance(finding)) {
      table.rows.push_back({"absolute difference", number_text(finding.abs_diff)});
      table.rows.push_back({"relative difference", number_text(finding.rel_diff)});
      table.rows.push_back({"units in the last place", ulp_text(finding.ulp)});
    }
    table.rows.push_back({"rule", finding.rule});
    table.rows.push_back({"severity", std::string(to_string(finding.severity))});
    Cell id{break_id(finding)};
    id.anchor = facts.drill_down().anchor_of(finding);
    table.rows.push_back({"break, its inputs and market data", std::move(id)});
    out.emplace_back(std::move(table));
    if (first.reached.has_value()) {
      out.emplace_back(findings_table("The first break in the data that it comes with",
                                      {*first.reached}, 1, facts));
    }
    if (!first.inputs.empty()) {
      out.emplace_back(findings_table("Inputs of " + first.node + " that differ at this bar",
                                      first.inputs, first.inputs.size(), facts));
    } else if (first.inputs_equal && finding.kind != recon::BreakKind::kConfigLeaf) {
      out.emplace_back(Paragraph{
          "Its inputs are equal on both sides: the code or the parameters differ.", Tone::kWarn});
    }
  }
  for (const Evidence& evidence : facts.input.evidence) {
    out.emplace_back(Paragraph{"Evidence: " + evidence.title});
    out.emplace_back(Bullets{evidence.lines});
  }
  return out;
}

Result<Blocks> layers_section(const Facts& facts) {
  TIEOUT_TRY(const recon::Comparison* comparison, facts.need_comparison());
  TableBlock table;
  table.caption = "Layers in causal order: a break in one explains breaks in those after it";
  table.columns = {{"layer"},
                   {"verdict"},
                   {"cells", Align::kNumber},
                   {"compared", Align::kNumber},
                   {"bit-equal", Align::kNumber},
                   {"within a rule", Align::kNumber},
                   {"different", Align::kNumber},
                   {"NaN one side", Align::kNumber},
                   {"other type", Align::kNumber},
                   {"missing", Align::kNumber},
                   {"breaks", Align::kNumber}};
  // Columns of a policy are shown only where it did something.
  const std::pair<const char*, std::uint64_t recon::CellCounts::*> of_policy[] = {
      {"ignored", &recon::CellCounts::ignored},
      {"waived", &recon::CellCounts::waived},
      {"by no rule", &recon::CellCounts::uncovered}};
  std::vector<std::uint64_t recon::CellCounts::*> shown;
  for (const auto& item : of_policy) {
    const bool any = std::any_of(
        comparison->layers.begin(), comparison->layers.end(),
        [&item](const recon::LayerResult& layer) { return layer.cells.*item.second > 0; });
    if (!any) continue;
    table.columns.push_back({item.first, Align::kNumber});
    shown.push_back(item.second);
  }
  Bullets notes;
  for (const recon::LayerResult& layer : comparison->layers) {
    table.rows.push_back({std::string(to_string(layer.layer)),
                          Cell{std::string(to_string(layer.verdict)), tone_of(layer.verdict)},
                          count_text(layer.cells.present), count_text(layer.cells.compared),
                          count_text(layer.cells.bitwise), count_text(layer.cells.within),
                          count_text(layer.cells.outside), count_text(layer.cells.nan_one_side),
                          count_text(layer.cells.type_mismatch), count_text(layer.cells.missing),
                          count_text(layer.distinct_breaks)});
    for (const auto count : shown) table.rows.back().emplace_back(count_text(layer.cells.*count));
    if (!layer.note.empty())
      notes.items.push_back(std::string(to_string(layer.layer)) + ": " + layer.note);
  }
  Blocks out{table};
  if (!notes.items.empty()) out.emplace_back(std::move(notes));
  out.emplace_back(
      Paragraph{"A cell is one value of one node or table at one bar. A cell that stays different "
                "while it is inside the window counts once as a break.",
                Tone::kMuted});
  return out;
}

Result<Blocks> findings_section(const Facts& facts) {
  constexpr std::size_t kShown = 100;
  TIEOUT_TRY(const recon::Comparison* comparison, facts.need_comparison());
  if (comparison->findings.empty()) return Blocks{Paragraph{"No findings."}};
  const std::size_t shown = std::min(kShown, comparison->findings.size());
  Blocks out;
  out.emplace_back(Paragraph{fmt::format(
      "{} shown of {} kept; {} counted in total. All that are kept are in findings.jsonl.{}",
      count_text(shown), plural(comparison->findings.size(), "finding"),
      plural(comparison->distinct_breaks, "distinct break"),
      comparison->findings_truncated ? " The rest was counted but not kept." : "")});
  out.emplace_back(findings_table("Findings in causal order", comparison->findings, kShown, facts));
  return out;
}

}  // namespace tieout::report
