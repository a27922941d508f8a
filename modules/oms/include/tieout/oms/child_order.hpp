#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/core/table.hpp"
#include "tieout/oms/fill.hpp"
#include "tieout/oms/limit_price.hpp"
#include "tieout/oms/order.hpp"

namespace tieout::oms {

/// What became of the child order of one wave.
enum class ChildStatus : std::uint8_t {
  kFilled,
  kCancelled,  // at the end of its wave, unfilled
  kRejected,   // by the venue; never worked
  kSkipped,    // the wave should have had a child order and had none
};
/// "filled", "cancelled", "rejected", "skipped".
std::string_view to_string(ChildStatus status) noexcept;

/// The child order of one parent order in one wave (oms.md 2.9), or why there is none.
struct ChildOrder {
  Order order;  // type "limit"; diff_num_shares is 0 for a wave that was skipped
  std::int64_t parent_order_id = 0;
  std::int64_t venue_id = -1;  // "ccxt_id" of the reference; -1: none
  ChildStatus status = ChildStatus::kSkipped;
  std::string error_msg;  // why it was rejected or skipped
  LimitPrice price;
  double filled_shares = 0.0;  // signed
  double average_price = LimitPrice::kNone;
  double fee = 0.0;  // dollars
  Liquidity liquidity = Liquidity::kUnknown;
  Timestamp update_timestamp;  // when it was filled, cancelled, rejected or skipped
};

/// The id of a child order: (parent + 1) * 10^9 + wave. A function of what it is part of, so that
/// one child order more or less in a run does not rename those after it; apart from the parents'
/// ids, which count from 0.
std::int64_t child_order_id(std::int64_t parent_order_id, std::int64_t wave_id) noexcept;

/// What the reference keeps with a child order: {'oms_parent_order_id': 5, 'ccxt_id': [1],
/// 'stats': {...}, 'error_msg': '...'}; the last only where there is a message.
Literal extra_params_of(const ChildOrder& child);

/// The run log's table child_orders, key order_id: columns of an order, then what became of it,
/// then the numbers of the limit price under the reference's names.
Table child_order_table(const std::vector<ChildOrder>& children);

/// Inverse of child_order_table(). Errors: kMalformedData naming a column that is missing or has
/// another type.
Result<std::vector<ChildOrder>> child_orders_from(const Table& table, Zone zone);

}  // namespace tieout::oms
