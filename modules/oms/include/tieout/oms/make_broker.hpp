#pragma once

#include <map>
#include <memory>

#include "tieout/core/asset.hpp"
#include "tieout/core/result.hpp"
#include "tieout/oms/broker.hpp"
#include "tieout/oms/broker_settings.hpp"
#include "tieout/oms/price_columns.hpp"

namespace tieout::oms {

/// The broker of a run: paper or database, with recorded fills on top when they are given.
/// Errors: those of the database (OmsDatabase::open) and of ReplayedFillsBroker::create.
Result<std::unique_ptr<Broker>> make_broker(const BrokerSettings& settings,
                                            const PriceColumns& columns);

/// Positions that the run's OMS tables hold, those of 0 left out. Errors: those of the database.
Result<std::map<AssetId, double>> read_initial_holdings(const BrokerSettings& settings);

}  // namespace tieout::oms
