#include <fmt/format.h>

#include "tieout/core/file.hpp"
#include "tieout/core/hash.hpp"
#include "tieout/flow/noise_floor.hpp"
#include "tieout/flow/prepare_report.hpp"
#include "tieout/flow/publish.hpp"
#include "tieout/flow/reconcile.hpp"
#include "tieout/system/environment.hpp"

#include "absolute_text.hpp"
#include "production_overrides.hpp"
#include "stage_inputs.hpp"
#include "test_data.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPolicyFile = "policy.toml";

CheckCounts counts_of(const recon::Comparison& comparison) {
  CheckCounts counts;
  for (const recon::LayerResult& layer : comparison.layers) {
    switch (layer.verdict) {
      case recon::Verdict::kIdentical:
      case recon::Verdict::kEquivalent:
      case recon::Verdict::kExplained:
        ++counts.pass;
        break;
      case recon::Verdict::kDiverged:
        ++counts.fail;
        break;
      case recon::Verdict::kInconclusive:
        ++counts.not_checked;
        break;
    }
  }
  return counts;
}

std::vector<std::pair<std::string, std::string>> parameters_of(const Reconciliation& recon) {
  const RunIdentity& run = recon.run;
  std::vector<std::pair<std::string, std::string>> parameters{
      {"run_id", run_id(run)},
      {"dag_builder_ctor_as_str", run.constructor},
      {"run_mode", run.run_mode},
      {"mode", run.mode},
      {"stage", run.stage},
      {"tag", run.tag},
      {"start_timestamp_as_str", to_ts_name(run.start)},
      {"end_timestamp_as_str", to_ts_name(run.end)},
      {"dst_root_dir", absolute_text(run.dst_root_dir)},
      {"replay", recon.replay == system::Replay::kFaithful ? "faithful" : "nominal"},
  };
  if (recon.fills == system::Fills::kReplayed) {
    parameters.emplace_back("fills", "replayed");
  }
  for (const std::string& item : recon.overrides) {
    parameters.emplace_back("set_config_values", item);
  }
  if (recon.policy.has_value()) {
    parameters.emplace_back("policy", absolute_text(recon.policy_file));
    parameters.emplace_back("policy_hash", recon.policy->hash);
  }
  return parameters;
}

/// The command that makes the report again, for the notebook.
std::vector<std::string> rerun_command_of(const Reconciliation& recon, report::ReportKind kind) {
  const RunIdentity& run = recon.run;
  std::vector<std::string> command{"tieout",
                                   "reconcile_run_notebook",
                                   "--notebook-run-mode",
                                   std::string(report::to_string(kind)),
                                   "--dag-builder-ctor-as-str",
                                   run.constructor,
                                   "--run-mode",
                                   run.run_mode,
                                   "--start-timestamp-as-str",
                                   to_ts_name(run.start),
                                   "--end-timestamp-as-str",
                                   to_ts_name(run.end),
                                   "--mode",
                                   run.mode,
                                   "--dst-root-dir",
                                   absolute_text(run.dst_root_dir)};
  if (!run.tag.empty()) command.insert(command.end(), {"--tag", run.tag});
  if (recon.policy.has_value()) {
    command.insert(command.end(), {"--policy", absolute_text(recon.policy_file)});
  }
  if (recon.check_dag_output_self_consistency) {
    command.emplace_back("--check-dag-output-self-consistency");
  }
  if (!recon.market_data_source_dir.empty()) {
    command.insert(command.end(),
                   {"--market-data-source-dir", absolute_text(recon.market_data_source_dir)});
  }
  // The slow report takes none, as in the reference.
  if (kind == report::ReportKind::kFast && !recon.overrides.empty()) {
    command.insert(command.end(),
                   {"--set-config-values", fmt::format("{}", fmt::join(recon.overrides, ";"))});
  }
  return command;
}

std::string config_text_of(const std::vector<std::pair<std::string, std::string>>& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters) {
    text += fmt::format("{}: {}\n", name, value);
  }
  return text;
}

/// The simulation's log; in the older layout its name has no mode.
fs::path sim_log_of(const TargetLayout& layout, const Context& context) {
  const fs::path older = layout.simulation / "system_log_dir";
  std::error_code code;
  if (!fs::exists(layout.sim_log_dir, code) && fs::is_directory(older, code)) {
    context.say(fmt::format("'{}' is of the older layout, whose name has no mode; it is read",
                            older.string()));
    return older;
  }
  return layout.sim_log_dir;
}

