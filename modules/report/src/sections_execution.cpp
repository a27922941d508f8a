#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "tieout/analytics/books.hpp"
#include "tieout/analytics/execution_quality.hpp"
#include "tieout/analytics/execution_series.hpp"
#include "tieout/analytics/implementation_shortfall.hpp"
#include "tieout/recon/trading_frames.hpp"

#include "ecdf_plot.hpp"
#include "plot.hpp"
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
  TIEOUT_TRY(const runlog::RunReader* run, need_run(side));
  TIEOUT_TRY(const recon::TradingFrames frames, recon::read_trading_frames(*run));
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

/// The series of both sides over the bars of either.
Blocks series_figures(const Facts& facts, const std::array<Result<Execution>, 2>& sides) {
  Blocks out;
  const Execution& any = sides[0].ok() ? *sides[0] : *sides[1];
  for (std::size_t c = 0; c < any.series.column_count(); ++c) {
    const auto side_of = [&](std::size_t s) {
      std::pair<std::vector<Timestamp>, std::vector<double>> side;
      if (sides[s].ok()) {
        const Panel& series = sides[s]->series;
        side.first.assign(series.index().begin(), series.index().end());
        side.second.assign(series.column(c).begin(), series.column(c).end());
      }
      return side;
    };
    const auto left = side_of(0);
    const auto right = side_of(1);
    Aligned both = align(left.first, left.second, right.first, right.second);
    const std::string& name = any.series.columns()[c].field;
    TwoLines plot{.label = name,
                  .left_name = facts.left.name,
                  .right_name = facts.right.name,
                  .unit = name.ends_with("_bps") ? "bps" : facts.money_unit,
                  .bars = both.bars,
                  .left = both.left,
                  .right = both.right};
    const double last_left = both.left.empty() ? 0 : both.left.back();
    const double last_right = both.right.empty() ? 0 : both.right.back();
    out.emplace_back(
        Figure{name, two_lines_svg(plot),
               fmt::format("{} at the last bar: {} {}, {} {}", name, facts.left.name,
                           value_text(last_left), facts.right.name, value_text(last_right))});
  }
  return out;
}

double quantile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return std::nan("");
  const auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1) + 0.5);
  return sorted[at];
}

Blocks ecdf_figures(const Facts& facts, const std::array<Result<Execution>, 2>& sides) {
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
    for (std::size_t s = 0; s < any.charts[c].samples.size(); ++s) {
      const std::string name =
          fmt::format("{}, {}", any.charts[c].name, any.charts[c].samples[s].name);
      TwoEcdfs plot{.label = name,
                    .left_name = facts.left.name,
                    .right_name = facts.right.name,
                    .unit = any.charts[c].unit,
                    .left = {},
                    .right = {}};
      for (std::size_t side = 0; side < 2; ++side) {
        if (!sides[side].ok()) continue;
        const std::vector<double>& values = sides[side]->charts[c].samples[s].values;
        (side == 0 ? plot.left : plot.right) = values;
        table.rows.push_back({name, side == 0 ? facts.left.name : facts.right.name,
                              count_text(values.size()), value_text(quantile(values, 0.05)),
                              value_text(quantile(values, 0.5)),
                              value_text(quantile(values, 0.95))});
      }
      out.emplace_back(Figure{name, two_ecdfs_svg(plot), name + ": the numbers are in the table"});
    }
  }
  out.insert(out.begin(), Block{std::move(table)});
  return out;
}

}  // namespace

Result<Blocks> execution_section(const Facts& facts) {
  const std::array<Result<Execution>, 2> sides{read_execution(facts.left),
                                               read_execution(facts.right)};
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
    out.emplace_back(Fold{"Execution series", series_figures(facts, sides)});
    out.emplace_back(Fold{"Distributions", ecdf_figures(facts, sides)});
  }
  return out;
}

}  // namespace tieout::report
