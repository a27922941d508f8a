#include "tieout/recon/child_orders.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"
#include "tieout/recon/broker_books.hpp"

namespace tieout::recon {
namespace {

using analytics::Execution;
using analytics::OrderFills;
using analytics::PlacedOrder;
using runlog::RunSource;
using runlog::TableKind;

/// The columns of one bar's table.
class Columns {
 public:
  Columns(const Table& table, Timestamp bar) : table_(table), bar_(bar) {}

  template <typename T>
  Result<const std::vector<T>*> need(std::string_view name) const {
    const TypedColumn* column = table_.find(name);
    const auto* values = column == nullptr ? nullptr : std::get_if<std::vector<T>>(&column->values);
    if (values == nullptr) {
      return Error{
          ErrorCode::kSchemaMismatch,
          fmt::format("read_child_orders: child_orders of {}: column '{}' is {}", to_iso(bar_),
                      name, column == nullptr ? "missing" : "of another type")};
    }
    return values;
  }

 private:
  const Table& table_;
  Timestamp bar_;
};

analytics::Liquidity liquidity_of(std::string_view text) noexcept {
  using enum analytics::Liquidity;
  return text == "maker" ? kMaker : text == "taker" ? kTaker : kUnknown;
}

Status add_table(const Table& table, Timestamp bar, ChildOrders& out) {
  const Columns columns(table, bar);
  TIEOUT_TRY(const auto* ids, columns.need<std::int64_t>("order_id"));
  TIEOUT_TRY(const auto* parents, columns.need<std::int64_t>("oms_parent_order_id"));
  TIEOUT_TRY(const auto* waves, columns.need<std::int64_t>("wave_id"));
  TIEOUT_TRY(const auto* assets, columns.need<std::int64_t>("asset_id"));
  TIEOUT_TRY(const auto* starts, columns.need<Timestamp>("start_timestamp"));
  TIEOUT_TRY(const auto* shares, columns.need<double>("diff_num_shares"));
  TIEOUT_TRY(const auto* limits, columns.need<double>("limit_price"));
  TIEOUT_TRY(const auto* status, columns.need<std::string>("status"));
  TIEOUT_TRY(const auto* messages, columns.need<std::string>("error_msg"));
  TIEOUT_TRY(const auto* filled, columns.need<double>("filled_shares"));
  TIEOUT_TRY(const auto* prices, columns.need<double>("average_price"));
  TIEOUT_TRY(const auto* fees, columns.need<double>("fee"));
  TIEOUT_TRY(const auto* sides, columns.need<std::string>("liquidity"));
  TIEOUT_TRY(const auto* updates, columns.need<Timestamp>("update_timestamp"));
  TIEOUT_TRY(const auto* ends, columns.need<Timestamp>("end_timestamp"));
  for (std::size_t i = 0; i < ids->size(); ++i) {
    const std::string& outcome = (*status)[i];
    const RefusedChild refused{bar, AssetId{(*assets)[i]}, (*parents)[i], (*waves)[i],
                               (*messages)[i]};
    if (outcome == "skipped") {
      out.skipped.push_back(refused);
      continue;
    }
    const bool is_rejected = outcome == "rejected";
    if (is_rejected) {
      out.rejected.push_back(refused);
    } else if (outcome != "filled" && outcome != "cancelled") {
      return Error{ErrorCode::kMalformedData,
                   fmt::format("read_child_orders: child_orders of {}: order {} has status '{}', "
                               "needed filled, cancelled, rejected or skipped",
                               to_iso(bar), (*ids)[i], outcome)};
    }
    PlacedOrder order{.id = std::to_string((*ids)[i]),
                      .asset = AssetId{(*assets)[i]},
                      .placed = (*starts)[i],
                      .updated = (*updates)[i],
                      .shares = (*shares)[i],
                      .limit_price = {},
                      .parent_id = std::to_string((*parents)[i]),
                      .wave = (*waves)[i],
                      .accepted = !is_rejected,
                      .expires = (*ends)[i]};
    if (std::isfinite((*limits)[i])) {
      order.limit_price = (*limits)[i];
    }
    if (const double executed = (*filled)[i]; executed != 0 && std::isfinite(executed)) {
      out.executions.push_back({.id = order.id,
                                .order_id = order.id,
                                .asset = order.asset,
                                .time = order.updated,
                                .shares = executed,
                                .price = (*prices)[i],
                                .cost = std::fabs(executed) * (*prices)[i],
                                .fee = (*fees)[i],
                                .liquidity = liquidity_of((*sides)[i]),
                                .wave = order.wave});
    }
    out.placed.push_back(std::move(order));
  }
  return {};
}

/// Trades of parents, added up in an order that does not depend on where they were logged.
Result<std::vector<OrderFills>> added_up(std::vector<Execution> trades) {
  std::ranges::stable_sort(trades, {}, [](const Execution& trade) {
    return std::tuple(trade.time, trade.shares, trade.price);
  });
  return analytics::aggregate_fills_by_order(trades);
}

}  // namespace

Result<std::optional<ChildOrders>> read_child_orders(const RunSource& run) {
  if (std::ranges::count(run.manifest().more_tables, TableKind::kChildOrders) == 0) {
    return std::optional<ChildOrders>();
  }
  ChildOrders out;
  for (std::size_t b = 0; b < run.bars().size(); ++b) {
    TIEOUT_TRY(const std::optional<Table> table, run.table(TableKind::kChildOrders, b));
    if (table && table->row_count() > 0) {
      TIEOUT_CHECK(add_table(*table, run.bars()[b].bar, out));
    }
  }
  return std::optional<ChildOrders>(std::move(out));
}

Result<std::vector<Execution>> read_fills(const RunSource& run) {
  std::vector<Execution> out;
  for (std::size_t b = 0; b < run.bars().size(); ++b) {
    TIEOUT_TRY(const std::optional<Table> table, run.table(TableKind::kFills, b));
    if (table) {
      TIEOUT_TRY(const std::vector<Execution> trades, trades_of_fills(*table));
      out.insert(out.end(), trades.begin(), trades.end());
    }
  }
  return out;
}

Result<RollUp> roll_up_children(const ChildOrders& children, std::span<const Execution> fills) {
  std::map<std::string, std::string> parent_of;
  for (const PlacedOrder& order : children.placed) {
    parent_of[order.id] = order.parent_id;
  }
  std::vector<Execution> executed = children.executions;
  for (Execution& trade : executed) {
    trade.order_id = parent_of[trade.order_id];
  }
  TIEOUT_TRY(const std::vector<OrderFills> rolled, added_up(std::move(executed)));
  TIEOUT_TRY(const std::vector<OrderFills> logged, added_up({fills.begin(), fills.end()}));
  std::map<std::string, std::pair<const OrderFills*, const OrderFills*>> parents;
  for (const OrderFills& parent : logged) {
    parents[parent.order_id].first = &parent;
  }
  for (const OrderFills& parent : rolled) {
    parents[parent.order_id].second = &parent;
  }
  RollUp out;
  for (const auto& [id, sides] : parents) {
    const OrderFills none{};
    const OrderFills& left = sides.first == nullptr ? none : *sides.first;
    const OrderFills& right = sides.second == nullptr ? none : *sides.second;
    const OrderFills& known = sides.first == nullptr ? right : left;
    ++out.parents;
    const auto compare = [&](std::string_view field, const std::string& a, const std::string& b) {
      if (a != b) {
        out.differences.push_back({id, known.asset, known.last, std::string(field), a, b});
      }
    };
    // The shortest text that reads back is the same exactly for the same bits.
    compare("num_shares", format_double(left.shares), format_double(right.shares));
    if (sides.first != nullptr && sides.second != nullptr) {
      compare("price", format_double(left.price), format_double(right.price));
      compare("fee", format_double(left.fee), format_double(right.fee));
      compare("timestamp", to_iso(left.last), to_iso(right.last));
    }
  }
  return out;
}

}  // namespace tieout::recon
