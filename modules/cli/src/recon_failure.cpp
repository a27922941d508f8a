#include "recon_failure.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tieout::cli {
namespace {

std::string banner(std::string_view inside) {
  const std::string rule(80, '#');
  return fmt::format("\n{}\n* Failed assertion *\n{}\n{}\n", rule, inside, rule);
}

std::string json_text(std::string_view text) {
  return nlohmann::json(std::string(text))
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string run_field(std::string_view run_id) {
  return run_id.empty() ? "" : fmt::format(" run_id={}", run_id);
}

}  // namespace

std::string failure_text(const Error& error, std::string_view stage, std::string_view run_id) {
  return banner(error.message) +
         fmt::format("RECON_ERROR code={} number={} exit={} stage={}{} message={}\n",
                     error_info(error.code).name, static_cast<int>(error.code), exit_code_of(error),
                     stage, run_field(run_id), json_text(error.message));
}

std::string verdict_text(const flow::RunStatus& status, int exit) {
  return banner(fmt::format("'{}' in ('IDENTICAL', 'EQUIVALENT', 'EXPLAINED')\n{}", status.verdict,
                            status.sentence)) +
         fmt::format("RECON_ERROR code={} exit={} stage=reconcile_run_notebook{} message={}\n",
                     status.verdict, exit, run_field(status.run_id), json_text(status.sentence));
}

}  // namespace tieout::cli
