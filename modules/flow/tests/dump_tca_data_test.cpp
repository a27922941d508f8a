#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tieout/core/file.hpp"
#include "tieout/flow/tca.hpp"
#include "tieout/recon/broker_books.hpp"

#include "sample_log.hpp"
#include "scratch_dir.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kVenue =
    "timestamp,id,order,symbol,side,price,amount\n"
    "2023-08-28 13:15:00+00:00,t3,9,BTC/USDT,sell,101.5,0.25\n"
    "2023-08-28 13:07:00+00:00,t2,8,BTC/USDT,buy,100.5,0.5\n"
    "2023-08-28 13:00:00+00:00,t1,8,BTC/USDT,buy,100,0.5\n"
    "2023-08-28 12:59:59+00:00,t0,7,BTC/USDT,buy,99,1\n"
    "2023-08-28 13:15:01+00:00,t4,9,BTC/USDT,buy,99,1\n";

/// A copied run of 13:05 and 13:10 and the venue's trades around it.
class TcaTest : public ::testing::Test {
 protected:
  TcaTest() : sample_(scratch_.path()) {
    fs::create_directories(sample_.target.prod);
    SampleLog().write(sample_.target.prod_log_dir);
    dump_.run = sample_.recon.run;
    dump_.prevent_overwriting = false;
    dump_.trades_file = scratch_.path() / "venue.csv";
    EXPECT_TRUE(write_file_atomic(dump_.trades_file, kVenue).ok());
  }
  Result<StageOutcome> dump() { return dump_tca_data(dump_, sample_.context()); }
  std::string file(const char* name) const { return read_file(sample_.target.tca / name).value(); }

  ScratchDir scratch_;
  SampleReconciliation sample_;
  TcaDump dump_;
};

TEST_F(TcaTest, KeepsTheTradesOfTheWindowAndABarOnEitherSideInOrderOfTime) {
  ASSERT_TRUE(dump().ok());
  const auto trades =
      recon::read_trades_file(sample_.target.tca / "trades.csv", {{kBtc, "binance::BTC_USDT"}});
  ASSERT_TRUE(trades.ok()) << to_string(trades.error());
  ASSERT_EQ(trades->trades.size(), 3U);
  EXPECT_EQ(trades->trades[0].id, "t1");
  EXPECT_EQ(trades->trades[1].id, "t2");
  EXPECT_EQ(trades->trades[1].shares, 0.5);
  EXPECT_EQ(trades->trades[2].id, "t3");
  EXPECT_EQ(trades->trades[2].shares, -0.25);
  EXPECT_THAT(file("manifest.json"), HasSubstr("\"outside_of_window\": 2"));
  EXPECT_THAT(file("log.txt"), HasSubstr("3 trades from 2023-08-28 13:00:00+00:00"));
}

TEST_F(TcaTest, AgainGivesTheSameBytes) {
  ASSERT_TRUE(dump().ok());
  const std::string trades = file("trades.csv"), manifest = file("manifest.json");
  ASSERT_TRUE(dump().ok());
  EXPECT_EQ(file("trades.csv"), trades);
  EXPECT_EQ(file("manifest.json"), manifest);
  EXPECT_FALSE(fs::exists(sample_.target.root / ".tca.new"));
}

TEST_F(TcaTest, IncrementalKeepsAWholeDumpAndRefusesADamagedOne) {
  ASSERT_TRUE(dump().ok());
  dump_.incremental = true;
  dump_.trades_file = scratch_.path() / "gone.csv";  // not read again
  ASSERT_TRUE(dump().ok());
  EXPECT_THAT(sample_.said, HasSubstr("kept '"));
  ASSERT_TRUE(write_file_atomic(sample_.target.tca / "trades.csv", "edited\n").ok());
  const auto refused = dump();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kPathExists);
  EXPECT_THAT(refused.error().message, HasSubstr("already exist!"));
}

TEST_F(TcaTest, WithoutAFileTheFillsOfTheLogAreDumped) {
  dump_.trades_file.clear();
  ASSERT_TRUE(dump().ok());
  EXPECT_THAT(file("manifest.json"), HasSubstr("\"source\": \"fills of the run log\""));
  EXPECT_THAT(file("manifest.json"), HasSubstr("\"trades\": 0"));
}

TEST_F(TcaTest, AFailureLeavesTheEarlierDump) {
  ASSERT_TRUE(dump().ok());
  const std::string trades = file("trades.csv");
  ASSERT_TRUE(
      write_file_atomic(dump_.trades_file, "timestamp,id\n2023-08-28 13:07:00+00:00,t2\n").ok());
  EXPECT_FALSE(dump().ok());
  EXPECT_EQ(file("trades.csv"), trades);
  fs::remove_all(sample_.target.prod_log_dir);
  const auto no_log = dump();
  ASSERT_FALSE(no_log.ok());
  EXPECT_THAT(no_log.error().message, HasSubstr("run reconcile_copy_prod_data first"));
}

TEST_F(TcaTest, ProtectedDumpsAreNotReplaced) {
  dump_.prevent_overwriting = true;
  ASSERT_TRUE(dump().ok());
  if (::geteuid() == 0) {
    // Root may write anyway: the bits say what is meant.
    const auto perms = fs::status(sample_.target.tca / "trades.csv").permissions();
    EXPECT_EQ(perms & fs::perms::owner_write, fs::perms::none);
  }
  const auto again = dump();
  ASSERT_FALSE(again.ok());
  EXPECT_THAT(again.error().message, HasSubstr("write-protected"));
}

}  // namespace
}  // namespace tieout::flow
