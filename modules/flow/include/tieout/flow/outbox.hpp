#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/flow/alert.hpp"
#include "tieout/flow/alert_sink.hpp"
#include "tieout/flow/status.hpp"

namespace tieout::flow {

/// What a sink was last told of a model, so that it hears when the runs agree again.
struct SinkState {
  std::string run_id;   // of the bad run that it was told; empty: nothing is open
  std::string verdict;  // of that run
  int episode = 0;      // counts recoveries: the same news after one is news again
};

/// Alerts on their way: a directory beside the reconciliations of a model.
///
///   pending/{key}.{sink}.json   written before the first try
///   sent/{key}.{sink}.json      moved there when the receiver took it
///   state.json                  what each sink was told
///
/// A process that dies between a receiver's answer and the move sends again: at least once. The key
/// tells such doubles apart.
class Outbox {
 public:
  explicit Outbox(std::filesystem::path dir) : dir_(std::move(dir)) {}

  enum class Queued { kNew, kPending, kSent };
  /// Errors: kFileUnwritable, kDiskFull.
  Result<Queued> add(const Alert& alert, const std::string& sink);

  /// Send everything that is pending, oldest first, each alert to its sink with retries. One that
  /// fails stays, and the others are still tried; one whose sink is not in the config stays with
  /// that as its error. Errors: those of the directory.
  Result<std::vector<AlertRecord>> deliver(const AlertConfig& config, const Outside& outside);

  /// Empty when there is none. Errors: kMalformedData.
  Result<std::map<std::string, SinkState>> state() const;
  Status set_state(const std::map<std::string, SinkState>& state);

  const std::filesystem::path& dir() const { return dir_; }

 private:
  std::filesystem::path dir_;
};

/// The outboxes at or below a directory: itself, or those of
/// {dst_root_dir}/{model}/{run_mode}/alerts. Errors: kFileNotFound when there is none.
Result<std::vector<Outbox>> find_outboxes(const std::filesystem::path& dir);

}  // namespace tieout::flow
