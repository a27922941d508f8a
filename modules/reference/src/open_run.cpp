#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "tieout/reference/log_reader.hpp"
#include "tieout/runlog/reader.hpp"

namespace tieout::reference {

Result<std::unique_ptr<runlog::RunSource>> open_run(const std::filesystem::path& dir,
                                                    std::shared_ptr<StringPool> strings) {
  if (runlog::is_run_log(dir)) {
    TIEOUT_TRY(runlog::RunReader run, runlog::RunReader::open(dir));
    return std::unique_ptr<runlog::RunSource>(std::make_unique<runlog::RunReader>(std::move(run)));
  }
  auto log = open_log(dir, std::move(strings));
  if (!log.ok() && log.error().code == ErrorCode::kNotARunLog) {
    return Error{ErrorCode::kNotARunLog,
                 fmt::format("open_run: '{}' has no manifest.json of a run log; {}", dir.string(),
                             log.error().message)};
  }
  return log;
}

}  // namespace tieout::reference
