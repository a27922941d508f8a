#include "tieout/oms/order_event.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"
#include "tieout/oms/tables.hpp"

namespace tieout::oms {
namespace {

using Kind = OrderEvent::Kind;

constexpr std::array kKinds{Kind::kRejected, Kind::kPartial, Kind::kCarried, Kind::kReplaced,
                            Kind::kExpired};

template <typename T>
Result<const std::vector<T>*> values_of(const Table& table, std::string_view name) {
  const TypedColumn* column = table.find(name);
  const auto* values = column == nullptr ? nullptr : std::get_if<std::vector<T>>(&column->values);
  if (values == nullptr) {
    return Error{ErrorCode::kMalformedData,
                 fmt::format("order events: column '{}' is {}", name,
                             column == nullptr ? "missing" : "of another type")};
  }
  return values;
}

}  // namespace

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

Table order_event_table(const std::vector<OrderEvent>& events) {
  Table table;
  if (events.empty()) {
    return table;
  }
  std::vector<std::int64_t> orders;
  std::vector<std::string> kinds;
  std::vector<Timestamp> stamps;
  std::vector<std::int64_t> assets;
  std::vector<double> shares;
  std::vector<std::string> reasons;
  for (const OrderEvent& event : events) {
    orders.push_back(event.order_id);
    kinds.emplace_back(to_string(event.kind));
    stamps.push_back(event.timestamp);
    assets.push_back(event.asset_id.value);
    shares.push_back(event.num_shares);
    reasons.push_back(event.reason);
  }
  table.key_count = 3;
  table.columns = {{std::string(tables::kOrderId), std::move(orders)},
                   {std::string(tables::kEvent), std::move(kinds)},
                   {std::string(tables::kTimestamp), std::move(stamps)},
                   {std::string(tables::kAssetId), std::move(assets)},
                   {std::string(tables::kNumShares), std::move(shares)},
                   {std::string(tables::kReason), std::move(reasons)}};
  return table;
}

Result<std::vector<OrderEvent>> order_events_from(const Table& table) {
  std::vector<OrderEvent> events(table.row_count());
  if (events.empty()) {
    return events;
  }
  TIEOUT_TRY(const auto* orders, values_of<std::int64_t>(table, tables::kOrderId));
  TIEOUT_TRY(const auto* kinds, values_of<std::string>(table, tables::kEvent));
  TIEOUT_TRY(const auto* stamps, values_of<Timestamp>(table, tables::kTimestamp));
  TIEOUT_TRY(const auto* assets, values_of<std::int64_t>(table, tables::kAssetId));
  TIEOUT_TRY(const auto* shares, values_of<double>(table, tables::kNumShares));
  TIEOUT_TRY(const auto* reasons, values_of<std::string>(table, tables::kReason));
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto* const kind =
        std::ranges::find(kKinds, (*kinds)[i], [](Kind k) { return to_string(k); });
    if (kind == kKinds.end()) {
      return Error{ErrorCode::kMalformedData,
                   fmt::format("order events: '{}' in row {} is no event", (*kinds)[i], i)};
    }
    events[i] = {.kind = *kind,
                 .order_id = (*orders)[i],
                 .asset_id = AssetId{(*assets)[i]},
                 .timestamp = (*stamps)[i],
                 .num_shares = (*shares)[i],
                 .reason = (*reasons)[i]};
  }
  return events;
}

}  // namespace tieout::oms
