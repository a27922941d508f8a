#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

#include "tieout/marketdata/stores.hpp"

#include "bar_order.hpp"
#include "sqlite_database.hpp"
#include "sqlite_schema.hpp"

namespace tieout::marketdata {
namespace {

constexpr std::int64_t kNanosPerMilli = 1'000'000;

/// "binance::BTC_USDT" as (exchange, pair). A symbol of another form is a pair without an exchange,
/// so that every text comes back as it was.
std::pair<std::string_view, std::string_view> split_symbol(std::string_view symbol) {
  const std::size_t colons = symbol.find("::");
  if (colons == std::string_view::npos || colons == 0) {
    return {std::string_view(""), symbol};
  }
  return {symbol.substr(0, colons), symbol.substr(colons + 2)};
}

std::string join_symbol(std::string_view exchange, std::string_view pair) {
  return exchange.empty() ? std::string(pair) : fmt::format("{}::{}", exchange, pair);
}

BarVersion read_row(const SqliteStatement& row) {
  BarVersion bar;
  bar.seq = row.column_int(0);
  bar.asset = AssetId{row.column_int(1)};
  bar.full_symbol = join_symbol(row.column_text(2), row.column_text(3));
  bar.end = Timestamp{row.column_int(4)};
  bar.start = bar.end - nanoseconds(row.column_int(5));
  bar.open = row.column_double(6);
  bar.high = row.column_double(7);
  bar.low = row.column_double(8);
  bar.close = row.column_double(9);
  bar.volume = row.column_double(10);
  bar.end_download = Timestamp{row.column_int(11)};
  bar.knowledge = Timestamp{row.column_int(12)};
  return bar;
}

class SqliteStore final : public BarStore {
 public:
  SqliteStore(SqliteDatabase database, OpenMode mode)
      : database_(std::move(database)), mode_(mode) {}

  Status prepare();

  Result<std::vector<BarVersion>> read(const BarWindow& window, std::span<const AssetId> assets,
                                       const AsOf& as_of) override;
  Result<std::vector<BarVersion>> read_changes(const BarWindow& window,
                                               std::span<const AssetId> assets, const AsOf& since,
                                               const AsOf& as_of) override;
  Result<std::vector<BarVersion>> read_all_versions(const BarWindow& window,
                                                    std::span<const AssetId> assets) override;
  Result<Readiness> readiness(Timestamp bar_end, std::span<const AssetId> expected,
                              const AsOf& as_of) override;
  Result<std::int64_t> max_seq() override;
  Result<std::vector<Asset>> assets() override;
  Result<std::size_t> append(std::span<const BarVersion> versions) override;

 private:
  /// A row that proved an asset ready. Rows are never removed, so it goes on proving it.
  struct Witness {
    Timestamp end;
    Timestamp knowledge;
    std::int64_t seq = 0;
  };
  enum class Versions { kWinners, kAll };

  Result<std::vector<BarVersion>> read_window(const BarWindow& window,
                                              std::span<const AssetId> assets, const AsOf& as_of,
                                              Versions versions);
  Status add_changes(SqliteStatement& query, std::span<const AssetId> ids,
                     std::vector<BarVersion>& changed);
  Result<bool> find_witness(Timestamp bar_end, AssetId id, const AsOf& as_of);
  Result<bool> is_repetition(const BarVersion& version);
  Status insert(const BarVersion& version);

