#include "tieout/core/sqlite_error.hpp"

#include <cerrno>

#include <fmt/format.h>

namespace tieout {
namespace {

/// Primary result codes of SQLite; its file format and interface keep them for ever.
enum Primary {
  kPerm = 3,
  kBusy = 5,
  kLocked = 6,
  kReadOnly = 8,
  kIoError = 10,
  kCorrupt = 11,
  kFull = 13,
  kCannotOpen = 14,
  kNotADatabase = 26,
};

}  // namespace

Error sqlite_error(const SqliteFailure& failure) {
  const std::string what = fmt::format("{}: {}", failure.where, failure.said);
  const std::string none_stored = what + "; nothing of it was stored";
  switch (failure.code & 0xff) {
    case kBusy:
    case kLocked:
      return {ErrorCode::kStoreLocked, fmt::format("{}; {}", what, failure.holder)};
    case kFull:
      return {ErrorCode::kDiskFull, none_stored};
    case kIoError:
      if (failure.system_errno == ENOSPC || failure.system_errno == EDQUOT) {
        return {ErrorCode::kDiskFull, none_stored};
      }
      break;
    case kNotADatabase:
      return {ErrorCode::kSchemaMismatch, what + ", needed a SQLite file"};
    case kCorrupt:
      return {ErrorCode::kSchemaMismatch, what + ": restore it from a copy"};
    case kCannotOpen:
      return {
          failure.system_errno == ENOENT ? ErrorCode::kFileNotFound : ErrorCode::kFileUnreadable,
          what};
    case kReadOnly:
    case kPerm:
      return {ErrorCode::kFileUnwritable, what};
    default:
      break;
  }
  return {ErrorCode::kStoreFailed, fmt::format("{} (SQLite code {})", what, failure.code)};
}

}  // namespace tieout
