#pragma once

#include <string>
#include <string_view>

namespace tieout::config {

/// `text` in double quotes on one line, with the escapes \" \\ \n \t \r and \xNN for other control
/// characters.
std::string quote(std::string_view text);

/// True when the bytes are valid UTF-8 (no overlong forms, no surrogates).
bool is_valid_utf8(std::string_view text) noexcept;

}  // namespace tieout::config
