#include "tieout/oms/make_broker.hpp"

#include <utility>

#include <fmt/format.h>

#include "tieout/oms/database_broker.hpp"
#include "tieout/oms/order_processor.hpp"
#include "tieout/oms/paper_broker.hpp"
#include "tieout/oms/replayed_fills_broker.hpp"

namespace tieout::oms {
namespace {

Result<OmsDatabase> open_database(const BrokerSettings& settings, SqlOpen mode) {
  if (settings.run.database.empty()) {
    return Error{ErrorCode::kInvalidConfig,
                 "portfolio_config.broker_config.kind is 'database', needed a database (--oms_db)"};
  }
  TIEOUT_TRY(std::unique_ptr<SqlSession> session,
             open_sql_session(settings.run.database.string(), mode));
  return OmsDatabase::open(std::move(session), mode);
}

// The waves take their fees from the fill model; what else it says has no meaning for them.
Result<std::unique_ptr<Broker>> make_twap_broker(const BrokerSettings& settings,
                                                 TwapSettings twap) {
  const auto refuse = [](std::string_view what) {
    return Error{ErrorCode::kInvalidConfig,
                 fmt::format("portfolio_config.broker_config: found {} with the order type '{}', "
                             "which is worked by the paper broker and takes fees alone",
                             what, kLimitTwap)};
  };
  const FillModel& model = settings.fill_model;
  FillModel fees;
  fees.seed = model.seed;
  fees.maker_fee_bps = twap.maker_fee_bps = model.maker_fee_bps;
  fees.taker_fee_bps = twap.taker_fee_bps = model.taker_fee_bps;
  if (!(model == fees)) {
    return refuse("a fill model of more than maker_fee_bps and taker_fee_bps");
  }
  if (settings.kind == BrokerSettings::Kind::kDatabase) {
    return refuse("kind 'database'");
  }
  return std::unique_ptr<Broker>(std::make_unique<TwapBroker>(std::move(twap)));
}

}  // namespace

Result<std::unique_ptr<Broker>> make_broker(const BrokerSettings& settings,
                                            const PriceColumns& columns,
                                            const std::optional<TwapSettings>& twap) {
  TIEOUT_CHECK(check_fill_model(settings.fill_model));
  std::unique_ptr<Broker> broker =
      std::make_unique<PaperBroker>(columns, settings.fill_model, settings.share_decimals);
  if (twap) {
    TIEOUT_TRY(broker, make_twap_broker(settings, *twap));
  }
  if (settings.kind == BrokerSettings::Kind::kDatabase) {
    TIEOUT_TRY(OmsDatabase database, open_database(settings, SqlOpen::kCreate));
    TIEOUT_TRY(broker, DatabaseBroker::create(std::move(database),
                                              {.strategy_id = settings.strategy_id,
                                               .account = settings.account,
                                               .delay_to_accept = settings.delay_to_accept},
                                              std::move(broker)));
  }
  if (!settings.run.replayed_fills) {
    return broker;
  }
  return ReplayedFillsBroker::create(*settings.run.replayed_fills, std::move(broker));
}

Result<std::map<AssetId, double>> read_initial_holdings(const BrokerSettings& settings) {
  TIEOUT_TRY(OmsDatabase database, open_database(settings, SqlOpen::kReadOnly));
  TIEOUT_TRY(const std::vector<PositionRow> rows, database.positions(settings.account));
  std::map<AssetId, double> holdings;
  for (const PositionRow& row : rows) {
    if (row.current_position != 0.0) {
      holdings[row.asset_id] = row.current_position;
    }
  }
  return holdings;
}

Result<Restrictions> read_table_restrictions(const BrokerSettings& settings, Timestamp start) {
  const std::filesystem::path& path = settings.run.database;
  std::error_code code;
  if (!is_postgres(path.string()) && !std::filesystem::exists(path, code)) {
    return Restrictions{};
  }
  // The run makes the tables that are missing; so may whoever reads them before it.
  TIEOUT_TRY(OmsDatabase database, open_database(settings, SqlOpen::kCreate));
  const Zone zone = ProcessorOptions{}.zone;
  return database.restrictions(settings.account, to_local_iso(start, zone).substr(0, 10));
}

}  // namespace tieout::oms
