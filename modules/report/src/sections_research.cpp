#include "sections_research.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "tieout/recon/portfolio_compare.hpp"
#include "tieout/recon/research_leg.hpp"
#include "tieout/recon/trading_frames.hpp"

#include "legs.hpp"

namespace tieout::report {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::string setup_text(const recon::ResearchSetup& setup) {
  if (const auto* optimizer = std::get_if<analytics::OptimizerResearchOptions>(&setup.options)) {
    return fmt::format("Convex optimizer, target_gmv {}; price {}, prediction {}, volatility {}.",
                       number_text(optimizer->optimizer.target_gmv), optimizer->columns.price,
                       optimizer->columns.prediction, optimizer->columns.volatility);
  }
  const auto& options = std::get<analytics::ResearchOptions>(setup.options);
  const auto* cross = std::get_if<analytics::CrossSectionalOptions>(&options.sizing);
  return fmt::format("Style {}; price {}, prediction {}, volatility {}; burn_in_bars {}.",
                     cross == nullptr ? std::string("longitudinal")
                                      : fmt::format("cross_sectional, target_gmv {}",
                                                    number_text(cross->target_gmv)),
                     options.columns.price, options.columns.prediction, options.columns.volatility,
                     options.books.burn_in_bars);
}

std::string percent_text(const recon::LargestDifference& difference) {
  return difference.pairs == 0 ? "no pairs" : number_text(difference.max_percent) + " %";
}

/// A section of two sides, and what the third adds to it; without it a sentence says why.
Result<Blocks> beside(Result<Blocks> blocks, Result<Blocks> more) {
  if (!blocks.ok()) return blocks;
  if (!more.ok()) {
    (*blocks).emplace_back(Paragraph{more.error().message, Tone::kMuted});
    return blocks;
  }
  for (Block& block : *more) (*blocks).push_back(std::move(block));
  return blocks;
}

/// The sides that there are, and research behind them.
Result<std::vector<Leg>> legs_to_research(const Facts& facts) {
  TIEOUT_TRY(Leg research, research_leg(facts));
  std::vector<Leg> legs;
  for (const Side* side : {&facts.left, &facts.right}) {
    if (side->statistics.ok()) legs.push_back({side->name, *side->statistics});
  }
  legs.push_back(std::move(research));
  return legs;
}

Result<Blocks> side_by_side(const Facts& facts) {
  constexpr std::size_t kEdge = 10;
  TIEOUT_TRY(const std::vector<Leg> legs, legs_to_research(facts));
  std::map<Timestamp, std::vector<double>> rows;
  const std::array<const char*, 2> names{"pnl", "gmv"};
  for (std::size_t k = 0; k < legs.size(); ++k) {
    for (std::size_t n = 0; n < names.size(); ++n) {
      const auto* values = legs[k].series.find(names[n]);
      for (std::size_t i = 0; values != nullptr && i < values->size(); ++i) {
        auto& row = rows[legs[k].series.bars[i]];
        row.resize(names.size() * legs.size(), kNaN);
        row[n * legs.size() + k] = (*values)[i];
      }
    }
  }
  TableBlock table;
  table.caption = rows.size() > 2 * kEdge
                      ? fmt::format("Three portfolios side by side: first and last {} of {}", kEdge,
                                    plural(rows.size(), "bar"))
                      : "Three portfolios side by side";
  table.columns = {{"bar", Align::kTime}};
  for (const char* name : names) {
    for (const Leg& leg : legs) {
      table.columns.push_back({fmt::format("{} {}", name, leg.name), Align::kNumber});
    }
  }
  std::size_t i = 0;
  for (const auto& item : rows) {
    const std::size_t position = i++;
    if (rows.size() > 2 * kEdge && position >= kEdge && position < rows.size() - kEdge) continue;
    std::vector<Cell> row{time_text(item.first)};
    for (const double value : item.second) row.emplace_back(money_text(value));
    table.rows.push_back(std::move(row));
  }
  return Blocks{Fold{"Three portfolios bar by bar", {std::move(table)}}};
}

Result<Blocks> research_correlations(const Facts& facts) {
  TIEOUT_TRY(const std::vector<Leg> legs, legs_to_research(facts));
  const Leg& research = legs.back();
  TableBlock table;
  table.caption = "Correlation with research over bars (Pearson)";
  table.columns = {
      {"statistic"}, {"with"}, {"bars", Align::kNumber}, {"correlation", Align::kNumber}};
  for (const char* name : {"pnl", "gross_volume", "net_volume", "gmv", "nmv"}) {
    for (std::size_t k = 0; k + 1 < legs.size(); ++k) {
      const auto* left = legs[k].series.find(name);
      const auto* right = research.series.find(name);
      if (left == nullptr || right == nullptr) continue;
      std::size_t count = 0;
      Cell value =
          correlation_cell(align(legs[k].series.bars, *left, research.series.bars, *right), count);
      table.rows.push_back({name, legs[k].name, count_text(count), std::move(value)});
    }
  }
  return Blocks{table};
}

}  // namespace

