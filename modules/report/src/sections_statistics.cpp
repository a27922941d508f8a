#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tieout/analytics/equality.hpp"
#include "tieout/analytics/tracking.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/recon/portfolio_record.hpp"

#include "legs.hpp"
#include "sections.hpp"

namespace tieout::report {
namespace {

using analytics::Statistic;

/// Both runs' books, and how their statistics are computed: by the bar of the production run, days
/// begin at midnight UTC.
struct Books {
  analytics::PortfolioRecord left, right;
  analytics::TrackingOptions options;
};

Result<Books> books_of(const Facts& facts) {
  TIEOUT_TRY(const recon::TradingFrames left, facts.left.trading);
  TIEOUT_TRY(const recon::TradingFrames right, facts.right.trading);
  Books books;
  TIEOUT_TRY(books.left, recon::portfolio_record(left, facts.left.name));
  TIEOUT_TRY(books.right, recon::portfolio_record(right, facts.right.name));
  TIEOUT_TRY(books.options.portfolio.frequency, analytics::parse_frequency(to_period(left.bar)));
  return books;
}

Cell value_cell(double value) {
  return std::isnan(value) ? Cell{"not defined", Tone::kMuted} : Cell{number_text(value)};
}

/// The books that statistics are computed of: both runs, and research where there is one.
Result<std::vector<analytics::PortfolioRecord>> records_of(const Facts& facts, const Books& books) {
  std::vector<analytics::PortfolioRecord> records{books.left, books.right};
  if (const Result<recon::ResearchLeg> leg = need_research(facts); leg.ok()) {
    analytics::PortfolioRecord research;
    research.name = "research";
    research.metrics = leg->research.statistics;
    research.positions = recon::field_of(leg->research.portfolio, "holdings_notional");
    research.pnl = recon::field_of(leg->research.portfolio, "pnl");
    records.push_back(std::move(research));
  }
  return records;
}

/// Statistics of all portfolios side by side, how far the others are from the first, and their
/// conventions.
TableBlock side_by_side(const std::vector<std::string>& names, const std::string& caption,
                        const std::vector<std::vector<Statistic>>& statistics) {
  TableBlock table;
  table.caption = caption;
  table.columns = {{"statistic"}};
  for (const std::string& name : names) table.columns.push_back({name, Align::kNumber});
  for (std::size_t k = 1; k < names.size(); ++k) {
    table.columns.push_back({names[0] + " - " + names[k], Align::kNumber});
  }
  table.columns.push_back({"unit"});
  table.columns.push_back({"convention", Align::kNote});
  for (std::size_t i = 0; i < statistics.front().size(); ++i) {
    const analytics::StatisticInfo& info = *statistics.front()[i].info;
    const bool reference = info.group != "performance";
    std::vector<Cell> row{(reference ? std::string(info.group) + " " : "") +
                          std::string(info.name)};
    for (const auto& own : statistics) row.push_back(value_cell(own[i].value));
    for (std::size_t k = 1; k < names.size(); ++k) {
      row.push_back(
          difference_cell(statistics[0][i].value, statistics[k][i].value, DifferenceText::kNumber));
    }
    row.emplace_back(std::string(info.unit));
    row.emplace_back(std::string(info.convention), Tone::kMuted);
    table.rows.push_back(std::move(row));
  }
  return table;
}

/// What a difference means where there is a mark that users know.
Tone tone_of(const Statistic& statistic) {
  const std::string_view name = statistic.info->name;
  const double value = statistic.value;
  if (std::isnan(value)) return Tone::kMuted;
  if (name == "dtw_annualized") return value < 0.2 ? Tone::kGood : Tone::kWarn;
  if (name == "returns_correlation") return value >= 0.8 ? Tone::kGood : Tone::kWarn;
  if (name == "retention") return value > 98.0 ? Tone::kGood : Tone::kWarn;
  return Tone::kPlain;
}

/// A time on two lines, for narrow columns of numbers.
std::string two_lines(Timestamp t) {
  std::string text = time_text(t);
  std::ranges::replace(text, ' ', '\n');
  return text;
}

/// Frames of one layer on both sides.
struct LayerFrames {
  std::string name;
  Panel left, right;
};

/// Output of the last node that both runs have, at the last bar that both have.
Result<LayerFrames> last_node_frames(const Facts& facts) {
  TIEOUT_TRY(const runlog::RunReader* left, need_run(facts.left));
  TIEOUT_TRY(const runlog::RunReader* right, need_run(facts.right));
  const auto& nodes = left->manifest().nodes;
  for (std::size_t n = nodes.size(); n-- > 0;) {
    const auto& others = right->manifest().nodes;
    const auto other = std::find_if(others.begin(), others.end(), [&](const runlog::NodeInfo& o) {
      return o.name == nodes[n].name;
    });
    if (other == others.end()) continue;
    std::size_t i = left->bars().size();
    std::size_t j = right->bars().size();
    while (i > 0 && j > 0 && left->bars()[i - 1].bar != right->bars()[j - 1].bar) {
      --(left->bars()[i - 1].bar > right->bars()[j - 1].bar ? i : j);
    }
    if (i == 0 || j == 0) break;
    LayerFrames frames;
    frames.name = fmt::format("{}\nat {}", nodes[n].nid.empty() ? nodes[n].name : nodes[n].nid,
                              two_lines(left->bars()[i - 1].bar));
    TIEOUT_TRY(frames.left, left->node_output(nodes[n].topological_id, i - 1));
    TIEOUT_TRY(frames.right, right->node_output(other->topological_id, j - 1));
    return frames;
  }
  return Error{ErrorCode::kIncompleteEvidence, "equality: the runs have no node and bar in common"};
}

}  // namespace

Result<Blocks> statistics_table_section(const Facts& facts) {
  TIEOUT_TRY(Blocks blocks, totals_blocks(facts));
  TIEOUT_TRY(const Books books, books_of(facts));
  TIEOUT_TRY(const auto records, records_of(facts, books));
  const analytics::PortfolioStatsOptions& options = books.options.portfolio;
  std::vector<std::string> names;
  std::vector<analytics::NamedMetrics> metrics;
  std::vector<std::vector<Statistic>> performance;
  for (const analytics::PortfolioRecord& record : records) {
    names.push_back(record.name);
    metrics.push_back({record.name, record.metrics});
    TIEOUT_TRY(auto statistics, analytics::compute_performance(record, options));
    performance.push_back(std::move(statistics));
  }
  TIEOUT_TRY(const auto table, analytics::compute_portfolio_stats(metrics, options));
  const std::string sample = table.values[0].front().sample;
  blocks.push_back(side_by_side(names, "Statistics (" + sample + ")", table.values));
  const Statistic* total = analytics::find_statistic(performance[0], "performance", "total_return");
  blocks.push_back(Fold{"Performance",
                        {side_by_side(names, "Performance (" + total->sample + ")", performance)}});
  add_missing_research(facts, blocks);
  return blocks;
}

Result<Blocks> tracking_section(const Facts& facts) {
  TIEOUT_TRY(const Books books, books_of(facts));
  TIEOUT_TRY(const auto statistics,
             analytics::compute_tracking({books.left.name, books.left.metrics},
                                         {books.right.name, books.right.metrics}, books.options));
  TableBlock table;
  table.caption = fmt::format("How {} tracked {}", facts.left.name, facts.right.name);
  table.columns = {{"statistic"},
                   {facts.left.name + " - " + facts.right.name, Align::kNumber},
                   {"unit"},
                   {"convention", Align::kNote},
                   {"sample", Align::kNote}};
  for (const Statistic& statistic : statistics) {
    Cell value = value_cell(statistic.value);
    value.tone = tone_of(statistic);
    if (value.tone == Tone::kWarn) value.text += " (outside its mark)";
    table.rows.push_back(
        {std::string(statistic.info->name), std::move(value), std::string(statistic.info->unit),
         Cell{std::string(statistic.info->convention), Tone::kMuted},
         Cell{statistic.sample + (statistic.at ? "; at " + time_text(*statistic.at) : ""),
              Tone::kMuted}});
  }
  return Blocks{table};
}

Result<Blocks> equality_section(const Facts& facts) {
  TIEOUT_TRY(const recon::TradingFrames left, facts.left.trading);
  TIEOUT_TRY(const recon::TradingFrames right, facts.right.trading);
  std::vector<LayerFrames> layers;
  TIEOUT_TRY(LayerFrames node, last_node_frames(facts));
  layers.push_back(std::move(node));
  layers.push_back({"target positions", left.target_positions, right.target_positions});
  layers.push_back({"portfolio", left.portfolio, right.portfolio});
  layers.push_back({"statistics", left.statistics, right.statistics});
  TableBlock table;
  table.caption = fmt::format("Cells of {} against those of {}, layer by layer", facts.left.name,
                              facts.right.name);
  table.columns = {{"statistic"}};
  std::vector<std::vector<Statistic>> statistics;
  for (const LayerFrames& layer : layers) {
    table.columns.push_back({layer.name, Align::kNumber});
    statistics.push_back(analytics::compute_equality(layer.left, layer.right));
  }
  table.columns.push_back({"unit"});
  table.columns.push_back({"convention", Align::kNote});
  for (std::size_t i = 0; i < statistics.front().size(); ++i) {
    const analytics::StatisticInfo& info = *statistics.front()[i].info;
    std::vector<Cell> row{std::string(info.name)};
    for (const auto& layer : statistics) {
      Cell cell = value_cell(layer[i].value);
      if (layer[i].at) cell.text += "\n(" + two_lines(*layer[i].at) + ")";
      row.push_back(std::move(cell));
    }
    row.emplace_back(std::string(info.unit));
    row.push_back(Cell{std::string(info.convention), Tone::kMuted});
    table.rows.push_back(std::move(row));
  }
  return Blocks{table, Paragraph{"Every node at every bar is compared above, cell by cell; these "
                                 "numbers are of the last node's last output and of the books.",
                                 Tone::kMuted}};
}

}  // namespace tieout::report
