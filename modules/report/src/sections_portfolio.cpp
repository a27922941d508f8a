#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "plot.hpp"
#include "sections.hpp"

namespace tieout::report {
namespace {

using runlog::RunReader;
using runlog::TableKind;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::string with_unit(std::string text, const std::string& unit) {
  return unit.empty() ? std::move(text) : text + " " + unit;
}

Cell difference_cell(double left, double right) {
  if (std::isnan(left) && std::isnan(right)) return {"-", Tone::kMuted};
  const double difference = left - right;
  if (difference == 0) return {"0", Tone::kGood};
  return {money_text(difference), Tone::kBad};
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

/// Values of one field of the portfolio table by (bar, asset).
using FieldValues = std::map<std::pair<Timestamp, std::int64_t>, double>;
using PortfolioFields = std::map<std::string, FieldValues>;

Result<PortfolioFields> read_portfolio(const Side& side, const std::vector<std::string>& fields) {
  TIEOUT_TRY(const RunReader* run, need_run(side));
  PortfolioFields out;
  for (std::size_t i = 0; i < run->bars().size(); ++i) {
    TIEOUT_TRY(const std::optional<Table> table, run->table(TableKind::kPortfolio, i));
    if (!table.has_value()) continue;
    const TypedColumn* ids = table->find("asset_id");
    const auto* assets =
        ids == nullptr ? nullptr : std::get_if<std::vector<std::int64_t>>(&ids->values);
    if (assets == nullptr) {
      return Error{ErrorCode::kSchemaMismatch,
                   side.name + ": the portfolio table needs an int column asset_id"};
    }
    for (const std::string& field : fields) {
      const TypedColumn* column = table->find(field);
      if (column == nullptr) continue;
      FieldValues& values = out[field];
      for (std::size_t row = 0; row < assets->size(); ++row) {
        values[{run->bars()[i].bar, (*assets)[row]}] = number_at(column, row);
      }
    }
  }
  if (out.empty())
    return Error{ErrorCode::kIncompleteEvidence, side.name + ": the run wrote no portfolio"};
  return out;
}

struct FieldDifference {
  std::size_t pairs = 0;
  double max_abs = 0;
  double max_percent = 0;     // the reference's rule
  std::size_t one_sided = 0;  // NaN or missing on one side only
};

FieldDifference difference_of(const FieldValues& left, const FieldValues& right) {
  FieldDifference out;
  for (const auto& item : left) {
    const auto other = right.find(item.first);
    const double a = item.second;
    const double b = other == right.end() ? kNaN : other->second;
    if (std::isnan(a) != std::isnan(b)) ++out.one_sided;
    if (std::isnan(a) || std::isnan(b)) continue;
    ++out.pairs;
    const double difference = std::abs(a - b);
    out.max_abs = std::max(out.max_abs, difference);
    if (difference > 0 && b != 0)
      out.max_percent = std::max(out.max_percent, 100 * difference / std::abs(b));
  }
  for (const auto& item : right) {
    if (!std::isnan(item.second) && left.find(item.first) == left.end()) ++out.one_sided;
  }
  return out;
}

struct Correlation {
  std::size_t count = 0;
  double value = kNaN;
};

/// Pearson over the bars at which both sides have a number.
Correlation correlation_of(const Aligned& series) {
  std::vector<double> x;
  std::vector<double> y;
  for (std::size_t i = 0; i < series.bars.size(); ++i) {
    if (std::isnan(series.left[i]) || std::isnan(series.right[i])) continue;
    x.push_back(series.left[i]);
    y.push_back(series.right[i]);
  }
  Correlation out;
  out.count = x.size();
  if (x.size() < 2) return out;
  const auto n = static_cast<double>(x.size());
  double mean_x = 0;
  double mean_y = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    mean_x += x[i] / n;
    mean_y += y[i] / n;
  }
  double xy = 0;
  double xx = 0;
  double yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - mean_x) * (y[i] - mean_y);
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    yy += (y[i] - mean_y) * (y[i] - mean_y);
  }
  if (xx > 0 && yy > 0) out.value = std::clamp(xy / std::sqrt(xx * yy), -1.0, 1.0);
  return out;
}

/// Statistics of one side, bar by bar: all when they are few, else head and tail.
TableBlock statistics_frame(const Side& side, const StatisticsSeries& series) {
  constexpr std::size_t kEdge = 5;
  TableBlock table;
  const std::size_t n = series.bars.size();
  const bool cut = n > 2 * kEdge;
  table.caption = "Statistics of " + side.name +
                  (cut ? fmt::format(": first and last {} of {}", kEdge, plural(n, "bar")) : "");
  table.columns = {{"bar", Align::kTime}};
  for (const std::string& name : series.names) table.columns.push_back({name, Align::kNumber});
  for (std::size_t i = 0; i < n; ++i) {
    if (cut && i >= kEdge && i < n - kEdge) continue;
    std::vector<Cell> row{time_text(series.bars[i])};
    for (const std::vector<double>& values : series.values) row.emplace_back(money_text(values[i]));
    table.rows.push_back(std::move(row));
  }
  return table;
}

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
                          difference_cell(a, b)});
  }
  return Blocks{table,
                Fold{"Statistics bar by bar",
                     {statistics_frame(facts.left, left), statistics_frame(facts.right, right)}}};
}

