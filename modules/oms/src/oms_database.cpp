#include "tieout/oms/oms_database.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

namespace tieout::oms {
namespace {

/// The columns of the reference, types that SQLite and PostgreSQL share: an order list of any
/// length is TEXT, asset ids have 64 bits.
struct TableSql {
  const char* name;
  const char* columns;
  const char* order;
};
constexpr TableSql kTables[] = {
    {"submitted_orders",
     "filename VARCHAR(255) NOT NULL, timestamp_db TIMESTAMP NOT NULL, orders_as_txt TEXT",
     "timestamp_db, length(filename), filename"},
    {"accepted_orders",
     "strategyid VARCHAR(64), targetlistid INTEGER PRIMARY KEY, tradedate DATE NOT NULL, "
     "instanceid INT, filename VARCHAR(255) NOT NULL, timestamp_processed TIMESTAMP NOT NULL, "
     "timestamp_db TIMESTAMP NOT NULL, target_count INT, changed_count INT, unchanged_count INT, "
     "cancel_count INT, success BOOLEAN, reason VARCHAR(255)",
     "targetlistid"},
    {"current_positions",
     "strategyid VARCHAR(64), account VARCHAR(64), id INT, tradedate DATE NOT NULL, timestamp_db "
     "TIMESTAMP NOT NULL, asset_id BIGINT, target_position FLOAT, current_position FLOAT, "
     "open_quantity FLOAT, net_cost FLOAT, bod_position FLOAT, bod_price FLOAT",
     "account, asset_id, tradedate"},
    {"restrictions",
     "strategyid VARCHAR(64), account VARCHAR(64), id INT, tradedate DATE NOT NULL, timestamp_db "
     "TIMESTAMP NOT NULL, asset_id BIGINT, is_restricted BOOLEAN, is_buy_restricted BOOLEAN, "
     "is_buy_cover_restricted BOOLEAN, is_sell_short_restricted BOOLEAN, "
     "is_sell_long_restricted BOOLEAN",
     "account, asset_id, tradedate"}};

constexpr std::string_view kPositionColumns =
    "SELECT strategyid, account, tradedate, timestamp_db, asset_id, target_position, "
    "current_position, open_quantity, net_cost, bod_position, bod_price FROM current_positions ";

/// "2000-01-03 14:35:00.000000001", UTC.
std::string stamp(Timestamp t, const SqlSession& session) {
  std::string text = to_iso(floor_to(t, session.dialect().resolution));
  text.resize(text.size() - 6);  // "+00:00"
  return text;
}

Result<Timestamp> parse_stamp(const std::string& text) {
  return parse_iso(text + "+00:00");
}

std::string cell_text(const SqlValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    return std::to_string(*integer);
  }
  if (const auto* number = std::get_if<double>(&value)) {
    return format_double(*number);
  }
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? "" : *text;
}

double number_of(const SqlValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    return static_cast<double>(*integer);
  }
  const auto* number = std::get_if<double>(&value);
  return number == nullptr ? 0.0 : *number;
}

/// A flag as the databases give it: a number, or the word that somebody wrote into SQLite.
bool flag_of(const SqlValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? number_of(value) != 0.0
                         : *text == "True" || *text == "true" || *text == "t" || *text == "1";
}

Result<PositionRow> position_of(const SqlRow& row) {
  PositionRow position;
  position.strategy_id = cell_text(row[0]);
  position.account = cell_text(row[1]);
  position.trade_date = cell_text(row[2]);
  TIEOUT_TRY(position.updated, parse_stamp(cell_text(row[3])));
  position.asset_id = AssetId{static_cast<std::int64_t>(number_of(row[4]))};
  position.target_position = number_of(row[5]);
  position.current_position = number_of(row[6]);
  position.open_quantity = number_of(row[7]);
  position.net_cost = number_of(row[8]);
  position.bod_position = number_of(row[9]);
  if (!std::holds_alternative<std::monostate>(row[10])) {
    position.bod_price = number_of(row[10]);
  }
  return position;
}

