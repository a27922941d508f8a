#pragma once

#include <filesystem>

#include "tieout/core/result.hpp"

#include "facts.hpp"

namespace tieout::report {

/// findings.jsonl: one JSON object for each finding that was kept, in causal order; no more than a
/// line is held. Errors: kFileUnwritable, kDiskFull.
Status write_findings(const std::filesystem::path& path, const Facts& facts);

}  // namespace tieout::report
