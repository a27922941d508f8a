#include "tieout/recon/trading_frames.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tieout/core/nan.hpp"

#include "bar_tables.hpp"

namespace tieout::recon {
namespace {

using runlog::RunSource;
using runlog::TableKind;

Error bad_table(TableKind kind, Timestamp bar, std::string_view what) {
  return {ErrorCode::kSchemaMismatch,
          fmt::format("read_trading_frames: {} of {}: {}", to_string(kind), to_iso(bar), what)};
}

template <typename T>
const std::vector<T>* values_of(const Table& table, std::string_view name) {
  const TypedColumn* column = table.find(name);
  return column == nullptr ? nullptr : std::get_if<std::vector<T>>(&column->values);
}

/// Asset of each row: kNoAsset for a table of one row that belongs to no asset.
Result<std::vector<AssetId>> assets_of(TableKind kind, const BarTable& item) {
  if (kind == TableKind::kStatistics) {
    if (item.table.row_count() != 1) {
      return bad_table(kind, item.bar, fmt::format("{} rows, needed one", item.table.row_count()));
    }
    return std::vector<AssetId>{kNoAsset};
  }
  const auto* ids = values_of<std::int64_t>(item.table, "asset_id");
  if (ids == nullptr) {
    return bad_table(kind, item.bar, "no int64 column asset_id");
  }
  std::vector<AssetId> assets;
  std::set<std::int64_t> seen;
  for (const std::int64_t id : *ids) {
    if (!seen.insert(id).second) {
      return bad_table(kind, item.bar, fmt::format("asset {} stands there twice", id));
    }
    assets.push_back(AssetId{id});
  }
  return assets;
}

/// The float64 columns of all tables as one panel.
Result<Panel> stack(TableKind kind, const std::vector<BarTable>& tables) {
  std::vector<std::string> fields;
  std::set<AssetId> assets;
  std::vector<std::vector<AssetId>> rows;
  for (const BarTable& item : tables) {
    TIEOUT_TRY(std::vector<AssetId> row, assets_of(kind, item));
    assets.insert(row.begin(), row.end());
    rows.push_back(std::move(row));
    for (const TypedColumn& column : item.table.columns) {
      if (column.type() == ColumnType::kFloat64 &&
          std::ranges::find(fields, column.name) == fields.end()) {
        fields.push_back(column.name);
      }
    }
  }
  std::vector<ColumnKey> keys;
  std::map<std::pair<std::string, AssetId>, std::size_t> position;
  for (const std::string& field : fields) {
    for (const AssetId asset : assets) {
      position[{field, asset}] = keys.size();
      keys.push_back({field, asset});
    }
  }
  Panel panel(std::move(keys));
  for (std::size_t i = 0; i < tables.size(); ++i) {
    panel.append_row(tables[i].bar);
    for (const TypedColumn& column : tables[i].table.columns) {
      if (column.type() != ColumnType::kFloat64) {
        continue;
      }
      const auto& values = std::get<std::vector<double>>(column.values);
      for (std::size_t r = 0; r < values.size(); ++r) {
        panel.set(i, position.at({column.name, rows[i][r]}), values[r]);
      }
    }
  }
  return panel;
}

/// Leave out targets that a bar before has already: a bar that was skipped says the last ones
/// again.
void drop_repeated_targets(std::vector<BarTable>& tables) {
  std::optional<Timestamp> last;
  std::erase_if(tables, [&](const BarTable& item) {
    const auto* stamps = values_of<Timestamp>(item.table, "wall_clock_timestamp");
    if (stamps == nullptr || stamps->empty()) {
      return false;
    }
    const Timestamp decided = *std::ranges::max_element(*stamps);
    const bool repeated = last == decided;
    last = decided;
    return repeated;
  });
}

/// Add rows that say nothing: NaN or "".
/// Errors: kSchemaMismatch for a type that has no missing value.
Status append_missing(TypedColumn& column, std::size_t rows, TableKind kind, Timestamp bar) {
  if (rows == 0) {
    return {};
  }
  if (auto* numbers = std::get_if<std::vector<double>>(&column.values)) {
    numbers->insert(numbers->end(), rows, kNaN);
    return {};
  }
  if (auto* texts = std::get_if<std::vector<std::string>>(&column.values)) {
    texts->insert(texts->end(), rows, "");
    return {};
  }
  return bad_table(kind, bar, fmt::format("column {} is there at some bars only", column.name));
}

/// All rows behind a column `bar`; cells of columns that a bar does not have say nothing.
Result<Table> concatenate(TableKind kind, const std::vector<BarTable>& tables) {
  Table out;
  if (tables.empty()) {
    return out;
  }
  out.columns.push_back({"bar", std::vector<Timestamp>{}});
  out.key_count = 1 + tables.front().table.key_count;
  for (const BarTable& item : tables) {
    for (const ColumnSpec& spec : schema_of(item.table)) {
      const TypedColumn* known = out.find(spec.name);
      if (known == nullptr) {
        const std::vector<ColumnSpec> one{spec};
        out.columns.push_back(make_table(one, 0).columns.front());
        TIEOUT_CHECK(append_missing(out.columns.back(), out.row_count(), kind, item.bar));
      } else if (known->type() != spec.type) {
        return bad_table(kind, item.bar,
                         fmt::format("column {} is {}, and {} at a bar before", spec.name,
                                     to_string(spec.type), to_string(known->type())));
      }
    }
    auto& bars = std::get<std::vector<Timestamp>>(out.columns.front().values);
    bars.insert(bars.end(), item.table.row_count(), item.bar);
    for (std::size_t c = 1; c < out.columns.size(); ++c) {
      const TypedColumn* from = item.table.find(out.columns[c].name);
      if (from == nullptr) {
        TIEOUT_CHECK(append_missing(out.columns[c], item.table.row_count(), kind, item.bar));
        continue;
      }
      std::visit(
          [&](auto& values) {
            const auto& more = std::get<std::decay_t<decltype(values)>>(from->values);
            values.insert(values.end(), more.begin(), more.end());
          },
          out.columns[c].values);
    }
  }
  return out;
}

/// A copy of `panel` with further columns of `field` for its assets, placed behind `after`, NaN.
Panel with_field(const Panel& panel, const std::string& field, std::string_view after) {
  std::vector<ColumnKey> keys = panel.columns();
  const std::vector<std::size_t> neighbours = panel.columns_of(after);
  std::vector<ColumnKey> added;
  for (const std::size_t c : neighbours) {
    added.push_back({field, keys[c].asset});
  }
  const std::size_t at = neighbours.empty() ? keys.size() : neighbours.back() + 1;
  keys.insert(keys.begin() + static_cast<std::ptrdiff_t>(at), added.begin(), added.end());
  Panel out(std::move(keys));
  out.append_rows(panel.index());
  for (std::size_t c = 0; c < panel.column_count(); ++c) {
    std::ranges::copy(panel.column(c), out.column(c < at ? c : c + added.size()).begin());
  }
  return out;
}

/// Prices of the targets, where the portfolio says none.
void add_price(TradingFrames& frames) {
  if (frames.portfolio.column_count() == 0 || !frames.portfolio.columns_of("price").empty() ||
      frames.target_positions.columns_of("price").empty()) {
    return;
  }
  frames.portfolio = with_field(frames.portfolio, "price", "holdings_shares");
  const auto rows = frames.target_positions.index();
  for (const std::size_t to : frames.portfolio.columns_of("price")) {
    const auto from = frames.target_positions.find_column(frames.portfolio.columns()[to]);
    for (std::size_t r = 0; from && r < rows.size(); ++r) {
      if (const auto row = frames.portfolio.find_row(rows[r])) {
        frames.portfolio.set(*row, to, frames.target_positions.at(r, *from));
      }
    }
  }
}

/// PnL of holdings and trades, where the portfolio says none.
void add_pnl(Panel& portfolio) {
  if (portfolio.columns_of("holdings_notional").empty() ||
      portfolio.columns_of("executed_trades_notional").empty() ||
      !portfolio.columns_of("pnl").empty()) {
    return;
  }
  portfolio = with_field(portfolio, "pnl", "executed_trades_notional");
  for (const std::size_t to : portfolio.columns_of("pnl")) {
    const AssetId asset = portfolio.columns()[to].asset;
    const auto held = portfolio.find_column({"holdings_notional", asset});
    const auto paid = portfolio.find_column({"executed_trades_notional", asset});
    for (std::size_t r = 1; held && paid && r < portfolio.row_count(); ++r) {
      portfolio.set(r, to,
                    portfolio.at(r, *held) - portfolio.at(r - 1, *held) - portfolio.at(r, *paid));
    }
  }
}

}  // namespace

Result<TradingFrames> read_trading_frames(const RunSource& run) {
  TradingFrames frames;
  frames.bar = run.manifest().bar;
  TIEOUT_TRY(const auto portfolio, read_bar_tables(run, TableKind::kPortfolio));
  TIEOUT_TRY(frames.portfolio, stack(TableKind::kPortfolio, portfolio));
  TIEOUT_TRY(auto targets, read_bar_tables(run, TableKind::kTargetPositions));
  drop_repeated_targets(targets);
  TIEOUT_TRY(frames.target_positions, stack(TableKind::kTargetPositions, targets));
  TIEOUT_TRY(const auto statistics, read_bar_tables(run, TableKind::kStatistics));
  TIEOUT_TRY(frames.statistics, stack(TableKind::kStatistics, statistics));
  for (const BarTable& item : statistics) {
    if (const auto* stamp = values_of<Timestamp>(item.table, "snapshot_timestamp")) {
      frames.snapshots.push_back(stamp->front());
    }
  }
  if (frames.snapshots.size() != statistics.size()) {
    frames.snapshots.clear();
  }
  TIEOUT_TRY(auto orders, read_bar_tables(run, TableKind::kOrders));
  drop_repeated_rows(orders);
  TIEOUT_TRY(frames.orders, concatenate(TableKind::kOrders, orders));
  TIEOUT_TRY(const auto fills, read_bar_tables(run, TableKind::kFills));
  TIEOUT_TRY(frames.fills, concatenate(TableKind::kFills, fills));
  add_price(frames);
  add_pnl(frames.portfolio);
  return frames;
}

}  // namespace tieout::recon
