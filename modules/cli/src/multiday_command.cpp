#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/flow/multiday.hpp"

#include "commands.hpp"
#include "network.hpp"
#include "progress.hpp"

namespace tieout::cli {
namespace {

class RunMultidayNotebook final : public Command {
 public:
  std::string_view name() const noexcept override { return "reconcile_run_multiday_notebook"; }
  std::string_view summary() const noexcept override {
    return "Report on many runs of a model: verdicts, stitched PnL, missing days";
  }
  std::vector<Flag> flags() override {
    return {
        {"--dag-builder-ctor-as-str", &constructors_,
         "DagBuilder of the strategy; repeatable: one report each", Need::kOptional, "NAME"},
        {"--dag-builder-name", &names_, "The model's name instead, such as C1b; repeatable",
         Need::kOptional, "NAME"},
        {"--run-mode",
         &identity_.run_mode,
         "Run mode of production",
         Need::kRequired,
         "MODE",
         {"prod", "paper_trading"}},
        {"--dst-root-dir", &dst_root_dir_, "Root of the reconciliations; it must exist",
         Need::kRequired, "DIR"},
        {"--start-timestamp-as-str", &identity_.start_timestamp_as_str,
         "First start of a run, UTC (default: that of the tag last_week or last_month, else of the "
         "first run)",
         Need::kOptional, "YYYYMMDD_HHMMSS"},
        {"--end-timestamp-as-str", &identity_.end_timestamp_as_str,
         "Last start of a run, UTC; given together with the first", Need::kOptional,
         "YYYYMMDD_HHMMSS"},
        {"--tag", &identity_.tag, "Tag of the config, as in C1b.tag", Need::kOptional, "TAG"},
        {"--html-notebook-tag", &multiday_.html_notebook_tag,
         "Publish under the static name {model[.tag]}.TAG.html too: last_week, last_month, or any "
         "other",
         Need::kOptional, "TAG"},
        {"--days",
         &days_,
         "On which days a run is expected",
         Need::kOptional,
         "DAYS",
         {"all", "weekdays"}},
        {"--pnl-resampling-frequency", &multiday_.pnl_resampling_frequency,
         "Bins of the statistics, such as 5T or D (default: the bar of the runs)", Need::kOptional,
         "FREQ"},
        {"--burn-in-bars", &burn_in_bars_, "Leave out this many first bars of each run",
         Need::kOptional, "N"},
        {"--check-dag-output-self-consistency", &multiday_.check_dag_output_self_consistency,
         "Compare each bar's output with the bar's before"},
        {"--publish-dir", &publish_dir_,
         "Where pages are published: a directory, file:///directory or s3://bucket/prefix "
         "(default: {dst-root-dir}/published)",
         Need::kOptional, "PLACE"},
        {"--publish-url", &multiday_.publish.url,
         "What people reach --publish-dir by, for the links that are printed", Need::kOptional,
         "URL"},
        {"--aws-profile", &multiday_.publish.aws_profile, "Profile of the credentials for s3://",
         Need::kOptional, "NAME"},
        {"--policy", &policy_, "Policy file: what is allowed to differ; without it nothing is",
         Need::kOptional, "FILE"},
        {"--stage",
         &identity_.stage,
         "Stage of production, a label",
         Need::kOptional,
         "STAGE",
         {"local", "test", "preprod", "prod"}},
        {"--json", &json_, "Print verdicts and paths as JSON instead of lines"},
    };
  }

