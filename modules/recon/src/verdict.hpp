#pragma once

#include "tieout/recon/compare.hpp"

#include "comparer.hpp"
#include "config_layer.hpp"
#include "run_pair.hpp"

namespace tieout::recon {

/// Judge each layer and the whole, and say why in one line. `out` holds everything else already.
void judge(const RunPair& runs, const ConfigLayer& config, const Walked& walked,
           const CompareOptions& options, Comparison& out);

}  // namespace tieout::recon
