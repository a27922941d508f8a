#include <fmt/format.h>

#include "tieout/reference/profile_dag.hpp"

#include "commands.hpp"
#include "profile_render.hpp"

namespace tieout::cli {
namespace {

class LoadDagOutputs final : public Command {
 public:
  std::string_view name() const noexcept override { return "load_dag_outputs"; }
  std::string_view summary() const noexcept override {
    return "Print what the reference system believed at each bar: the last row of a node's outputs";
  }
  std::vector<Flag> flags() override {
    return {
        {"DIR", &dir_, "system_log_dir of the reference, or its directory of node outputs",
         Need::kRequired},
        {"--node-name", &node_, "Node, as predict.0.read_data", Need::kRequired, "NAME"},
        {"--json", &json_, "Print JSON instead of CSV"},
    };
  }
  Result<int> run(Session& session) override {
    TIEOUT_TRY(const frames::Frame frame,
               reference::load_dag_outputs(reference::node_data_dir(dir_), node_));
    print_frame(session, frame, json_);
    return 0;
  }

 private:
  std::string dir_, node_;
  bool json_ = false;
};

class NodeExecutionTimes final : public Command {
 public:
  std::string_view name() const noexcept override { return "dag_execution_time"; }
  std::string_view summary() const noexcept override {
    return "Print the seconds that each node of a log of the reference system took at each bar";
  }
  std::vector<Flag> flags() override {
    return {
        {"DIR", &dir_, "system_log_dir of the reference, or its directory of node outputs",
         Need::kRequired},
        {"--json", &json_, "Print JSON instead of CSV"},
    };
  }
  Result<int> run(Session& session) override {
    TIEOUT_TRY(const frames::Frame frame,
               reference::node_execution_times(reference::node_data_dir(dir_)));
    print_frame(session, frame, json_);
    return 0;
  }

 private:
  std::string dir_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_load_dag_outputs() {
  return std::make_unique<LoadDagOutputs>();
}
std::unique_ptr<Command> make_dag_execution_time() {
  return std::make_unique<NodeExecutionTimes>();
}

}  // namespace tieout::cli
