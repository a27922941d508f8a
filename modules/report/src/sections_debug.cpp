#include "sections_debug.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

#include "sections.hpp"
#include "text.hpp"

namespace tieout::report {
namespace {

using recon::ValuePair;

Cell equal_cell(bool equal) {
  return equal ? Cell{"equal", Tone::kGood} : Cell{"differs", Tone::kBad};
}

Result<Blocks> nodes_section(const DebugInput& input) {
  TableBlock table;
  table.caption = fmt::format("{} in both runs, {} to {}", plural(input.slice.bars, "bar"),
                              time_text(input.slice.first_bar), time_text(input.slice.last_bar));
  table.columns = {
      {"node", Align::kCode}, {"shown below?"}, {"first bar with other bytes", Align::kTime}};
  for (const DebugNode& node : input.nodes) {
    table.rows.push_back({node.name, node.name == input.slice.node ? "this one" : "",
                          node.first_difference
                              ? Cell{time_text(*node.first_difference), Tone::kBad}
                              : Cell{"equal", Tone::kGood}});
  }
  return Blocks{table};
}

Result<Blocks> slice_section(const DebugInput& input) {
  const recon::NodeSlice& slice = input.slice;
  TableBlock table;
  table.caption = fmt::format("{} at bar {}, the last {} of its output", slice.node,
                              time_text(slice.bar), plural(slice.rows.size(), "row"));
  table.columns = {{"column", Align::kCode},
                   {"row", Align::kTime},
                   {input.left_name, Align::kNumber},
                   {input.right_name, Align::kNumber},
                   {"equal?"}};
  for (std::size_t c = 0; c < slice.columns.size(); ++c) {
    for (std::size_t r = 0; r < slice.rows.size(); ++r) {
      const ValuePair& cell = slice.cells[r][c];
      const Tone tone = cell.equal ? Tone::kPlain : Tone::kBad;
      table.rows.push_back({to_string(slice.columns[c]), time_text(slice.rows[r]),
                            Cell{cell.left, tone}, Cell{cell.right, tone}, equal_cell(cell.equal)});
    }
  }
  return Blocks{table};
}

Result<Blocks> lineage_section(const DebugInput& input) {
  TableBlock table;
  table.caption = "The node and all that it is computed from, nearest first";
  table.columns = {{"node", Align::kCode},      {"distance", Align::kNumber},
                   {"cells", Align::kNumber},   {"that differ", Align::kNumber},
                   {"first row", Align::kTime}, {"computed from", Align::kCode}};
  const recon::LineageNode* furthest = nullptr;
  for (const recon::LineageNode& node : input.slice.lineage) {
    if (node.differing > 0) furthest = &node;
    table.rows.push_back(
        {node.name, count_text(node.distance), count_text(node.cells),
         Cell{count_text(node.differing), node.differing == 0 ? Tone::kGood : Tone::kBad},
         node.first_row ? time_text(*node.first_row) : std::string(),
         fmt::format("{}", fmt::join(node.inputs, ", "))});
  }
  return Blocks{
      table,
      furthest == nullptr
          ? Paragraph{"Nothing differs at this bar.", Tone::kGood}
          : Paragraph{"The furthest that differs is where to look: " + furthest->name + "."}};
}

Result<Blocks> debug_journal_section(const DebugInput& input) {
  if (input.journal.empty()) {
    return Error{ErrorCode::kIncompleteEvidence, "neither log has a journal of this bar"};
  }
  TableBlock table;
  table.caption = "What both sides read and decided at the bar";
  table.columns = {
      {"entry"}, {input.left_name, Align::kCode}, {input.right_name, Align::kCode}, {"equal?"}};
  for (const ValuePair& entry : input.journal)
    table.rows.push_back({entry.what, entry.left, entry.right, equal_cell(entry.equal)});
  return Blocks{table};
}

Result<Blocks> market_section(const DebugInput& input) {
  if (!input.market) {
    return Error{ErrorCode::kIncompleteEvidence,
                 "no market data: needed simulation/test_data.csv.gz beside the simulation's log"};
  }
  const MarketRows& known = *input.market;
  Blocks out{Paragraph{fmt::format("{} {}; {} {}.", input.left_name, known.left_decision,
                                   input.right_name, known.right_decision)}};
  if (known.rows.empty()) {
    out.emplace_back(Paragraph{"No row of market data ends in the bar."});
    return out;
  }
  TableBlock table;
  table.caption = "Rows of market data in the bar, every version";
  table.columns = {{"row ends", Align::kTime},     {"asset"},
                   {"version", Align::kNumber},    {"known", Align::kTime},
                   {input.left_name + " knew it"}, {input.right_name + " knew it"},
                   {"open", Align::kNumber},       {"high", Align::kNumber},
                   {"low", Align::kNumber},        {"close", Align::kNumber},
                   {"volume", Align::kNumber}};
  const auto knew = [](bool yes) { return yes ? Cell{"yes"} : Cell{"no", Tone::kWarn}; };
  for (const MarketRow& row : known.rows) {
    const auto asset = std::ranges::find(input.universe, row.asset, &Asset::id);
    table.rows.push_back({time_text(row.end),
                          asset == input.universe.end() ? fmt::format("asset {}", row.asset.value)
                                                        : asset->full_symbol,
                          count_text(row.version), time_text(row.known), knew(row.left),
                          knew(row.right), format_double(row.open), format_double(row.high),
                          format_double(row.low), format_double(row.close),
                          format_double(row.volume)});
  }
  out.emplace_back(std::move(table));
  return out;
}

}  // namespace

std::vector<Section> compute_debug_sections(const DebugInput& input) {
  using Function = Result<Blocks> (*)(const DebugInput&);
  struct Spec {
    const char* id;
    const char* title;
    Function compute;
  };
  constexpr Spec kSpecs[] = {
      {"debug.slice", "Output of the node", slice_section},
      {"debug.lineage", "What it is computed from", lineage_section},
      {"debug.market", "Market data of the bar", market_section},
      {"debug.journal", "Reads and decisions", debug_journal_section},
      {"debug.nodes", "Nodes", nodes_section},
  };
  std::vector<Section> out;
  for (const Spec& spec : kSpecs)
    out.push_back(guarded_section(spec.id, spec.title, [&] { return spec.compute(input); }));
  return out;
}

}  // namespace tieout::report
