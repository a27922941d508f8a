#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <duckdb.h>

#include "tieout/core/result.hpp"

namespace tieout::frames::duck {

/// Owner of one handle of DuckDB's C API; `destroy` also sets it to null.
template <typename T, auto destroy>
class Handle {
 public:
  Handle() = default;
  explicit Handle(T raw) : raw_(raw) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  Handle(Handle&& other) noexcept : raw_(std::exchange(other.raw_, T{})) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(raw_, other.raw_);
    return *this;
  }
  ~Handle() { destroy(&raw_); }

  T get() const noexcept { return raw_; }
  T* out() noexcept { return &raw_; }

 private:
  T raw_{};
};

/// One batch of rows (at most duckdb_vector_size()) of a result.
class Chunk {
 public:
  explicit Chunk(duckdb_data_chunk raw) : chunk_(raw) {}
  std::size_t row_count() const { return duckdb_data_chunk_get_size(chunk_.get()); }
  /// The values of a column; T is the physical type of its DuckDB type.
  template <typename T>
  std::span<T> values(std::size_t column) const {
    return {static_cast<T*>(duckdb_vector_get_data(vector(column))), row_count()};
  }
  /// One bit for each row, set when it is valid; null when all are.
  const std::uint64_t* validity(std::size_t column) const {
    return duckdb_vector_get_validity(vector(column));
  }
  bool is_null(std::size_t column, std::size_t row) const {
    const std::uint64_t* bits = validity(column);
    return bits != nullptr && ((bits[row / 64] >> (row % 64)) & 1U) == 0;
  }
  /// Bytes of a VARCHAR or BLOB cell; valid as long as the chunk.
  std::string_view text(std::size_t column, std::size_t row) const {
    duckdb_string_t& cell = values<duckdb_string_t>(column)[row];
    return {duckdb_string_t_data(&cell), duckdb_string_t_length(cell)};
  }

 private:
  duckdb_vector vector(std::size_t column) const {
    return duckdb_data_chunk_get_vector(chunk_.get(), column);
  }
  Handle<duckdb_data_chunk, duckdb_destroy_data_chunk> chunk_;
};

/// Result of a query, read chunk by chunk.
class Rows {
 public:
  Rows() = default;
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;
  Rows(Rows&& other) noexcept : result_(std::exchange(other.result_, duckdb_result{})) {}
  Rows& operator=(Rows&& other) noexcept {
    std::swap(result_, other.result_);
    return *this;
  }
  ~Rows() { duckdb_destroy_result(&result_); }

  std::size_t column_count() const { return duckdb_column_count(raw()); }
  std::string column_name(std::size_t column) const { return duckdb_column_name(raw(), column); }
  duckdb_type type(std::size_t column) const { return duckdb_column_type(raw(), column); }
  duckdb_logical_type logical_type(std::size_t column) const {
    return duckdb_column_logical_type(raw(), column);
  }
  /// The next chunk with rows, or nothing at the end. Errors: kMalformedData with DuckDB's text.
  Result<std::optional<Chunk>> next();
  duckdb_result* raw() const { return const_cast<duckdb_result*>(&result_); }  // NOLINT

 private:
  duckdb_result result_{};
};

/// A prepared statement with positional parameters ('?' or $1, numbered from 1).
class Statement {
 public:
  void bind(std::size_t position, std::string_view text);
  /// Run it; with `streaming`, rows are made as they are fetched. Errors: kMalformedData with
  /// DuckDB's text.
  enum class Delivery { kStreaming, kWhole };
  Result<Rows> execute(Delivery delivery = Delivery::kStreaming);

 private:
  friend class Connection;
  Handle<duckdb_prepared_statement, duckdb_destroy_prepare> statement_;
};

/// An in-memory database of its own with one connection and one thread. Extensions are never
/// installed or loaded.
class Connection {
 public:
  /// Errors: kStoreFailed.
  static Result<Connection> open();
  Result<Statement> prepare(const std::string& sql);
  /// Prepare, bind the texts in order, execute.
  Result<Rows> query(const std::string& sql, std::span<const std::string> parameters = {});

 private:
  Handle<duckdb_database, duckdb_close> database_;
  Handle<duckdb_connection, duckdb_disconnect> connection_;
};

}  // namespace tieout::frames::duck
