#pragma once

#include "tieout/core/asset.hpp"
#include "tieout/core/time.hpp"

namespace tieout::oms {

/// What holding a perpetual costs at an instant: its holders pay `rate` times the value of what
/// they hold, so that longs pay and shorts receive where it is positive.
struct FundingRate {
  Timestamp timestamp;
  AssetId asset_id;
  double rate = 0.0;  // a ratio: 1e-4 is one basis point of the notional

  friend bool operator==(const FundingRate&, const FundingRate&) = default;
};

}  // namespace tieout::oms
