#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/core/csv.hpp"
#include "tieout/core/file.hpp"
#include "tieout/core/gzip.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/recon/broker_books.hpp"

#include "symbol_lookup.hpp"

namespace tieout::recon {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxBytes = std::size_t{1} << 30U;

/// One row of a file as text by column; of JSON "fee.cost" is member cost of member fee.
struct Row {
  std::size_t number = 0;  // 1-based line, or position in the list
  std::map<std::string, std::string> cells;
};

/// The rows of a file, of either kind.
class RowFile {
 public:
  static Result<RowFile> read(const std::filesystem::path& file) {
    RowFile out;
    out.file_ = file;
    TIEOUT_TRY(std::string text, read_file(file));
    if (text.starts_with("\x1f\x8b")) {
      TIEOUT_TRY(text, gunzip(text, kMaxBytes));
    }
    const std::size_t start = text.find_first_not_of(" \t\r\n");
    const bool is_json = start != std::string::npos && (text[start] == '[' || text[start] == '{');
    TIEOUT_CHECK(is_json ? out.read_json(text) : out.read_csv(text));
    return out;
  }

  const std::vector<Row>& rows() const noexcept { return rows_; }

  Error bad(const Row& row, std::string_view column, std::string_view found,
            std::string_view needed) const {
    return {ErrorCode::kMalformedData,
            fmt::format("'{}': row {}: '{}' is '{}', needed {}", file_.string(), row.number, column,
                        found.substr(0, 80), needed)};
  }
  /// The first of these columns that the row has and that is not empty.
  std::string_view find(const Row& row, std::initializer_list<const char*> names) const {
    for (const char* name : names) {
      const auto cell = row.cells.find(name);
      if (cell != row.cells.end() && !cell->second.empty() && cell->second != "null") {
        return cell->second;
      }
    }
    return {};
  }
  Result<std::string_view> need(const Row& row, std::initializer_list<const char*> names) const {
    const std::string_view cell = find(row, names);
    if (cell.empty()) {
      return Error{
          ErrorCode::kSchemaMismatch,
          fmt::format("'{}': row {} has no '{}'", file_.string(), row.number, *names.begin())};
    }
    return cell;
  }
  Result<double> need_number(const Row& row, std::initializer_list<const char*> names) const {
    TIEOUT_TRY(const std::string_view cell, need(row, names));
    const auto number = parse_double(cell);
    if (!number || !std::isfinite(*number)) {
      return bad(row, *names.begin(), cell, "a finite number");
    }
    return *number;
  }
  /// 0 where the row does not have it.
  Result<double> number_or_zero(const Row& row, std::initializer_list<const char*> names) const {
    return find(row, names).empty() ? Result<double>(0.0) : need_number(row, names);
  }

 private:
  Status read_csv(const std::string& text) {
    CsvReader reader(text);
    TIEOUT_TRY(const bool has_header, reader.next());
    if (!has_header) {
      return Error{ErrorCode::kMalformedData,
                   fmt::format("'{}' is empty, needed a header or a JSON list", file_.string())};
    }
    const std::vector<std::string> header(reader.fields().begin(), reader.fields().end());
    while (true) {
      TIEOUT_TRY(const bool more, reader.next());
      if (!more) {
        return {};
      }
      if (reader.fields().size() != header.size()) {
        return Error{ErrorCode::kMalformedData,
                     fmt::format("'{}': line {}: {} fields, needed {}", file_.string(),
                                 reader.line(), reader.fields().size(), header.size())};
      }
      Row row{reader.line(), {}};
      for (std::size_t c = 0; c < header.size(); ++c) {
        row.cells[header[c]] = std::string(reader.fields()[c]);
      }
      rows_.push_back(std::move(row));
    }
  }

  static void flatten(const json& value, const std::string& prefix, Row& row) {
    for (const auto& item : value.items()) {
      const std::string name = prefix + item.key();
      if (item.value().is_object() && prefix.empty()) {
        flatten(item.value(), name + ".", row);
      } else if (item.value().is_string()) {
        row.cells[name] = item.value().get<std::string>();
      } else if (item.value().is_primitive()) {
        row.cells[name] = item.value().dump();
      }
    }
  }

  Status read_json(const std::string& text) {
    const json list = json::parse(text, nullptr, false);
    if (list.is_discarded() || !list.is_array()) {
      return Error{ErrorCode::kMalformedData,
                   fmt::format("'{}' is not a JSON list", file_.string())};
    }
    for (const json& item : list) {
      Row row{rows_.size() + 1, {}};
      if (!item.is_object()) {
        return bad(row, "item", item.dump(-1, ' ', false, json::error_handler_t::replace),
                   "an object");
      }
      flatten(item, "", row);
      rows_.push_back(std::move(row));
    }
    return {};
  }

