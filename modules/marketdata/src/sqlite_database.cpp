#include "sqlite_database.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tieout/core/file.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/core/sqlite_error.hpp"

namespace tieout::marketdata {

SqliteStatement::~SqliteStatement() {
  sqlite3_finalize(statement_);
}

SqliteStatement::SqliteStatement(SqliteStatement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)) {}

SqliteStatement& SqliteStatement::operator=(SqliteStatement&& other) noexcept {
  std::swap(statement_, other.statement_);
  return *this;
}

void SqliteStatement::bind(int parameter, std::int64_t value) noexcept {
  sqlite3_bind_int64(statement_, parameter, value);
}

void SqliteStatement::bind(int parameter, double value) noexcept {
  sqlite3_bind_double(statement_, parameter, value);
}

void SqliteStatement::bind(int parameter, std::string_view value) noexcept {
  sqlite3_bind_text64(statement_, parameter, value.data(), value.size(), SQLITE_STATIC,
                      SQLITE_UTF8);
}

int SqliteStatement::step() noexcept {
  return sqlite3_step(statement_);
}

void SqliteStatement::reset() noexcept {
  sqlite3_reset(statement_);
}

std::int64_t SqliteStatement::column_int(int column) const noexcept {
  return sqlite3_column_int64(statement_, column);
}

double SqliteStatement::column_double(int column) const noexcept {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL
             ? std::numeric_limits<double>::quiet_NaN()
             : sqlite3_column_double(statement_, column);
}

std::string_view SqliteStatement::column_text(int column) const noexcept {
  const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  const int size = sqlite3_column_bytes(statement_, column);
  return text == nullptr ? std::string_view()
                         : std::string_view(text, static_cast<std::size_t>(size));
}

SqliteDatabase::~SqliteDatabase() {
  sqlite3_close_v2(handle_);
}

SqliteDatabase::SqliteDatabase(SqliteDatabase&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)), path_(std::move(other.path_)) {}

SqliteDatabase& SqliteDatabase::operator=(SqliteDatabase&& other) noexcept {
  std::swap(handle_, other.handle_);
  std::swap(path_, other.path_);
  return *this;
}

Result<SqliteDatabase> SqliteDatabase::open(const std::filesystem::path& path, int flags,
                                            int busy_timeout_ms) {
  SqliteDatabase database;
  database.path_ = path;
  const int code =
      sqlite3_open_v2(path.c_str(), &database.handle_, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) {
    return database.error(code, "open");
  }
  sqlite3_extended_result_codes(database.handle_, 1);
  sqlite3_busy_timeout(database.handle_, busy_timeout_ms);
  return database;
}

Status SqliteDatabase::execute(const char* sql) {
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) {
    return error(code, sql);
  }
  return {};
}

Result<SqliteStatement> SqliteDatabase::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) {
    return error(code, "prepare a query");
  }
  return SqliteStatement(statement);
}

Result<std::int64_t> SqliteDatabase::query_int(std::string_view sql) {
  TIEOUT_TRY(SqliteStatement statement, prepare(sql));
  const int code = statement.step();
  if (code != SQLITE_ROW) {
    return error(code, sql);
  }
  return statement.column_int(0);
}

std::int64_t SqliteDatabase::last_insert_id() const noexcept {
  return sqlite3_last_insert_rowid(handle_);
}

Error SqliteDatabase::error(int code, std::string_view doing) const {
  const int primary = code & 0xff;
  SqliteFailure failure;
  failure.code = code;
  failure.system_errno = handle_ == nullptr ? 0 : sqlite3_system_errno(handle_);
  failure.where = fmt::format("market data store '{}': {}", path_.string(), doing);
  failure.said = handle_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle_);
  if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED) {
    failure.holder = "the lock is held by " + lock_holder(path_);
  }
  return sqlite_error(failure);
}

Result<SqliteTransaction> SqliteTransaction::begin(SqliteDatabase& database, Kind kind) {
  TIEOUT_CHECK(database.execute(kind == Kind::kWrite ? "BEGIN IMMEDIATE" : "BEGIN"));
  return SqliteTransaction(database);
}

SqliteTransaction::~SqliteTransaction() {
  if (database_ != nullptr) {
    // SQLite rolls back by itself after some errors; that this one then fails says nothing new.
    static_cast<void>(database_->execute("ROLLBACK").ok());
  }
}

SqliteTransaction::SqliteTransaction(SqliteTransaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Status SqliteTransaction::commit() {
  TIEOUT_CHECK(database_->execute("COMMIT"));
  database_ = nullptr;
  return {};
}

std::string find_lock_holder(std::string_view locks, const std::vector<std::string>& files,
                             std::int64_t own) {
  // A line: "1: POSIX  ADVISORY  WRITE 1234 fd:01:5678 120 120". The columns after WRITE are
  // process and file.
  while (!locks.empty()) {
    const std::string_view line = locks.substr(0, locks.find('\n'));
    locks.remove_prefix(std::min(locks.size(), line.size() + 1));
    const std::size_t kind = line.find(" WRITE ");
    if (kind == std::string_view::npos) {
      continue;
    }
    const std::string_view owner = line.substr(kind + 7);
    const auto process = parse_int(owner.substr(0, owner.find(' ')));
    for (const std::string& file : files) {
      if (process.value_or(0) > 0 && owner.find(" " + file + " ") != std::string_view::npos) {
        return *process == own ? "another connection of this process"
                               : fmt::format("process {}", *process);
      }
    }
  }
  return "a process that cannot be seen from here";
}

std::string lock_holder(const std::filesystem::path& path) {
  std::vector<std::string> files;
  for (const char* suffix : {"", "-shm"}) {
    struct stat info {};
    if (::stat((path.string() + suffix).c_str(), &info) == 0) {
      files.push_back(
          fmt::format("{:02x}:{:02x}:{}", major(info.st_dev), minor(info.st_dev), info.st_ino));
    }
  }
  const Result<std::string> locks = read_file("/proc/locks");
  return find_lock_holder(locks.ok() ? std::string_view(*locks) : std::string_view(), files,
                          ::getpid());
}

}  // namespace tieout::marketdata
