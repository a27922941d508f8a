#pragma once

#include <atomic>
#include <functional>
#include <istream>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/cli/flags.hpp"
#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"

namespace tieout::cli {

/// What a command sees of the process. Everything comes in here, so that a test can be the process.
struct Session {
  std::ostream& out;
  std::ostream& err;
  bool terminal = false;           // progress may rewrite its line on `err`
  std::function<Timestamp()> now;  // wall clock: names of artefacts, status, log lines
  const std::atomic<bool>& stop;   // set by SIGINT and SIGTERM
  std::map<std::string, std::string> environment = {};  // may hold secrets: never printed
  std::istream* in = nullptr;  // a person's answers; null without a terminal

  /// The same process with another standard output.
  Session with_output(std::ostream& other) const {
    return {other, err, terminal, now, stop, environment, in};
  }
};

/// Put a question on `err` and read the answer. True for "y" and "yes" in any case.
bool ask(Session& session, std::string_view question);

/// One command of the program: parse, call, render.
class Command {
 public:
  virtual ~Command() = default;
  /// As in the guide: "reconcile_run_all".
  virtual std::string_view name() const noexcept = 0;
  /// Other names that mean this command.
  virtual std::vector<std::string> aliases() const { return {}; }
  /// One line for the list of commands.
  virtual std::string_view summary() const noexcept = 0;
  virtual std::vector<Flag> flags() = 0;
  /// Returns: the exit code (DESIGN: 0 equal, 1 diverged, 2 trouble, 3 inconclusive, 4 corrupt, 130
  /// interrupted).
  virtual Result<int> run(Session& session) = 0;
};

/// All commands, in the order in which --help lists them.
std::vector<std::unique_ptr<Command>> make_commands();

/// Run `tieout ARGUMENTS...`: find the command, parse, run, print an error as one line on `err`.
int run(const std::vector<std::string>& arguments, Session& session);

}  // namespace tieout::cli
