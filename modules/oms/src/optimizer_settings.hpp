#pragma once

#include "tieout/config/config.hpp"
#include "tieout/core/result.hpp"
#include "tieout/oms/trader_settings.hpp"

namespace tieout::oms {

/// Declare optimizer_config.* with the defaults of the production script (oms.md 6.2).
void declare_optimizer_config(config::Config& config);
/// Declare share_quantization, asset_id_to_share_decimals and trade_filter.*.
void declare_limits_config(config::Config& config);

/// Read the backend and its params into settings.targets. Errors: kInvalidConfig naming the key.
Status read_optimizer(const config::Config& config, TraderSettings& settings);
/// Read share decimals, exchange limits, restrictions and the trade filter into settings.targets.
/// Errors: kInvalidConfig naming the key.
Status read_limits(const config::Config& config, TraderSettings& settings);

}  // namespace tieout::oms
