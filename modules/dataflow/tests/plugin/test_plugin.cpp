// A plugin in four variants, chosen by TEST_PLUGIN_*: good, of another interface, registering
// nothing, throwing.
#include <stdexcept>

#include "tieout/dataflow/builder.hpp"
#include "tieout/dataflow/nodes.hpp"

namespace {

class PluginDagBuilder final : public tieout::dataflow::DagBuilder {
 public:
  std::string_view constructor() const noexcept override { return "plugins.p1.P1_DagBuilder"; }
  void declare_config(tieout::config::Config& config) const override {
    config.declare({"dag_config", "lag", "num_lags"}, 2);
  }
  tieout::Result<tieout::dataflow::Dag> build(const tieout::config::Config& config,
                                              const tieout::Universe& /*universe*/) const override {
    TIEOUT_TRY(const std::int64_t lags, config.get_int({"dag_config", "lag", "num_lags"}));
    tieout::dataflow::Dag dag({.fields = {"close"}});
    TIEOUT_CHECK(dag.add(
        "lag", tieout::dataflow::make_lags("close", {.num_lags = static_cast<std::size_t>(lags)}),
        {"read_data"}));
    return dag;
  }
  tieout::dataflow::ForecastColumns forecast_columns(
      const tieout::config::Config& /*config*/) const override {
    return {"close.lag0", "close.lag1", "close.lag1"};
  }
};

}  // namespace

#if defined(TEST_PLUGIN_OTHER_ABI)
extern "C" std::uint32_t tieout_plugin_abi() {
  return tieout::dataflow::kPluginAbi + 1;
}
extern "C" void tieout_register(tieout::dataflow::DagBuilderRegistry* registry) {
  static_cast<void>(registry->add(std::make_unique<PluginDagBuilder>()));
}
#elif defined(TEST_PLUGIN_EMPTY)
extern "C" std::uint32_t tieout_plugin_abi() {
  return tieout::dataflow::kPluginAbi;
}
extern "C" void tieout_register(tieout::dataflow::DagBuilderRegistry* /*registry*/) {
  static_cast<void>(PluginDagBuilder{});
}
#elif defined(TEST_PLUGIN_THROWS)
extern "C" std::uint32_t tieout_plugin_abi() {
  return tieout::dataflow::kPluginAbi;
}
extern "C" void tieout_register(tieout::dataflow::DagBuilderRegistry* /*registry*/) {
  static_cast<void>(PluginDagBuilder{});
  throw std::runtime_error("no market today");
}
#elif defined(TEST_PLUGIN_NO_SYMBOLS)
extern "C" std::string_view name_of_nothing() {
  return PluginDagBuilder{}.constructor();
}
#else
TIEOUT_PLUGIN(PluginDagBuilder);
#endif
