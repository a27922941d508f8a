#pragma once

#include <string>

#include "tieout/recon/compare.hpp"

namespace tieout::cli {

/// The verdict, the sentence, the layers and the first divergence, for a terminal.
std::string render_comparison(const recon::Comparison& comparison);

}  // namespace tieout::cli
