#include "tieout/analytics/pomo.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "tieout/analytics/gaussian_rank.hpp"
#include "tieout/core/assert.hpp"
#include "tieout/core/nan.hpp"
#include "tieout/core/numbers.hpp"

#include "field_columns.hpp"

namespace tieout::analytics {
namespace {

double filled(FillMethod method) noexcept {
  return method == FillMethod::kZero ? 0.0 : kNaN;
}

struct Range {
  std::string_view name;
  double value;
  double lower;
  bool lower_included;
  double upper;  // not included
};

Status check_ranges(std::initializer_list<Range> ranges) {
  for (const Range& range : ranges) {
    const bool above =
        range.lower_included ? range.value >= range.lower : range.value > range.lower;
    if (!above || !(range.value < range.upper)) {
      return Error{ErrorCode::kInvalidConfig,
                   fmt::format("optimizer: {} is {}, needed a value in {}{}, {})", range.name,
                               format_double(range.value), range.lower_included ? '[' : '(',
                               format_double(range.lower), format_double(range.upper))};
    }
  }
  return {};
}

}  // namespace

Result<FillMethod> parse_fill_method(std::string_view text) {
  if (text == "zero") {
    return FillMethod::kZero;
  }
  if (text == "nan" || text == "ffill") {
    return FillMethod::kNan;
  }
  return Error{
      ErrorCode::kInvalidConfig,
      fmt::format("optimizer: fill method '{}' is not known, needed zero, nan or ffill", text)};
}

Status check_options(const PomoOptions& options) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  if (const auto* cross = std::get_if<CrossSectionalOptions>(&options)) {
    return check_ranges(
        {{"bulk_frac_to_remove", cross->bulk_frac_to_remove, 0.0, true, 1.0},
         {"target_gmv", cross->target_gmv, 0.0, false, kInf},
         {"volatility_lower_bound", cross->volatility_lower_bound, 0.0, false, kInf}});
  }
  const auto& names = std::get<LongitudinalOptions>(options);
  return check_ranges(
      {{"prediction_abs_threshold", names.prediction_abs_threshold, 0.0, true, kInf},
       {"volatility_to_spread_threshold", names.volatility_to_spread_threshold, 0.0, true, kInf},
       {"volatility_lower_bound", names.volatility_lower_bound, 0.0, false, kInf},
       {"gamma", names.gamma, 0.0, true, kInf},
       {"target_dollar_risk_per_name", names.target_dollar_risk_per_name, 0.0, true, kInf},
       {"spread_lower_bound", names.spread_lower_bound, 0.0, false, kInf},
       {"constant_decorrelation_coefficient", names.constant_decorrelation_coefficient, 0.0, true,
        1.0}});
}

std::vector<double> cross_sectional_signs(const CrossSectionalOptions& options,
                                          std::span<const double> predictions) {
  std::vector<double> signs = predictions.size() > 1
                                  ? gaussian_rank(predictions)
                                  : std::vector<double>(predictions.begin(), predictions.end());
  const double threshold = inverse_normal_cdf(0.5 * (1.0 + options.bulk_frac_to_remove));
  for (double& sign : signs) {
    if (options.bulk_frac_to_remove > 0.0 && std::abs(sign) < threshold) {
      sign = filled(options.bulk_fill_method);
    }
    sign = sign_of(sign);
  }
  return signs;
}

std::vector<double> inverse_variance_targets(const CrossSectionalOptions& options,
                                             std::span<const double> signs,
                                             std::span<const double> volatilities) {
  TIEOUT_ASSERT(signs.size() == volatilities.size());
  std::vector<double> weights(signs.size());
  double sum = 0.0;
  bool any = false;
  for (std::size_t i = 0; i < signs.size(); ++i) {
    const double volatility = std::max(volatilities[i], options.volatility_lower_bound);
    weights[i] = signs[i] / (volatility * volatility);
    if (!std::isnan(weights[i])) {
      sum += std::abs(weights[i]);
      any = any || weights[i] != 0.0;
    }
  }
  // Dividing by (sum / gmv), not multiplying by (gmv / sum), is the reference's rounding.
  const double scale = any ? sum / options.target_gmv : kNaN;
  for (double& weight : weights) {
    weight /= scale;
    if (std::isinf(weight)) {
      weight = 0.0;
    }
  }
  return weights;
}

