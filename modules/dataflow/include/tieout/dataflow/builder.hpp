#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/config/config.hpp"
#include "tieout/dataflow/dag.hpp"

namespace tieout::dataflow {

/// Names of the sink's columns that trading needs.
struct ForecastColumns {
  std::string price;
  std::string volatility;
  std::string prediction;
};

/// A strategy: makes the config template and the DAG.
class DagBuilder {
 public:
  virtual ~DagBuilder() = default;

  /// "dataflow_orange.pipelines.C1.C1b_pipeline.C1b_DagBuilder".
  virtual std::string_view constructor() const noexcept = 0;
  /// Declare the keys below "dag_config" (and defaults of others that the strategy wants to change,
  /// such as trading_period).
  virtual void declare_config(config::Config& config) const = 0;
  /// Build from a config whose overrides are applied. Errors: kInvalidConfig naming the key.
  virtual Result<Dag> build(const config::Config& config, const Universe& universe) const = 0;
  virtual ForecastColumns forecast_columns(const config::Config& config) const = 0;
};

/// The strategies that this process knows, by constructor string.
class DagBuilderRegistry {
 public:
  /// Errors: kDuplicateId.
  Status add(std::unique_ptr<DagBuilder> builder);
  /// Errors: kUnknownName listing what is known and the nearest.
  Result<const DagBuilder*> find(std::string_view constructor) const;
  std::vector<std::string> constructors() const;  // sorted

 private:
  std::vector<std::unique_ptr<DagBuilder>> builders_;
};

/// Model name of a constructor: last dotted part, word characters up to the last "_DagBuilder":
/// "C1b" (recon_flow.md 6.3). Errors: kInvalidArgument when "_DagBuilder" is not in it.
Result<std::string> model_name_of(std::string_view constructor);

/// Interface of a plugin: a shared object that exports both of
///   extern "C" std::uint32_t tieout_plugin_abi();              returns kPluginAbi
///   extern "C" void tieout_register(tieout::dataflow::DagBuilderRegistry*);
inline constexpr std::uint32_t kPluginAbi = 1;

/// Load a plugin; it stays loaded for the life of the process.
/// Errors: kFileNotFound; kPluginFailed with the reason.
Status load_plugin(const std::filesystem::path& path, DagBuilderRegistry& registry);

}  // namespace tieout::dataflow

/// Export a plugin that registers one DagBuilder class: write it once, at the end of the plugin's
/// source.
#define TIEOUT_PLUGIN(Builder)                                                        \
  extern "C" std::uint32_t tieout_plugin_abi() {                                      \
    return ::tieout::dataflow::kPluginAbi;                                            \
  }                                                                                   \
  extern "C" void tieout_register(::tieout::dataflow::DagBuilderRegistry* registry) { \
    static_cast<void>(registry->add(std::make_unique<Builder>()));                    \
  }                                                                                   \
  static_assert(true)
