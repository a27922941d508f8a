#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tieout {

/// Shortest decimal text that reads back to the same double, in Python's repr form: "100.0",
/// "1e-05", "nan", "inf", "-0.0".
std::string format_double(double value);

/// Read a whole decimal text as double ("nan", "inf" in any case allowed, leading '+' allowed);
/// nothing else may stand in it.
std::optional<double> parse_double(std::string_view text) noexcept;
std::optional<std::int64_t> parse_int(std::string_view text) noexcept;

/// Distance of two finite doubles in units in the last place, on the monotone integer mapping;
/// saturates. -0 and +0 are 0 apart, two NaN and two equal infinities too. A NaN or an infinity on
/// one side only gives the maximum.
std::uint64_t ulp_distance(double left, double right) noexcept;

/// numpy.round: rint(x * s) / s, and rint(x / s) * s for d < 0; s is 10^|d| by repeated
/// multiplication, as there. Half goes to even on the scaled double.
double round_decimals(double value, int decimals) noexcept;

}  // namespace tieout
