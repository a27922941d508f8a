#include "recorded_fills.hpp"

#include <cmath>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"
#include "tieout/core/table.hpp"
#include "tieout/frames/file.hpp"
#include "tieout/oms/tables.hpp"
#include "tieout/runlog/booked_fills.hpp"

namespace tieout::system {
namespace {

namespace tables = oms::tables;
using runlog::TableKind;

/// Values of a column that must be there. Errors: kSchemaMismatch.
template <typename T>
Result<const std::vector<T>*> column(const Table& table, std::string_view name, TableKind kind,
                                     Timestamp bar) {
  const TypedColumn* const found = table.find(name);
  const auto* const values =
      found == nullptr ? nullptr : std::get_if<std::vector<T>>(&found->values);
  if (values == nullptr) {
    return Error{ErrorCode::kSchemaMismatch,
                 fmt::format("replayed fills: the {} of bar {} have no usable column '{}'",
                             runlog::to_string(kind), to_iso(bar), name)};
  }
  return values;
}

oms::Liquidity liquidity_of(std::string_view text) {
  return text == tables::to_string(oms::Liquidity::kMaker)   ? oms::Liquidity::kMaker
         : text == tables::to_string(oms::Liquidity::kTaker) ? oms::Liquidity::kTaker
                                                             : oms::Liquidity::kUnknown;
}

Result<std::vector<oms::Fill>> fills_of(const Table& table, Timestamp bar) {
  constexpr TableKind kKind = TableKind::kFills;
  std::vector<oms::Fill> fills(table.row_count());
  if (fills.empty()) {
    return fills;
  }
  TIEOUT_TRY(const auto* ids, column<std::int64_t>(table, tables::kFillId, kKind, bar));
  TIEOUT_TRY(const auto* orders, column<std::int64_t>(table, tables::kOrderId, kKind, bar));
  TIEOUT_TRY(const auto* assets, column<std::int64_t>(table, tables::kAssetId, kKind, bar));
  TIEOUT_TRY(const auto* stamps, column<Timestamp>(table, tables::kTimestamp, kKind, bar));
  TIEOUT_TRY(const auto* shares, column<double>(table, tables::kNumShares, kKind, bar));
  TIEOUT_TRY(const auto* prices, column<double>(table, tables::kPrice, kKind, bar));
  for (std::size_t i = 0; i < fills.size(); ++i) {
    fills[i] = {.fill_id = (*ids)[i],
                .order_id = (*orders)[i],
                .asset_id = AssetId{(*assets)[i]},
                .timestamp = (*stamps)[i],
                .num_shares = (*shares)[i],
                .price = (*prices)[i]};
  }
  if (table.find(tables::kFee) != nullptr) {  // A run without costs has no such columns.
    TIEOUT_TRY(const auto* fees, column<double>(table, tables::kFee, kKind, bar));
    TIEOUT_TRY(const auto* sides, column<std::string>(table, tables::kLiquidity, kKind, bar));
    for (std::size_t i = 0; i < fills.size(); ++i) {
      fills[i].fee = (*fees)[i];
      fills[i].liquidity = liquidity_of((*sides)[i]);
    }
  }
  return fills;
}

/// A file whose shares or prices are all whole numbers has integers there.
void widen_numbers(Table& table) {
  for (TypedColumn& column : table.columns) {
    const auto* whole = std::get_if<std::vector<std::int64_t>>(&column.values);
    const bool is_number = column.name == tables::kNumShares || column.name == tables::kPrice ||
                           column.name == tables::kFee;
    if (is_number && whole != nullptr) {
      column.values = std::vector<double>(whole->begin(), whole->end());
    }
  }
}

/// How much of each order was filled.
class OrderBook {
 public:
  Status add_orders(const Table& table, Timestamp bar) {
    if (table.row_count() == 0) {
      return {};
    }
    constexpr TableKind kKind = TableKind::kOrders;
    TIEOUT_TRY(const auto* ids, column<std::int64_t>(table, tables::kOrderId, kKind, bar));
    TIEOUT_TRY(const auto* shares, column<double>(table, tables::kDiffNumShares, kKind, bar));
    for (std::size_t i = 0; i < ids->size(); ++i) {
      left_[(*ids)[i]] = {(*shares)[i], 0.0};
    }
    return {};
  }

