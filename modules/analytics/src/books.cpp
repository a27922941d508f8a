#include "tieout/analytics/books.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

#include "field_columns.hpp"

namespace tieout::analytics {
namespace {

Error two_sides(std::string_view who, Timestamp bar, AssetId asset) {
  return {ErrorCode::kMalformedData,
          fmt::format("{}: asset {} was both bought and sold in the bar that ends {}: needed one "
                      "side for each bar",
                      who, asset.value, to_iso(bar))};
}

/// Trades of one order.
struct OrderFill {
  Timestamp first;
  AssetId asset;
  BarFill fill;
};

}  // namespace

std::string_view to_string(Liquidity liquidity) noexcept {
  return liquidity == Liquidity::kMaker ? "maker" : liquidity == Liquidity::kTaker ? "taker" : "";
}

Result<std::vector<BarFill>> aggregate_trades_by_bar(std::span<const Execution> trades,
                                                     Duration bar) {
  if (bar.ns <= 0) {
    return Error{ErrorCode::kInvalidArgument,
                 "aggregate_trades_by_bar: the length of a bar is not positive"};
  }
  std::map<std::pair<std::string, AssetId>, OrderFill> by_order;
  for (const Execution& trade : trades) {
    auto [at, added] = by_order.try_emplace({trade.order_id, trade.asset});
    OrderFill& order = at->second;
    order.first = added ? trade.time : std::min(order.first, trade.time);
    order.asset = trade.asset;
    ++(trade.shares > 0 ? order.fill.buy_count : order.fill.sell_count);
    order.fill.cost += trade.cost;
    order.fill.amount += std::fabs(trade.shares);
    order.fill.fee += trade.fee;
  }
  std::map<std::pair<Timestamp, AssetId>, BarFill> by_bar;
  for (const auto& item : by_order) {
    const OrderFill& order = item.second;
    BarFill& fill = by_bar[{ceil_to(order.first, bar), order.asset}];
    fill.buy_count += order.fill.buy_count;
    fill.sell_count += order.fill.sell_count;
    fill.cost += order.fill.cost;
    fill.amount += order.fill.amount;
    fill.fee += order.fill.fee;
  }
  std::vector<BarFill> fills;
  for (const auto& [key, sums] : by_bar) {
    if (sums.buy_count > 0 && sums.sell_count > 0) {
      return two_sides("aggregate_trades_by_bar", key.first, key.second);
    }
    fills.push_back(sums);
    fills.back().bar = key.first;
    fills.back().asset = key.second;
  }
  return fills;
}

Result<Panel> rebuild_books(std::span<const BookTrade> trades, const Panel& price,
                            const Opening& opening) {
  const std::vector<AssetId> assets = assets_of(price);
  TIEOUT_CHECK(need_fields("rebuild_books", "prices", price, {"price"}, assets));
  std::map<std::pair<Timestamp, AssetId>, std::vector<const BookTrade*>> by_cell;
  for (const BookTrade& trade : trades) {
    if (!price.find_row(trade.bar) || !std::ranges::binary_search(assets, trade.asset)) {
      return Error{ErrorCode::kMissingData,
                   fmt::format("rebuild_books: the trade of {} shares of asset {} in the bar that "
                               "ends {} has no price there",
                               format_double(trade.shares), trade.asset.value, to_iso(trade.bar))};
    }
    by_cell[{trade.bar, trade.asset}].push_back(&trade);
  }
  Panel books = make_panel({"holdings_shares", "holdings_notional", "executed_trades_shares",
                            "executed_trades_notional", "pnl"},
                           assets, price.index());
  const auto opening_of = [](const std::map<AssetId, double>& values, AssetId asset) {
    const auto found = values.find(asset);
    return found == values.end() ? 0.0 : found->second;
  };
  for (const AssetId asset : assets) {
    const auto marks = column_of(price, "price", asset);
    const auto held = column_of(books, "holdings_shares", asset);
    const auto value = column_of(books, "holdings_notional", asset);
    const auto executed = column_of(books, "executed_trades_shares", asset);
    const auto paid = column_of(books, "executed_trades_notional", asset);
    const auto pnl = column_of(books, "pnl", asset);
    double shares = opening_of(opening.holdings_shares, asset);
    double notional = opening_of(opening.holdings_notional, asset);
    for (std::size_t r = 0; r < marks.size(); ++r) {
      const double before = shares;
      double cost = 0;
      if (const auto cell = by_cell.find({price.index()[r], asset}); cell != by_cell.end()) {
        for (const BookTrade* trade : cell->second) {
          shares += trade->shares;
          cost += trade->notional;
        }
      }
      held[r] = shares;
      value[r] = shares * marks[r];
      executed[r] = shares - before;
      paid[r] = cost;
      pnl[r] = value[r] - notional - cost;
      notional = value[r];
    }
  }
  return books;
}

Result<Panel> convert_bar_fills_to_portfolio(std::span<const BarFill> fills, const Panel& price) {
  std::vector<BookTrade> trades;
  for (const BarFill& fill : fills) {
    if (fill.buy_count > 0 && fill.sell_count > 0) {
      return two_sides("convert_bar_fills_to_portfolio", fill.bar, fill.asset);
    }
    if (!(fill.amount >= 0) || !(fill.cost >= 0)) {
      return Error{ErrorCode::kMalformedData,
                   fmt::format("convert_bar_fills_to_portfolio: asset {} in the bar that ends {}: "
                               "amount {} and cost {}, needed numbers that are not negative",
                               fill.asset.value, to_iso(fill.bar), format_double(fill.amount),
                               format_double(fill.cost))};
    }
    const double side = fill.buy_count > 0 ? 1 : (fill.sell_count > 0 ? -1 : 0);
    trades.push_back({fill.bar, fill.asset, side * fill.amount, side * fill.cost});
  }
  if (trades.empty()) {
    return rebuild_books(trades, price.slice({0, 0}));
  }
  const auto [first, last] = std::ranges::minmax(fills, {}, &BarFill::bar);
  return rebuild_books(trades, price.slice({price.lower_bound(first.bar),
                                            price.lower_bound(last.bar + nanoseconds(1))}));
}

Result<Panel> convert_orders_to_target_positions(std::span<const ParentOrder> orders,
                                                 const Panel& price, Duration bar) {
  constexpr std::string_view kWho = "convert_orders_to_target_positions";
  if (bar.ns <= 0) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("{}: the length of a bar is not positive", kWho)};
  }
  const std::vector<AssetId> assets = assets_of(price);
  TIEOUT_CHECK(need_fields(kWho, "prices", price, {"price"}, assets));
  struct Row {
    double held = 0, trades = 0;
  };
  std::map<std::pair<AssetId, Timestamp>, Row> rows;
  for (const ParentOrder& order : orders) {
    if (floor_to(order.end, bar) != order.end) {
      return Error{ErrorCode::kMalformedData,
                   fmt::format("{}: the order of asset {} that ends {} is not on the grid of {}",
                               kWho, order.asset.value, to_iso(order.end), to_period(bar))};
    }
    const auto [at, added] =
        rows.try_emplace({order.asset, order.end - bar}, Row{order.curr_num_shares, 0});
    if (!added && at->second.held != order.curr_num_shares) {
      return Error{
          ErrorCode::kMalformedData,
          fmt::format("{}: two orders of asset {} that end {} say that {} and {} shares "
                      "were held",
                      kWho, order.asset.value, to_iso(order.end), format_double(at->second.held),
                      format_double(order.curr_num_shares))};
    }
    at->second.trades += order.diff_num_shares;
  }
  Panel within = price.slice({0, 0});
  if (!orders.empty()) {
    const auto [first, last] = std::ranges::minmax(orders, {}, &ParentOrder::end);
    within = price.slice(
        {price.lower_bound(first.end - bar), price.lower_bound(last.end - bar + nanoseconds(1))});
  }
  Panel out =
      make_panel({"holdings_shares", "price", "holdings_notional", "target_holdings_shares",
                  "target_holdings_notional", "target_trades_shares", "target_trades_notional"},
                 assets, within.index());
  for (const AssetId asset : assets) {
    const auto marks = column_of(within, "price", asset);
    const auto set = [&](std::string_view field, std::size_t r, double value) {
      column_of(out, field, asset)[r] = value;
    };
    for (std::size_t r = 0; r < within.row_count(); ++r) {
      const auto next = rows.lower_bound({asset, within.index()[r]});
      const bool known = next != rows.end() && next->first.first == asset;
      const bool own = known && next->first.second == within.index()[r];
      const double held = known ? next->second.held : kNaN;
      const double trades = own ? next->second.trades : 0.0;
      const double target = (known ? held : 0.0) + trades;
      set("holdings_shares", r, held);
      set("price", r, marks[r]);
      set("holdings_notional", r, held * marks[r]);
      set("target_holdings_shares", r, target);
      set("target_holdings_notional", r, target * marks[r]);
      set("target_trades_shares", r, trades);
      set("target_trades_notional", r, trades * marks[r]);
    }
  }
  return out;
}

}  // namespace tieout::analytics
