#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "tieout/marketdata/source.hpp"

namespace tieout::marketdata {

/// The in-process store: tests, and simulations from a dump.
///
/// Threads: any; calls are serialised by a mutex.
std::unique_ptr<BarStore> make_memory_store();

/// The same, holding these versions with the seq that they carry (a dump keeps the seq of the store
/// it came from).
///
/// Rule:    nothing is absorbed. Versions with seq 0 get the next ones after the largest, in the
/// order given. The reference's
///          ids may repeat; among equal (knowledge, seq) of one bar the one that is given last
///          wins.
std::unique_ptr<BarStore> make_memory_store_from(std::vector<BarVersion> versions);

enum class OpenMode { kReadOnly, kReadWrite, kCreate };

struct SqliteOptions {
  Duration busy_timeout =
      seconds(5);              // How long a call waits for the lock before it says kStoreLocked.
  std::int64_t max_pages = 0;  // Size limit of the file in pages of 4096 bytes; 0 is none.
};

/// SQLite file in WAL mode, table `ccxt_ohlcv_futures` (docs/formats/market_data_store.md): one
/// process ingests while others read.
///
/// Errors:  kFileNotFound (kReadOnly, kReadWrite), kStoreLocked (after the busy time-out; names the
/// holder when it can be
///          seen), kSchemaMismatch (not SQLite, or another schema), kDiskFull, kFileUnwritable
///          (append to a store that was opened read-only), kStoreFailed. A failed append stores
///          nothing.
/// Threads: one store object is one connection: use it from one thread at a time. Threads and
/// processes that share a file
///          open it once each; readers never wait for the writer, and a read sees one committed
///          state of the file.
Result<std::unique_ptr<BarStore>> open_sqlite_store(const std::filesystem::path& path,
                                                    OpenMode mode,
                                                    const SqliteOptions& options = {});

}  // namespace tieout::marketdata
