#include "tieout/analytics/tracking.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "tieout/analytics/dtw.hpp"
#include "tieout/analytics/two_samples.hpp"
#include "tieout/core/nan.hpp"
#include "tieout/core/numbers.hpp"

#include "sums.hpp"

namespace tieout::analytics {
namespace {

/// Both sides on the same bins.
struct Pair {
  Panel left, right;
  Returns left_returns, right_returns;
  double points = 0.0;
  std::string sample;  // "288 bins of 5T, N = ... a year"
};

Result<Pair> make_pair_of(const NamedMetrics& left, const NamedMetrics& right,
                          const PortfolioStatsOptions& options) {
  for (const NamedMetrics* side : {&left, &right}) {
    for (const char* name : {"pnl", "gross_volume", "gmv"}) {
      if (!side->metrics.find_column({name})) {
        return Error{ErrorCode::kSchemaMismatch,
                     fmt::format("tracking: {} has no column {}", side->name, name)};
      }
    }
  }
  const std::vector<Panel> aligned = align_metrics({left, right});
  if (aligned.front().empty()) {
    return Error{ErrorCode::kMissingData, "tracking: neither run has a bar"};
  }
  Pair pair;
  TIEOUT_TRY(pair.left, resample_bar_metrics(aligned[0], options.frequency, options.zone));
  TIEOUT_TRY(pair.right, resample_bar_metrics(aligned[1], options.frequency, options.zone));
  const bool wealth = basis_of(left.metrics) == ReturnBasis::kNetWealth &&
                      basis_of(right.metrics) == ReturnBasis::kNetWealth;
  const ReturnBasis basis = wealth ? ReturnBasis::kNetWealth : ReturnBasis::kMeanGmv;
  pair.left_returns = returns_of(pair.left, basis);
  pair.right_returns = returns_of(pair.right, basis);
  pair.points = points_per_year(options.frequency);
  pair.sample = fmt::format("{} bins of {}, N = {} a year", pair.left.row_count(),
                            to_string(options.frequency), format_double(pair.points));
  return pair;
}

std::span<const double> pnl_of(const Panel& bins) {
  return bins.column(*bins.find_column({"pnl"}));
}

class Collector {
 public:
  void add(std::string_view name, double value, std::string sample,
           std::optional<Timestamp> at = {}) {
    values_.push_back({&statistic_info("difference", name), value, std::move(sample), at});
  }
  std::vector<Statistic> take() { return std::move(values_); }

 private:
  std::vector<Statistic> values_;
};

/// PnL of the left less that of the right, in the bins in which one of them has one.
std::vector<double> gaps_of(const Pair& pair, std::vector<Timestamp>& bins) {
  std::vector<double> gaps;
  const auto left = pnl_of(pair.left);
  const auto right = pnl_of(pair.right);
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (!std::isnan(left[i]) || !std::isnan(right[i])) {
      gaps.push_back((std::isnan(left[i]) ? 0.0 : left[i]) -
                     (std::isnan(right[i]) ? 0.0 : right[i]));
      bins.push_back(pair.left.index()[i]);
    }
  }
  return gaps;
}

void add_gaps(const Pair& pair, const TrackingOptions& options, Collector& out) {
  std::vector<Timestamp> bins;
  const std::vector<double> gaps = gaps_of(pair, bins);
  const std::string n = fmt::format("{} bins with a PnL", gaps.size());
  const MeanInterval interval = bootstrap_mean(gaps, options.bootstrap);
  const TTest test = t_test(gaps);
  out.add("pnl_gap", sum_of(gaps), n);
  out.add("mean_gap", mean(gaps), n);
  const std::string bootstrap =
      fmt::format("{}, {} replicates, mean block {} bins, seed {}", n, options.bootstrap.replicates,
                  interval.block_length, options.bootstrap.seed);
  out.add("mean_gap_lower", interval.lower, bootstrap);
  out.add("mean_gap_upper", interval.upper, bootstrap);
  out.add("mean_gap_t", test.statistic, n);
  out.add("mean_gap_p", test.p_value, n);
  CompensatedSum level;
  double widest = 0.0;
  std::optional<Timestamp> widest_at;
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    level.add(gaps[i]);
    if (std::abs(level.value()) > std::abs(widest)) {
      widest = level.value();
      widest_at = bins[i];
    }
  }
  out.add("max_equity_gap", widest, n, widest_at);
  const ChangePoint change = cusum_change_point(gaps);
  const bool exists = !std::isnan(change.statistic);
  out.add("cusum", change.statistic, n,
          exists ? std::optional(bins[change.last_before + 1]) : std::nullopt);
  out.add("cusum_p", change.p_value, n);
}

