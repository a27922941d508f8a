#pragma once

#include <map>
#include <memory>
#include <optional>

#include "tieout/core/asset.hpp"
#include "tieout/core/result.hpp"
#include "tieout/oms/broker.hpp"
#include "tieout/oms/broker_settings.hpp"
#include "tieout/oms/price_columns.hpp"
#include "tieout/oms/restrictions.hpp"
#include "tieout/oms/twap_broker.hpp"

namespace tieout::oms {

/// The broker of a run: paper or database, with recorded fills on top when they are given. With
/// `twap` the paper broker is one that works orders in waves; of the fill model it has the fees.
/// Errors: kInvalidConfig for waves with a database or with more of the fill model than its fees;
/// those of the database (OmsDatabase::open) and of ReplayedFillsBroker::create.
Result<std::unique_ptr<Broker>> make_broker(const BrokerSettings& settings,
                                            const PriceColumns& columns,
                                            const std::optional<TwapSettings>& twap = {});

/// Positions that the run's OMS tables hold, those of 0 left out. Errors: those of the database.
Result<std::map<AssetId, double>> read_initial_holdings(const BrokerSettings& settings);

/// What the table of restrictions holds for the account on the trading day of `start`; nothing
/// where there is no database yet. Errors: those of the database.
Result<Restrictions> read_table_restrictions(const BrokerSettings& settings, Timestamp start);

}  // namespace tieout::oms
