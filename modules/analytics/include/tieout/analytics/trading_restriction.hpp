#pragma once

namespace tieout::analytics {

/// What a desk or a venue forbids for one asset (the flags of oms.md 2.8).
struct TradingRestriction {
  bool is_restricted = false;      // any trade, when none of the four below is set; else a summary
  bool is_buy_restricted = false;  // buying while flat or long
  bool is_buy_cover_restricted = false;   // buying while short
  bool is_sell_short_restricted = false;  // selling while flat or short
  bool is_sell_long_restricted = false;   // selling while long
};

/// What is left to do in one asset.
struct TradePermission {
  bool may_buy = true;
  bool may_sell = true;

  friend bool operator==(const TradePermission&, const TradePermission&) = default;
};

/// What a restriction leaves, given the holdings (shares or dollars: their sign counts).
///
/// Rule:    the sign of the holdings before the trade decides, also for a trade that crosses zero.
/// Source:  oms.md 3.3 and 3.6.
constexpr TradePermission permission_of(const TradingRestriction& restriction,
                                        double holdings) noexcept {
  const bool names_a_side = restriction.is_buy_restricted || restriction.is_buy_cover_restricted ||
                            restriction.is_sell_short_restricted ||
                            restriction.is_sell_long_restricted;
  if (!names_a_side) {
    return {.may_buy = !restriction.is_restricted, .may_sell = !restriction.is_restricted};
  }
  return {.may_buy = !(holdings >= 0.0 ? restriction.is_buy_restricted
                                       : restriction.is_buy_cover_restricted),
          .may_sell = !(holdings > 0.0 ? restriction.is_sell_long_restricted
                                       : restriction.is_sell_short_restricted)};
}

}  // namespace tieout::analytics
