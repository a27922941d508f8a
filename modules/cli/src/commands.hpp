#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tieout/cli/command.hpp"
#include "tieout/core/asset.hpp"
#include "tieout/dataflow/builder.hpp"
#include "tieout/system/run.hpp"

namespace tieout::cli {

std::unique_ptr<Command> make_run_prod_system();
std::unique_ptr<Command> make_run_process_forecasts();

std::unique_ptr<Command> make_reconcile_run_all();
std::unique_ptr<Command> make_reconcile_create_dirs();
std::unique_ptr<Command> make_reconcile_copy_prod_data();
std::unique_ptr<Command> make_reconcile_dump_market_data();
std::unique_ptr<Command> make_reconcile_run_sim();
std::unique_ptr<Command> make_reconcile_run_notebook();
std::unique_ptr<Command> make_reconcile_run_multiday_notebook();
std::unique_ptr<Command> make_reconcile_dump_tca_data();
std::unique_ptr<Command> make_trading_run_summary();
std::unique_ptr<Command> make_reconcile_ls();
std::unique_ptr<Command> make_run_master_system_observer_notebook();
std::unique_ptr<Command> make_derive_params();
std::unique_ptr<Command> make_index();
std::unique_ptr<Command> make_render_notebook();
std::unique_ptr<Command> make_alert();
std::unique_ptr<Command> make_check_deployment();
std::unique_ptr<Command> make_render_deployment();

std::unique_ptr<Command> make_compare();
std::unique_ptr<Command> make_compare_frames();
std::unique_ptr<Command> make_match_fills();
std::unique_ptr<Command> make_oms_db_show();
std::unique_ptr<Command> make_policy_check();
std::unique_ptr<Command> make_policy_explain();
std::unique_ptr<Command> make_policy_tighten();
std::unique_ptr<Command> make_self_consistency();
std::unique_ptr<Command> make_load_dag_outputs();
std::unique_ptr<Command> make_dag_execution_time();
std::unique_ptr<Command> make_export();
std::unique_ptr<Command> make_verify_log();
std::unique_ptr<Command> make_orders();

std::unique_ptr<Command> make_explain();
std::unique_ptr<Command> make_debug_run();
std::unique_ptr<Command> make_export_findings();
std::unique_ptr<Command> make_list_checks();
std::unique_ptr<Command> make_run_checks();
std::unique_ptr<Command> make_execution_quality();
std::unique_ptr<Command> make_rebuild_books();
std::unique_ptr<Command> make_check_strategy();
std::unique_ptr<Command> make_qualify_model();
std::unique_ptr<Command> make_noise_floor();
std::unique_ptr<Command> make_research_portfolio();
std::unique_ptr<Command> make_portfolio_stats();
std::unique_ptr<Command> make_list_statistics();

std::unique_ptr<Command> make_import_market_data();
std::unique_ptr<Command> make_generate_market_data();
std::unique_ptr<Command> make_dump_market_data();

std::unique_ptr<Command> make_list_dag_builders();
std::unique_ptr<Command> make_error_table();

/// The built-in strategies and those of the plugins. Errors: those of load_plugin.
Result<dataflow::DagBuilderRegistry> make_registry(const std::vector<std::string>& plugins);

/// Symbols of a universe file; none for "all". Errors: those of system::read_universe.
Result<std::vector<Asset>> read_universe(const std::string& file_or_all);

/// The files of --market_info and --restrictions. Errors: kInvalidArgument for s3://.
Result<system::RuleFiles> rule_files(const std::string& market_info,
                                     const std::string& restrictions);

/// `path` as given on the command line, without the error of an empty one. Errors: kInvalidArgument
/// for s3://.
Result<std::filesystem::path> local_path(std::string_view flag, const std::string& text);

}  // namespace tieout::cli
