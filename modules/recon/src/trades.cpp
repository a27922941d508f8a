#include "tieout/recon/trades.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/nan.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/frames/file.hpp"
#include "tieout/runlog/booked_fills.hpp"

#include "bar_tables.hpp"

namespace tieout::recon {
namespace {

using analytics::Trade;
using analytics::TradeStatus;

/// Reads typed cells of a table, and says which cell is not what it has to be.
class Cells {
 public:
  Cells(const Table& table, std::string_view who) : table_(table), who_(who) {}

  /// The first of these columns that the table has.
  const TypedColumn* first_of(std::span<const std::string_view> names) const {
    for (const std::string_view name : names) {
      if (const TypedColumn* column = table_.find(name); column != nullptr) {
        return column;
      }
    }
    return nullptr;
  }

  Result<const TypedColumn*> need(std::span<const std::string_view> names) const {
    if (const TypedColumn* column = first_of(names); column != nullptr) {
      return column;
    }
    std::vector<std::string> there;
    for (const TypedColumn& column : table_.columns) {
      there.push_back(column.name);
    }
    return Error{ErrorCode::kSchemaMismatch,
                 fmt::format("{}: needs a column {}, has: {}", who_, fmt::join(names, " or "),
                             there.empty() ? "none" : fmt::format("{}", fmt::join(there, ", ")))};
  }

  Result<double> number(const TypedColumn& column, std::size_t row) const {
    if (const auto* floats = std::get_if<std::vector<double>>(&column.values)) {
      return (*floats)[row];
    }
    if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&column.values)) {
      return static_cast<double>((*integers)[row]);
    }
    return malformed(column, row, "a number");
  }

  Result<std::int64_t> integer(const TypedColumn& column, std::size_t row) const {
    if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&column.values)) {
      return (*integers)[row];
    }
    return malformed(column, row, "a whole number");
  }

  /// An instant, or milliseconds since 1970 as exchanges write it.
  Result<Timestamp> instant(const TypedColumn& column, std::size_t row) const {
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 1'000'000;
    if (const auto* instants = std::get_if<std::vector<Timestamp>>(&column.values)) {
      return (*instants)[row];
    }
    if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&column.values)) {
      const std::int64_t ms = (*integers)[row];
      if (ms >= -kMost && ms <= kMost) {
        return Timestamp{ms * 1'000'000};
      }
    }
    return malformed(column, row, "an instant with its offset, or milliseconds since 1970");
  }

  /// "" for a column that is not there, and for what is missing.
  static std::string text(const TypedColumn* column, std::size_t row) {
    if (column == nullptr) {
      return "";
    }
    const std::string cell = cell_text(*column, row);
    return cell == "nan" ? "" : cell;
  }

  Error malformed(const TypedColumn& column, std::size_t row, std::string_view wanted) const {
    return {ErrorCode::kMalformedData,
            fmt::format("{}: row {}, column {} is '{}', it must be {}", who_, row + 1, column.name,
                        cell_text(column, row), wanted)};
  }

 private:
  const Table& table_;
  std::string_view who_;
};

using Names = std::span<const std::string_view>;

/// The columns of a table of trades, whichever names they have.
struct Columns {
  const TypedColumn* id = nullptr;
  const TypedColumn* asset = nullptr;
  const TypedColumn* time = nullptr;
  const TypedColumn* quantity = nullptr;
  const TypedColumn* side = nullptr;  // of unsigned quantities
  const TypedColumn* price = nullptr;
  const TypedColumn* parent = nullptr;
  const TypedColumn* client_id = nullptr;
  const TypedColumn* bar = nullptr;
  const TypedColumn* end = nullptr;
  const TypedColumn* status = nullptr;
};

Result<Columns> find_columns(const Cells& cells, TradeKind kind) {
  using Sv = std::string_view;
  const bool is_fill = kind == TradeKind::kFills;
  static constexpr std::array kFillTime{Sv("timestamp"), Sv("datetime")};
  static constexpr std::array kOrderTime{Sv("creation_timestamp")};
  static constexpr std::array kFillQuantity{Sv("num_shares"), Sv("amount")};
  static constexpr std::array kOrderQuantity{Sv("diff_num_shares")};
  static constexpr std::array kFillId{Sv("fill_id"), Sv("id")};
  static constexpr std::array kOrderId{Sv("order_id")};
  static constexpr std::array kFillParent{Sv("order_id"), Sv("order")};
  static constexpr std::array kOrderParent{Sv("parent_order_id"), Sv("oms_parent_order_id")};
  static constexpr std::array kFillPrice{Sv("price")};
  static constexpr std::array kOrderPrice{Sv("limit_price"), Sv("price")};
  static constexpr std::array kAsset{Sv("asset_id")};
  static constexpr std::array kSide{Sv("side")};
  static constexpr std::array kClient{Sv("client_order_id")};
  static constexpr std::array kBar{Sv("bar")};
  static constexpr std::array kEnd{Sv("end_timestamp")};
  static constexpr std::array kStatus{Sv("status")};
  Columns columns;
  TIEOUT_TRY(columns.asset, cells.need(kAsset));
  TIEOUT_TRY(columns.time, cells.need(is_fill ? Names(kFillTime) : Names(kOrderTime)));
  TIEOUT_TRY(columns.quantity, cells.need(is_fill ? Names(kFillQuantity) : Names(kOrderQuantity)));
  if (columns.quantity->name == "amount") {
    TIEOUT_TRY(columns.side, cells.need(kSide));
  }
  columns.id = cells.first_of(is_fill ? Names(kFillId) : Names(kOrderId));
  columns.parent = cells.first_of(is_fill ? Names(kFillParent) : Names(kOrderParent));
  columns.price = cells.first_of(is_fill ? Names(kFillPrice) : Names(kOrderPrice));
  columns.client_id = cells.first_of(kClient);
  columns.bar = cells.first_of(kBar);
  columns.end = is_fill ? nullptr : cells.first_of(kEnd);
  columns.status = cells.first_of(kStatus);
  return columns;
}

