#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/core/error.hpp"

#include "commands.hpp"

namespace tieout::cli {
namespace {

class ListDagBuilders final : public Command {
 public:
  std::string_view name() const noexcept override { return "list_dag_builders"; }
  std::string_view summary() const noexcept override {
    return "List the strategies that --dag_builder_ctor_as_str knows";
  }
  std::vector<Flag> flags() override {
    return {
        {"--plugin", &plugins_, "Shared object with DagBuilders; repeatable", Need::kOptional,
         "SO"},
        {"--json", &json_, "Print a JSON list"},
    };
  }
  Result<int> run(Session& session) override {
    TIEOUT_TRY(const dataflow::DagBuilderRegistry registry, make_registry(plugins_));
    if (json_) {
      session.out << nlohmann::json(registry.constructors()).dump(2) << '\n';
      return 0;
    }
    for (const std::string& constructor : registry.constructors()) {
      session.out << constructor << '\n';
    }
    return 0;
  }

 private:
  std::vector<std::string> plugins_;
  bool json_ = false;
};

class ErrorTable final : public Command {
 public:
  std::string_view name() const noexcept override { return "error_table"; }
  std::string_view summary() const noexcept override {
    return "Print all errors as Markdown: number, exit code, cause, what to do";
  }
  std::vector<Flag> flags() override { return {}; }
  Result<int> run(Session& session) override {
    session.out << "| number | name | exit | cause | what to do |\n|---|---|---|---|---|\n";
    for (const ErrorCodeInfo& info : error_table()) {
      session.out << fmt::format("| {} | {} | {} | {} | {} |\n", static_cast<int>(info.code),
                                 info.name, exit_code_of(Error{info.code, ""}), info.cause,
                                 info.remedy);
    }
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_list_dag_builders() {
  return std::make_unique<ListDagBuilders>();
}
std::unique_ptr<Command> make_error_table() {
  return std::make_unique<ErrorTable>();
}

}  // namespace tieout::cli
