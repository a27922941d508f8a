#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tieout/config/value.hpp"
#include "tieout/core/zone.hpp"
#include "tieout/dataflow/node.hpp"

namespace tieout::dataflow {

using NodePtr = std::unique_ptr<const Node>;

// ---- Sampling ----

enum class Aggregate { kFirst, kMax, kMin, kLast, kMean, kSum };

/// What a resampled bar holds.
struct BarSpec {
  struct Column {
    std::string input;
    std::string output;
    Aggregate aggregate = Aggregate::kLast;
  };
  struct Vwap {
    std::string price;
    std::string volume;
    std::string output;
    std::string
        fallback;  // Output column that stands in where there is no volume; empty leaves NaN.
  };
  std::vector<Column> columns;
  std::vector<Vwap> vwaps;
  std::string count;  // Output column with the number of rows in which the asset had some value;
                      // empty for none.
};

/// open, high, low, close, volume, twap, vwap, n_rows of open, high, low, close, volume.
BarSpec ohlcv_bars();

/// Bars of length `rule`.
///
/// Rule:   bins are (b - rule, b], labelled b, on the multiples of `rule` since the epoch; a bin
///         without a row between two others is emitted too. NaN is skipped: first, last, max, min,
///         mean and sum are NaN only when there is no value (sums add in row order);
///         vwap = sum(p v) / sum(v) over the rows that have both, ±inf -> NaN. The count is 0,
///         never NaN.
/// Source: dataflow.md 5.1. twap is the mean of close.
NodePtr make_resample_bars(Duration rule, BarSpec spec);

// ---- Rows: finite lookback ----

enum class ReturnMode { kPctChange, kLogReturns, kDifference };
/// "pct_change", "log_rets", "diff". Errors: kUnknownName.
Result<ReturnMode> return_mode_of(std::string_view name);

/// X -> X.ret_0: p / p[-1] - 1, ln p - ln p[-1], or p - p[-1], by rows. Lookback: 1 row.
NodePtr make_returns(ReturnMode mode, const std::vector<std::string>& fields);

/// X -> X.vol: root mean square of the last `window` values, NaN skipped, added oldest first; NaN
/// below min_periods values. Lookback: window - 1 rows.
NodePtr make_rolling_volatility(const std::string& field, std::size_t window,
                                std::size_t min_periods);

enum class Operation { kAdd, kSubtract, kMultiply, kDivide };
/// "add", "sub", "mul", "div". Errors: kUnknownName.
Result<Operation> operation_of(std::string_view name);

struct Term {
  std::string field;
  std::size_t delay = 0;  // rows
};
/// left[-delay] op right[-delay]; ±inf -> NaN after a division. Lookback: the longer delay.
NodePtr make_combine_columns(Operation operation, const Term& left, const Term& right,
                             std::string output);

/// scale * tanh(x * rescale / scale).
NodePtr make_compress_tails(std::string field, std::string output, double scale,
                            double rescale = 1.0);

/// min(max(x, low), high); NaN stays.
NodePtr make_clip(std::string field, std::string output, double low, double high);

struct LagSpec {
  std::size_t lag_delay = 0;
  std::size_t first_lag = 0;
  std::size_t num_lags = 1;
  std::string separator = ".";
};
/// X -> X<separator>lag<k> for k = first_lag .. first_lag + num_lags - 1: X shifted by lag_delay +
/// k rows.
NodePtr make_lags(const std::string& field, const LagSpec& spec);
/// Names of the columns that make_lags() makes.
std::vector<std::string> lag_names(const std::string& field, const LagSpec& spec);

/// sum of weights[i] * fields[i], added in order; NaN when any of them is. As many weights as
/// fields.
NodePtr make_linear_model(std::vector<std::string> fields, std::vector<double> weights,
                          std::string output);

/// Pass columns through, renamed: the sink that gathers what trading needs from several stages.
struct Rename {
  std::string field;
  std::string output;
};
NodePtr make_select(const std::vector<Rename>& columns);

// ---- Filters that keep the rows ----

/// Every column of the input; rows outside start < local time of day <= end are NaN.
NodePtr make_filter_ath(config::TimeOfDay start, config::TimeOfDay end, Zone zone);
/// Every column of the input; rows on a local Saturday or Sunday are NaN.
NodePtr make_filter_weekends(Zone zone);
/// Every column of the input as it is.
NodePtr make_pass_through();

// ---- Whole window: compatibility with infinite-memory filters ----

/// X -> `output`: smooth moving average of |x|^2, square root (kernels.hpp: rolling_norm).
NodePtr make_rolling_norm(std::string field, std::string output, double tau);
/// X -> `output`: volatility from the causal Haar detail (kernels.hpp: swt_volatility).
NodePtr make_swt_volatility(std::string field, std::string output);

/// The reference's drop_nans: for each asset, drop the rows in which one of `fields` is NaN, run
/// `inner` on what is left as if it were contiguous, and put the results back in their places.
/// Looks at its whole window.
NodePtr make_drop_nans(std::vector<std::string> fields, NodePtr inner);

/// The reference's join_output_with_input: the columns of `inner`, then all columns of its first
/// input.
NodePtr make_joined(NodePtr inner);

}  // namespace tieout::dataflow
