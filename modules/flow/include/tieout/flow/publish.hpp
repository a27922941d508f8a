#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/flow/run_identity.hpp"
#include "tieout/report/report.hpp"

namespace tieout::flow {

/// "C1b.shadow_trading.fast.20231108_131000.20231109_130500.html": paper_trading is published as
/// shadow_trading.
std::string page_name(const RunIdentity& run, report::ReportKind kind);
/// "C1b.config1.shadow_trading.fast.last_24hours.html" (recon_flow.md 8.2), without a tag
/// "C1b.shadow_trading.fast.last_24hours.html".
std::string last_24_hour_page_name(const RunIdentity& run, report::ReportKind kind);

struct Publication {
  std::filesystem::path page;  // the report's HTML
  std::string verdict;
  Timestamp generated;  // wall clock
  bool mark_as_last_24_hour_run = false;
};

/// Copy the page under its names, each atomically. With the mark also under the static name, with
/// `{static name}.latest.json` beside it and `latest.json` for the newest page of the directory.
/// Returns: the links, that of the run first. Errors: kFileUnwritable, kDiskFull.
Result<std::vector<std::filesystem::path>> publish(const std::filesystem::path& publish_dir,
                                                   const RunIdentity& run, report::ReportKind kind,
                                                   const Publication& publication);

}  // namespace tieout::flow
