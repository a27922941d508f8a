#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "tieout/core/result.hpp"

namespace tieout::analytics {

/// What takes the place of a forecast that a filter removed: a target of zero, or none at all (the
/// position is kept). The reference's "ffill" has nothing to fill from when one bar is decided at a
/// time, so there it means kNan too.
enum class FillMethod { kZero, kNan };

/// "zero", "nan" or "ffill". Errors: kInvalidConfig.
Result<FillMethod> parse_fill_method(std::string_view text);

struct CrossSectionalOptions {
  double bulk_frac_to_remove = 0.0;  // in [0, 1)
  FillMethod bulk_fill_method = FillMethod::kZero;
  double target_gmv = 1e6;  // dollars, > 0
  double volatility_lower_bound = 1e-5;
};

struct LongitudinalOptions {
  double prediction_abs_threshold = 0.0;
  double volatility_to_spread_threshold = 0.0;
  double volatility_lower_bound = 1e-4;
  double gamma = 0.0;
  FillMethod fill_method = FillMethod::kZero;
  double target_dollar_risk_per_name = 100.0;
  double spread_lower_bound = 1e-4;
  bool modulate_using_prediction_magnitude = false;
  double constant_decorrelation_coefficient = 0.0;  // in [0, 1)
};

using PomoOptions = std::variant<CrossSectionalOptions, LongitudinalOptions>;

/// Errors: kInvalidConfig naming the first option that is out of its range.
Status check_options(const PomoOptions& options);

/// Size by inverse variance, with the sign of the forecast's rank among its peers.
///
/// Shapes:  predictions [n], volatilities [n], result [n].
/// Units:   result in dollars.
/// Rule:    oms.md 3.1. One asset alone is not ranked: the sign of its prediction counts. The
/// absolute targets sum to target_gmv
///          when any weight is non-zero; when all are zero every target is NaN (no target: the
///          positions are kept).
/// Nulls:   inputs are finite (the caller keeps others out).
std::vector<double> cross_sectional_targets(const CrossSectionalOptions& options,
                                            std::span<const double> predictions,
                                            std::span<const double> volatilities);

/// The two steps of cross_sectional_targets(), for those who fill what was removed from earlier
/// bars.
///
/// Shapes:  predictions, signs, volatilities [n], results [n].
/// Rule:    cross_sectional_signs: sign of the rank, after the bulk was removed, in {-1, 0, 1}.
/// Nulls:   NaN for a NaN prediction, and for a removed one with FillMethod::kNan; a NaN sign or
///          volatility has no target and no part in the scale.
std::vector<double> cross_sectional_signs(const CrossSectionalOptions& options,
                                          std::span<const double> predictions);
std::vector<double> inverse_variance_targets(const CrossSectionalOptions& options,
                                             std::span<const double> signs,
                                             std::span<const double> volatilities);

/// Size each name by its own risk, where the forecast and the volatility are large enough to pay
/// for the spread.
///
/// Shapes:  predictions [n], volatilities [n], spreads [n] or empty (then spread_lower_bound for
/// all), result [n]. Units:   result in dollars; spreads are relative to the price. Rule:
/// oms.md 3.2. A removed forecast gives 0 or NaN (FillMethod).
std::vector<double> longitudinal_targets(const LongitudinalOptions& options,
                                         std::span<const double> predictions,
                                         std::span<const double> volatilities,
                                         std::span<const double> spreads = {});

/// The two steps of longitudinal_targets(): what the filters keep of the forecasts, and its size.
///
/// Nulls:   where a NaN leaves the filter undecided the forecast is kept as it is (NaN included).
std::vector<double> kept_forecasts(const LongitudinalOptions& options,
                                   std::span<const double> predictions,
                                   std::span<const double> volatilities,
                                   std::span<const double> spreads = {});
std::vector<double> risk_targets(const LongitudinalOptions& options,
                                 std::span<const double> forecasts,
                                 std::span<const double> volatilities);

/// Multiply by the inverse square root of the matrix with 1 on the diagonal and `coefficient`
/// elsewhere; 0 and one row change nothing. A NaN has no row.
std::vector<double> decorrelate(std::span<const double> predictions, double coefficient);

}  // namespace tieout::analytics
