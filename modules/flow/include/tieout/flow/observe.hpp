#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/flow/publish.hpp"
#include "tieout/flow/reconcile.hpp"
#include "tieout/flow/run_identity.hpp"
#include "tieout/flow/thresholds.hpp"
#include "tieout/report/observer.hpp"

namespace tieout::flow {

/// Which run is observed, and how.
struct ObserverOptions {
  /// Root of production's runs is `run.prod_data_source_dir`. With `newest`, window and mode are
  /// those of the newest run that started in the last 24 hours.
  RunIdentity run;
  bool newest = false;
  std::string notebook_name;  // empty: that of the reference for the run mode
  Thresholds thresholds;
  Duration interval = minutes(5);           // until the next look; a page older than two is stale
  std::filesystem::path market_data_store;  // instead of the store that production recorded
  PublishAddress publish;                   // no place: {prod_data_source_dir}/published
  bool mark_as_last_5minute_run = false;
  std::optional<recon::Policy> policy;
};

/// What one look came to.
struct Observation {
  int exit = 0;         // the worst of: verdict, thresholds that fired (1), parts that failed
  bool sealed = false;  // the run ended: no later look will see more
  RunIdentity run;
  std::filesystem::path dir, page;
  std::vector<PublishedPage> links;  // published, that of the run first
  std::string verdict, sentence;
  std::vector<report::ThresholdCheck> fired;  // for alerts
};

/// The newest run that started in [now - 24 h, now]; several: the latest start, then end.
/// Errors: kFileNotFound when there is none, kDuplicateId when it has more than one log.
Result<RunIdentity> newest_run(const RunIdentity& run, Timestamp now);

/// Look once at a run in progress, or at one that ended: reconcile what is new, hold it against
/// the thresholds, write and publish the page.
///
/// Rule:    the page goes to {run}/system_observer_notebook/{UTC TS}, the rolling reconciliation to
/// {run}/system_observer_notebook/rolling. Whatever fails or fires, the page is published: a part
/// that could not be made says why.
/// Errors:  those of finding the run and of writing; kInterrupted.
/// Source:  recon_flow.md 2.8, 4.5, 4.6, 8.
Result<Observation> observe(const ObserverOptions& options, const Context& context);

/// Look again and again until the run is sealed; a look that fails is said and does not end it.
/// `wait` returns false when it was told to stop; `looked` hears of every look. Returns: the exit
/// code of the last look. Errors: kInterrupted.
Result<int> watch(const ObserverOptions& options, const Context& context,
                  const std::function<bool(Duration)>& wait,
                  const std::function<void(const Observation&)>& looked = nullptr);

/// "C1b.config1.paper_trading.last_5minutes.html" (recon_flow.md 8.2) and, for paper trading, the
/// spelling of the other pages, "C1b.config1.shadow_trading.last_5minutes.html".
std::vector<std::string> last_5_minute_page_names(const RunIdentity& run);

}  // namespace tieout::flow