/// Share of the areas under the two cumulative PnL curves that lies under both.
double equity_overlap(std::span<const double> left, std::span<const double> right) {
  CompensatedSum level_left;
  CompensatedSum level_right;
  CompensatedSum both;
  CompensatedSum either;
  for (std::size_t i = 0; i < left.size(); ++i) {
    level_left.add(std::isnan(left[i]) ? 0.0 : left[i]);
    level_right.add(std::isnan(right[i]) ? 0.0 : right[i]);
    const double a = level_left.value();
    const double b = level_right.value();
    const bool same_side = (a > 0.0 && b > 0.0) || (a < 0.0 && b < 0.0);
    const double high = std::max(std::abs(a), std::abs(b));
    both.add(same_side ? std::min(std::abs(a), std::abs(b)) : 0.0);
    either.add(same_side ? high : std::abs(a) + std::abs(b));
  }
  return either.value() > 0.0 ? both.value() / either.value() : kNaN;
}

void add_paths(const Pair& pair, const TrackingOptions& options, Collector& out) {
  const auto left = pnl_of(pair.left);
  const auto right = pnl_of(pair.right);
  out.add("equity_overlap", equity_overlap(left, right), pair.sample);
  const double volume =
      sum_of(without_nan(pair.right.column(*pair.right.find_column({"gross_volume"}))));
  const double floor = 1e-4 * options.retention_floor_bps * volume;
  const double earned = sum_of(without_nan(right));
  out.add("retention",
          std::abs(earned) >= floor && earned != 0.0 ? 100.0 * sum_of(without_nan(left)) / earned
                                                     : kNaN,
          fmt::format("not defined below {} $ of PnL: {} bps of the gross volume",
                      format_double(floor), format_double(options.retention_floor_bps)));
}

void add_returns(const Pair& pair, Collector& out) {
  const std::vector<double> left = nan_as_zero(pair.left_returns.values);
  const std::vector<double> right = nan_as_zero(pair.right_returns.values);
  std::vector<double> active(left.size());
  for (std::size_t i = 0; i < active.size(); ++i) {
    active[i] = left[i] - right[i];
  }
  const std::string sample = pair.sample + ", " + pair.right_returns.basis;
  out.add("tracking_error", 100.0 * annualized_volatility(active, pair.points), sample);
  out.add("active_return", 100.0 * annualized_mean(active, pair.points), sample);
  out.add("active_return_t", t_test(active).statistic, sample);
  const double r = correlation(left, right);
  out.add("returns_correlation", r, sample);
  const double beta = r * standard_deviation(left) / standard_deviation(right);
  out.add("beta", beta, sample);
  out.add("alpha", 100.0 * (mean(left) - beta * mean(right)) * pair.points, sample);
  const KolmogorovSmirnov ks = kolmogorov_smirnov(left, right);
  out.add("ks_distance", ks.distance, sample);
  out.add("ks_p", ks.p_value, sample);
  out.add("anderson_darling", anderson_darling(left, right), sample);
}

void add_dtw(const Pair& pair, const TrackingOptions& options, Collector& out) {
  const std::vector<double> left = nan_as_zero(pair.left_returns.values);
  const std::vector<double> right = nan_as_zero(pair.right_returns.values);
  const std::size_t n = left.size();
  std::optional<std::size_t> band;
  if (n > options.dtw_full_samples) {
    band = options.dtw_full_samples * options.dtw_full_samples / n / 2;
  }
  const double distance = dtw_distance(left, right, band);
  const std::string words =
      fmt::format("{}, {}, {}", pair.sample, pair.right_returns.basis,
                  band ? fmt::format("band {} bins", *band) : std::string("no band"));
  out.add("dtw", distance, words);
  out.add("dtw_annualized", distance * std::sqrt(pair.points / static_cast<double>(n)), words);
}

}  // namespace

Result<std::vector<Statistic>> compute_tracking(const NamedMetrics& left, const NamedMetrics& right,
                                                const TrackingOptions& options) {
  TIEOUT_TRY(const Pair pair, make_pair_of(left, right, options.portfolio));
  Collector out;
  add_gaps(pair, options, out);
  add_paths(pair, options, out);
  add_returns(pair, out);
  // QuantConnect's score is one of daily returns; a run of one day has only its bins.
  PortfolioStatsOptions daily = options.portfolio;
  daily.frequency = Frequency{Frequency::Kind::kPeriod, days(1)};
  TIEOUT_TRY(const Pair by_day, make_pair_of(left, right, daily));
  const bool finer = options.portfolio.frequency.kind == Frequency::Kind::kPeriod &&
                     options.portfolio.frequency.period < days(1);
  add_dtw(finer && by_day.left.row_count() >= 2 ? by_day : pair, options, out);
  return out.take();
}

}  // namespace tieout::analytics
