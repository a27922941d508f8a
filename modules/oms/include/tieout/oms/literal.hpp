#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"

namespace tieout::oms {

/// A value written as a Python literal, as the reference writes an order's extra parameters. Parsed
/// by a grammar, never evaluated.
struct Literal {
  enum class Kind { kNone, kBool, kInt, kFloat, kString, kList, kTuple, kDict, kCall };

  Kind kind = Kind::kNone;
  bool boolean = false;
  std::int64_t integer = 0;
  double number = 0.0;
  std::string
      text;  // kString: the characters; kCall: "Timestamp('2023-08-15', tz='UTC')" as written
  std::vector<Literal> items;  // kList, kTuple: the elements; kDict: key, value, key, value, ...

  static Literal empty_dict();
  friend bool operator==(const Literal&, const Literal&) = default;
};

/// Read a whole literal: None, True, False, integers, floats (inf, nan too), strings, lists,
/// tuples, dicts, and calls such as Timestamp('...'), which are kept as text. Errors:
/// kMalformedData with the column.
Result<Literal> parse_literal(std::string_view text);

/// As Python's repr writes it: {'ccxt_id': [1, 2], 'stats': {}}.
std::string to_text(const Literal& literal);

}  // namespace tieout::oms
