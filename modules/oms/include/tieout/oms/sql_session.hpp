#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"

namespace tieout::oms {

/// A cell; monostate is NULL, and a NaN is written as one.
using SqlValue = std::variant<std::monostate, std::int64_t, double, std::string>;
using SqlRow = std::vector<SqlValue>;

/// Where the databases that we speak to differ. All else is SQL that each of them takes.
struct SqlDialect {
  std::string_view name;         // "SQLite"
  std::string_view begin_write;  // takes the right to write at once
  Duration resolution;           // of a TIMESTAMP: finer instants are cut to it
};

/// A connection to a database. Several statements in one text need a database that takes them, and
/// no parameters. Parameters are written $1, $2, ... in ascending order, each once.
class SqlSession {
 public:
  virtual ~SqlSession() = default;

  virtual const SqlDialect& dialect() const noexcept = 0;
  /// What errors call it: a path, or a host.
  virtual const std::string& where() const noexcept = 0;
  /// Run one statement. Errors: kStoreLocked naming who holds it where that is known,
  /// kFileUnwritable when it is read-only, kSchemaMismatch when it is no database or has other
  /// tables, kDiskFull, kStoreFailed.
  virtual Result<std::vector<SqlRow>> run(std::string_view sql,
                                          std::span<const SqlValue> parameters = {}) = 0;
};

enum class SqlOpen { kReadOnly, kReadWrite, kCreate };

/// A SQLite file. `busy_timeout_ms`: how long to wait for another connection's lock.
/// Errors: kFileNotFound, kFileUnreadable, and those of run().
Result<std::unique_ptr<SqlSession>> open_sqlite_session(const std::filesystem::path& path,
                                                        SqlOpen mode, int busy_timeout_ms = 5'000);

/// How a PostgreSQL database is named: "postgresql:", by libpq's PG* environment variables, or
/// "postgresql:FILE", by a file of keyword=value pairs that its owner alone may read. Which
/// database tables go to is no input of a decision, so libpq may read the environment here.
inline constexpr std::string_view kPostgresScheme = "postgresql:";
bool is_postgres(std::string_view where) noexcept;

/// Errors: kStoreFailed when no server answers, or refuses; kFileNotFound, kMalformedData and
/// kInvalidArgument for the file; kInvalidArgument for a URL, which may hold a password; those of
/// run(). No message holds what the file says.
Result<std::unique_ptr<SqlSession>> open_postgres_session(std::string_view where, SqlOpen mode,
                                                          int lock_timeout_ms = 5'000);

/// What is_postgres() with PostgreSQL, everything else as a SQLite file.
Result<std::unique_ptr<SqlSession>> open_sql_session(const std::string& where, SqlOpen mode);

}  // namespace tieout::oms
