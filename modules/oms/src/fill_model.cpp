#include "tieout/oms/fill_model.hpp"

#include <cmath>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"
#include "tieout/core/random.hpp"

namespace tieout::oms {
namespace {

/// Counters of an order's stream of draws; a new purpose gets a new number.
enum Purpose : std::uint64_t { kRejection = 1, kLatency = 2 };

double draw(std::uint64_t seed, std::int64_t order_id, Purpose purpose) noexcept {
  return CounterRng(seed, static_cast<std::uint64_t>(order_id)).uniform(purpose);
}

}  // namespace

Timestamp FillModel::arrival(std::int64_t order_id, Timestamp start) const noexcept {
  Timestamp instant = start + latency;
  if (latency_jitter.ns > 0) {
    const double share = draw(seed, order_id, kLatency);
    instant =
        instant +
        nanoseconds(static_cast<std::int64_t>(share * static_cast<double>(latency_jitter.ns)));
  }
  return instant;
}

std::optional<double> FillModel::rejection(std::int64_t order_id) const noexcept {
  if (reject_probability <= 0.0) {
    return {};
  }
  const double drawn = draw(seed, order_id, kRejection);
  return drawn < reject_probability ? std::optional(drawn) : std::nullopt;
}

Status check_fill_model(const FillModel& model) {
  constexpr double kMaxBps = 5'000.0;
  const auto refuse = [](std::string_view key, double found, std::string_view needed) {
    return Error{ErrorCode::kInvalidConfig,
                 fmt::format("portfolio_config.broker_config.fill_model.{}: found {}, needed {}",
                             key, format_double(found), needed)};
  };
  struct Range {
    std::string_view key;
    double value, low, high;
    std::string_view needed;
  };
  const Range ranges[] = {
      {"maker_fee_bps", model.maker_fee_bps, -kMaxBps, kMaxBps, "-5000 to 5000 basis points"},
      {"taker_fee_bps", model.taker_fee_bps, 0.0, kMaxBps, "0 to 5000 basis points"},
      {"minimum_fee", model.minimum_fee, 0.0, 1e9, "0 to 1e9 dollars"},
      {"slippage_bps", model.slippage_bps, 0.0, kMaxBps, "0 to 5000 basis points"},
      {"impact_bps", model.impact_bps, 0.0, kMaxBps, "0 to 5000 basis points"},
      {"latency_in_ms", to_seconds(model.latency) * 1e3, 0.0, 86.4e6, "0 to 86400000 milliseconds"},
      {"latency_jitter_in_ms", to_seconds(model.latency_jitter) * 1e3, 0.0, 86.4e6,
       "0 to 86400000 milliseconds"},
      {"reject_probability", model.reject_probability, 0.0, 1.0, "0 to 1"},
      {"carry_windows", static_cast<double>(model.carry_windows), 0.0, 1000.0, "0 to 1000"},
  };
  for (const Range& range : ranges) {
    if (!(range.value >= range.low && range.value <= range.high)) {
      return refuse(range.key, range.value, range.needed);
    }
  }
  if (model.participation_cap &&
      !(*model.participation_cap > 0.0 && *model.participation_cap <= 1.0)) {
    return refuse("participation_cap", *model.participation_cap,
                  "None, or more than 0 and at most 1");
  }
  return {};
}

}  // namespace tieout::oms
