#include <algorithm>
#include <system_error>

#include "tieout/flow/reconcile.hpp"

#include "record.hpp"

namespace tieout::flow {

Status record_stage(const Reconciliation& recon, StageStatus stage, const StageOutcome* outcome) {
  const TargetLayout layout = target_layout(recon.run);
  std::error_code code;
  if (!std::filesystem::is_directory(layout.root, code)) {
    return {};
  }
  TIEOUT_TRY(RunStatus status, read_status(layout.status));
  status.run_id = run_id(recon.run);
  if (outcome != nullptr) {
    stage.exit = outcome->exit;
    stage.inputs_sha256 = outcome->inputs_sha256;
    for (const std::filesystem::path& path : outcome->outputs) {
      const std::filesystem::path relative = path.lexically_relative(layout.root);
      const bool inside = !relative.empty() && *relative.begin() != "..";
      stage.outputs.push_back(inside ? relative.string() : path.string());
    }
    status.partial = outcome->partial.value_or(status.partial);
    if (outcome->report.has_value()) {
      status.verdict = outcome->report->verdict;
      status.sentence = outcome->report->sentence;
      status.counts = outcome->report->counts;
      status.policy_name = outcome->report->policy_name;
      status.policy_hash = outcome->report->policy_hash;
      status.first_divergence = outcome->report->first_divergence;
      status.link = outcome->report->link;
    }
  }
  const auto found = std::find_if(status.stages.begin(), status.stages.end(),
                                  [&](const StageStatus& item) { return item.name == stage.name; });
  if (found == status.stages.end()) {
    status.stages.push_back(std::move(stage));
  } else {
    stage.attempts += found->attempts;
    *found = std::move(stage);
  }
  status.counts.error = static_cast<std::uint64_t>(
      std::count_if(status.stages.begin(), status.stages.end(),
                    [](const StageStatus& item) { return item.status == "failed"; }));
  return write_status(layout.status, status);
}

Result<int> run_stage(const Reconciliation& recon, std::string_view name, const Context& context,
                      const std::function<Result<StageOutcome>()>& stage) {
  StageStatus status;
  status.name = name;
  status.attempts = 1;
  status.started = to_iso(context.now());
  const Result<StageOutcome> outcome = stage();
  status.ended = to_iso(context.now());
  if (outcome.ok()) {
    status.status = "ok";
    TIEOUT_CHECK(record_stage(recon, std::move(status), &*outcome));
    return outcome->exit;
  }
  const Error& error = outcome.error();
  status.exit = exit_code_of(error);
  status.status = error.code == ErrorCode::kInterrupted ? "interrupted" : "failed";
  status.error = to_string(error);
  // A directory that could not be made is not this reconciliation's: its status belongs to who made
  // it.
  if (name != kCreateDirs) {
    if (const Status recorded = record_stage(recon, std::move(status), nullptr); !recorded.ok()) {
      context.complain(recorded.error());
    }
  }
  return error;
}

}  // namespace tieout::flow
