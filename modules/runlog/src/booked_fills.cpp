#include "tieout/runlog/booked_fills.hpp"

#include <cmath>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

namespace tieout::runlog {
namespace {

template <typename T>
const std::vector<T>* values_of(const std::optional<Table>& table, std::string_view name) {
  const TypedColumn* column = table ? table->find(name) : nullptr;
  return column == nullptr ? nullptr : std::get_if<std::vector<T>>(&column->values);
}

struct Order {
  std::int64_t id = -1;
  Timestamp end;
};

/// The columns of a fills table, row by row.
struct Rows {
  std::vector<std::int64_t> fill_ids, order_ids, assets;
  std::vector<Timestamp> times;
  std::vector<double> shares, prices;

  Table table() && {
    Table table;
    table.key_count = 1;
    table.columns = {{"fill_id", std::move(fill_ids)},  {"order_id", std::move(order_ids)},
                     {"asset_id", std::move(assets)},   {"timestamp", std::move(times)},
                     {"num_shares", std::move(shares)}, {"price", std::move(prices)}};
    return table;
  }
};

class TradesOfBooks {
 public:
  Result<std::optional<Table>> at(const RunSource& run, std::size_t bar) {
    TIEOUT_TRY(const std::optional<Table> portfolio, run.table(TableKind::kPortfolio, bar));
    TIEOUT_TRY(const std::optional<Table> statistics, run.table(TableKind::kStatistics, bar));
    TIEOUT_TRY(const std::optional<Table> orders, run.table(TableKind::kOrders, bar));
    const Timestamp label = run.bars()[bar].bar;
    const auto* marks = values_of<Timestamp>(statistics, "snapshot_timestamp");
    const Timestamp mark = marks != nullptr && !marks->empty() ? marks->front() : label;
    const auto* assets = values_of<std::int64_t>(portfolio, "asset_id");
    const auto* shares = values_of<double>(portfolio, "executed_trades_shares");
    const auto* notionals = values_of<double>(portfolio, "executed_trades_notional");
    std::optional<Table> table;
    if (assets != nullptr && shares != nullptr && notionals != nullptr) {
      if (std::exchange(has_books_, true)) {
        TIEOUT_TRY(table, fills_of(label, mark, *assets, *shares, *notionals));
      }
    }
    add_orders(orders);
    return table;
  }

 private:
  Result<std::optional<Table>> fills_of(Timestamp label, Timestamp mark,
                                        const std::vector<std::int64_t>& assets,
                                        const std::vector<double>& shares,
                                        const std::vector<double>& notionals) {
    Rows rows;
    for (std::size_t i = 0; i < assets.size(); ++i) {
      if (shares[i] == 0.0 || std::isnan(shares[i])) {
        continue;
      }
      const double price = notionals[i] / shares[i];
      if (!std::isfinite(price) || price <= 0.0) {
        return Error{
            ErrorCode::kMalformedData,
            fmt::format("booked_fills: the books of bar {} trade {} shares of asset {} for "
                        "{}; needed a price above 0",
                        to_iso(label), format_double(shares[i]), assets[i],
                        format_double(notionals[i]))};
      }
      const Order order = last_order(assets[i], mark);
      rows.fill_ids.push_back(next_id_++);
      rows.order_ids.push_back(order.id);
      rows.assets.push_back(assets[i]);
      rows.times.push_back(order.end);
      rows.shares.push_back(shares[i]);
      rows.prices.push_back(price);
    }
    return std::optional<Table>(std::move(rows).table());
  }

  Order last_order(std::int64_t asset, Timestamp mark) const {
    Order found{-1, mark};
    bool any = false;
    const auto orders = orders_.find(asset);
    if (orders == orders_.end()) {
      return found;
    }
    for (const Order& order : orders->second) {
      if (order.end <= mark && (!any || order.end >= found.end)) {
        found = order;
        any = true;
      }
    }
    return found;
  }

  void add_orders(const std::optional<Table>& table) {
    const auto* ids = values_of<std::int64_t>(table, "order_id");
    const auto* assets = values_of<std::int64_t>(table, "asset_id");
    const auto* ends = values_of<Timestamp>(table, "end_timestamp");
    for (std::size_t i = 0;
         ids != nullptr && assets != nullptr && ends != nullptr && i < ids->size(); ++i) {
      std::vector<Order>& own = orders_[(*assets)[i]];
      own.push_back({(*ids)[i], (*ends)[i]});
      if (own.size() > kKeptOrders) {
        own.erase(own.begin());
      }
    }
  }

  static constexpr std::size_t kKeptOrders = 16;  // of each asset: older ones have ended
  std::map<std::int64_t, std::vector<Order>> orders_;
  std::int64_t next_id_ = 0;
  bool has_books_ = false;
};

}  // namespace

Result<BookedFills> booked_fills(const RunSource& run) {
  BookedFills fills;
  fills.derived = true;
  for (std::size_t bar = 0; bar < run.bars().size(); ++bar) {
    TIEOUT_TRY(std::optional<Table> table, run.table(TableKind::kFills, bar));
    fills.derived = fills.derived && !table;
    fills.tables.push_back(std::move(table));
  }
  if (!fills.derived) {
    return fills;
  }
  TradesOfBooks trades;
  for (std::size_t bar = 0; bar < run.bars().size(); ++bar) {
    TIEOUT_TRY(fills.tables[bar], trades.at(run, bar));
  }
  return fills;
}

}  // namespace tieout::runlog
