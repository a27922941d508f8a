#include "tieout/flow/observe.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/config/config.hpp"
#include "tieout/core/file.hpp"
#include "tieout/flow/evidence.hpp"
#include "tieout/flow/rolling.hpp"
#include "tieout/flow/run_discovery.hpp"
#include "tieout/marketdata/dump.hpp"

#include "absolute_text.hpp"
#include "rolling_state.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;

/// After a bar's deadline for late data, until somebody should look.
constexpr Duration kComputeAllowance = minutes(1);

fs::path observer_dir(const RunIdentity& run) {
  return source_layout(run).root / "system_observer_notebook";
}

std::string notebook_name_of(const ObserverOptions& options, const RunIdentity& run) {
  if (!options.notebook_name.empty()) {
    return options.notebook_name;
  }
  return run.run_mode == "prod" ? "Master_PnL_real_time_observer"
                                : "Master_shadow_trading_system_observer";
}

/// How long after its end a bar may be committed: production waits so long for late data.
Duration allowance_of(const runlog::RunReader& prod) {
  const Result<config::Config> config = config::Config::from_json(prod.config_json());
  const Result<double> wait = config.ok()
                                  ? config->get_float({"market_data_config", "time_out_in_secs"})
                                  : Result<double>(config.error());
  constexpr double kDefault = 60;
  return kComputeAllowance +
         nanoseconds(static_cast<std::int64_t>((wait.ok() ? *wait : kDefault) * 1e9));
}

/// True when the bars are decided when the wall clock says so: not with an accelerated clock.
bool follows_the_wall_clock(const runlog::RunReader& prod) {
  if (prod.bars().empty()) {
    return true;
  }
  const std::size_t last = prod.bars().size() - 1;
  const Result<std::vector<runlog::JournalEntry>> journal = prod.journal(last);
  if (!journal.ok()) {
    return false;
  }
  const auto decision = std::ranges::find(*journal, runlog::JournalEntry::Kind::kDecision,
                                          &runlog::JournalEntry::kind);
  if (decision == journal->end()) {
    return false;
  }
  const Duration apart = prod.bars()[last].wall - decision->time;
  return std::abs(apart.ns) <= prod.manifest().bar.ns;
}

/// Heartbeat: what should be there by now, and since when it is missed.
void add_heartbeat(const runlog::RunReader& prod, report::ObserverFacts& facts) {
  const runlog::Manifest& manifest = prod.manifest();
  const TimeGrid grid{manifest.bar};
  if (manifest.end != runlog::kOpenEnd) {
    facts.bars_expected = grid.count_between(manifest.start, manifest.end);
  }
  facts.allowance = allowance_of(prod);
  if (prod.sealed() || !follows_the_wall_clock(prod)) {
    return;
  }
  const Timestamp due = std::min(facts.now - facts.allowance, manifest.end);
  facts.bars_due = due < manifest.start ? 0 : grid.count_between(manifest.start, due);
  if (*facts.bars_due > prod.bars().size()) {
    const Timestamp missing =
        prod.bars().empty() ? manifest.start : prod.bars().back().bar + manifest.bar;
    facts.stale_since = missing + facts.allowance;
  }
}

double nearest_rank(const std::vector<double>& sorted, double q) {
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(sorted.size())));
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

report::DataDelay delay_of(AssetId asset, std::vector<double> seconds) {
  std::sort(seconds.begin(), seconds.end());
  return {asset,
          seconds.size(),
          nearest_rank(seconds, 0.5),
          nearest_rank(seconds, 0.95),
          nearest_rank(seconds, 0.99),
          seconds.back()};
}

/// Delays of the first versions of the bars that ended while the run was on.
Status add_delays(const fs::path& dump, const runlog::RunReader& prod,
                  report::ObserverFacts& facts) {
  TIEOUT_TRY(const std::vector<marketdata::BarVersion> versions, marketdata::read_dump(dump));
  std::map<std::pair<AssetId, Timestamp>, Timestamp> first;
  for (const marketdata::BarVersion& version : versions) {
    if (version.end > prod.manifest().start - prod.manifest().bar) {
      const auto [place, is_new] =
          first.try_emplace({version.asset, version.end}, version.knowledge);
      place->second = std::min(place->second, version.knowledge);
    }
  }
  std::map<AssetId, std::vector<double>> by_asset;
  std::vector<double> all;
  for (const auto& [key, knowledge] : first) {
    by_asset[key.first].push_back(to_seconds(knowledge - key.second));
    all.push_back(by_asset[key.first].back());
  }
  if (all.empty()) {
    return Error{ErrorCode::kMissingData, "no bar of market data ended since the run began"};
  }
  facts.all_delays = delay_of(kNoAsset, std::move(all));
  for (auto& [asset, seconds] : by_asset) {
    facts.delays.push_back(delay_of(asset, std::move(seconds)));
  }
  return {};
}

