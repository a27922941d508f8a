#pragma once

#include <string_view>

namespace tieout::cli {

inline constexpr std::string_view kVersion = TIEOUT_VERSION;  // of the CMake project

}  // namespace tieout::cli
