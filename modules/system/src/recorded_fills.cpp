#include "recorded_fills.hpp"

#include <cmath>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"
#include "tieout/core/table.hpp"
#include "tieout/oms/tables.hpp"

namespace tieout::system {
namespace {

namespace tables = oms::tables;
using runlog::TableKind;

/// Values of a column that must be there. Errors: kSchemaMismatch.
template <typename T>
Result<const std::vector<T>*> column(const Table& table, std::string_view name, TableKind kind,
                                     Timestamp bar) {
  const TypedColumn* const found = table.find(name);
  const auto* const values =
      found == nullptr ? nullptr : std::get_if<std::vector<T>>(&found->values);
  if (values == nullptr) {
    return Error{ErrorCode::kSchemaMismatch,
                 fmt::format("replayed fills: the {} of bar {} have no usable column '{}'",
                             runlog::to_string(kind), to_iso(bar), name)};
  }
  return values;
}

oms::Liquidity liquidity_of(std::string_view text) {
  return text == tables::to_string(oms::Liquidity::kMaker)   ? oms::Liquidity::kMaker
         : text == tables::to_string(oms::Liquidity::kTaker) ? oms::Liquidity::kTaker
                                                             : oms::Liquidity::kUnknown;
}

Result<std::vector<oms::Fill>> fills_of(const Table& table, Timestamp bar) {
  constexpr TableKind kKind = TableKind::kFills;
  std::vector<oms::Fill> fills(table.row_count());
  if (fills.empty()) {
    return fills;
  }
  TIEOUT_TRY(const auto* ids, column<std::int64_t>(table, tables::kFillId, kKind, bar));
  TIEOUT_TRY(const auto* orders, column<std::int64_t>(table, tables::kOrderId, kKind, bar));
  TIEOUT_TRY(const auto* assets, column<std::int64_t>(table, tables::kAssetId, kKind, bar));
  TIEOUT_TRY(const auto* stamps, column<Timestamp>(table, tables::kTimestamp, kKind, bar));
  TIEOUT_TRY(const auto* shares, column<double>(table, tables::kNumShares, kKind, bar));
  TIEOUT_TRY(const auto* prices, column<double>(table, tables::kPrice, kKind, bar));
  for (std::size_t i = 0; i < fills.size(); ++i) {
    fills[i] = {.fill_id = (*ids)[i],
                .order_id = (*orders)[i],
                .asset_id = AssetId{(*assets)[i]},
                .timestamp = (*stamps)[i],
                .num_shares = (*shares)[i],
                .price = (*prices)[i]};
  }
  if (table.find(tables::kFee) != nullptr) {  // A run without costs has no such columns.
    TIEOUT_TRY(const auto* fees, column<double>(table, tables::kFee, kKind, bar));
    TIEOUT_TRY(const auto* sides, column<std::string>(table, tables::kLiquidity, kKind, bar));
    for (std::size_t i = 0; i < fills.size(); ++i) {
      fills[i].fee = (*fees)[i];
      fills[i].liquidity = liquidity_of((*sides)[i]);
    }
  }
  return fills;
}

/// How much of each order was filled.
class OrderBook {
 public:
  Status add_orders(const Table& table, Timestamp bar) {
    if (table.row_count() == 0) {
      return {};
    }
    constexpr TableKind kKind = TableKind::kOrders;
    TIEOUT_TRY(const auto* ids, column<std::int64_t>(table, tables::kOrderId, kKind, bar));
    TIEOUT_TRY(const auto* shares, column<double>(table, tables::kDiffNumShares, kKind, bar));
    for (std::size_t i = 0; i < ids->size(); ++i) {
      left_[(*ids)[i]] = {(*shares)[i], 0.0};
    }
    return {};
  }

  Status add_fill(const oms::Fill& fill, Timestamp bar) {
    const auto found = left_.find(fill.order_id);
    if (found == left_.end()) {
      return {};
    }
    Filled& order = found->second;
    order.filled += fill.num_shares;
    const double slack = 1e-9 * std::abs(order.ordered);
    const bool same_side = order.filled * order.ordered >= 0.0;
    if (!same_side || std::abs(order.filled) > std::abs(order.ordered) + slack) {
      return Error{ErrorCode::kMalformedData,
                   fmt::format("replayed fills: with fill {} of bar {}, {} shares of order {} are "
                               "filled, which was for {}: fills overlap",
                               fill.fill_id, to_iso(bar), format_double(order.filled),
                               fill.order_id, format_double(order.ordered))};
    }
    return {};
  }

 private:
  struct Filled {
    double ordered = 0.0;
    double filled = 0.0;
  };
  std::map<std::int64_t, Filled> left_;
};

}  // namespace

Result<RecordedFills> read_fills(const runlog::RunSource& run, Timestamp first_bar,
                                 Timestamp last_bar) {
  RecordedFills recorded;
  OrderBook orders;
  for (std::size_t i = 0; i < run.bars().size(); ++i) {
    const Timestamp bar = run.bars()[i].bar;
    if (bar > last_bar) {
      break;
    }
    TIEOUT_TRY(const std::optional<Table> filled, run.table(TableKind::kFills, i));
    if (filled) {
      TIEOUT_TRY(std::vector<oms::Fill> fills, fills_of(*filled, bar));
      for (const oms::Fill& fill : fills) {
        TIEOUT_CHECK(orders.add_fill(fill, bar));
      }
      if (bar > first_bar) {
        recorded.bars.push_back({bar, std::move(fills)});
      } else {
        recorded.left_out += fills.size();
      }
    }
    TIEOUT_TRY(const std::optional<Table> submitted, run.table(TableKind::kOrders, i));
    if (submitted) {
      TIEOUT_CHECK(orders.add_orders(*submitted, bar));
    }
  }
  return recorded;
}

}  // namespace tieout::system
