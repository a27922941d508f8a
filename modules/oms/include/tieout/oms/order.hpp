#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/asset.hpp"
#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"
#include "tieout/core/zone.hpp"
#include "tieout/oms/literal.hpp"

namespace tieout::oms {

/// An instruction to trade `diff_num_shares` of one asset over (start, end].
struct Order {
  std::int64_t order_id = 0;
  Timestamp creation_timestamp;
  AssetId asset_id;
  std::string type;  // "price@twap"; see OrderType
  Timestamp start_timestamp;
  Timestamp end_timestamp;
  double curr_num_shares = 0.0;  // position when the order was made
  double diff_num_shares = 0.0;  // > 0 buys, < 0 sells
  Zone zone = Zone::kNewYork;    // zone of the text form
  Literal extra_params = Literal::empty_dict();

  friend bool operator==(const Order&, const Order&) = default;
};

/// Check oms.md 2.1: creation <= start < end, an asset that is not cash, finite shares, something
/// to trade. Errors: kInvalidArgument naming the order and the field.
Status check_order(const Order& order);

/// "Order: order_id=0 creation_timestamp=... extra_params={}", one line without its end.
std::string to_text(const Order& order);

/// Lines joined by "\n", no newline at the end; "" for no orders.
std::string to_text(const std::vector<Order>& orders);

/// Inverse of to_text. Errors: kMalformedData naming the field; what check_order() refuses is
/// refused here too.
Result<Order> parse_order(std::string_view line);

/// Inverse of to_text for lists; blank lines are skipped, so "" is no orders.
/// Errors: as parse_order(), with the line number.
Result<std::vector<Order>> parse_orders(std::string_view text);

/// How an order is priced: "<price>@<timing>", "limit" or "market".
struct OrderType {
  enum class Price { kPrice, kMidpoint, kPartialSpread, kLimit, kMarket };
  enum class Timing { kStart, kEnd, kTwap, kVwap, kOnArrival };  // kOnArrival: limit and market

  Price price = Price::kPrice;
  Timing timing = Timing::kTwap;
  double spread_fraction =
      0.0;  // kPartialSpread: 0 collects the spread, 0.5 is the midpoint, 1 crosses the spread

  friend bool operator==(const OrderType&, const OrderType&) = default;
};

/// Read "price@twap", "midpoint@end", "partial_spread_0.25@start", "full_spread@vwap" (all of the
/// spread: partial_spread_1), "limit", "market".
/// Errors: kInvalidArgument with the grammar.
Result<OrderType> parse_order_type(std::string_view text);

/// Key of a limit order's price in `extra_params`.
inline constexpr std::string_view kLimitPrice = "limit_price";

/// The price of a limit order. Errors: kInvalidArgument when extra_params has no finite number > 0
/// under kLimitPrice.
Result<double> limit_price_of(const Order& order);
/// Write it.
void set_limit_price(Order& order, double price);

}  // namespace tieout::oms
