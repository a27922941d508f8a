#include "tieout/analytics/books.hpp"

#include <bit>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "golden_support.hpp"

namespace tieout::analytics {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr AssetId kA{101};
constexpr AssetId kB{202};

Timestamp at(const std::string& time) {
  return parse_iso("2023-08-15 " + time + "+00:00").value();
}

Panel prices(const std::vector<AssetId>& assets, const std::vector<std::vector<double>>& rows) {
  std::vector<ColumnKey> keys;
  for (const AssetId asset : assets) {
    keys.push_back({"price", asset});
  }
  Panel panel(keys);
  for (const auto& row : rows) {
    panel.append_row(at("15:45:00") + minutes(5) * static_cast<std::int64_t>(panel.row_count()));
    for (std::size_t c = 0; c < row.size(); ++c) {
      panel.set(panel.row_count() - 1, c, row[c]);
    }
  }
  return panel;
}

double cell(const Panel& panel, std::size_t row, const std::string& field, AssetId asset) {
  const auto column = panel.find_column({field, asset});
  EXPECT_TRUE(column.has_value()) << field;
  return column ? panel.at(row, *column) : kNan;
}

Execution trade(const std::string& order, AssetId asset, const std::string& time, double shares,
                double price) {
  return {.id = time,
          .order_id = order,
          .asset = asset,
          .time = at(time),
          .shares = shares,
          .price = price,
          .cost = std::fabs(shares) * price,
          .fee = 0.1};
}

TEST(Books, AnOrderBelongsToTheBarOfItsFirstTradeRoundedUp) {
  // oms.md 5.4 (1): 0.14 at 1783.455 and 0.14 at 1800 are 0.28 shares; the second trade is in the
  // next bar and counts where its order began.
  const std::vector<Execution> trades{trade("7", kA, "15:49:59", 0.14, 1783.455),
                                      trade("7", kA, "15:50:01", 0.14, 1800),
                                      trade("8", kA, "15:55:00", -0.1, 1790)};
  const auto fills = aggregate_trades_by_bar(trades, minutes(5));
  ASSERT_TRUE(fills.ok()) << fills.error().message;
  ASSERT_EQ(fills->size(), 2U);
  EXPECT_EQ((*fills)[0].bar, at("15:50:00"));
  EXPECT_EQ((*fills)[0].buy_count, 2U);
  EXPECT_DOUBLE_EQ((*fills)[0].amount, 0.28);
  EXPECT_DOUBLE_EQ((*fills)[0].cost / (*fills)[0].amount, 1791.7275);
  EXPECT_DOUBLE_EQ((*fills)[0].fee, 0.2);
  EXPECT_EQ((*fills)[1].bar, at("15:55:00")) << "a trade on the grid ends its bar";
  EXPECT_EQ((*fills)[1].sell_count, 1U);
}

TEST(Books, BuyingAndSellingAnAssetInOneBarIsAnError) {
  const std::vector<Execution> trades{trade("7", kA, "15:46:00", 1, 10),
                                      trade("8", kA, "15:47:00", -1, 11)};
  const auto fills = aggregate_trades_by_bar(trades, minutes(5));
  ASSERT_FALSE(fills.ok());
  EXPECT_EQ(fills.error().code, ErrorCode::kMalformedData);
  EXPECT_EQ(fills.error().message,
            "aggregate_trades_by_bar: asset 101 was both bought and sold in the bar that ends "
            "2023-08-15 15:50:00+00:00: needed one side for each bar");
  EXPECT_FALSE(aggregate_trades_by_bar(trades, Duration{}).ok());
}

TEST(Books, RebuiltFromTheirTradesAreTheSameToTheBit) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    std::vector<std::vector<double>> rows;
    for (std::size_t r = 0; r < 30; ++r) {
      rows.push_back({100 + random.uniform(), 50 + random.uniform()});
    }
    const Panel price = prices({kA, kB}, rows);
    std::vector<BookTrade> trades;
    double held = 0.1, cost = 0;
    for (std::size_t r = 0; r < 30; ++r) {
      cost = 0;
      for (int i = 0; i < 3; ++i) {
        const double shares = random.uniform() - 0.5;
        trades.push_back({price.index()[r], kA, shares, shares * rows[r][0]});
        held += shares;
        cost += shares * rows[r][0];
      }
    }
    const auto books = rebuild_books(
        trades, price, {.holdings_shares = {{kA, 0.1}}, .holdings_notional = {{kA, 10.0}}});
    ASSERT_TRUE(books.ok()) << books.error().message;
    EXPECT_EQ(std::bit_cast<std::uint64_t>(cell(*books, 29, "holdings_shares", kA)),
              std::bit_cast<std::uint64_t>(held));
    EXPECT_EQ(cell(*books, 29, "executed_trades_notional", kA), cost);
    EXPECT_EQ(cell(*books, 29, "holdings_shares", kB), 0);
    const BookComparison same = compare_books(*books, *books, 0);
    EXPECT_EQ(same.different, 0U);
    EXPECT_EQ(same.cells, 30U * 2 * 5);
  }
}

