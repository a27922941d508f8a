#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "tieout/core/file.hpp"
#include "tieout/recon/compare.hpp"
#include "tieout/reference/log_reader.hpp"

namespace tieout::reference::test {

namespace fs = std::filesystem;

/// A directory that is removed at the end of the test.
class TempDir {
 public:
  TempDir() {
    std::string pattern = (fs::temp_directory_path() / "tieout_reference_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TempDir() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const fs::path& path() const { return path_; }
  fs::path operator/(const std::string& name) const { return path_ / name; }

 private:
  fs::path path_;
};

inline void write_text(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  ASSERT_TRUE(out.good()) << path;
}

inline const fs::path kGolden = fs::path(TIEOUT_SHARED_DIR) / "golden";

/// A small log by hand: two nodes of CSV windows with one asset.
class HandLog {
 public:
  explicit HandLog(fs::path dir) : dir_(std::move(dir)) {
    write_text(dir_ / "system_config.output.txt",
               "dag_builder_class (marked_as_used=False, writer=None, val_type=str): Hand\n"
               "bar_duration_in_seconds (marked_as_used=False, writer=None, val_type=int): 300\n");
  }

  /// A file of a node; `rows` are lines "timestamp,value".
  void node(const std::string& name, const std::string& stamps, const std::string& rows,
            const std::string& field = "close") const {
    write_text(data() / (name + ".df_out." + stamps + ".csv"),
               "," + field + "\n,101\nend_datetime,\n" + rows);
  }
  fs::path data() const { return dir_ / "dag/node_io/node_io.data"; }
  const fs::path& dir() const { return dir_; }

 private:
  fs::path dir_;
};

inline Result<std::unique_ptr<runlog::RunSource>> open(const fs::path& dir) {
  return open_log(dir, std::make_shared<StringPool>());
}

/// Compare as `tieout compare` does.
inline Result<recon::Comparison> compare(const fs::path& left, const fs::path& right) {
  const auto strings = std::make_shared<StringPool>();
  TIEOUT_TRY(const auto l, open_run(left, strings));
  TIEOUT_TRY(const auto r, open_run(right, strings));
  recon::CompareOptions options;
  options.expected_config_differences = recon::default_expected_config_differences();
  return recon::compare_runs(*l, *r, options);
}

}  // namespace tieout::reference::test
