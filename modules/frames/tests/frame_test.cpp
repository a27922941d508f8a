#include "tieout/frames/frame.hpp"

#include <gtest/gtest.h>

namespace tieout::frames {
namespace {

Frame two_columns() {
  Frame frame;
  frame.columns.push_back({{"id"}, std::vector<std::int64_t>{1, 2}});
  frame.columns.push_back({{"price"}, std::vector<double>{1.5, 2.5}});
  return frame;
}

TEST(Frame, SettingTheIndexTakesTheColumnOut) {
  Frame frame = two_columns();
  ASSERT_TRUE(set_index(frame, "id").ok());
  ASSERT_TRUE(frame.index.has_value());
  EXPECT_EQ(frame.index->label, ColumnLabel{"id"});
  EXPECT_EQ(frame.columns.size(), 1U);
  EXPECT_EQ(frame.row_count(), 2U);
}

TEST(Frame, AnIndexThatDoesNotExistIsAnErrorThatListsTheColumns) {
  Frame frame = two_columns();
  const Status status = set_index(frame, "asset");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kSchemaMismatch);
  EXPECT_NE(status.error().message.find("id, price"), std::string::npos);
  EXPECT_EQ(frame.columns.size(), 2U);
}

TEST(Frame, AColumnThatOccursTwiceIsNotFound) {
  Frame frame = two_columns();
  frame.columns.push_back(frame.columns.front());
  EXPECT_FALSE(frame.find({"id"}).has_value());
  EXPECT_EQ(frame.find({"price"}), 1U);
}

}  // namespace
}  // namespace tieout::frames
