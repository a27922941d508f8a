#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tieout/core/clock.hpp"
#include "tieout/core/result.hpp"
#include "tieout/marketdata/source.hpp"

namespace tieout::marketdata {

/// How bars reach the store: latency and faults, drawn from a seed
/// (market_data_synthetic_generator.md 4 and 5).
struct ArrivalModel {
  std::uint64_t seed = 1;
  Duration base_latency =
      milliseconds(10'000);  // knowledge - end of an ordinary row, before the jitter (regime ws10)
  Duration jitter_mean = milliseconds(30);
  double late_probability = 0;  // per row: `late_delay` beyond the regime
  Duration late_delay = seconds(90);
  double very_late_probability = 0;  // per row: `very_late_delay` beyond the regime
  Duration very_late_delay = seconds(90);
  double missing_probability = 0;  // per row: never arrives
  double revised_probability =
      0;  // per row: a provisional version first, the final one `revision_delay` later
  Duration revision_delay = seconds(120);
  double uncorrected_probability = 0;  // per row: the provisional version only
  double late_revision_probability =
      0;  // per row: a changed version of an old bar, 1 to 60 minutes later
  double flip_probability =
      0;  // per row: right, provisional, right again, each `revision_delay` after the other
  double duplicate_probability =
      0;  // per row: the same row once more a minute later; the store absorbs it
};

/// "clean" (jitter only), "normal", "bad_day", "hostile"; rates of
/// market_data_synthetic_generator.md 5.
Result<ArrivalModel> arrival_model(std::string_view profile, std::uint64_t seed);

/// What the model did to a row; the truth against which tests and reports are checked. A row has at
/// most one fault; where the draws give several, the first of kMissing, kVeryLate, kLate, kRevised,
/// kUncorrected, kLateRevision, kFlip, kDuplicate counts.
enum class ArrivalFault {
  kNone,
  kLate,
  kMissing,
  kRevised,
  kLateRevision,
  kVeryLate,
  kUncorrected,
  kFlip,
  kDuplicate
};
struct Arrival {
  BarVersion version;  // with knowledge and end_download set
  ArrivalFault fault = ArrivalFault::kNone;
};

/// All arrivals of these final bars, ordered by (knowledge, end, asset). Deterministic: bars and
/// model say it all. A revised bar gives two arrivals (provisional: truncated volume, possibly
/// another close/high/low; then the final one).
///
/// Rule:    knowledge > end, in whole microseconds. Draws are keyed by (seed, asset, end, purpose):
/// a row that is added, or a
///          fault that is switched on, changes no other row. A bar that truncation cannot change
///          (no volume, one price) is not revised. Missing rows have no arrival.
std::vector<Arrival> plan_arrivals(const std::vector<BarVersion>& final_bars,
                                   const ArrivalModel& model);

/// Play the arrivals into the store: sleep on `clock` until each batch's time, stamp the batch with
/// knowledge = max(planned, now) taken just before the commit, append. Ends when all are played or
/// the clock says stop. One thread; the caller owns it. All arrivals whose time has passed go into
/// one transaction (up to 32768 rows), so that a fast clock does not outrun it.
Status play_arrivals(const std::vector<Arrival>& arrivals, BarStore& store, Clock& clock);

/// Synthetic final bars: seeded, one-minute, any number of assets
/// (market_data_synthetic_generator.md 2 and 3), ordered by (end, asset), with knowledge and
/// end_download set to end.
///
/// Rule:    symbols synth::A0001_USDT, ...; prices are whole ticks, volumes whole lots; a minute
/// without trades has no row. An
///          asset's bars depend on the seed, its number and `start` only, not on how many assets or
///          minutes are asked for.
struct GeneratorOptions {
  std::uint64_t seed = 1;
  std::size_t asset_count = 10;
  Timestamp start;  // start of the first bar, whole minute
  std::size_t minutes = 1440;
};
std::vector<BarVersion> generate_bars(const GeneratorOptions& options);

}  // namespace tieout::marketdata
