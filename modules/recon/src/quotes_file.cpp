#include "tieout/recon/quotes_file.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/nan.hpp"
#include "tieout/frames/file.hpp"

#include "symbol_lookup.hpp"

namespace tieout::recon {
namespace {

using analytics::Quote;
using frames::FrameColumn;

/// The columns of a quotes file, whatever they are called there.
class QuoteColumns {
 public:
  static Result<QuoteColumns> find(const frames::Frame& frame, const std::filesystem::path& file) {
    QuoteColumns out;
    out.file_ = file;
    TIEOUT_TRY(out.time_, out.need(frame, {"timestamp", "datetime", "end_timestamp"}));
    TIEOUT_TRY(out.bid_, out.need(frame, {"bid_price", "bid", "bid_price_l1", "bid_price.close",
                                          "bid_price_close", "level_1.bid_price.close"}));
    TIEOUT_TRY(out.ask_, out.need(frame, {"ask_price", "ask", "ask_price_l1", "ask_price.close",
                                          "ask_price_close", "level_1.ask_price.close"}));
    TIEOUT_TRY(out.asset_, out.need(frame, {"asset_id", "full_symbol", "symbol", "currency_pair"}));
    out.level_ = look_up(frame, {"level"});
    out.knowledge_ = look_up(frame, {"knowledge_timestamp"});
    TIEOUT_CHECK(out.check_types());
    return out;
  }

  /// Nothing where the row has no time.
  std::optional<Timestamp> time(std::size_t row) const { return time_of(*time_, row); }
  /// The start of time where the file or the row does not say it.
  Timestamp knowledge(std::size_t row) const {
    return knowledge_ == nullptr ? Timestamp{} : time_of(*knowledge_, row).value_or(Timestamp{});
  }
  double bid(std::size_t row) const { return number(*bid_, row); }
  double ask(std::size_t row) const { return number(*ask_, row); }
  bool is_top(std::size_t row) const { return level_ == nullptr || number(*level_, row) == 1.0; }
  /// An id, or the name of one.
  std::string asset_text(std::size_t row) const {
    if (const auto* ids = std::get_if<std::vector<std::int64_t>>(&asset_->values)) {
      return std::to_string((*ids)[row]);
    }
    return std::get<std::vector<std::string>>(asset_->values)[row];
  }
  std::optional<AssetId> asset_id(std::size_t row) const {
    const auto* ids = std::get_if<std::vector<std::int64_t>>(&asset_->values);
    return ids == nullptr || asset_->is_null(row) ? std::nullopt
                                                  : std::optional(AssetId{(*ids)[row]});
  }

 private:
  static const FrameColumn* look_up(const frames::Frame& frame,
                                    std::initializer_list<const char*> names) {
    for (const char* name : names) {
      if (const auto at = frame.find({name})) {
        return &frame.columns[*at];
      }
      if (frame.index && frame.index->label == frames::ColumnLabel{name}) {
        return &*frame.index;
      }
    }
    return nullptr;
  }

  Result<const FrameColumn*> need(const frames::Frame& frame,
                                  std::initializer_list<const char*> names) const {
    if (const FrameColumn* column = look_up(frame, names)) {
      return column;
    }
    // A time index may have no name, as pandas writes it.
    if (frame.index && frame.index->type() == ColumnType::kTimestamp &&
        std::string_view(*names.begin()) == "timestamp") {
      return &*frame.index;
    }
    return Error{ErrorCode::kSchemaMismatch,
                 fmt::format("read_quotes_file: '{}' has no column of the quotes: needed one of {}",
                             file_.string(), fmt::join(names, ", "))};
  }

  Status check_types() const {
    const auto refuse = [this](const FrameColumn& column, std::string_view needed) {
      return Error{
          ErrorCode::kSchemaMismatch,
          fmt::format("read_quotes_file: '{}': column '{}' is {}, needed {}", file_.string(),
                      frames::to_string(column.label), tieout::to_string(column.type()), needed)};
    };
    for (const FrameColumn* column : {bid_, ask_, level_}) {
      if (column != nullptr && column->type() != ColumnType::kFloat64 &&
          column->type() != ColumnType::kInt64) {
        return refuse(*column, "numbers");
      }
    }
    for (const FrameColumn* column : {time_, knowledge_}) {
      if (column != nullptr && column->type() != ColumnType::kTimestamp &&
          column->type() != ColumnType::kInt64 && column->type() != ColumnType::kFloat64) {
        return refuse(*column, "ISO times with an offset, or milliseconds since 1970");
      }
    }
    if (asset_->type() != ColumnType::kInt64 && asset_->type() != ColumnType::kString) {
      return refuse(*asset_, "asset ids or symbols in every row");
    }
    return {};
  }

