#pragma once

#include <vector>

#include "tieout/core/time.hpp"
#include "tieout/marketdata/bar.hpp"

namespace tieout::marketdata {

/// The versions that the reference's simulation sees: the last version of every bar, that with the
/// largest (knowledge, seq), readable a flat `delay` after the bar's end, whatever happened in
/// production. Ordered by (end, asset).
///
/// Source: market_data.md 0.1, 0.2 and 6.4, mode `flat(delay)`; the reference's delay is 10 s.
std::vector<BarVersion> nominal_versions(std::vector<BarVersion> all, Duration delay);

}  // namespace tieout::marketdata
