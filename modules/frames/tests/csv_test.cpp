#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/gzip.hpp"
#include "tieout/frames/file.hpp"

#include "frames_support.hpp"

namespace tieout::frames {
namespace {

using ::testing::HasSubstr;

TEST(ReadCsv, GivesEachColumnTheNarrowestTypeOfItsCells) {
  const TestDirectory dir;
  const auto file = dir.with("a.csv",
                             "i,f,g,b,t,n,s,d,e\n"
                             "1,1.5,1,True,2023-08-15 10:30:00-04:00,2023-08-15 10:30:00,x,"
                             "2023-08-15,\n"
                             "-2,inf,,False,2023-08-15T14:30:00.5Z,2023-08-15T10:30:00.25,1,,\n");
  const auto frame = read_csv(file);
  ASSERT_TRUE(frame.ok()) << frame.error().message;
  const ColumnType expected[] = {
      ColumnType::kInt64,  ColumnType::kFloat64,   ColumnType::kFloat64,
      ColumnType::kBool,   ColumnType::kTimestamp, ColumnType::kTimestamp,
      ColumnType::kString, ColumnType::kTimestamp, ColumnType::kFloat64};
  ASSERT_EQ(frame->columns.size(), std::size(expected));
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    EXPECT_EQ(frame->columns[i].type(), expected[i]) << to_string(frame->columns[i].label);
  }
  EXPECT_FALSE(frame->index.has_value());
  const auto& times = std::get<std::vector<Timestamp>>(frame->columns[4].values);
  EXPECT_EQ(times[0].ns, 1'692'109'800'000'000'000);
  EXPECT_EQ(times[1].ns, 1'692'109'800'500'000'000);
  EXPECT_TRUE(is_missing(frame->columns[2], 1));
  EXPECT_TRUE(frame->columns[2].valid.empty()) << "a missing float is NaN, not null";
  EXPECT_TRUE(frame->columns[7].is_null(1));
}

}  // namespace
}  // namespace tieout::frames
