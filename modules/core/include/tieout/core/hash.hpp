#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tieout {

/// 128-bit content hash (XXH3, seed 0). Not a defence against an adversary: it tells equal from
/// different.
struct Hash128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend constexpr auto operator<=>(const Hash128&, const Hash128&) = default;
};

/// 32 lower-case hexadecimal digits.
std::string to_hex(const Hash128& hash);
/// The 16 bytes of the hash, big endian (XXH128 canonical form).
std::array<std::byte, 16> to_bytes(const Hash128& hash) noexcept;
Hash128 hash_from_bytes(std::span<const std::byte, 16> bytes) noexcept;

Hash128 hash_bytes(std::span<const std::byte> bytes) noexcept;
Hash128 hash_text(std::string_view text) noexcept;

/// Streaming form: the same result as hash_bytes over the concatenation.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  void add(std::span<const std::byte> bytes) noexcept;
  /// Length, then the bytes: so that ("ab", "c") and ("a", "bc") differ.
  void add_text(std::string_view text) noexcept;
  void add_u64(std::uint64_t value) noexcept;  // little endian
  void add_i64(std::int64_t value) noexcept { add_u64(static_cast<std::uint64_t>(value)); }
  /// The bits; every NaN counts as the same one.
  void add_f64(double value) noexcept;
  void add_hash(const Hash128& hash) noexcept;
  Hash128 digest() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// CRC-32C (Castagnoli) of the bytes, standard form (initial and final inversion): "123456789"
/// gives 0xE3069283.
std::uint32_t crc32c(std::span<const std::byte> bytes) noexcept;

/// SHA-256 as 64 lower-case hexadecimal digits; for identities that leave the machine (config,
/// files of a manifest).
std::string sha256_hex(std::string_view text);

}  // namespace tieout