  SqliteDatabase database_;  // Before the statements: they must be gone when it closes.
  OpenMode mode_;
  SqliteStatement insert_, newest_, window_, ready_, changes_known_, changes_committed_, max_seq_,
      assets_;
  std::map<AssetId, Witness> witnesses_;
};

Status SqliteStore::prepare() {
  const std::pair<SqliteStatement*, const char*> statements[] = {
      {&newest_, sql::kNewest},
      {&window_, sql::kWindow},
      {&ready_, sql::kReady},
      {&changes_known_, sql::kChangesKnown},
      {&changes_committed_, sql::kChangesCommitted},
      {&max_seq_, sql::kMaxSeq},
      {&assets_, sql::kAssets},
      {&insert_, sql::kInsert},
  };
  for (const auto& entry : statements) {
    auto prepared = database_.prepare(entry.second);
    if (!prepared.ok()) {
      Error error = std::move(prepared).error();
      if (error.code == ErrorCode::kStoreFailed) {
        error.code = ErrorCode::kSchemaMismatch;  // "no such column", "no such index".
      }
      return error;
    }
    *entry.first = std::move(prepared).value();
  }
  return {};
}

Result<std::vector<BarVersion>> SqliteStore::read(const BarWindow& window,
                                                  std::span<const AssetId> assets,
                                                  const AsOf& as_of) {
  return read_window(window, assets, as_of, Versions::kWinners);
}

Result<std::vector<BarVersion>> SqliteStore::read_all_versions(const BarWindow& window,
                                                               std::span<const AssetId> assets) {
  const AsOf everything{Timestamp{std::numeric_limits<std::int64_t>::max()}};
  return read_window(window, assets, everything, Versions::kAll);
}

Result<std::vector<BarVersion>> SqliteStore::read_window(const BarWindow& window,
                                                         std::span<const AssetId> assets,
                                                         const AsOf& as_of, Versions versions) {
  std::vector<BarVersion> bars;
  TIEOUT_TRY(SqliteTransaction transaction,
             SqliteTransaction::begin(database_, SqliteTransaction::Kind::kRead));
  for (const AssetId id : sorted_unique(assets)) {
    const std::size_t first_of_asset = bars.size();
    window_.reset();
    window_.bind(1, id.value);
    window_.bind(2, window.first.ns);
    window_.bind(3, window.last.ns);
    window_.bind(4, as_of.knowledge.ns);
    window_.bind(5, as_of.max_seq);
    int code = window_.step();
    for (; code == SQLITE_ROW; code = window_.step()) {
      BarVersion bar = read_row(window_);
      // Versions of one bar come in the order of (knowledge, seq): the last one wins.
      if (versions == Versions::kWinners && bars.size() > first_of_asset &&
          bars.back().end == bar.end) {
        bars.back() = std::move(bar);
      } else {
        bars.push_back(std::move(bar));
      }
    }
    window_.reset();
    if (code != SQLITE_DONE) {
      return database_.error(code, "read bars");
    }
  }
  TIEOUT_CHECK(transaction.commit());
  // Stable: the versions of a bar keep their order.
  std::stable_sort(bars.begin(), bars.end(), by_end_and_asset);
  return bars;
}

/// Run a bound query and keep the rows of these assets.
Status SqliteStore::add_changes(SqliteStatement& query, std::span<const AssetId> ids,
                                std::vector<BarVersion>& changed) {
  int code = query.step();
  for (; code == SQLITE_ROW; code = query.step()) {
    if (std::binary_search(ids.begin(), ids.end(), AssetId{query.column_int(1)})) {
      changed.push_back(read_row(query));
    }
  }
  query.reset();
  if (code != SQLITE_DONE) {
    return database_.error(code, "read changed bars");
  }
  return {};
}

Result<std::vector<BarVersion>> SqliteStore::read_changes(const BarWindow& window,
                                                          std::span<const AssetId> assets,
                                                          const AsOf& since, const AsOf& as_of) {
  const std::vector<AssetId> ids = sorted_unique(assets);
  std::vector<BarVersion> changed;
  TIEOUT_TRY(SqliteTransaction transaction,
             SqliteTransaction::begin(database_, SqliteTransaction::Kind::kRead));
  for (SqliteStatement* const query : {&changes_known_, &changes_committed_}) {
    query->bind(1, window.first.ns);
    query->bind(2, window.last.ns);
    query->bind(3, as_of.knowledge.ns);
    query->bind(4, as_of.max_seq);
    query->bind(5, since.knowledge.ns);
  }
  changes_committed_.bind(6, since.max_seq);
  TIEOUT_CHECK(add_changes(changes_known_, ids, changed));
  TIEOUT_CHECK(add_changes(changes_committed_, ids, changed));
  TIEOUT_CHECK(transaction.commit());
  std::sort(changed.begin(), changed.end(), by_end_and_asset);
  return changed;
}

/// Look for a visible row of the asset that ends at or after bar_end, and remember it.
Result<bool> SqliteStore::find_witness(Timestamp bar_end, AssetId id, const AsOf& as_of) {
  ready_.bind(1, id.value);
  ready_.bind(2, bar_end.ns);
  ready_.bind(3, as_of.knowledge.ns);
  ready_.bind(4, as_of.max_seq);
  const int code = ready_.step();
  if (code == SQLITE_ROW) {
    witnesses_[id] = {Timestamp{ready_.column_int(0)}, Timestamp{ready_.column_int(1)},
                      ready_.column_int(2)};
  }
  ready_.reset();
  if (code != SQLITE_ROW && code != SQLITE_DONE) {
    return database_.error(code, "ask whether a bar is ready");
  }
  return code == SQLITE_ROW;
}

Result<Readiness> SqliteStore::readiness(Timestamp bar_end, std::span<const AssetId> expected,
                                         const AsOf& as_of) {
  Readiness result{bar_end, {}};
  TIEOUT_TRY(SqliteTransaction transaction,
             SqliteTransaction::begin(database_, SqliteTransaction::Kind::kRead));
  for (const AssetId id : sorted_unique(expected)) {
    const auto known = witnesses_.find(id);
    if (known != witnesses_.end() && known->second.end >= bar_end &&
        known->second.knowledge <= as_of.knowledge && known->second.seq <= as_of.max_seq) {
      continue;
    }
    TIEOUT_TRY(const bool found, find_witness(bar_end, id, as_of));
    if (!found) {
      result.laggards.push_back(id);
    }
  }
  TIEOUT_CHECK(transaction.commit());
  return result;
}

Result<std::int64_t> SqliteStore::max_seq() {
  const int code = max_seq_.step();
  const std::int64_t seq = code == SQLITE_ROW ? max_seq_.column_int(0) : 0;
  max_seq_.reset();
  if (code != SQLITE_ROW) {
    return database_.error(code, "read the highest id");
  }
  return seq;
}

Result<std::vector<Asset>> SqliteStore::assets() {
  std::vector<Asset> found;
  int code = assets_.step();
  for (; code == SQLITE_ROW; code = assets_.step()) {
    found.push_back({AssetId{assets_.column_int(0)},
                     join_symbol(assets_.column_text(1), assets_.column_text(2))});
  }
  assets_.reset();
  if (code != SQLITE_DONE) {
    return database_.error(code, "list the assets");
  }
  return found;
}

/// Whether the version says what the newest stored version of its bar says.
Result<bool> SqliteStore::is_repetition(const BarVersion& version) {
  newest_.bind(1, version.asset.value);
  newest_.bind(2, version.end.ns);
  const int code = newest_.step();
  bool same = false;
  if (code == SQLITE_ROW) {
    BarVersion known;
    known.open = newest_.column_double(0);
    known.high = newest_.column_double(1);
    known.low = newest_.column_double(2);
    known.close = newest_.column_double(3);
    known.volume = newest_.column_double(4);
    same = same_values(known, version);
  }
  newest_.reset();
  if (code != SQLITE_ROW && code != SQLITE_DONE) {
    return database_.error(code, "look for the newest version of a bar");
  }
  return same;
}

Status SqliteStore::insert(const BarVersion& version) {
  const auto [exchange, pair] = split_symbol(version.full_symbol);
  insert_.bind(1, floor_to(version.start, milliseconds(1)).ns / kNanosPerMilli);
  insert_.bind(2, version.open);
  insert_.bind(3, version.high);
  insert_.bind(4, version.low);
  insert_.bind(5, version.close);
  insert_.bind(6, version.volume);
  insert_.bind(7, pair);
  insert_.bind(8, exchange);
  insert_.bind(9, version.end_download.ns);
  insert_.bind(10, version.knowledge.ns);
  insert_.bind(11, version.asset.value);
  insert_.bind(12, version.end.ns);
  insert_.bind(13, (version.end - version.start).ns);
  const int code = insert_.step();
  if (code != SQLITE_DONE) {
    Error error = database_.error(code, "append a bar");  // Before the reset clears the message.
    insert_.reset();
    return error;
  }
  insert_.reset();
  return {};
}

Result<std::size_t> SqliteStore::append(std::span<const BarVersion> versions) {
  if (mode_ == OpenMode::kReadOnly) {
    return Error{ErrorCode::kFileUnwritable,
                 fmt::format("market data store '{}': append: it was opened read-only",
                             database_.path().string())};
  }
  TIEOUT_TRY(SqliteTransaction transaction,
             SqliteTransaction::begin(database_, SqliteTransaction::Kind::kWrite));
  std::size_t stored = 0;
  for (const BarVersion& version : versions) {
    TIEOUT_TRY(const bool repeated, is_repetition(version));
    if (!repeated) {
      TIEOUT_CHECK(insert(version));
      ++stored;
    }
  }
  TIEOUT_CHECK(transaction.commit());
  return stored;
}

Error wrong_schema(const SqliteDatabase& database, std::string_view found) {
  return {ErrorCode::kSchemaMismatch,
          fmt::format("market data store '{}': found {}, needed table ccxt_ohlcv_futures with "
                      "schema version {}",
                      database.path().string(), found, sql::kSchemaVersion)};
}

enum class SchemaState { kEmpty, kOurs };

/// Whether the file holds our schema or nothing at all. Errors: kSchemaMismatch for anything else.
Result<SchemaState> check_schema(SqliteDatabase& database) {
  TIEOUT_TRY(const std::int64_t objects, database.query_int("SELECT count(*) FROM sqlite_schema"));
  TIEOUT_TRY(const std::int64_t application, database.query_int("PRAGMA application_id"));
  TIEOUT_TRY(const std::int64_t version, database.query_int("PRAGMA user_version"));
  if (objects == 0 && application == 0 && version == 0) {
    return SchemaState::kEmpty;
  }
  if (application != sql::kApplicationId) {
    return wrong_schema(database, "a database of another program");
  }
  if (version != sql::kSchemaVersion) {
    return wrong_schema(database, fmt::format("schema version {}", version));
  }
  return SchemaState::kOurs;
}

/// Create the schema unless another process was faster.
Status create_schema(SqliteDatabase& database) {
  TIEOUT_TRY(SqliteTransaction transaction,
             SqliteTransaction::begin(database, SqliteTransaction::Kind::kWrite));
  TIEOUT_TRY(const SchemaState state, check_schema(database));
  if (state == SchemaState::kEmpty) {
    TIEOUT_CHECK(database.execute(sql::kCreate));
    TIEOUT_CHECK(database.execute(fmt::format("PRAGMA application_id={}; PRAGMA user_version={}",
                                              sql::kApplicationId, sql::kSchemaVersion)
                                      .c_str()));
  }
  return transaction.commit();
}

}  // namespace

Result<std::unique_ptr<BarStore>> open_sqlite_store(const std::filesystem::path& path,
                                                    OpenMode mode, const SqliteOptions& options) {
  std::error_code ignored;
  if (mode != OpenMode::kCreate && !std::filesystem::exists(path, ignored)) {
    return Error{ErrorCode::kFileNotFound,
                 fmt::format("market data store '{}': no such file", path.string())};
  }
  const int flags =
      mode == OpenMode::kReadOnly
          ? SQLITE_OPEN_READONLY
          : SQLITE_OPEN_READWRITE | (mode == OpenMode::kCreate ? SQLITE_OPEN_CREATE : 0);
  const auto busy_timeout_ms = static_cast<int>(
      std::clamp<std::int64_t>(options.busy_timeout.ns / kNanosPerMilli, 0, 3'600'000));
  TIEOUT_TRY(SqliteDatabase database, SqliteDatabase::open(path, flags, busy_timeout_ms));
  TIEOUT_TRY(const SchemaState state, check_schema(database));
  if (state == SchemaState::kEmpty) {
    if (mode != OpenMode::kCreate) {
      return wrong_schema(database, "an empty database");
    }
    TIEOUT_CHECK(create_schema(database));
  }
  if (mode != OpenMode::kReadOnly) {
    TIEOUT_CHECK(database.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL"));
    if (options.max_pages > 0) {
      TIEOUT_CHECK(
          database.execute(fmt::format("PRAGMA max_page_count={}", options.max_pages).c_str()));
    }
  }
  TIEOUT_CHECK(database.execute("PRAGMA cache_size=-65536"));  // 64 MiB.
  auto store = std::make_unique<SqliteStore>(std::move(database), mode);
  TIEOUT_CHECK(store->prepare());
  return std::unique_ptr<BarStore>(std::move(store));
}

}  // namespace tieout::marketdata
