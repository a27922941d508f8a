#include "tieout/core/error.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "tieout/core/assert.hpp"
#include "tieout/core/utf8.hpp"

namespace tieout {
namespace {

constexpr auto kTable = std::to_array<ErrorCodeInfo>({
#define TIEOUT_ERROR_CODE(name, number, cause, remedy) \
  {ErrorCode::name, std::string_view(#name).substr(1), cause, remedy},
#include "tieout/core/error_codes.def"
#undef TIEOUT_ERROR_CODE
});

}  // namespace

std::span<const ErrorCodeInfo> error_table() noexcept {
  return kTable;
}

const ErrorCodeInfo& error_info(ErrorCode code) noexcept {
  const auto* const row = std::ranges::find(kTable, code, &ErrorCodeInfo::code);
  TIEOUT_ASSERT(row != kTable.end());
  return *row;
}

std::string to_string(const Error& error) {
  const ErrorCodeInfo& info = error_info(error.code);
  return fmt::format("{} ({}): {}. {}.", info.name, static_cast<int>(error.code),
                     one_line(error.message), info.remedy);
}

std::string error_table_markdown() {
  std::string page =
      "# Errors\n\n"
      "Every expected failure has a code. The numbers are a contract: they are never reused or "
      "renumbered.\n"
      "Generated from `modules/core/include/tieout/core/error_codes.def`; a test keeps this page "
      "equal to it.\n\n"
      "| number | name | what it means | what to do | exit code |\n"
      "|---:|---|---|---|---:|\n";
  for (const ErrorCodeInfo& row : kTable) {
    page += fmt::format("| {} | {} | {} | {} | {} |\n", static_cast<int>(row.code), row.name,
                        row.cause, row.remedy, exit_code_of(Error{row.code, ""}));
  }
  return page;
}

int exit_code_of(const Error& error) noexcept {
  switch (error.code) {
    case ErrorCode::kInterrupted:
      return 130;
    case ErrorCode::kCorruptEvidence:
      return 4;
    default:
      return 2;
  }
}

}  // namespace tieout
