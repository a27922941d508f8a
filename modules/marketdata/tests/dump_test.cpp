#include "tieout/marketdata/dump.hpp"

#include <bit>
#include <cmath>
#include <fstream>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/file.hpp"
#include "tieout/core/gzip.hpp"
#include "tieout/core/zone.hpp"

#include "bars_for_tests.hpp"

namespace tieout::marketdata {
namespace {

using ::testing::HasSubstr;
using Bars = std::vector<BarVersion>;

constexpr const char* kHeader =
    "end_timestamp,asset_id,id,open,high,low,close,volume,end_download_timestamp,"
    "knowledge_timestamp,full_symbol,start_timestamp\n";

BarVersion reference_bar() {
  BarVersion bar;
  bar.seq = 3409049;
  bar.asset = AssetId{1030828978};
  bar.full_symbol = "binance::GMT_USDT";
  bar.start = *parse_iso("2022-09-27 14:34:00Z");
  bar.end = *parse_iso("2022-09-27 14:35:00Z");
  bar.open = 0.7233;
  bar.high = 0.7247;
  bar.low = 0.7215;
  bar.close = 0.7241;
  bar.volume = 3291381.0;
  bar.end_download = *parse_iso("2022-09-27 14:36:11.727196Z");
  bar.knowledge = *parse_iso("2022-09-27 14:36:12.230330Z");
  return bar;
}

TEST(DumpTest, ARowReadsAsTheReferenceWritesIt) {
  // Values and time formats: market_data.md 5, the sample and the order of 2023-05.
  EXPECT_EQ(
      dump_text(Bars{reference_bar()}),
      std::string(kHeader) +
          "2022-09-27 10:35:00-04:00,1030828978,3409049,0.7233,0.7247,0.7215,0.7241,3291381.0,"
          "2022-09-27 14:36:11.727196+00:00,2022-09-27 14:36:12.230330+00:00,"
          "binance::GMT_USDT,2022-09-27 10:34:00-04:00\n");
}

TEST(DumpTest, FractionsAreOmittedWhenZeroAndHaveNineDigitsWhenNeeded) {
  BarVersion bar = reference_bar();
  bar.end_download = *parse_iso("2022-09-27 14:36:10Z");
  bar.knowledge = *parse_iso("2022-09-27 14:36:10.000000001Z");
  EXPECT_THAT(dump_text(Bars{bar}),
              HasSubstr(",2022-09-27 14:36:10+00:00,2022-09-27 14:36:10.000000001+00:00,"));
}

TEST(DumpTest, NumbersAreShortestAndAnUnknownVolumeIsEmpty) {
  BarVersion bar = reference_bar();
  bar.open = 1.234e-05;
  bar.high = 1e16;
  bar.low = -0.0;
  bar.close = 100;
  bar.volume = std::numeric_limits<double>::quiet_NaN();
  const std::string text = dump_text(Bars{bar});
  EXPECT_THAT(text, HasSubstr(",1.234e-05,1e+16,-0.0,100.0,,2022"));
  EXPECT_TRUE(same_bars(*parse_dump(text, "test"), Bars{bar}));
}

TEST(DumpTest, TheRepeatedHourOfAutumnIsTwoHoursOnItsWayBack) {
  Bars bars;
  for (const char* end : {"2022-11-06 05:59:00Z", "2022-11-06 06:00:00Z", "2022-11-06 06:59:00Z"}) {
    BarVersion bar = reference_bar();
    bar.end = *parse_iso(end);
    bar.start = bar.end - minutes(1);
    bars.push_back(bar);
  }
  const std::string text = dump_text(bars);
  EXPECT_THAT(text, HasSubstr("\n2022-11-06 01:59:00-04:00,"));
  EXPECT_THAT(text, HasSubstr("\n2022-11-06 01:00:00-05:00,"));
  EXPECT_THAT(text, HasSubstr(",2022-11-06 01:59:00-04:00\n")) << "the start is still before it";
  EXPECT_TRUE(same_bars(*parse_dump(text, "test"), bars));
}

TEST(DumpTest, NewYorkTimesAreThoseOfTheZoneTableThroughTwoYears) {
  Bars bars;
  for (Timestamp t = *parse_ts_name("20220101_000000"); t < *parse_ts_name("20240101_000000");
       t = t + minutes(30)) {
    BarVersion bar = reference_bar();
    bar.end = t;
    bar.start = t - minutes(1);
    bars.push_back(bar);
  }
  const std::string text = dump_text(bars);
  std::string_view rest = text;
  rest.remove_prefix(rest.find('\n') + 1);
  for (const BarVersion& bar : bars) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    ASSERT_EQ(line.substr(0, 25), to_local_iso(bar.end, Zone::kNewYork));
    ASSERT_EQ(line.substr(line.size() - 25), to_local_iso(bar.start, Zone::kNewYork));
    rest.remove_prefix(line.size() + 1);
  }
}

TEST(DumpTest, EveryVersionComesBackInTheOrderOfEvidenceWithEveryBit) {
  constexpr std::uint64_t kSeed = 7;
  TestDraws draws(kSeed);
  const char* const symbols[] = {"binance::BTC_USDT", "odd,\"symbol\"", "", "two\nlines"};
  Bars bars;
  for (int i = 0; i < 3000; ++i) {
    BarVersion bar;
    bar.seq = i;
    bar.asset = AssetId{static_cast<std::int64_t>(draws.bits()) >> draws.below(60)};
    bar.full_symbol = symbols[draws.below(4)];
    // 1900 to 2240.
    bar.end = Timestamp{-2'200'000'000'000'000'000} +
              nanoseconds(draws.below(5'300'000'000'000'000'000)) +
              nanoseconds(draws.below(5'300'000'000'000'000'000));
    bar.end = draws.below(2) == 0 ? floor_to(bar.end, minutes(1)) : bar.end;
    bar.start = bar.end - nanoseconds(draws.below(days(1).ns));
    bar.end_download =
        floor_to(bar.end + nanoseconds(draws.below(minutes(1).ns)), nanoseconds(1000));
    bar.knowledge = bar.end + nanoseconds(draws.below(minutes(2).ns));
    for (double BarVersion::*field : {&BarVersion::open, &BarVersion::high, &BarVersion::low,
                                      &BarVersion::close, &BarVersion::volume}) {
      bar.*field = std::bit_cast<double>(draws.bits());
    }
    bars.push_back(bar);
  }
  const auto read = parse_dump(dump_text(bars), "test");
  ASSERT_TRUE(read.ok()) << to_string(read.error());
  std::sort(bars.begin(), bars.end(), [](const BarVersion& a, const BarVersion& b) {
    return std::tie(a.end, a.asset, a.knowledge, a.seq) <
           std::tie(b.end, b.asset, b.knowledge, b.seq);
  });
  EXPECT_TRUE(same_bars(*read, bars)) << "seed " << kSeed;
}

TEST(DumpTest, ColumnsAreReadByNameInAnyOrderWithOthersBetween) {
  // The order of 2022-09 (market_data.md 5), and a column that we do not know.
  const auto bars = parse_dump(
      "end_timestamp,asset_id,knowledge_timestamp,open,high,low,close,volume,ticks,"
      "end_download_timestamp,id,full_symbol,start_timestamp\n"
      "2022-09-27 10:35:00-04:00,1030828978,2022-09-27 14:36:12.230330+00:00,0.7233,0.7247,0.7215,"
      "0.7241,3291381.0,12,2022-09-27 14:36:11.727196+00:00,3409049,binance::GMT_USDT,"
      "2022-09-27 10:34:00-04:00\n",
      "test");
  ASSERT_TRUE(bars.ok()) << to_string(bars.error());
  EXPECT_TRUE(same_bars(*bars, Bars{reference_bar()}));
}

TEST(DumpTest, ErrorsNameTheColumnOrTheLine) {
  const std::string good = dump_text(Bars{reference_bar()});
  const auto expect = [](const std::string& text, ErrorCode code, const char* part) {
    const auto bars = parse_dump(text, "who");
    ASSERT_FALSE(bars.ok()) << text;
    EXPECT_EQ(bars.error().code, code);
    EXPECT_THAT(bars.error().message, ::testing::StartsWith("who: "));
    EXPECT_THAT(bars.error().message, HasSubstr(part));
  };
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from, text.find('\n')), from.size(), to);
    return text;
  };
  constexpr auto kBad = ErrorCode::kMalformedData;
  expect("", ErrorCode::kSchemaMismatch, "empty file");
  expect("end_timestamp,asset_id\n", ErrorCode::kSchemaMismatch, "column id is missing");
  expect(with("10:35:00-04:00", "10:35:00"), kBad, "line 2: field end_timestamp");
  expect(with("0.7247", "0.72x"), kBad, "line 2: field high: found '0.72x'");
  expect(with("3409049", "34.5"), kBad, "line 2: field id: found '34.5'");
  expect(with("1030828978", ""), kBad, "line 2: field asset_id: found ''");
  expect(good + "2022-09-27 10:35:00-04:00,1\n", kBad, "line 3: found 2 fields, needed 12");
  expect(good + "\"open", kBad, "line 3");
}

