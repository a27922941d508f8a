#include "tieout/analytics/statistic.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "tieout/core/assert.hpp"

namespace tieout::analytics {
namespace {

constexpr std::string_view kZero = "a bin without a PnL counts as 0";
constexpr std::string_view kSkip = "NaN left out; NaN for fewer values than it needs";
constexpr std::string_view kKnown = "NaN where the log does not record it";
constexpr std::string_view kFinite = "cells finite on both sides; NaN when there are none";
constexpr std::string_view kDf = "dataflow.md 5.10";
constexpr std::string_view kPeers = "peers.md 6.4";
constexpr std::string_view kEqual = "peers.md 6.2";

// One row is one statistic; the conventions are what the report prints beside the number.
constexpr StatisticInfo kCatalogue[] = {
    // The reference's table.
    {"ratios", "sharpe_ratio", "", "mean / std (ddof 1) of the PnL of a bin, * sqrt(N)",
     "a bin without a PnL counts as 0; infinite without variation, NaN for 0 / 0", kDf},
    {"ratios", "sharpe_ratio_standard_error", "",
     "sqrt((1 + s^2 / 2) / (n - 1)) * sqrt(N), s = Sharpe ratio of one bin, n with empty bins",
     kZero, "A. Lo (2002); dataflow.md 5.10"},
    {"ratios", "sr.tval", "", "mean / (std (ddof 1) / sqrt(n)) of the PnL of a bin against 0",
     "NaN left out; infinite without variation", kDf},
    {"ratios", "sr.pval", "", "two-sided p of Student's t, n - 1 degrees of freedom", kSkip, kDf},
    {"ratios", "kratio", "",
     "slope of cumulative PnL on 0..n-1 / its standard error, * sqrt(N) / n",
     "a bin without a PnL counts as 0; NaN for n < 3", "L. Kestner; dataflow.md 5.10"},
    {"dollar", "gmv_mean", "$", "mean over bins of the mean gross market value", kSkip, kDf},
    {"dollar", "gmv_stdev", "$", "std (ddof 1) of the same", kSkip, kDf},
    {"dollar", "annualized_mean_return", "$/year", "mean PnL of a bin * N", kZero, kDf},
    {"dollar", "annualized_volatility", "$/sqrt(year)", "std (ddof 1) of the PnL * sqrt(N)", kZero,
     kDf},
    {"dollar", "max_drawdown", "$",
     "max of running maximum - cumulative PnL; the maximum begins at 0 (profile reference: at the "
     "first value, which hides a first loss)",
     kZero, kDf},
    {"dollar", "pnl_mean", "$/bin",
     "mean PnL of the bins that have one: * N it is not annualized_mean_return when bins are empty",
     kSkip, kDf},
    {"dollar", "pnl_std", "$/bin", "std (ddof 1) of the same", kSkip, kDf},
    {"dollar", "turnover_mean", "$/bin", "mean gross volume of a bin", kSkip, kDf},
    {"dollar", "turnover_stdev", "$/bin", "std (ddof 1) of the same", kSkip, kDf},
    {"dollar", "market_bias_mean", "$", "mean net market value", kSkip, kDf},
    {"dollar", "market_bias_stdev", "$", "std (ddof 1) of the same", kSkip, kDf},
    {"percentage", "annualized_mean_return", "%/year", "as in dollar, of 100 * PnL / gmv_mean",
     kZero, kDf},
    {"percentage", "annualized_volatility", "%/sqrt(year)", "as in dollar, of 100 * PnL / gmv_mean",
     kZero, kDf},
    {"percentage", "max_drawdown", "%", "as in dollar, of 100 * PnL / gmv_mean", kZero, kDf},
    {"percentage", "pnl_mean", "%/bin", "as in dollar, of 100 * PnL / gmv_mean", kSkip, kDf},
    {"percentage", "pnl_std", "%/bin", "as in dollar, of 100 * PnL / gmv_mean", kSkip, kDf},
    {"percentage", "turnover_mean", "%/bin", "mean of 100 * gross volume / gmv_mean", kSkip, kDf},
    {"percentage", "turnover_stdev", "%/bin", "std (ddof 1) of the same", kSkip, kDf},
    {"percentage", "market_bias_mean", "%", "mean of 100 * nmv / gmv_mean", kSkip, kDf},
    {"percentage", "market_bias_stdev", "%", "std (ddof 1) of the same", kSkip, kDf},

    // One run.
    {"performance", "pnl_gross", "$", "sum of pnl over the bars, before fees and funding", kSkip,
     kPeers},
    {"performance", "fees", "$", "sum of fees paid; positive is a cost", kKnown, kPeers},
    {"performance", "funding", "$", "sum of funding paid for holding; negative was received",
     kKnown, kPeers},
    {"performance", "pnl_net", "$", "pnl_gross - fees - funding", "what is not known counts as 0",
     kPeers},
    {"performance", "gross_volume", "$", "sum of |traded notional| over bars and assets", kSkip,
     kPeers},
    {"performance", "turnover", "times", "gross_volume / gmv_mean, of the whole run", kSkip,
     kPeers},
    {"performance", "gmv_mean", "$", "mean over bars of sum |position|", kSkip, kPeers},
    {"performance", "gmv_max", "$", "largest of the same", kSkip, kPeers},
    {"performance", "nmv_mean", "$", "mean over bars of sum position", kSkip, kPeers},
    {"performance", "leverage_mean", "", "mean over bars of gmv / net wealth", kKnown, kPeers},
    {"performance", "leverage_max", "", "largest of the same", kKnown, kPeers},
    {"performance", "exposure", "%", "share of the bars with gmv > 0 among those with a gmv", kSkip,
     kPeers},
    {"performance", "holdings_mean", "assets", "mean over bars of the assets held", kKnown, kPeers},
    {"performance", "holdings_max", "assets", "largest of the same", kKnown, kPeers},
    {"performance", "holding_period", "bars", "gmv_mean / mean gross volume of a bar", kSkip, kDf},
    {"performance", "total_return", "%", "sum of the simple returns of the bins, not compounded",
     kSkip, kPeers},
    {"performance", "annualized_return", "%/year", "mean return of a bin * N, not compounded",
     kZero, kPeers},
    {"performance", "annualized_volatility", "%/sqrt(year)", "std (ddof 1) of returns * sqrt(N)",
     kZero, kPeers},
    {"performance", "sharpe_ratio", "",
     "mean / std (ddof 1) of returns * sqrt(N); risk-free rate 0", kZero, kPeers},
    {"performance", "sharpe_standard_error", "",
     "sqrt((1 + s^2 / 2) / (n - 1)) * sqrt(N), s = Sharpe ratio of one bin", kZero, "A. Lo (2002)"},
    {"performance", "probabilistic_sharpe", "%",
     "probability that the true Sharpe ratio is above 0: Phi(s sqrt(n - 1) / sqrt(1 - skew s + "
     "(kurtosis - 1) s^2 / 4))",
     kZero, "D. Bailey, M. Lopez de Prado (2012)"},
    {"performance", "sortino_ratio", "",
     "mean / sqrt(mean of min(return, 0)^2 over all bins) * sqrt(N); target 0",
     "a bin without a PnL counts as 0; infinite without a loss", "F. Sortino, L. Price (1994)"},
    {"performance", "calmar_ratio", "1/year",
     "annualized return / max drawdown, both of returns, not compounded",
     "a bin without a PnL counts as 0; infinite without a drawdown", "T. Young (1991)"},
    {"performance", "max_drawdown", "$", "max of running maximum (from 0) - cumulative PnL", kZero,
     kPeers},
    {"performance", "max_drawdown_return", "%", "the same of cumulative returns", kZero, kPeers},
    {"performance", "drawdown_duration", "bins",
     "longest stretch below a high that was reached before", kZero, kPeers},
    {"performance", "skewness", "", "third central moment / std^3, divisor n", kSkip, kPeers},
    {"performance", "excess_kurtosis", "", "fourth central moment / std^4 - 3, divisor n", kSkip,
     kPeers},
    {"performance", "var_95", "%", "5 % quantile of returns, historic, as a loss", kSkip, kPeers},
    {"performance", "es_95", "%", "mean of the returns at or below it, as a loss", kSkip, kPeers},
    {"performance", "var_99", "%", "1 % quantile of returns, historic, as a loss", kSkip, kPeers},
    {"performance", "es_99", "%", "mean of the returns at or below it, as a loss", kSkip, kPeers},
    {"performance", "autocorrelation", "", "of returns, lag 1, about the common mean", kZero, kDf},
    {"performance", "implied_correlation", "",
     "s / sqrt(1 - s^2), s = sharpe_ratio / sqrt(N): of forecasts with outcomes",
     "NaN for |s| >= 1", kDf},
    {"performance", "hit_rate", "%", "bins with PnL > 0 among those with PnL not 0",
     "0, NaN and infinities left out", kDf},
    {"performance", "hit_rate_lower", "%",
     "Jeffreys interval: 2.5 % quantile of Beta(k + 1/2, n - k + 1/2)",
     "0, NaN and infinities left out", kDf},
    {"performance", "hit_rate_upper", "%", "97.5 % quantile of the same",
     "0, NaN and infinities left out", kDf},
    {"performance", "profit_factor", "", "sum of PnL > 0 / |sum of PnL < 0|, by bins",
     "infinite without a loss, NaN without either", kPeers},
    {"performance", "expectancy", "$", "mean PnL of the bins with PnL not 0", kSkip, kPeers},
    {"performance", "average_win", "$", "mean PnL of the bins with PnL > 0", kSkip, kDf},
    {"performance", "average_loss", "$", "mean PnL of the bins with PnL < 0", kSkip, kDf},
    {"performance", "bets", "", "stretches of bars in which an asset's position keeps its sign",
     "NaN where positions are not known; a NaN position ends a bet", kDf},
    {"performance", "bet_length", "bars", "mean length of a bet", "NaN without a bet", kDf},
    {"performance", "bet_hit_rate", "%", "bets that earned > 0 among those that earned not 0",
     "NaN without such a bet", kDf},

    // The left run against the right.
    {"difference", "pnl_gap", "$", "cumulative PnL left - right at the end",
     "a PnL on one side only counts whole", kPeers},
    {"difference", "mean_gap", "$/bin", "mean of PnL left - right",
     "bins without a PnL on either side left out", kPeers},
    {"difference", "mean_gap_lower", "$/bin",
     "2.5 % quantile of the mean gap under the stationary block bootstrap",
     "as mean_gap; NaN for n < 2", "D. Politis, J. Romano (1994)"},
    {"difference", "mean_gap_upper", "$/bin", "97.5 % quantile of the same",
     "as mean_gap; NaN for n < 2", "D. Politis, J. Romano (1994)"},
    {"difference", "mean_gap_t", "", "mean gap / (std (ddof 1) / sqrt(n))",
     "as mean_gap; NaN when all gaps are 0", kPeers},
    {"difference", "mean_gap_p", "", "its two-sided p, Student's t with n - 1", "as mean_gap_t",
     kPeers},
    {"difference", "max_equity_gap", "$",
     "cumulative PnL left - right where its size is largest, and the bin", "as mean_gap", kPeers},
    {"difference", "cusum", "",
     "max |sum of (gap - mean gap)| / (std sqrt(n)), and the first bin after it: where the gap "
     "changed; 5 % above 1.358",
     "as mean_gap; NaN when all gaps are equal", "R. Brown, J. Durbin, J. Evans (1975)"},
    {"difference", "cusum_p", "", "P(sup |Brownian bridge| >= cusum), asymptotic", "as cusum",
     "A. Kolmogorov (1933)"},
    {"difference", "equity_overlap", "",
     "area under both cumulative PnL curves / area under either; 1 is one curve, 0 opposite sides "
     "of zero",
     "NaN when both are 0 throughout", kPeers},
    {"difference", "retention", "%", "100 * PnL left / PnL right; good above 98",
     "NaN when |PnL right| is below the cost of one tick per trade", "peers.md 6.10"},
    {"difference", "tracking_error", "%/sqrt(year)",
     "std (ddof 1) of return left - right, * sqrt(N)", kZero, "peers.md 6.10"},
    {"difference", "active_return", "%/year", "mean of return left - right, * N", kZero, kPeers},
    {"difference", "active_return_t", "", "t of the mean of return left - right, all bins",
     "a bin without a PnL counts as 0; NaN when all are equal", kPeers},
    {"difference", "returns_correlation", "", "Pearson's correlation of returns; good from 0.8",
     "a bin without a PnL counts as 0; NaN without variation",
     "QuantConnect documentation, Reconciliation"},
    {"difference", "beta", "", "slope of returns left on returns right", "as returns_correlation",
     kPeers},
    {"difference", "alpha", "%/year", "(mean left - beta * mean right) * N",
     "as returns_correlation", kPeers},
    {"difference", "ks_distance", "", "largest distance of the distributions of returns", kZero,
     "A. Kolmogorov, N. Smirnov"},
    {"difference", "ks_p", "",
     "its asymptotic p for independent samples: two runs are not, so "
     "small is telling and large is not",
     kZero, "A. Kolmogorov (1933)"},
    {"difference", "anderson_darling", "",
     "two-sample statistic with mid-ranks, standardised; 5 % above 1.961, for independent samples",
     "a bin without a PnL counts as 0; NaN when all are equal", "F. Scholz, M. Stephens (1987)"},
    {"difference", "dtw", "",
     "dynamic time warping of returns: sqrt of the least sum of squared differences", kZero,
     "H. Sakoe, S. Chiba (1978)"},
    {"difference", "dtw_annualized", "1/year",
     "dtw * sqrt(N / n), of daily returns when there are two days; QuantConnect's score, decent "
     "below 0.2 (its scaling is not published: this one makes a year of n = N days the sum itself)",
     kZero, "QuantConnect documentation, Reconciliation"},

    // Two frames.
    {"equality", "rows_matched", "rows", "timestamps that both sides have", "", kEqual},
    {"equality", "rows_left_only", "rows", "timestamps that the right side lacks", "", kEqual},
    {"equality", "rows_right_only", "rows", "timestamps that the left side lacks", "", kEqual},
    {"equality", "columns_matched", "columns", "(field, asset) that both sides have", "", kEqual},
    {"equality", "columns_left_only", "columns", "(field, asset) that the right side lacks", "",
     kEqual},
    {"equality", "columns_right_only", "columns", "(field, asset) that the left side lacks", "",
     kEqual},
    {"equality", "cells_equal", "cells", "equal to the bit, -0 and 0 alike", "NaN equals NaN",
     kEqual},
    {"equality", "cells_differing", "cells", "finite on both sides and not equal", "", kEqual},
    {"equality", "cells_nan_mismatch", "cells",
     "NaN or infinite on one side, or infinities of two signs", "", kEqual},
    {"equality", "cells_one_sided", "cells", "in a row or a column that one side lacks", "",
     kEqual},
    {"equality", "break_rate", "1e-6", "cells of the union that are not equal, per million",
     "NaN for no cells", kEqual},
    {"equality", "max_abs", "as the data", "largest |left - right|", kFinite, kEqual},
    {"equality", "max_rel", "", "largest |left - right| / max(|left|, |right|)", kFinite,
     "peers.md 6.10"},
    {"equality", "max_ulp", "ulp", "largest distance on the monotone integer mapping of doubles",
     kFinite, "peers.md 6.10"},
    {"equality", "abs_p50", "as the data", "median of |left - right|, equal cells included",
     kFinite, kEqual},
    {"equality", "abs_p95", "as the data", "95 % quantile of the same", kFinite, kEqual},
    {"equality", "abs_p99", "as the data", "99 % quantile of the same", kFinite, kEqual},
    {"equality", "abs_p99.9", "as the data", "99.9 % quantile of the same", kFinite, kEqual},
    {"equality", "rmse", "as the data", "sqrt(mean of (left - right)^2)", kFinite, kEqual},
    {"equality", "mae", "as the data", "mean of |left - right|", kFinite, kEqual},
    {"equality", "bias", "as the data", "mean of left - right", kFinite, kEqual},
    {"equality", "bias_t", "", "bias / (std (ddof 1) of left - right / sqrt(n))",
     "NaN when all differences are equal", kEqual},
    {"equality", "pearson", "", "correlation of the cells, all columns pooled",
     "finite cells; NaN without variation", kEqual},
    {"equality", "spearman", "", "correlation of their ranks, ties at the mean rank",
     "finite cells; NaN without variation", kEqual},
    {"equality", "sign_agreement", "%", "cells of one sign, among those not 0 on both sides",
     "NaN when all are 0", kEqual},
    {"equality", "ccc", "",
     "Lin's concordance 2 s_xy / (s_x^2 + s_y^2 + (m_x - m_y)^2), divisor n; 1 is equality",
     "finite cells; NaN for n < 2", "L. Lin (1989)"},
    {"equality", "slope", "", "least squares of left on right",
     "finite cells; NaN without variation", kEqual},
    {"equality", "intercept", "as the data", "of the same line", "as slope", kEqual},
    {"equality", "lag", "rows",
     "shift with the largest cross-correlation of the columns, each less its mean; positive: left "
     "is late",
     "finite cells; NaN without variation", kEqual},
    {"equality", "rows_broken", "rows", "rows with a cell that is not equal", "", kEqual},
    {"equality", "first_break", "row", "the first such row, from 0, and its time",
     "NaN without a break", kEqual},
    {"equality", "last_break", "row", "the last such row, and its time", "NaN without a break",
     kEqual},
    {"equality", "longest_clean", "rows", "longest stretch of rows without a break", "", kEqual},
};

}  // namespace

std::span<const StatisticInfo> statistic_catalogue() noexcept {
  return kCatalogue;
}

const StatisticInfo& statistic_info(std::string_view group, std::string_view name) noexcept {
  const auto* found = std::ranges::find_if(kCatalogue, [&](const StatisticInfo& info) {
    return info.group == group && info.name == name;
  });
  TIEOUT_ASSERT(found != std::end(kCatalogue));
  return *found;
}

std::string statistic_catalogue_markdown() {
  std::string text;
  std::string_view group;
  for (const StatisticInfo& info : kCatalogue) {
    if (info.group != group) {
      group = info.group;
      text += fmt::format(
          "\n## {}\n\n| name | unit | formula and convention | NaN, and where it is not defined | "
          "source |\n|---|---|---|---|---|\n",
          group);
    }
    std::string convention;
    for (const char c : info.convention) {
      convention += c == '|' ? std::string("\\|") : std::string(1, c);
    }
    text += fmt::format("| `{}` | {} | {} | {} | {} |\n", info.name, info.unit, convention,
                        info.nulls, info.source);
  }
  return text;
}

const Statistic* find_statistic(std::span<const Statistic> statistics, std::string_view group,
                                std::string_view name) noexcept {
  const auto found = std::ranges::find_if(statistics, [&](const Statistic& statistic) {
    return statistic.info->group == group && statistic.info->name == name;
  });
  return found == statistics.end() ? nullptr : &*found;
}

}  // namespace tieout::analytics
