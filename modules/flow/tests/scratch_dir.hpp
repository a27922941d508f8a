#pragma once

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

namespace tieout::flow {

/// An empty directory of the running test, removed with it.
class ScratchDir {
 public:
  ScratchDir() {
    const auto* const test = ::testing::UnitTest::GetInstance()->current_test_info();
    std::string name = std::string(test->test_suite_name()) + "." + test->name();
    for (char& c : name) {
      c = c == '/' ? '_' : c;
    }
    path_ = std::filesystem::path(::testing::TempDir()) / name;
    clear();
    std::filesystem::create_directories(path_);
  }
  ~ScratchDir() { clear(); }
  ScratchDir(const ScratchDir&) = delete;
  ScratchDir& operator=(const ScratchDir&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  void clear() const {
    std::error_code code;
    for (std::filesystem::recursive_directory_iterator entry(path_, code), end;
         !code && entry != end; entry.increment(code)) {
      std::error_code ignored;
      if (entry->is_directory(ignored)) {
        std::filesystem::permissions(entry->path(), std::filesystem::perms::owner_all,
                                     std::filesystem::perm_options::add, ignored);
      }
    }
    std::filesystem::remove_all(path_, code);
  }

  std::filesystem::path path_;
};

}  // namespace tieout::flow