/// The log of a side by its absolute path: the report says it, and its notebook finds it again.
Result<fs::path> side_log(const fs::path& dir, std::string_view stage) {
  std::error_code code;
  if (!fs::is_directory(dir, code)) {
    return Error{ErrorCode::kFileNotFound,
                 fmt::format("reconcile_run_notebook: '{}' is not a directory; run {} first",
                             dir.string(), stage)};
  }
  return fs::path(absolute_text(dir));
}

/// What the report is computed from. Files that are not there are left empty.
Result<ReportRequest> request_of(const Reconciliation& recon, report::ReportKind kind,
                                 const TargetLayout& layout, const Context& context) {
  ReportRequest request;
  request.kind = kind;
  TIEOUT_TRY(request.prod, side_log(layout.prod_log_dir, "reconcile_copy_prod_data"));
  TIEOUT_TRY(request.sim, side_log(sim_log_of(layout, context), "reconcile_run_sim"));
  std::error_code code;
  if (const fs::path dump = test_data_path(recon); fs::exists(dump, code)) {
    request.market_data = absolute_text(dump);
  }
  if (const fs::path floor = layout.root / kNoiseFloorFile; fs::exists(floor, code)) {
    request.noise_floor = absolute_text(floor);
  }
  request.check_self_consistency = recon.check_dag_output_self_consistency;
  request.policy = recon.policy;
  return request;
}

/// The same as the notebook below `dir` names it.
report::NotebookSources notebook_sources_of(const ReportRequest& request, const fs::path& dir) {
  report::NotebookSources sources;
  sources.base = absolute_text(dir / "result_0");
  const auto relative = [&sources](const fs::path& path) {
    return path.empty() ? fs::path() : path.lexically_relative(sources.base);
  };
  sources.prod = relative(request.prod);
  sources.sim = relative(request.sim);
  sources.market_data = relative(request.market_data);
  sources.noise_floor = relative(request.noise_floor);
  if (request.policy.has_value()) {
    sources.policy = fs::path("..") / kPolicyFile;
  }
  sources.check_self_consistency = request.check_self_consistency;
  return sources;
}

/// The guide's run_notebook.0.html.log holds the link; only now is it known.
Status log_link(const fs::path& dir, const std::vector<PublishedPage>& pages) {
  const fs::path log = dir / "result_0" / "run_notebook.0.html.log";
  Result<std::string> text = read_file(log);
  std::string content = text.ok() ? std::move(*text) : std::string();
  for (const PublishedPage& page : pages) {
    content += fmt::format("To open the notebook from a web-browser open a link: {}\n", page.link);
  }
  return write_file_atomic(log, content);
}

/// The policy file as it was given, so that the lines hold that the report names; in canonical form
/// when the file was changed or went since.
std::string policy_text(const Reconciliation& recon) {
  const Result<std::string> text = read_file(recon.policy_file);
  if (text.ok()) {
    const Result<recon::Policy> same = recon::parse_policy(*text, recon.policy_file.string());
    if (same.ok() && same->hash == recon.policy->hash) {
      return *text;
    }
  }
  return recon::to_toml(*recon.policy);
}

/// Write the report into `dir`. Returns: its page.
Result<fs::path> write_files(const Reconciliation& recon, const fs::path& dir,
                             const report::ReportInput& input, const Context& context) {
  TIEOUT_TRY(const report::ReportFiles files, report::write_report(dir, input));
  if (recon.policy.has_value()) {
    // What the hash in the verdict is of: the file may change or go.
    TIEOUT_CHECK(write_file_atomic(dir / kPolicyFile, policy_text(recon)));
  }
  TIEOUT_CHECK(check_stop(context, "reconcile_run_notebook"));
  return files.html;
}

}  // namespace

