#include <atomic>
#include <chrono>
#include <csignal>
#include <exception>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include "tieout/cli/command.hpp"

namespace {

// A handler reaches nothing but a global; this one is the only one of the program.
std::atomic<bool> stop_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch this");

extern "C" void request_stop(int signal_number) {
  stop_requested.store(true);
  // A second signal ends the process at once.
  std::signal(signal_number, SIG_DFL);
}

tieout::Timestamp wall_clock() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch).count()};
}

std::map<std::string, std::string> environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) {
      variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return variables;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGINT, request_stop);
  std::signal(SIGTERM, request_stop);
  std::signal(SIGPIPE, SIG_IGN);  // A closed pipe is a write error, not the end of a run.
  tieout::cli::Session session{std::cout,
                               std::cerr,
                               ::isatty(STDERR_FILENO) == 1,
                               wall_clock,
                               stop_requested,
                               environment(),
                               ::isatty(STDIN_FILENO) == 1 ? &std::cin : nullptr};
  try {
    return tieout::cli::run(std::vector<std::string>(argv + 1, argv + argc), session);
  } catch (const std::exception& error) {
    std::cerr << "tieout: unexpected " << error.what() << ": this is a defect, report it\n";
    return 2;
  }
}