  std::filesystem::path file_;
  std::vector<Row> rows_;
};

Result<AssetId> asset_of(const RowFile& file, const Row& row, const std::vector<Asset>& universe) {
  if (const std::string_view id = file.find(row, {"asset_id"}); !id.empty()) {
    const auto number = parse_int(id.ends_with(".0") ? id.substr(0, id.size() - 2) : id);
    if (!number) {
      return file.bad(row, "asset_id", id, "an integer");
    }
    return AssetId{*number};
  }
  TIEOUT_TRY(const std::string_view symbol, file.need(row, {"symbol"}));
  const std::vector<AssetId> found = assets_named(symbol, universe);
  if (found.size() != 1) {
    Error error = file.bad(row, "symbol", symbol,
                           found.empty() ? "a symbol of the run's universe, or an asset_id"
                                         : "an asset_id: several assets have that pair");
    error.code = ErrorCode::kUnknownName;
    return error;
  }
  return found.front();
}

Result<Timestamp> time_of(const RowFile& file, const Row& row) {
  TIEOUT_TRY(const std::string_view text, file.need(row, {"timestamp", "datetime"}));
  if (const auto milliseconds_since_epoch = parse_int(text)) {
    return Timestamp{} + milliseconds(*milliseconds_since_epoch);
  }
  const auto time = parse_iso(text);
  if (!time.ok()) {
    return file.bad(row, "timestamp", text, "milliseconds, or an ISO time with an offset");
  }
  return *time;
}

Result<analytics::Execution> trade_of(const RowFile& file, const Row& row,
                                      const std::vector<Asset>& universe,
                                      std::map<std::string, std::size_t>& foreign_fees) {
  analytics::Execution trade;
  TIEOUT_TRY(trade.asset, asset_of(file, row, universe));
  TIEOUT_TRY(trade.time, time_of(file, row));
  TIEOUT_TRY(const std::string_view id, file.need(row, {"id"}));
  TIEOUT_TRY(const std::string_view order, file.need(row, {"order"}));
  trade.id = id;
  trade.order_id = order;
  TIEOUT_TRY(const std::string_view side, file.need(row, {"side"}));
  if (side != "buy" && side != "sell") {
    return file.bad(row, "side", side, "buy or sell");
  }
  TIEOUT_TRY(trade.price, file.need_number(row, {"price"}));
  TIEOUT_TRY(const double amount, file.need_number(row, {"amount"}));
  if (trade.price <= 0 || amount <= 0) {
    return file.bad(row, trade.price <= 0 ? "price" : "amount",
                    format_double(trade.price <= 0 ? trade.price : amount), "a number above 0");
  }
  trade.shares = side == "buy" ? amount : -amount;
  trade.cost = trade.price * amount;
  if (!file.find(row, {"cost"}).empty()) {
    TIEOUT_TRY(trade.cost, file.need_number(row, {"cost"}));
  }
  const std::string_view role = file.find(row, {"takerOrMaker"});
  trade.liquidity = role == "maker"   ? analytics::Liquidity::kMaker
                    : role == "taker" ? analytics::Liquidity::kTaker
                                      : analytics::Liquidity::kUnknown;
  TIEOUT_TRY(trade.realized_pnl, file.number_or_zero(row, {"realized_pnl", "info.realizedPnl"}));
  TIEOUT_TRY(trade.fee, file.number_or_zero(row, {"transaction_cost", "fee.cost"}));
  const std::string_view currency = file.find(row, {"fees_currency", "fee.currency"});
  const std::string pair = pair_of(file.find(row, {"symbol"}));
  const std::string quote = pair.substr(std::min(pair.find('_') + 1, pair.size()));
  if (trade.fee != 0 && !currency.empty() && !quote.empty() && currency != quote) {
    ++foreign_fees[std::string(currency)];
    trade.fee = 0;
  }
  return trade;
}

}  // namespace

Result<TradesFile> read_trades_file(const std::filesystem::path& path,
                                    const std::vector<Asset>& universe) {
  TIEOUT_TRY(const RowFile file, RowFile::read(path));
  TradesFile out;
  std::map<std::string, std::size_t> foreign_fees;
  std::map<std::tuple<Timestamp, std::string, std::string>, analytics::Execution> by_key;
  for (const Row& row : file.rows()) {
    TIEOUT_TRY(analytics::Execution trade, trade_of(file, row, universe, foreign_fees));
    by_key[{trade.time, trade.id, trade.order_id}] = std::move(trade);
  }
  for (auto& item : by_key) {
    out.trades.push_back(std::move(item.second));
  }
  if (out.trades.size() != file.rows().size()) {
    out.notes.push_back(fmt::format("{} rows of '{}' stand there more than once",
                                    file.rows().size() - out.trades.size(), path.string()));
  }
  for (const auto& [currency, count] : foreign_fees) {
    out.notes.push_back(fmt::format(
        "the fees of {} trades are in {}, not in the quote currency: they are not counted", count,
        currency));
  }
  return out;
}

Result<std::map<AssetId, double>> read_positions_file(const std::filesystem::path& path,
                                                      const std::vector<Asset>& universe) {
  TIEOUT_TRY(const RowFile file, RowFile::read(path));
  std::map<AssetId, double> positions;
  for (const Row& row : file.rows()) {
    TIEOUT_TRY(const AssetId asset, asset_of(file, row, universe));
    TIEOUT_TRY(double position,
               file.need_number(row, {"position", "info.positionAmt", "contracts"}));
    if (file.find(row, {"position", "info.positionAmt"}).empty()) {
      const std::string_view side = file.find(row, {"side"});
      if (side != "long" && side != "short") {
        return file.bad(row, "side", side, "long or short beside contracts");
      }
      position = side == "long" ? position : -position;
    }
    if (!positions.emplace(asset, position).second) {
      return file.bad(row, "asset_id", std::to_string(asset.value), "each asset once");
    }
  }
  return positions;
}

}  // namespace tieout::recon
