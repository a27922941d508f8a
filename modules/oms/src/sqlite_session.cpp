#include <map>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

#include "tieout/core/sqlite_error.hpp"
#include "tieout/oms/sql_session.hpp"

namespace tieout::oms {
namespace {

struct CloseDatabase {
  void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

constexpr SqlDialect kDialect{
    .name = "SQLite", .begin_write = "BEGIN IMMEDIATE", .resolution = nanoseconds(1)};

void bind(sqlite3_stmt* statement, int index, const SqlValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    sqlite3_bind_int64(statement, index, *integer);
  } else if (const auto* number = std::get_if<double>(&value)) {
    sqlite3_bind_double(statement, index, *number);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
  } else {
    sqlite3_bind_null(statement, index);
  }
}

SqlValue cell(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return static_cast<std::int64_t>(sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, column);
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      return std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
    }
    default:
      return SqlValue{};
  }
}

class SqliteSession final : public SqlSession {
 public:
  SqliteSession(Database database, std::string path)
      : database_(std::move(database)), path_(std::move(path)) {}

  const SqlDialect& dialect() const noexcept override { return kDialect; }
  const std::string& where() const noexcept override { return path_; }
  Result<std::vector<SqlRow>> run(std::string_view sql,
                                  std::span<const SqlValue> parameters) override;

 private:
  Result<sqlite3_stmt*> prepared(std::string_view sql);
  Error error(int code, std::string_view doing) const;

  Database database_;  // Before the statements: they must be gone when it closes.
  std::string path_;
  std::map<std::string, Statement, std::less<>> statements_;
};

Result<sqlite3_stmt*> SqliteSession::prepared(std::string_view sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) {
    return found->second.get();
  }
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) {
    Error failed = error(code, sql);
    if (failed.code == ErrorCode::kStoreFailed) {
      failed.code = ErrorCode::kSchemaMismatch;  // "no such table", "no such column".
    }
    return failed;
  }
  statements_.emplace(sql, Statement(statement));
  return statement;
}

Result<std::vector<SqlRow>> SqliteSession::run(std::string_view sql,
                                               std::span<const SqlValue> parameters) {
  TIEOUT_TRY(sqlite3_stmt* const statement, prepared(sql));
  int index = 0;
  for (const SqlValue& value : parameters) {
    bind(statement, ++index, value);
  }
  std::vector<SqlRow> rows;
  int code = sqlite3_step(statement);
  for (; code == SQLITE_ROW; code = sqlite3_step(statement)) {
    SqlRow& row = rows.emplace_back();
    for (int column = 0; column < sqlite3_column_count(statement); ++column) {
      row.push_back(cell(statement, column));
    }
  }
  if (code != SQLITE_DONE) {
    Error failed = error(code, sql);
    sqlite3_reset(statement);
    return failed;
  }
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  return rows;
}

Error SqliteSession::error(int code, std::string_view doing) const {
  return sqlite_error({code, sqlite3_system_errno(database_.get()),
                       fmt::format("OMS database '{}': {}", path_, doing),
                       sqlite3_errmsg(database_.get()),
                       "another connection holds it: wait for it to end"});
}

}  // namespace

Result<std::unique_ptr<SqlSession>> open_sqlite_session(const std::filesystem::path& path,
                                                        SqlOpen mode, int busy_timeout_ms) {
  std::error_code code;
  if (mode != SqlOpen::kCreate && !std::filesystem::exists(path, code)) {
    return Error{ErrorCode::kFileNotFound,
                 fmt::format("OMS database '{}': there is no such file", path.string())};
  }
  const int flags = mode == SqlOpen::kReadOnly ? SQLITE_OPEN_READONLY
                    : mode == SqlOpen::kCreate ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                               : SQLITE_OPEN_READWRITE;
  sqlite3* handle = nullptr;
  const int opened = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(handle);
  if (opened != SQLITE_OK) {
    return Error{ErrorCode::kFileUnreadable,
                 fmt::format("OMS database '{}': {}", path.string(),
                             handle == nullptr ? sqlite3_errstr(opened) : sqlite3_errmsg(handle))};
  }
  sqlite3_busy_timeout(handle, busy_timeout_ms);
  std::unique_ptr<SqlSession> session =
      std::make_unique<SqliteSession>(std::move(database), path.string());
  // The first read finds out whether it is a database at all.
  TIEOUT_TRY([[maybe_unused]] const auto rows, session->run("SELECT count(*) FROM sqlite_master"));
  return session;
}

}  // namespace tieout::oms
