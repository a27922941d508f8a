#pragma once

#include <cstdint>
#include <string>

#include "tieout/core/asset.hpp"
#include "tieout/core/time.hpp"

namespace tieout::analytics {

/// On which side of the book a trade was made.
enum class Liquidity : std::uint8_t { kUnknown, kMaker, kTaker };
/// "", "maker", "taker".
std::string_view to_string(Liquidity liquidity) noexcept;

/// One execution, as a venue or a run log tells it.
struct Execution {
  std::string id;
  std::string order_id;
  AssetId asset;
  Timestamp time;
  double shares = 0.0;  // > 0 bought, < 0 sold
  double price = 0.0;   // > 0
  double cost = 0.0;    // dollars >= 0: price * |shares| as the venue rounds it
  double fee = 0.0;     // dollars; > 0 was paid, < 0 is a rebate
  Liquidity liquidity = Liquidity::kUnknown;
  double realized_pnl = 0.0;  // dollars; 0 where the venue does not say it
  std::int64_t wave = -1;     // of its child order; -1 where there is none

  friend bool operator==(const Execution&, const Execution&) = default;
};

}  // namespace tieout::analytics