  Result<int> run(Session& session) override {
    TIEOUT_TRY(const std::vector<std::string> builders, builders_of());
    TIEOUT_CHECK(prepare(session.now()));
    const dataflow::DagBuilderRegistry registry;
    Session quiet = session.with_output(session.err);
    ProgressLine line(json_ ? quiet : session);
    const Network network(session);
    const flow::Context context{.registry = registry,
                                .now = session.now,
                                .say = [&](std::string_view text) { line.say(text); },
                                .complain = [&](const Error& error) { line.complain(error); },
                                .progress = nullptr,
                                .stop = session.stop,
                                .outside = &network.outside()};
    nlohmann::ordered_json reports = nlohmann::ordered_json::array();
    int worst = 0;
    for (const std::string& builder : builders) {
      TIEOUT_TRY(multiday_.run, identity_of(builder));
      TIEOUT_TRY(const flow::MultidayResult result, flow::run_multiday(multiday_, context));
      worst = flow::worse_exit(worst, result.exit);
      nlohmann::ordered_json links = nlohmann::ordered_json::array();
      for (const flow::PublishedPage& page : result.links) {
        links.push_back(page.link);
      }
      reports.push_back({{"model", flow::model_dir_name(multiday_.run)},
                         {"verdict", result.verdict},
                         {"exit", result.exit},
                         {"sentence", result.sentence},
                         {"report", result.report.string()},
                         {"links", std::move(links)}});
    }
    line.finish();
    if (json_) {
      session.out << reports.dump(2) << "\n";
    }
    return worst;
  }

 private:
  Result<std::vector<std::string>> builders_of() const {
    std::vector<std::string> builders = constructors_;
    for (const std::string& name : names_) {
      builders.push_back(name + "_DagBuilder");
    }
    if (builders.empty()) {
      return Error{ErrorCode::kInvalidArgument,
                   "reconcile_run_multiday_notebook: needed --dag-builder-ctor-as-str or "
                   "--dag-builder-name"};
    }
    return builders;
  }

  /// The window, the policy and the directories. Errors: kInvalidArgument, kMalformedTimestamp.
  Status prepare(Timestamp now) {
    TIEOUT_CHECK(flow::check_html_notebook_tag(multiday_.html_notebook_tag));
    if (identity_.start_timestamp_as_str.empty() != identity_.end_timestamp_as_str.empty()) {
      return Error{ErrorCode::kInvalidArgument,
                   "reconcile_run_multiday_notebook: give both --start-timestamp-as-str and "
                   "--end-timestamp-as-str, or neither"};
    }
    has_window_ = !identity_.start_timestamp_as_str.empty();
    const auto window = flow::window_of_tag(multiday_.html_notebook_tag, now);
    if (!has_window_ && window.has_value()) {
      has_window_ = true;
      identity_.start_timestamp_as_str = to_ts_name(window->first);
      identity_.end_timestamp_as_str = to_ts_name(window->second);
    }
    if (!has_window_) {
      identity_.start_timestamp_as_str = "19700101_000000";
      identity_.end_timestamp_as_str = "22000101_000000";
    }
    multiday_.days = days_ == "weekdays" ? flow::RunDays::kWeekdays : flow::RunDays::kAll;
    multiday_.burn_in_bars = burn_in_bars_;
    TIEOUT_TRY(identity_.dst_root_dir, local_path("--dst-root-dir", dst_root_dir_));
    multiday_.publish.place = publish_dir_;
    if (!policy_.empty()) {
      TIEOUT_TRY(multiday_.policy_file, local_path("--policy", policy_));
      TIEOUT_TRY(multiday_.policy, recon::load_policy(multiday_.policy_file));
    }
    return {};
  }

  Result<flow::RunIdentity> identity_of(const std::string& builder) {
    flow::IdentityText text = identity_;
    text.dag_builder_ctor_as_str = builder;
    TIEOUT_TRY(flow::RunIdentity run, flow::make_identity(text));
    if (has_window_) {
      multiday_.start = run.start;
      multiday_.end = run.end;
    }
    return run;
  }

  flow::Multiday multiday_;
  flow::IdentityText identity_;
  std::vector<std::string> constructors_, names_;
  std::string dst_root_dir_, publish_dir_, policy_, days_ = "all";
  std::uint64_t burn_in_bars_ = 1;
  bool has_window_ = false, json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_reconcile_run_multiday_notebook() {
  return std::make_unique<RunMultidayNotebook>();
}

}  // namespace tieout::cli