TEST(Books, OneWrongCellIsNamedWithBothNumbers) {
  const Panel price = prices({kA, kB}, {{10, 20}, {11, 21}, {12, 22}});
  const std::vector<BookTrade> trades{{price.index()[0], kA, 5, 50},
                                      {price.index()[1], kB, -2, -42}};
  const auto books = rebuild_books(trades, price);
  ASSERT_TRUE(books.ok());
  Panel logged = *books;
  logged.set(1, *logged.find_column({"executed_trades_notional", kB}), -42.5);
  const BookComparison found = compare_books(logged, *books, 1e-9);
  EXPECT_EQ(found.different, 1U);
  ASSERT_TRUE(found.first.has_value());
  EXPECT_EQ(found.first->bar, price.index()[1]);
  EXPECT_EQ(found.first->asset, kB);
  EXPECT_EQ(found.first->field, "executed_trades_notional");
  EXPECT_EQ(found.first->logged, -42.5);
  EXPECT_EQ(found.first->rebuilt, -42);
  EXPECT_EQ(found.largest.at("executed_trades_notional"), 0.5);
  EXPECT_EQ(compare_books(logged, *books, 0.1).different, 0U) << "within the tolerance";
  EXPECT_EQ(compare_books(logged.slice({0, 2}), *books, 1).different, 10U)
      << "a bar that is missing";
}

TEST(Books, ATradeThatNoPriceTakesIsAnError) {
  const Panel price = prices({kA}, {{10}});
  const std::vector<BookTrade> other{{price.index()[0], kB, 5, 50}};
  const auto books = rebuild_books(other, price);
  ASSERT_FALSE(books.ok());
  EXPECT_EQ(books.error().code, ErrorCode::kMissingData);
  EXPECT_EQ(books.error().message,
            "rebuild_books: the trade of 5.0 shares of asset 202 in the bar that ends 2023-08-15 "
            "15:45:00+00:00 has no price there");
  const std::vector<BarFill> negative{{price.index()[0], kA, 1, 0, 10, -1, 0}};
  EXPECT_FALSE(convert_bar_fills_to_portfolio(negative, price).ok());
}

/// Inputs of Test_convert_order_df_to_target_position_df (oms/order/test/test_order_converter.py):
/// ten orders of two assets, five bars, 15:45 to 16:05.
std::vector<ParentOrder> reference_orders() {
  const AssetId eth{1464553467};
  const AssetId doge{1030828978};
  std::vector<ParentOrder> orders;
  const std::vector<std::pair<double, double>> of_eth{
      {0, -0.128214}, {-0.130, 0.107065}, {-0.046, -0.058212}, {-0.094, 0.124464}, {-0.019, 0.019}};
  const std::vector<std::pair<double, double>> of_doge{
      {0, -402.827474}, {-324, 336.926686}, {-123, -1080.730129}, {-771, 1116.99222}, {-102, 102}};
  for (std::size_t i = 0; i < 5; ++i) {
    const Timestamp end = at("15:50:00") + minutes(5) * static_cast<std::int64_t>(i);
    orders.push_back({eth, end, of_eth[i].first, of_eth[i].second});
    orders.push_back({doge, end, of_doge[i].first, of_doge[i].second});
  }
  return orders;
}

Panel reference_prices() {
  return prices({AssetId{1030828978}, AssetId{1464553467}}, {{0.20136, 1838.812},
                                                             {0.20158, 1839.690},
                                                             {0.20162, 1839.936},
                                                             {0.20128, 1839.430},
                                                             {0.20134, 1840.016},
                                                             {0.20110, 1839.615}});
}

TEST(Books, OrdersImplyTheTargetsOfTheBarThatMadeThem) {
  const AssetId eth{1464553467};
  const auto targets =
      convert_orders_to_target_positions(reference_orders(), reference_prices(), minutes(5));
  ASSERT_TRUE(targets.ok()) << targets.error().message;
  ASSERT_EQ(targets->row_count(), 5U) << "one bar before each end; 16:10 decided nothing";
  EXPECT_EQ(targets->index()[0], at("15:45:00"));
  EXPECT_EQ(cell(*targets, 1, "holdings_shares", eth), -0.130);
  EXPECT_EQ(cell(*targets, 1, "target_trades_shares", eth), 0.107065);
  EXPECT_EQ(cell(*targets, 1, "target_holdings_shares", eth), -0.130 + 0.107065);
  EXPECT_EQ(cell(*targets, 1, "price", eth), 1839.690);
  EXPECT_EQ(cell(*targets, 1, "target_trades_notional", eth), 0.107065 * 1839.690);
  EXPECT_EQ(cell(*targets, 4, "target_holdings_shares", AssetId{1030828978}), 0);
}

