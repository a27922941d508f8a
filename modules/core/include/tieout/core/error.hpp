#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tieout {

/// Kinds of expected failure. Generated from error_codes.def; the numbers are a contract.
enum class ErrorCode : std::uint16_t {
#define TIEOUT_ERROR_CODE(name, number, cause, remedy) name = number,
#include "tieout/core/error_codes.def"
#undef TIEOUT_ERROR_CODE
};

/// An expected failure. `message` says who, what was found, what was needed and where, on one line.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
};

/// One row of the error table.
struct ErrorCodeInfo {
  ErrorCode code;
  std::string_view name;    // "FileNotFound"
  std::string_view cause;   // What the code means, one sentence.
  std::string_view remedy;  // What to do, one sentence.
};

/// The whole table, in the order of the numbers.
std::span<const ErrorCodeInfo> error_table() noexcept;

/// The row of `code`.
const ErrorCodeInfo& error_info(ErrorCode code) noexcept;

/// "FileNotFound (200): read_file: 'a.csv': No such file or directory. Check the path."
std::string to_string(const Error& error);

/// The table as a markdown page: the content of docs/errors.md.
std::string error_table_markdown();

/// The process exit code of a command that ends with this error: 130 for kInterrupted, 4 for
/// corrupt evidence, else 2.
int exit_code_of(const Error& error) noexcept;

}  // namespace tieout
