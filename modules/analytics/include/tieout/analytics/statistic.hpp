#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/time.hpp"

namespace tieout::analytics {

/// What a statistic is: one row of docs/formats/statistics.md, which is generated from the list of
/// them.
struct StatisticInfo {
  std::string_view group;       // "dollar"; names are unique within a group
  std::string_view name;        // "gmv_mean"
  std::string_view unit;        // "$", "%", "bars", "" for a ratio
  std::string_view convention;  // the formula in words: annualisation, ddof, basis
  std::string_view nulls;       // what NaN does, and where the statistic is not defined
  std::string_view source;
};

/// All statistics, in the order in which they are printed.
std::span<const StatisticInfo> statistic_catalogue() noexcept;
/// The row of a statistic, which must exist.
const StatisticInfo& statistic_info(std::string_view group, std::string_view name) noexcept;
/// The catalogue as the table of docs/formats/statistics.md.
std::string statistic_catalogue_markdown();

/// A statistic that was computed.
struct Statistic {
  const StatisticInfo* info = nullptr;
  double value = 0.0;                // NaN where it is not defined
  std::string sample = {};           // what went in: "n=288, N=105156.125 a year"
  std::optional<Timestamp> at = {};  // the bar that the value belongs to, where it has one
};

/// The statistic of this name in `statistics`; null when it is not there.
const Statistic* find_statistic(std::span<const Statistic> statistics, std::string_view group,
                                std::string_view name) noexcept;

}  // namespace tieout::analytics
