#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "tieout/analytics/books.hpp"
#include "tieout/analytics/execution_quality.hpp"
#include "tieout/analytics/execution_series.hpp"
#include "tieout/analytics/implementation_shortfall.hpp"
#include "tieout/recon/trading_frames.hpp"

#include "chart_curves.hpp"
#include "legs.hpp"
#include "sections.hpp"

namespace tieout::report {
namespace {

/// What one run's execution came to.
struct Execution {
  analytics::ExecutionQuality quality;
  analytics::ExecutionTotals totals;
  analytics::ShortfallParts shortfall;
  analytics::PnlParts pnl;
  Panel series;
  std::vector<analytics::EcdfChart> charts;
};

Result<Execution> read_execution(const Side& side) {
  if (!side.trading.ok()) return side.trading.error();
  const recon::TradingFrames& frames = *side.trading;
  if (frames.portfolio.row_count() == 0 || frames.target_positions.row_count() == 0) {
    return Error{ErrorCode::kIncompleteEvidence,
                 side.name + ": no portfolio or no target positions"};
  }
  Execution out;
  TIEOUT_TRY(out.quality,
             analytics::compute_execution_quality(frames.portfolio, frames.target_positions));
  TIEOUT_TRY(const Panel shortfall, analytics::implementation_shortfall(
                                        frames.portfolio, frames.target_positions, nullptr));
  TIEOUT_TRY(const Panel identity, analytics::pnl_identity(frames.portfolio));
  out.totals = analytics::execution_totals(out.quality);
  out.shortfall = analytics::sum_shortfall(shortfall);
  out.pnl = analytics::sum_pnl_identity(identity, frames.portfolio);
  out.series = analytics::execution_series(out.quality);
  out.charts = analytics::execution_ecdfs(out.quality);
  return out;
}

std::string value_text(double value) {
  if (std::isnan(value)) return "-";
  std::string text = fmt::format("{:.4f}", value);
  return text == "-0.0000" ? "0.0000" : text;
}

TableBlock totals_table(const Facts& facts, const std::array<Result<Execution>, 2>& sides) {
  TableBlock table;
  table.caption = fmt::format("Execution quality{}; costs are positive when they hurt",
                              facts.money_unit.empty() ? "" : " (" + facts.money_unit + ")");
  table.columns = {{"what"}, {facts.left.name, Align::kNumber}, {facts.right.name, Align::kNumber}};
  const auto add = [&](const std::string& name, double (*value)(const Execution&)) {
    std::vector<Cell> row{name};
    for (const Result<Execution>& side : sides)
      row.push_back(side.ok() ? Cell{value_text(value(*side))}
                              : Cell{"not available", Tone::kWarn});
    table.rows.push_back(std::move(row));
  };
  add("volume", [](const Execution& e) { return e.totals.volume; });
  add("fill rate", [](const Execution& e) { return e.totals.fill_rate; });
  add("slippage", [](const Execution& e) { return e.totals.slippage; });
  add("slippage, bps of volume", [](const Execution& e) { return e.totals.slippage_bps; });
  add("underfill cost", [](const Execution& e) { return e.totals.underfill_cost; });
  add("net cost, bps of volume", [](const Execution& e) { return e.totals.net_cost_bps; });
  add("shortfall", [](const Execution& e) { return e.shortfall.shortfall; });
  add("  impact", [](const Execution& e) { return e.shortfall.impact; });
  add("  fee", [](const Execution& e) { return e.shortfall.fee; });
  add("  opportunity", [](const Execution& e) { return e.shortfall.opportunity; });
  add("PnL", [](const Execution& e) { return e.pnl.pnl; });
  add("  holding", [](const Execution& e) { return e.pnl.holding; });
  add("  trading", [](const Execution& e) { return e.pnl.trading; });
  add("  unexplained position change", [](const Execution& e) { return e.pnl.unexplained; });
  add("PnL after fees and funding", [](const Execution& e) { return e.pnl.net; });
  return table;
}

using Sides = std::array<Result<Execution>, 2>;

const std::string& name_of(const Facts& facts, std::size_t side) {
  return side == 0 ? facts.left.name : facts.right.name;
}

/// What a series of execution_series() is, in words.
struct SeriesWords {
  const char* name;
  const char* title;
  const char* formula;
};
constexpr std::array<SeriesWords, 5> kSeries{{
    {"cumulative_slippage", "Cumulative slippage",
     "sum of side (trade price - arrival price) |shares|; the arrival price is that of the bar "
     "before; positive is worse"},
    {"cumulative_underfill_cost", "Cumulative underfill cost",
     "sum of side of the target times shares not filled times the next price change"},
    {"cumulative_net_cost", "Cumulative net trading cost", "slippage + underfill cost"},
    {"cumulative_pnl", "Cumulative PnL", "sum of pnl"},
    {"cumulative_idealized_pnl", "Cumulative idealized PnL",
     "pnl + net trading cost: filled in full at arrival prices"},
}};

/// Research fills in full: it stands beside what a run earned, and would have earned.
Curve research_curve(const Facts& facts) {
  Curve curve{"research", ChartRole::kResearch, {}, {}};
  if (const Result<recon::ResearchLeg> leg = need_research(facts); leg.ok()) {
    curve = curve_of("research", ChartRole::kResearch, leg->research.statistics, {"pnl"});
    curve.values = cumulative(curve.values);
  }
  return curve;
}

/// The ten series of both sides over the bars of either: dollars beside basis points.
Blocks series_charts(const Facts& facts, const Sides& sides) {
  Blocks out;
  const Curve research = research_curve(facts);
  for (const SeriesWords& words : kSeries) {
    for (const bool bps : {false, true}) {
      const std::string name = std::string(words.name) + (bps ? "_bps" : "");
      std::vector<Curve> curves;
      for (std::size_t s = 0; s < sides.size(); ++s) {
        if (!sides[s].ok()) continue;
        curves.push_back(
            curve_of(name_of(facts, s), role_of_side(s), sides[s]->series, ColumnKey{name}));
      }
      const bool is_pnl = std::string_view(words.name).ends_with("pnl");
      if (is_pnl && !bps && !research.bars.empty()) curves.push_back(research);
      out.emplace_back(
          chart_of({bps ? std::string(words.title) + ", bps of volume" : words.title,
                    bps ? "1e4 times the sum over the gross volume so far" : words.formula,
                    bps ? "bps" : facts.money_unit},
                   curves));
    }
  }
  return out;
}

/// Of each bar: what was filled of what was wanted.
Chart fill_rate_chart(const Facts& facts, const Sides& sides) {
  std::vector<Curve> curves;
  for (std::size_t s = 0; s < sides.size(); ++s) {
    if (!sides[s].ok()) continue;
    const Panel& rows = sides[s]->quality.by_asset;
    Curve curve{name_of(facts, s), role_of_side(s), {}, {}};
    curve.bars.assign(rows.index().begin(), rows.index().end());
    for (std::size_t row = 0; row < rows.row_count(); ++row) {
      curve.values.push_back(100 *
                             analytics::execution_totals_of_row(sides[s]->quality, row).fill_rate);
    }
    curves.push_back(std::move(curve));
  }
  return chart_of({"Fill rate by bar",
                   "100 volume / (volume + notional not filled) over the assets of a bar; a bar "
                   "without a target has none",
                   "%"},
                  curves);
}

double quantile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return std::nan("");
  const auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1) + 0.5);
  return sorted[at];
}