std::vector<double> cross_sectional_targets(const CrossSectionalOptions& options,
                                            std::span<const double> predictions,
                                            std::span<const double> volatilities) {
  TIEOUT_ASSERT(predictions.size() == volatilities.size());
  return inverse_variance_targets(options, cross_sectional_signs(options, predictions),
                                  volatilities);
}

std::vector<double> decorrelate(std::span<const double> predictions, double coefficient) {
  std::vector<double> result(predictions.begin(), predictions.end());
  const auto count =
      std::count_if(result.begin(), result.end(), [](double x) { return !std::isnan(x); });
  if (coefficient <= 0.0 || count < 2) {
    return result;
  }
  // The matrix has the eigenvalue 1 - c + c n along (1, ..., 1) and 1 - c across it; so its inverse
  // square root is a I + b 11' with a = 1 / sqrt(1 - c) and a + b n = 1 / sqrt(1 - c + c n).
  const auto n = static_cast<double>(count);
  const double across = 1.0 / std::sqrt(1.0 - coefficient);
  const double along = 1.0 / std::sqrt(1.0 - coefficient + coefficient * n);
  double sum = 0.0;
  for (const double prediction : predictions) {
    sum += std::isnan(prediction) ? 0.0 : prediction;
  }
  const double common = (along - across) / n * sum;
  for (double& prediction : result) {
    prediction = across * prediction + common;
  }
  return result;
}

std::vector<double> kept_forecasts(const LongitudinalOptions& options,
                                   std::span<const double> predictions,
                                   std::span<const double> volatilities,
                                   std::span<const double> spreads) {
  TIEOUT_ASSERT(predictions.size() == volatilities.size());
  TIEOUT_ASSERT(spreads.empty() || spreads.size() == predictions.size());
  std::vector<double> forecasts =
      decorrelate(predictions, options.constant_decorrelation_coefficient);
  for (std::size_t i = 0; i < forecasts.size(); ++i) {
    const double spread = spreads.empty() ? options.spread_lower_bound
                                          : std::max(spreads[i], options.spread_lower_bound);
    const double magnitude = std::abs(forecasts[i]);
    const double forecast_edge = std::max(magnitude - options.prediction_abs_threshold, 0.0);
    // The volatility of the filter is the raw one; that of the size is bounded below.
    const double volatility_edge =
        std::max(volatilities[i] / spread - options.volatility_to_spread_threshold, 0.0);
    if (forecast_edge * volatility_edge <= options.gamma) {
      forecasts[i] = filled(options.fill_method);
    }
  }
  return forecasts;
}

std::vector<double> risk_targets(const LongitudinalOptions& options,
                                 std::span<const double> forecasts,
                                 std::span<const double> volatilities) {
  TIEOUT_ASSERT(forecasts.size() == volatilities.size());
  std::vector<double> targets(forecasts.size());
  for (std::size_t i = 0; i < targets.size(); ++i) {
    targets[i] = sign_of(forecasts[i]) * options.target_dollar_risk_per_name /
                 std::max(volatilities[i], options.volatility_lower_bound);
    if (options.modulate_using_prediction_magnitude) {
      targets[i] *= std::abs(forecasts[i]);
    }
  }
  return targets;
}

std::vector<double> longitudinal_targets(const LongitudinalOptions& options,
                                         std::span<const double> predictions,
                                         std::span<const double> volatilities,
                                         std::span<const double> spreads) {
  return risk_targets(options, kept_forecasts(options, predictions, volatilities, spreads),
                      volatilities);
}

}  // namespace tieout::analytics
