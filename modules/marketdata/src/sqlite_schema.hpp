#pragma once

#include <cstdint>

// The SQL of the store, in one place; docs/formats/market_data_store.md explains it. INDEXED BY
// makes a query that would not use its index an error instead of a slow success.
namespace tieout::marketdata::sql {

inline constexpr std::int64_t kApplicationId = 0x54494F44;  // "TIOD"
inline constexpr std::int64_t kSchemaVersion = 1;

// Times are whole nanoseconds since the epoch, but `timestamp`, which is the reference's: bar open
// in milliseconds. Price columns have no declared type, so that SQLite never turns 100.0 or -0.0
// into an integer.
inline constexpr const char* kCreate = R"sql(
CREATE TABLE ccxt_ohlcv_futures (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  timestamp INTEGER NOT NULL,
  open, high, low, close, volume,
  currency_pair TEXT NOT NULL,
  exchange_id TEXT NOT NULL,
  end_download_timestamp INTEGER NOT NULL,
  knowledge_timestamp INTEGER NOT NULL,
  asset_id INTEGER NOT NULL,
  bar_end INTEGER NOT NULL,
  bar_period INTEGER NOT NULL
);
CREATE INDEX ccxt_ohlcv_futures_as_of ON ccxt_ohlcv_futures (asset_id, bar_end, knowledge_timestamp);
CREATE INDEX ccxt_ohlcv_futures_known ON ccxt_ohlcv_futures (knowledge_timestamp);
CREATE VIEW ccxt_ohlcv_futures_text AS
  SELECT id, timestamp, open, high, low, close, volume, currency_pair, exchange_id,
    strftime('%Y-%m-%d %H:%M:%S', end_download_timestamp / 1000000000, 'unixepoch')
      || printf('.%09d+00:00', end_download_timestamp % 1000000000) AS end_download_timestamp,
    strftime('%Y-%m-%d %H:%M:%S', knowledge_timestamp / 1000000000, 'unixepoch')
      || printf('.%09d+00:00', knowledge_timestamp % 1000000000) AS knowledge_timestamp,
    asset_id,
    strftime('%Y-%m-%d %H:%M:%S+00:00', bar_end / 1000000000, 'unixepoch') AS bar_end
  FROM ccxt_ohlcv_futures;
)sql";

#define TIEOUT_BAR_COLUMNS                                                             \
  "n.id, n.asset_id, n.exchange_id, n.currency_pair, n.bar_end, n.bar_period, n.open," \
  " n.high, n.low, n.close, n.volume, n.end_download_timestamp, n.knowledge_timestamp"

inline constexpr const char* kInsert =
    "INSERT INTO ccxt_ohlcv_futures (timestamp, open, high, low, close, volume, currency_pair,"
    " exchange_id, end_download_timestamp, knowledge_timestamp, asset_id, bar_end, bar_period)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";

/// 1 asset, 2 bar end.
inline constexpr const char* kNewest =
    "SELECT open, high, low, close, volume FROM ccxt_ohlcv_futures"
    " INDEXED BY ccxt_ohlcv_futures_as_of WHERE asset_id = ?1 AND bar_end = ?2"
    " ORDER BY knowledge_timestamp DESC, id DESC LIMIT 1";

/// 1 asset, 2 and 3 window, 4 and 5 as-of.
inline constexpr const char* kWindow =
    "SELECT " TIEOUT_BAR_COLUMNS
    " FROM ccxt_ohlcv_futures n INDEXED BY ccxt_ohlcv_futures_as_of"
    " WHERE n.asset_id = ?1 AND n.bar_end > ?2 AND n.bar_end <= ?3"
    " AND n.knowledge_timestamp <= ?4 AND n.id <= ?5"
    " ORDER BY n.bar_end, n.knowledge_timestamp, n.id";

/// 1 asset, 2 bar end, 3 and 4 as-of.
inline constexpr const char* kReady =
    "SELECT bar_end, knowledge_timestamp, id FROM ccxt_ohlcv_futures"
    " INDEXED BY ccxt_ohlcv_futures_as_of"
    " WHERE asset_id = ?1 AND bar_end >= ?2 AND knowledge_timestamp <= ?3 AND id <= ?4"
    " ORDER BY bar_end LIMIT 1";

// No other visible version of the bar beats this one. 3 and 4 as-of.
#define TIEOUT_IS_WINNER                                                                \
  " AND NOT EXISTS (SELECT 1 FROM ccxt_ohlcv_futures v"                                 \
  " INDEXED BY ccxt_ohlcv_futures_as_of"                                                \
  " WHERE v.asset_id = n.asset_id AND v.bar_end = n.bar_end"                            \
  " AND v.knowledge_timestamp >= n.knowledge_timestamp AND v.knowledge_timestamp <= ?3" \
  " AND v.id <= ?4 AND (v.knowledge_timestamp > n.knowledge_timestamp OR v.id > n.id))"

/// Rows that became visible because more is known: 1 and 2 window, 3 and 4 as-of, 5 knowledge of
/// `since`.
inline constexpr const char* kChangesKnown =
    "SELECT " TIEOUT_BAR_COLUMNS
    " FROM ccxt_ohlcv_futures n INDEXED BY ccxt_ohlcv_futures_known"
    " WHERE n.knowledge_timestamp > ?5 AND n.knowledge_timestamp <= ?3 AND n.id <= ?4"
    " AND n.bar_end > ?1 AND n.bar_end <= ?2" TIEOUT_IS_WINNER;

/// Rows that were known in time but committed later: as above, 6 max_seq of `since`.
inline constexpr const char* kChangesCommitted =
    "SELECT " TIEOUT_BAR_COLUMNS
    " FROM ccxt_ohlcv_futures n NOT INDEXED"
    " WHERE n.id > ?6 AND n.id <= ?4 AND n.knowledge_timestamp <= ?5"
    " AND n.knowledge_timestamp <= ?3 AND n.bar_end > ?1 AND n.bar_end <= ?2" TIEOUT_IS_WINNER;

inline constexpr const char* kMaxSeq = "SELECT coalesce(max(id), 0) FROM ccxt_ohlcv_futures";

/// SQLite takes exchange and pair from the row that has the maximum.
inline constexpr const char* kAssets =
    "SELECT asset_id, exchange_id, currency_pair, max(id) FROM ccxt_ohlcv_futures"
    " GROUP BY asset_id ORDER BY asset_id";

#undef TIEOUT_BAR_COLUMNS
#undef TIEOUT_IS_WINNER

}  // namespace tieout::marketdata::sql