  static double number(const FrameColumn& column, std::size_t row) {
    if (column.is_null(row)) {
      return kNaN;
    }
    if (const auto* values = std::get_if<std::vector<double>>(&column.values)) {
      return (*values)[row];
    }
    return static_cast<double>(std::get<std::vector<std::int64_t>>(column.values)[row]);
  }

  static std::optional<Timestamp> time_of(const FrameColumn& column, std::size_t row) {
    if (column.is_null(row)) {
      return std::nullopt;
    }
    if (const auto* times = std::get_if<std::vector<Timestamp>>(&column.values)) {
      return (*times)[row];
    }
    const double value = number(column, row);
    constexpr double kLastMillisecond = 9.2e15 / 1000;  // of the nanoseconds of an int64
    if (!(std::fabs(value) < kLastMillisecond)) {
      return std::nullopt;
    }
    return Timestamp{} + milliseconds(static_cast<std::int64_t>(value));
  }

  std::filesystem::path file_;
  const FrameColumn *time_ = nullptr, *bid_ = nullptr, *ask_ = nullptr, *asset_ = nullptr,
                    *level_ = nullptr, *knowledge_ = nullptr;
};

/// The asset of each row, asked once for each name.
class AssetsOfRows {
 public:
  explicit AssetsOfRows(const std::vector<Asset>& universe) : universe_(universe) {
    for (const Asset& asset : universe) {
      ids_.insert(asset.id);
    }
  }

  /// Nothing for an asset that the universe does not have.
  std::optional<AssetId> find(const QuoteColumns& columns, std::size_t row) {
    if (const auto id = columns.asset_id(row)) {
      if (ids_.contains(*id)) {
        return id;
      }
      ++unknown_[columns.asset_text(row)];
      return std::nullopt;
    }
    const std::string name = columns.asset_text(row);
    const auto [known, is_new] = names_.try_emplace(name);
    if (is_new) {
      const std::vector<AssetId> found = assets_named(name, universe_);
      known->second = found.size() == 1 ? std::optional(found.front()) : std::nullopt;
    }
    if (!known->second) {
      ++unknown_[name];
    }
    return known->second;
  }

  const std::map<std::string, std::size_t>& unknown() const noexcept { return unknown_; }

