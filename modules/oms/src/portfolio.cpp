#include "tieout/oms/portfolio.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/assert.hpp"
#include "tieout/core/nan.hpp"
#include "tieout/core/numbers.hpp"

namespace tieout::oms {
namespace {

constexpr double kRelativeTolerance = 1e-9;

std::optional<std::size_t> index_of(std::span<const AssetId> assets, AssetId asset) {
  const auto found = std::lower_bound(assets.begin(), assets.end(), asset);
  if (found == assets.end() || *found != asset) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(found - assets.begin());
}

// All sums run over the assets in their order and leave out what is not a number.
double sum(const std::vector<double>& values) noexcept {
  double total = 0.0;
  for (const double value : values) {
    total += std::isnan(value) ? 0.0 : value;
  }
  return total;
}

double absolute_sum(const std::vector<double>& values) noexcept {
  double total = 0.0;
  for (const double value : values) {
    total += std::isnan(value) ? 0.0 : std::abs(value);
  }
  return total;
}

bool has_number(const std::vector<double>& values) noexcept {
  return std::any_of(values.begin(), values.end(), [](double value) { return !std::isnan(value); });
}

bool near(double left, double right, double magnitude) noexcept {
  return std::abs(left - right) <=
         kRelativeTolerance * std::max({1.0, std::abs(left), std::abs(right), magnitude});
}

Error broken(std::string_view identity, double found, double needed) {
  return {ErrorCode::kIdentityBroken, fmt::format("books: {} is {}, needed {}", identity,
                                                  format_double(found), format_double(needed))};
}

}  // namespace

Result<Portfolio> Portfolio::create(std::vector<AssetId> assets,
                                    const std::map<AssetId, double>& initial_holdings,
                                    double initial_cash) {
  TIEOUT_ASSERT(std::is_sorted(assets.begin(), assets.end()));
  if (!std::isfinite(initial_cash)) {
    return Error{ErrorCode::kInvalidArgument, "portfolio: the initial cash is not finite"};
  }
  Portfolio portfolio;
  portfolio.assets_ = std::move(assets);
  portfolio.holdings_.assign(portfolio.assets_.size(), 0.0);
  portfolio.cash_ = initial_cash;
  for (const auto& holding : initial_holdings) {
    const auto index = index_of(portfolio.assets_, holding.first);
    if (!index || !std::isfinite(holding.second)) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("portfolio: initial holding {} of asset {}: needed a finite number "
                               "of an asset of the universe",
                               format_double(holding.second), holding.first.value)};
    }
    portfolio.holdings_[*index] = holding.second;
  }
  return portfolio;
}

Status Portfolio::check_fills(Timestamp now, std::span<const Fill> fills) const {
  std::optional<std::int64_t> last_id = last_fill_id_;
  for (const Fill& fill : fills) {
    const auto refuse = [&fill](std::string_view found) {
      return Error{ErrorCode::kInvalidArgument, fmt::format("portfolio: fill {} of order {} is {}",
                                                            fill.fill_id, fill.order_id, found)};
    };
    if (!index_of(assets_, fill.asset_id)) {
      return refuse(fmt::format("of asset {}, which is not in the universe", fill.asset_id.value));
    }
    if (!std::isfinite(fill.num_shares) || fill.num_shares == 0.0 || !std::isfinite(fill.price) ||
        fill.price <= 0.0 || !std::isfinite(fill.fee)) {
      return refuse(fmt::format(
          "of {} shares at {} for a fee of {}, needed finite numbers, shares "
          "other than 0 and a price above 0",
          format_double(fill.num_shares), format_double(fill.price), format_double(fill.fee)));
    }
    if (!last_) {
      return refuse("older than the books, which are marked for the first time");
    }
    if (fill.timestamp <= last_->timestamp || fill.timestamp > now) {
      return refuse(
          fmt::format("stamped {}, needed an instant after the last snapshot at {} and "
                      "not after {}",
                      to_iso(fill.timestamp), to_iso(last_->timestamp), to_iso(now)));
    }
    if (last_id && fill.fill_id <= *last_id) {
      return refuse(fmt::format("booked already or out of order, needed an id above {}", *last_id));
    }
    last_id = fill.fill_id;
  }
  return {};
}

