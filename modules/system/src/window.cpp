#include "window.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tieout::system {

Result<std::vector<Timestamp>> expected_bars(std::string_view who, Timestamp start, Timestamp end,
                                             Duration bar) {
  const TimeGrid grid{bar};
  for (const auto& [name, t] :
       {std::pair<std::string_view, Timestamp>{"start", start}, {"end", end}}) {
    if (!grid.contains(t)) {
      return Error{ErrorCode::kInvalidInterval,
                   fmt::format("{}: {} {} is off the grid of {} bars; needed {} or {}", who, name,
                               to_ts_name(t), to_period(bar), to_ts_name(floor_to(t, bar)),
                               to_ts_name(ceil_to(t, bar)))};
    }
  }
  if (start > end) {
    return Error{ErrorCode::kInvalidInterval,
                 fmt::format("{}: start {} is after end {}; needed start <= end", who,
                             to_ts_name(start), to_ts_name(end))};
  }
  return grid.bars_between(start, end);
}

Result<Timestamp> last_bar(Timestamp start, Duration run_duration, Duration bar) {
  if (run_duration.ns <= 0 || run_duration.ns % bar.ns != 0) {
    return Error{ErrorCode::kInvalidInterval,
                 fmt::format("run_prod_system: run_duration is {} s, needed a positive multiple of "
                             "the bar of {} s",
                             to_seconds(run_duration), to_seconds(bar))};
  }
  return start + run_duration - bar;
}

std::vector<Timestamp> bars_without_data(std::span<const marketdata::BarVersion> rows,
                                         std::span<const Timestamp> bars, Duration bar) {
  std::vector<Timestamp> present;
  present.reserve(rows.size());
  for (const marketdata::BarVersion& row : rows) {
    present.push_back(ceil_to(row.end, bar));
  }
  std::ranges::sort(present);
  std::vector<Timestamp> missing;
  for (const Timestamp expected : bars) {
    if (!std::ranges::binary_search(present, expected)) {
      missing.push_back(expected);
    }
  }
  return missing;
}

Result<std::string> check_coverage(std::string_view who,
                                   std::span<const marketdata::BarVersion> rows,
                                   std::span<const Timestamp> bars, Duration bar) {
  const std::vector<Timestamp> missing = bars_without_data(rows, bars, bar);
  if (missing.empty()) {
    return std::string();
  }
  if (missing.front() == bars.front() || missing.back() == bars.back()) {
    const auto [first, last] = std::ranges::minmax_element(rows, {}, &marketdata::BarVersion::end);
    return Error{ErrorCode::kMissingData,
                 fmt::format("{}: the market data have no row for {} of {} bars, first {}; they "
                             "cover {}; needed {} to {}",
                             who, missing.size(), bars.size(), to_iso(missing.front()),
                             rows.empty() ? std::string("nothing")
                                          : to_iso(first->end) + " to " + to_iso(last->end),
                             to_iso(bars.front()), to_iso(bars.back()))};
  }
  return fmt::format("the market data have no row for {} bars inside the window, first {}",
                     missing.size(), to_iso(missing.front()));
}

}  // namespace tieout::system
