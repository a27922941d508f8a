#include <array>
#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tieout/marketdata/stores.hpp"

#include "bars_for_tests.hpp"
#include "sqlite_database.hpp"
#include "sqlite_schema.hpp"

namespace tieout::marketdata {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Bars = std::vector<BarVersion>;
using Path = std::filesystem::path;

const std::vector<AssetId> kAssets{AssetId{1}, AssetId{2}};
constexpr BarWindow kAll{Timestamp{0}, kForever};
constexpr AsOf kNow{kForever};

std::unique_ptr<BarStore> open(const Path& path, OpenMode mode, const SqliteOptions& options = {}) {
  auto store = open_sqlite_store(path, mode, options);
  EXPECT_TRUE(store.ok()) << (store.ok() ? "" : to_string(store.error()));
  return store.ok() ? std::move(*store) : nullptr;
}

/// A connection without our code in between; runs SQL and gives all cells, '|' between columns.
class RawDatabase {
 public:
  explicit RawDatabase(const Path& path) {
    EXPECT_EQ(sqlite3_open(path.c_str(), &handle_), SQLITE_OK);
  }
  ~RawDatabase() { sqlite3_close(handle_); }
  RawDatabase(const RawDatabase&) = delete;
  RawDatabase& operator=(const RawDatabase&) = delete;

  std::string run(const std::string& sql) {
    std::string out;
    const auto add = [](void* target, int count, char** values, char**) {
      for (int i = 0; i < count; ++i) {
        *static_cast<std::string*>(target) +=
            std::string(i == 0 ? "" : "|") + (values[i] == nullptr ? "NULL" : values[i]);
      }
      *static_cast<std::string*>(target) += "\n";
      return 0;
    };
    EXPECT_EQ(sqlite3_exec(handle_, sql.c_str(), add, &out, nullptr), SQLITE_OK)
        << sqlite3_errmsg(handle_);
    return out;
  }

