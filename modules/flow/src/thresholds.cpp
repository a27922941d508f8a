#include "tieout/flow/thresholds.hpp"

#include <cmath>
#include <string>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

namespace tieout::flow {
namespace {

using report::ThresholdCheck;
using report::ThresholdState;

/// What the thresholds are held against. NaN where no bar wrote it.
struct Levels {
  std::size_t bars = 0;
  double net_wealth = std::nan("");  // of the last bar
  double pnl = std::nan("");         // summed
  double mean_gmv = std::nan("");
};

double number_of(const Table& table, std::string_view name) {
  const TypedColumn* column = table.find(name);
  const auto* values =
      column == nullptr ? nullptr : std::get_if<std::vector<double>>(&column->values);
  return values == nullptr || values->empty() ? std::nan("") : values->back();
}

Result<Levels> levels_of(const runlog::RunReader& prod) {
  Levels out;
  double pnl = 0;
  double gmv = 0;
  std::size_t pnl_bars = 0;
  std::size_t gmv_bars = 0;
  for (std::size_t i = 0; i < prod.bars().size(); ++i) {
    TIEOUT_TRY(const std::optional<Table> table, prod.table(runlog::TableKind::kStatistics, i));
    if (!table || table->row_count() == 0) {
      continue;
    }
    ++out.bars;
    out.net_wealth = number_of(*table, "net_wealth");
    if (const double x = number_of(*table, "pnl"); !std::isnan(x)) {
      pnl += x;
      ++pnl_bars;
    }
    if (const double x = number_of(*table, "gmv"); !std::isnan(x)) {
      gmv += x;
      ++gmv_bars;
    }
  }
  if (pnl_bars > 0) {
    out.pnl = pnl;
  }
  if (gmv_bars > 0) {
    out.mean_gmv = gmv / static_cast<double>(gmv_bars);
  }
  return out;
}

std::string not_enough(std::size_t bars, std::size_t needed) {
  return fmt::format("Not enough data: the number of computed bars is {}, required {}, skipping.",
                     bars, needed);
}

/// A check of `value`, which must be above `limit`; `why_not` says why there is no value.
ThresholdCheck above(std::string id, std::string title, double value, double limit,
                     const std::string& message, std::string why_not) {
  ThresholdCheck check;
  check.id = std::move(id);
  check.title = std::move(title);
  check.value = value;
  check.limit = limit;
  if (std::isnan(value)) {
    check.message = std::move(why_not);
  } else if (limit < value) {
    check.state = ThresholdState::kHolds;
  } else {
    check.state = ThresholdState::kFired;
    check.message = message;
  }
  return check;
}

}  // namespace

std::vector<ThresholdCheck> check_thresholds(const Thresholds& thresholds,
                                             const runlog::RunReader& prod,
                                             std::optional<std::uint64_t> bars_behind) {
  constexpr std::size_t kPnlBars = 2;
  const Result<Levels> read = levels_of(prod);
  const Levels levels = read.ok() ? *read : Levels{};
  const bool enough = levels.bars >= kPnlBars;
  const std::string pnl_why = !read.ok() ? read.error().message
                              : !enough  ? not_enough(levels.bars, kPnlBars)
                                         : "the statistics have no pnl or no gmv";
  const double pnl = enough ? levels.pnl : std::nan("");
  double ratio = pnl / levels.mean_gmv;
  // Without a position there is nothing that the PnL could be a fraction of.
  ratio = std::isfinite(ratio) ? ratio : std::nan("");
  std::vector<ThresholdCheck> out;
  const double balance = levels.net_wealth;
  out.push_back(above("usdt_balance", "USDT balance", balance, thresholds.usdt_balance,
                      fmt::format("USDT balance is below the threshold: {} < {} USDT",
                                  format_double(balance), thresholds.usdt_balance),
                      !read.ok()         ? read.error().message
                      : levels.bars == 0 ? not_enough(0, 1)
                                         : "the statistics have no net_wealth"));
  out.push_back(
      above("cumulative_pnl", "Cumulative PnL", pnl, thresholds.cumulative_pnl,
            fmt::format("Current notional cumulative PnL is below the threshold: {} < {}$",
                        format_double(pnl), thresholds.cumulative_pnl),
            pnl_why));
  out.push_back(above(
      "cumulative_pnl_to_gmv", "Cumulative PnL / mean GMV", ratio, thresholds.cumulative_pnl_to_gmv,
      fmt::format("Current notional cumulative PnL as fraction of GMV is below the threshold {} < "
                  "{}",
                  format_double(ratio), thresholds.cumulative_pnl_to_gmv),
      pnl_why));
  ThresholdCheck behind;
  behind.id = "bars_behind";
  behind.title = "Bars behind";
  behind.limit = static_cast<double>(thresholds.bars_behind);
  if (!bars_behind) {
    behind.message = "the run's clock is not the wall clock";
  } else {
    behind.value = static_cast<double>(*bars_behind);
    behind.state =
        *bars_behind > thresholds.bars_behind ? ThresholdState::kFired : ThresholdState::kHolds;
    if (behind.state == ThresholdState::kFired) {
      behind.message = fmt::format("The run is behind: {} bars are missing, allowed {}",
                                   *bars_behind, thresholds.bars_behind);
    }
  }
  out.push_back(std::move(behind));
  return out;
}

}  // namespace tieout::flow
