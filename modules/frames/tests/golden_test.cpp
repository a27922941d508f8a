// Files that pandas and pyarrow wrote, as Parquet and as CSV: both must read as the same cells.

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tieout/frames/file.hpp"

#include "frames_support.hpp"

namespace tieout::frames {
namespace {

namespace fs = std::filesystem;

/// Number of cells compared; every difference is a failure.
std::size_t expect_same_cells(const Frame& parquet, const Frame& csv, const std::string& file) {
  EXPECT_EQ(parquet.row_count(), csv.row_count()) << file;
  EXPECT_EQ(parquet.columns.size(), csv.columns.size()) << file;
  if (::testing::Test::HasFailure() || !parquet.index || !csv.index) {
    ADD_FAILURE() << file << ": no index or another shape";
    return 0;
  }
  EXPECT_EQ(to_string(parquet.index->label), to_string(csv.index->label)) << file;
  std::size_t cells = 0;
  for (std::size_t row = 0; row < parquet.row_count(); ++row) {
    EXPECT_EQ(cell_text(*parquet.index, row), cell_text(*csv.index, row)) << file << " row " << row;
  }
  for (std::size_t i = 0; i < parquet.columns.size(); ++i) {
    const FrameColumn& left = parquet.columns[i];
    const FrameColumn& right = csv.columns[i];
    EXPECT_EQ(to_string(left.label), to_string(right.label)) << file;
    for (std::size_t row = 0; row < parquet.row_count(); ++row, ++cells) {
      if (cell_text(left, row) != cell_text(right, row)) {
        ADD_FAILURE() << file << ": " << to_string(left.label) << " row " << row << ": Parquet "
                      << cell_text(left, row) << ", CSV " << cell_text(right, row);
        return cells;
      }
    }
  }
  return cells;
}

/// All files below `root` that end with `ending`, sorted.
std::vector<fs::path> files_below(const fs::path& root, std::string_view ending) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(root, error)) {
    if (entry.is_regular_file() && entry.path().string().ends_with(ending)) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

TEST(Golden, ParquetOfTheComparisonCasesReadsAsItsCsvTwin) {
  const fs::path root = fs::path(TIEOUT_SHARED_DIR) / "golden/compare";
  if (!fs::exists(root)) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  std::size_t cells = 0;
  std::size_t pairs = 0;
  for (const fs::path& file : files_below(root, ".parquet")) {
    std::string twin = file.string();
    const std::size_t folder = twin.find("/input/");
    if (folder == std::string::npos) {
      continue;
    }
    twin.replace(folder, 7, "/input_csv/");
    twin.replace(twin.size() - 8, 8, ".csv");
    auto parquet = read_parquet(file);
    ASSERT_TRUE(parquet.ok()) << parquet.error().message;
    auto csv = read_csv(twin, {.index = "end_datetime"});
    ASSERT_TRUE(csv.ok()) << csv.error().message;
    EXPECT_EQ(parquet->zone, "America/New_York");
    EXPECT_EQ(csv->zone, "-04:00");
    cells += expect_same_cells(*parquet, *csv, file.string());
    ++pairs;
  }
  EXPECT_GT(pairs, 50U);
  EXPECT_GT(cells, 500U);
}

TEST(Golden, NodeFramesOfAGenuineRunReadAsTheirCsvTwins) {
  const fs::path root = fs::path(TIEOUT_SHARED_DIR) / "golden/logs";
  if (!fs::exists(root)) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  std::size_t cells = 0;
  std::size_t pairs = 0;
  for (const fs::path& file :
       files_below(root / "prod_clean/system_log_dir.manual/dag", ".csv.gz")) {
    std::string twin = file.string();
    twin.replace(twin.size() - 7, 7, ".parquet");
    auto parquet = read_frame(twin);
    ASSERT_TRUE(parquet.ok()) << parquet.error().message;
    auto csv = read_frame(file);
    ASSERT_TRUE(csv.ok()) << csv.error().message;
    EXPECT_EQ(csv->level_names, parquet->level_names);
    ASSERT_FALSE(parquet->columns.empty());
    EXPECT_EQ(parquet->columns[0].label.size(), 2U);
    cells += expect_same_cells(*parquet, *csv, file.string());
    ++pairs;
  }
  EXPECT_GT(pairs, 20U);
  EXPECT_GT(cells, 100'000U);
}

TEST(Golden, EveryCsvOfTheGoldensReads) {
  const fs::path root = fs::path(TIEOUT_SHARED_DIR) / "golden";
  if (!fs::exists(root)) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  std::size_t read = 0;
  for (const char* folder : {"compare", "dataflow", "trading", "logs/results"}) {
    for (const char* ending : {".csv", ".csv.gz"}) {
      for (const fs::path& file : files_below(root / folder, ending)) {
        if (file.filename().string().find("orders.2") != std::string::npos ||
            fs::file_size(file) <= 1) {
          continue;  // lines of text under the name of a CSV, and a case without orders
        }
        const auto frame = read_csv(file);
        EXPECT_TRUE(frame.ok()) << frame.error().message;
        ++read;
      }
    }
  }
  EXPECT_GT(read, 300U);
}

}  // namespace
}  // namespace tieout::frames
