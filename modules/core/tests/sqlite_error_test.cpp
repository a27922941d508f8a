#include "tieout/core/sqlite_error.hpp"

#include <cerrno>

#include <gtest/gtest.h>

namespace tieout {
namespace {

Error of(int code, int system_errno = 0) {
  return sqlite_error({code, system_errno, "store 'x': COMMIT", "it said so", "wait"});
}

TEST(SqliteErrorTest, EachCodeIsItsKind) {
  EXPECT_EQ(of(5).code, ErrorCode::kStoreLocked);
  EXPECT_EQ(of(6).code, ErrorCode::kStoreLocked);
  EXPECT_EQ(of(13).code, ErrorCode::kDiskFull);
  EXPECT_EQ(of(26).code, ErrorCode::kSchemaMismatch);
  EXPECT_EQ(of(11).code, ErrorCode::kSchemaMismatch);
  EXPECT_EQ(of(8).code, ErrorCode::kFileUnwritable);
  EXPECT_EQ(of(3).code, ErrorCode::kFileUnwritable);
  EXPECT_EQ(of(1).code, ErrorCode::kStoreFailed);
}

TEST(SqliteErrorTest, TheSystemsErrorTellsAFullDiskAndAMissingFile) {
  EXPECT_EQ(of(10).code, ErrorCode::kStoreFailed);
  EXPECT_EQ(of(10, ENOSPC).code, ErrorCode::kDiskFull);
  EXPECT_EQ(of(14, ENOENT).code, ErrorCode::kFileNotFound);
  EXPECT_EQ(of(14, EACCES).code, ErrorCode::kFileUnreadable);
}

TEST(SqliteErrorTest, AnExtendedCodeIsOfItsPrimaryOneAndIsToldWhole) {
  EXPECT_EQ(of(5 | (1 << 8)).code, ErrorCode::kStoreLocked);
  EXPECT_EQ(of(1 | (3 << 8)).message, "store 'x': COMMIT: it said so (SQLite code 769)");
  EXPECT_EQ(of(5).message, "store 'x': COMMIT: it said so; wait");
}

}  // namespace
}  // namespace tieout
