#include <filesystem>

#include "tieout/reference/log_reader.hpp"
#include "tieout/runlog/reader.hpp"

namespace tieout::reference {

bool is_reference_log(const std::filesystem::path& dir) {
  std::error_code ignored;
  return !runlog::is_run_log(dir) &&
         (std::filesystem::is_directory(dir / "dag" / "node_io", ignored) ||
          std::filesystem::is_directory(dir / "process_forecasts", ignored));
}

}  // namespace tieout::reference
