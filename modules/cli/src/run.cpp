#include <algorithm>

#include <fmt/format.h>

#include "tieout/cli/command.hpp"

#include "version.hpp"

namespace tieout::cli {
namespace {

/// "reconcile-run-all", "/app/scripts/run_Cx_prod_system.py" and "reconcile_run_all" are names of
/// commands.
std::string command_key(std::string_view word) {
  const std::size_t slash = word.rfind('/');
  if (slash != std::string_view::npos) {
    word.remove_prefix(slash + 1);
  }
  if (word.size() > 3 && word.substr(word.size() - 3) == ".py") {
    word.remove_suffix(3);
  }
  return normalised(word);
}

std::vector<std::string> names_of(const Command& command) {
  std::vector<std::string> names = command.aliases();
  names.emplace(names.begin(), command.name());
  return names;
}

Command* find_command(const std::vector<std::unique_ptr<Command>>& commands,
                      std::string_view word) {
  const std::string wanted = command_key(word);
  for (const auto& command : commands) {
    for (const std::string& name : names_of(*command)) {
      if (normalised(name) == wanted) {
        return command.get();
      }
    }
  }
  return nullptr;
}

void print_help(const std::vector<std::unique_ptr<Command>>& commands, std::ostream& out) {
  out << "tieout: run a trading strategy, replay the run, prove that both made the same "
         "decisions\n\n"
         "Usage: tieout COMMAND [FLAGS]\n\nCommands ('-' and '_' are the same; COMMAND --help "
         "tells "
         "its flags, units and defaults):\n";
  for (const auto& command : commands) {
    out << fmt::format("  {:<28} {}\n", command->name(), command->summary());
  }
  out << "\nExit codes: 0 identical, equivalent or explained; 1 diverged; 2 usage or input error;\n"
         "            3 inconclusive; 4 evidence corrupt; 130 interrupted\n";
}

int fail(Session& session, const Error& error) {
  session.err << "tieout: " << to_string(error) << '\n';
  return exit_code_of(error);
}

Error unknown_command(const std::vector<std::unique_ptr<Command>>& commands,
                      std::string_view word) {
  std::vector<std::string> names;
  for (const auto& command : commands) {
    const std::vector<std::string> own = names_of(*command);
    names.insert(names.end(), own.begin(), own.end());
  }
  const std::string nearest = nearest_name(command_key(word), names);
  return Error{ErrorCode::kUnknownName,
               fmt::format("there is no command '{}'{}; 'tieout --help' lists all", word,
                           nearest.empty() ? "" : fmt::format(", the nearest is '{}'", nearest))};
}

}  // namespace

int run(const std::vector<std::string>& arguments, Session& session) {
  const auto commands = make_commands();
  if (arguments.empty()) {
    return fail(session, Error{ErrorCode::kInvalidArgument,
                               "there is no command; 'tieout --help' lists all"});
  }
  const std::string& first = arguments.front();
  if (first == "--help" || first == "-h" || first == "help") {
    print_help(commands, session.out);
    return 0;
  }
  if (first == "--version") {
    session.out << "tieout " << kVersion << '\n';
    return 0;
  }
  Command* command = find_command(commands, first);
  if (command == nullptr) {
    return fail(session, unknown_command(commands, first));
  }
  const Result<HelpText> help =
      parse_flags(command->name(), command->summary(), command->flags(),
                  std::vector<std::string>(arguments.begin() + 1, arguments.end()));
  if (!help.ok()) {
    return fail(session, help.error());
  }
  if (help->has_value()) {
    session.out << **help;
    return 0;
  }
  const Result<int> code = command->run(session);
  session.out.flush();
  return code.ok() ? *code : fail(session, code.error());
}

}  // namespace tieout::cli
