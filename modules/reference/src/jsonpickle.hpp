#pragma once

#include <cstddef>
#include <string_view>

#include <nlohmann/json.hpp>

#include "tieout/core/result.hpp"

namespace tieout::reference {

/// What a file of jsonpickle may cost. A value that is referred to twice counts twice.
struct JsonpickleLimits {
  std::size_t max_bytes = 64U << 20;
  std::size_t max_values = 1U << 20;
  std::size_t max_depth = 64;
};

/// Read JSON with the type tags of Python's jsonpickle as plain JSON; it builds no object and calls
/// nothing.
///
/// Rule:    py/tuple, py/set and py/iterator are lists; py/id is the value with that number, where
///          lists, dicts and objects are numbered from 0 in the order in which they begin; a
///          py/reduce of collections.OrderedDict is an object, of a pandas timestamp its ISO text
///          in UTC (null for NaT), of a pytz zone its name, of a numpy scalar its number. Every
///          other object, whatever it says of itself, is {"py/opaque": its name}. NaN is null.
/// Errors:  kMalformedData saying what was found and where: text that is not JSON, tags that do not
///          hold what they must, a number of a value that is not there yet, passed limits.
/// Source:  oms.md 4.3; the logs of the reference's own tests (oms/broker/ccxt/test/rt_data).
Result<nlohmann::ordered_json> read_jsonpickle(std::string_view text,
                                               const JsonpickleLimits& limits = {});

}  // namespace tieout::reference
