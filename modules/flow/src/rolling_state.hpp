#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tieout/flow/rolling.hpp"

namespace tieout::flow {

/// What bars.jsonl and verdicts.jsonl hold.
struct RollingState {
  std::vector<RollingBar> bars;
  std::vector<RollingPass> passes;
};

/// Empty when there is none. Errors: kMalformedData naming the line, kFileUnreadable.
Result<RollingState> read_rolling_state(const std::filesystem::path& dir);

/// Write the files, each atomically, state.json last: a kill leaves lines that the next call finds
/// again, equal. Errors: kFileUnwritable, kDiskFull.
Status write_rolling_state(const std::filesystem::path& dir, const Rolling& rolling);

}  // namespace tieout::flow
