#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace tieout::marketdata {

/// A prepared statement; finalised by its destructor. Columns count from 0, parameters from 1.
class SqliteStatement {
 public:
  SqliteStatement() = default;
  explicit SqliteStatement(sqlite3_stmt* statement) : statement_(statement) {}
  ~SqliteStatement();
  SqliteStatement(SqliteStatement&& other) noexcept;
  SqliteStatement& operator=(SqliteStatement&& other) noexcept;

  explicit operator bool() const noexcept { return statement_ != nullptr; }
  void bind(int parameter, std::int64_t value) noexcept;
  void bind(int parameter, double value) noexcept;            // NaN becomes NULL.
  void bind(int parameter, std::string_view value) noexcept;  // Must outlive the steps.
  /// One step: SQLITE_ROW, SQLITE_DONE or an error code.
  int step() noexcept;
  /// Make it ready to be bound and stepped again; ends its hold on the database.
  void reset() noexcept;
  std::int64_t column_int(int column) const noexcept;
  double column_double(int column) const noexcept;  // NULL is NaN.
  std::string_view column_text(int column) const noexcept;

 private:
  sqlite3_stmt* statement_ = nullptr;
};

/// One SQLite connection. Third-party error codes become Errors here and nowhere else.
class SqliteDatabase {
 public:
  SqliteDatabase() = default;
  ~SqliteDatabase();
  SqliteDatabase(SqliteDatabase&& other) noexcept;
  SqliteDatabase& operator=(SqliteDatabase&& other) noexcept;

  static Result<SqliteDatabase> open(const std::filesystem::path& path, int flags,
                                     int busy_timeout_ms);

  Status execute(const char* sql);
  Result<SqliteStatement> prepare(std::string_view sql);
  /// The first column of the first row of a query that gives one.
  Result<std::int64_t> query_int(std::string_view sql);
  std::int64_t last_insert_id() const noexcept;
  const std::filesystem::path& path() const noexcept { return path_; }

  /// The Error for what the last call on this connection said. `doing` completes "market data store
  /// '...': ".
  Error error(int code, std::string_view doing) const;

 private:
  sqlite3* handle_ = nullptr;
  std::filesystem::path path_;
};

/// A transaction that rolls back unless it is committed.
class SqliteTransaction {
 public:
  enum class Kind { kRead, kWrite };
  static Result<SqliteTransaction> begin(SqliteDatabase& database, Kind kind);
  ~SqliteTransaction();
  SqliteTransaction(SqliteTransaction&& other) noexcept;
  SqliteTransaction& operator=(SqliteTransaction&&) = delete;
  Status commit();

 private:
  explicit SqliteTransaction(SqliteDatabase& database) : database_(&database) {}
  SqliteDatabase* database_;  // Null once ended.
};

/// Who holds a lock on the store, as the kernel tells: "process 123", "another connection of this
/// process", or "a process that cannot be seen from here". Reads /proc/locks: opening and closing
/// the files themselves would drop this process's own locks.
std::string lock_holder(const std::filesystem::path& path);

/// The same, from the text of /proc/locks. `files` are "MAJOR:MINOR:INODE" as there, `own` is this
/// process.
std::string find_lock_holder(std::string_view locks, const std::vector<std::string>& files,
                             std::int64_t own);

}  // namespace tieout::marketdata
