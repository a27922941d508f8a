#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tieout/analytics/books.hpp"
#include "tieout/analytics/execution.hpp"
#include "tieout/core/result.hpp"
#include "tieout/recon/checks.hpp"
#include "tieout/recon/trading_frames.hpp"
#include "tieout/runlog/run_source.hpp"

namespace tieout::recon {

/// What is known from outside the log.
struct BrokerInputs {
  std::optional<std::vector<analytics::Execution>>
      trades;                                          // of the venue; nothing: the log's fills
  std::optional<std::map<AssetId, double>> positions;  // at the venue after the last bar
};

/// A position at the venue that is not the last one of the books.
struct PositionDifference {
  AssetId asset;
  double logged = 0.0, venue = 0.0;
};

/// A run's books built anew, and how they differ from what it logged.
struct BooksRebuild {
  std::string source;      // "the log's fills", "trades of the venue"
  std::size_t trades = 0;  // that went into the books
  double tolerance = 0.0;  // of `books`
  analytics::BookComparison books;
  analytics::BookComparison targets;  // as the orders imply them; not exact: prices of the log
  std::vector<std::string> problems;  // of structure: assets, bars; one sentence each
  std::vector<std::string> notes;     // what was not compared, and why
  std::size_t positions = 0;          // compared
  std::vector<PositionDifference> position_differences;
  analytics::PnlParts pnl;

  bool equal() const noexcept {
    return books.different == 0 && targets.different == 0 && problems.empty() &&
           position_differences.empty();
  }
};

/// Build the books of a run again from its fills, or from the trades of a venue, and compare.
///
/// Rule:    the books open at the first row of the portfolio, and at each row that follows a bar
///          that the log lacks; these rows are taken as they are. The log's own fills are booked
///          at the bar that logged them, one after the other, and must give the logged numbers to
///          the bit. Trades of a venue are added up by order and bar (the first trade of the order,
///          rounded up) and must give them within 1e-9. Every asset of the log is in its universe;
///          assets of the log that the venue did not trade may be at most 30 %, and the log must
///          not have traded them; assets and bars of the venue that the log does not know are
///          problems, but for at most two bars in a row at either end.
///          Orders must imply the logged targets (convert_orders_to_target_positions()), where a
///          bar has orders.
/// Errors:  kIncompleteEvidence when the log has no portfolio, or no fills and no trades are given;
///          those of read_trading_frames() and of the books.
/// Source:  oms.md 5.4.
Result<BooksRebuild> rebuild_run_books(const runlog::RunSource& run, const BrokerInputs& inputs);

/// The outcome as checks C308 and C309 (C309 only when positions were given).
void report_rebuild(const BooksRebuild& rebuild, const std::string& name, CheckReport& out);

/// Trades of a file, with what had to be left out.
struct TradesFile {
  std::vector<analytics::Execution> trades;  // by time, then id
  std::vector<std::string> notes;
};

/// Read trades: CSV with the columns of docs/formats/execution_quality.md, or JSON, a list of trade
/// objects as ccxt has them (also gzipped CSV).
///
/// Rule:    an asset is given by asset_id, or by a symbol ("DOGE/USDT", "DOGE/USDT:USDT",
///          "binance::DOGE_USDT") that exactly one asset of `universe` has. Rows of one (timestamp,
///          id, order) count once, the last one. A fee in another currency than the symbol's quote
///          is not counted, and noted.
/// Errors:  those of read_file(); kSchemaMismatch for a column that is missing, kMalformedData
///          naming file, row and value, kUnknownName for a symbol that the universe does not have.
/// Source:  oms.md 2.9, 4.3.
Result<TradesFile> read_trades_file(const std::filesystem::path& file,
                                    const std::vector<Asset>& universe);

/// Read positions: CSV (asset_id or symbol, position), or JSON, a list of ccxt positions (symbol or
/// asset_id; info.positionAmt, or contracts with side).
/// Errors: as read_trades_file(); kMalformedData for an asset that stands there twice.
Result<std::map<AssetId, double>> read_positions_file(const std::filesystem::path& file,
                                                      const std::vector<Asset>& universe);

/// The fills of a log as trades: cost is price * |shares|; fee and liquidity where the log has
/// them. Errors: kSchemaMismatch naming the column that is missing.
Result<std::vector<analytics::Execution>> trades_of_fills(const Table& fills);

}  // namespace tieout::recon
