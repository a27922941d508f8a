#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tieout/core/clock.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/core/random.hpp"
#include "tieout/marketdata/bar.hpp"

namespace tieout::marketdata {

inline void PrintTo(const BarVersion& bar, std::ostream* out) {  // NOLINT: gtest's name
  *out << fmt::format("#{} {} end {} known {} ohlcv {} {} {} {} {}", bar.seq, bar.full_symbol,
                      to_iso(bar.end), to_iso(bar.knowledge), format_double(bar.open),
                      format_double(bar.high), format_double(bar.low), format_double(bar.close),
                      format_double(bar.volume));
}

/// Fails at the first bar that differs in a bit.
inline ::testing::AssertionResult same_bars(const std::vector<BarVersion>& left,
                                            const std::vector<BarVersion>& right) {
  for (std::size_t i = 0; i < left.size() && i < right.size(); ++i) {
    if (!bitwise_equal(left[i], right[i])) {
      return ::testing::AssertionFailure()
             << "bar " << i << ": " << ::testing::PrintToString(left[i]) << " and "
             << ::testing::PrintToString(right[i]);
    }
  }
  if (left.size() != right.size()) {
    return ::testing::AssertionFailure() << left.size() << " bars and " << right.size();
  }
  return ::testing::AssertionSuccess();
}

/// 2024-01-03 00:00:00 UTC.
inline constexpr Timestamp kDay{1'704'240'000'000'000'000};
inline constexpr Timestamp kForever{std::numeric_limits<std::int64_t>::max()};

/// A bar of asset `asset` that ends `minute` minutes into the day and is known `known` seconds
/// after its end.
inline BarVersion make_bar(std::int64_t asset, std::int64_t minute, double close,
                           std::int64_t known = 10) {
  BarVersion bar;
  bar.asset = AssetId{asset};
  bar.full_symbol = fmt::format("test::A{}", asset);
  bar.end = kDay + minutes(minute);
  bar.start = bar.end - minutes(1);
  bar.open = bar.low = close - 1;
  bar.high = bar.close = close;
  bar.volume = 7.5;
  bar.end_download = bar.end + seconds(known) - milliseconds(20);
  bar.knowledge = bar.end + seconds(known);
  return bar;
}

/// Draws for property tests: one number after the other.
class TestDraws {
 public:
  explicit TestDraws(std::uint64_t seed) : rng_(seed, 0) {}
  std::uint64_t bits() {
    const auto words = rng_.block(next_++);
    return (std::uint64_t{words[0]} << 32) | words[1];
  }
  std::int64_t below(std::int64_t bound) {
    return static_cast<std::int64_t>(bits() % static_cast<std::uint64_t>(bound));
  }

 private:
  CounterRng rng_;
  std::uint64_t next_ = 0;
};

/// A directory of the running test, empty at first and removed at last.
class TestDirectory {
 public:
  TestDirectory() {
    const auto* const test = ::testing::UnitTest::GetInstance()->current_test_info();
    std::string name =
        fmt::format("tieout_{}_{}_{}", test->test_suite_name(), test->name(), ::getpid());
    for (char& c : name) {
      c = c == '/' ? '_' : c;
    }
    path_ = std::filesystem::path(::testing::TempDir()) / name;
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TestDirectory() { std::filesystem::remove_all(path_); }
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// A clock that jumps to each deadline.
class FakeClock : public Clock {
 public:
  explicit FakeClock(Timestamp start) : now_(start) {}
  Timestamp now() override { return now_ = now_ + cost_of_a_look; }
  bool sleep_until(Timestamp deadline) override {
    if (deadline > stop_at) {
      return false;
    }
    now_ = std::max(now_, deadline + oversleep);
    return true;
  }

  Duration cost_of_a_look{};  // How far the time goes on with each now().
  Duration oversleep{};
  Timestamp stop_at = kForever;

 private:
  Timestamp now_;
};

}  // namespace tieout::marketdata
