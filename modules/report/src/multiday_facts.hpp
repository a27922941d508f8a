#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "tieout/analytics/execution_quality.hpp"
#include "tieout/report/multiday.hpp"

#include "document.hpp"
#include "facts.hpp"

namespace tieout::report {

enum class LegName { kProd, kSim, kResearch };
inline constexpr std::array<const char*, 3> kLegNames{"prod", "sim", "research"};

/// What the sections read of one run.
struct DayFacts {
  /// Statistics of the three legs after burn-in and without the bars that an earlier run has.
  std::array<Result<StatisticsSeries>, 3> legs{Error{}, Error{}, Error{}};
  Result<analytics::ExecutionTotals> execution = Error{};  // of production
  double start_gmv = 0, start_wealth = 0;  // of production at its first bar, burnt in or not; NaN
  std::size_t expected_bars = 0;           // of the window; 0: not known
};

/// The three legs of all runs, one after the other.
struct Stitched {
  std::vector<std::string> names;           // columns that any run has
  std::vector<Timestamp> bars;              // strictly increasing
  std::vector<std::vector<double>> values;  // [names][bars]; NaN where a bar has none
  const std::vector<double>* find(std::string_view name) const noexcept;
};

struct MultidayFacts {
  explicit MultidayFacts(const MultidayInput& report_input);

  const MultidayInput& input;
  MultidayVerdict verdict;
  Duration bar;  // of the first run that says it; 0: none does
  std::string money_unit;
  std::vector<DayFacts> days;        // [runs]
  std::array<Stitched, 3> stitched;  // [legs]
};

/// Sum of the PnL of a leg; NaN when it is not known.
double total_of(const Result<StatisticsSeries>& leg, std::string_view name);

}  // namespace tieout::report
