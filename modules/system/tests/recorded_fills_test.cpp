// Fills read back from a run log.

#include "recorded_fills.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tieout/core/file.hpp"
#include "tieout/oms/order.hpp"
#include "tieout/oms/tables.hpp"
#include "tieout/runlog/reader.hpp"
#include "tieout/runlog/writer.hpp"

namespace tieout::system {
namespace {

using oms::Fill;
using runlog::TableKind;
using testing::HasSubstr;

constexpr Timestamp kBar{Timestamp{} + days(19'000)};

oms::Order order_of(std::int64_t id, double shares) {
  oms::Order order;
  order.order_id = id;
  order.asset_id = AssetId{101};
  order.type = "price@twap";
  order.creation_timestamp = order.start_timestamp = kBar;
  order.end_timestamp = kBar + minutes(5);
  order.diff_num_shares = shares;
  return order;
}

Fill fill_of(std::int64_t id, double shares) {
  return {.fill_id = id,
          .order_id = 0,
          .asset_id = AssetId{101},
          .timestamp = kBar + minutes(5),
          .num_shares = shares,
          .price = 10.0,
          .fee = 0.25,
          .liquidity = oms::Liquidity::kTaker};
}

class RecordedFillsTest : public testing::Test {
 protected:
  RecordedFillsTest() {
    dir_ = std::filesystem::path(testing::TempDir()) /
           fmt::format("fills.{}.{}", testing::UnitTest::GetInstance()->current_test_info()->name(),
                       ::getpid());
    std::filesystem::remove_all(dir_);
  }
  ~RecordedFillsTest() override { std::filesystem::remove_all(dir_); }

  /// Two bars: an order of 4 shares, then these fills.
  Result<RecordedFills> read(const Table& fills, Timestamp first_bar = kBar) {
    runlog::Manifest manifest;
    manifest.constructor = "X";
    manifest.run_mode = "paper_trading";
    manifest.mode = "scheduled";
    manifest.start = kBar;
    manifest.end = kBar + minutes(5);
    manifest.bar = minutes(5);
    auto log =
        runlog::RunWriter::create(dir_, manifest, "", "{}", runlog::Durability::kAtSeal).value();
    EXPECT_TRUE(
        log.write_table(TableKind::kOrders, kBar, kBar, oms::tables::orders({order_of(0, 4.0)}))
            .ok());
    EXPECT_TRUE(log.commit_bar(kBar, kBar, runlog::BarOutcome::kOk).ok());
    EXPECT_TRUE(log.write_table(TableKind::kFills, kBar + minutes(5), kBar, fills).ok());
    EXPECT_TRUE(log.commit_bar(kBar + minutes(5), kBar, runlog::BarOutcome::kOk).ok());
    EXPECT_TRUE(log.seal(runlog::RunOutcome::kComplete).ok());
    const auto run = runlog::RunReader::open(dir_).value();
    return read_fills(run, first_bar, kBar + minutes(5));
  }

  std::filesystem::path dir_;
};

TEST_F(RecordedFillsTest, AreThoseThatWereWrittenWithTheirCosts) {
  const std::vector<Fill> fills{fill_of(3, 1.5), fill_of(4, 2.5)};
  const auto recorded = read(oms::tables::fills(fills, oms::tables::CostColumns::kYes)).value();
  ASSERT_EQ(recorded.bars.size(), 1U);
  EXPECT_EQ(recorded.bars[0].bar, kBar + minutes(5));
  EXPECT_EQ(recorded.bars[0].fills, fills);
  EXPECT_EQ(recorded.left_out, 0U);
}

TEST_F(RecordedFillsTest, UpToTheFirstBarAreLeftOutAndCounted) {
  const auto recorded =
      read(oms::tables::fills({fill_of(3, 1.5)}, oms::tables::CostColumns::kNo), kBar + minutes(5))
          .value();
  EXPECT_TRUE(recorded.bars.empty());
  EXPECT_EQ(recorded.left_out, 1U);
}

TEST_F(RecordedFillsTest, ThatOverlapAreRefused) {
  const auto over =
      read(oms::tables::fills({fill_of(3, 2.5), fill_of(4, 2.5)}, oms::tables::CostColumns::kYes));
  ASSERT_FALSE(over.ok());
  EXPECT_EQ(over.error().code, ErrorCode::kMalformedData);
  EXPECT_THAT(over.error().message, HasSubstr("5.0 shares of order 0 are filled"));
}

TEST_F(RecordedFillsTest, AgainstTheirOrderAreRefused) {
  EXPECT_EQ(
      read(oms::tables::fills({fill_of(3, -1.0)}, oms::tables::CostColumns::kNo)).error().code,
      ErrorCode::kMalformedData);
}

TEST_F(RecordedFillsTest, WithoutAColumnAreRefused) {
  Table fills = oms::tables::fills({fill_of(3, 1.0)}, oms::tables::CostColumns::kNo);
  std::erase_if(fills.columns,
                [](const TypedColumn& column) { return column.name == oms::tables::kPrice; });
  const auto bad = read(fills);
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().code, ErrorCode::kSchemaMismatch);
  EXPECT_THAT(bad.error().message, HasSubstr("no usable column 'price'"));
}

/// A file of fills, as it is named on the command line.
FillsFrom file_of(const std::filesystem::path& path, const std::string& text) {
  EXPECT_TRUE(write_file_atomic(path, text).ok());
  return {.run = nullptr, .file = path, .name = path.string()};
}

TEST_F(RecordedFillsTest, AFileOfFillsIsBookedAtTheFirstBarThatDoesNotEndBefore) {
  std::filesystem::create_directories(dir_);
  const std::string header = "fill_id,order_id,asset_id,timestamp,num_shares,price\n";
  const FillsFrom from =
      file_of(dir_ / "fills.csv",
              fmt::format("{}1,0,101,{},2,10\n2,0,101,{},-1,11\n3,0,101,{},5,12\n", header,
                          to_iso(kBar + minutes(5)), to_iso(kBar + seconds(301)), to_iso(kBar)));
  const auto recorded = read_fills(from, minutes(5), kBar, kBar + minutes(10));
  ASSERT_TRUE(recorded.ok()) << recorded.error().message;
  ASSERT_EQ(recorded->bars.size(), 2U);
  EXPECT_EQ(recorded->bars[0].bar, kBar + minutes(5));
  EXPECT_EQ(recorded->bars[0].fills.front().fill_id, 1);
  EXPECT_EQ(recorded->bars[1].bar, kBar + minutes(10));
  EXPECT_EQ(recorded->bars[1].fills.front().num_shares, -1.0);
  EXPECT_EQ(recorded->left_out, 1U) << "booked before the books of the replay begin";
}

TEST_F(RecordedFillsTest, AFileMaySayTheBarItself) {
  std::filesystem::create_directories(dir_);
  const FillsFrom from = file_of(
      dir_ / "fills.csv", fmt::format("fill_id,order_id,asset_id,timestamp,num_shares,price,bar\n"
                                      "1,0,101,{},2,10,{}\n",
                                      to_iso(kBar + minutes(4)), to_iso(kBar + minutes(10))));
  const auto recorded = read_fills(from, minutes(5), kBar, kBar + minutes(10)).value();
  ASSERT_EQ(recorded.bars.size(), 1U);
  EXPECT_EQ(recorded.bars[0].bar, kBar + minutes(10));
}

TEST_F(RecordedFillsTest, AFileWithoutAColumnIsNamedWithIt) {
  std::filesystem::create_directories(dir_);
  const FillsFrom from = file_of(dir_ / "fills.csv", "fill_id,order_id,asset_id\n1,0,101\n");
  const auto recorded = read_fills(from, minutes(5), kBar, kBar + minutes(10));
  ASSERT_FALSE(recorded.ok());
  EXPECT_THAT(recorded.error().message, HasSubstr("fills.csv"));
  EXPECT_THAT(recorded.error().message, HasSubstr("'timestamp'"));
}

}  // namespace
}  // namespace tieout::system