Result<std::string> report_inputs(const Reconciliation& recon, report::ReportKind kind) {
  const TargetLayout layout = target_layout(recon.run);
  std::string text = fmt::format(
      "{} {} {} {} {}\n", report::to_string(kind), recon.check_dag_output_self_consistency,
      recon.mark_as_last_24_hour_run, recon.publish_dir.string(), recon.publish_url);
  text += config_text_of(parameters_of(recon));
  text += recon.policy.has_value() ? recon.policy->hash + "\n" : "";
  std::error_code code;
  for (const fs::path& log : {layout.prod_log_dir, layout.sim_log_dir}) {
    if (!fs::exists(log, code)) {
      continue;  // A simulation of the older layout: such a report is not of reconcile_run_all.
    }
    TIEOUT_TRY(const std::string digest,
               digest_of_outputs(layout.root, {log.lexically_relative(layout.root).string()}));
    text += digest + "\n";
  }
  for (const fs::path& file : {test_data_path(recon), layout.root / kNoiseFloorFile}) {
    if (fs::exists(file, code)) {
      TIEOUT_TRY(const std::string content, read_file(file));
      text += sha256_hex(content) + "\n";
    }
  }
  for (const auto& [name, value] : system::describe_environment()) {
    text += name + "=" + value + "\n";
  }
  return sha256_hex(text);
}

Result<StageOutcome> run_report(const Reconciliation& given, report::ReportKind kind,
                                const Context& context) {
  const TargetLayout layout = target_layout(given.run);
  Reconciliation recon = given;
  TIEOUT_TRY(recon.run.stage, settle_stage(given.run, layout.prod_log_dir));
  const fs::path dir = layout.notebooks / report::to_string(kind);
  std::error_code code;
  if (fs::exists(dir, code) && !recon.replace_outputs) {
    if (recon.existing.incremental) {
      return Error{ErrorCode::kPathExists, fmt::format("Path '{}' already exist!", dir.string())};
    }
    TIEOUT_CHECK(check_removable(dir));
  }
  TIEOUT_TRY(const ReportRequest request, request_of(recon, kind, layout, context));
  TIEOUT_TRY(const std::unique_ptr<PreparedReport> prepared, prepare_report(request, [&context] {
               return check_stop(context, "reconcile_run_notebook");
             }));
  for (const Error& error : prepared->complaints) {
    context.complain(error);
  }
  const recon::Comparison& comparison = prepared->comparison;
  report::ReportInput& input = prepared->input;
  input.title = fmt::format("{} {} {} {}", model_dir_name(recon.run), recon.run.run_mode,
                            interval_name(recon.run), recon.run.mode);
  input.parameters = parameters_of(recon);
  input.config_text = config_text_of(input.parameters);
  input.rerun_command = rerun_command_of(recon, kind);
  input.notebook_sources = notebook_sources_of(request, dir);
  input.stamp = context.now();
  TIEOUT_TRY(const fs::path temporary, make_temporary(layout.notebooks, report::to_string(kind)));
  const Result<fs::path> html = write_files(recon, temporary / dir.filename(), input, context);
  if (!html.ok()) {
    static_cast<void>(remove_tree(temporary));  // What failed is the news.
    return html.error();
  }
  // In its place before it is published: a report that cannot be published is not lost.
  TIEOUT_CHECK(move_into_place(temporary, layout.notebooks));

  TIEOUT_TRY(const auto publisher, make_publisher(publish_address(recon), context.outside));
  const Publication publication{layout.notebooks / html->lexically_relative(temporary),
                                std::string(recon::to_string(comparison.verdict)), input.stamp,
                                recon.mark_as_last_24_hour_run};
  TIEOUT_TRY(const std::vector<PublishedPage> pages,
             publish(*publisher, recon.run, kind, publication));
  TIEOUT_CHECK(log_link(dir, pages));
  context.say(fmt::format("{}: {}", recon::to_string(comparison.verdict), comparison.sentence));
  for (const report::Evidence& item : input.evidence) {
    context.say("  " + item.title);
    for (const std::string& line : item.lines) {
      context.say("    " + line);
    }
  }
  for (const PublishedPage& page : pages) {
    context.say(fmt::format("To open the notebook from a web-browser open a link: {}", page.link));
  }
  if (recon.prevent_overwriting) {
    TIEOUT_CHECK(protect(dir));
  }
  StageOutcome outcome;
  outcome.exit = recon::exit_code_of(comparison.verdict);
  TIEOUT_TRY(outcome.inputs_sha256, report_inputs(recon, kind));
  outcome.outputs = {dir};
  for (const PublishedPage& page : pages) {
    outcome.outputs.emplace_back(page.place);
  }
  outcome.report = ReportResult{
      publication.verdict,    comparison.sentence,
      counts_of(comparison),  comparison.policy.name,
      comparison.policy.hash, comparison.first ? comparison.first->sentence : std::string(),
      pages.front().link};
  return outcome;
}

}  // namespace tieout::flow
