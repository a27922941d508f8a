#pragma once

#include <cstddef>
#include <string_view>

#include "tieout/config/value.hpp"

#include "scanner.hpp"

namespace tieout::config {

/// A number without quotes: a whole one is an int, every other a float. `place` is where it stands.
Result<Value> number_of(const Scanner& scan, std::string_view number, std::size_t place);

/// None, True, False, or the call of one of the known names; the name at `place` has been taken,
/// its arguments have not.
Result<Value> value_of_name(Scanner& scan, std::string_view name, std::size_t place);

}  // namespace tieout::config
