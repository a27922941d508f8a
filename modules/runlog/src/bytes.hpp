#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "tieout/core/hash.hpp"
#include "tieout/core/time.hpp"

namespace tieout::runlog {

static_assert(std::endian::native == std::endian::little, "segments are written without swapping");

/// Appends little-endian values to a buffer that it does not own.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  void u8(std::uint8_t value) { raw(&value, sizeof value); }
  void u16(std::uint16_t value) { raw(&value, sizeof value); }
  void u32(std::uint32_t value) { raw(&value, sizeof value); }
  void u64(std::uint64_t value) { raw(&value, sizeof value); }
  void i64(std::int64_t value) { raw(&value, sizeof value); }
  void time(Timestamp value) { i64(value.ns); }
  void hash(const Hash128& value) {
    const auto bytes = to_bytes(value);
    raw(bytes.data(), bytes.size());
  }
  /// u32 length, then the bytes.
  void text(std::string_view value) {
    u32(static_cast<std::uint32_t>(value.size()));
    raw(value.data(), value.size());
  }
  void raw(const void* data, std::size_t size) {
    out_.append(static_cast<const char*>(data), size);
  }
  std::string& buffer() noexcept { return out_; }

 private:
  std::string& out_;
};

/// Reads little-endian values from bytes that nobody has checked. Past the end it gives zeros and
/// remembers that it failed, so that a decoder reads all its fields and asks ok() once; lengths
/// must be checked against remaining() before allocating.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::uint8_t u8() { return value<std::uint8_t>(); }
  std::uint16_t u16() { return value<std::uint16_t>(); }
  std::uint32_t u32() { return value<std::uint32_t>(); }
  std::uint64_t u64() { return value<std::uint64_t>(); }
  std::int64_t i64() { return value<std::int64_t>(); }
  Timestamp time() { return {i64()}; }
  Hash128 hash() {
    std::array<std::byte, 16> bytes{};
    copy(bytes.data(), bytes.size());
    return hash_from_bytes(bytes);
  }
  std::string text() { return text(u32()); }
  std::string text(std::size_t size) {
    std::string out;
    if (size > remaining()) {
      failed_ = true;
      return out;
    }
    out.resize(size);
    copy(out.data(), size);
    return out;
  }
  void copy(void* out, std::size_t size) {
    if (failed_ || size > remaining()) {
      failed_ = true;
      return;
    }
    if (size > 0) {
      std::memcpy(out, bytes_.data() + position_, size);
    }
    position_ += size;
  }

  bool ok() const noexcept { return !failed_; }
  bool at_end() const noexcept { return !failed_ && position_ == bytes_.size(); }
  std::size_t remaining() const noexcept { return bytes_.size() - position_; }

 private:
  template <typename T>
  T value() {
    T out{};
    copy(&out, sizeof out);
    return out;
  }

  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
  bool failed_ = false;
};

}  // namespace tieout::runlog
