#include "tieout/core/hash.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include <fmt/format.h>
#include <isa-l/crc.h>
#include <openssl/evp.h>
#include <xxhash.h>

#include "tieout/core/assert.hpp"

namespace tieout {

static_assert(std::endian::native == std::endian::little,
              "the run log is written little endian without swapping");

std::string to_hex(const Hash128& hash) {
  return fmt::format("{:016x}{:016x}", hash.high, hash.low);
}

std::array<std::byte, 16> to_bytes(const Hash128& hash) noexcept {
  std::array<std::byte, 16> bytes{};
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[i] = static_cast<std::byte>(hash.high >> (56 - 8 * i));
    bytes[8 + i] = static_cast<std::byte>(hash.low >> (56 - 8 * i));
  }
  return bytes;
}

Hash128 hash_from_bytes(std::span<const std::byte, 16> bytes) noexcept {
  Hash128 hash;
  for (std::size_t i = 0; i < 8; ++i) {
    hash.high = (hash.high << 8) | std::to_integer<std::uint64_t>(bytes[i]);
    hash.low = (hash.low << 8) | std::to_integer<std::uint64_t>(bytes[8 + i]);
  }
  return hash;
}

Hash128 hash_bytes(std::span<const std::byte> bytes) noexcept {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.high64, hash.low64};
}

Hash128 hash_text(std::string_view text) noexcept {
  return hash_bytes(std::as_bytes(std::span(text)));
}

struct Hasher::State {
  alignas(64) XXH3_state_t xxh;
};

Hasher::Hasher() : state_(std::make_unique<State>()) {
  XXH3_128bits_reset(&state_->xxh);
}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::add(std::span<const std::byte> bytes) noexcept {
  XXH3_128bits_update(&state_->xxh, bytes.data(), bytes.size());
}

void Hasher::add_text(std::string_view text) noexcept {
  add_u64(text.size());
  add(std::as_bytes(std::span(text)));
}

void Hasher::add_u64(std::uint64_t value) noexcept {
  add(std::as_bytes(std::span(&value, 1)));
}

void Hasher::add_f64(double value) noexcept {
  const double canonical = std::isnan(value) ? std::numeric_limits<double>::quiet_NaN() : value;
  add_u64(std::bit_cast<std::uint64_t>(canonical));
}

void Hasher::add_hash(const Hash128& hash) noexcept {
  add(to_bytes(hash));
}

Hash128 Hasher::digest() const noexcept {
  const XXH128_hash_t hash = XXH3_128bits_digest(&state_->xxh);
  return {hash.high64, hash.low64};
}

std::uint32_t crc32c(std::span<const std::byte> bytes) noexcept {
  // ISA-L takes the running value without the final inversion and an int length.
  std::uint32_t crc = 0xFFFFFFFFU;
  constexpr std::size_t kBlock = std::size_t{1} << 30;
  while (!bytes.empty()) {
    const std::size_t n = std::min(bytes.size(), kBlock);
    // The library does not write through the pointer; its prototype lacks the const.
    auto* data = const_cast<unsigned char*>(  // NOLINT
        reinterpret_cast<const unsigned char*>(bytes.data()));
    crc = crc32_iscsi(data, static_cast<int>(n), crc);
    bytes = bytes.subspan(n);
  }
  return ~crc;
}

std::string sha256_hex(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const int ok = EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  TIEOUT_ASSERT(ok == 1 && size == 32);
  std::string hex;
  for (std::size_t i = 0; i < size; ++i) {
    hex += fmt::format("{:02x}", digest[i]);
  }
  return hex;
}

}  // namespace tieout
