#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tieout::frames::parquet {

/// Little-endian word at `p`, of which 8 bytes must be readable.
inline std::uint64_t load_word(const char* p) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, p, sizeof word);
  return word;
}

/// Walk Parquet's hybrid of runs and bit-packed groups of `count` values of `width` <= 32 bits.
///
///   run:    varint (length << 1), then the value in (width + 7) / 8 bytes
///   groups: varint (groups << 1 | 1), then groups * width bytes, value i at bit i * width
///
/// `on_run(value, length)` and `on_packed(first_byte, length)` cover all values in order. Eight
/// bytes behind `bytes` must be readable. Returns false when the bytes end too early.
template <typename OnRun, typename OnPacked>
bool walk_hybrid(std::string_view bytes, unsigned width, std::size_t count, OnRun on_run,
                 OnPacked on_packed) {
  const char* p = bytes.data();
  const char* const end = p + bytes.size();
  const std::size_t value_bytes = (width + 7) / 8;
  while (count > 0) {
    std::uint64_t head = 0;
    unsigned shift = 0;
    do {
      if (p == end || shift > 35) {
        return false;
      }
      head |= static_cast<std::uint64_t>(static_cast<unsigned char>(*p) & 0x7FU) << shift;
      shift += 7;
    } while ((static_cast<unsigned char>(*p++) & 0x80U) != 0);
    if ((head & 1) == 0) {
      const std::size_t length = std::min<std::size_t>(head >> 1, count);
      if (static_cast<std::size_t>(end - p) < value_bytes || length == 0) {
        return false;
      }
      std::uint64_t value = 0;
      std::memcpy(&value, p, value_bytes);
      p += value_bytes;
      on_run(static_cast<std::uint32_t>(value), length);
      count -= length;
    } else {
      const std::size_t groups = head >> 1;
      const std::size_t length = std::min<std::size_t>(groups * 8, count);
      const std::size_t used = (length * width + 7) / 8;
      if (static_cast<std::size_t>(end - p) < used || length == 0) {
        return false;
      }
      on_packed(p, length);
      p += std::min<std::size_t>(groups * width, static_cast<std::size_t>(end - p));
      count -= length;
    }
  }
  return true;
}

}  // namespace tieout::frames::parquet