Result<Blocks> pnl_plot_section(const Facts& facts) {
  constexpr std::size_t kMaxRows = 1000;
  TIEOUT_TRY(Aligned series, aligned_series(facts, "pnl"));
  TwoLines plot;
  plot.left = cumulative(series.left);
  plot.right = cumulative(series.right);
  plot.left_name = facts.left.name;
  plot.right_name = facts.right.name;
  plot.unit = facts.money_unit;
  plot.bars = series.bars;
  double widest = 0;
  std::size_t widest_at = 0;
  for (std::size_t i = 0; i < plot.bars.size(); ++i) {
    const double gap = std::abs(plot.left[i] - plot.right[i]);
    if (gap > widest) {
      widest = gap;
      widest_at = i;
    }
  }
  const std::string words =
      widest == 0
          ? "no gap at any bar"
          : fmt::format("widest gap {} at {}", with_unit(money_text(widest), facts.money_unit),
                        time_text(plot.bars[widest_at]));
  plot.label =
      fmt::format("Cumulative PnL of {} and {}: {}", facts.left.name, facts.right.name, words);
  TableBlock table;
  table.caption = "Cumulative PnL by bar";
  table.columns = {{"bar", Align::kTime},
                   {facts.left.name, Align::kNumber},
                   {facts.right.name, Align::kNumber},
                   {"gap", Align::kNumber}};
  for (std::size_t i = 0; i < std::min(plot.bars.size(), kMaxRows); ++i) {
    table.rows.push_back({time_text(plot.bars[i]), money_text(plot.left[i]),
                          money_text(plot.right[i]), difference_cell(plot.left[i], plot.right[i])});
  }
  if (plot.bars.size() > kMaxRows)
    table.caption += fmt::format(": first {} of {}", kMaxRows, plural(plot.bars.size(), "bar"));
  return Blocks{Figure{plot.label + " (times UTC)", two_lines_svg(plot), ""},
                Fold{"Data of the plot", {std::move(table)}}};
}

Result<Blocks> totals_blocks(const Facts& facts) {
  TIEOUT_TRY(const StatisticsSeries left, facts.left.statistics);
  TIEOUT_TRY(const StatisticsSeries right, facts.right.statistics);
  TableBlock table;
  table.caption =
      with_unit("Totals of the run", facts.money_unit.empty() ? "" : "(" + facts.money_unit + ")");
  table.columns = {{"statistic"},
                   {facts.left.name, Align::kNumber},
                   {facts.right.name, Align::kNumber},
                   {facts.left.name + " - " + facts.right.name, Align::kNumber},
                   {"formula"}};
  for (const Total& total : kTotals) {
    const double a = total.compute(left);
    const double b = total.compute(right);
    const auto text = [&total](double x) {
      return total.is_money ? money_text(x) : number_text(x);
    };
    table.rows.push_back(
        {total.name, text(a), text(b), difference_cell(a, b), Cell{total.formula, Tone::kMuted}});
  }
  return Blocks{table};
}

Result<Blocks> pairwise_diff_section(const Facts& facts) {
  const std::vector<std::string> fields{"holdings_shares", "holdings_notional",
                                        "executed_trades_shares", "executed_trades_notional",
                                        "pnl"};
  TIEOUT_TRY(const PortfolioFields left, read_portfolio(facts.left, fields));
  TIEOUT_TRY(const PortfolioFields right, read_portfolio(facts.right, fields));
  TableBlock table;
  table.caption = "Largest difference over bars and assets";
  table.columns = {{"field", Align::kCode},
                   {"pairs", Align::kNumber},
                   {"max abs", Align::kNumber},
                   {fmt::format("{}_{}_diff", facts.left.name, facts.right.name), Align::kNumber},
                   {"on one side only", Align::kNumber}};
  for (const std::string& field : fields) {
    const auto a = left.find(field);
    const auto b = right.find(field);
    if (a == left.end() || b == right.end()) {
      table.rows.push_back({field, Cell{"no such column", Tone::kWarn}, "", "", ""});
      continue;
    }
    const FieldDifference difference = difference_of(a->second, b->second);
    const bool equal = difference.max_abs == 0 && difference.one_sided == 0;
    table.rows.push_back({field, count_text(difference.pairs),
                          Cell{number_text(difference.max_abs), equal ? Tone::kGood : Tone::kBad},
                          number_text(difference.max_percent) + " %",
                          count_text(difference.one_sided)});
  }
  return Blocks{
      table, Paragraph{fmt::format("{0}_{1}_diff = max of 100 |{0} - {1}| / |{1}| over values with "
                                   "{1} not 0 (the reference's rule); max abs has no such gap.",
                                   facts.left.name, facts.right.name),
                       Tone::kMuted}};
}

Result<Blocks> correlations_section(const Facts& facts) {
  TableBlock table;
  table.caption = fmt::format("Correlation of {} and {} over bars (Pearson)", facts.left.name,
                              facts.right.name);
  table.columns = {{"statistic"}, {"bars", Align::kNumber}, {"correlation", Align::kNumber}};
  for (const char* name : {"pnl", "gross_volume", "net_volume", "gmv", "nmv"}) {
    TIEOUT_TRY(const Aligned series, aligned_series(facts, name));
    const Correlation correlation = correlation_of(series);
    table.rows.push_back({name, count_text(correlation.count),
                          std::isnan(correlation.value)
                              ? Cell{"not defined (needs two bars that differ)", Tone::kMuted}
                              : Cell{fmt::format("{:.6f}", correlation.value)}});
  }
  return Blocks{table};
}

}  // namespace tieout::report