  Status add_fill(const oms::Fill& fill, Timestamp bar) {
    const auto found = left_.find(fill.order_id);
    if (found == left_.end()) {
      return {};
    }
    Filled& order = found->second;
    order.filled += fill.num_shares;
    const double slack = 1e-9 * std::abs(order.ordered);
    const bool same_side = order.filled * order.ordered >= 0.0;
    if (!same_side || std::abs(order.filled) > std::abs(order.ordered) + slack) {
      return Error{ErrorCode::kMalformedData,
                   fmt::format("replayed fills: with fill {} of bar {}, {} shares of order {} are "
                               "filled, which was for {}: fills overlap",
                               fill.fill_id, to_iso(bar), format_double(order.filled),
                               fill.order_id, format_double(order.ordered))};
    }
    return {};
  }

 private:
  struct Filled {
    double ordered = 0.0;
    double filled = 0.0;
  };
  std::map<std::int64_t, Filled> left_;
};

}  // namespace

Result<RecordedFills> read_fills(const runlog::RunSource& run, Timestamp first_bar,
                                 Timestamp last_bar) {
  RecordedFills recorded;
  OrderBook orders;
  TIEOUT_TRY(const runlog::BookedFills booked, runlog::booked_fills(run));
  recorded.derived = booked.derived;
  for (std::size_t i = 0; i < run.bars().size(); ++i) {
    const Timestamp bar = run.bars()[i].bar;
    if (bar > last_bar) {
      break;
    }
    if (const std::optional<Table>& filled = booked.tables[i]; filled) {
      TIEOUT_TRY(std::vector<oms::Fill> fills, fills_of(*filled, bar));
      for (const oms::Fill& fill : fills) {
        TIEOUT_CHECK(orders.add_fill(fill, bar));
      }
      if (bar > first_bar) {
        TIEOUT_TRY(const std::optional<Table> told, run.table(TableKind::kOrderEvents, i));
        TIEOUT_TRY(std::vector<oms::OrderEvent> events,
                   oms::order_events_from(told.value_or(Table{})));
        recorded.bars.push_back({bar, std::move(fills), std::move(events)});
      } else {
        recorded.left_out += fills.size();
      }
    }
    TIEOUT_TRY(const std::optional<Table> submitted, run.table(TableKind::kOrders, i));
    if (submitted) {
      TIEOUT_CHECK(orders.add_orders(*submitted, bar));
    }
  }
  return recorded;
}

Result<RecordedFills> read_fills(const FillsFrom& from, Duration bar, Timestamp first_bar,
                                 Timestamp last_bar) {
  if (from.run != nullptr) {
    return read_fills(*from.run, first_bar, last_bar);
  }
  TIEOUT_TRY(const frames::Frame frame, frames::read_frame(from.file));
  const std::string who = fmt::format("replayed fills: '{}'", from.file.string());
  TIEOUT_TRY(Table table, frames::to_table(frame, who));
  widen_numbers(table);
  const Result<std::vector<oms::Fill>> read = fills_of(table, first_bar);
  if (!read.ok()) {
    return Error{read.error().code,
                 fmt::format("{} as a file of fills: {}", who, read.error().message)};
  }
  const TypedColumn* const labels = table.find("bar");
  const auto* const bars =
      labels == nullptr ? nullptr : std::get_if<std::vector<Timestamp>>(&labels->values);
  std::map<Timestamp, std::vector<oms::Fill>> by_bar;
  for (std::size_t i = 0; i < read->size(); ++i) {
    const oms::Fill& fill = (*read)[i];
    by_bar[bars != nullptr ? (*bars)[i] : ceil_to(fill.timestamp, bar)].push_back(fill);
  }
  RecordedFills recorded;
  for (auto& [label, fills] : by_bar) {
    if (label > first_bar && label <= last_bar) {
      recorded.bars.push_back({label, std::move(fills)});
    } else if (label <= first_bar) {
      recorded.left_out += fills.size();
    }
  }
  return recorded;
}

std::vector<std::string> RecordedFills::notes(Timestamp first_bar) const {
  std::vector<std::string> notes;
  if (left_out > 0) {
    notes.push_back(fmt::format(
        "{} fills that production booked up to {} are left out: the books of this run begin there",
        left_out, to_iso(first_bar)));
  }
  if (derived) {
    notes.push_back(
        "production's log has no fills: the trades of its books are booked, one for each asset and "
        "bar");
  }
  return notes;
}

}  // namespace tieout::system
