#include "tieout/analytics/performance.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/nan.hpp"
#include "tieout/core/numbers.hpp"

#include "sums.hpp"

namespace tieout::analytics {
namespace {

/// A column, or nothing but NaN when there is none.
std::vector<double> column_or_nan(const Panel& panel, std::string_view name) {
  const auto column = panel.find_column({std::string(name)});
  if (!column) {
    return std::vector<double>(panel.row_count(), kNaN);
  }
  const auto values = panel.column(*column);
  return {values.begin(), values.end()};
}

/// NaN when no value is known.
double total(std::span<const double> values) {
  const std::vector<double> kept = without_nan(values);
  return kept.empty() ? kNaN : sum_of(kept);
}

double largest(std::span<const double> values) {
  const std::vector<double> kept = without_nan(values);
  return kept.empty() ? kNaN : *std::ranges::max_element(kept);
}

double or_zero(double x) noexcept {
  return std::isnan(x) ? 0.0 : x;
}

/// Mean of the values for which `keep` holds; NaN when there are none.
template <typename Keep>
double mean_where(std::span<const double> values, Keep keep) {
  std::vector<double> kept;
  std::ranges::copy_if(values, std::back_inserter(kept), keep);
  return mean_of(kept);
}

class Collector {
 public:
  explicit Collector(std::string_view group) : group_(group) {}
  void add(std::string_view name, double value, std::string sample = {}) {
    values_.push_back({&statistic_info(group_, name), value, std::move(sample)});
  }
  std::vector<Statistic> take() { return std::move(values_); }

