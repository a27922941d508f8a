#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "tieout/core/asset.hpp"
#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"
#include "tieout/oms/fill.hpp"

namespace tieout::oms {

/// One row of the portfolio's statistics, dollars but for the ratio `leverage` (oms.md 2.5).
struct Statistics {
  double pnl = 0.0;           // sum of the assets' pnl; NaN when no asset has one
  double gross_volume = 0.0;  // sum of |executed_trades_notional|
  double net_volume = 0.0;    // sum of executed_trades_notional
  double gmv = 0.0;           // sum of |holdings_notional|, assets without a price left out
  double nmv = 0.0;
  double cash = 0.0;
  double net_wealth = 0.0;  // nmv + cash
  double leverage = 0.0;    // gmv / net_wealth
  double fees = 0.0;        // paid to the venue for the fills; < 0 is a rebate
  double funding = 0.0;     // paid for holding the positions; < 0 was received
  double net_pnl = 0.0;     // pnl - fees - funding; NaN when pnl is
};

/// The books at an instant. All vectors are [assets], in the portfolio's order; NaN where a price
/// is missing.
struct Snapshot {
  Timestamp timestamp;
  std::vector<double> holdings_shares;
  std::vector<double> price;
  std::vector<double> holdings_notional;
  std::vector<double>
      executed_trades_shares;  // first snapshot: the initial holdings (as the reference has it)
  std::vector<double> executed_trades_notional;  // first snapshot: NaN, there is none
  std::vector<double> pnl;                       // before costs (gross); first snapshot: NaN
  std::vector<double> fees;
  std::vector<double> funding;
  std::vector<double> net_pnl;  // pnl - fees - funding
  Statistics statistics;
};

/// The books of a strategy: shares, cash, and what they are worth (oms.md 3.13).
class Portfolio {
 public:
  /// `assets` ascend. Errors: kInvalidArgument for initial holdings that are not finite or not of
  /// one of the assets.
  static Result<Portfolio> create(std::vector<AssetId> assets,
                                  const std::map<AssetId, double>& initial_holdings,
                                  double initial_cash);

  const std::vector<AssetId>& assets() const noexcept { return assets_; }
  const std::vector<double>& holdings_shares() const noexcept { return holdings_; }
  double cash() const noexcept { return cash_; }
  const std::optional<Snapshot>& last() const noexcept { return last_; }

  /// Book the fills in their order, then value everything at `prices` [assets] (NaN: not known).
  ///
  /// Units:   `funding` [assets], dollars that the holdings before the fills cost since the last
  ///          snapshot; empty is none.
  /// Rule:    the holdings of an asset are its previous ones plus each fill in turn, so that
  ///          replaying the fills gives the same bits; cash falls by the sum over assets of
  ///          shares * price, by the fees and by the funding. The books are checked by
  ///          check_books().
  /// Errors:  kInvalidArgument when `now` is not after the last snapshot, or for a fill that
  ///          cannot be booked: of another asset; without shares, a price or a finite fee; stamped
  ///          outside (last snapshot, now], or before there is one; whose id is not above that of
  ///          every fill before it, so that none is booked twice. kIdentityBroken. On an error the
  ///          books are as before.
  Result<Snapshot> mark(Timestamp now, std::span<const Fill> fills, std::span<const double> prices,
                        std::span<const double> funding = {});

 private:
  Status check_fills(Timestamp now, std::span<const Fill> fills) const;

  std::vector<AssetId> assets_;
  std::vector<double> holdings_;
  double cash_ = 0.0;
  std::optional<Snapshot> last_;
  std::optional<std::int64_t> last_fill_id_;
};

/// Recompute the identities of the books from the two snapshots and the fills between them.
///
/// Rule:    holdings change by the fills, to the bit; cash changes by -net_volume - fees - funding,
///          net_volume and fees are the sums over the fills, net_wealth is nmv + cash, and nmv and
///          gmv are the sums of shares * price; where every asset has a price before and after,
///          net_wealth changes by pnl - fees - funding, which is net_pnl. All within 1e-9 of the
///          larger of the amounts involved. Every fill lies in (before, after].
/// Errors:  kIdentityBroken naming the identity, the asset and both numbers.
Status check_books(std::span<const AssetId> assets, const Snapshot& before, const Snapshot& after,
                   std::span<const Fill> fills);

}  // namespace tieout::oms
