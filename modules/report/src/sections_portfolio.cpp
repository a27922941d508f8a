#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "tieout/recon/portfolio_compare.hpp"

#include "legs.hpp"
#include "sections.hpp"

namespace tieout::report {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::string with_unit(std::string text, const std::string& unit) {
  return unit.empty() ? std::move(text) : text + " " + unit;
}

Result<Aligned> aligned_series(const Facts& facts, std::string_view name) {
  TIEOUT_TRY(const StatisticsSeries left, facts.left.statistics);
  TIEOUT_TRY(const StatisticsSeries right, facts.right.statistics);
  const std::vector<double>* left_values = left.find(name);
  const std::vector<double>* right_values = right.find(name);
  if (left_values == nullptr || right_values == nullptr) {
    return Error{ErrorCode::kSchemaMismatch,
                 fmt::format("{}: the statistics have no column '{}'",
                             left_values == nullptr ? facts.left.name : facts.right.name, name)};
  }
  return align(left.bars, *left_values, right.bars, *right_values);
}

/// One number that summarises a side's statistics, with its formula.
struct Total {
  const char* name;
  const char* formula;
  bool is_money;
  double (*compute)(const StatisticsSeries&);
};

double sum_of(const StatisticsSeries& series, std::string_view name) {
  const std::vector<double>* values = series.find(name);
  if (values == nullptr || values->empty()) return kNaN;
  return cumulative(*values).back();
}

double mean_of(const StatisticsSeries& series, std::string_view name) {
  const std::vector<double>* values = series.find(name);
  if (values == nullptr) return kNaN;
  const auto count =
      std::count_if(values->begin(), values->end(), [](double x) { return !std::isnan(x); });
  return count == 0 ? kNaN : sum_of(series, name) / static_cast<double>(count);
}

double max_drawdown(const StatisticsSeries& series) {
  const std::vector<double>* pnl = series.find("pnl");
  if (pnl == nullptr || pnl->empty()) return kNaN;
  double peak = -std::numeric_limits<double>::infinity();
  double worst = 0;
  for (const double level : cumulative(*pnl)) {
    peak = std::max(peak, level);
    worst = std::max(worst, peak - level);
  }
  return worst;
}

constexpr std::array<Total, 6> kTotals{{
    {"total pnl", "sum of pnl over bars; a bar without pnl (the first) adds nothing", true,
     [](const StatisticsSeries& s) { return sum_of(s, "pnl"); }},
    {"gmv_mean", "mean of gmv over bars", true,
     [](const StatisticsSeries& s) { return mean_of(s, "gmv"); }},
    {"gross volume", "sum of gross_volume over bars", true,
     [](const StatisticsSeries& s) { return sum_of(s, "gross_volume"); }},
    {"turnover", "gross volume / gmv_mean (times per run)", false,
     [](const StatisticsSeries& s) { return sum_of(s, "gross_volume") / mean_of(s, "gmv"); }},
    {"turnover_mean", "mean of gross_volume over bars", true,
     [](const StatisticsSeries& s) { return mean_of(s, "gross_volume"); }},
    {"max_drawdown", "max over bars of (running max of cumulative pnl - cumulative pnl)", true,
     max_drawdown},
}};

}  // namespace

Result<PnlGap> total_pnl(const Facts& facts) {
  TIEOUT_TRY(const StatisticsSeries left, facts.left.statistics);
  TIEOUT_TRY(const StatisticsSeries right, facts.right.statistics);
  const PnlGap out{sum_of(left, "pnl"), sum_of(right, "pnl")};
  if (std::isnan(out.left) || std::isnan(out.right)) {
    return Error{ErrorCode::kSchemaMismatch, "total_pnl: the statistics have no column 'pnl'"};
  }
  return out;
}

Result<Blocks> portfolios_section(const Facts& facts) {
  TIEOUT_TRY(const StatisticsSeries left, facts.left.statistics);
  TIEOUT_TRY(const StatisticsSeries right, facts.right.statistics);
  TableBlock table;
  table.caption = with_unit("Portfolio at the last bar of each side",
                            facts.money_unit.empty() ? "" : "(" + facts.money_unit + ")");
  table.columns = {{"statistic"},
                   {facts.left.name, Align::kNumber},
                   {facts.right.name, Align::kNumber},
                   {facts.left.name + " - " + facts.right.name, Align::kNumber}};
  for (std::size_t k = 0; k < left.names.size(); ++k) {
    const std::vector<double>* other = right.find(left.names[k]);
    const double a = left.values[k].back();
    const double b = other == nullptr ? kNaN : other->back();
    table.rows.push_back({left.names[k], money_text(a),
                          other == nullptr ? "no such column" : money_text(b),
                          difference_cell(a, b, DifferenceText::kMoney)});
  }
  return Blocks{table, Fold{"Statistics bar by bar",
                            {statistics_frame({facts.left.name, left}),
                             statistics_frame({facts.right.name, right})}}};
}

