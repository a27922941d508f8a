#include "duckdb.hpp"

#include <array>

#include <fmt/format.h>

namespace tieout::frames::duck {
namespace {

/// The first line of DuckDB's text.
Error failed(ErrorCode code, const char* message) {
  std::string_view text = message == nullptr ? "no message" : message;
  text = text.substr(0, text.find('\n'));
  return Error{code, fmt::format("DuckDB: {}", text)};
}

}  // namespace

Result<std::optional<Chunk>> Rows::next() {
  while (true) {
    const duckdb_data_chunk raw_chunk = duckdb_fetch_chunk(result_);
    if (raw_chunk == nullptr) {
      if (const char* message = duckdb_result_error(raw()); message != nullptr && *message != 0) {
        return failed(ErrorCode::kMalformedData, message);
      }
      return std::optional<Chunk>{};
    }
    Chunk chunk(raw_chunk);
    if (chunk.row_count() > 0) {
      return std::optional<Chunk>(std::move(chunk));
    }
  }
}

void Statement::bind(std::size_t position, std::string_view text) {
  duckdb_bind_varchar_length(statement_.get(), position, text.data(), text.size());
}

Result<Rows> Statement::execute(Delivery delivery) {
  Handle<duckdb_pending_result, duckdb_destroy_pending> pending;
  const duckdb_state prepared =
      delivery == Delivery::kStreaming
          ? duckdb_pending_prepared_streaming(statement_.get(), pending.out())
          : duckdb_pending_prepared(statement_.get(), pending.out());
  if (prepared == DuckDBError) {
    return failed(ErrorCode::kMalformedData, duckdb_pending_error(pending.get()));
  }
  Rows rows;
  if (duckdb_execute_pending(pending.get(), rows.raw()) == DuckDBError) {
    return failed(ErrorCode::kMalformedData, duckdb_result_error(rows.raw()));
  }
  return rows;
}

Result<Connection> Connection::open() {
  struct Setting {
    const char* name;
    const char* value;
  };
  // One thread, so that the order of rows and of floating-point sums never varies.
  constexpr std::array kSettings = {
      Setting{"threads", "1"}, Setting{"autoinstall_known_extensions", "false"},
      Setting{"autoload_known_extensions", "false"}, Setting{"allow_community_extensions", "false"},
      Setting{"temp_directory", ""}};
  Handle<duckdb_config, duckdb_destroy_config> config;
  if (duckdb_create_config(config.out()) == DuckDBError) {
    return failed(ErrorCode::kStoreFailed, "no configuration could be made");
  }
  for (const Setting& setting : kSettings) {
    if (duckdb_set_config(config.get(), setting.name, setting.value) == DuckDBError) {
      return failed(ErrorCode::kStoreFailed, setting.name);
    }
  }
  Connection connection;
  char* message = nullptr;
  if (duckdb_open_ext(nullptr, connection.database_.out(), config.get(), &message) == DuckDBError) {
    Error error = failed(ErrorCode::kStoreFailed, message);
    duckdb_free(message);
    return error;
  }
  if (duckdb_connect(connection.database_.get(), connection.connection_.out()) == DuckDBError) {
    return failed(ErrorCode::kStoreFailed, "no connection to the in-memory database");
  }
  return connection;
}

Result<Statement> Connection::prepare(const std::string& sql) {
  Statement statement;
  if (duckdb_prepare(connection_.get(), sql.c_str(), statement.statement_.out()) == DuckDBError) {
    return failed(ErrorCode::kMalformedData, duckdb_prepare_error(statement.statement_.get()));
  }
  return statement;
}

Result<Rows> Connection::query(const std::string& sql, std::span<const std::string> parameters) {
  TIEOUT_TRY(Statement statement, prepare(sql));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    statement.bind(i + 1, parameters[i]);
  }
  return statement.execute();
}

}  // namespace tieout::frames::duck
