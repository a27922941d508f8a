#pragma once

#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/asset.hpp"
#include "tieout/core/result.hpp"
#include "tieout/core/table.hpp"
#include "tieout/core/time.hpp"
#include "tieout/oms/restrictions.hpp"
#include "tieout/oms/sql_session.hpp"

namespace tieout::oms {

/// A row of submitted_orders: one list of orders.
struct SubmittedList {
  std::string filename;  // "filename_0.txt"
  Timestamp submitted;
  std::string orders_as_txt;  // of any length
};

/// A row of accepted_orders.
struct AcceptedList {
  std::string strategy_id;
  std::string trade_date;  // "2000-01-03"
  std::string filename;
  Timestamp processed;
  bool success = true;
  std::string reason;
};

/// A row of current_positions: one asset on one trading day.
struct PositionRow {
  std::string strategy_id;
  std::string account;
  std::string trade_date;
  Timestamp updated;
  AssetId asset_id;
  double target_position = 0.0;  // the current one, and what is open
  double current_position = 0.0;
  double open_quantity = 0.0;  // signed shares that are worked on; 0: the position is stable
  double net_cost = 0.0;       // of the day, with the sign of cash: buying makes it negative
  double bod_position = 0.0;   // at the beginning of the day
  /// At the day's first bar; NaN (NULL in the table): not known.
  double bod_price = std::numeric_limits<double>::quiet_NaN();
};

/// Executed notional of a position as the books have it: the cash sign turned.
inline double net_notional(const PositionRow& row) noexcept {
  return -row.net_cost;
}

/// The tables of an order management system (oms.md 2.8): submitted_orders, accepted_orders,
/// current_positions, restrictions. A thin layer of SQL; what it means is the order processor's.
/// Stamps are UTC, as fine as the database keeps them.
class OmsDatabase {
 public:
  /// Create the tables that are missing unless `mode` is kReadOnly. Errors: those of SqlSession.
  static Result<OmsDatabase> open(std::unique_ptr<SqlSession> session,
                                  SqlOpen mode = SqlOpen::kCreate);

  /// Of the instants that it keeps.
  Duration resolution() const noexcept { return session_->dialect().resolution; }

  Status begin();
  Status commit();
  Status rollback();

  Status submit(const SubmittedList& list);
  Result<std::int64_t> submitted_count();
  /// Lists that no row of accepted_orders answers, in the order of their submission.
  Result<std::vector<SubmittedList>> unanswered();
  Status accept(const AcceptedList& list, std::int64_t target_count);

  /// The newest row of the asset and account, of any day.
  Result<std::optional<PositionRow>> position(const std::string& account, AssetId asset);
  /// The newest row of every asset of the account, by asset.
  Result<std::vector<PositionRow>> positions(const std::string& account);
  /// The restrictions of the account on a trading day, by asset. Errors: kDuplicateId for an asset
  /// with two rows.
  Result<Restrictions> restrictions(const std::string& account, const std::string& trade_date);

  /// Replace the row of this account, asset and day, or add it.
  Status put_position(const PositionRow& row);

  /// All rows of one of the four tables, cells as text, for people. Errors: kUnknownName.
  Result<Table> dump(std::string_view table);
  static const std::vector<std::string>& table_names();

 private:
  explicit OmsDatabase(std::unique_ptr<SqlSession> session) : session_(std::move(session)) {}

  std::unique_ptr<SqlSession> session_;
};

}  // namespace tieout::oms
