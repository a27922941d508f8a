#pragma once

#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/flow/reconcile.hpp"

namespace tieout::flow {

/// One node of the graph of a reconciliation.
struct Stage {
  std::string_view name;
  std::vector<std::string_view> needs;  // stages whose outputs it reads
  /// What it makes; a redone stage may replace it.
  std::vector<std::filesystem::path> outputs;
  /// A digest of everything that the outputs are a function of, but for stamps. Null: the stage is
  /// cheap and is never skipped.
  std::function<Result<std::string>()> inputs;
  std::function<Result<StageOutcome>(const Reconciliation&, const Context&)> run;
};

/// The stages of a reconciliation, in an order in which each comes after those that it needs:
/// copy, dump, sim, reports, listing. The dump is not in it when --market-data-source-dir stands
/// for it. `recon` and `context` must outlive the stages.
std::vector<Stage> stages_of(const Reconciliation& recon, const Context& context);

/// The names that a stage of reconcile_run_all can have, in order.
std::vector<std::string> stage_names();

/// Time allowed for a stage; zero: no limit.
Duration timeout_of(const StageControl& control, std::string_view stage);

/// True for faults of the moment: a locked store, a busy file. A verdict, bad input, corrupt
/// evidence, a full disk and a stage that was out of time are never tried again.
bool is_transient(ErrorCode code) noexcept;

/// Runs stages one after the other and remembers what came of them.
///
/// Rule: a stage whose needs made nothing is skipped with the reason. With --resume a stage is kept
///       when status.json says ok, its inputs have the digest that they had, and its outputs are
///       whole; else it is redone from its beginning. What a finished stage made and protected
///       against writing is not replaced: that is kFileUnwritable.
class StageRunner {
 public:
  StageRunner(const Reconciliation& recon, const Context& context)
      : recon_(recon), context_(context) {}

  /// Errors: a status file that cannot be read or written; kFileUnwritable for a finished and
  /// protected output. What the stage says is in worst().
  Status run(const Stage& stage);
  /// The stage's outputs come from elsewhere.
  Status replace(std::string_view name, const std::string& reason);

  /// The worst exit code so far.
  int worst() const { return worst_; }

 private:
  /// True when what an earlier try made stands.
  Result<bool> keep(const Stage& stage);
  /// Make room for a stage that is redone.
  Status prepare(const Stage& stage, const StageStatus* before, const std::string& why);
  Result<int> run_in_time(const Stage& stage, const Reconciliation& recon);
  Result<int> run_with_retries(const Stage& stage, const Reconciliation& recon);
  Status skip(std::string_view name, const std::string& reason);
  void tell(std::string_view stage, const Error& error);

  const Reconciliation& recon_;
  const Context& context_;
  std::set<std::string, std::less<>> made_;
  int worst_ = 0;
};

}  // namespace tieout::flow