 private:
  const std::vector<Asset>& universe_;
  std::set<AssetId> ids_;
  std::map<std::string, std::optional<AssetId>> names_;
  std::map<std::string, std::size_t> unknown_;
};

struct Row {
  Quote quote;
  Timestamp knowledge;
};

/// Keep the last known of the rows of one asset and instant.
std::vector<Quote> without_repetitions(std::vector<Row> rows,
                                       std::map<AssetId, LeftOutQuotes>& left_out) {
  std::ranges::stable_sort(rows, {}, [](const Row& row) {
    return std::tuple(row.quote.asset, row.quote.time, row.knowledge);
  });
  std::vector<Quote> out;
  for (const Row& row : rows) {
    const bool is_same =
        !out.empty() && out.back().asset == row.quote.asset && out.back().time == row.quote.time;
    if (is_same) {
      ++left_out[row.quote.asset].repeated;
      out.back() = row.quote;
    } else {
      out.push_back(row.quote);
    }
  }
  return out;
}

template <typename T>
Result<const std::vector<T>*> need_column(const Table& table, std::string_view name) {
  const TypedColumn* column = table.find(name);
  const auto* values = column == nullptr ? nullptr : std::get_if<std::vector<T>>(&column->values);
  if (values == nullptr) {
    return Error{ErrorCode::kSchemaMismatch,
                 fmt::format("the orders of the log have no column {} of the type needed", name)};
  }
  return values;
}

}  // namespace

Result<QuotesFile> read_quotes_file(const std::filesystem::path& file,
                                    const std::vector<Asset>& universe) {
  TIEOUT_TRY(const frames::Frame frame, frames::read_frame(file));
  TIEOUT_TRY(const QuoteColumns columns, QuoteColumns::find(frame, file));
  QuotesFile out;
  AssetsOfRows assets(universe);
  std::vector<Row> rows;
  std::size_t other_levels = 0;
  std::size_t without_time = 0;
  std::size_t out_of_order = 0;
  std::optional<Timestamp> before;
  for (std::size_t r = 0; r < frame.row_count(); ++r) {
    if (!columns.is_top(r)) {
      ++other_levels;
      continue;
    }
    const std::optional<AssetId> asset = assets.find(columns, r);
    if (!asset) {
      continue;
    }
    LeftOutQuotes& left_out = out.left_out[*asset];
    const std::optional<Timestamp> time = columns.time(r);
    if (!time) {
      ++without_time;
      continue;
    }
    out_of_order += before && *time < *before ? 1U : 0U;
    before = time;
    const double bid = columns.bid(r);
    const double ask = columns.ask(r);
    if (!(bid > 0) || !(ask > 0) || !std::isfinite(bid) || !std::isfinite(ask)) {
      ++left_out.not_a_price;
    } else if (bid > ask) {
      ++left_out.crossed;
    } else {
      rows.push_back({{*time, *asset, bid, ask}, columns.knowledge(r)});
    }
  }
  const auto note = [&](std::size_t count, std::string_view what) {
    if (count > 0) {
      out.notes.push_back(fmt::format("quotes: {} rows {}", count, what));
    }
  };
  note(other_levels, "of other levels than 1: left out");
  note(without_time, "without a time: left out");
  note(out_of_order, "are before the row above them: the file was sorted");
  for (const auto& [name, count] : assets.unknown()) {
    out.notes.push_back(fmt::format(
        "quotes: {} rows of '{}', which the run's universe does not have: left out", count, name));
  }
  if (rows.empty()) {
    return Error{ErrorCode::kMalformedData,
                 fmt::format("read_quotes_file: '{}': none of its {} rows is a usable quote of an "
                             "asset of the run{}{}",
                             file.string(), frame.row_count(), out.notes.empty() ? "" : "; ",
                             fmt::join(out.notes, "; "))};
  }
  out.quotes = without_repetitions(std::move(rows), out.left_out);
  return out;
}

Result<std::vector<analytics::PlacedOrder>> placed_orders(const TradingFrames& frames) {
  std::vector<analytics::PlacedOrder> out;
  if (frames.orders.row_count() == 0) {
    return out;
  }
  TIEOUT_TRY(const auto* ids, need_column<std::int64_t>(frames.orders, "order_id"));
  TIEOUT_TRY(const auto* assets, need_column<std::int64_t>(frames.orders, "asset_id"));
  TIEOUT_TRY(const auto* starts, need_column<Timestamp>(frames.orders, "start_timestamp"));
  TIEOUT_TRY(const auto* ends, need_column<Timestamp>(frames.orders, "end_timestamp"));
  TIEOUT_TRY(const auto* shares, need_column<double>(frames.orders, "diff_num_shares"));
  for (std::size_t i = 0; i < ids->size(); ++i) {
    out.push_back({.id = std::to_string((*ids)[i]),
                   .asset = AssetId{(*assets)[i]},
                   .placed = (*starts)[i],
                   .updated = (*ends)[i],
                   .shares = (*shares)[i],
                   .limit_price = {},
                   .parent_id = {}});
  }
  return out;
}

Result<Panel> start_prices(const TradingFrames& frames, const analytics::QuoteBook& quotes) {
  TIEOUT_TRY(const auto orders, placed_orders(frames));
  std::set<AssetId> assets;
  for (const analytics::PlacedOrder& order : orders) {
    assets.insert(order.asset);
  }
  std::vector<ColumnKey> keys;
  for (const AssetId asset : assets) {
    keys.push_back({"price", asset});
  }
  Panel out(std::move(keys));
  const auto index = frames.target_positions.index();
  out.append_rows(index);
  if (orders.empty()) {
    return out;
  }
  TIEOUT_TRY(const auto* bars, need_column<Timestamp>(frames.orders, "bar"));
  for (std::size_t i = 0; i < orders.size(); ++i) {
    const auto next = std::ranges::upper_bound(index, (*bars)[i]);
    const analytics::Quote* quote = quotes.as_of(orders[i].asset, orders[i].placed);
    if (next == index.end() || quote == nullptr) {
      continue;
    }
    const auto row = static_cast<std::size_t>(next - index.begin());
    const auto column = out.find_column({"price", orders[i].asset});
    if (column && std::isnan(out.at(row, *column))) {
      out.set(row, *column, (quote->bid + quote->ask) / 2);
    }
  }
  return out;
}

}  // namespace tieout::recon
