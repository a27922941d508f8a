#pragma once

#include <string>
#include <vector>

#include "tieout/oms/targets.hpp"

namespace tieout::oms {

/// Size the bar with the convex optimizer and round to the assets' decimals; trades of zero where
/// the position is kept.
///
/// Shapes:  inputs [n], tradable [n] (what neither the forecast nor the filter forbids), decimals
///          [n], result [n].
std::vector<TargetAmounts> batch_amounts(const analytics::SinglePeriodOptions& optimizer,
                                         const TargetOptions& options,
                                         const std::vector<TargetInput>& inputs,
                                         const std::vector<bool>& tradable,
                                         const std::vector<int>& decimals,
                                         std::vector<std::string>& notes);

}  // namespace tieout::oms
