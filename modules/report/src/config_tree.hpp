#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "facts.hpp"

namespace tieout::report {

/// What config.pkl holds: plain nested values. Keys: meta, system_log_path {prod, sim},
/// dag_builder_ctor_as_str, parameters, rerun_command, config_text, report
/// (the arguments of tieout.report(); None when the report cannot be computed again), config {prod,
/// sim} (None when a side is missing or its config cannot be read). Timestamps, durations and times
/// of day are text, as in config.txt.
nlohmann::ordered_json config_tree(const Facts& facts);

/// What config.txt holds: the caller's text, or the parameters line by line.
std::string config_text(const Facts& facts);

}  // namespace tieout::report
