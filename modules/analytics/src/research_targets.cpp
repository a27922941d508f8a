#include <algorithm>
#include <cmath>
#include <numeric>

#include "field_columns.hpp"
#include "research_grid.hpp"

namespace tieout::analytics {
namespace {

/// Signs of exact middle ranks: ties share the middle of their ranks, the middle of all is flat. In
/// twice-ranks everything is an integer: s = 2 rank - (n + 1), |s| / (n - 1) is the distance from
/// the median in [0, 1].
std::vector<double> clean_signs(const CrossSectionalOptions& options,
                                std::span<const double> predictions) {
  std::vector<std::size_t> order;
  for (std::size_t a = 0; a < predictions.size(); ++a) {
    if (std::isfinite(predictions[a])) order.push_back(a);
  }
  std::vector<double> signs(predictions.size(), kNaN);
  if (order.size() == 1) {
    signs[order[0]] = sign_of(predictions[order[0]]);
    return signs;
  }
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return predictions[a] < predictions[b]; });
  const auto n = static_cast<double>(order.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;  // of the ties
    while (last + 1 < order.size() && predictions[order[last + 1]] == predictions[order[first]]) {
      ++last;
    }
    const double twice_rank = static_cast<double>(first + last + 2) - (n + 1.0);
    const bool is_bulk = std::abs(twice_rank) < options.bulk_frac_to_remove * (n - 1.0);
    for (std::size_t i = first; i <= last; ++i) {
      signs[order[i]] = !is_bulk                                        ? sign_of(twice_rank)
                        : options.bulk_fill_method == FillMethod::kZero ? 0.0
                                                                        : kNaN;
    }
    first = last + 1;
  }
  return signs;
}

/// Forecasts that carry on from bar to bar where a filter removed them.
class ForwardFill {
 public:
  ForwardFill(bool on, std::size_t assets) : on_(on), last_(assets, kNaN) {}
  void apply(std::vector<double>& values) noexcept {
    if (!on_) return;
    for (std::size_t a = 0; a < values.size(); ++a) {
      if (std::isnan(values[a])) {
        values[a] = last_[a];
      } else {
        last_[a] = values[a];
      }
    }
  }

 private:
  bool on_;
  std::vector<double> last_;
};

bool all_missing(const std::vector<double>& values) noexcept {
  return std::all_of(values.begin(), values.end(), [](double x) { return std::isnan(x); });
}

double gmv_at(const ResearchOptions& options, double constant, Timestamp bar) {
  const GmvSchedule& schedule = options.target_gmv;
  if (schedule.empty()) return constant;
  if (const auto own = schedule.by_timestamp.find(bar); own != schedule.by_timestamp.end()) {
    return own->second;
  }
  const auto own = schedule.by_time_of_day.find(local_time_of_day(bar, options.books.zone));
  return own == schedule.by_time_of_day.end() ? kNaN : own->second;
}

void count_rank_differences(const std::vector<double>& reference, const std::vector<double>& clean,
                            NoteCounter& notes) {
  for (std::size_t a = 0; a < reference.size(); ++a) {
    const bool both_missing = std::isnan(reference[a]) && std::isnan(clean[a]);
    if (!both_missing && reference[a] != clean[a]) {
      notes.add(
          "rank_signs",
          "forecasts whose sign comes of the reference's ranking (ties, rounding at the median, "
          "an asset alone) and is another by exact middle ranks");
    }
  }
}

/// "No asset has a weight" has no scale; a GMV of zero wants no position, but the reference
/// divides.
std::vector<double> scaled(CrossSectionalOptions sizing, double gmv,
                           const std::vector<double>& signs,
                           const std::vector<double>& volatilities, ResearchProfile profile) {
  if (std::isnan(gmv)) return std::vector<double>(signs.size(), kNaN);
  sizing.target_gmv = gmv;
  std::vector<double> targets = inverse_variance_targets(sizing, signs, volatilities);
  if (gmv == 0.0 && profile == ResearchProfile::kReference) {
    for (std::size_t a = 0; a < signs.size(); ++a) {
      if (signs[a] == 0.0) targets[a] = kNaN;  // 0 / 0
    }
  }
  return targets;
}

Grid cross_sectional(const ResearchInput& input, const ResearchOptions& options,
                     const CrossSectionalOptions& sizing, NoteCounter& notes) {
  Grid targets(input.rows(), input.assets.size());
  // The reference fills only where it removes.
  ForwardFill fill(options.fill_removed_forward && sizing.bulk_frac_to_remove > 0.0,
                   input.assets.size());
  const bool as_reference = options.profile != ResearchProfile::kClean;
  std::vector<double> predictions;
  std::vector<double> volatilities;
  for (std::size_t row = 0; row < input.rows(); ++row) {
    input.prediction.copy_row(row, predictions);
    input.volatility.copy_row(row, volatilities);
    std::vector<double> signs = clean_signs(sizing, predictions);
    if (as_reference) {
      std::vector<double> ranked = cross_sectional_signs(sizing, predictions);
      count_rank_differences(ranked, signs, notes);
      signs = std::move(ranked);
    }
    if (!all_missing(predictions)) fill.apply(signs);
    targets.set_row(row, scaled(sizing, gmv_at(options, sizing.target_gmv, input.bars[row]), signs,
                                volatilities, options.profile));
  }
  return targets;
}

Grid longitudinal(const ResearchInput& input, const ResearchOptions& options,
                  const LongitudinalOptions& sizing, NoteCounter& notes) {
  Grid targets(input.rows(), input.assets.size());
  ForwardFill fill(options.fill_removed_forward, input.assets.size());
  const bool missing_is_flat =
      options.profile == ResearchProfile::kReference && sizing.fill_method == FillMethod::kZero;
  std::vector<double> predictions;
  std::vector<double> volatilities;
  std::vector<double> spreads;
  for (std::size_t row = 0; row < input.rows(); ++row) {
    input.prediction.copy_row(row, predictions);
    if (all_missing(predictions)) continue;
    input.volatility.copy_row(row, volatilities);
    if (!input.spread.empty()) input.spread.copy_row(row, spreads);
    std::vector<double> forecasts = kept_forecasts(sizing, predictions, volatilities, spreads);
    if (missing_is_flat) {
      for (double& forecast : forecasts) {
        if (!std::isnan(forecast)) continue;
        forecast = 0.0;
        notes.add("missing_forecasts_flattened",
                  "missing forecasts that the reference takes for a wish to be flat");
      }
    }
    fill.apply(forecasts);
    targets.set_row(row, risk_targets(sizing, forecasts, volatilities));
  }
  return targets;
}

}  // namespace

Grid research_targets(const ResearchInput& input, const ResearchOptions& options,
                      NoteCounter& notes) {
  if (const auto* sizing = std::get_if<CrossSectionalOptions>(&options.sizing)) {
    return cross_sectional(input, options, *sizing, notes);
  }
  return longitudinal(input, options, std::get<LongitudinalOptions>(options.sizing), notes);
}

}  // namespace tieout::analytics
