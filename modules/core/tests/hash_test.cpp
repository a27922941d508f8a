#include "tieout/core/hash.hpp"

#include <bit>
#include <limits>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "tieout/core/random.hpp"

namespace tieout {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

/// The buffer of xxHash's own sanity checks.
std::vector<std::byte> sanity_buffer(std::size_t size) {
  std::vector<std::byte> buffer(size);
  std::uint64_t generator = 2654435761U;
  for (std::byte& b : buffer) {
    b = static_cast<std::byte>(generator >> 56);
    generator *= 11400714785074694797ULL;
  }
  return buffer;
}

TEST(Hash, GivesTheKnownAnswersOfXxh3) {
  // Source: XSUM_XXH128_testdata of xxHash 0.8 (seed 0), and `echo -n | xxh128sum`.
  const std::vector<std::byte> buffer = sanity_buffer(64);
  const auto of = [&](std::size_t size) { return hash_bytes(std::span(buffer).first(size)); };
  EXPECT_EQ(of(0), (Hash128{0x99AA06D3014798D8ULL, 0x6001C324468D497FULL}));
  EXPECT_EQ(of(1), (Hash128{0xA6CD5E9392000F6AULL, 0xC44BDFF4074EECDBULL}));
  EXPECT_EQ(of(6), (Hash128{0x082AFE0B8162D12AULL, 0x3E7039BDDA43CFC6ULL}));
  EXPECT_EQ(of(12), (Hash128{0x6E3EFD8FC7802B18ULL, 0x061A192713F69AD9ULL}));
  EXPECT_EQ(to_hex(hash_text("")), "99aa06d3014798d86001c324468d497f");
}

TEST(Hash, StreamingEqualsOneShotWhateverTheCuts) {
  constexpr std::uint64_t kSeed = 7;
  const CounterRng rng(kSeed, 0);
  std::uint64_t draw = 0;
  for (const std::size_t size : {0U, 1U, 16U, 17U, 128U, 129U, 240U, 241U, 256U, 1024U, 5000U}) {
    const std::vector<std::byte> buffer = sanity_buffer(size);
    Hasher hasher;
    std::span<const std::byte> rest(buffer);
    while (!rest.empty()) {
      const auto wanted = static_cast<std::size_t>(rng.uniform(draw++) * 300);
      const std::size_t n = std::min(rest.size(), wanted);
      hasher.add(rest.first(n));
      rest = rest.subspan(n);
    }
    EXPECT_EQ(hasher.digest(), hash_bytes(buffer)) << "size " << size << " seed " << kSeed;
  }
}

TEST(Hash, BytesFormRoundTripsBigEndian) {
  const Hash128 hash{0x0123456789ABCDEFULL, 0xFEDCBA9876543210ULL};
  EXPECT_EQ(to_hex(hash), "0123456789abcdeffedcba9876543210");
  EXPECT_EQ(to_bytes(hash)[0], std::byte{0x01});
  EXPECT_EQ(to_bytes(hash)[15], std::byte{0x10});
  EXPECT_EQ(hash_from_bytes(to_bytes(hash)), hash);
}

TEST(Hash, TextsAreDelimited) {
  Hasher left;
  left.add_text("ab");
  left.add_text("c");
  Hasher right;
  right.add_text("a");
  right.add_text("bc");
  EXPECT_NE(left.digest(), right.digest());
}

Hash128 hash_of(double value) {
  Hasher hasher;
  hasher.add_f64(value);
  return hasher.digest();
}

TEST(Hash, ZerosDifferBySignAndEveryNanIsTheSame) {
  EXPECT_NE(hash_of(0.0), hash_of(-0.0));
  const double quiet = std::numeric_limits<double>::quiet_NaN();
  const double payload = std::bit_cast<double>(std::uint64_t{0x7FF8'0000'DEAD'BEEF});
  const double signaling = std::bit_cast<double>(std::uint64_t{0x7FF0'0000'0000'0001});
  const double negative = std::bit_cast<double>(std::uint64_t{0xFFF8'0000'0000'0000});
  for (const double nan : {payload, signaling, negative}) {
    EXPECT_EQ(hash_of(nan), hash_of(quiet));
  }
  EXPECT_NE(hash_of(1.0), hash_of(1.0000000000000002));
}

TEST(Hash, NumbersAreLittleEndianBytes) {
  Hasher hasher;
  hasher.add_u64(0x0807060504030201ULL);
  EXPECT_EQ(hasher.digest(), hash_text("\x01\x02\x03\x04\x05\x06\x07\x08"));
  Hasher negative;
  negative.add_i64(-1);
  EXPECT_EQ(negative.digest(), hash_text("\xff\xff\xff\xff\xff\xff\xff\xff"));
}

TEST(Crc32c, GivesTheKnownAnswers) {
  // Source: RFC 3720, B.4; the check value of CRC-32C is that of "123456789".
  EXPECT_EQ(crc32c(bytes_of("123456789")), 0xE3069283U);
  EXPECT_EQ(crc32c({}), 0U);
  EXPECT_EQ(crc32c(std::vector<std::byte>(32, std::byte{0})), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::vector<std::byte>(32, std::byte{0xFF})), 0x62A8AB43U);
  std::vector<std::byte> ascending(32);
  for (std::size_t i = 0; i < 32; ++i) {
    ascending[i] = static_cast<std::byte>(i);
  }
  EXPECT_EQ(crc32c(ascending), 0x46DD794EU);
  EXPECT_EQ(crc32c(std::vector<std::byte>(ascending.rbegin(), ascending.rend())), 0x113FDB5CU);
}

TEST(Crc32c, MatchesTheBitwiseDefinitionForEveryLengthAndAlignment) {
  const auto reference = [](std::span<const std::byte> bytes) {
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const std::byte b : bytes) {
      crc ^= std::to_integer<std::uint32_t>(b);
      for (int bit = 0; bit < 8; ++bit) {
        crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0x82F63B78U : 0U);
      }
    }
    return ~crc;
  };
  const std::vector<std::byte> buffer = sanity_buffer(160);
  for (std::size_t offset = 0; offset < 16; ++offset) {
    for (std::size_t size = 0; size <= 130; ++size) {
      const auto part = std::span(buffer).subspan(offset, size);
      ASSERT_EQ(crc32c(part), reference(part)) << "offset " << offset << " size " << size;
    }
  }
}

TEST(Sha256, GivesTheKnownAnswers) {
  // Source: FIPS 180-4 examples.
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace tieout
