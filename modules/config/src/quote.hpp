#pragma once

#include <string>
#include <string_view>

namespace tieout::config {

/// `text` in double quotes on one line, with the escapes \" \\ \n \t \r and \xNN for other control
/// characters.
std::string quote(std::string_view text);

}  // namespace tieout::config
