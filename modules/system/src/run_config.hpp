#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tieout/config/config.hpp"
#include "tieout/core/asset.hpp"
#include "tieout/dataflow/builder.hpp"

namespace tieout::system {

/// A run's config before and after what the command line says.
struct RunConfig {
  config::Config config;
  Duration bar;                       // of trading_period
  std::vector<std::string> warnings;  // of the override parser
};

/// Build the template, apply the overrides (writer "--set_config_value"), check what is common to
/// all runs. Errors: those of the override parser and of Config::set; kInvalidConfig for a
/// trading_period that is no period.
Result<RunConfig> configure(const dataflow::DagBuilder& builder,
                            const std::vector<std::string>& overrides);

/// The same from a config that is no strategy's.
Result<RunConfig> configure(config::Config config, const std::vector<std::string>& overrides);

/// The OMS tables that the config's broker needs: the file that was given, else a new one beside
/// the log; nothing for a broker without tables. Errors: kInvalidArgument for a file that no broker
/// would use, kPathExists for a default that is there already.
Result<std::filesystem::path> oms_database(const config::Config& config,
                                           const std::filesystem::path& given,
                                           const std::filesystem::path& dst_dir);

/// Write the labels of the command line into cf_config and the run's own facts into the other
/// sections (writer "command line").
Status record_label(config::Config& config, const config::Path& path, config::Value value);

}  // namespace tieout::system
