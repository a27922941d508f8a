#pragma once

#include <string>
#include <string_view>

#include "tieout/cli/command.hpp"
#include "tieout/system/run.hpp"

namespace tieout::cli {

/// Shows how far a run is: one line that rewrites itself on a terminal, a plain line for every
/// tenth of it elsewhere.
class ProgressLine {
 public:
  explicit ProgressLine(Session& session) : session_(session) {}
  ~ProgressLine() { finish(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const system::Progress& progress);
  /// Print a line above the progress line.
  void say(std::string_view line);
  /// Print an error that does not end the command, as one line.
  void complain(const Error& error);
  /// End the progress line.
  void finish();

 private:
  Session& session_;
  bool open_ = false;
  std::size_t tenths_ = 0;
};

}  // namespace tieout::cli
