#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tieout/config/config.hpp"
#include "tieout/core/result.hpp"
#include "tieout/oms/fill.hpp"
#include "tieout/oms/fill_model.hpp"
#include "tieout/oms/order_event.hpp"

namespace tieout::oms {

/// The fills that a run booked at one bar, in its order, and what it was told of its orders.
struct BarFills {
  Timestamp bar;
  std::vector<Fill> fills;
  std::vector<OrderEvent> events = {};
};

/// What a config cannot say: each run has its own.
struct BrokerOptions {
  std::filesystem::path database;  // of the OMS tables; needed by the kind "database"
  /// Fills of another run, booked instead of simulated ones.
  std::optional<std::vector<BarFills>> replayed_fills;
};

/// Which broker takes the orders, and how it fills them.
struct BrokerSettings {
  enum class Kind { kPaper, kDatabase };

  Kind kind = Kind::kPaper;
  FillModel fill_model;
  std::map<AssetId, int> share_decimals;  // lots of which a partial fill is made, where known
  // kDatabase:
  std::string strategy_id = "SAU1";
  std::string account;
  Duration delay_to_accept = seconds(3);  // from when the order processor sees a list
  BrokerOptions run;
};

/// Declare portfolio_config.broker_config.* with the defaults: the paper broker, no costs.
void declare_broker_config(config::Config& config);

/// Errors: kInvalidConfig naming the key.
Result<BrokerSettings> read_broker_settings(const config::Config& config,
                                            const BrokerOptions& options);

}  // namespace tieout::oms
