#include "tieout/oms/portfolio.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/assert.hpp"
#include "tieout/core/numbers.hpp"

namespace tieout::oms {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
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

Result<Snapshot> Portfolio::mark(Timestamp now, std::span<const Fill> fills,
                                 std::span<const double> prices) {
  TIEOUT_ASSERT(prices.size() == assets_.size());
  if (last_ && now <= last_->timestamp) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("portfolio: marked at {}, needed an instant after {}", to_iso(now),
                             to_iso(last_->timestamp))};
  }
  const std::size_t n = assets_.size();
  Snapshot snapshot;
  snapshot.timestamp = now;
  snapshot.holdings_shares = holdings_;
  snapshot.executed_trades_notional.assign(n, 0.0);
  for (const Fill& fill : fills) {
    const auto index = index_of(assets_, fill.asset_id);
    if (!index) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("portfolio: fill {} is of asset {}, which is not in the universe",
                               fill.fill_id, fill.asset_id.value)};
    }
    snapshot.holdings_shares[*index] += fill.num_shares;
    snapshot.executed_trades_notional[*index] += fill.num_shares * fill.price;
  }
  snapshot.price.assign(prices.begin(), prices.end());
  snapshot.holdings_notional.resize(n);
  snapshot.executed_trades_shares.resize(n);
  snapshot.pnl.assign(n, kNan);
  for (std::size_t i = 0; i < n; ++i) {
    snapshot.holdings_notional[i] = snapshot.holdings_shares[i] * prices[i];
    snapshot.executed_trades_shares[i] =
        snapshot.holdings_shares[i] - (last_ ? last_->holdings_shares[i] : 0.0);
    if (last_) {
      snapshot.pnl[i] = snapshot.holdings_notional[i] - last_->holdings_notional[i] -
                        snapshot.executed_trades_notional[i];
    }
  }
  Statistics& statistics = snapshot.statistics;
  statistics.pnl = has_number(snapshot.pnl) ? sum(snapshot.pnl) : kNan;
  statistics.gross_volume = absolute_sum(snapshot.executed_trades_notional);
  statistics.net_volume = sum(snapshot.executed_trades_notional);
  statistics.gmv = absolute_sum(snapshot.holdings_notional);
  statistics.nmv = sum(snapshot.holdings_notional);
  statistics.cash = cash_ - statistics.net_volume;
  statistics.net_wealth = statistics.nmv + statistics.cash;
  statistics.leverage = statistics.gmv / statistics.net_wealth;
  if (last_) {
    TIEOUT_CHECK(check_books(assets_, *last_, snapshot, fills));
  } else {
    TIEOUT_ASSERT(fills.empty());  // No order can be older than the first snapshot.
    std::fill(snapshot.executed_trades_notional.begin(), snapshot.executed_trades_notional.end(),
              kNan);
  }
  holdings_ = snapshot.holdings_shares;
  cash_ = statistics.cash;
  last_ = snapshot;
  return snapshot;
}

Status check_books(std::span<const AssetId> assets, const Snapshot& before, const Snapshot& after,
                   std::span<const Fill> fills) {
  std::vector<double> holdings = before.holdings_shares;
  double paid = 0.0;
  double volume = 0.0;
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
  if (!near(change, -books.net_volume, cash_magnitude)) {
    return broken("the change of cash", change, -books.net_volume);
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
  return {};
}

}  // namespace tieout::oms
