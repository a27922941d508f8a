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

namespace tieout::oms {

/// A cell; monostate is NULL.
using SqlValue = std::variant<std::monostate, std::int64_t, double, std::string>;
using SqlRow = std::vector<SqlValue>;

/// Where the databases that we speak to differ. All else is SQL that each of them takes.
struct SqlDialect {
  std::string_view name;         // "SQLite"
  std::string_view begin_write;  // takes the right to write at once
};

/// A connection to a database. Parameters are written $1, $2, ... in ascending order, each once.
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

}  // namespace tieout::oms
