#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"
#include "tieout/marketdata/feed.hpp"

#include "decimal_ticks.hpp"
#include "draws.hpp"

namespace tieout::marketdata {
namespace {

constexpr Duration kMicrosecond = nanoseconds(1000);

/// Stamps are whole microseconds, as the reference's are; that also hides the last bits of the
/// logarithm behind them.
Duration to_microseconds(double ns) {
  return kMicrosecond * std::llround(ns / 1000.0);
}

/// When the downloader has the bar and when a reader sees it. Shape of regime ws10, scaled to the
/// mean of the jitter: a download delay for each row, an insertion delay for the batch of a minute
/// (market_data_synthetic_generator.md 4).
void stamp(BarVersion& bar, const ArrivalModel& model, Duration extra) {
  const auto mean = static_cast<double>(model.jitter_mean.ns);
  const double download =
      std::min(RowDraws(model.seed, bar.asset, bar.end).exponential(Purpose::kDownloadJitter),
               16.0 / 3.0) *
      mean;
  const double insertion =
      mean / 3.0 +
      std::min(RowDraws(model.seed, AssetId{0}, bar.end).exponential(Purpose::kInsertDelay), 6.0) *
          mean * (2.0 / 3.0);
  bar.end_download = bar.end + model.base_latency + to_microseconds(download) + extra;
  bar.knowledge = std::max(bar.end_download + to_microseconds(insertion), bar.end + kMicrosecond);
}

/// The row that an unfinished bar shows: the last trades are missing, so that the volume is low and
/// close, high or low may be off. Nothing when no field would change.
///
/// Source: rates of market_data_synthetic_generator.md 5: close changed in 58 %, high in 26 %, low
/// in 21 %, open never.
std::optional<BarVersion> truncated(const BarVersion& final_bar, std::uint64_t seed) {
  // Open and close leave room for another high (or low) in about 62 % of the bars.
  constexpr double kHighWhereRoom = 0.26 / 0.62;
  constexpr double kLowWhereRoom = 0.21 / 0.62;
  const RowDraws draws(seed, final_bar.asset, final_bar.end);
  const auto pick = [&](Purpose purpose, std::int64_t count) {
    return static_cast<std::int64_t>(draws.uniform(purpose) * static_cast<double>(count));
  };
  BarVersion bar = final_bar;
  if (final_bar.volume > 0) {
    const double lost = 0.001 + 0.099 * draws.uniform(Purpose::kTruncatedVolume);
    bar.volume = round_decimals(final_bar.volume * (1.0 - lost), 8);
  }
  const std::array<double, 4> prices{bar.open, bar.high, bar.low, bar.close};
  if (const auto grid = common_grid(prices)) {
    const std::int64_t open = grid->to_ticks(bar.open);
    const std::int64_t high = grid->to_ticks(bar.high);
    const std::int64_t low = grid->to_ticks(bar.low);
    std::int64_t close = grid->to_ticks(bar.close);
    if (high > low && draws.happens(Purpose::kTruncatedClose, 0.58)) {
      // Any other price of the range.
      const std::int64_t other = low + pick(Purpose::kTruncatedCloseTicks, high - low);
      close = other >= close ? other + 1 : other;
    }
    const std::int64_t top = std::max(open, close);
    const std::int64_t bottom = std::min(open, close);
    bar.close = grid->from_ticks(close);
    if (high > top && draws.happens(Purpose::kTruncatedHigh, kHighWhereRoom)) {
      bar.high = grid->from_ticks(top + pick(Purpose::kTruncatedHighTicks, high - top));
    }
    if (low < bottom && draws.happens(Purpose::kTruncatedLow, kLowWhereRoom)) {
      bar.low = grid->from_ticks(bottom - pick(Purpose::kTruncatedLowTicks, bottom - low));
    }
  }
  return same_values(bar, final_bar) ? std::nullopt : std::optional(bar);
}

/// The bar as a later correction states it: 1 % volume and 0 to 3 ticks of close.
std::optional<BarVersion> corrected(const BarVersion& final_bar, std::uint64_t seed) {
  const RowDraws draws(seed, final_bar.asset, final_bar.end);
  BarVersion bar = final_bar;
  const double sign = draws.uniform(Purpose::kRevisionVolume) < 0.5 ? -0.01 : 0.01;
  if (final_bar.volume > 0) {
    bar.volume = round_decimals(final_bar.volume * (1.0 + sign), 8);
  }
  const std::array<double, 4> prices{bar.open, bar.high, bar.low, bar.close};
  if (const auto grid = common_grid(prices)) {
    const auto move = static_cast<std::int64_t>(draws.uniform(Purpose::kRevisionTicks) * 7.0) - 3;
    bar.close = grid->from_ticks(grid->to_ticks(bar.close) + move);
    bar.high = std::max(bar.high, bar.close);
    bar.low = std::min(bar.low, bar.close);
  }
  return same_values(bar, final_bar) ? std::nullopt : std::optional(bar);
}

/// The fault of a row, in the order of precedence that feed.hpp states.
ArrivalFault draw_fault(const BarVersion& bar, const ArrivalModel& model) {
  const RowDraws draws(model.seed, bar.asset, bar.end);
  const std::array<std::tuple<Purpose, double, ArrivalFault>, 8> faults{{
      {Purpose::kMissing, model.missing_probability, ArrivalFault::kMissing},
      {Purpose::kVeryLate, model.very_late_probability, ArrivalFault::kVeryLate},
      {Purpose::kLate, model.late_probability, ArrivalFault::kLate},
      {Purpose::kRevised, model.revised_probability, ArrivalFault::kRevised},
      {Purpose::kUncorrected, model.uncorrected_probability, ArrivalFault::kUncorrected},
      {Purpose::kLateRevision, model.late_revision_probability, ArrivalFault::kLateRevision},
      {Purpose::kFlip, model.flip_probability, ArrivalFault::kFlip},
      {Purpose::kDuplicate, model.duplicate_probability, ArrivalFault::kDuplicate},
  }};
  for (const auto& fault : faults) {
    if (draws.happens(std::get<0>(fault), std::get<1>(fault))) {
      return std::get<2>(fault);
    }
  }
  return ArrivalFault::kNone;
}

/// A minute to an hour, for a late revision.
Duration revision_age(const BarVersion& bar, std::uint64_t seed) {
  const double u = RowDraws(seed, bar.asset, bar.end).uniform(Purpose::kRevisionDelay);
  return minutes(1) + to_microseconds(u * static_cast<double>(minutes(59).ns));
}

void plan_row(const BarVersion& final_bar, const ArrivalModel& model, std::vector<Arrival>& out) {
  ArrivalFault fault = draw_fault(final_bar, model);
  const auto arrive = [&](BarVersion bar, Duration extra) {
    stamp(bar, model, extra);
    out.push_back({std::move(bar), fault});
  };
  const bool is_truncation = fault == ArrivalFault::kRevised ||
                             fault == ArrivalFault::kUncorrected || fault == ArrivalFault::kFlip;
  std::optional<BarVersion> other;
  if (is_truncation) {
    other = truncated(final_bar, model.seed);
  } else if (fault == ArrivalFault::kLateRevision) {
    other = corrected(final_bar, model.seed);
  }
  if (!other && (is_truncation || fault == ArrivalFault::kLateRevision)) {
    fault = ArrivalFault::kNone;  // There is nothing to revise.
  }
  switch (fault) {
    case ArrivalFault::kMissing:
      return;
    case ArrivalFault::kRevised:
      arrive(std::move(*other), {});
      arrive(final_bar, model.revision_delay);
      return;
    case ArrivalFault::kUncorrected:
      arrive(std::move(*other), {});
      return;
    case ArrivalFault::kFlip:
      arrive(final_bar, {});
      arrive(std::move(*other), model.revision_delay);
      arrive(final_bar, model.revision_delay * 2);
      return;
    case ArrivalFault::kLateRevision:
      arrive(final_bar, {});
      arrive(std::move(*other), revision_age(final_bar, model.seed));
      return;
    case ArrivalFault::kDuplicate:
      arrive(final_bar, {});
      arrive(final_bar, minutes(1));
      return;
    case ArrivalFault::kLate:
      arrive(final_bar, model.late_delay);
      return;
    case ArrivalFault::kVeryLate:
      arrive(final_bar, model.very_late_delay);
      return;
    case ArrivalFault::kNone:
      arrive(final_bar, {});
      return;
  }
}

}  // namespace

Result<ArrivalModel> arrival_model(std::string_view profile, std::uint64_t seed) {
  // Rates per asset-minute of market_data_synthetic_generator.md 5.
  ArrivalModel model;
  model.seed = seed;
  if (profile == "clean") {
    return model;
  }
  model.late_delay = seconds(20);
  const auto set = [&](double late, double very_late, double missing, double revised,
                       double uncorrected, double late_revision, double flip, double duplicate) {
    model.late_probability = late;
    model.very_late_probability = very_late;
    model.missing_probability = missing;
    model.revised_probability = revised;
    model.uncorrected_probability = uncorrected;
    model.late_revision_probability = late_revision;
    model.flip_probability = flip;
    model.duplicate_probability = duplicate;
  };
  if (profile == "normal") {
    set(2e-4, 1e-5, 6e-5, 1e-3, 1.9e-3, 1e-5, 0, 1e-3);
  } else if (profile == "bad_day") {
    set(2e-3, 1e-3, 5e-4, 8e-3, 1.65e-2, 1e-4, 1e-5, 1e-3);
  } else if (profile == "hostile") {
    set(1e-2, 5e-3, 3e-3, 3e-2, 3e-2, 1e-3, 1e-4, 1e-2);
  } else {
    return Error{ErrorCode::kUnknownName,
                 fmt::format("arrival_model: found profile '{}', needed clean, normal, bad_day or "
                             "hostile",
                             profile)};
  }
  return model;
}

std::vector<Arrival> plan_arrivals(const std::vector<BarVersion>& final_bars,
                                   const ArrivalModel& model) {
  std::vector<Arrival> arrivals;
  arrivals.reserve(final_bars.size() + final_bars.size() / 16);
  for (const BarVersion& bar : final_bars) {
    plan_row(bar, model, arrivals);
  }
  std::stable_sort(arrivals.begin(), arrivals.end(), [](const Arrival& a, const Arrival& b) {
    return std::tie(a.version.knowledge, a.version.end, a.version.asset) <
           std::tie(b.version.knowledge, b.version.end, b.version.asset);
  });
  return arrivals;
}

}  // namespace tieout::marketdata
