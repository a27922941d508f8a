#include "tieout/recon/broker_books.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

#include "check_log.hpp"

namespace tieout::recon {
namespace {

using analytics::BookTrade;
using analytics::Execution;

constexpr double kVenueTolerance = 1e-9;
constexpr double kMissingAssetShare = 0.3;
constexpr std::size_t kExtraBars = 2;

template <typename T>
Result<const std::vector<T>*> need_column(const Table& table, std::string_view name) {
  const TypedColumn* column = table.find(name);
  const auto* values = column == nullptr ? nullptr : std::get_if<std::vector<T>>(&column->values);
  if (values == nullptr) {
    return Error{
        ErrorCode::kSchemaMismatch,
        fmt::format("the log's fills or orders have no column {} of the type needed", name)};
  }
  return values;
}

std::set<AssetId> assets_of(const Panel& panel) {
  std::set<AssetId> assets;
  for (const ColumnKey& key : panel.columns()) {
    assets.insert(key.asset);
  }
  return assets;
}

/// Books as they stand at row `row` of the log.
analytics::Opening opening_at(const Panel& portfolio, std::size_t row) {
  analytics::Opening opening;
  for (const AssetId asset : assets_of(portfolio)) {
    const auto shares = portfolio.find_column({"holdings_shares", asset});
    const auto notional = portfolio.find_column({"holdings_notional", asset});
    opening.holdings_shares[asset] = shares ? portfolio.at(row, *shares) : 0.0;
    opening.holdings_notional[asset] = notional ? portfolio.at(row, *notional) : 0.0;
  }
  return opening;
}

/// The columns of one field.
Panel field_panel(const Panel& panel, std::string_view field) {
  std::vector<ColumnKey> keys;
  const auto from = panel.columns_of(field);
  for (const std::size_t c : from) {
    keys.push_back(panel.columns()[c]);
  }
  Panel out(std::move(keys));
  out.append_rows(panel.index());
  for (std::size_t c = 0; c < from.size(); ++c) {
    std::ranges::copy(panel.column(from[c]), out.column(c).begin());
  }
  return out;
}

/// The log's own fills, each at the bar that booked it.
Result<std::vector<BookTrade>> own_trades(const Table& fills) {
  TIEOUT_TRY(const auto* bars, need_column<Timestamp>(fills, "bar"));
  TIEOUT_TRY(const auto* assets, need_column<std::int64_t>(fills, "asset_id"));
  TIEOUT_TRY(const auto* shares, need_column<double>(fills, "num_shares"));
  TIEOUT_TRY(const auto* prices, need_column<double>(fills, "price"));
  std::vector<BookTrade> trades;
  for (std::size_t i = 0; i < bars->size(); ++i) {
    trades.push_back(
        {(*bars)[i], AssetId{(*assets)[i]}, (*shares)[i], (*shares)[i] * (*prices)[i]});
  }
  return trades;
}

/// Bars that are no bars of the books: at most two in a row before or after them are let pass.
void judge_extra_bars(const std::set<Timestamp>& extra, std::string_view where, Duration bar,
                      std::vector<std::string>& problems) {
  if (extra.empty()) {
    return;
  }
  const bool consecutive =
      *extra.rbegin() - *extra.begin() == bar * static_cast<std::int64_t>(extra.size() - 1);
  if (extra.size() > kExtraBars || !consecutive) {
    problems.push_back(fmt::format("the venue traded in {} bars {} the books, from {} to {}",
                                   extra.size(), where, to_iso(*extra.begin()),
                                   to_iso(*extra.rbegin())));
  }
}

/// Trades of the venue by bar, for the bars and assets that the log has.
Result<std::vector<BookTrade>> venue_trades(const std::vector<Execution>& trades,
                                            const Panel& price, Duration bar,
                                            std::vector<std::string>& problems) {
  TIEOUT_TRY(const auto fills, analytics::aggregate_trades_by_bar(trades, bar));
  std::vector<BookTrade> out;
  std::set<Timestamp> before, after, within;
  const std::set<AssetId> known = assets_of(price);
  std::set<AssetId> foreign;
  for (const analytics::BarFill& fill : fills) {
    if (!known.contains(fill.asset)) {
      foreign.insert(fill.asset);
    } else if (price.empty() || fill.bar < price.index().front()) {
      before.insert(fill.bar);
    } else if (fill.bar > price.index().back()) {
      after.insert(fill.bar);
    } else if (!price.find_row(fill.bar)) {
      within.insert(fill.bar);
    } else {
      const double side = fill.buy_count > 0 ? 1 : -1;
      out.push_back({fill.bar, fill.asset, side * fill.amount, side * fill.cost});
    }
  }
  for (const AssetId asset : foreign) {
    problems.push_back(
        fmt::format("the venue traded asset {}, which the log does not have", asset.value));
  }
  for (const Timestamp gap : within) {
    problems.push_back(
        fmt::format("the venue traded in the bar that ends {}, which the log does "
                    "not have",
                    to_iso(gap)));
  }
  judge_extra_bars(before, "before", bar, problems);
  judge_extra_bars(after, "after", bar, problems);
  return out;
}

/// Assets of the log that were not traded at the venue.
void judge_missing_assets(const Panel& portfolio, const std::vector<BookTrade>& trades,
                          std::vector<std::string>& problems) {
  std::set<AssetId> traded;
  for (const BookTrade& trade : trades) {
    traded.insert(trade.asset);
  }
  const std::set<AssetId> logged = assets_of(portfolio);
  std::size_t missing = 0;
  for (const AssetId asset : logged) {
    if (traded.contains(asset)) {
      continue;
    }
    ++missing;
    const auto executed = portfolio.find_column({"executed_trades_shares", asset});
    double sum = 0;
    for (std::size_t r = 1; executed && r < portfolio.row_count(); ++r) {
      const double shares = portfolio.at(r, *executed);
      sum += std::isnan(shares) ? 0.0 : std::fabs(shares);
    }
    if (sum > 0) {
      problems.push_back(fmt::format("the log traded {} shares of asset {}, the venue none",
                                     format_double(sum), asset.value));
    }
  }
  if (static_cast<double>(missing) > kMissingAssetShare * static_cast<double>(logged.size())) {
    problems.push_back(
        fmt::format("the venue traded none of {} of the log's {} assets, at most "
                    "30 % may be missing",
                    missing, logged.size()));
  }
}

void judge_universe(const runlog::RunSource& run, const Panel& portfolio,
                    std::vector<std::string>& problems) {
  std::set<AssetId> universe;
  for (const Asset& asset : run.manifest().universe) {
    universe.insert(asset.id);
  }
  for (const AssetId asset : assets_of(portfolio)) {
    if (!universe.empty() && !universe.contains(asset)) {
      problems.push_back(
          fmt::format("the books hold asset {}, which is not in the universe", asset.value));
    }
  }
}

/// What the orders imply, against the logged targets, at the bars that have orders.
Status compare_targets(const TradingFrames& frames, BooksRebuild& out) {
  if (frames.orders.row_count() == 0 || frames.target_positions.columns_of("price").empty() ||
      frames.bar.ns <= 0) {
    out.notes.push_back("targets are not compared: the log lacks orders, targets or its bar");
    return {};
  }
  TIEOUT_TRY(const auto* assets, need_column<std::int64_t>(frames.orders, "asset_id"));
  TIEOUT_TRY(const auto* ends, need_column<Timestamp>(frames.orders, "end_timestamp"));
  TIEOUT_TRY(const auto* held, need_column<double>(frames.orders, "curr_num_shares"));
  TIEOUT_TRY(const auto* shares, need_column<double>(frames.orders, "diff_num_shares"));
  std::vector<analytics::ParentOrder> orders;
  for (std::size_t i = 0; i < ends->size(); ++i) {
    orders.push_back({AssetId{(*assets)[i]}, (*ends)[i], (*held)[i], (*shares)[i]});
  }
  const auto implied = analytics::convert_orders_to_target_positions(
      orders, field_panel(frames.target_positions, "price"), frames.bar);
  if (!implied.ok()) {
    out.notes.push_back("targets are not compared: " + implied.error().message);
    return {};
  }
  // Only cells that orders say something about: an asset has none after its last order.
  Panel logged = frames.target_positions;
  for (std::size_t r = 0; r < implied->row_count(); ++r) {
    const auto row = logged.find_row(implied->index()[r]);
    for (std::size_t c = 0; row && c < implied->column_count(); ++c) {
      const AssetId asset = implied->columns()[c].asset;
      const double known = implied->at(r, *implied->find_column({"holdings_shares", asset}));
      const auto to = logged.find_column(implied->columns()[c]);
      if (std::isnan(known) && to) {
        logged.set(*row, *to, implied->at(r, c));
      }
    }
  }
  out.targets = analytics::compare_books(logged, *implied, kVenueTolerance);
  return {};
}

void merge(const analytics::BookComparison& part, analytics::BookComparison& whole) {
  whole.cells += part.cells;
  whole.different += part.different;
  if (!whole.first) {
    whole.first = part.first;
  }
  for (const auto& [field, gap] : part.largest) {
    whole.largest[field] = std::max(whole.largest[field], gap);
  }
}

/// Rebuild each run of bars without a gap from where it opens: what was traded in a bar that the
/// log does not have is not known.
Status compare_segments(const TradingFrames& frames, const std::vector<BookTrade>& trades,
                        BooksRebuild& out) {
  const Panel& portfolio = frames.portfolio;
  const Panel price = field_panel(portfolio, "price");
  const auto index = portfolio.index();
  std::size_t segments = 0;
  for (std::size_t first = 0; first < index.size();) {
    std::size_t last = first + 1;
    while (last < index.size() &&
           (frames.bar.ns <= 0 || index[last] - index[last - 1] == frames.bar)) {
      ++last;
    }
    const Panel marks = price.slice({first + 1, last});
    std::vector<BookTrade> within;
    std::ranges::copy_if(trades, std::back_inserter(within), [&](const BookTrade& trade) {
      return trade.bar > index[first] && trade.bar <= index[last - 1];
    });
    TIEOUT_TRY(const Panel rebuilt,
               analytics::rebuild_books(within, marks, opening_at(portfolio, first)));
    merge(analytics::compare_books(portfolio, rebuilt, out.tolerance), out.books);
    out.trades += within.size();
    ++segments;
    first = last;
  }
  if (segments > 1) {
    out.notes.push_back(
        fmt::format("the books have {} gaps: each is taken as it stands behind one", segments - 1));
  }
  return {};
}

}  // namespace

Result<std::vector<Execution>> trades_of_fills(const Table& fills) {
  if (fills.row_count() == 0) {
    return std::vector<Execution>{};
  }
  TIEOUT_TRY(const auto* orders, need_column<std::int64_t>(fills, "order_id"));
  TIEOUT_TRY(const auto* assets, need_column<std::int64_t>(fills, "asset_id"));
  TIEOUT_TRY(const auto* times, need_column<Timestamp>(fills, "timestamp"));
  TIEOUT_TRY(const auto* shares, need_column<double>(fills, "num_shares"));
  TIEOUT_TRY(const auto* prices, need_column<double>(fills, "price"));
  TIEOUT_TRY(const auto* ids, need_column<std::int64_t>(fills, "fill_id"));
  const auto fees = need_column<double>(fills, "fee");
  const auto sides = need_column<std::string>(fills, "liquidity");
  std::vector<Execution> trades;
  for (std::size_t i = 0; i < ids->size(); ++i) {
    Execution trade{.id = std::to_string((*ids)[i]),
                    .order_id = std::to_string((*orders)[i]),
                    .asset = AssetId{(*assets)[i]},
                    .time = (*times)[i],
                    .shares = (*shares)[i],
                    .price = (*prices)[i],
                    .cost = std::fabs((*shares)[i]) * (*prices)[i]};
    if (fees.ok()) {
      trade.fee = (**fees)[i];
    }
    if (sides.ok()) {
      const std::string& side = (**sides)[i];
      trade.liquidity = side == "maker"   ? analytics::Liquidity::kMaker
                        : side == "taker" ? analytics::Liquidity::kTaker
                                          : analytics::Liquidity::kUnknown;
    }
    trades.push_back(std::move(trade));
  }
  return trades;
}

Result<BooksRebuild> rebuild_run_books(const runlog::RunSource& run, const BrokerInputs& inputs) {
  TIEOUT_TRY(const TradingFrames frames, read_trading_frames(run));
  const Panel& portfolio = frames.portfolio;
  if (portfolio.row_count() == 0 || portfolio.columns_of("holdings_shares").empty() ||
      portfolio.columns_of("price").empty()) {
    return Error{ErrorCode::kIncompleteEvidence,
                 fmt::format("rebuild_books: '{}' has no portfolio with holdings_shares and a "
                             "price, needed to rebuild its books",
                             run.directory().string())};
  }
  if (!inputs.trades && frames.fills.row_count() == 0 && !run.has_journal()) {
    return Error{ErrorCode::kIncompleteEvidence,
                 fmt::format("rebuild_books: '{}' records no fills: give the venue's with --trades",
                             run.directory().string())};
  }
  BooksRebuild out;
  const Panel price = field_panel(portfolio, "price").slice({1, portfolio.row_count()});
  std::vector<BookTrade> trades;
  if (inputs.trades) {
    out.source = "trades of the venue";
    out.tolerance = kVenueTolerance;
    TIEOUT_TRY(trades, venue_trades(*inputs.trades, price, frames.bar, out.problems));
    judge_missing_assets(portfolio, trades, out.problems);
  } else {
    out.source = "the log's fills";
    if (frames.fills.row_count() > 0) {
      TIEOUT_TRY(trades, own_trades(frames.fills));
    }
  }
  judge_universe(run, portfolio, out.problems);
  TIEOUT_CHECK(compare_segments(frames, trades, out));
  if (const Status compared = compare_targets(frames, out); !compared.ok()) {
    out.notes.push_back("targets are not compared: " + compared.error().message);
  }
  if (inputs.positions) {
    std::set<AssetId> assets = assets_of(portfolio);
    for (const auto& item : *inputs.positions) {
      assets.insert(item.first);
    }
    for (const AssetId asset : assets) {
      const auto column = portfolio.find_column({"holdings_shares", asset});
      const double logged = column ? portfolio.at(portfolio.row_count() - 1, *column) : 0.0;
      const auto found = inputs.positions->find(asset);
      const double venue = found == inputs.positions->end() ? 0.0 : found->second;
      ++out.positions;
      if (!(std::fabs(logged - venue) <=
            kVenueTolerance * std::max(std::fabs(logged), std::fabs(venue)))) {
        out.position_differences.push_back({asset, logged, venue});
      }
    }
  }
  const auto identity = analytics::pnl_identity(portfolio);
  if (identity.ok()) {
    out.pnl = analytics::sum_pnl_identity(*identity, portfolio);
  } else {
    out.notes.push_back("the PnL identity is not computed: " + identity.error().message);
  }
  return out;
}

void report_rebuild(const BooksRebuild& rebuild, const std::string& name, CheckReport& out) {
  CheckLog books(out, "C308", name);
  books.look(rebuild.books.cells);
  books.skip("the log has no bar to rebuild");
  if (const auto& first = rebuild.books.first) {
    books.violate(
        {.bar = first->bar,
         .part = "portfolio",
         .column = first->field,
         .asset = first->asset,
         .found = format_double(first->logged),
         .needed = format_double(first->rebuilt),
         .note = fmt::format("{} of {} cells are not what {} give", rebuild.books.different,
                             rebuild.books.cells, rebuild.source)});
  }
  for (const std::string& problem : rebuild.problems) {
    books.violate({.bar = {}, .part = "portfolio", .column = problem, .note = problem});
  }
  if (rebuild.positions > 0) {
    CheckLog positions(out, "C309", name);
    positions.look(rebuild.positions);
    for (const PositionDifference& difference : rebuild.position_differences) {
      positions.violate({.bar = {},
                         .part = "portfolio",
                         .column = "holdings_shares",
                         .asset = difference.asset,
                         .found = format_double(difference.logged),
                         .needed = format_double(difference.venue),
                         .note = "the last holdings are not the venue's position"});
    }
  }
}

}  // namespace tieout::recon
