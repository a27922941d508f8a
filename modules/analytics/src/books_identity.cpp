#include <algorithm>
#include <cmath>
#include <vector>

#include "tieout/analytics/books.hpp"

#include "field_columns.hpp"

namespace tieout::analytics {
namespace {

/// shares * amount, where nothing of something unknown is nothing.
double product(double shares, double amount) noexcept {
  return shares == 0 ? 0.0 : shares * amount;
}

/// What the numbers of a cell are made of: the largest of the amounts that were added.
double magnitude_of(const Panel& books, const std::string& field, AssetId asset, std::size_t row) {
  const auto at = [&](std::string_view name, std::size_t r) {
    const auto column = books.find_column({std::string(name), asset});
    const double value = column ? std::fabs(books.at(r, *column)) : 0.0;
    return std::isnan(value) ? 0.0 : value;
  };
  const bool shares = field.ends_with("_shares");
  const std::string_view held = shares ? "holdings_shares" : "holdings_notional";
  const std::string_view traded = shares ? "executed_trades_shares" : "executed_trades_notional";
  double largest = std::max(at(held, row), at(traded, row));
  return row == 0 ? largest : std::max(largest, at(held, row - 1));
}

}  // namespace

BookComparison compare_books(const Panel& logged, const Panel& rebuilt, double tolerance) {
  BookComparison out;
  std::vector<std::string> fields;
  for (const ColumnKey& key : rebuilt.columns()) {
    if (std::ranges::find(fields, key.field) == fields.end() &&
        !logged.columns_of(key.field).empty()) {
      fields.push_back(key.field);
    }
  }
  for (std::size_t r = 0; r < rebuilt.row_count(); ++r) {
    const auto row = logged.find_row(rebuilt.index()[r]);
    for (const AssetId asset : assets_of(rebuilt)) {
      for (const std::string& field : fields) {
        const auto from = logged.find_column({field, asset});
        const double a = row && from ? logged.at(*row, *from) : kNaN;
        const double b = rebuilt.at(r, *rebuilt.find_column({field, asset}));
        ++out.cells;
        const double gap = std::fabs(a - b);
        if (!std::isnan(gap)) {
          out.largest[field] = std::max(out.largest[field], gap);
        }
        const double allowed = tolerance * std::max({std::fabs(a), std::fabs(b),
                                                     magnitude_of(rebuilt, field, asset, r)});
        if (a == b || (std::isnan(a) && std::isnan(b)) || gap <= allowed) {
          continue;
        }
        ++out.different;
        if (!out.first) {
          out.first = BookDifference{rebuilt.index()[r], asset, field, a, b};
        }
      }
    }
  }
  return out;
}

Result<Panel> pnl_identity(const Panel& portfolio) {
  const std::vector<AssetId> assets = assets_of(portfolio);
  TIEOUT_CHECK(need_fields("pnl_identity", "portfolio's columns", portfolio,
                           {"holdings_shares", "holdings_notional", "price",
                            "executed_trades_shares", "executed_trades_notional", "pnl"},
                           assets));
  Panel out = make_panel({"pnl", "holding_pnl", "trading_pnl", "unexplained_pnl", "fees", "funding",
                          "net_pnl", "residual"},
                         assets, portfolio.index());
  for (const AssetId asset : assets) {
    const auto held = column_of(portfolio, "holdings_shares", asset);
    const auto price = column_of(portfolio, "price", asset);
    const auto executed = column_of(portfolio, "executed_trades_shares", asset);
    const auto paid = column_of(portfolio, "executed_trades_notional", asset);
    const auto pnl = column_of(portfolio, "pnl", asset);
    const auto fees = portfolio.find_column({"fees", asset});
    const auto funding = portfolio.find_column({"funding", asset});
    const auto set = [&](std::string_view field, std::size_t r, double value) {
      column_of(out, field, asset)[r] = value;
    };
    for (std::size_t r = 0; r < held.size(); ++r) {
      const double fee = fees ? portfolio.at(r, *fees) : 0.0;
      const double fund = funding ? portfolio.at(r, *funding) : 0.0;
      set("pnl", r, pnl[r]);
      set("fees", r, fee);
      set("funding", r, fund);
      set("net_pnl", r, pnl[r] - fee - fund);
      if (r == 0) {
        continue;
      }
      const double holding = product(held[r - 1], price[r] - price[r - 1]);
      const double trading = product(executed[r], price[r]) - paid[r];
      const double unexplained = product(held[r] - held[r - 1] - executed[r], price[r]);
      set("holding_pnl", r, holding);
      set("trading_pnl", r, trading);
      set("unexplained_pnl", r, unexplained);
      set("residual", r, pnl[r] - holding - trading - unexplained);
    }
  }
  return out;
}

PnlParts sum_pnl_identity(const Panel& identity, const Panel& portfolio) {
  PnlParts parts;
  const auto add = [](double& sum, double value) { sum += std::isnan(value) ? 0.0 : value; };
  for (const AssetId asset : assets_of(identity)) {
    const auto residual = column_of(identity, "residual", asset);
    for (std::size_t r = 0; r < identity.row_count(); ++r) {
      add(parts.pnl, column_of(identity, "pnl", asset)[r]);
      add(parts.holding, column_of(identity, "holding_pnl", asset)[r]);
      add(parts.trading, column_of(identity, "trading_pnl", asset)[r]);
      add(parts.unexplained, column_of(identity, "unexplained_pnl", asset)[r]);
      add(parts.fees, column_of(identity, "fees", asset)[r]);
      add(parts.funding, column_of(identity, "funding", asset)[r]);
      add(parts.net, column_of(identity, "net_pnl", asset)[r]);
      const double gap = std::fabs(residual[r]);
      if (std::isnan(gap)) {
        continue;
      }
      parts.largest_residual = std::max(parts.largest_residual, gap);
      const double relative =
          gap == 0 ? 0.0 : gap / std::max(1e-300, magnitude_of(portfolio, "pnl", asset, r));
      if (relative > parts.largest_relative) {
        parts.largest_relative = relative;
        parts.where = ColumnKey{"pnl", asset};
        parts.when = identity.index()[r];
      }
    }
  }
  return parts;
}

}  // namespace tieout::analytics
