#pragma once

#include <filesystem>
#include <functional>

#include "tieout/core/result.hpp"

namespace tieout::report {

/// Make a report beside `target` and put it in its place whole: `target` is the old report or the
/// new one, never half of one.
///
/// Errors:  kPathExists when `target` holds more than a report; those of `write`, and then nothing
///          is left behind; kFileUnwritable.
Status replace_report_directory(const std::filesystem::path& target,
                                const std::function<Status(const std::filesystem::path&)>& write);

}  // namespace tieout::report
