#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tieout/cli/command.hpp"
#include "tieout/reference/profile_dag.hpp"

namespace tieout::cli {

/// What the reference made of a comparison, on the way to the terminal or to JSON.
struct ProfileOutcome {
  std::string_view command;
  std::string_view function;  // of the reference
  const std::optional<reference::Raised>& raised;
  const std::vector<std::string>& warnings;
  const reference::HiddenByProfile& hidden;
  bool nothing_compared = false;
};

/// Print the text form: the outcome in a word, `body`, warnings, what is hidden.
void print_text(Session& session, const ProfileOutcome& outcome, std::string_view body);

/// Exit code: 0 when the reference passes or warns, 1 when it raises because of a difference, 3
/// when nothing was compared. Errors: kInvalidArgument when it raises because of an argument.
Result<int> exit_code_of(const ProfileOutcome& outcome);

/// The comparison of two frames.
Result<int> report(Session& session, std::string_view command, std::string_view function,
                   const reference::DfsComparison& comparison, bool as_json);

/// A frame as CSV, or as JSON with the keys of a frame of differences.
void print_frame(Session& session, const frames::Frame& frame, bool as_json);

/// Gathers the bars of a comparison of node outputs and prints them at the end. JSON holds the
/// frames of differences as long as they have at most `kMaxCells` cells together.
class DagReport {
 public:
  static constexpr std::size_t kMaxCells = 1'000'000;

  explicit DagReport(bool as_json);
  ~DagReport();
  void add(const reference::DagBarDiff& bar);
  Result<int> print(Session& session, std::string_view command, std::string_view function,
                    const reference::DagComparison& comparison);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The statistics of differences at several levels of aggregation.
class StatsReport {
 public:
  explicit StatsReport(bool as_json);
  ~StatsReport();
  void add(const std::string& level, const reference::DiffStats& stats);
  void print(Session& session) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tieout::cli
