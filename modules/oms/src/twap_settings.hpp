#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tieout/config/config.hpp"
#include "tieout/core/result.hpp"
#include "tieout/oms/trader_settings.hpp"
#include "tieout/oms/twap_broker.hpp"

namespace tieout::oms {

/// Declare the keys of order_config that the order type limit@twap reads; a key that is not set has
/// the default of TwapSettings.
void declare_twap_config(config::Config& config);

/// Read how parent orders are worked into `settings.twap` when the order type is limit@twap; else
/// note the keys that were set in vain. Reads the order type, the limits and the decimals from
/// `settings`, so these come first.
/// Errors: kInvalidConfig naming the key.
Status read_twap_settings(const config::Config& config, TraderSettings& settings);

}  // namespace tieout::oms
