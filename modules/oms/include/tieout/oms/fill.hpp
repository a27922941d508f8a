#pragma once

#include <cstdint>
#include <string_view>

#include "tieout/core/asset.hpp"
#include "tieout/core/time.hpp"

namespace tieout::oms {

/// On which side of the book a fill was made; a simulation without a cost model does not say.
enum class Liquidity : std::uint8_t { kUnknown, kMaker, kTaker };

/// A trade that happened: `num_shares` (signed, not 0) at `price` (> 0).
struct Fill {
  std::int64_t fill_id = 0;
  std::int64_t order_id = 0;
  AssetId asset_id;
  Timestamp timestamp;
  double num_shares = 0.0;
  double price = 0.0;
  double fee = 0.0;  // dollars; > 0 was paid, < 0 is a rebate
  Liquidity liquidity = Liquidity::kUnknown;

  friend bool operator==(const Fill&, const Fill&) = default;
};

}  // namespace tieout::oms
