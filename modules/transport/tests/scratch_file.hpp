#pragma once

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

namespace tieout::transport {

/// The path of a file of the running test, removed with it.
class ScratchFile {
 public:
  explicit ScratchFile(const std::string& name) {
    const auto* const test = ::testing::UnitTest::GetInstance()->current_test_info();
    dir_ = std::filesystem::path(::testing::TempDir()) /
           (std::string(test->test_suite_name()) + "." + test->name() + "." + name);
    std::filesystem::remove_all(dir_);
    std::filesystem::create_directories(dir_);
    path_ = dir_ / name;
  }
  ~ScratchFile() {
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path dir_, path_;
};

}  // namespace tieout::transport
