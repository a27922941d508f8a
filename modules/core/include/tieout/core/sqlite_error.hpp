#pragma once

#include <string>

#include "tieout/core/error.hpp"

namespace tieout {

/// What SQLite said, as far as an error of ours tells it. The library itself is not needed here.
struct SqliteFailure {
  int code = 0;          // result code, extended or not
  int system_errno = 0;  // sqlite3_system_errno(), 0 when there is no connection
  std::string where;     // "market data store 'x.sqlite': COMMIT"
  std::string said;      // sqlite3_errmsg()
  std::string holder;    // who holds a lock, or what to do about it
};

/// The error of a failure: the one table for every adapter.
///
/// Rule:    locked kStoreLocked; a full disk, also behind an I/O error, kDiskFull; no database or a
///          corrupt one kSchemaMismatch; a file that is not there kFileNotFound, or cannot be
///          opened kFileUnreadable; without permission kFileUnwritable; all else kStoreFailed with
///          the code.
/// Source:  sqlite.org/rescode.html.
Error sqlite_error(const SqliteFailure& failure);

}  // namespace tieout