 private:
  std::string_view group_;
  std::vector<Statistic> values_;
};

/// PnL, what it cost, and what was held for it.
void add_books(const PortfolioRecord& record, Collector& out) {
  const Panel& bars = record.metrics;
  const std::string n = fmt::format("{} bars", bars.row_count());
  const double pnl = total(column_or_nan(bars, "pnl"));
  const double fees = total(column_or_nan(bars, "fees"));
  const double funding = total(column_or_nan(bars, "funding"));
  out.add("pnl_gross", pnl, n);
  out.add("fees", fees, n);
  out.add("funding", funding, n);
  out.add("pnl_net", pnl - or_zero(fees) - or_zero(funding), n);
  const std::vector<double> volume = column_or_nan(bars, "gross_volume");
  const std::vector<double> gmv = column_or_nan(bars, "gmv");
  out.add("gross_volume", total(volume), n);
  out.add("turnover", total(volume) / mean(gmv), n);
  out.add("gmv_mean", mean(gmv), n);
  out.add("gmv_max", largest(gmv), n);
  out.add("nmv_mean", mean(column_or_nan(bars, "nmv")), n);
  out.add("leverage_mean", mean(column_or_nan(bars, "leverage")), n);
  out.add("leverage_max", largest(column_or_nan(bars, "leverage")), n);
  const std::vector<double> held = without_nan(gmv);
  const auto invested = std::ranges::count_if(held, [](double x) { return x > 0.0; });
  out.add("exposure", 100.0 * static_cast<double>(invested) / static_cast<double>(held.size()), n);
  std::vector<double> holdings = column_or_nan(bars, "gpc");
  if (!record.positions.empty()) {
    holdings.assign(record.positions.row_count(), 0.0);
    for (std::size_t c = 0; c < record.positions.column_count(); ++c) {
      const auto column = record.positions.column(c);
      for (std::size_t row = 0; row < column.size(); ++row) {
        holdings[row] += std::isfinite(column[row]) && column[row] != 0.0 ? 1.0 : 0.0;
      }
    }
  }
  out.add("holdings_mean", mean(holdings), n);
  out.add("holdings_max", largest(holdings), n);
  out.add("holding_period", mean(gmv) / mean(volume), n);
}

/// How the bins won and lost, in dollars.
void add_wins(std::span<const double> pnl, Collector& out) {
  const HitRate hits = hit_rate(pnl);
  const std::string n = fmt::format("{} bins", pnl.size());
  out.add("hit_rate", hits.percent, n);
  out.add("hit_rate_lower", hits.lower, n);
  out.add("hit_rate_upper", hits.upper, n);
  CompensatedSum won;
  CompensatedSum lost;
  for (const double x : pnl) {
    (x > 0.0 ? won : lost).add(or_zero(x));
  }
  out.add("profit_factor", won.value() / (0.0 - lost.value()), n);
  out.add("expectancy", mean_where(pnl, [](double x) { return !std::isnan(x) && x != 0.0; }), n);
  out.add("average_win", mean_where(pnl, [](double x) { return x > 0.0; }), n);
  out.add("average_loss", mean_where(pnl, [](double x) { return x < 0.0; }), n);
}

void add_risk(const Panel& bins, std::span<const double> pnl, const Returns& returns,
              const PortfolioStatsOptions& options, Collector& out) {
  const double points = points_per_year(options.frequency);
  const std::span<const double> r = returns.values;
  const std::string sample =
      fmt::format("{} bins of {}, N = {} a year, {}", r.size(), to_string(options.frequency),
                  format_double(points), returns.basis);
  const double annual = annualized_mean(r, points);
  const double sharpe = sharpe_ratio(r, points);
  std::vector<double> percent(r.begin(), r.end());
  for (double& x : percent) {
    x *= 100.0;
  }
  out.add("total_return", total(percent), sample);
  out.add("annualized_return", 100.0 * annual, sample);
  out.add("annualized_volatility", annualized_volatility(percent, points), sample);
  out.add("sharpe_ratio", sharpe, sample);
  out.add("sharpe_standard_error", sharpe_standard_error(r, points), sample);
  out.add("probabilistic_sharpe", 100.0 * probabilistic_sharpe(r), sample);
  out.add("sortino_ratio", sortino_ratio(r, points), sample);
  out.add("calmar_ratio", annual / max_drawdown(r, options.drawdown_start), sample);
  out.add("max_drawdown", max_drawdown(pnl, options.drawdown_start), sample);
  out.add("max_drawdown_return", max_drawdown(percent, options.drawdown_start), sample);
  const auto longest = longest_drawdown(pnl, options.drawdown_start);
  out.add("drawdown_duration", static_cast<double>(longest),
          fmt::format("{} bins of {}", bins.row_count(), to_string(options.frequency)));
  out.add("skewness", skewness(r), sample);
  out.add("excess_kurtosis", kurtosis(r) - 3.0, sample);
  out.add("var_95", value_at_risk(percent, 0.95), sample);
  out.add("es_95", expected_shortfall(percent, 0.95), sample);
  out.add("var_99", value_at_risk(percent, 0.99), sample);
  out.add("es_99", expected_shortfall(percent, 0.99), sample);
  out.add("autocorrelation", autocorrelation(r), sample);
  out.add("implied_correlation", implied_correlation(sharpe, points), sample);
}

/// Maximal stretches of bars in which an asset's position keeps its sign.
struct Bets {
  double count = 0, bars = 0, judged = 0, won = 0;
};

Bets bets_of(const Panel& positions, const Panel& pnl) {
  Bets bets;
  for (std::size_t c = 0; c < positions.column_count(); ++c) {
    const auto held = positions.column(c);
    const AssetId asset = positions.columns()[c].asset;
    const auto same = std::ranges::find_if(
        pnl.columns(), [&](const ColumnKey& key) { return key.asset == asset; });
    double earned = 0.0;
    double side = 0.0;
    const auto close = [&] {
      bets.judged += side != 0.0 && earned != 0.0 ? 1.0 : 0.0;
      bets.won += side != 0.0 && earned > 0.0 ? 1.0 : 0.0;
    };
    for (std::size_t row = 0; row < held.size(); ++row) {
      // What a bar earned belongs to the position that it began with.
      if (same != pnl.columns().end() && row < pnl.row_count()) {
        earned += or_zero(pnl.at(row, static_cast<std::size_t>(same - pnl.columns().begin())));
      }
      const double now = held[row] > 0.0 ? 1.0 : (held[row] < 0.0 ? -1.0 : 0.0);
      if (now != side) {
        close();
        earned = 0.0;
        side = now;
        bets.count += now != 0.0 ? 1.0 : 0.0;
      }
      bets.bars += now != 0.0 ? 1.0 : 0.0;
    }
    close();
  }
  return bets;
}

void add_bets(const PortfolioRecord& record, Collector& out) {
  const bool known = !record.positions.empty();
  const Bets bets = bets_of(record.positions, record.pnl);
  const std::string n =
      known ? fmt::format("{} assets", record.positions.column_count()) : "no positions";
  out.add("bets", known ? bets.count : kNaN, n);
  out.add("bet_length", bets.count > 0.0 ? bets.bars / bets.count : kNaN, n);
  out.add("bet_hit_rate", bets.judged > 0.0 ? 100.0 * bets.won / bets.judged : kNaN, n);
}

}  // namespace

ReturnBasis basis_of(const Panel& metrics) {
  const bool known = !without_nan(column_or_nan(metrics, "net_wealth")).empty();
  return known ? ReturnBasis::kNetWealth : ReturnBasis::kMeanGmv;
}

Returns returns_of(const Panel& bins, ReturnBasis basis) {
  Returns returns;
  returns.bins.assign(bins.index().begin(), bins.index().end());
  const std::vector<double> pnl = column_or_nan(bins, "pnl");
  returns.values.assign(pnl.size(), kNaN);
  if (basis == ReturnBasis::kMeanGmv) {
    const double gmv = mean(column_or_nan(bins, "gmv"));
    returns.basis = "PnL over the mean GMV of " + format_double(gmv);
    for (std::size_t i = 0; i < pnl.size() && gmv > 0.0; ++i) {
      returns.values[i] = pnl[i] / gmv;
    }
    return returns;
  }
  returns.basis = "PnL over the net wealth before the bin";
  const std::vector<double> wealth = column_or_nan(bins, "net_wealth");
  double before = kNaN;
  for (std::size_t i = 0; i < pnl.size(); ++i) {
    const double base = std::isnan(before) ? wealth[i] - or_zero(pnl[i]) : before;
    if (base > 0.0) {
      returns.values[i] = pnl[i] / base;
    }
    before = std::isnan(wealth[i]) ? before : wealth[i];
  }
  return returns;
}

Result<std::vector<Statistic>> compute_performance(const PortfolioRecord& record,
                                                   const PortfolioStatsOptions& options) {
  for (const char* name : {"pnl", "gross_volume", "gmv", "nmv"}) {
    if (!record.metrics.find_column({name})) {
      return Error{ErrorCode::kSchemaMismatch,
                   fmt::format("performance: {} has no column {}", record.name, name)};
    }
  }
  if (record.metrics.empty()) {
    return Error{ErrorCode::kMissingData, fmt::format("performance: {} has no bar", record.name)};
  }
  TIEOUT_TRY(const Panel bins,
             resample_bar_metrics(record.metrics, options.frequency, options.zone));
  const std::vector<double> pnl = column_or_nan(bins, "pnl");
  Collector out("performance");
  add_books(record, out);
  add_risk(bins, pnl, returns_of(bins, basis_of(record.metrics)), options, out);
  add_wins(pnl, out);
  add_bets(record, out);
  return out.take();
}

}  // namespace tieout::analytics
