#include <fmt/format.h>

#include "tieout/core/file.hpp"
#include "tieout/flow/reconcile.hpp"

namespace tieout::flow {

Result<StageOutcome> create_dirs(const Reconciliation& recon, const Context& context) {
  const TargetLayout layout = target_layout(recon.run);
  TIEOUT_TRY(const std::vector<std::string> done, create_dir(layout.root, recon.existing));
  for (const std::string& line : done) {
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
