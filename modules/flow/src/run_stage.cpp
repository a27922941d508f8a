#include <algorithm>
#include <system_error>

#include "tieout/flow/reconcile.hpp"

#include "record.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;

constexpr const char* kKilled =
    "the process ended before the stage did: it was killed, or the machine went down";

StageStatus& stage_of(RunStatus& status, std::string_view name) {
  const auto found = std::find_if(status.stages.begin(), status.stages.end(),
                                  [&](const StageStatus& item) { return item.name == name; });
  if (found != status.stages.end()) {
    return *found;
  }
  StageStatus stage;
  stage.name = name;
  status.stages.push_back(std::move(stage));
  return status.stages.back();
}

/// The verdict is that of the last comparison; one of an earlier try does not stand while there is
/// no other.
void clear_verdict(RunStatus& status) {
  status.verdict.clear();
  status.sentence.clear();
  status.policy_name.clear();
  status.policy_hash.clear();
  status.first_divergence.clear();
  status.link.clear();
  status.counts = {};
}

/// Change the status of a run that has a directory.
Status update(const Reconciliation& recon, const std::function<void(RunStatus&)>& change) {
  const TargetLayout layout = target_layout(recon.run);
  std::error_code code;
  if (!fs::is_directory(layout.root, code)) {
    return {};
  }
  TIEOUT_TRY(RunStatus status, read_status(layout.status));
  status.run_id = run_id(recon.run);
  change(status);
  status.counts.error = static_cast<std::uint64_t>(
      std::count_if(status.stages.begin(), status.stages.end(),
                    [](const StageStatus& item) { return item.status == "failed"; }));
  return write_status(layout.status, status);
}

void begin_try(StageStatus& stage, const std::string& now) {
  if (!stage.history.empty() && stage.history.back().status == "running") {
    stage.history.back().status = "killed";
    stage.history.back().error = kKilled;
  }
  ++stage.attempts;
  stage.history.push_back({stage.attempts, "running", 0, now, "", ""});
  stage.status = "running";
  stage.exit = 0;
  stage.started = now;
  stage.ended.clear();
  stage.error.clear();
  stage.inputs_sha256.clear();
  stage.outputs.clear();
  stage.outputs_sha256.clear();
}

void take_outcome(RunStatus& status, StageStatus& stage, const StageOutcome& outcome,
                  const fs::path& root) {
  stage.inputs_sha256 = outcome.inputs_sha256;
  for (const fs::path& path : outcome.outputs) {
    const fs::path relative = path.lexically_relative(root);
    const bool inside = !relative.empty() && *relative.begin() != "..";
    const bool url = path.string().find("://") != std::string::npos;
    stage.outputs.push_back(inside ? relative.string()
                            : url  ? path.string()
                                   : fs::absolute(path).lexically_normal().string());
  }
  // What is in the directories of create_dirs is of other stages. Outputs that cannot be read are
  // not whole: a resumed run makes them again.
  if (stage.name != kCreateDirs) {
    stage.outputs_sha256 = digest_of_outputs(root, stage.outputs).value_or("");
  }
  status.partial = outcome.partial.value_or(status.partial);
  if (outcome.report.has_value()) {
    status.verdict = outcome.report->verdict;
    status.sentence = outcome.report->sentence;
    status.counts = outcome.report->counts;
    status.policy_name = outcome.report->policy_name;
    status.policy_hash = outcome.report->policy_hash;
    status.first_divergence = outcome.report->first_divergence;
    status.link = outcome.report->link;
  }
}

}  // namespace

Status record_begin(const Reconciliation& recon, std::string_view name, Timestamp now) {
  return update(recon, [&](RunStatus& status) {
    begin_try(stage_of(status, name), to_iso(now));
    if (name == kFastReport) {
      clear_verdict(status);
    }
  });
}

Status record_end(const Reconciliation& recon, const StageAttempt& result, std::string_view name,
                  const StageOutcome* outcome) {
  return update(recon, [&](RunStatus& status) {
    StageStatus& stage = stage_of(status, name);
    if (stage.history.empty() || stage.history.back().status != "running") {
      begin_try(stage, result.started);
    }
    stage.status = result.status;
    stage.exit = result.exit;
    stage.ended = result.ended;
    stage.error = result.error;
    StageAttempt& attempt = stage.history.back();
    const int number = attempt.number;
    attempt = result;
    attempt.number = number;
    if (outcome != nullptr) {
      take_outcome(status, stage, *outcome, target_layout(recon.run).root);
    }
  });
}

Status record_skip(const Reconciliation& recon, std::string_view name, Timestamp now,
                   SkipReason kind, const std::string& reason) {
  return update(recon, [&](RunStatus& status) {
    StageStatus& stage = stage_of(status, name);
    if (kind == SkipReason::kStopped && stage.status == "ok") {
      return;
    }
    stage.status = "skipped";
    stage.exit = 0;
    stage.started = stage.ended = to_iso(now);
    stage.error = reason;
    stage.inputs_sha256.clear();
    stage.outputs.clear();
    stage.outputs_sha256.clear();
    if (name == kFastReport) {
      clear_verdict(status);
    }
  });
}

Status check_stop(const Context& context, std::string_view who) {
  if (context.deadline.has_value() && context.now() >= *context.deadline) {
    return Error{ErrorCode::kTimeout, std::string(who) + ": was stopped, its time was over"};
  }
  if (context.stop.load() || (context.outer_stop != nullptr && context.outer_stop->load())) {
    return Error{ErrorCode::kInterrupted, std::string(who) + ": stopped by a signal"};
  }
  return {};
}

Result<int> run_stage(const Reconciliation& recon, std::string_view name, const Context& context,
                      const std::function<Result<StageOutcome>()>& stage) {
  StageAttempt attempt;
  attempt.started = to_iso(context.now());
  // A directory that could not be made is not this reconciliation's: its status belongs to who made
  // it.
  if (name != kCreateDirs) {
    TIEOUT_CHECK(record_begin(recon, name, context.now()));
  }
  const Result<StageOutcome> outcome = stage();
  attempt.ended = to_iso(context.now());
  if (outcome.ok()) {
    attempt.status = "ok";
    attempt.exit = outcome->exit;
    TIEOUT_CHECK(record_end(recon, attempt, name, &*outcome));
    return outcome->exit;
  }
  const Error& error = outcome.error();
  attempt.exit = exit_code_of(error);
  attempt.status = error.code == ErrorCode::kInterrupted ? "interrupted" : "failed";
  attempt.error = to_string(error);
  if (name != kCreateDirs) {
    if (const Status recorded = record_end(recon, attempt, name, nullptr); !recorded.ok()) {
      context.complain(recorded.error());
    }
  }
  return error;
}

Result<int> run_stage_alone(const Reconciliation& recon, std::string_view name,
                            const Context& context,
                            const std::function<Result<StageOutcome>()>& stage) {
  const TargetLayout layout = target_layout(recon.run);
  std::error_code code;
  if (!fs::is_directory(layout.root, code)) {
    return run_stage(recon, name, context, stage);
  }
  TIEOUT_TRY(const RunLock lock, RunLock::acquire(layout.lock));
  return run_stage(recon, name, context, stage);
}

}  // namespace tieout::flow
