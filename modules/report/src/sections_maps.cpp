#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

#include "chart_curves.hpp"
#include "drill_down.hpp"
#include "map_plot.hpp"
#include "sections.hpp"

namespace tieout::report {
namespace {

using recon::Finding;
using recon::Layer;

/// The numbers of a map: key, breaks, bars with breaks, first bar.
TableBlock table_of(const BreakMap& map) {
  TableBlock table;
  table.caption = fmt::format("Breaks by {}", map.key);
  table.columns = {{map.key, Align::kCode},
                   {"breaks", Align::kNumber},
                   {"bars", Align::kNumber},
                   {"first bar", Align::kTime}};
  for (std::size_t r = 0; r < map.rows.size(); ++r) {
    Cell name{map.rows[r]};
    name.anchor = place_of_row(map, r);
    table.rows.push_back({std::move(name), count_text(map.totals[r]), count_text(map.bars_with[r]),
                          time_text(map.first_bars[r])});
  }
  return table;
}

void add_map(const BreakMap& map, const std::vector<Timestamp>& bars, Blocks& out) {
  if (map.rows.empty()) return;
  TableBlock table = table_of(map);
  HeatMap heat;
  heat.label =
      fmt::format("New breaks by {} and bar (times UTC); a mark leads to its breaks", map.key);
  heat.rows = map.rows;
  heat.bars = bars;
  heat.counts = map.marks;
  for (const BreakList& list : map.lists)
    heat.links.push_back({list.row, list.from, list.until, list.anchor, list.title});
  std::string words;
  for (const auto& row : table.rows) {
    words += fmt::format("{}: {} breaks in {} bars from {}\n", row[0].text, row[1].text,
                         row[2].text, row[3].text);
  }
  out.emplace_back(Figure{heat.label, heat_map_svg(heat), words});
  const std::string rest = map.rows_left_out == 0 ? ""
                                                  : fmt::format("; {} with fewer breaks left out",
                                                                plural(map.rows_left_out, map.key));
  out.emplace_back(Fold{plural(map.rows.size(), map.key) + " with breaks" + rest + ": table",
                        {std::move(table)}});
}

/// Tables between the last node and the statistics, in causal order.
constexpr std::array kTableLayers{Layer::kTargetPositions, Layer::kOrders,    Layer::kChildOrders,
                                  Layer::kFills,           Layer::kPortfolio, Layer::kStatistics};

/// State and place of a part: what it has to say of its breaks and where they are.
GraphPart part_of(const std::string& name, std::uint64_t breaks, const BreakMap& by_part) {
  GraphPart part{name, "equal", breaks > 0, {}};
  if (breaks == 0) return part;
  part.state = plural(breaks, "break");
  const auto row = std::ranges::find(by_part.rows, name);
  if (row == by_part.rows.end()) return part;
  const auto r = static_cast<std::size_t>(row - by_part.rows.begin());
  part.state = fmt::format("from {}: {}", clock_text(by_part.first_bars[r]), part.state);
  part.anchor = place_of_row(by_part, r);
  return part;
}

/// The nodes of production's log, then the tables, each computed from the one before.
std::vector<GraphPart> graph_of(const Facts& facts, const recon::Comparison& comparison,
                                const BreakMap& by_part) {
  std::map<std::string, const recon::NodeResult*> results;
  for (const recon::NodeResult& node : comparison.nodes) results[node.name] = &node;
  std::vector<GraphPart> parts;
  std::map<std::size_t, std::size_t> position;  // topological id -> part
  for (const runlog::NodeInfo& node : facts.left.run->manifest().nodes) {
    const auto result = results.find(node.name);
    const std::uint64_t breaks = result == results.end() ? 0 : result->second->distinct_breaks;
    GraphPart part = part_of(node.name, breaks, by_part);
    for (const std::size_t input : node.inputs) {
      if (position.contains(input)) part.inputs.push_back(position[input]);
    }
    position[node.topological_id] = parts.size();
    parts.push_back(std::move(part));
  }
  for (const Layer layer : kTableLayers) {
    const auto result = std::ranges::find(comparison.layers, layer, &recon::LayerResult::layer);
    if (result == comparison.layers.end() || result->cells.present == 0) continue;
    GraphPart part = part_of(std::string(to_string(layer)), result->distinct_breaks, by_part);
    if (!parts.empty()) part.inputs.push_back(parts.size() - 1);
    parts.push_back(std::move(part));
  }
  return parts;
}

void add_graph(const Facts& facts, const recon::Comparison& comparison, const BreakMap& by_part,
               Blocks& out) {
  if (facts.left.run == nullptr) return;
  const std::vector<GraphPart> parts = graph_of(facts, comparison, by_part);
  std::string words;
  for (const GraphPart& part : parts) {
    words += part.name + ": " + part.state;
    for (std::size_t i = 0; i < part.inputs.size(); ++i) {
      words += (i == 0 ? "; from " : ", ") + parts[part.inputs[i]].name;
    }
    words += "\n";
  }
  const std::string label =
      "What is computed from what, and where it first breaks (times UTC); a thick arrow joins two "
      "parts that broke";
  out.emplace_back(Figure{label, graph_svg(label, parts), words});
}

/// What distances are held against: the largest that repeated simulations made, and the loosest
/// relative rule of the policy.
void add_limits(const recon::Comparison& comparison, Chart& chart) {
  double noise = 0;
  if (comparison.noise.has_value()) {
    for (const recon::NoisyPart& part : comparison.noise->noisy) {
      noise = std::max(noise, part.max_rel);
    }
    chart.note += noise > 0 ? "; noise floor: the largest distance of repeated simulations"
                            : "; repeated simulations did not differ: the noise floor is 0";
  } else {
    chart.note += "; the noise floor was not measured";
  }
  if (noise > 0) {
    chart.marks.push_back({ChartMark::Across::kX, std::log10(noise), "noise floor"});
  }
  double tolerance = 0;
  for (const Finding& finding : comparison.findings) {
    if (!is_break_of_data(finding) || !finding.rule.starts_with("rel(")) continue;
    if (const auto rel =
            parse_double(std::string_view(finding.rule).substr(4, finding.rule.size() - 5))) {
      tolerance = std::max(tolerance, *rel);
    }
  }
  if (tolerance > 0) {
    chart.marks.push_back({ChartMark::Across::kX, std::log10(tolerance), "loosest rel() rule"});
  } else {
    chart.note += "; no break was judged by a relative tolerance";
  }
}

/// Breaks between two finite numbers, by the decade of their relative distance: how many, and how
/// many at most that far, against what repeated simulations differ by.
void add_distances(const recon::Comparison& comparison, Blocks& out) {
  constexpr int kLowest = -16;
  std::map<int, std::uint64_t> decades;
  std::vector<double> exponents;
  for (const Finding& finding : comparison.findings) {
    if (!is_break_of_data(finding) || !std::isfinite(finding.rel_diff) || finding.rel_diff <= 0)
      continue;
    const double exponent = std::max<double>(kLowest, std::log10(finding.rel_diff));
    ++decades[static_cast<int>(std::floor(exponent))];
    exponents.push_back(exponent);
  }
  if (decades.empty()) return;
  Histogram histogram;
  histogram.label = fmt::format(
      "Relative distance |prod - sim| / max(|prod|, |sim|) of {} between two numbers, by power of "
      "ten: all lie outside the rule that judged them",
      plural(exponents.size(), "break"));
  std::string words;
  for (int decade = decades.begin()->first; decade <= decades.rbegin()->first; ++decade) {
    const auto found = decades.find(decade);
    histogram.bins.push_back(decade == kLowest ? "<1e-15" : fmt::format("1e{}", decade));
    histogram.counts.push_back(found == decades.end() ? 0 : found->second);
    words += fmt::format("from {}: {}\n", histogram.bins.back(), histogram.counts.back());
  }
  out.emplace_back(Figure{histogram.label, histogram_svg(histogram), words});
  const Sample sample{"breaks", ChartRole::kGap, std::move(exponents)};
  Chart chart =
      ecdf_chart("Relative distance of the breaks",
                 "share of the breaks between two numbers that are at most that far apart",
                 "power of ten of |prod - sim| / max(|prod|, |sim|)", std::span(&sample, 1));
  add_limits(comparison, chart);
  out.emplace_back(std::move(chart));
}

}  // namespace

Result<Blocks> maps_section(const Facts& facts) {
  TIEOUT_TRY(const recon::Comparison* comparison, facts.need_comparison());
  const DrillDown& drill_down = facts.drill_down();
  const BreakMap& by_part = drill_down.by_part();
  Blocks out;
  if (comparison->findings_truncated) {
    out.emplace_back(Paragraph{
        "Not all findings were kept: the maps show the first ones in causal order.", Tone::kWarn});
  }
  add_graph(facts, *comparison, by_part, out);
  if (by_part.rows.empty()) {
    out.emplace_back(Paragraph{"No cell differs at any bar.", Tone::kGood});
    return out;
  }
  add_map(by_part, drill_down.bars(), out);
  add_map(drill_down.by_asset(), drill_down.bars(), out);
  add_distances(*comparison, out);
  return out;
}

}  // namespace tieout::report
