#include "tieout/flow/stages.hpp"

#include <algorithm>
#include <system_error>

#include <fmt/format.h>

#include "record.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;

constexpr Duration kLongestWait = seconds(60);

/// True when an output lacks the owner's write bit.
bool is_protected(const fs::path& path) {
  std::error_code code;
  const fs::file_status status = fs::status(path, code);
  return fs::exists(status) && (status.permissions() & fs::perms::owner_write) == fs::perms::none;
}

/// True when the last try that ran ended well, whether or not a later run skipped the stage.
bool was_finished(const StageStatus& stage) {
  return stage.history.empty() ? stage.status == "ok" : stage.history.back().status == "ok";
}

}  // namespace

Duration timeout_of(const StageControl& control, std::string_view stage) {
  const auto found = control.timeout_of.find(stage);
  return found == control.timeout_of.end() ? control.timeout : found->second;
}

std::vector<std::string> stage_names() {
  std::vector<std::string> names;
  for (const std::string_view name :
       {kCopyProdData, kDumpMarketData, kRunSim, kFastReport, kSlowReport, kList, kAllowUpdate}) {
    names.emplace_back(name);
  }
  return names;
}

bool is_transient(ErrorCode code) noexcept {
  return code == ErrorCode::kStoreLocked;
}

Status StageRunner::run(const Stage& stage) {
  if (context_.stop.load()) {
    worst_ = worse_exit(worst_, 130);
    return record_skip(recon_, stage.name, context_.now(), SkipReason::kStopped,
                       "stopped by a signal");
  }
  for (const std::string_view need : stage.needs) {
    if (made_.count(need) == 0) {
      return skip(stage.name, fmt::format("{} made nothing", need));
    }
  }
  TIEOUT_TRY(const bool kept, keep(stage));
  if (kept) {
    return {};
  }
  Reconciliation recon = recon_;
  recon.replace_outputs = recon_.control.resume;
  const Timestamp started = context_.now();
  context_.say(fmt::format("{} ...", stage.name));
  const Result<int> exit = run_with_retries(stage, recon);
  if (exit.ok()) {
    made_.emplace(stage.name);
    worst_ = worse_exit(worst_, *exit);
    context_.say(
        fmt::format("{} done in {:.2f} s", stage.name, to_seconds(context_.now() - started)));
  } else {
    worst_ = worse_exit(worst_, exit_code_of(exit.error()));
    tell(stage.name, exit.error());
  }
  return {};
}

Status StageRunner::replace(std::string_view name, const std::string& reason) {
  made_.emplace(name);
  context_.say(fmt::format("{} skipped: {}", name, reason));
  return record_skip(recon_, name, context_.now(), SkipReason::kReplaced, reason);
}

Status StageRunner::skip(std::string_view name, const std::string& reason) {
  context_.say(fmt::format("{} skipped: {}", name, reason));
  return record_skip(recon_, name, context_.now(), SkipReason::kNeeds, reason);
}

void StageRunner::tell(std::string_view stage, const Error& error) {
  if (context_.fail) {
    context_.fail(stage, error);
  } else {
    context_.complain(error);
  }
}

Result<bool> StageRunner::keep(const Stage& stage) {
  if (!recon_.control.resume || !stage.inputs) {
    return false;
  }
  const TargetLayout layout = target_layout(recon_.run);
  TIEOUT_TRY(const RunStatus status, read_status(layout.status));
  const StageStatus* before = find_stage(status, stage.name);
  const bool finished = before != nullptr && before->status == "ok";
  std::string why = "it is half made";
  if (before == nullptr || before->status == "skipped") {
    why = "it was not begun";
  } else if (finished) {
    const Result<std::string> inputs = stage.inputs();
    if (!inputs.ok() || before->inputs_sha256.empty() || *inputs != before->inputs_sha256) {
      why = inputs.ok() ? "its inputs changed"
                        : "its inputs cannot be read: " + inputs.error().message;
    } else {
      const Result<std::string> outputs = digest_of_outputs(layout.root, before->outputs);
      if (outputs.ok() && *outputs == before->outputs_sha256) {
        made_.emplace(stage.name);
        worst_ = worse_exit(worst_, before->exit);
        context_.say(fmt::format("{} kept: done {}", stage.name, before->ended));
        return true;
      }
      why = outputs.ok() ? "its outputs changed"
                         : "its outputs are not whole: " + outputs.error().message;
    }
  }
  TIEOUT_CHECK(prepare(stage, before, why));
  context_.say(fmt::format("{} is done anew: {}", stage.name, why));
  return false;
}

