#include <cmath>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <libpq-fe.h>
#include <sys/stat.h>

#include "tieout/core/file.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/oms/sql_session.hpp"

namespace tieout::oms {
namespace {

struct CloseConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using Connection = std::unique_ptr<PGconn, CloseConnection>;
using ResultSet = std::unique_ptr<PGresult, ClearResult>;
using ConnectionOptions = std::unique_ptr<PQconninfoOption, FreeOptions>;

/// EXCLUSIVE lets others read. A failed LOCK leaves a transaction open: run() ends it.
constexpr SqlDialect kDialect{.name = "PostgreSQL",
                              .begin_write = "BEGIN; LOCK TABLE submitted_orders IN EXCLUSIVE MODE",
                              .resolution = nanoseconds(1'000)};

/// How values are written and read, whatever the server's and the user's defaults are.
constexpr const char* kSetUp =
    "SET datestyle TO 'ISO, YMD'; SET extra_float_digits TO 1; SET client_min_messages TO warning; "
    "SET standard_conforming_strings TO on; SET lock_timeout TO ";

// Object ids of the types that are no text to us: pg_type.dat of PostgreSQL, fixed for ever.
constexpr Oid kBool = 16, kInt8 = 20, kInt2 = 21, kInt4 = 23, kFloat4 = 700, kFloat8 = 701,
              kNumeric = 1700;

/// libpq's messages are lines; errors here are one.
std::string one_line(const char* message) {
  std::string text(message);
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) {
    text.pop_back();
  }
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', end)) {
    text.replace(end, 1, "; ");
  }
  return text;
}

SqlValue cell(const PGresult* result, int row, int column) {
  if (PQgetisnull(result, row, column) != 0) {
    return SqlValue{};
  }
  const std::string text(PQgetvalue(result, row, column),
                         static_cast<std::size_t>(PQgetlength(result, row, column)));
  switch (PQftype(result, column)) {
    case kBool:
      return std::int64_t{text == "t" ? 1 : 0};
    case kInt2:
    case kInt4:
    case kInt8:
      return parse_int(text).value_or(0);
    case kFloat4:
    case kFloat8:
    case kNumeric:
      return parse_double(text == "Infinity"    ? "inf"
                          : text == "-Infinity" ? "-inf"
                                                : text)
          .value_or(0.0);
    default:
      return text;
  }
}

class PostgresSession final : public SqlSession {
 public:
  PostgresSession(Connection connection, std::string where)
      : connection_(std::move(connection)), where_(std::move(where)) {}

  const SqlDialect& dialect() const noexcept override { return kDialect; }
  const std::string& where() const noexcept override { return where_; }
  Result<std::vector<SqlRow>> run(std::string_view sql,
                                  std::span<const SqlValue> parameters) override;

 private:
  ResultSet execute(const std::string& sql, std::span<const SqlValue> parameters) const;
  Error error(const PGresult* result, std::string_view doing) const;

  Connection connection_;
  std::string where_;
};

ResultSet PostgresSession::execute(const std::string& sql,
                                   std::span<const SqlValue> parameters) const {
  if (parameters.empty()) {
    return ResultSet(PQexec(connection_.get(), sql.c_str()));
  }
  std::vector<std::string> texts(parameters.size());
  std::vector<const char*> values(parameters.size(), nullptr);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (const auto* integer = std::get_if<std::int64_t>(&parameters[i])) {
      texts[i] = std::to_string(*integer);
    } else if (const auto* number = std::get_if<double>(&parameters[i])) {
      if (std::isnan(*number)) {
        continue;
      }
      texts[i] = format_double(*number);
    } else if (const auto* text = std::get_if<std::string>(&parameters[i])) {
      texts[i] = *text;
    } else {
      continue;
    }
    values[i] = texts[i].c_str();
  }
  return ResultSet(PQexecParams(connection_.get(), sql.c_str(), static_cast<int>(parameters.size()),
                                nullptr, values.data(), nullptr, nullptr, 0));
}

Result<std::vector<SqlRow>> PostgresSession::run(std::string_view sql,
                                                 std::span<const SqlValue> parameters) {
  const ResultSet result = execute(std::string(sql), parameters);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    Error failed = error(result.get(), sql);
    if (sql == kDialect.begin_write) {
      static_cast<void>(execute("ROLLBACK", {}));
    }
    return failed;
  }
  // COMMIT of a transaction in which a statement failed answers ROLLBACK, and is no error to libpq.
  if (sql == "COMMIT" && std::string_view(PQcmdStatus(result.get())) != "COMMIT") {
    return Error{ErrorCode::kStoreFailed,
                 fmt::format("OMS database '{}': the transaction was rolled back, as a statement "
                             "in it had failed",
                             where_)};
  }
  std::vector<SqlRow> rows(static_cast<std::size_t>(PQntuples(result.get())));
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (int column = 0; column < PQnfields(result.get()); ++column) {
      rows[r].push_back(cell(result.get(), static_cast<int>(r), column));
    }
  }
  return rows;
}

