#include <filesystem>

#include <gtest/gtest.h>

#include "tieout/reference/log_reader.hpp"

namespace tieout::reference {
namespace {

TEST(IsReferenceLog, NeedsAPartOfTheLayout) {
  const std::filesystem::path dir = std::filesystem::path(testing::TempDir()) / "is_reference_log";
  std::filesystem::remove_all(dir);
  std::filesystem::create_directories(dir / "dag");
  EXPECT_FALSE(is_reference_log(dir));
  std::filesystem::create_directories(dir / "dag" / "node_io");
  EXPECT_TRUE(is_reference_log(dir));
  EXPECT_FALSE(is_reference_log(dir / "nothing"));
}

}  // namespace
}  // namespace tieout::reference
