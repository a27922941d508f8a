#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/asset.hpp"
#include "tieout/core/result.hpp"
#include "tieout/core/table.hpp"
#include "tieout/core/time.hpp"

namespace tieout::oms {

/// What happened to an order, other than that it was filled whole.
struct OrderEvent {
  enum class Kind : std::uint8_t {
    kRejected,  // never worked: the venue refused it
    kPartial,   // filled in part; what is left expires or is carried, with an event of its own
    kCarried,   // what is left is worked for one more window
    kReplaced,  // what was carried was cancelled by a newer order of its asset
    kExpired,   // the window ended with shares that were not filled
  };
  Kind kind = Kind::kExpired;
  std::int64_t order_id = 0;
  AssetId asset_id;
  Timestamp timestamp;
  double num_shares = 0.0;  // signed; kPartial: filled in this window, all others: not filled
  std::string reason;       // "its price@twap price is nan"

  friend bool operator==(const OrderEvent&, const OrderEvent&) = default;
};

/// "rejected", "partial", "carried", "replaced", "expired".
std::string_view to_string(OrderEvent::Kind kind) noexcept;

/// One sentence for people: "order 3 of asset 101 expired with 2.0 shares unfilled at ...: why".
std::string to_text(const OrderEvent& event);

/// The run log's table order_events, key order_id, event and timestamp; without columns where there
/// are no events.
Table order_event_table(const std::vector<OrderEvent>& events);

/// Inverse of order_event_table(). Errors: kMalformedData naming a column that is missing, has
/// another type or a value that is no event.
Result<std::vector<OrderEvent>> order_events_from(const Table& table);

}  // namespace tieout::oms