TEST(DumpTest, TheFileIsTheGzipOfTheTextAndTheSameEachTime) {
  const TestDirectory directory;
  const auto path = directory / "test_data.csv.gz";
  Bars bars{make_bar(2, 1, 20), make_bar(1, 1, 10)};
  bars[0].seq = 1;
  bars[1].seq = 2;
  ASSERT_TRUE(write_dump(path, bars).ok());
  const std::string first = *read_file(path);
  EXPECT_EQ(*gunzip(first, 1 << 20), dump_text(bars));
  std::swap(bars[0], bars[1]);
  ASSERT_TRUE(write_dump(path, bars).ok());
  EXPECT_EQ(*read_file(path), first) << "the order of the input does not matter";
  const auto read = read_dump(path);
  ASSERT_TRUE(read.ok());
  EXPECT_TRUE(same_bars(*read, bars));
}

TEST(DumpTest, AnEmptyDumpHasAHeader) {
  EXPECT_EQ(dump_text({}), kHeader);
  EXPECT_TRUE(parse_dump(kHeader, "test").value_or({make_bar(1, 1, 1)}).empty());
}

TEST(DumpTest, FilesThatCannotBeReadOrWrittenAreNamed) {
  const TestDirectory directory;
  EXPECT_EQ(read_dump(directory / "none.csv.gz").error().code, ErrorCode::kFileNotFound);
  EXPECT_EQ(write_dump(directory / "no/dir/dump.csv.gz", {}).error().code,
            ErrorCode::kFileNotFound);
  const auto path = directory / "bad.csv";
  std::ofstream(path) << kHeader << "x\n";
  EXPECT_THAT(read_dump(path).error().message, HasSubstr(path.string()));
}

}  // namespace
}  // namespace tieout::marketdata