/// The words of our logs and of exchanges.
TradeStatus status_of(std::string_view text) {
  static const std::map<std::string_view, TradeStatus> kWords{
      {"filled", TradeStatus::kFilled},       {"closed", TradeStatus::kFilled},
      {"cancelled", TradeStatus::kCancelled}, {"canceled", TradeStatus::kCancelled},
      {"rejected", TradeStatus::kRejected},   {"expired", TradeStatus::kExpired},
  };
  const auto found = kWords.find(text);
  return found == kWords.end() ? TradeStatus::kUnknown : found->second;
}

Result<Trade> read_row(const Cells& cells, const Columns& columns, std::size_t row) {
  Trade trade;
  TIEOUT_TRY(trade.asset.value, cells.integer(*columns.asset, row));
  TIEOUT_TRY(trade.time, cells.instant(*columns.time, row));
  TIEOUT_TRY(trade.quantity, cells.number(*columns.quantity, row));
  if (columns.side != nullptr) {
    const std::string side = Cells::text(columns.side, row);
    if (side != "buy" && side != "sell") {
      return cells.malformed(*columns.side, row, "buy or sell");
    }
    if (trade.quantity < 0) {
      return cells.malformed(*columns.quantity, row, "positive, for the side stands beside it");
    }
    trade.quantity = side == "buy" ? trade.quantity : -trade.quantity;
  }
  trade.price = kNaN;
  if (columns.price != nullptr) {
    TIEOUT_TRY(trade.price, cells.number(*columns.price, row));
  }
  trade.id = Cells::text(columns.id, row);
  trade.parent = Cells::text(columns.parent, row);
  trade.client_id = Cells::text(columns.client_id, row);
  trade.status = status_of(Cells::text(columns.status, row));
  if (columns.bar != nullptr) {
    TIEOUT_TRY(trade.bar, cells.instant(*columns.bar, row));
  }
  if (columns.end != nullptr) {
    TIEOUT_TRY(trade.end, cells.instant(*columns.end, row));
  }
  return trade;
}

/// Exchange trades are numbered for each instrument, and fetched more than once: the last row of
/// each (time, id, order) stays.
std::vector<Trade> without_repeats(std::vector<Trade> trades) {
  std::set<std::tuple<std::int64_t, std::string, std::string, AssetId>> seen;
  std::vector<Trade> kept;
  for (auto trade = trades.rbegin(); trade != trades.rend(); ++trade) {
    if (trade->id.empty() ||
        seen.emplace(trade->time.ns, trade->id, trade->parent, trade->asset).second) {
      kept.push_back(std::move(*trade));
    }
  }
  for (Trade& trade : kept) {
    trade.id = trade.id.empty() ? "" : fmt::format("{}:{}", trade.asset.value, trade.id);
  }
  return {std::make_move_iterator(kept.rbegin()), std::make_move_iterator(kept.rend())};
}

}  // namespace

std::string_view to_string(TradeKind kind) noexcept {
  return kind == TradeKind::kFills ? "fill" : "order";
}

Result<std::vector<Trade>> trades_of(const Table& table, TradeKind kind, std::string_view who) {
  std::vector<Trade> trades;
  if (table.columns.empty()) {
    return trades;
  }
  const Cells cells(table, who);
  TIEOUT_TRY(const Columns columns, find_columns(cells, kind));
  trades.reserve(table.row_count());
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    TIEOUT_TRY(Trade trade, read_row(cells, columns, row));
    trades.push_back(std::move(trade));
  }
  return columns.side == nullptr ? std::move(trades) : without_repeats(std::move(trades));
}

Result<std::vector<Trade>> trades_of(const runlog::RunSource& run, TradeKind kind) {
  const bool is_fill = kind == TradeKind::kFills;
  const runlog::TableKind table_kind =
      is_fill ? runlog::TableKind::kFills : runlog::TableKind::kOrders;
  std::vector<BarTable> tables;
  if (is_fill) {
    TIEOUT_TRY(runlog::BookedFills booked, runlog::booked_fills(run));
    for (std::size_t i = 0; i < booked.tables.size(); ++i) {
      if (booked.tables[i]) {
        tables.push_back({run.bars()[i].bar, std::move(*booked.tables[i])});
      }
    }
  } else {
    TIEOUT_TRY(tables, read_bar_tables(run, table_kind));
  }
  drop_repeated_rows(tables);
  std::vector<Trade> trades;
  for (const BarTable& item : tables) {
    const std::string who = fmt::format("{}, {} at {}", run.directory().string(),
                                        runlog::to_string(table_kind), to_iso(item.bar));
    TIEOUT_TRY(std::vector<Trade> rows, trades_of(item.table, kind, who));
    for (Trade& trade : rows) {
      trade.bar = item.bar;
      trades.push_back(std::move(trade));
    }
  }
  return trades;
}

Result<std::vector<Trade>> read_trades(const std::filesystem::path& file, TradeKind kind) {
  TIEOUT_TRY(const frames::Frame frame, frames::read_frame(file));
  const std::string who = fmt::format("'{}'", file.string());
  TIEOUT_TRY(const Table table, frames::to_table(frame, who));
  return trades_of(table, kind, who);
}

}  // namespace tieout::recon
