#include "tieout/core/gzip.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/random.hpp"

namespace tieout {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kRoomy = std::size_t{1} << 30;

std::string noise(std::size_t size, std::uint64_t seed) {
  const CounterRng rng(seed, 0);
  std::string bytes;
  for (std::uint64_t i = 0; bytes.size() < size; ++i) {
    bytes.push_back(static_cast<char>(rng.block(i)[0] & 0xFFU));
  }
  return bytes;
}

TEST(Gzip, WhatIsPackedIsUnpacked) {
  // Around the internal buffer of 64 KiB, in text that packs well and in noise that does not.
  for (const std::size_t size : {0U, 1U, 100U, 65'535U, 65'536U, 65'537U, 131'072U, 300'000U}) {
    for (const std::string& content : {std::string(size, 'x'), noise(size, size)}) {
      const auto unpacked = gunzip(gzip(content), kRoomy);
      ASSERT_TRUE(unpacked.ok()) << size;
      EXPECT_EQ(*unpacked, content) << size;
    }
  }
}

TEST(Gzip, EqualContentsGiveEqualBytesWithoutATime) {
  const std::string packed = gzip("content");
  EXPECT_EQ(packed, gzip("content"));
  EXPECT_EQ(packed.substr(0, 4), std::string("\x1f\x8b\x08\x00", 4)) << "no name flag";
  EXPECT_EQ(packed.substr(4, 4), std::string(4, '\0')) << "no modification time";
}

TEST(Gzip, EveryLevelUnpacksToTheSameAndHigherIsNotLarger) {
  const std::string content = noise(20'000, 3) + std::string(20'000, 'x');
  for (int level = 1; level <= 9; ++level) {
    EXPECT_EQ(*gunzip(gzip(content, level), kRoomy), content) << level;
  }
  EXPECT_LE(gzip(content, 9).size(), gzip(content, 1).size());
}

TEST(Gzip, TwoMembersAreOneContent) {
  EXPECT_EQ(*gunzip(gzip("first,") + gzip("") + gzip("second"), kRoomy), "first,second");
}

TEST(Gzip, EveryTruncationIsAnError) {
  const std::string packed = gzip(noise(500, 1) + std::string(500, 'x'));
  for (std::size_t size = 0; size < packed.size(); ++size) {
    const auto unpacked = gunzip(packed.substr(0, size), kRoomy);
    ASSERT_FALSE(unpacked.ok()) << size;
    EXPECT_EQ(unpacked.error().code, ErrorCode::kMalformedData);
  }
}

TEST(Gzip, GarbageIsAnErrorAlsoAfterAGoodMember) {
  EXPECT_EQ(gunzip("not gzip at all", kRoomy).error().code, ErrorCode::kMalformedData);
  EXPECT_EQ(gunzip(gzip("good") + "trailing", kRoomy).error().code, ErrorCode::kMalformedData);
}

TEST(Gzip, AFlippedBitOfTheContentIsAnError) {
  const std::string packed = gzip(noise(300, 2));
  for (std::size_t i = 10; i < packed.size(); i += 7) {  // From byte 10 on: after the header.
    std::string broken = packed;
    broken[i] = static_cast<char>(broken[i] ^ 1);
    EXPECT_FALSE(gunzip(broken, kRoomy).ok()) << "byte " << i;
  }
}

TEST(Gzip, ABombStopsAtTheLimit) {
  const std::string bomb = gzip(std::string(10'000'000, '\0'));
  EXPECT_LT(bomb.size(), 20'000U);
  const auto unpacked = gunzip(bomb, 1'000'000);
  ASSERT_FALSE(unpacked.ok());
  EXPECT_THAT(unpacked.error().message, HasSubstr("more than 1000000 bytes"));
  EXPECT_TRUE(gunzip(bomb, 10'000'000).ok()) << "the limit itself is allowed";
  EXPECT_FALSE(gunzip(bomb, 9'999'999).ok());
  EXPECT_FALSE(gunzip(gzip("ab") + gzip("cd"), 3).ok()) << "the limit is over all members";
}

}  // namespace
}  // namespace tieout
