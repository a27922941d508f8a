#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/marketdata/bar.hpp"

namespace tieout::marketdata {

/// Read bars from a CSV (plain or .gz), told apart by content:
/// (a) header start_timestamp,end_timestamp,full_symbol,open,high,low,close,volume[,bid...]; empty
/// field = not known; (b) the public Binance kline file: 12 columns, with or without header, ms or
/// us stamps; `full_symbol` is required for it. Rows come back ordered by (end, asset). knowledge
/// and end_download are set to end: attach a latency model before use. Errors: kFileNotFound,
/// kSchemaMismatch, kMalformedData (line, field, what was needed), kInvalidArgument (no symbol for
/// b).
struct CsvImportOptions {
  std::string full_symbol;  // for klines only: "binance::BTC_USDT"
};
Result<std::vector<BarVersion>> import_bars_csv(const std::filesystem::path& path,
                                                const CsvImportOptions& options);

/// Bars in form (a): what import_bars_csv() reads back. A NaN is an empty field.
std::string bars_csv(std::span<const BarVersion> bars);

}  // namespace tieout::marketdata
