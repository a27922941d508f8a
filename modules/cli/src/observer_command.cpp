#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/flow/alerts.hpp"
#include "tieout/flow/observe.hpp"

#include "commands.hpp"
#include "network.hpp"
#include "progress.hpp"

namespace tieout::cli {
namespace {

/// Sleep in short steps, so that a signal ends it soon. Returns false when it did.
bool wait_unless_stopped(Duration duration, const std::atomic<bool>& stop) {
  constexpr std::chrono::milliseconds kStep{100};
  const auto end = std::chrono::steady_clock::now() + std::chrono::nanoseconds(duration.ns);
  while (!stop.load()) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= end) {
      return true;
    }
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(kStep, end - now));
  }
  return false;
}

std::string render(const flow::Observation& seen) {
  using Json = nlohmann::ordered_json;
  Json alerts = Json::array();
  for (const report::ThresholdCheck& check : seen.fired) {
    alerts.push_back(Json{{"id", check.id}, {"message", check.message}});
  }
  Json links = Json::array();
  for (const flow::PublishedPage& link : seen.links) {
    links.push_back(link.link);
  }
  const Json json{{"run_id", flow::run_id(seen.run)},
                  {"verdict", seen.verdict},
                  {"sentence", seen.sentence},
                  {"exit", seen.exit},
                  {"sealed", seen.sealed},
                  {"alerts", std::move(alerts)},
                  {"page", seen.page.string()},
                  {"links", std::move(links)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

class ObserverCommand final : public Command {
 public:
  std::string_view name() const noexcept override { return "run_master_system_observer_notebook"; }
  std::vector<std::string> aliases() const override {
    return {"run_master_pnl_real_time_observer_notebook"};
  }
  std::string_view summary() const noexcept override {
    return "Look at a run in progress: PnL, holdings, alerts, what is reconciled so far";
  }
  std::vector<Flag> flags() override;
  Result<int> run(Session& session) override;

 private:
  Result<flow::ObserverOptions> options() const;

  flow::IdentityText identity_;
  std::optional<std::string> start_, end_, mode_;
  std::optional<std::int64_t> watch_;
  std::string root_, notebook_name_, thresholds_, publish_dir_, publish_url_, aws_profile_, policy_,
      store_, alerts_;
  std::vector<std::string> plugins_;
  bool mark_as_last_ = false, save_plots_ = true, json_ = false;
};

std::vector<Flag> ObserverCommand::flags() {
  return {
      {"--prod-data-root-dir", &root_, "Root of production's runs; it must exist", Need::kRequired,
       "DIR"},
      {"--dag-builder-ctor-as-str", &identity_.dag_builder_ctor_as_str,
       "DagBuilder of the strategy, as production's", Need::kRequired, "NAME"},
      {"--run-mode",
       &identity_.run_mode,
       "Run mode of production",
       Need::kRequired,
       "MODE",
       {"prod", "paper_trading"}},
      {"--tag", &identity_.tag, "Tag of the config, as in C1b.tag", Need::kOptional, "TAG"},
      {"--start-timestamp-as-str", &start_,
       "First bar of the run, UTC; with --end-timestamp-as-str and --mode, or none of them: then "
       "the newest run that started in the last 24 hours",
       Need::kOptional, "YYYYMMDD_HHMMSS"},
      {"--end-timestamp-as-str", &end_, "Last bar of the run, UTC", Need::kOptional,
       "YYYYMMDD_HHMMSS"},
      {"--mode",
       &mode_,
       "How production was started",
       Need::kOptional,
       "MODE",
       {"scheduled", "manual"}},
      {"--notebook-name", &notebook_name_,
       "Name of the artefacts (default: Master_PnL_real_time_observer for prod, "
       "Master_shadow_trading_system_observer for paper_trading)",
       Need::kOptional, "NAME"},
      {"--watch", &watch_, "Look again after so many minutes, until the run ends; without it once",
       Need::kOptional, "MINUTES"},
      {"--thresholds", &thresholds_,
       "TOML file of alert thresholds (default: usdt_balance -1000, cumulative_pnl -100, "
       "cumulative_pnl_to_gmv -0.1, bars_behind 1)",
       Need::kOptional, "FILE"},
      {"--mark-as-last-5minute-run", &mark_as_last_,
       "Publish under the static name of the last 5 minutes too"},
      {"--save-plots-for-investors",
       &save_plots_,
       "Accepted; the curves are in the page, no picture of them is written",
       Need::kOptional,
       "",
       {},
       true},
      {"--publish-dir", &publish_dir_,
       "Where pages are published: a directory, file:///directory or s3://bucket/prefix (default: "
       "{prod-data-root-dir}/published)",
       Need::kOptional, "PLACE"},
      {"--publish-url", &publish_url_,
       "What people reach --publish-dir by, for the links that are printed", Need::kOptional,
       "URL"},
      {"--aws-profile", &aws_profile_, "Profile of the credentials for s3://", Need::kOptional,
       "NAME"},
      {"--alerts", &alerts_,
       "TOML file of who is told of thresholds that fired and of the verdict, each once; an alert "
       "that fails changes no exit code",
       Need::kOptional, "FILE"},
      {"--policy", &policy_, "Policy file: what is allowed to differ; without it nothing is",
       Need::kOptional, "FILE"},
      {"--market-data-store", &store_,
       "SQLite store to replay from (default: the one that production recorded)", Need::kOptional,
       "PATH"},
      {"--plugin", &plugins_, "Shared object with DagBuilders; repeatable", Need::kOptional, "SO"},
      {"--json", &json_, "Print what was seen as JSON instead of lines; not with --watch"},
  };
}

Result<flow::ObserverOptions> ObserverCommand::options() const {
  flow::ObserverOptions out;
  const int given = (start_ ? 1 : 0) + (end_ ? 1 : 0) + (mode_ ? 1 : 0);
  if (given != 0 && given != 3) {
    return Error{ErrorCode::kInvalidArgument,
                 "Some values in list are defined and some are None: give all of "
                 "--start-timestamp-as-str, --end-timestamp-as-str and --mode, or none"};
  }
  flow::IdentityText text = identity_;
  out.newest = given == 0;
  // The newest run brings its own window and mode; the rest is checked with any.
  text.start_timestamp_as_str = start_.value_or("20000101_000000");
  text.end_timestamp_as_str = end_.value_or("20000102_000000");
  text.mode = mode_.value_or("scheduled");
  TIEOUT_TRY(text.prod_data_source_dir, local_path("--prod-data-root-dir", root_));
  std::error_code code;
  if (!std::filesystem::is_directory(text.prod_data_source_dir, code)) {
    return Error{ErrorCode::kFileNotFound,
                 fmt::format("--prod-data-root-dir: '{}' is not a directory; it must exist",
                             text.prod_data_source_dir.string())};
  }
  Result<flow::RunIdentity> run = flow::make_identity(text);
  if (!run.ok()) {
    return run.error();
  }
  out.run = std::move(*run);
  out.notebook_name = notebook_name_;
  if (notebook_name_.find('/') != std::string::npos || notebook_name_.starts_with('.')) {
    return Error{
        ErrorCode::kInvalidArgument,
        fmt::format("--notebook-name is '{}', it must be the name of a file", notebook_name_)};
  }
  if (watch_) {
    constexpr std::int64_t kDay = 1440;
    if (*watch_ < 1 || *watch_ > kDay) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("--watch is {}, it must be 1 to {} minutes", *watch_, kDay)};
    }
    if (json_) {
      return Error{ErrorCode::kInvalidArgument, "--json: not together with --watch"};
    }
    out.interval = minutes(*watch_);
  }
  if (!thresholds_.empty()) {
    TIEOUT_TRY(const std::filesystem::path file, local_path("--thresholds", thresholds_));
    TIEOUT_TRY(out.thresholds, flow::read_thresholds(file));
  }
  if (!policy_.empty()) {
    TIEOUT_TRY(const std::filesystem::path file, local_path("--policy", policy_));
    TIEOUT_TRY(out.policy, recon::load_policy(file));
  }
  out.publish = {publish_dir_, publish_url_, aws_profile_};
  TIEOUT_TRY(out.market_data_store, local_path("--market-data-store", store_));
  out.mark_as_last_5minute_run = mark_as_last_;
  return out;
}

Result<int> ObserverCommand::run(Session& session) {
  TIEOUT_TRY(const dataflow::DagBuilderRegistry registry, make_registry(plugins_));
  TIEOUT_TRY(const flow::ObserverOptions options, this->options());
  // With --json only the JSON goes to the standard output.
  Session quiet = session.with_output(session.err);
  ProgressLine lines(json_ ? quiet : session);
  const Network network(session);
  const flow::Context context{registry,
                              session.now,
                              [&](std::string_view text) { lines.say(text); },
                              [&](const Error& error) { lines.complain(error); },
                              {},
                              session.stop,
                              &network.outside()};
  std::optional<flow::AlertConfig> alerts;
  if (!alerts_.empty()) {
    TIEOUT_TRY(const std::filesystem::path file, local_path("--alerts", alerts_));
    TIEOUT_TRY(alerts, flow::load_alerts(file, session.environment));
  }
  if (!publish_dir_.empty()) {
    // An address that cannot be published to is refused before the first look.
    TIEOUT_TRY(const auto publisher, flow::make_publisher(options.publish, context.outside));
  }
  const auto tell = [&](const flow::Observation& seen) {
    if (alerts) {
      flow::fire_observer_alerts(seen, *alerts, context);
    }
  };
  if (watch_) {
    return flow::watch(
        options, context,
        [&](Duration duration) { return wait_unless_stopped(duration, session.stop); }, tell);
  }
  TIEOUT_TRY(const flow::Observation seen, flow::observe(options, context));
  tell(seen);
  if (json_) {
    session.out << render(seen);
  }
  return seen.exit;
}

}  // namespace

std::unique_ptr<Command> make_run_master_system_observer_notebook() {
  return std::make_unique<ObserverCommand>();
}

}  // namespace tieout::cli
