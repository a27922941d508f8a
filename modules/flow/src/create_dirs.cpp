#include <fmt/format.h>

#include "tieout/core/file.hpp"
#include "tieout/flow/reconcile.hpp"

namespace tieout::flow {

namespace {

/// What the reconciliation that is there came to: a second try must not hide why the first failed.
std::string describe_earlier(const TargetLayout& layout) {
  const Result<RunStatus> status = read_status(layout.status);
  std::string text = status.ok() && status->stages.empty() ? "; nothing is recorded of it" : "";
  if (!status.ok()) {
    return "";
  }
  for (const StageStatus& stage : status->stages) {
    if (stage.status == "failed" || stage.status == "interrupted") {
      text = fmt::format("; it holds a reconciliation in which {} {}: {}", stage.name, stage.status,
                         stage.error);
      break;
    }
    if (stage.status == "running") {
      text = fmt::format("; it holds a reconciliation that runs, or was killed, in {}", stage.name);
      break;
    }
  }
  if (text.empty() && !status->verdict.empty()) {
    text = fmt::format("; it holds a reconciliation with the verdict {}", status->verdict);
  }
  return text + "; --resume goes on with it, --backup-dir-if-exists keeps it aside";
}

}  // namespace

Result<StageOutcome> create_dirs(const Reconciliation& recon, const Context& context) {
  const TargetLayout layout = target_layout(recon.run);
  const Result<std::vector<std::string>> done = create_dir(layout.root, recon.existing);
  if (!done.ok()) {
    return Error{done.error().code, done.error().message + describe_earlier(layout)};
  }
  for (const std::string& line : *done) {
    context.say(line);
  }
  // The parts are new unless the target was kept, and then they are kept with it.
  const ExistingDir parts{.incremental = true, .abort_if_exists = false};
  StageOutcome outcome;
  outcome.outputs = {layout.prod, layout.simulation, layout.notebooks};
  if (recon.run.run_mode == "prod") {
    outcome.outputs.push_back(layout.tca);
  }
  for (const std::filesystem::path& part : outcome.outputs) {
    TIEOUT_CHECK(create_dir(part, parts));
  }
  return outcome;
}

}  // namespace tieout::flow
