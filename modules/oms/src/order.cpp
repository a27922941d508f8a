#include "tieout/oms/order.hpp"

#include <array>
#include <cmath>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

namespace tieout::oms {
namespace {

enum Field : std::size_t {
  kId,
  kCreation,
  kAsset,
  kType,
  kStart,
  kEnd,
  kCurrent,
  kDiff,
  kZone,
  kExtra,
  kFieldCount
};

constexpr std::array<std::string_view, kFieldCount> kFieldNames = {
    "order_id",      "creation_timestamp", "asset_id",        "type_", "start_timestamp",
    "end_timestamp", "curr_num_shares",    "diff_num_shares", "tz",    "extra_params"};

Error malformed(std::size_t field, std::string_view value, std::string_view needed) {
  return {ErrorCode::kMalformedData,
          fmt::format("parse_order: {} is '{}', needed {}", kFieldNames[field], value, needed)};
}

// Cut the line at " name=" for the names in their order. A value may hold blanks, and the last one
// anything.
Result<std::array<std::string_view, kFieldCount>> split(std::string_view line) {
  constexpr std::string_view kPrefix = "Order: ";
  if (line.substr(0, kPrefix.size()) != kPrefix) {
    return Error{ErrorCode::kMalformedData,
                 fmt::format("parse_order: '{}' does not start with 'Order: '", line)};
  }
  std::array<std::string_view, kFieldCount> values;
  std::size_t value_start = 0;
  for (std::size_t i = 0; i < kFieldCount; ++i) {
    const std::string key = fmt::format(" {}=", kFieldNames[i]);
    const std::size_t at = line.find(key, i == 0 ? kPrefix.size() - 1 : value_start);
    if (at == std::string_view::npos || (i == 0 && at != kPrefix.size() - 1)) {
      return Error{ErrorCode::kMalformedData,
                   fmt::format("parse_order: no '{}=' in its place in '{}'", kFieldNames[i], line)};
    }
    if (i > 0) {
      values[i - 1] = line.substr(value_start, at - value_start);
    }
    value_start = at + key.size();
  }
  values[kExtra] = line.substr(value_start);
  return values;
}

Result<Timestamp> parse_instant(std::size_t field, std::string_view text) {
  const auto instant = parse_iso(text);
  if (!instant.ok()) {
    return malformed(field, text, "YYYY-MM-DD HH:MM:SS[.ffffff]+HH:MM");
  }
  return *instant;
}

}  // namespace

Status check_order(const Order& order) {
  const auto refuse = [&order](std::string_view what) {
    return Error{
        ErrorCode::kInvalidArgument,
        fmt::format("order {} of asset {}: {}", order.order_id, order.asset_id.value, what)};
  };
  if (order.order_id < 0) {
    return refuse("order_id is negative");
  }
  if (order.asset_id.value < 0) {
    return refuse("asset_id is negative, which is cash or nothing");
  }
  if (order.creation_timestamp > order.start_timestamp) {
    return refuse("creation_timestamp is after start_timestamp");
  }
  if (order.start_timestamp >= order.end_timestamp) {
    return refuse("start_timestamp is not before end_timestamp");
  }
  if (!std::isfinite(order.curr_num_shares)) {
    return refuse("curr_num_shares is not finite");
  }
  if (!std::isfinite(order.diff_num_shares) || order.diff_num_shares == 0.0) {
    return refuse(fmt::format("diff_num_shares is {}, needed a finite number other than 0",
                              format_double(order.diff_num_shares)));
  }
  return {};
}

std::string to_text(const Order& order) {
  return fmt::format(
      "Order: order_id={} creation_timestamp={} asset_id={} type_={} start_timestamp={} "
      "end_timestamp={} curr_num_shares={} "
      "diff_num_shares={} tz={} extra_params={}",
      order.order_id, to_local_iso(order.creation_timestamp, order.zone), order.asset_id.value,
      order.type, to_local_iso(order.start_timestamp, order.zone),
      to_local_iso(order.end_timestamp, order.zone), format_double(order.curr_num_shares),
      format_double(order.diff_num_shares), zone_name(order.zone), to_text(order.extra_params));
}

std::string to_text(const std::vector<Order>& orders) {
  std::string text;
  for (const Order& order : orders) {
    text += text.empty() ? "" : "\n";
    text += to_text(order);
  }
  return text;
}

Result<Order> parse_order(std::string_view line) {
  TIEOUT_TRY(const auto values, split(line));
  Order order;
  const auto id = parse_int(values[kId]);
  if (!id) {
    return malformed(kId, values[kId], "an integer");
  }
  order.order_id = *id;
  const auto asset = parse_int(values[kAsset]);
  if (!asset) {
    return malformed(kAsset, values[kAsset], "an integer");
  }
  order.asset_id = AssetId{*asset};
  TIEOUT_TRY(order.creation_timestamp, parse_instant(kCreation, values[kCreation]));
  TIEOUT_TRY(order.start_timestamp, parse_instant(kStart, values[kStart]));
  TIEOUT_TRY(order.end_timestamp, parse_instant(kEnd, values[kEnd]));
  if (values[kType].empty() || values[kType].find(' ') != std::string_view::npos) {
    return malformed(kType, values[kType], "one word");
  }
  order.type = std::string(values[kType]);
  const auto current = parse_double(values[kCurrent]);
  if (!current) {
    return malformed(kCurrent, values[kCurrent], "a number");
  }
  order.curr_num_shares = *current;
  const auto diff = parse_double(values[kDiff]);
  if (!diff) {
    return malformed(kDiff, values[kDiff], "a number");
  }
  order.diff_num_shares = *diff;
  if (values[kZone] != zone_name(Zone::kUtc) && values[kZone] != zone_name(Zone::kNewYork)) {
    return malformed(kZone, values[kZone], "UTC or America/New_York");
  }
  order.zone = values[kZone] == zone_name(Zone::kUtc) ? Zone::kUtc : Zone::kNewYork;
  TIEOUT_TRY(order.extra_params, parse_literal(values[kExtra]));
  if (order.extra_params.kind != Literal::Kind::kDict) {
    return malformed(kExtra, values[kExtra], "a dict");
  }
  if (auto status = check_order(order); !status.ok()) {
    return Error{ErrorCode::kMalformedData, "parse_order: " + status.error().message};
  }
  return order;
}

Result<std::vector<Order>> parse_orders(std::string_view text) {
  std::vector<Order> orders;
  std::size_t line_number = 0;
  while (!text.empty()) {
    ++line_number;
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && line.back() == '\r') {
      line.remove_suffix(1);
    }
    if (line.find_first_not_of(' ') == std::string_view::npos) {
      continue;
    }
    auto order = parse_order(line);
    if (!order.ok()) {
      return Error{order.error().code,
                   fmt::format("line {}: {}", line_number, order.error().message)};
    }
    orders.push_back(std::move(order).value());
  }
  return orders;
}