Result<Blocks> totals_blocks(const Facts& facts) {
  TIEOUT_TRY(const std::vector<Leg> legs, legs_with_research(facts));
  TableBlock table;
  table.caption =
      with_unit("Totals of the run", facts.money_unit.empty() ? "" : "(" + facts.money_unit + ")");
  table.columns = {{"statistic"}};
  for (const Leg& leg : legs) table.columns.push_back({leg.name, Align::kNumber});
  for (std::size_t k = 1; k < legs.size(); ++k) {
    table.columns.push_back({legs[0].name + " - " + legs[k].name, Align::kNumber});
  }
  table.columns.push_back({"formula", Align::kNote});
  for (const Total& total : kTotals) {
    std::vector<double> values;
    std::vector<Cell> row{total.name};
    for (const Leg& leg : legs) {
      values.push_back(total.compute(leg.series));
      row.emplace_back(total.is_money ? money_text(values.back()) : number_text(values.back()));
    }
    for (std::size_t k = 1; k < legs.size(); ++k) {
      row.push_back(difference_cell(values[0], values[k], DifferenceText::kMoney));
    }
    row.emplace_back(total.formula, Tone::kMuted);
    table.rows.push_back(std::move(row));
  }
  return Blocks{table};
}

Result<Blocks> pairwise_diff_section(const Facts& facts) {
  TIEOUT_TRY(const recon::TradingFrames left, facts.left.trading);
  TIEOUT_TRY(const recon::TradingFrames right, facts.right.trading);
  for (const Side* side : {&facts.left, &facts.right}) {
    if (side->trading->portfolio.empty()) {
      return Error{ErrorCode::kIncompleteEvidence, side->name + ": the run wrote no portfolio"};
    }
  }
  const Result<recon::ResearchLeg> research = need_research(facts);
  std::vector<recon::NamedPortfolio> portfolios{{facts.left.name, &left.portfolio}};
  if (research.ok()) portfolios.push_back({"research", &research->research.portfolio});
  portfolios.push_back({facts.right.name, &right.portfolio});
  TIEOUT_TRY(const auto pairs, recon::compare_portfolios(portfolios, recon::PortfolioNames::kAny));
  const std::string both = fmt::format("{}_{}_diff", facts.left.name, facts.right.name);
  const auto runs = std::ranges::find(pairs, both, &recon::PortfolioPair::name);
  TableBlock table;
  table.caption = "Largest difference of each two portfolios over bars and assets";
  table.columns = {{"field", Align::kCode},
                   {"pairs", Align::kNumber},
                   {"max abs", Align::kNumber},
                   {"on one side only", Align::kNumber}};
  for (const auto& pair : pairs) table.columns.push_back({pair.name, Align::kNumber});
  std::size_t without_percent = 0;
  const auto fields = recon::portfolio_fields();
  for (std::size_t f = 0; f < fields.size(); ++f) {
    const recon::LargestDifference& own = runs->fields[f];
    const bool equal = own.max_abs == 0 && own.one_sided == 0;
    std::vector<Cell> row{std::string(fields[f]), count_text(own.pairs),
                          Cell{number_text(own.max_abs), equal ? Tone::kGood : Tone::kBad},
                          count_text(own.one_sided)};
    for (const auto& pair : pairs) {
      const recon::LargestDifference& difference = pair.fields[f];
      without_percent += difference.without_percent;
      row.emplace_back(difference.pairs == 0 ? "no pairs"
                                             : number_text(difference.max_percent) + " %");
    }
    table.rows.push_back(std::move(row));
  }
  Blocks blocks{
      table,
      Paragraph{fmt::format("a_b_diff = max of 100 |a - b| / |b| (the reference's rule, magnitudes "
                            "below 1e-6 count as 0); {} have no percentage. pairs, max abs and on "
                            "one side only are of {} and {} and have no such gap.",
                            plural(without_percent, "pair"), facts.left.name, facts.right.name),
                Tone::kMuted}};
  add_missing_research(facts, blocks);
  return blocks;
}

Result<Blocks> correlations_section(const Facts& facts) {
  TableBlock table;
  table.caption = fmt::format("Correlation of {} and {} over bars (Pearson)", facts.left.name,
                              facts.right.name);
  table.columns = {{"statistic"}, {"bars", Align::kNumber}, {"correlation", Align::kNumber}};
  for (const char* name : {"pnl", "gross_volume", "net_volume", "gmv", "nmv"}) {
    TIEOUT_TRY(const Aligned series, aligned_series(facts, name));
    std::size_t count = 0;
    Cell correlation = correlation_cell(series, count);
    table.rows.push_back({name, count_text(count), std::move(correlation)});
  }
  return Blocks{table};
}

}  // namespace tieout::report