 private:
  sqlite3* handle_ = nullptr;
};

void write_text(const Path& path, const std::string& text) {
  std::ofstream(path) << text;
}

class SqliteStoreTest : public ::testing::Test {
 protected:
  TestDirectory directory_;
  Path path_ = directory_ / "bars.sqlite";
};

TEST_F(SqliteStoreTest, TheTableHasTheColumnsOfTheReference) {
  BarVersion bar = make_bar(1467591036, 1, 42574.1);
  bar.full_symbol = "binance::BTC_USDT";
  bar.end_download = kDay + seconds(70) + nanoseconds(20'069'000);
  bar.knowledge = kDay + seconds(70) + nanoseconds(44'211'000);
  ASSERT_TRUE(open(path_, OpenMode::kCreate)->append(Bars{bar}).ok());
  RawDatabase raw(path_);
  // The order and the meaning of market_data.md 2.1: `timestamp` is the bar's open in milliseconds.
  EXPECT_EQ(
      raw.run("SELECT id, timestamp, open, high, low, close, volume, currency_pair, exchange_id,"
              " end_download_timestamp, knowledge_timestamp FROM ccxt_ohlcv_futures_text"),
      "1|1704240000000|42573.1|42574.1|42573.1|42574.1|7.5|BTC_USDT|binance|"
      "2024-01-03 00:01:10.020069000+00:00|2024-01-03 00:01:10.044211000+00:00\n");
  EXPECT_EQ(
      raw.run("SELECT asset_id, bar_end, bar_period, knowledge_timestamp FROM ccxt_ohlcv_futures"),
      "1467591036|1704240060000000000|60000000000|1704240070044211000\n");
  EXPECT_EQ(raw.run("PRAGMA journal_mode"), "wal\n");
  EXPECT_EQ(raw.run("PRAGMA user_version"), "1\n");
}

TEST_F(SqliteStoreTest, EveryQueryUsesItsIndex) {
  open(path_, OpenMode::kCreate);
  RawDatabase raw(path_);
  for (const char* query :
       {sql::kNewest, sql::kWindow, sql::kReady, sql::kChangesKnown, sql::kChangesCommitted}) {
    const std::string plan = raw.run(std::string("EXPLAIN QUERY PLAN ") + query);
    EXPECT_THAT(plan, HasSubstr("SEARCH")) << query;
    EXPECT_THAT(plan, Not(HasSubstr("SCAN"))) << query;
    EXPECT_THAT(plan, Not(HasSubstr("TEMP B-TREE"))) << query;
  }
  EXPECT_THAT(raw.run(std::string("EXPLAIN QUERY PLAN ") + sql::kWindow),
              HasSubstr("ccxt_ohlcv_futures_as_of (asset_id=? AND bar_end>? AND bar_end<?)"));
  EXPECT_THAT(raw.run(std::string("EXPLAIN QUERY PLAN ") + sql::kReady),
              HasSubstr("COVERING INDEX"));
  EXPECT_THAT(raw.run(std::string("EXPLAIN QUERY PLAN ") + sql::kChangesCommitted),
              HasSubstr("INTEGER PRIMARY KEY (rowid>? AND rowid<?)"));
}

TEST_F(SqliteStoreTest, WhatWasCommittedIsThereAfterReopening) {
  ASSERT_TRUE(
      open(path_, OpenMode::kCreate)->append(Bars{make_bar(1, 1, 100), make_bar(2, 1, 200)}).ok());
  EXPECT_EQ(open(path_, OpenMode::kReadWrite)->append(Bars{make_bar(1, 2, 101)}).value_or(0), 1U);
  EXPECT_EQ(open(path_, OpenMode::kCreate)->max_seq().value_or(0), 3);
  EXPECT_EQ(open(path_, OpenMode::kReadOnly)->read(kAll, kAssets, kNow).value_or({}).size(), 3U);
}

TEST_F(SqliteStoreTest, AReaderSeesACommitOfAnotherConnectionAtOnce) {
  const auto writer = open(path_, OpenMode::kCreate);
  const auto reader = open(path_, OpenMode::kReadOnly);
  EXPECT_TRUE(reader->read(kAll, kAssets, kNow).value_or({}).empty());
  ASSERT_TRUE(writer->append(Bars{make_bar(1, 1, 100)}).ok());
  EXPECT_EQ(reader->read(kAll, kAssets, kNow).value_or({}).size(), 1U);
  EXPECT_TRUE(reader->readiness(kDay + minutes(1), std::vector{AssetId{1}}, kNow)->ready());
}

TEST_F(SqliteStoreTest, AMissingFileIsOnlyCreatedWhenAsked) {
  for (const OpenMode mode : {OpenMode::kReadOnly, OpenMode::kReadWrite}) {
    const auto store = open_sqlite_store(path_, mode);
    ASSERT_FALSE(store.ok());
    EXPECT_EQ(store.error().code, ErrorCode::kFileNotFound);
    EXPECT_THAT(store.error().message, HasSubstr(path_.string()));
  }
  EXPECT_FALSE(std::filesystem::exists(path_));
  const auto nowhere = open_sqlite_store(directory_ / "no/such/dir.sqlite", OpenMode::kCreate);
  ASSERT_FALSE(nowhere.ok());
  EXPECT_EQ(nowhere.error().code, ErrorCode::kFileNotFound);
}

TEST_F(SqliteStoreTest, AFileThatIsNotSqliteIsASchemaMismatch) {
  write_text(path_, std::string(5000, 'x'));
  for (const OpenMode mode : {OpenMode::kReadOnly, OpenMode::kReadWrite, OpenMode::kCreate}) {
    const auto store = open_sqlite_store(path_, mode);
    ASSERT_FALSE(store.ok());
    EXPECT_EQ(store.error().code, ErrorCode::kSchemaMismatch);
    EXPECT_THAT(store.error().message, HasSubstr(path_.string()));
  }
}

TEST_F(SqliteStoreTest, AnEmptyFileIsNoStoreUntilItIsCreated) {
  write_text(path_, "");
  const auto store = open_sqlite_store(path_, OpenMode::kReadOnly);
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.error().code, ErrorCode::kSchemaMismatch);
  EXPECT_TRUE(open_sqlite_store(path_, OpenMode::kCreate).ok());
}

TEST_F(SqliteStoreTest, ADatabaseOfAnotherProgramIsLeftAlone) {
  RawDatabase(path_).run("CREATE TABLE ccxt_ohlcv_futures (id INTEGER)");
  const auto store = open_sqlite_store(path_, OpenMode::kCreate);
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.error().code, ErrorCode::kSchemaMismatch);
  EXPECT_EQ(RawDatabase(path_).run("SELECT count(*) FROM sqlite_schema"), "1\n");
}

TEST_F(SqliteStoreTest, AnotherSchemaVersionIsNamed) {
  open(path_, OpenMode::kCreate);
  RawDatabase(path_).run("PRAGMA user_version=2");
  const auto store = open_sqlite_store(path_, OpenMode::kReadWrite);
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.error().code, ErrorCode::kSchemaMismatch);
  EXPECT_THAT(store.error().message, HasSubstr("found schema version 2"));
}

