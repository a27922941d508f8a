#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tieout/analytics/quote_quality.hpp"
#include "tieout/core/panel.hpp"
#include "tieout/core/result.hpp"
#include "tieout/recon/trading_frames.hpp"

namespace tieout::recon {

/// What was left out of the quotes of one asset.
struct LeftOutQuotes {
  std::size_t not_a_price = 0;  // a side is missing, not finite, or not above 0
  std::size_t crossed = 0;      // bid above ask
  std::size_t repeated = 0;     // another quote of the same instant was known later
};

/// Quotes of a file that can be used.
struct QuotesFile {
  std::vector<analytics::Quote> quotes;
  std::map<AssetId, LeftOutQuotes> left_out;  // of every asset that the file has
  std::vector<std::string> notes;             // what else was left out, and why
};

/// Read top-of-book quotes: CSV, gzipped CSV or Parquet with the columns of
/// docs/formats/execution_quality.md, "Quotes".
///
/// Rule:    rows of another level than 1, without a time, or of an asset that `universe` does not
///          have are left out and noted. Rows that are not prices or are crossed are left out and
///          counted. Of rows of one asset and instant the one that was known last stays, of those
///          known at once the last in the file. The rows may be in any order; that they are not
///          ascending is noted.
/// Errors:  those of the reader; kSchemaMismatch naming the column that is missing or has another
///          type; kMalformedData for a file without any usable quote of the universe.
/// Source:  market_data.md 2.2, 2.3, 8.3.
Result<QuotesFile> read_quotes_file(const std::filesystem::path& file,
                                    const std::vector<Asset>& universe);

/// The orders of all bars as orders placed at their start, without a limit.
/// Errors: kSchemaMismatch naming the column that the table of orders lacks.
Result<std::vector<analytics::PlacedOrder>> placed_orders(const TradingFrames& frames);

/// The mid when each order of the run reached the market, by the bar that executed it, as
/// implementation_shortfall() takes it.
///
/// Rule:    an order of bar b was executed by the next row of the targets. Of several orders of an
///          asset and bar the first counts. No quote: NaN.
/// Errors:  as placed_orders().
Result<Panel> start_prices(const TradingFrames& frames, const analytics::QuoteBook& quotes);

}  // namespace tieout::recon
