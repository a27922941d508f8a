#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

#include "chart_curves.hpp"
#include "map_plot.hpp"
#include "sections.hpp"

namespace tieout::report {
namespace {

using recon::Finding;
using recon::Layer;

/// Breaks by the bar at which they start, for each value of some key.
using CountsByKey = std::map<std::string, std::map<Timestamp, std::uint64_t>>;

bool is_break(const Finding& finding) {
  return !finding.remark && finding.layer != Layer::kConfig &&
         finding.layer != Layer::kCompleteness;
}

std::vector<Timestamp> bars_of(const recon::Comparison& comparison) {
  std::vector<Timestamp> bars;
  for (const recon::BarResult& bar : comparison.bars) bars.push_back(bar.bar);
  return bars;
}

HeatMap map_of(std::string label, const std::vector<std::string>& rows, const CountsByKey& counts,
               const std::vector<Timestamp>& bars) {
  HeatMap map{std::move(label), rows, bars, {}};
  for (const std::string& row : rows) {
    std::vector<std::uint64_t> line(bars.size(), 0);
    for (const auto& [bar, count] : counts.at(row)) {
      const auto at = std::ranges::lower_bound(bars, bar);
      if (at != bars.end() && *at == bar) line[static_cast<std::size_t>(at - bars.begin())] = count;
    }
    map.counts.push_back(std::move(line));
  }
  return map;
}

/// The numbers of a map: key, breaks, bars with breaks, first bar.
TableBlock table_of(std::string_view key, const std::vector<std::string>& rows,
                    const CountsByKey& counts) {
  TableBlock table;
  table.caption = fmt::format("Breaks by {}", key);
  table.columns = {{std::string(key), Align::kCode},
                   {"breaks", Align::kNumber},
                   {"bars", Align::kNumber},
                   {"first bar", Align::kTime}};
  for (const std::string& row : rows) {
    std::uint64_t sum = 0;
    for (const auto& item : counts.at(row)) sum += item.second;
    table.rows.push_back({row, count_text(sum), count_text(counts.at(row).size()),
                          time_text(counts.at(row).begin()->first)});
  }
  return table;
}

void add_map(std::string_view key, const std::vector<std::string>& rows, const CountsByKey& counts,
             const std::vector<Timestamp>& bars, Blocks& out) {
  if (rows.empty()) return;
  TableBlock table = table_of(key, rows, counts);
  const std::string label = fmt::format("New breaks by {} and bar (times UTC)", key);
  std::string words;
  for (const auto& row : table.rows) {
    words += fmt::format("{}: {} breaks in {} bars from {}\n", row[0].text, row[1].text,
                         row[2].text, row[3].text);
  }
  out.emplace_back(Figure{label, heat_map_svg(map_of(label, rows, counts, bars)), words});
  out.emplace_back(Fold{plural(rows.size(), key) + " with breaks: table", {std::move(table)}});
}

/// Tables between the last node and the statistics, in causal order.
constexpr std::array kTableLayers{Layer::kTargetPositions, Layer::kOrders,    Layer::kChildOrders,
                                  Layer::kFills,           Layer::kPortfolio, Layer::kStatistics};

std::string state_of(std::uint64_t breaks, const std::map<Timestamp, std::uint64_t>* by_bar) {
  if (breaks == 0) return "equal";
  const std::string count = plural(breaks, "break");
  return by_bar == nullptr || by_bar->empty()
             ? count
             : fmt::format("from {}: {}", clock_text(by_bar->begin()->first), count);
}

/// The nodes of production's log, then the tables, each computed from the one before.
std::vector<GraphPart> graph_of(const Facts& facts, const recon::Comparison& comparison,
                                const CountsByKey& by_part) {
  std::map<std::string, const recon::NodeResult*> results;
  for (const recon::NodeResult& node : comparison.nodes) results[node.name] = &node;
  const auto starts = [&](const std::string& part) {
    const auto found = by_part.find(part);
    return found == by_part.end() ? nullptr : &found->second;
  };
  std::vector<GraphPart> parts;
  std::map<std::size_t, std::size_t> position;  // topological id -> part
  for (const runlog::NodeInfo& node : facts.left.run->manifest().nodes) {
    const auto result = results.find(node.name);
    const std::uint64_t breaks = result == results.end() ? 0 : result->second->distinct_breaks;
    GraphPart part{node.name, state_of(breaks, starts(node.name)), breaks > 0, {}};
    for (const std::size_t input : node.inputs) {
      if (position.contains(input)) part.inputs.push_back(position[input]);
    }
    position[node.topological_id] = parts.size();
    parts.push_back(std::move(part));
  }
  for (const Layer layer : kTableLayers) {
    const auto result = std::ranges::find(comparison.layers, layer, &recon::LayerResult::layer);
    if (result == comparison.layers.end() || result->cells.present == 0) continue;
    const std::string name(to_string(layer));
    GraphPart part{
        name, state_of(result->distinct_breaks, starts(name)), result->distinct_breaks > 0, {}};
    if (!parts.empty()) part.inputs.push_back(parts.size() - 1);
    parts.push_back(std::move(part));
  }
  return parts;
}

void add_graph(const Facts& facts, const recon::Comparison& comparison, const CountsByKey& by_part,
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
    if (!is_break(finding) || !finding.rule.starts_with("rel(")) continue;
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
    if (!is_break(finding) || !std::isfinite(finding.rel_diff) || finding.rel_diff <= 0) continue;
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
  CountsByKey by_part;
  CountsByKey by_asset;
  for (const Finding& finding : comparison->findings) {
    if (!is_break(finding)) continue;
    ++by_part[finding.part][finding.bar];
    if (finding.asset != kNoAsset) ++by_asset[facts.asset_text(finding.asset)][finding.bar];
  }
  Blocks out;
  if (comparison->findings_truncated) {
    out.emplace_back(Paragraph{
        "Not all findings were kept: the maps show the first ones in causal order.", Tone::kWarn});
  }
  add_graph(facts, *comparison, by_part, out);
  if (by_part.empty()) {
    out.emplace_back(Paragraph{"No cell differs at any bar.", Tone::kGood});
    return out;
  }
  // Parts in causal order, which is that of the findings.
  std::vector<std::string> parts;
  for (const Finding& finding : comparison->findings) {
    if (is_break(finding) && std::ranges::find(parts, finding.part) == parts.end()) {
      parts.push_back(finding.part);
    }
  }
  const std::vector<Timestamp> bars = bars_of(*comparison);
  add_map("part", parts, by_part, bars, out);
  std::vector<std::string> assets;
  for (const auto& item : by_asset) assets.push_back(item.first);
  add_map("asset", assets, by_asset, bars, out);
  add_distances(*comparison, out);
  return out;
}

}  // namespace tieout::report