Result<Snapshot> Portfolio::mark(Timestamp now, std::span<const Fill> fills,
                                 std::span<const double> prices, std::span<const double> funding) {
  TIEOUT_ASSERT(prices.size() == assets_.size());
  TIEOUT_ASSERT(funding.empty() || funding.size() == assets_.size());
  if (last_ && now <= last_->timestamp) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("portfolio: marked at {}, needed an instant after {}", to_iso(now),
                             to_iso(last_->timestamp))};
  }
  TIEOUT_CHECK(check_fills(now, fills));
  const std::size_t n = assets_.size();
  Snapshot snapshot;
  snapshot.timestamp = now;
  snapshot.holdings_shares = holdings_;
  snapshot.executed_trades_notional.assign(n, 0.0);
  snapshot.fees.assign(n, 0.0);
  snapshot.funding.assign(n, 0.0);
  std::copy(funding.begin(), funding.end(), snapshot.funding.begin());
  for (const Fill& fill : fills) {
    const std::size_t index = *index_of(assets_, fill.asset_id);
    snapshot.holdings_shares[index] += fill.num_shares;
    snapshot.executed_trades_notional[index] += fill.num_shares * fill.price;
    snapshot.fees[index] += fill.fee;
  }
  snapshot.price.assign(prices.begin(), prices.end());
  snapshot.holdings_notional.resize(n);
  snapshot.executed_trades_shares.resize(n);
  snapshot.pnl.assign(n, kNaN);
  snapshot.net_pnl.assign(n, kNaN);
  for (std::size_t i = 0; i < n; ++i) {
    snapshot.holdings_notional[i] = snapshot.holdings_shares[i] * prices[i];
    snapshot.executed_trades_shares[i] =
        snapshot.holdings_shares[i] - (last_ ? last_->holdings_shares[i] : 0.0);
    if (last_) {
      snapshot.pnl[i] = snapshot.holdings_notional[i] - last_->holdings_notional[i] -
                        snapshot.executed_trades_notional[i];
      snapshot.net_pnl[i] = snapshot.pnl[i] - snapshot.fees[i] - snapshot.funding[i];
    }
  }
  Statistics& statistics = snapshot.statistics;
  statistics.pnl = has_number(snapshot.pnl) ? sum(snapshot.pnl) : kNaN;
  statistics.gross_volume = absolute_sum(snapshot.executed_trades_notional);
  statistics.net_volume = sum(snapshot.executed_trades_notional);
  statistics.gmv = absolute_sum(snapshot.holdings_notional);
  statistics.nmv = sum(snapshot.holdings_notional);
  statistics.fees = sum(snapshot.fees);
  statistics.funding = sum(snapshot.funding);
  statistics.net_pnl = statistics.pnl - statistics.fees - statistics.funding;
  statistics.cash = cash_ - statistics.net_volume - statistics.fees - statistics.funding;
  statistics.net_wealth = statistics.nmv + statistics.cash;
  statistics.leverage = statistics.gmv / statistics.net_wealth;
  if (last_) {
    TIEOUT_CHECK(check_books(assets_, *last_, snapshot, fills));
  } else {
    std::fill(snapshot.executed_trades_notional.begin(), snapshot.executed_trades_notional.end(),
              kNaN);
  }
  holdings_ = snapshot.holdings_shares;
  cash_ = statistics.cash;
  last_ = snapshot;
  if (!fills.empty()) {
    last_fill_id_ = fills.back().fill_id;
  }
  return snapshot;
}

Status check_books(std::span<const AssetId> assets, const Snapshot& before, const Snapshot& after,
                   std::span<const Fill> fills) {
  std::vector<double> holdings = before.holdings_shares;
  double paid = 0.0;
  double volume = 0.0;
  double fees = 0.0;
  double fee_volume = 0.0;
  for (const Fill& fill : fills) {
    if (fill.timestamp <= before.timestamp || fill.timestamp > after.timestamp) {
      return Error{
          ErrorCode::kIdentityBroken,
          fmt::format("books: fill {} is stamped {}, needed an instant in ({}, {}]", fill.fill_id,
                      to_iso(fill.timestamp), to_iso(before.timestamp), to_iso(after.timestamp))};
    }
    const auto index = index_of(assets, fill.asset_id);
    if (!index) {
      return Error{ErrorCode::kIdentityBroken,
                   fmt::format("books: fill {} is of asset {}, which the books do not hold",
                               fill.fill_id, fill.asset_id.value)};
    }
    holdings[*index] += fill.num_shares;
    paid += fill.num_shares * fill.price;
    volume += std::abs(fill.num_shares * fill.price);
    fees += fill.fee;
    fee_volume += std::abs(fill.fee);
  }
  double nmv = 0.0;
  double gmv = 0.0;
  for (std::size_t i = 0; i < assets.size(); ++i) {
    if (std::bit_cast<std::uint64_t>(holdings[i]) !=
        std::bit_cast<std::uint64_t>(after.holdings_shares[i])) {
      return broken(fmt::format("holdings_shares of asset {}", assets[i].value),
                    after.holdings_shares[i], holdings[i]);
    }
    const double value = holdings[i] * after.price[i];
    nmv += std::isnan(value) ? 0.0 : value;
    gmv += std::isnan(value) ? 0.0 : std::abs(value);
  }
  const Statistics& books = after.statistics;
  const double change = books.cash - before.statistics.cash;
  const double cash_magnitude =
      std::max({volume, std::abs(books.cash), std::abs(before.statistics.cash)});
  const double outflow = books.net_volume + books.fees + books.funding;
  if (!near(change, -outflow, cash_magnitude)) {
    return broken("the change of cash", change, -outflow);
  }
  if (!near(books.fees, fees, fee_volume)) {
    return broken("fees", books.fees, fees);
  }
  if (!near(books.net_volume, paid, volume)) {
    return broken("net_volume", books.net_volume, paid);
  }
  if (!near(books.nmv, nmv, gmv)) {
    return broken("nmv", books.nmv, nmv);
  }
  if (!near(books.gmv, gmv, gmv)) {
    return broken("gmv", books.gmv, gmv);
  }
  if (!near(books.net_wealth, nmv + books.cash, std::max(gmv, std::abs(books.cash)))) {
    return broken("net_wealth", books.net_wealth, nmv + books.cash);
  }
  // An asset without a price at one end has no pnl, and its worth enters or leaves the wealth.
  const bool all_priced = std::none_of(after.pnl.begin(), after.pnl.end(),
                                       [](double value) { return std::isnan(value); });
  const double gain = books.net_wealth - before.statistics.net_wealth;
  const double gain_magnitude = std::max({gmv, before.statistics.gmv, volume, cash_magnitude});
  if (all_priced && !after.pnl.empty() && !near(gain, books.net_pnl, gain_magnitude)) {
    return broken("the change of net_wealth", gain, books.net_pnl);
  }
  return {};
}

}  // namespace tieout::oms