Blocks ecdf_charts(const Facts& facts, const Sides& sides) {
  Blocks out;
  TableBlock table;
  table.caption = "Distributions over the cells that traded";
  table.columns = {{"what"},
                   {"run"},
                   {"cells", Align::kNumber},
                   {"p5", Align::kNumber},
                   {"p50", Align::kNumber},
                   {"p95", Align::kNumber}};
  const Execution& any = sides[0].ok() ? *sides[0] : *sides[1];
  for (std::size_t c = 0; c < any.charts.size(); ++c) {
    const analytics::EcdfChart& words = any.charts[c];
    std::vector<Sample> samples;
    for (std::size_t group = 0; group < words.samples.size(); ++group) {
      for (std::size_t s = 0; s < sides.size(); ++s) {
        if (!sides[s].ok()) continue;
        const analytics::Ecdf& ecdf = sides[s]->charts[c].samples[group];
        const bool alone = words.samples.size() == 1;
        samples.push_back({alone ? name_of(facts, s) : name_of(facts, s) + ", " + ecdf.name,
                           group == 0 ? role_of_side(s) : ChartRole::kOther, ecdf.values});
        table.rows.push_back(
            {words.name + ", " + ecdf.name, name_of(facts, s), count_text(ecdf.values.size()),
             value_text(quantile(ecdf.values, 0.05)), value_text(quantile(ecdf.values, 0.5)),
             value_text(quantile(ecdf.values, 0.95))});
      }
    }
    out.emplace_back(ecdf_chart(words.name,
                                "share of the cells (bar, asset) that traded which is "
                                "<= x, at 100 quantiles of all of them",
                                words.unit, samples));
  }
  out.insert(out.begin(), Block{std::move(table)});
  return out;
}

}  // namespace

Result<Blocks> execution_section(const Facts& facts) {
  const Sides sides{read_execution(facts.left), read_execution(facts.right)};
  Blocks out;
  const bool any = sides[0].ok() || sides[1].ok();
  if (any) out.emplace_back(totals_table(facts, sides));
  for (std::size_t s = 0; s < 2; ++s) {
    const std::string& name = s == 0 ? facts.left.name : facts.right.name;
    if (!sides[s].ok()) {
      out.emplace_back(Paragraph{"Not available: " + sides[s].error().message, Tone::kWarn});
      continue;
    }
    const analytics::PnlParts& pnl = sides[s]->pnl;
    const bool whole = pnl.largest_relative <= 1e-9;
    out.emplace_back(Paragraph{
        fmt::format("PnL identity of {}: {:.4f} = holding {:.4f} + trading {:.4f} + unexplained "
                    "{:.4f}; largest residual of a cell {:.3g}.",
                    name, pnl.pnl, pnl.holding, pnl.trading, pnl.unexplained, pnl.largest_residual),
        whole ? Tone::kGood : Tone::kBad});
  }
  if (any) {
    out.emplace_back(fill_rate_chart(facts, sides));
    out.emplace_back(Fold{"Execution series", series_charts(facts, sides)});
    out.emplace_back(Fold{"Distributions", ecdf_charts(facts, sides)});
  }
  return out;
}

}  // namespace tieout::report
