#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tieout/core/panel.hpp"
#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"
#include "tieout/core/zone.hpp"

namespace tieout::analytics {

/// Whether the numbers of names held and won, and the trading cost, stand beside the metrics.
enum class BarMetricsScope { kBasic, kExtended };

/// What a portfolio held and traded, bar by bar. Each panel has one column for each asset; its
/// fields do not matter. A view: the panels must outlive it.
struct BarFrames {
  const Panel* positions = nullptr;  // dollars held at the end of the bar
  const Panel* flows = nullptr;      // dollars received by trading: minus what was bought
  const Panel* pnl = nullptr;        // dollars
  const Panel* spread = nullptr;     // relative to the price; may be absent
};

/// Sum the assets of a portfolio into one row for each bar.
///
/// Shapes:  each panel [bars x assets] with the same rows and the same assets, in any order; result
///          [bars x k], columns of no asset.
/// Units:   dollars; gpc, npc and wnl are counts.
/// Rule:    pnl = sum; gross_volume = sum |flow|; net_volume = -sum flow (bought minus sold);
///          gmv = sum |position|; nmv = sum position; kExtended adds gpc = sum |sign(position)|,
///          npc = sum sign(position), wnl = sum sign(pnl) and, when there is a spread, tc = half
///          the sum of |flow| * spread. Assets are added in ascending order of their ids.
/// Nulls:   NaN is left out; a bar with nothing but NaN gives NaN (pandas' min_count 1).
/// Errors:  kSchemaMismatch when a panel is missing or rows or assets differ.
/// Cost:    one pass over the panels.
/// Source:  oms.md 5.6, dataflow.md 5.8 step 10. Oracle: stats_07.
Result<Panel> compute_bar_metrics(const BarFrames& frames, BarMetricsScope scope);

/// How often a sample is taken: every so many nanoseconds, or every business day.
struct Frequency {
  enum class Kind : std::uint8_t { kPeriod, kBusinessDay };
  Kind kind = Kind::kPeriod;
  Duration period;  // of kPeriod: divides a day, or is a whole number of days

  friend bool operator==(const Frequency&, const Frequency&) = default;
};

/// "B" (business days), or a period that divides a day or is a whole number of days: "5T", "1H",
/// "D", "1D", "10S"; a letter alone is one of it.
/// Errors: kInvalidArgument.
Result<Frequency> parse_frequency(std::string_view text);
/// "B", "5T", "1D".
std::string to_string(const Frequency& frequency);

/// Number of samples in a year: the points of the frequency's grid from 2012-01-01 to 2019-12-31,
/// divided by 8. Calendar time, not trading hours: 1T 525780.125, 5T 105156.125, 1D 365.25,
/// B 260.875.
/// Source:  dataflow.md 5.10.
double points_per_year(const Frequency& frequency) noexcept;

/// Gather bar metrics into coarser bars.
///
/// Rule:    pnl, gross_volume, net_volume, fees, funding and tc are summed (a bin without a value
///          is NaN); gmv, nmv, gpc, npc and wnl are averaged over their values; cash, net_wealth
///          and leverage are the last value. Other columns are left out. Bins are closed and
///          labelled on the LEFT (pandas' default, and the opposite of a bar of prices): a period
///          counts from the local midnight of the first row, days and business days from local
///          midnights; Saturday and Sunday belong to Friday's bin. Bins without rows are emitted.
/// Errors:  kInvalidArgument when there would be more than 8 million bins.
/// Source:  dataflow.md 5.10, oms.md 5.8. Oracle: stats_01, stats_03, stats_11.
Result<Panel> resample_bar_metrics(const Panel& metrics, const Frequency& frequency, Zone zone);

}  // namespace tieout::analytics
