#include <algorithm>
#include <cctype>
#include <string>

#include <fmt/format.h>

#include "tieout/cli/command.hpp"

#include "recon_failure.hpp"
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

/// "policy check", "policy-check" and "policy_check" are one name.
std::string joined_key(std::string_view name) {
  std::string key = normalised(name);
  std::replace(key.begin(), key.end(), ' ', '-');
  return key;
}

std::vector<std::string> names_of(const Command& command) {
  std::vector<std::string> names = command.aliases();
  names.emplace(names.begin(), command.name());
  return names;
}

Command* find_command(const std::vector<std::unique_ptr<Command>>& commands,
                      const std::string& key) {
  for (const auto& command : commands) {
    for (const std::string& name : names_of(*command)) {
      if (joined_key(name) == key) {
        return command.get();
      }
    }
  }
  return nullptr;
}

/// The commands "GROUP ACTION" of a group; none when there is no such group.
std::vector<Command*> commands_of_group(const std::vector<std::unique_ptr<Command>>& commands,
                                        const std::string& group) {
  std::vector<Command*> members;
  for (const auto& command : commands) {
    const std::size_t space = command->name().find(' ');
    if (space != std::string_view::npos && joined_key(command->name().substr(0, space)) == group) {
      members.push_back(command.get());
    }
  }
  return members;
}

std::string_view action_of(const Command& command) {
  return command.name().substr(command.name().find(' ') + 1);
}

void print_group_help(std::string_view group, const std::vector<Command*>& members,
                      std::ostream& out) {
  out << fmt::format(
      "Usage: tieout {} ACTION [FLAGS]\n\nActions (tieout {} ACTION --help tells "
      "its arguments, flags, units and defaults):\n",
      group, group);
  for (const Command* command : members) {
    out << fmt::format("  {:<10} {}\n", action_of(*command), command->summary());
  }
}

void print_help(const std::vector<std::unique_ptr<Command>>& commands, std::ostream& out) {
  out << "tieout: run a trading strategy, replay the run, prove that both made the same "
         "decisions\n\n"
         "Usage: tieout COMMAND [FLAGS]\n\nCommands ('-' and '_' are the same; COMMAND --help "
         "tells "
         "its flags, units and defaults):\n";
  std::size_t widest = 0;
  for (const auto& command : commands) widest = std::max(widest, command->name().size());
  for (const auto& command : commands) {
    out << fmt::format("  {:<{}} {}\n", command->name(), widest, command->summary());
  }
  out << "\nExit codes: 0 identical, equivalent or explained; 1 diverged; 2 usage or input error;\n"
         "            3 inconclusive; 4 evidence corrupt; 130 interrupted\n";
}

/// Commands of the flow say their failures as its stages do.
bool is_of_flow(const Command& command) {
  return command.name().substr(0, 10) == "reconcile_";
}

int fail(Session& session, const Error& error, const Command* command = nullptr) {
  if (command != nullptr && is_of_flow(*command)) {
    session.err << failure_text(error, command->name(), "");
  }
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

/// What the words of a command line before its flags mean.
struct Found {
  Command* command = nullptr;  // null: it was help, which is printed
  std::size_t words = 1;
};

Result<Found> find_in_group(const std::vector<Command*>& members,
                            const std::vector<std::string>& arguments, std::ostream& out) {
  const std::string_view name = members.front()->name();
  const std::string group(name.substr(0, name.find(' ')));
  if (arguments.size() > 1 &&
      (arguments[1] == "--help" || arguments[1] == "-h" || arguments[1] == "help")) {
    print_group_help(group, members, out);
    return Found{};
  }
  std::vector<std::string> actions;
  for (Command* command : members) {
    actions.emplace_back(action_of(*command));
    if (arguments.size() > 1 && joined_key(actions.back()) == joined_key(arguments[1])) {
      return Found{command, 2};
    }
  }
  if (arguments.size() == 1) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("{}: needed an action, one of {}; 'tieout {} --help' tells them",
                             group, fmt::join(actions, ", "), group)};
  }
  const std::string nearest = nearest_name(arguments[1], actions);
  return Error{
      ErrorCode::kUnknownName,
      fmt::format("{}: there is no action '{}'{}; 'tieout {} --help' lists all", group,
                  arguments[1],
                  nearest.empty() ? "" : fmt::format(", the nearest is '{}'", nearest), group)};
}

Result<Found> find_by_words(const std::vector<std::unique_ptr<Command>>& commands,
                            const std::vector<std::string>& arguments, std::ostream& out) {
  const std::string key = joined_key(command_key(arguments.front()));
  if (Command* command = find_command(commands, key); command != nullptr) {
    return Found{command, 1};
  }
  const std::vector<Command*> members = commands_of_group(commands, key);
  if (members.empty()) {
    return unknown_command(commands, arguments.front());
  }
  return find_in_group(members, arguments, out);
}

}  // namespace

bool ask(Session& session, std::string_view question) {
  session.err << question << " [y/N] " << std::flush;
  std::string answer;
  if (session.in == nullptr || !std::getline(*session.in, answer)) {
    return false;
  }
  std::transform(answer.begin(), answer.end(), answer.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return answer == "y" || answer == "yes";
}

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
  const Result<Found> found = find_by_words(commands, arguments, session.out);
  if (!found.ok()) {
    return fail(session, found.error());
  }
  Command* command = found->command;
  if (command == nullptr) {
    return 0;
  }
  const Result<HelpText> help = parse_flags(
      command->name(), command->summary(), command->flags(),
      std::vector<std::string>(arguments.begin() + static_cast<std::ptrdiff_t>(found->words),
                               arguments.end()));
  if (!help.ok()) {
    return fail(session, help.error(), command);
  }
  if (help->has_value()) {
    session.out << **help;
    return 0;
  }
  const Result<int> code = command->run(session);
  session.out.flush();
  return code.ok() ? *code : fail(session, code.error(), command);
}

}  // namespace tieout::cli
