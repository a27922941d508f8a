#pragma once

#include <string>

#include "tieout/recon/noise.hpp"

namespace tieout::recon {

/// One part as a JSON object; the same in noise_floor.json and in a comparison.
void append_noisy_part(std::string& out, const NoisyPart& part);

}  // namespace tieout::recon