std::vector<report::RollingLook> looks_of(const std::vector<RollingPass>& passes) {
  std::vector<report::RollingLook> out;
  for (const RollingPass& pass : passes) {
    out.push_back({pass.at, pass.bars, pass.last_bar, pass.verdict, pass.sentence});
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> parameters_of(const ObserverOptions& options,
                                                               const RunIdentity& run) {
  const Thresholds& limits = options.thresholds;
  std::vector<std::pair<std::string, std::string>> out{
      {"run_id", run_id(run)},
      {"dag_builder_ctor_as_str", run.constructor},
      {"run_mode", run.run_mode},
      {"mode", run.mode},
      {"tag", run.tag},
      {"start_timestamp_as_str", to_ts_name(run.start)},
      {"end_timestamp_as_str", to_ts_name(run.end)},
      {"prod_data_root_dir", absolute_text(run.prod_data_source_dir)},
      {"usdt_balance", fmt::format("{}", limits.usdt_balance)},
      {"cumulative_pnl", fmt::format("{}", limits.cumulative_pnl)},
      {"cumulative_pnl_to_gmv", fmt::format("{}", limits.cumulative_pnl_to_gmv)},
      {"bars_behind", fmt::format("{}", limits.bars_behind)}};
  if (options.policy) {
    out.emplace_back("policy_hash", options.policy->hash);
  }
  return out;
}

std::vector<std::string> rerun_command_of(const RunIdentity& run) {
  std::vector<std::string> command{"tieout",
                                   "run_master_system_observer_notebook",
                                   "--prod-data-root-dir",
                                   absolute_text(run.prod_data_source_dir),
                                   "--dag-builder-ctor-as-str",
                                   run.constructor,
                                   "--run-mode",
                                   run.run_mode,
                                   "--start-timestamp-as-str",
                                   to_ts_name(run.start),
                                   "--end-timestamp-as-str",
                                   to_ts_name(run.end),
                                   "--mode",
                                   run.mode};
  if (!run.tag.empty()) {
    command.insert(command.end(), {"--tag", run.tag});
  }
  return command;
}

std::string latest_json(const Observation& seen, const report::ObserverFacts& facts,
                        const std::string& url, const runlog::RunReader* prod) {
  using Json = nlohmann::ordered_json;
  const bool has_data = prod != nullptr && !prod->bars().empty();
  const Json json{
      {"run_id", run_id(seen.run)},
      {"url", url},
      {"verdict", seen.verdict},
      {"alerts", seen.fired.size()},
      {"generated_utc", to_iso(facts.now)},
      {"stale_after_utc", to_iso(facts.stale_after)},
      {"data_until", has_data ? Json(to_iso(prod->bars().back().bar)) : Json(nullptr)},
      {"covers", {to_iso(seen.run.start), to_iso(seen.run.end)}},
  };
  return json.dump(2) + "\n";
}

/// Put the page under its names, each atomically; a description is written after its page.
Status publish_page(const ObserverOptions& options, const report::ObserverFacts& facts,
                    const runlog::RunReader* prod, const Outside* outside, Observation& seen) {
  PublishAddress address = options.publish;
  if (address.place.empty()) {
    address.place = (seen.run.prod_data_source_dir / "published").string();
  }
  TIEOUT_TRY(const auto publisher, make_publisher(address, outside));
  const auto put = [&](const std::string& name) -> Status {
    TIEOUT_CHECK(publisher->put_file(name, seen.page, kPageHeaders));
    seen.links.push_back({publisher->place_of(name), publisher->link_to(name)});
    return {};
  };
  seen.links.clear();
  TIEOUT_CHECK(put(fmt::format("{}.{}.observer.{}.html", model_dir_name(seen.run),
                               seen.run.run_mode, interval_name(seen.run))));
  if (!options.mark_as_last_5minute_run) {
    return {};
  }
  for (const std::string& name : last_5_minute_page_names(seen.run)) {
    TIEOUT_CHECK(put(name));
    TIEOUT_CHECK(publisher->put_text(fs::path(name).stem().string() + ".latest.json",
                                     latest_json(seen, facts, name, prod), kDescriptionHeaders));
  }
  return {};
}

void say_all(const Observation& seen, const report::ObserverFacts& facts, const Context& context) {
  for (const report::ThresholdCheck& check : seen.fired) {
    context.say("ALERT " + check.message);
  }
  if (facts.stale_since) {
    context.say(fmt::format("stale since {}", to_iso(*facts.stale_since)));
  }
  context.say(fmt::format("{} {}: {}", run_id(seen.run), seen.verdict, seen.sentence));
  for (const PublishedPage& page : seen.links) {
    context.say(fmt::format("To open the notebook from a web-browser open a link: {}", page.link));
  }
}

/// Verdict, exit code and history; after a failure those of the looks before.
void take_rolling(const Result<Rolling>& rolling, const fs::path& dir, report::ObserverFacts& facts,
                  Observation& seen) {
  if (rolling.ok()) {
    facts.looks = looks_of(rolling->passes);
    facts.notes = rolling->notes;
    seen.verdict = verdict_of(*rolling);
    seen.sentence = sentence_of(*rolling);
    seen.exit = recon::exit_code_of(rolling->comparison ? rolling->comparison->verdict
                                                        : recon::Verdict::kInconclusive);
    return;
  }
  facts.rolling_problem = to_string(rolling.error());
  const Result<RollingState> before = read_rolling_state(dir);
  facts.looks = before.ok() ? looks_of(before->passes) : std::vector<report::RollingLook>{};
  seen.verdict = recon::to_string(recon::Verdict::kInconclusive);
  seen.sentence = rolling.error().message;
  seen.exit = exit_code_of(rolling.error());
}

/// Heartbeat, thresholds and delays of the run that was seen.
void take_run(const ObserverOptions& options, const fs::path& rolling_dir,
              const runlog::RunReader& prod, report::ObserverFacts& facts, Observation& seen) {
  seen.sealed = prod.sealed();
  add_heartbeat(prod, facts);
  std::optional<std::uint64_t> behind;
  if (facts.bars_due || prod.sealed()) {
    const std::uint64_t due = facts.bars_due.value_or(0);
    behind = due - std::min<std::uint64_t>(due, prod.bars().size());
  }
  facts.thresholds = check_thresholds(options.thresholds, prod, behind);
  std::copy_if(facts.thresholds.begin(), facts.thresholds.end(), std::back_inserter(seen.fired),
               [](const report::ThresholdCheck& check) {
                 return check.state == report::ThresholdState::kFired;
               });
  if (!seen.fired.empty()) {
    seen.exit = worse_exit(seen.exit, 1);
  }
  const Status delays = add_delays(rolling_dir / "test_data.csv.gz", prod, facts);
  facts.delays_problem = delays.ok() ? "" : delays.error().message;
}

report::ReportInput report_input_of(const ObserverOptions& options, const RunIdentity& run,
                                    const report::ObserverFacts& facts) {
  report::ReportInput input;
  input.kind = report::ReportKind::kObserver;
  input.observer = &facts;
  input.title =
      fmt::format("{} {} {} {}", model_dir_name(run), run.run_mode, interval_name(run), run.mode);
  input.parameters = parameters_of(options, run);
  for (const auto& [name, value] : input.parameters) {
    input.config_text += fmt::format("{}: {}\n", name, value);
  }
  input.self_consistency_checked = false;
  input.rerun_command = rerun_command_of(run);
  input.stamp = facts.now;
  return input;
}

/// The one system_log_dir.* of a run whose mode was not said.
Result<std::string> mode_of(const FoundRun& found) {
  if (!found.problem.empty()) {
    return Error{ErrorCode::kFileNotFound, fmt::format("run '{}': {}", found.name, found.problem)};
  }
  return found.mode;
}

}  // namespace

Result<RunIdentity> newest_run(const RunIdentity& run, Timestamp now) {
  TIEOUT_TRY(const std::vector<ListedDir> dirs,
             list_run_dirs(run.prod_data_source_dir, model_dir_name(run), run.run_mode));
  DiscoveryOptions filter;
  filter.start = now - hours(24);
  filter.end = now;
  filter.now = now;
  TIEOUT_TRY(const Discovery discovery, discover_runs(dirs, filter));
  const FoundRun& found = discovery.runs.back();  // ascending by start, then end
  RunIdentity out = run;
  out.start = found.start;
  out.end = found.end;
  TIEOUT_TRY(out.mode, mode_of(found));
  return out;
}

std::vector<std::string> last_5_minute_page_names(const RunIdentity& run) {
  std::vector<std::string> out{
      fmt::format("{}.{}.last_5minutes.html", model_dir_name(run), run.run_mode)};
  if (run.run_mode == "paper_trading") {
    out.push_back(fmt::format("{}.shadow_trading.last_5minutes.html", model_dir_name(run)));
  }
  return out;
}

Result<Observation> observe(const ObserverOptions& options, const Context& context) {
  Observation seen;
  report::ObserverFacts facts;
  facts.now = floor_to(context.now(), seconds(1));
  facts.stale_after = facts.now + options.interval * 2;
  seen.run = options.run;
  if (options.newest) {
    TIEOUT_TRY(seen.run, newest_run(options.run, facts.now));
  }
  facts.notebook_name = notebook_name_of(options, seen.run);
  const fs::path log = source_layout(seen.run).system_log_dir;
  std::error_code code;
  if (!fs::is_directory(log, code)) {
    return Error{ErrorCode::kFileNotFound,
                 fmt::format("run_master_system_observer_notebook: '{}' is not a directory; needed "
                             "the log of a run",
                             log.string())};
  }
  const fs::path rolling_dir = observer_dir(seen.run) / "rolling";
  const recon::Policy* policy = options.policy ? &*options.policy : nullptr;
  const Result<Rolling> rolling =
      reconcile_so_far({log, rolling_dir, options.market_data_store, policy}, context);
  if (!rolling.ok() && rolling.error().code == ErrorCode::kInterrupted) {
    return rolling.error();
  }
  // What the rolling reconciliation could not do must not keep the rest from being seen.
  const Result<runlog::RunReader> alone =
      rolling.ok() ? Result<runlog::RunReader>(Error{}) : runlog::RunReader::open(log);
  const runlog::RunReader* prod = rolling.ok() ? &rolling->prod : alone.ok() ? &*alone : nullptr;
  take_rolling(rolling, rolling_dir, facts, seen);
  if (!rolling.ok()) {
    context.complain(rolling.error());
  }
  if (prod != nullptr) {
    take_run(options, rolling_dir, *prod, facts, seen);
  } else {
    facts.delays_problem = "there is no run log";
  }

  report::ReportInput input = report_input_of(options, seen.run, facts);
  input.prod = prod;
  if (rolling.ok()) {
    input.sim = rolling->sim ? &*rolling->sim : nullptr;
    input.comparison = rolling->comparison ? &*rolling->comparison : nullptr;
    input.evidence = rolling->evidence;
    if (rolling->sim && !rolling->versions.empty()) {
      input.market = market_lookup(rolling->prod, *rolling->sim, rolling->versions);
    }
  }
  seen.dir = observer_dir(seen.run) / to_ts_name(facts.now);
  TIEOUT_TRY(const report::ReportFiles files, report::write_report(seen.dir, input));
  seen.page = files.html;
  TIEOUT_CHECK(publish_page(options, facts, prod, context.outside, seen));
  say_all(seen, facts, context);
  return seen;
}

Result<int> watch(const ObserverOptions& options, const Context& context,
                  const std::function<bool(Duration)>& wait,
                  const std::function<void(const Observation&)>& looked) {
  while (true) {
    const Result<Observation> seen = observe(options, context);
    if (seen.ok() && looked) {
      looked(*seen);
    }
    if (seen.ok() && seen->sealed) {
      context.say(fmt::format("{} ended: this was the last look", run_id(seen->run)));
      return seen->exit;
    }
    if (!seen.ok()) {
      if (seen.error().code == ErrorCode::kInterrupted) {
        return seen.error();
      }
      context.complain(seen.error());
    }
    if (context.stop.load() || !wait(options.interval)) {
      return Error{ErrorCode::kInterrupted,
                   "run_master_system_observer_notebook: stopped by a signal"};
    }
  }
}

}  // namespace tieout::flow
