#pragma once

#include <string_view>

namespace tieout::frames {

/// True for well-formed UTF-8: shortest forms only, no surrogates, nothing past U+10FFFF.
bool is_utf8(std::string_view text) noexcept;

}  // namespace tieout::frames