Result<Blocks> research_section(const Facts& facts) {
  TIEOUT_TRY(const recon::ResearchLeg leg, need_research(facts));
  TIEOUT_TRY(const Leg series, research_leg(facts));
  const Side& source = facts.left.run != nullptr ? facts.left : facts.right;
  Blocks out;
  out.emplace_back(Paragraph{"Computed from the DAG's last outputs of " + source.name +
                             " with the arguments of its config. " + setup_text(leg.setup)});
  for (const std::string& note : leg.setup.notes) out.emplace_back(Paragraph{note, Tone::kWarn});
  for (const analytics::ResearchNote& note : leg.research.notes) {
    out.emplace_back(Paragraph{
        fmt::format("{}: {} {}.", note.name, count_text(note.count), note.text), Tone::kWarn});
  }
  out.emplace_back(Fold{"Statistics bar by bar", {statistics_frame(series)}});
  return out;
}

Result<Blocks> targets_vs_research_section(const Facts& facts) {
  TIEOUT_TRY(const recon::ResearchLeg leg, need_research(facts));
  TIEOUT_TRY(const runlog::RunReader* run, need_run(facts.left));
  TIEOUT_TRY(const recon::TradingFrames frames, recon::read_trading_frames(*run));
  const Panel& targets = frames.target_positions;
  const Panel& research = leg.research.portfolio;
  struct Line {
    const char* left;
    const char* right;
    std::size_t lag;
    bool asked;  // within kAskedPercent
    const char* note;
  };
  const std::array<Line, 5> lines{
      {{"price", "price", 0, false, "a run may mark by another column or pricing method"},
       {"volatility", "volatility", 0, true, "asked: 1e-3 %"},
       {"prediction", "prediction", 0, true, "asked: 1e-3 %"},
       {"holdings_shares", "holdings_shares", 0, false, ""},
       {"target_holdings_shares", "holdings_shares", 1, false, "targets of the bar before"}}};
  constexpr double kAskedPercent = 1e-3;
  TableBlock table;
  table.caption = "Target positions of " + facts.left.name + " against research";
  table.columns = {{"target positions", Align::kCode},
                   {"research", Align::kCode},
                   {"pairs", Align::kNumber},
                   {"max", Align::kNumber},
                   {"max abs", Align::kNumber},
                   {"at bar", Align::kTime},
                   {"asset", Align::kCode},
                   {"remark"}};
  for (const Line& line : lines) {
    const recon::LargestDifference difference =
        recon::largest_difference({&targets, line.left, line.lag, &research, line.right});
    const Tone tone = difference.pairs == 0                     ? Tone::kWarn
                      : !line.asked                             ? Tone::kPlain
                      : difference.max_percent <= kAskedPercent ? Tone::kGood
                                                                : Tone::kBad;
    table.rows.push_back(
        {line.lag == 0 ? std::string(line.left) : std::string(line.left) + ".shift(1)", line.right,
         count_text(difference.pairs), Cell{percent_text(difference), tone},
         number_text(difference.max_abs), difference.pairs == 0 ? "" : time_text(difference.at),
         difference.pairs == 0 ? "" : facts.asset_text(difference.asset), line.note});
  }
  return Blocks{table};
}

Result<Blocks> portfolios_with_research(const Facts& facts) {
  return beside(portfolios_section(facts), side_by_side(facts));
}

Result<Blocks> correlations_with_research(const Facts& facts) {
  return beside(correlations_section(facts), research_correlations(facts));
}

}  // namespace tieout::report
