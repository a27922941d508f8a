#pragma once

#include <string>
#include <vector>

#include "support.hpp"

namespace tieout::recon::test {

/// The float column of a table that must have it.
std::vector<double>& floats(Table& table, const std::string& column);

/// A run that trades: at each bar an order for each asset, executed in full at the next one; books
/// that follow. Five bars, prices of 10 and 20 that do not move, targets that sum up to 3000.
RunData make_trading_run();

}  // namespace tieout::recon::test
