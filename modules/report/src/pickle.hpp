#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace tieout::report {

/// The value as a pickle of protocol 2 that builds dict, list, str, int, float, bool and None and
/// nothing else: loading it imports no class and calls no function.
///
/// Rule:    integers become int, other numbers float (NaN and infinities too), invalid UTF-8 is
/// replaced.
std::string pickle_of(const nlohmann::ordered_json& value);

}  // namespace tieout::report
