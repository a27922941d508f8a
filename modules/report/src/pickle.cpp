#include "pickle.hpp"

#include <bit>
#include <cstdint>
#include <limits>

#include <nlohmann/json.hpp>

#include "text.hpp"

namespace tieout::report {
namespace {

using Json = nlohmann::ordered_json;

// Opcodes of protocol 2 (Python's pickletools names them alike).
constexpr char kProto = '\x80', kStop = '.', kNone = 'N', kNewTrue = '\x88', kNewFalse = '\x89';
constexpr char kBinInt = 'J', kLong1 = '\x8a', kBinFloat = 'G', kBinUnicode = 'X';
constexpr char kEmptyDict = '}', kEmptyList = ']', kMark = '(', kSetItems = 'u', kAppends = 'e';

void append_little_endian(std::string& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFF);
}

/// LONG1: length byte, then two's complement, little endian.
void append_long(std::string& out, std::uint64_t low, char sign_byte) {
  out += kLong1;
  out += char{9};
  append_little_endian(out, low, 8);
  out += sign_byte;
}

void append_string(std::string& out, const std::string& text) {
  const std::string valid = valid_utf8(text);
  out += kBinUnicode;
  append_little_endian(out, valid.size(), 4);
  out += valid;
}

void append_integer(std::string& out, const Json& value) {
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() >
          static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    append_long(out, value.get<std::uint64_t>(), '\x00');
    return;
  }
  const auto number = value.get<std::int64_t>();
  if (number >= std::numeric_limits<std::int32_t>::min() &&
      number <= std::numeric_limits<std::int32_t>::max()) {
    out += kBinInt;
    append_little_endian(out, static_cast<std::uint64_t>(number), 4);
  } else {
    append_long(out, static_cast<std::uint64_t>(number), number < 0 ? '\xFF' : '\x00');
  }
}

void append_float(std::string& out, double value) {
  out += kBinFloat;
  const auto bits = std::bit_cast<std::uint64_t>(value);
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>((bits >> shift) & 0xFF);
}

void append_value(std::string& out, const Json& value) {
  if (value.is_object()) {
    out += kEmptyDict;
    out += kMark;
    for (const auto& item : value.items()) {
      append_string(out, item.key());
      append_value(out, item.value());
    }
    out += kSetItems;
  } else if (value.is_array()) {
    out += kEmptyList;
    out += kMark;
    for (const Json& item : value) append_value(out, item);
    out += kAppends;
  } else if (value.is_string()) {
    append_string(out, value.get_ref<const std::string&>());
  } else if (value.is_boolean()) {
    out += value.get<bool>() ? kNewTrue : kNewFalse;
  } else if (value.is_number_integer()) {
    append_integer(out, value);
  } else if (value.is_number_float()) {
    append_float(out, value.get<double>());
  } else {
    out += kNone;
  }
}

}  // namespace

std::string pickle_of(const nlohmann::ordered_json& value) {
  std::string out{kProto, '\x02'};
  append_value(out, value);
  out += kStop;
  return out;
}

}  // namespace tieout::report