Status done(const Result<std::vector<SqlRow>>& rows) {
  return rows.ok() ? Status() : Status(rows.error());
}

}  // namespace

Result<OmsDatabase> OmsDatabase::open(std::unique_ptr<SqlSession> session, SqlOpen mode) {
  OmsDatabase database(std::move(session));
  if (mode == SqlOpen::kCreate) {
    for (const TableSql& table : kTables) {
      TIEOUT_CHECK(done(database.session_->run(
          fmt::format("CREATE TABLE IF NOT EXISTS {} ({})", table.name, table.columns))));
    }
  }
  for (const TableSql& table : kTables) {
    TIEOUT_CHECK(done(database.session_->run(fmt::format("SELECT count(*) FROM {}", table.name))));
  }
  return database;
}

Status OmsDatabase::begin() {
  return done(session_->run(session_->dialect().begin_write));
}
Status OmsDatabase::commit() {
  return done(session_->run("COMMIT"));
}
Status OmsDatabase::rollback() {
  return done(session_->run("ROLLBACK"));
}

Status OmsDatabase::submit(const SubmittedList& list) {
  const SqlValue values[] = {list.filename, stamp(list.submitted, *session_), list.orders_as_txt};
  return done(session_->run(
      "INSERT INTO submitted_orders (filename, timestamp_db, orders_as_txt) VALUES ($1, $2, $3)",
      values));
}

Result<std::int64_t> OmsDatabase::submitted_count() {
  TIEOUT_TRY(const auto rows, session_->run("SELECT count(*) FROM submitted_orders"));
  return static_cast<std::int64_t>(number_of(rows.at(0).at(0)));
}

Result<std::vector<SubmittedList>> OmsDatabase::unanswered() {
  TIEOUT_TRY(const auto rows,
             session_->run("SELECT filename, timestamp_db, orders_as_txt FROM submitted_orders "
                           "WHERE filename NOT IN (SELECT filename FROM accepted_orders) "
                           "ORDER BY timestamp_db, length(filename), filename"));
  std::vector<SubmittedList> lists;
  for (const SqlRow& row : rows) {
    SubmittedList& list = lists.emplace_back();
    list.filename = cell_text(row[0]);
    TIEOUT_TRY(list.submitted, parse_stamp(cell_text(row[1])));
    list.orders_as_txt = cell_text(row[2]);
  }
  return lists;
}

Status OmsDatabase::accept(const AcceptedList& list, std::int64_t target_count) {
  TIEOUT_TRY(const auto rows, session_->run("SELECT count(*) FROM accepted_orders"));
  const SqlValue values[] = {list.strategy_id,
                             rows.at(0).at(0),
                             list.trade_date,
                             list.filename,
                             stamp(list.processed, *session_),
                             stamp(list.processed, *session_),
                             target_count,
                             list.reason};
  const std::string sql = fmt::format(
      "INSERT INTO accepted_orders (strategyid, targetlistid, tradedate, instanceid, filename, "
      "timestamp_processed, timestamp_db, target_count, changed_count, unchanged_count, "
      "cancel_count, success, reason) VALUES ($1, $2, $3, 1, $4, $5, $6, $7, 0, 0, 0, {}, $8)",
      list.success ? "TRUE" : "FALSE");
  return done(session_->run(sql, values));
}

Result<std::optional<PositionRow>> OmsDatabase::position(const std::string& account,
                                                         AssetId asset) {
  const SqlValue values[] = {account, asset.value};
  TIEOUT_TRY(const auto rows,
             session_->run(fmt::format("{} WHERE account = $1 AND asset_id = $2 ORDER BY tradedate "
                                       "DESC LIMIT 1",
                                       kPositionColumns),
                           values));
  if (rows.empty()) {
    return std::optional<PositionRow>();
  }
  TIEOUT_TRY(PositionRow row, position_of(rows.front()));
  return std::optional(std::move(row));
}

