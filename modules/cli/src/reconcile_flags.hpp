#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tieout/cli/flags.hpp"
#include "tieout/core/result.hpp"
#include "tieout/flow/reconcile.hpp"

namespace tieout::cli {

/// The flags of the reconcile_* family as they are given; each command takes its part of them
/// (recon_flow.md 2.1 to 2.10).
struct ReconcileFlags {
  ReconcileFlags() { identity.stage.clear(); }  // production's, unless it is given

  flow::IdentityText identity;
  std::string dst_root_dir, prod_data_source_dir, market_data_source_dir, market_data_store,
      publish_dir, publish_url, alerts, aws_profile,
      replay = "faithful", oms_db, universe = "all", notebook_run_mode, policy, market_info,
      restrictions, db_stage, universe_version, source_dir;
  std::optional<std::string> fills, sim_run_mode;
  std::vector<std::string> overrides, plugins, stage_timeouts;
  double stage_timeout_secs = 0.0, retry_wait_secs = 1.0;
  std::uint64_t retries = 2;
  bool incremental = false, prevent_overwriting = true, abort_if_exists = true,
       backup_dir_if_exists = false, self_consistency = false, mark_as_last = false,
       run_notebook = false, allow_update = false, json = false, force_overrides = false,
       resume = false, interactive = false;
};

// Each adds the flags of one concern to those of a command.

void add_identity(std::vector<Flag>& flags, ReconcileFlags& f);
void add_dst_root(std::vector<Flag>& flags, ReconcileFlags& f, Need need);
void add_mode(std::vector<Flag>& flags, ReconcileFlags& f, Need need);
void add_source(std::vector<Flag>& flags, ReconcileFlags& f);
void add_existing(std::vector<Flag>& flags, ReconcileFlags& f);
void add_incremental(std::vector<Flag>& flags, ReconcileFlags& f);
void add_prevent(std::vector<Flag>& flags, ReconcileFlags& f);
void add_simulation(std::vector<Flag>& flags, ReconcileFlags& f);
void add_overrides(std::vector<Flag>& flags, ReconcileFlags& f);
void add_force_overrides(std::vector<Flag>& flags, ReconcileFlags& f);
void add_plugins(std::vector<Flag>& flags, ReconcileFlags& f);
void add_store(std::vector<Flag>& flags, ReconcileFlags& f);
void add_dump(std::vector<Flag>& flags, ReconcileFlags& f);
void add_report(std::vector<Flag>& flags, ReconcileFlags& f);
void add_control(std::vector<Flag>& flags, ReconcileFlags& f);
void add_alerts(std::vector<Flag>& flags, ReconcileFlags& f);
void add_json(std::vector<Flag>& flags, ReconcileFlags& f);

/// Validate what can be without looking at the run. Errors: those of make_identity();
/// kInvalidArgument and kUnknownName naming the flag.
Result<flow::Reconciliation> make_reconciliation(const ReconcileFlags& f);

}  // namespace tieout::cli
