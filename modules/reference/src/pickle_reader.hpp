#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tieout/core/result.hpp"

namespace tieout::reference {

/// A value that a pickle may hold here: None, bool, int, float, str, bytes, list (a tuple is one
/// too), dict. A dict is in the order of the file.
struct PickleValue {
  struct Bytes {
    std::string bytes;
  };
  enum class Sequence : std::uint8_t { kList, kTuple };
  struct List {
    Sequence kind = Sequence::kList;
    std::vector<PickleValue> items;
  };
  struct Dict {
    std::vector<PickleValue> keys, values;  // of one length
  };
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Bytes, List, Dict> state;
};

/// What a pickle may cost. A value that is referred to twice counts twice.
struct PickleLimits {
  std::size_t max_bytes = 64U << 20;
  std::size_t max_values = 4U << 20;
  std::size_t max_depth = 64;
};

/// Read a Python pickle of plain values, protocols 0 to 5; it builds no object and calls nothing.
///
/// Rule:    accepted are the opcodes of the values above, marks, the memo and frames. An int beyond
///          64 bits, and a value that holds itself, are errors.
/// Errors:  kMalformedData naming the byte and the opcode: everything that builds objects (GLOBAL,
///          STACK_GLOBAL, REDUCE, INST, OBJ, NEWOBJ, BUILD, PERSID, EXT*, sets, buffers), unknown
///          opcodes, a stack that does not fit, text that ends, bytes after STOP, passed limits.
Result<PickleValue> read_pickle(std::string_view bytes, const PickleLimits& limits = {});

/// Python's text of the value: "[('close',)]", "{'a': 1}", "None", "True", "0.1", "'x'".
std::string to_text(const PickleValue& value);

}  // namespace tieout::reference
