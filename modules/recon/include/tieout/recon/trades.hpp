#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "tieout/analytics/matching.hpp"
#include "tieout/core/result.hpp"
#include "tieout/core/table.hpp"
#include "tieout/runlog/run_source.hpp"

namespace tieout::recon {

enum class TradeKind : std::uint8_t { kFills, kOrders };
/// "fill", "order".
std::string_view to_string(TradeKind kind) noexcept;

/// The rows of a table as matching sees them (docs/formats/matching.md, "Where trades come from").
///
/// Rule:    fills have our columns (fill_id, order_id, asset_id, timestamp, num_shares, price) or
///          those of exchange trades (id, order, asset_id, side, amount, price, timestamp in
///          milliseconds or datetime), which count once for each (timestamp, id, order), the last
///          one; orders have ours (order_id, asset_id, creation_timestamp, diff_num_shares).
///          Optional: bar, client_order_id, parent_order_id, end_timestamp, limit_price, status.
/// Errors:  kSchemaMismatch naming `who` and the columns that are needed and there;
///          kMalformedData naming the row of a cell that is not what its column says.
/// Source:  oms.md 2.1, 2.2, 2.9.
Result<std::vector<analytics::Trade>> trades_of(const Table& table, TradeKind kind,
                                                std::string_view who);

/// All fills or orders of a run; each has the bar that its table belongs to. Fills are those of
/// runlog::booked_fills(): of a log without fills the trades of its books.
Result<std::vector<analytics::Trade>> trades_of(const runlog::RunSource& run, TradeKind kind);

/// Those of a CSV or Parquet file. Errors: those of frames::read_frame() and trades_of().
Result<std::vector<analytics::Trade>> read_trades(const std::filesystem::path& file,
                                                  TradeKind kind);

}  // namespace tieout::recon