Result<std::vector<PositionRow>> OmsDatabase::positions(const std::string& account) {
  const SqlValue values[] = {account};
  TIEOUT_TRY(const auto rows,
             session_->run(fmt::format("{} WHERE account = $1 ORDER BY asset_id, tradedate",
                                       kPositionColumns),
                           values));
  std::vector<PositionRow> newest;
  for (const SqlRow& row : rows) {
    TIEOUT_TRY(PositionRow position, position_of(row));
    if (!newest.empty() && newest.back().asset_id == position.asset_id) {
      newest.back() = std::move(position);
    } else {
      newest.push_back(std::move(position));
    }
  }
  return newest;
}

Result<Restrictions> OmsDatabase::restrictions(const std::string& account,
                                               const std::string& trade_date) {
  const SqlValue values[] = {account, trade_date};
  TIEOUT_TRY(const auto rows,
             session_->run("SELECT asset_id, is_restricted, is_buy_restricted, "
                           "is_buy_cover_restricted, is_sell_short_restricted, "
                           "is_sell_long_restricted FROM restrictions WHERE account = $1 AND "
                           "tradedate = $2 ORDER BY asset_id",
                           values));
  Restrictions result;
  for (const SqlRow& row : rows) {
    const AssetId asset{static_cast<std::int64_t>(number_of(row[0]))};
    const analytics::TradingRestriction restriction{.is_restricted = flag_of(row[1]),
                                                    .is_buy_restricted = flag_of(row[2]),
                                                    .is_buy_cover_restricted = flag_of(row[3]),
                                                    .is_sell_short_restricted = flag_of(row[4]),
                                                    .is_sell_long_restricted = flag_of(row[5])};
    if (!result.emplace(asset, restriction).second) {
      return Error{ErrorCode::kDuplicateId,
                   fmt::format("OMS database '{}': restrictions has two rows of asset {} on {}, "
                               "needed one",
                               session_->where(), asset.value, trade_date)};
    }
  }
  return result;
}

Status OmsDatabase::put_position(const PositionRow& row) {
  const SqlValue key[] = {row.account, row.asset_id.value, row.trade_date};
  TIEOUT_CHECK(done(session_->run(
      "DELETE FROM current_positions WHERE account = $1 AND asset_id = $2 AND tradedate = $3",
      key)));
  const SqlValue values[] = {
      row.strategy_id,    row.account,         row.trade_date,       stamp(row.updated, *session_),
      row.asset_id.value, row.target_position, row.current_position, row.open_quantity,
      row.net_cost,       row.bod_position,    row.bod_price};
  return done(session_->run(
      "INSERT INTO current_positions (strategyid, account, id, tradedate, timestamp_db, asset_id, "
      "target_position, current_position, open_quantity, net_cost, bod_position, bod_price) "
      "VALUES ($1, $2, 0, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
      values));
}

const std::vector<std::string>& OmsDatabase::table_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> result;
    for (const TableSql& table : kTables) {
      result.emplace_back(table.name);
    }
    return result;
  }();
  return names;
}

Result<Table> OmsDatabase::dump(std::string_view name) {
  const auto* const found = std::find_if(std::begin(kTables), std::end(kTables),
                                         [&](const TableSql& t) { return t.name == name; });
  if (found == std::end(kTables)) {
    return Error{ErrorCode::kUnknownName,
                 fmt::format("OMS database: there is no table '{}'; needed one of {}", name,
                             fmt::join(table_names(), ", "))};
  }
  Table table;
  std::string columns;
  std::string_view rest = found->columns;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(", ");
    const std::string column(rest.substr(0, rest.find(' ')));
    table.columns.push_back({column, std::vector<std::string>()});
    columns += (columns.empty() ? "" : ", ") + column;
    rest = comma == std::string_view::npos ? "" : rest.substr(comma + 2);
  }
  TIEOUT_TRY(const auto rows, session_->run(fmt::format("SELECT {} FROM {} ORDER BY {}", columns,
                                                        found->name, found->order)));
  for (const SqlRow& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      std::get<std::vector<std::string>>(table.columns[c].values).push_back(cell_text(row[c]));
    }
  }
  return table;
}

}  // namespace tieout::oms
