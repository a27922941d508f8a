#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/dataflow/builder.hpp"
#include "tieout/flow/deployment.hpp"

namespace tieout::flow {

/// One place at which what is deployed is not what the deployment file says.
struct Drift {
  std::string check;   // "rendered_file", "flag", "override", "builder", "run", ...
  std::string where;   // "production.sh:23", "template.json", the log's directory
  std::string what;    // "--run_duration"
  std::string found;   // "" when it is missing
  std::string needed;  // "" when it is too much
};

struct DriftReport {
  std::vector<std::string> checked;  // what was held against the file, one text each
  std::vector<Drift> drifts;
  std::vector<std::string> notes;  // what could not be checked, what was read with good will
};

/// What the checks may look at besides the deployment.
struct CheckDeploymentOptions {
  const dataflow::DagBuilderRegistry& registry;
  /// Where a file without install_dir was rendered; needed for units and cron lines.
  std::filesystem::path install_dir;
};

/// Hold the overrides, the bar and the duration against the strategy: they apply to its config, its
/// DAG can be built, no order outlives its bar. Errors: kUnknownName when the builder is not known.
Status check_against_builder(const Deployment& deployment, const CheckDeploymentOptions& options,
                             DriftReport& report);

/// Hold the rendered files of a directory against the deployment, line by line. Files of a kind
/// (units, scripts of one command, ...) are needed when one of that kind is there.
/// Errors: kFileNotFound when the directory has none of them.
Status check_directory(const Deployment& deployment, const std::filesystem::path& dir,
                       const CheckDeploymentOptions& options, DriftReport& report);

/// Hold scheduler templates or command lines against the deployment, flag by flag and override by
/// override, and each production command against each reconciliation.
/// Errors: kMalformedData, kInvalidArgument for a command of another program.
Status check_templates(const Deployment& deployment,
                       const std::vector<std::filesystem::path>& files,
                       const CheckDeploymentOptions& options, DriftReport& report);

/// Hold a production run's own manifest against the deployment. Errors: kFileNotFound, kNotARunLog.
Status check_run(const Deployment& deployment, const std::filesystem::path& log_dir,
                 const CheckDeploymentOptions& options, DriftReport& report);

/// Canonical JSON, schema tieout.drift/1.
std::string to_json(const Deployment& deployment, const DriftReport& report);

}  // namespace tieout::flow
