#pragma once

#include "tieout/config/config.hpp"
#include "tieout/core/result.hpp"
#include "tieout/oms/trader_settings.hpp"

namespace tieout::oms {

/// Declare optimizer_config.* with the defaults of the production script (oms.md 6.2).
void declare_optimizer_config(config::Config& config);
/// Declare share_quantization.
void declare_limits_config(config::Config& config);

/// Errors: kInvalidConfig naming the key.
Result<analytics::PomoOptions> read_optimizer(const config::Config& config);
/// Read share decimals and exchange limits into `settings`. Errors: kInvalidConfig naming the key.
Status read_limits(const config::Config& config, const TraderOptions& options,
                   TraderSettings& settings);

}  // namespace tieout::oms
