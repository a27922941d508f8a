#include <array>
#include <cmath>

#include <fmt/format.h>

#include "tieout/analytics/portfolio_panels.hpp"

#include "chart_curves.hpp"
#include "legs.hpp"
#include "sections.hpp"

namespace tieout::report {
namespace {

enum class PanelUnit { kMoney, kBps, kPercent, kRatio };

/// One of the reference's twelve panels: a column of compute_portfolio_panels().
struct PanelSpec {
  const char* column;
  const char* title;
  const char* formula;
  PanelUnit unit;
  ChartKind kind = ChartKind::kLines;
};

constexpr std::array<PanelSpec, 12> kPanels{{
    {"pnl", "Bar PnL", "pnl of the bar", PanelUnit::kMoney},
    {"pnl_bps", "Bar PnL/Gross Volume",
     "1e4 pnl / gross_volume; bars that trade nothing are left out", PanelUnit::kBps},
    {"cumulative_pnl", "Cumulative PnL", "sum of pnl up to the bar", PanelUnit::kMoney},
    {"cumulative_pnl_percent", "Cumulative PnL/GMV",
     "100 cumulative pnl / mean gmv of the bars so far; bars without gmv are left out",
     PanelUnit::kPercent},
    {"cumulative_gross_volume", "Cumulative Gross Volume", "sum of gross_volume up to the bar",
     PanelUnit::kMoney},
    {"turnover_percent", "Bar Turnover", "100 gross_volume / mean gmv of the bars so far",
     PanelUnit::kPercent},
    {"cumulative_net_volume", "Cumulative Net Volume", "sum of net_volume up to the bar",
     PanelUnit::kMoney},
    {"net_volume_percent", "Bar Net Volume", "100 net_volume / gmv", PanelUnit::kPercent},
    {"gmv", "GMV", "sum of |holdings|", PanelUnit::kMoney},
    {"gmv_deviation", "GMV deviation from expanding mean", "gmv / mean gmv of the bars so far",
     PanelUnit::kRatio},
    {"nmv", "NMV", "sum of holdings", PanelUnit::kMoney},
    {"nmv_percent", "NMV, % of GMV", "100 nmv / gmv", PanelUnit::kPercent},
}};

std::string unit_text(PanelUnit unit, const std::string& money) {
  switch (unit) {
    case PanelUnit::kMoney:
      return money;
    case PanelUnit::kBps:
      return "bps";
    case PanelUnit::kPercent:
      return "%";
    case PanelUnit::kRatio:
      return "ratio";
  }
  return "";
}

/// The panels of one portfolio.
struct LegPanels {
  std::string name;
  ChartRole role;
  Panel panels;
};

/// "Cumulative PnL of prod and sim: widest gap 0.25 USDT at 2018-01-23 00:40:00".
Paragraph gap_words(const Facts& facts, const LegPanels& left, const LegPanels& right) {
  const auto values = [](const LegPanels& leg) {
    const Curve curve = curve_of(leg.name, leg.role, leg.panels, {"cumulative_pnl"});
    return curve;
  };
  const Curve a = values(left);
  const Curve b = values(right);
  const Aligned both = align(a.bars, a.values, b.bars, b.values);
  double widest = 0;
  Timestamp at;
  for (std::size_t i = 0; i < both.bars.size(); ++i) {
    const double gap = std::abs(both.left[i] - both.right[i]);
    if (gap > widest) {
      widest = gap;
      at = both.bars[i];
    }
  }
  const std::string of = fmt::format("Cumulative PnL of {} and {}: ", left.name, right.name);
  if (widest == 0) return {of + "no gap at any bar.", Tone::kGood};
  return {of + fmt::format("widest gap {}{}{} at {}.", money_text(widest),
                           facts.money_unit.empty() ? "" : " ", facts.money_unit, time_text(at)),
          Tone::kBad};
}

}  // namespace

Result<Blocks> portfolio_panels(const Facts& facts, PanelLegs which) {
  std::vector<LegPanels> legs;
  Blocks out;
  const std::array<const Side*, 2> sides{&facts.left, &facts.right};
  std::array<bool, 2> there{};
  for (std::size_t s = 0; s < sides.size(); ++s) {
    Result<Panel> panels =
        sides[s]->statistics.ok()
            ? analytics::compute_portfolio_panels(metrics_of(*sides[s]->statistics))
            : Result<Panel>(sides[s]->statistics.error());
    if (!panels.ok()) {
      out.emplace_back(Paragraph{
          fmt::format("{} is not shown: {}", sides[s]->name, panels.error().message), Tone::kWarn});
      continue;
    }
    there[s] = true;
    legs.push_back({sides[s]->name, role_of_side(s), std::move(*panels)});
  }
  if (legs.empty())
    return facts.left.statistics.ok() ? facts.right.statistics.error()
                                      : facts.left.statistics.error();
  if (there[0] && there[1]) out.emplace_back(gap_words(facts, legs[0], legs[1]));
  if (which == PanelLegs::kWithResearch) {
    if (const Result<recon::ResearchLeg> leg = need_research(facts); leg.ok()) {
      TIEOUT_TRY(Panel panels, analytics::compute_portfolio_panels(leg->research.statistics));
      legs.push_back({"research", ChartRole::kResearch, std::move(panels)});
      out.emplace_back(
          Paragraph{"Research executes and marks at the same price and is only expected to "
                    "correlate with a run.",
                    Tone::kMuted});
    }
    add_missing_research(facts, out);
  }
  for (const PanelSpec& spec : kPanels) {
    std::vector<Curve> curves;
    for (const LegPanels& leg : legs) {
      curves.push_back(curve_of(leg.name, leg.role, leg.panels, {spec.column}));
    }
    out.emplace_back(chart_of(
        {spec.title, spec.formula, unit_text(spec.unit, facts.money_unit), spec.kind}, curves));
  }
  return out;
}

Result<Blocks> pnl_panels_section(const Facts& facts) {
  return portfolio_panels(facts, PanelLegs::kWithResearch);
}

}  // namespace tieout::report