TEST_F(SqliteStoreTest, AMissingIndexIsASchemaMismatch) {
  open(path_, OpenMode::kCreate);
  RawDatabase(path_).run("DROP INDEX ccxt_ohlcv_futures_as_of");
  const auto store = open_sqlite_store(path_, OpenMode::kReadOnly);
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.error().code, ErrorCode::kSchemaMismatch);
  EXPECT_THAT(store.error().message, HasSubstr("ccxt_ohlcv_futures_as_of"));
}

TEST_F(SqliteStoreTest, AStoreThatWasOpenedReadOnlyTakesNothing) {
  open(path_, OpenMode::kCreate);
  const auto stored = open(path_, OpenMode::kReadOnly)->append(Bars{make_bar(1, 1, 100)});
  ASSERT_FALSE(stored.ok());
  EXPECT_EQ(stored.error().code, ErrorCode::kFileUnwritable);
}

TEST_F(SqliteStoreTest, ALockedStoreIsNamedWithItsHolder) {
  const auto store = open(path_, OpenMode::kCreate, {.busy_timeout = milliseconds(20)});
  ASSERT_TRUE(store->append(Bars{make_bar(1, 1, 100)}).ok());
  RawDatabase raw(path_);
  raw.run("BEGIN IMMEDIATE");
  const auto stored = store->append(Bars{make_bar(1, 2, 101)});
  ASSERT_FALSE(stored.ok());
  EXPECT_EQ(stored.error().code, ErrorCode::kStoreLocked);
  EXPECT_THAT(stored.error().message, HasSubstr(path_.string()));
  EXPECT_THAT(stored.error().message, HasSubstr("held by"));
  EXPECT_EQ(store->read(kAll, kAssets, kNow).value_or({}).size(), 1U) << "readers go on";
  raw.run("COMMIT");
  EXPECT_EQ(store->append(Bars{make_bar(1, 2, 101)}).value_or(0), 1U) << "and so does the writer";
}