Error PostgresSession::error(const PGresult* result, std::string_view doing) const {
  const std::string what =
      fmt::format("OMS database '{}': {}: {}", where_, doing,
                  one_line(result == nullptr ? PQerrorMessage(connection_.get())
                                             : PQresultErrorMessage(result)));
  const char* const found =
      result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const std::string_view state = found == nullptr ? "" : found;
  if (state == "42P01" || state == "42703") {  // undefined_table, undefined_column
    return {ErrorCode::kSchemaMismatch, what + "; needed the tables of the OMS in the search path"};
  }
  if (state == "55P03" || state == "40P01" || state == "40001") {
    return {ErrorCode::kStoreLocked, what + "; another connection holds it: wait for it to end"};
  }
  if (state == "25006" || state == "42501") {  // read only, no privilege
    return {ErrorCode::kFileUnwritable, what};
  }
  if (state == "53100") {
    return {ErrorCode::kDiskFull, what};
  }
  const bool lost = PQstatus(connection_.get()) != CONNECTION_OK;
  return {ErrorCode::kStoreFailed,
          fmt::format("{}{}", what, lost ? "; the connection is lost" : "")};
}

/// The text of a connection file. Its content never reaches a message: it may hold a password.
Result<std::string> read_connection_file(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return Error{ErrorCode::kFileNotFound,
                 fmt::format("connection file '{}': there is no such file", path)};
  }
  if ((info.st_mode & 077U) != 0) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("connection file '{}': others may read it (mode {:04o}), needed 0600: "
                             "chmod 600 it, and change its password",
                             path, info.st_mode & 07777U)};
  }
  TIEOUT_TRY(std::string text, read_file(path));
  char* complaint = nullptr;
  const ConnectionOptions parsed(PQconninfoParse(text.c_str(), &complaint));
  PQfreemem(complaint);
  if (!parsed) {
    return Error{ErrorCode::kMalformedData,
                 fmt::format("connection file '{}': needed libpq's keyword=value pairs, such as "
                             "host=db1 dbname=oms user=tieout password=...",
                             path)};
  }
  return text;
}

/// Ten seconds for a host that does not answer, unless file or environment say otherwise.
std::string with_timeout(std::string text) {
  const auto has_timeout = [](const PQconninfoOption* option) {
    for (; option != nullptr && option->keyword != nullptr; ++option) {
      if (std::string_view(option->keyword) == "connect_timeout" && option->val != nullptr) {
        return true;
      }
    }
    return false;
  };
  const ConnectionOptions given(PQconninfoParse(text.c_str(), nullptr));
  const ConnectionOptions defaults(PQconndefaults());
  if (!has_timeout(given.get()) && !has_timeout(defaults.get())) {
    text += " connect_timeout=10";
  }
  return text + " fallback_application_name=tieout";
}

std::string text_or_dash(const char* text) {
  return text == nullptr || *text == '\0' ? "-" : text;
}

}  // namespace

bool is_postgres(std::string_view where) noexcept {
  return where.starts_with(kPostgresScheme);
}

Result<std::unique_ptr<SqlSession>> open_postgres_session(std::string_view where, SqlOpen mode,
                                                          int lock_timeout_ms) {
  const std::string file(where.substr(kPostgresScheme.size()));
  if (file.starts_with("//")) {
    return Error{ErrorCode::kInvalidArgument,
                 "OMS database: a URL may hold a password, and a command line is seen by all; "
                 "needed 'postgresql:' with the PG* environment variables, or 'postgresql:FILE' "
                 "with a connection file of mode 0600"};
  }
  std::string text;
  if (!file.empty()) {
    TIEOUT_TRY(text, read_connection_file(file));
  }
  Connection connection(PQconnectdb(with_timeout(std::move(text)).c_str()));
  if (PQstatus(connection.get()) != CONNECTION_OK) {
    return Error{ErrorCode::kStoreFailed,
                 fmt::format("OMS database '{}': {}; needed a server that answers to {}", where,
                             one_line(PQerrorMessage(connection.get())),
                             file.empty() ? "PGHOST, PGPORT, PGDATABASE, PGUSER and PGPASSWORD (or "
                                            "PGPASSFILE)"
                                          : "what the connection file says")};
  }
  PQsetNoticeProcessor(
      connection.get(), [](void*, const char*) {}, nullptr);
  PQsetClientEncoding(connection.get(), "UTF8");
  std::string name =
      fmt::format("postgresql: host {} port {} database {} user {}",
                  text_or_dash(PQhost(connection.get())), text_or_dash(PQport(connection.get())),
                  text_or_dash(PQdb(connection.get())), text_or_dash(PQuser(connection.get())));
  std::unique_ptr<SqlSession> session =
      std::make_unique<PostgresSession>(std::move(connection), std::move(name));
  TIEOUT_TRY([[maybe_unused]] const auto set_up,
             session->run(fmt::format(
                 "{}{}{}", kSetUp, lock_timeout_ms,
                 mode == SqlOpen::kReadOnly ? "; SET default_transaction_read_only TO on" : "")));
  return session;
}

Result<std::unique_ptr<SqlSession>> open_sql_session(const std::string& where, SqlOpen mode) {
  return is_postgres(where) ? open_postgres_session(where, mode) : open_sqlite_session(where, mode);
}

}  // namespace tieout::oms
