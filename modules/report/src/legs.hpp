#pragma once

#include <string>
#include <vector>

#include "document.hpp"
#include "facts.hpp"

namespace tieout::report {

/// A portfolio of the reconciliation: production, the simulation, or research.
struct Leg {
  std::string name;
  StatisticsSeries series;
};

/// The third leg, or in words why there is none.
Result<recon::ResearchLeg> need_research(const Facts& facts);

/// The third leg as a portfolio like the others. Errors: those of need_research().
Result<Leg> research_leg(const Facts& facts);

/// Both sides, of which both must be there, and research behind them where it is.
Result<std::vector<Leg>> legs_with_research(const Facts& facts);

/// A portfolio's statistics as columns of no asset.
Panel metrics_of(const StatisticsSeries& series);

/// Says why there is no research; nothing when there is.
void add_missing_research(const Facts& facts, Blocks& blocks);

/// Statistics of one portfolio, bar by bar: all when they are few, else head and tail.
TableBlock statistics_frame(const Leg& leg);

/// How a column of differences reads: "0" is good, anything else is not.
enum class DifferenceText { kMoney, kNumber };
Cell difference_cell(double left, double right, DifferenceText text);

/// Pearson's correlation of what both have; `count` is the number of such bars.
Cell correlation_cell(const Aligned& series, std::size_t& count);

}  // namespace tieout::report
