#include "tieout/oms/tables.hpp"

#include <string>
#include <utility>

#include <fmt/format.h>

namespace tieout::oms::tables {
namespace {

// Collect one column from rows by a function of the row.
template <typename T, typename Rows, typename Get>
TypedColumn column(std::string name, const Rows& rows, Get get) {
  std::vector<T> values;
  values.reserve(rows.size());
  for (const auto& row : rows) {
    values.push_back(get(row));
  }
  return {std::move(name), std::move(values)};
}

template <typename T, typename Rows, typename Get>
TypedColumn column(std::string_view name, const Rows& rows, Get get) {
  return column<T>(std::string(name), rows, get);
}

TypedColumn one(std::string_view name, double value) {
  return {std::string(name), std::vector<double>{value}};
}

}  // namespace

Table target_positions(const std::vector<Target>& targets, Timestamp wall_clock, TargetOrder order,
                       LimitColumns limit_columns) {
  Table table;
  table.key_count = 1;
  auto& columns = table.columns;
  const auto input = [&](std::string_view name, double TargetInput::*member) {
    columns.push_back(
        column<double>(name, targets, [member](const Target& t) { return t.input.*member; }));
  };
  const auto output = [&](std::string_view name, double TargetAmounts::*member) {
    columns.push_back(
        column<double>(name, targets, [member](const Target& t) { return t.target.*member; }));
  };
  const auto before = [&](std::string_view name, double TargetAmounts::*member) {
    columns.push_back(
        column<double>(std::string(name) + std::string(kBeforeLimitsSuffix), targets,
                       [member](const Target& t) { return t.before_limits.*member; }));
  };
  columns.push_back(column<std::int64_t>(kAssetId, targets,
                                         [](const Target& t) { return t.input.asset_id.value; }));
  input(kHoldingsShares, &TargetInput::holdings_shares);
  input(kPrice, &TargetInput::price);
  input(kHoldingsNotional, &TargetInput::holdings_notional);
  columns.push_back(column<Timestamp>(kWallClockTimestamp, targets,
                                      [wall_clock](const Target&) { return wall_clock; }));
  input(kPrediction, &TargetInput::prediction);
  input(kVolatility, &TargetInput::volatility);
  input(kSpread, &TargetInput::spread);
  if (order == TargetOrder::kNotionalFirst) {
    output(kTargetHoldingsNotional, &TargetAmounts::holdings_notional);
    output(kTargetTradesNotional, &TargetAmounts::trades_notional);
    output(kTargetTradesShares, &TargetAmounts::trades_shares);
    output(kTargetHoldingsShares, &TargetAmounts::holdings_shares);
  } else {
    output(kTargetHoldingsShares, &TargetAmounts::holdings_shares);
    output(kTargetHoldingsNotional, &TargetAmounts::holdings_notional);
    output(kTargetTradesShares, &TargetAmounts::trades_shares);
    output(kTargetTradesNotional, &TargetAmounts::trades_notional);
  }
  if (limit_columns == LimitColumns::kYes) {
    before(kTargetHoldingsShares, &TargetAmounts::holdings_shares);
    before(kTargetHoldingsNotional, &TargetAmounts::holdings_notional);
    before(kTargetTradesShares, &TargetAmounts::trades_shares);
    before(kTargetTradesNotional, &TargetAmounts::trades_notional);
  }
  return table;
}

Table orders(const std::vector<Order>& orders) {
  Table table;
  table.key_count = 1;
  table.columns = {
      column<std::int64_t>(kOrderId, orders, [](const Order& o) { return o.order_id; }),
      column<Timestamp>(kCreationTimestamp, orders,
                        [](const Order& o) { return o.creation_timestamp; }),
      column<std::int64_t>(kAssetId, orders, [](const Order& o) { return o.asset_id.value; }),
      column<std::string>(kType, orders, [](const Order& o) { return o.type; }),
      column<Timestamp>(kStartTimestamp, orders, [](const Order& o) { return o.start_timestamp; }),
      column<Timestamp>(kEndTimestamp, orders, [](const Order& o) { return o.end_timestamp; }),
      column<double>(kCurrNumShares, orders, [](const Order& o) { return o.curr_num_shares; }),
      column<double>(kDiffNumShares, orders, [](const Order& o) { return o.diff_num_shares; }),
  };
  return table;
}

std::string_view to_string(Liquidity liquidity) noexcept {
  switch (liquidity) {
    case Liquidity::kMaker:
      return "maker";
    case Liquidity::kTaker:
      return "taker";
    case Liquidity::kUnknown:
      break;
  }
  return "";
}

Result<std::vector<Order>> orders_from(const Table& table, Zone zone) {
  std::vector<Order> orders(table.row_count());
  Status status;
  const auto read = [&](std::string_view name, auto example, auto assign) {
    const TypedColumn* found = table.find(name);
    const auto* values =
        found == nullptr ? nullptr : std::get_if<std::vector<decltype(example)>>(&found->values);
    if (values == nullptr) {
      status = Error{ErrorCode::kMalformedData,
                     fmt::format("orders: column '{}' is {}", name,
                                 found == nullptr ? "missing" : "of another type")};
      return;
    }
    for (std::size_t i = 0; i < values->size(); ++i) {
      assign(orders[i], (*values)[i]);
    }
  };
  read(kOrderId, std::int64_t{}, [](Order& o, std::int64_t v) { o.order_id = v; });
  read(kCreationTimestamp, Timestamp{}, [](Order& o, Timestamp v) { o.creation_timestamp = v; });
  read(kAssetId, std::int64_t{}, [](Order& o, std::int64_t v) { o.asset_id = AssetId{v}; });
  read(kType, std::string{}, [](Order& o, const std::string& v) { o.type = v; });
  read(kStartTimestamp, Timestamp{}, [](Order& o, Timestamp v) { o.start_timestamp = v; });
  read(kEndTimestamp, Timestamp{}, [](Order& o, Timestamp v) { o.end_timestamp = v; });
  read(kCurrNumShares, double{}, [](Order& o, double v) { o.curr_num_shares = v; });
  read(kDiffNumShares, double{}, [](Order& o, double v) { o.diff_num_shares = v; });
  if (!status.ok()) {
    return std::move(status).error();
  }
  for (Order& order : orders) {
    order.zone = zone;
  }
  return orders;
}

Table fills(const std::vector<Fill>& fills, CostColumns costs) {
  Table table;
  table.key_count = 1;
  table.columns = {
      column<std::int64_t>(kFillId, fills, [](const Fill& f) { return f.fill_id; }),
      column<std::int64_t>(kOrderId, fills, [](const Fill& f) { return f.order_id; }),
      column<std::int64_t>(kAssetId, fills, [](const Fill& f) { return f.asset_id.value; }),
      column<Timestamp>(kTimestamp, fills, [](const Fill& f) { return f.timestamp; }),
      column<double>(kNumShares, fills, [](const Fill& f) { return f.num_shares; }),
      column<double>(kPrice, fills, [](const Fill& f) { return f.price; }),
  };
  if (costs == CostColumns::kYes) {
    table.columns.push_back(column<double>(kFee, fills, [](const Fill& f) { return f.fee; }));
    table.columns.push_back(column<std::string>(
        kLiquidity, fills, [](const Fill& f) { return std::string(to_string(f.liquidity)); }));
  }
  return table;
}

Table portfolio(std::span<const AssetId> assets, const Snapshot& snapshot, CostColumns costs) {
  Table table;
  table.key_count = 1;
  table.columns = {
      column<std::int64_t>(kAssetId, assets, [](AssetId a) { return a.value; }),
      {std::string(kHoldingsShares), snapshot.holdings_shares},
      {std::string(kPrice), snapshot.price},
      {std::string(kHoldingsNotional), snapshot.holdings_notional},
      {std::string(kExecutedTradesShares), snapshot.executed_trades_shares},
      {std::string(kExecutedTradesNotional), snapshot.executed_trades_notional},
      {std::string(kPnl), snapshot.pnl},
  };
  if (costs == CostColumns::kYes) {
    table.columns.push_back({std::string(kFees), snapshot.fees});
    table.columns.push_back({std::string(kFunding), snapshot.funding});
    table.columns.push_back({std::string(kNetPnl), snapshot.net_pnl});
  }
  return table;
}

Table statistics(const Snapshot& snapshot, CostColumns costs) {
  const Statistics& s = snapshot.statistics;
  Table table;
  table.columns = {
      {std::string(kSnapshotTimestamp), std::vector<Timestamp>{snapshot.timestamp}},
      one(kPnl, s.pnl),
      one(kGrossVolume, s.gross_volume),
      one(kNetVolume, s.net_volume),
      one(kGmv, s.gmv),
      one(kNmv, s.nmv),
      one(kCash, s.cash),
      one(kNetWealth, s.net_wealth),
      one(kLeverage, s.leverage),
  };
  if (costs == CostColumns::kYes) {
    table.columns.push_back(one(kFees, s.fees));
    table.columns.push_back(one(kFunding, s.funding));
    table.columns.push_back(one(kNetPnl, s.net_pnl));
  }
  return table;
}

}  // namespace tieout::oms::tables
