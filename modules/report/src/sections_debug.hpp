#pragma once

#include <vector>

#include "tieout/report/debug.hpp"

#include "document.hpp"

namespace tieout::report {

/// The sections of the debugger's report; one that cannot be made says what it lacks.
std::vector<Section> compute_debug_sections(const DebugInput& input);

}  // namespace tieout::report
