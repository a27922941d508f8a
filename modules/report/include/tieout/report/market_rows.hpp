#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "tieout/core/asset.hpp"
#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"
#include "tieout/recon/finding.hpp"

namespace tieout::report {

/// One version of a row of market data, and whether each side knew it when it decided the bar.
struct MarketRow {
  Timestamp end, known;
  AssetId asset;
  std::size_t version = 0;  // of the versions of the row, from 1 by knowledge
  bool left = false, right = false;
  double open = 0, high = 0, low = 0, close = 0, volume = 0;
};

/// The rows of market data that a cell is made of: every version, by end, asset and knowledge.
struct MarketRows {
  std::vector<MarketRow> rows;
  /// What each side could know: "decided as of 2018-01-23 00:45:10".
  std::string left_decision, right_decision;
  /// Of a cell of a source node: "late, first known 2.3 s after production decided"; else "".
  std::string cause;
};

/// Look up the rows behind a finding. The report does not read market data itself: it knows no
/// store.
using MarketLookup = std::function<Result<MarketRows>(const recon::Finding& finding)>;

}  // namespace tieout::report