Result<OrderType> parse_order_type(std::string_view text) {
  const auto refuse = [text] {
    return Error{
        ErrorCode::kInvalidArgument,
        fmt::format("order type '{}': needed "
                    "{{price|midpoint|partial_spread_X|full_spread}}@{{start|end|twap|vwap}} "
                    "with X in [0, 1], or limit, or market",
                    text)};
  };
  OrderType type;
  if (text == "limit" || text == "market") {
    type.price = text == "limit" ? OrderType::Price::kLimit : OrderType::Price::kMarket;
    type.timing = OrderType::Timing::kOnArrival;
    return type;
  }
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos) {
    return refuse();
  }
  const std::string_view price = text.substr(0, at);
  const std::string_view timing = text.substr(at + 1);
  constexpr std::string_view kPartial = "partial_spread_";
  if (price == "midpoint") {
    type.price = OrderType::Price::kMidpoint;
  } else if (price == "full_spread") {
    type.price = OrderType::Price::kPartialSpread;
    type.spread_fraction = 1.0;
  } else if (price.substr(0, kPartial.size()) == kPartial) {
    const auto fraction = parse_double(price.substr(kPartial.size()));
    if (!fraction || !(*fraction >= 0.0 && *fraction <= 1.0)) {
      return refuse();
    }
    type.price = OrderType::Price::kPartialSpread;
    type.spread_fraction = *fraction;
  } else if (price != "price") {
    return refuse();
  }
  if (timing == "start") {
    type.timing = OrderType::Timing::kStart;
  } else if (timing == "end") {
    type.timing = OrderType::Timing::kEnd;
  } else if (timing == "vwap") {
    type.timing = OrderType::Timing::kVwap;
  } else if (timing != "twap") {
    return refuse();
  }
  return type;
}

Result<double> limit_price_of(const Order& order) {
  const std::vector<Literal>& items = order.extra_params.items;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    if (items[i].kind != Literal::Kind::kString || items[i].text != kLimitPrice) {
      continue;
    }
    const Literal& value = items[i + 1];
    const double price =
        value.kind == Literal::Kind::kInt ? static_cast<double>(value.integer) : value.number;
    const bool is_number = value.kind == Literal::Kind::kInt || value.kind == Literal::Kind::kFloat;
    if (is_number && std::isfinite(price) && price > 0.0) {
      return price;
    }
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("order {} of asset {}: extra_params['limit_price'] is {}, needed a "
                             "finite number > 0",
                             order.order_id, order.asset_id.value, to_text(value))};
  }
  return Error{ErrorCode::kInvalidArgument,
               fmt::format("order {} of asset {} is a limit order, needed "
                           "extra_params['limit_price']",
                           order.order_id, order.asset_id.value)};
}

void set_limit_price(Order& order, double price) {
  Literal key;
  key.kind = Literal::Kind::kString;
  key.text = kLimitPrice;
  Literal value;
  value.kind = Literal::Kind::kFloat;
  value.number = price;
  order.extra_params.items.push_back(std::move(key));
  order.extra_params.items.push_back(std::move(value));
}

}  // namespace tieout::oms