TEST(Books, ABarWithoutAnOrderHoldsWhatTheNextOrderFound) {
  const AssetId eth{1464553467};
  std::vector<ParentOrder> orders = reference_orders();
  std::erase_if(orders, [](const ParentOrder& order) {
    return order.end == at("15:50:00") || order.end == at("16:00:00");
  });
  const auto targets = convert_orders_to_target_positions(orders, reference_prices(), minutes(5));
  ASSERT_TRUE(targets.ok()) << targets.error().message;
  ASSERT_EQ(targets->row_count(), 4U);
  EXPECT_EQ(targets->index()[0], at("15:50:00"));
  EXPECT_EQ(cell(*targets, 1, "holdings_shares", eth), -0.094) << "of the order that ends 16:05";
  EXPECT_EQ(cell(*targets, 1, "target_trades_shares", eth), 0);
  EXPECT_EQ(cell(*targets, 1, "target_holdings_shares", eth), -0.094);
}

TEST(Books, OrdersThatContradictEachOtherAreAnError) {
  std::vector<ParentOrder> orders = reference_orders();
  orders[1] = orders[0];
  orders[1].curr_num_shares = 5;
  const auto two = convert_orders_to_target_positions(orders, reference_prices(), minutes(5));
  ASSERT_FALSE(two.ok());
  EXPECT_NE(two.error().message.find("say that 0.0 and 5.0 shares were held"), std::string::npos)
      << two.error().message;
  orders[1].end = at("15:51:00");
  EXPECT_FALSE(convert_orders_to_target_positions(orders, reference_prices(), minutes(5)).ok());
}

/// Books of one asset: held 0, 10, 10, 4; price 10, 11, 13, 12; trades at 10.5 and 12.5.
Panel some_books() {
  Panel books({{"holdings_shares", kA},
               {"holdings_notional", kA},
               {"price", kA},
               {"executed_trades_shares", kA},
               {"executed_trades_notional", kA},
               {"pnl", kA},
               {"fees", kA},
               {"funding", kA}});
  const std::vector<std::vector<double>> rows{{0, 0, 10, 0, kNan, kNan, 0, 0},
                                              {10, 110, 11, 10, 105, 5, 1, 0},
                                              {10, 130, 13, 0, 0, 20, 0, 0.25},
                                              {4, 48, 12, -6, -75, -7, 0.5, -0.25}};
  for (std::size_t r = 0; r < rows.size(); ++r) {
    books.append_row(at("15:45:00") + minutes(5) * static_cast<std::int64_t>(r));
    for (std::size_t c = 0; c < rows[r].size(); ++c) {
      books.set(r, c, rows[r][c]);
    }
  }
  return books;
}

// recon_flow.md 10.1 (4), by hand: bar 2 bought 10 at 10.5 with the price at 11: 5 of trading; bar
// 3 held 10 through 11 -> 13: 20; bar 4 held 10 through 13 -> 12: -10, and sold 6 at 12.5: 3.
TEST(PnlIdentity, SplitsPnlIntoHoldingAndTrading) {
  const Panel books = some_books();
  const auto identity = pnl_identity(books);
  ASSERT_TRUE(identity.ok()) << identity.error().message;
  EXPECT_EQ(cell(*identity, 1, "trading_pnl", kA), 5);
  EXPECT_EQ(cell(*identity, 2, "holding_pnl", kA), 20);
  EXPECT_EQ(cell(*identity, 3, "holding_pnl", kA), -10);
  EXPECT_EQ(cell(*identity, 3, "trading_pnl", kA), 3);
  const PnlParts parts = sum_pnl_identity(*identity, books);
  EXPECT_EQ(parts.pnl, 18);
  EXPECT_EQ(parts.pnl, parts.holding + parts.trading + parts.unexplained);
  EXPECT_EQ(parts.fees, 1.5);
  EXPECT_EQ(parts.funding, 0);
  EXPECT_EQ(parts.net, 16.5);
  EXPECT_EQ(parts.largest_residual, 0);
  EXPECT_FALSE(parts.where.has_value());
}

TEST(PnlIdentity, APositionThatNobodyTradedIsUnexplained) {
  Panel books = some_books();
  books.set(2, *books.find_column({"holdings_shares", kA}), 12);
  books.set(2, *books.find_column({"holdings_notional", kA}), 156);
  books.set(2, *books.find_column({"pnl", kA}), 46);
  const auto identity = pnl_identity(books);
  ASSERT_TRUE(identity.ok());
  EXPECT_EQ(cell(*identity, 2, "unexplained_pnl", kA), 26) << "two shares at 13";
  EXPECT_EQ(cell(*identity, 2, "residual", kA), 0);
}

TEST(PnlIdentity, APnlThatTheBooksDoNotGiveIsTheResidual) {
  Panel books = some_books();
  books.set(2, *books.find_column({"pnl", kA}), 21);
  const auto identity = pnl_identity(books);
  ASSERT_TRUE(identity.ok());
  const PnlParts parts = sum_pnl_identity(*identity, books);
  EXPECT_EQ(parts.largest_residual, 1);
  ASSERT_TRUE(parts.where.has_value());
  EXPECT_EQ(parts.when, at("15:55:00"));
  Panel no_price({{"holdings_shares", kA}});
  const auto error = pnl_identity(no_price);
  ASSERT_FALSE(error.ok());
  EXPECT_EQ(error.error().code, ErrorCode::kSchemaMismatch);
}

}  // namespace
}  // namespace tieout::analytics
