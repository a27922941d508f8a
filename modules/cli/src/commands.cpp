#include "commands.hpp"

#include <fmt/format.h>

#include "tieout/system/run.hpp"
#include "tieout/system/universe_file.hpp"

namespace tieout::cli {

std::vector<std::unique_ptr<Command>> make_commands() {
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(make_run_prod_system());
  commands.push_back(make_run_process_forecasts());
  commands.push_back(make_reconcile_run_all());
  commands.push_back(make_reconcile_create_dirs());
  commands.push_back(make_reconcile_copy_prod_data());
  commands.push_back(make_reconcile_dump_market_data());
  commands.push_back(make_reconcile_run_sim());
  commands.push_back(make_reconcile_run_notebook());
  commands.push_back(make_reconcile_run_multiday_notebook());
  commands.push_back(make_reconcile_dump_tca_data());
  commands.push_back(make_trading_run_summary());
  commands.push_back(make_reconcile_ls());
  commands.push_back(make_run_master_system_observer_notebook());
  commands.push_back(make_index());
  commands.push_back(make_render_notebook());
  commands.push_back(make_derive_params());
  commands.push_back(make_alert());
  commands.push_back(make_check_deployment());
  commands.push_back(make_render_deployment());
  commands.push_back(make_compare());
  commands.push_back(make_compare_frames());
  commands.push_back(make_match_fills());
  commands.push_back(make_oms_db_show());
  commands.push_back(make_policy_check());
  commands.push_back(make_policy_explain());
  commands.push_back(make_policy_tighten());
  commands.push_back(make_self_consistency());
  commands.push_back(make_load_dag_outputs());
  commands.push_back(make_dag_execution_time());
  commands.push_back(make_verify_log());
  commands.push_back(make_orders());
  commands.push_back(make_export());
  commands.push_back(make_explain());
  commands.push_back(make_debug_run());
  commands.push_back(make_export_findings());
  commands.push_back(make_list_checks());
  commands.push_back(make_run_checks());
  commands.push_back(make_execution_quality());
  commands.push_back(make_rebuild_books());
  commands.push_back(make_check_strategy());
  commands.push_back(make_qualify_model());
  commands.push_back(make_noise_floor());
  commands.push_back(make_research_portfolio());
  commands.push_back(make_portfolio_stats());
  commands.push_back(make_list_statistics());
  commands.push_back(make_import_market_data());
  commands.push_back(make_generate_market_data());
  commands.push_back(make_dump_market_data());
  commands.push_back(make_list_dag_builders());
  commands.push_back(make_error_table());
  return commands;
}

Result<dataflow::DagBuilderRegistry> make_registry(const std::vector<std::string>& plugins) {
  dataflow::DagBuilderRegistry registry;
  system::register_builtin_pipelines(registry);
  for (const std::string& plugin : plugins) {
    TIEOUT_CHECK(dataflow::load_plugin(plugin, registry));
  }
  return registry;
}

Result<std::vector<Asset>> read_universe(const std::string& file_or_all) {
  if (file_or_all == "all") {
    return std::vector<Asset>{};
  }
  TIEOUT_TRY(const Universe universe, system::read_universe(file_or_all));
  return universe.assets();
}

Result<system::RuleFiles> rule_files(const std::string& market_info,
                                     const std::string& restrictions) {
  system::RuleFiles files;
  TIEOUT_TRY(files.market_info, local_path("--market_info", market_info));
  TIEOUT_TRY(files.restrictions, local_path("--restrictions", restrictions));
  return files;
}

Result<std::filesystem::path> local_path(std::string_view flag, const std::string& text) {
  if (text.rfind("s3://", 0) == 0) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("{}: '{}' is in S3, this version reads and writes local directories "
                             "only; copy it to a local directory first",
                             flag, text)};
  }
  return std::filesystem::path(text);
}

}  // namespace tieout::cli
