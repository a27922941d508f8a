#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "tieout/core/as_of.hpp"
#include "tieout/core/asset.hpp"
#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"
#include "tieout/oms/price_source.hpp"

namespace tieout::oms {

/// One row of the top of the book. A size that is not known is NaN.
struct TopOfBook {
  Timestamp timestamp;  // of the exchange
  Timestamp knowledge;  // when the row could be read
  Timestamp end_download;
  double bid_price = 0.0;
  double ask_price = 0.0;
  double bid_size = 0.0;
  double ask_size = 0.0;
};

/// The quotes of one asset that can be used, and how many cannot.
struct CleanQuotes {
  std::vector<TopOfBook> quotes;  // ascending in time, one for each instant
  std::size_t not_a_price_count = 0;
  std::size_t crossed_count = 0;
  std::size_t duplicate_count = 0;

  /// "2 crossed, 1 not a price"; "" when there were none. Duplicates that the reference takes too
  /// (one) are not mentioned.
  std::string complaint() const;
};

/// Sort out the rows of one asset.
///
/// Rule:  a row whose bid or ask is not finite or not positive is left out; so is one whose bid is
///        above its ask (equal is a locked market, and stays). Of rows with one exchange stamp the
///        one that was known last stays; of those known at once the last in order.
CleanQuotes clean_quotes(std::vector<TopOfBook> rows);

/// Top of the book of assets in a window.
class QuoteSource {
 public:
  virtual ~QuoteSource() = default;

  /// Rows with exchange stamp in (first, last] that are known at as_of, for each of the assets; in
  /// any order, duplicates included.
  virtual Result<std::vector<std::vector<TopOfBook>>> quotes(Timestamp first, Timestamp last,
                                                             std::span<const AssetId> assets,
                                                             const AsOf& as_of) = 0;
};

/// Quotes where there are only bars: at each bar's end the close, less and plus half a spread.
/// Sizes are not known.
class BarQuotes final : public QuoteSource {
 public:
  /// `half_spread_bps` of the close, 0 or more and below 10,000. `prices` must outlive this.
  BarQuotes(PriceSource& prices, double half_spread_bps)
      : prices_(prices), half_spread_bps_(half_spread_bps) {}

  Result<std::vector<std::vector<TopOfBook>>> quotes(Timestamp first, Timestamp last,
                                                     std::span<const AssetId> assets,
                                                     const AsOf& as_of) override;

 private:
  PriceSource& prices_;
  double half_spread_bps_;
};

}  // namespace tieout::oms
