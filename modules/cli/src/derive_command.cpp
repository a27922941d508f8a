#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "tieout/core/file.hpp"
#include "tieout/flow/command_line.hpp"
#include "tieout/flow/derive_params.hpp"
#include "tieout/system/run.hpp"

#include "commands.hpp"

namespace tieout::cli {
namespace {

class DeriveParams final : public Command {
 public:
  std::string_view name() const noexcept override { return "derive_params"; }
  std::string_view summary() const noexcept override {
    return "Derive the reconcile_run_all command from a production command or directory";
  }
  std::vector<Flag> flags() override {
    return {
        {"TEMPLATE|DST_DIR|COMMAND", &source_,
         "A file with a rendered scheduler template or a command line, the directory of a "
         "production log (.../system_log_dir.{mode}), or the text of a command",
         Need::kRequired, "TEXT"},
        {"--dst-root-dir", &dst_root_dir_,
         "Root of the reconciliations (default: the source's, with prod_reconciliation for "
         "system_reconciliation)",
         Need::kOptional, "DIR"},
        {"--dag-builder-ctor-as-str", &constructor_,
         "DagBuilder, for a directory whose log cannot be read here", Need::kOptional, "NAME"},
        {"--remap", &remap_, "Where a prefix of the command's paths lies on this machine",
         Need::kOptional, "FROM=TO"},
        {"--run", &run_, "Run the command instead of printing it"},
        {"--force", &force_, "With --run: run although facts contradict each other"},
        {"--plugin", &plugins_, "Shared object with DagBuilders; repeatable", Need::kOptional,
         "SO"},
        {"--json", &json_, "Print the parameters and checks as JSON"},
    };
  }
  Result<int> run(Session& session) override;

 private:
  Result<std::string> text() const;
  Result<flow::DeriveOptions> options(const dataflow::DagBuilderRegistry& registry) const;
  void print(const flow::DerivedParams& params, Session& session) const;

  std::string source_, dst_root_dir_, constructor_, remap_;
  std::vector<std::string> plugins_;
  bool run_ = false, force_ = false, json_ = false;
};

/// The content of a file, else the argument itself.
Result<std::string> DeriveParams::text() const {
  std::error_code code;
  if (std::filesystem::is_regular_file(source_, code)) {
    return read_file(source_);
  }
  const bool looks_like_a_file = source_.find_first_of(" \n") == std::string::npos &&
                                 source_.find("system_log_dir") == std::string::npos;
  if (looks_like_a_file && !std::filesystem::exists(source_, code)) {
    return Error{ErrorCode::kFileNotFound,
                 fmt::format("derive_params: '{}' is no file, no .../system_log_dir.MODE and no "
                             "command line",
                             source_)};
  }
  return source_;
}

Result<flow::DeriveOptions> DeriveParams::options(
    const dataflow::DagBuilderRegistry& registry) const {
  flow::DeriveOptions options;
  options.dst_root_dir = dst_root_dir_;
  options.constructor = constructor_;
  if (!remap_.empty()) {
    const std::size_t equals = remap_.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("--remap is '{}', it must be FROM=TO", remap_)};
    }
    options.remap_from = remap_.substr(0, equals);
    options.remap_to = remap_.substr(equals + 1);
  }
  options.default_bar = [&registry](const std::string& constructor) -> std::optional<Duration> {
    const auto builder = registry.find(constructor);
    if (!builder.ok()) {
      return std::nullopt;
    }
    const auto config = system::make_config(**builder);
    const auto period =
        config.ok() ? config->get_string({"trading_period"}) : Result<std::string>(config.error());
    const auto bar = period.ok() ? parse_period(*period) : Result<Duration>(period.error());
    return bar.ok() ? std::optional(*bar) : std::nullopt;
  };
  return options;
}

/// The command on the standard output, ready to paste; what was found on the other.
void DeriveParams::print(const flow::DerivedParams& params, Session& session) const {
  for (const std::string& note : params.notes) {
    session.err << "note: " << note << '\n';
  }
  for (const flow::CrossCheck& check : params.checks) {
    if (!check.holds) {
      session.err << fmt::format("contradiction: {}: found '{}', needed '{}'\n", check.what,
                                 check.found, check.needed);
    }
  }
  if (json_) {
    session.out << flow::to_json(params);
    return;
  }
  const std::vector<std::string> words = flow::reconcile_command(params);
  std::string text = words[0] + " " + words[1];
  for (std::size_t i = 2; i < words.size(); ++i) {
    text += words[i].rfind("--", 0) == 0 ? " \\\n    " : " ";
    text += flow::quote_word(words[i]);
  }
  session.out << text << '\n';
}

Result<int> DeriveParams::run(Session& session) {
  TIEOUT_TRY(const dataflow::DagBuilderRegistry registry, make_registry(plugins_));
  TIEOUT_TRY(const std::string text, this->text());
  TIEOUT_TRY(const flow::DeriveOptions options, this->options(registry));
  TIEOUT_TRY(const flow::DerivedParams params, flow::derive_params(text, options));
  const bool agrees = std::all_of(params.checks.begin(), params.checks.end(),
                                  [](const flow::CrossCheck& check) { return check.holds; });
  if (!run_ || (!agrees && !force_)) {
    print(params, session);
    if (run_) {
      session.err << "tieout: not run: facts contradict each other; correct them or give --force\n";
    }
    return agrees ? 0 : 1;
  }
  std::vector<std::string> words = flow::reconcile_command(params);
  words.erase(words.begin());
  for (const std::string& plugin : plugins_) {
    words.insert(words.end(), {"--plugin", plugin});
  }
  return cli::run(words, session);
}

}  // namespace

std::unique_ptr<Command> make_derive_params() {
  return std::make_unique<DeriveParams>();
}

}  // namespace tieout::cli