/// Holds the write lock of a store in a process of its own until it is told to end.
class LockingProcess {
 public:
  explicit LockingProcess(const Path& path) {
    EXPECT_EQ(::pipe(ready_.data()), 0);
    EXPECT_EQ(::pipe(end_.data()), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      sqlite3* handle = nullptr;
      sqlite3_open(path.c_str(), &handle);
      const bool locked =
          sqlite3_exec(handle, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK;
      char byte = locked ? 'y' : 'n';
      const bool told = ::write(ready_[1], &byte, 1) == 1 && ::read(end_[0], &byte, 1) == 1;
      ::_exit(told ? 0 : 1);
    }
    char byte = 'n';
    EXPECT_EQ(::read(ready_[0], &byte, 1), 1);
    EXPECT_EQ(byte, 'y');
  }
  ~LockingProcess() {
    EXPECT_EQ(::write(end_[1], "e", 1), 1);
    int status = 0;
    EXPECT_EQ(::waitpid(pid_, &status, 0), pid_);
    for (const int fd : {ready_[0], ready_[1], end_[0], end_[1]}) {
      ::close(fd);
    }
  }
  LockingProcess(const LockingProcess&) = delete;
  LockingProcess& operator=(const LockingProcess&) = delete;
  pid_t pid() const { return pid_; }

 private:
  std::array<int, 2> ready_{}, end_{};
  pid_t pid_ = 0;
};

TEST_F(SqliteStoreTest, ALockOfAnotherProcessIsReportedWithItsIdWhereTheKernelTells) {
  open(path_, OpenMode::kCreate);
  const LockingProcess other(path_);
  const auto store = open(path_, OpenMode::kReadWrite, {.busy_timeout = milliseconds(20)});
  const auto stored = store->append(Bars{make_bar(1, 1, 100)});
  ASSERT_FALSE(stored.ok());
  EXPECT_EQ(stored.error().code, ErrorCode::kStoreLocked);
  EXPECT_THAT(stored.error().message,
              ::testing::AnyOf(HasSubstr(fmt::format("held by process {}", other.pid())),
                               HasSubstr("held by a process that cannot be seen from here")));
}

TEST(LockHolderTest, TheProcessIsFoundByTheFileThatItLocks) {
  constexpr const char* kLocks =
      "1: POSIX  ADVISORY  READ  77 fd:01:500 124 124\n"
      "2: FLOCK  ADVISORY  WRITE 78 fd:01:5001 0 EOF\n"
      "3: POSIX  ADVISORY  WRITE 1234 fd:01:500 120 120\n";
  EXPECT_EQ(find_lock_holder(kLocks, {"fd:01:499", "fd:01:500"}, 1), "process 1234");
  EXPECT_EQ(find_lock_holder(kLocks, {"fd:01:500"}, 1234), "another connection of this process");
  EXPECT_THAT(find_lock_holder(kLocks, {"fd:01:50"}, 1), HasSubstr("cannot be seen"));
  EXPECT_THAT(find_lock_holder("", {"fd:01:500"}, 1), HasSubstr("cannot be seen"));
  EXPECT_THAT(find_lock_holder("3: POSIX  ADVISORY  WRITE 0 fd:01:500 120 120\n", {"fd:01:500"}, 1),
              HasSubstr("cannot be seen"))
      << "a process of another namespace has no number here";
}

TEST_F(SqliteStoreTest, AFullDiskStoresNothingOfTheBatchAndTheStoreGoesOn) {
  const auto store = open(path_, OpenMode::kCreate, {.max_pages = 40});
  ASSERT_EQ(store->append(Bars{make_bar(1, 1, 100)}).value_or(0), 1U);
  Bars many;
  for (std::int64_t i = 0; i < 5000; ++i) {
    many.push_back(make_bar(2, i, 100));
  }
  const auto stored = store->append(many);
  ASSERT_FALSE(stored.ok());
  EXPECT_EQ(stored.error().code, ErrorCode::kDiskFull);
  EXPECT_THAT(stored.error().message, HasSubstr(path_.string()));
  EXPECT_EQ(store->read(kAll, kAssets, kNow).value_or({}).size(), 1U);
  EXPECT_EQ(store->append(Bars{make_bar(1, 2, 101)}).value_or(0), 1U);
  EXPECT_EQ(store->max_seq().value_or(0), 2) << "the batch that failed left no gap";
}

TEST_F(SqliteStoreTest, OneThreadAppendsWhileAnotherReadsTheSameFile) {
  constexpr std::int64_t kMinutes = 300;
  const auto writer = open(path_, OpenMode::kCreate);
  const auto reader = open(path_, OpenMode::kReadOnly);
  std::atomic<bool> done = false;
  std::thread feeder([&] {
    for (std::int64_t minute = 1; minute <= kMinutes; ++minute) {
      // Both assets of a minute are in one transaction, and every third minute revises the one
      // before.
      Bars batch{make_bar(1, minute, 100), make_bar(2, minute, 200)};
      if (minute % 3 == 0) {
        batch.push_back(make_bar(1, minute - 1, 101, 70));
      }
      EXPECT_EQ(writer->append(batch).value_or(0), batch.size());
    }
    done = true;
  });
  // A read never sees half a transaction, and what changes adds up to what is there.
  AsOf since{kForever, 0};
  std::size_t new_bars = 0;
  for (bool last = false; !last;) {
    last = done;
    const AsOf as_of{kForever, reader->max_seq().value_or(-1)};
    const Bars bars = reader->read(kAll, kAssets, as_of).value_or({});
    ASSERT_EQ(bars.size() % 2, 0U);
    for (const BarVersion& bar : reader->read_changes(kAll, kAssets, since, as_of).value_or({})) {
      new_bars += bar.close == 101 && bar.seq > since.max_seq ? 0U : 1U;
    }
    since = as_of;
  }
  feeder.join();
  const Bars bars = reader->read(kAll, kAssets, kNow).value_or({});
  ASSERT_EQ(bars.size(), static_cast<std::size_t>(2 * kMinutes));
  EXPECT_GE(new_bars, static_cast<std::size_t>(2 * kMinutes - kMinutes / 3));
  const auto expected = make_memory_store();
  for (std::int64_t minute = 1; minute <= kMinutes; ++minute) {
    ASSERT_TRUE(expected->append(Bars{make_bar(1, minute, 100), make_bar(2, minute, 200)}).ok());
    if (minute % 3 == 0) {
      ASSERT_TRUE(expected->append(Bars{make_bar(1, minute - 1, 101, 70)}).ok());
    }
  }
  EXPECT_TRUE(same_bars(bars, expected->read(kAll, kAssets, kNow).value_or({})));
  EXPECT_TRUE(same_bars(reader->read_all_versions(kAll, kAssets).value_or({}),
                        expected->read_all_versions(kAll, kAssets).value_or({})));
}

}  // namespace
}  // namespace tieout::marketdata
