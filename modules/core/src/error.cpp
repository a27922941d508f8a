#include "tieout/core/error.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "tieout/core/assert.hpp"

namespace tieout {
namespace {

constexpr auto kTable = std::to_array<ErrorCodeInfo>({
#define TIEOUT_ERROR_CODE(name, number, cause, remedy) \
  {ErrorCode::name, std::string_view(#name).substr(1), cause, remedy},
#include "tieout/core/error_codes.def"
#undef TIEOUT_ERROR_CODE
});

}  // namespace

std::span<const ErrorCodeInfo> error_table() noexcept { return kTable; }

const ErrorCodeInfo& error_info(ErrorCode code) noexcept {
  const auto* const row = std::ranges::find(kTable, code, &ErrorCodeInfo::code);
  TIEOUT_ASSERT(row != kTable.end());
  return *row;
}

std::string to_string(const Error& error) {
  const ErrorCodeInfo& info = error_info(error.code);
  return fmt::format("{} ({}): {}. {}.", info.name, static_cast<int>(error.code), error.message,
                     info.remedy);
}

int exit_code_of(const Error& error) noexcept {
  switch (error.code) {
    case ErrorCode::kInterrupted: return 130;
    case ErrorCode::kCorruptEvidence: return 4;
    default: return 2;
  }
}

}  // namespace tieout
