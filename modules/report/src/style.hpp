#pragma once

#include <string_view>

namespace tieout::report {

/// report.css, embedded at build time.
std::string_view style_sheet() noexcept;

}  // namespace tieout::report