Status StageRunner::prepare(const Stage& stage, const StageStatus* before, const std::string& why) {
  std::error_code code;
  for (const fs::path& output : stage.outputs) {
    if (!fs::exists(output, code)) {
      continue;
    }
    if (before != nullptr && was_finished(*before) && is_protected(output)) {
      return Error{ErrorCode::kFileUnwritable,
                   fmt::format("{}: {}, and '{}' is finished and write-protected; give "
                               "--backup-dir-if-exists instead of --resume to keep it and make a "
                               "new one, or chmod -R u+w it first",
                               stage.name, why, output.string())};
    }
    // Half made: what protects it was the first try's last step, if it came to it.
    TIEOUT_CHECK(set_write_bits(output, WriteBits::kAdd));
  }
  return {};
}

Result<int> StageRunner::run_in_time(const Stage& stage, const Reconciliation& recon) {
  const Duration timeout = timeout_of(recon.control, stage.name);
  std::atomic<bool> stop{context_.stop.load()};
  Context inner{context_.registry, context_.now,  context_.say, context_.complain, nullptr, stop,
                context_.outside,  context_.wait, context_.ask};
  inner.outer_stop = &context_.stop;
  if (timeout.ns > 0) {
    inner.deadline = context_.now() + timeout;
  }
  // A simulation looks at the flag before each bar; it tells of each bar that is done.
  inner.progress = [&](const system::Progress& progress) {
    if (context_.progress) {
      context_.progress(progress);
    }
    if (context_.stop.load() || (inner.deadline.has_value() && context_.now() >= *inner.deadline)) {
      stop.store(true);
    }
  };
  const Context& given = timeout.ns > 0 ? inner : context_;
  return run_stage(recon, stage.name, given, [&]() -> Result<StageOutcome> {
    Result<StageOutcome> outcome = stage.run(recon, given);
    const bool timed_out = !outcome.ok() && !context_.stop.load() && inner.deadline.has_value() &&
                           (outcome.error().code == ErrorCode::kTimeout ||
                            outcome.error().code == ErrorCode::kInterrupted) &&
                           context_.now() >= *inner.deadline;
    if (timed_out) {
      return Error{
          ErrorCode::kTimeout,
          fmt::format("{}: was stopped after {} s, its time was {} s "
                      "(--stage-timeout-secs); nothing of it is kept; give it more, or see "
                      "what it waits for",
                      stage.name, to_seconds(context_.now() - *inner.deadline + timeout),
                      to_seconds(timeout))};
    }
    return outcome;
  });
}

Result<int> StageRunner::run_with_retries(const Stage& stage, const Reconciliation& recon) {
  Duration wait = recon.control.first_wait;
  for (int retry = 1;; ++retry) {
    Result<int> exit = run_in_time(stage, recon);
    if (exit.ok() || retry > recon.control.retries || !is_transient(exit.error().code) ||
        context_.stop.load()) {
      return exit;
    }
    context_.complain(exit.error());  // It is no failure yet.
    context_.say(fmt::format("{}: that may pass, trying again in {} s ({} of {})", stage.name,
                             to_seconds(wait), retry, recon.control.retries));
    if (context_.wait) {
      context_.wait(wait);
    }
    wait = std::min(Duration{wait.ns * 2}, kLongestWait);
  }
}

}  // namespace tieout::flow
