#include "tieout/oms/order_event.hpp"

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

namespace tieout::oms {

std::string_view to_string(OrderEvent::Kind kind) noexcept {
  switch (kind) {
    case OrderEvent::Kind::kRejected:
      return "rejected";
    case OrderEvent::Kind::kPartial:
      return "partial";
    case OrderEvent::Kind::kCarried:
      return "carried";
    case OrderEvent::Kind::kReplaced:
      return "replaced";
    case OrderEvent::Kind::kExpired:
      break;
  }
  return "expired";
}

std::string to_text(const OrderEvent& event) {
  const std::string who = fmt::format("order {} of asset {}", event.order_id, event.asset_id.value);
  const std::string shares = format_double(event.num_shares);
  const std::string when = to_iso(event.timestamp);
  switch (event.kind) {
    case OrderEvent::Kind::kRejected:
      return fmt::format("{} ({} shares) was rejected at {}: {}", who, shares, when, event.reason);
    case OrderEvent::Kind::kPartial:
      return fmt::format("{} was filled in part, {} shares, at {}: {}", who, shares, when,
                         event.reason);
    case OrderEvent::Kind::kCarried:
      return fmt::format("{} is worked on with {} shares after {}: {}", who, shares, when,
                         event.reason);
    case OrderEvent::Kind::kReplaced:
      return fmt::format("{} was cancelled with {} shares unfilled at {}: {}", who, shares, when,
                         event.reason);
    case OrderEvent::Kind::kExpired:
      break;
  }
  return fmt::format("{} expired with {} shares unfilled at {}: {}", who, shares, when,
                     event.reason);
}

}  // namespace tieout::oms
