#pragma once

#include <filesystem>
#include <memory>

#include "tieout/marketdata/source.hpp"

namespace tieout::marketdata {

/// The in-process store: tests, and simulations from a dump.
std::unique_ptr<BarStore> make_memory_store();

/// The same, holding these versions with the seq that they carry (a dump keeps the seq of the store it came from).
std::unique_ptr<BarStore> make_memory_store_from(std::vector<BarVersion> versions);

enum class OpenMode { kReadOnly, kReadWrite, kCreate };

/// SQLite file in WAL mode, table `ccxt_ohlcv_futures` (docs/formats/market_data_store.md): one process ingests while others
/// read. Errors: kFileNotFound, kStoreLocked (after the busy time-out), kStoreFailed, kSchemaMismatch.
Result<std::unique_ptr<BarStore>> open_sqlite_store(const std::filesystem::path& path, OpenMode mode);

}  // namespace tieout::marketdata
