#pragma once

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tieout/frames/frame.hpp"

namespace tieout::frames {

/// A fresh directory of the running test, removed at its end.
class TestDirectory {
 public:
  TestDirectory() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::path(::testing::TempDir()) /
            fmt::format("tieout_frames_{}_{}_{}", test->test_suite_name(), test->name(), getpid());
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;
  ~TestDirectory() { std::filesystem::remove_all(path_); }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  /// A file of this content.
  std::filesystem::path with(std::string_view name, std::string_view content) const {
    std::ofstream(path_ / name, std::ios::binary) << content;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

inline std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

inline bool is_missing(const FrameColumn& column, std::size_t row) {
  if (column.is_null(row)) {
    return true;
  }
  const auto* floats = std::get_if<std::vector<double>>(&column.values);
  return floats != nullptr && std::isnan((*floats)[row]);
}

/// A cell for messages and for comparing cells of different types: numbers by value and bits.
inline std::string cell_text(const FrameColumn& column, std::size_t row) {
  if (is_missing(column, row)) {
    return "missing";
  }
  switch (column.type()) {
    case ColumnType::kFloat64:
      return fmt::format("{:a}", std::get<std::vector<double>>(column.values)[row]);
    case ColumnType::kInt64:
      return fmt::format(
          "{:a}", static_cast<double>(std::get<std::vector<std::int64_t>>(column.values)[row]));
    case ColumnType::kBool:
      return std::get<std::vector<std::uint8_t>>(column.values)[row] != 0 ? "True" : "False";
    case ColumnType::kString:
      return std::get<std::vector<std::string>>(column.values)[row];
    case ColumnType::kTimestamp:
      break;
  }
  return fmt::format("{} ns", std::get<std::vector<Timestamp>>(column.values)[row].ns);
}

}  // namespace tieout::frames
