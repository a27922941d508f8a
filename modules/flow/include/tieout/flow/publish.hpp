#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/flow/publisher.hpp"
#include "tieout/flow/run_identity.hpp"
#include "tieout/report/report.hpp"

namespace tieout::flow {

/// "C1b.shadow_trading.fast.20231108_131000.20231109_130500.html": paper_trading is published as
/// shadow_trading.
std::string page_name(const RunIdentity& run, report::ReportKind kind);
/// "C1b.config1.shadow_trading.fast.last_24hours.html" (recon_flow.md 8.2), without a tag
/// "C1b.shadow_trading.fast.last_24hours.html".
std::string last_24_hour_page_name(const RunIdentity& run, report::ReportKind kind);

/// A page under the static name of the last 24 hours is stale when no newer one came for so long: a
/// run a day, and an hour for its reconciliation.
inline constexpr Duration kStaleAfter = hours(25);

struct Publication {
  std::filesystem::path page;  // the report's HTML
  std::string verdict;
  Timestamp generated;  // wall clock
  bool mark_as_last_24_hour_run = false;
};

/// A run's own page never changes under its name by itself, but may be made again; a static name is
/// always asked for again.
inline const transport::ObjectHeaders kPageHeaders{"text/html; charset=utf-8", "no-cache"};
inline const transport::ObjectHeaders kDescriptionHeaders{"application/json", "no-cache"};

/// A page that was published.
struct PublishedPage {
  std::string place;  // a path or an s3:// address
  std::string link;   // what a person opens
};

/// Put the page under its names, each atomically. With the mark also under the static name, with
/// `{static name}.latest.json` and `latest.json` for the newest page of the place. A description is
/// written after its page: it never names one that is not there.
///
/// Returns: the pages, that of the run first. Errors: those of the publisher.
Result<std::vector<PublishedPage>> publish(Publisher& publisher, const RunIdentity& run,
                                           report::ReportKind kind, const Publication& publication);

}  // namespace tieout::flow
