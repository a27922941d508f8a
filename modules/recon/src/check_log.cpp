#include "check_log.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/assert.hpp"

#include "cell.hpp"

namespace tieout::recon {
namespace {

const CheckInfo& info_of(std::string_view id) {
  const CheckInfo* info = find_check(id);
  TIEOUT_ASSERT(info != nullptr);
  return *info;
}

}  // namespace

std::string_view to_string(CheckState state) noexcept {
  switch (state) {
    case CheckState::kPassed:
      return "passed";
    case CheckState::kViolated:
      return "violated";
    case CheckState::kReported:
      return "reported";
    case CheckState::kNotChecked:
      return "not checked";
  }
  return "unknown";
}

bool CheckReport::failed() const noexcept {
  return std::ranges::any_of(outcomes, [](const CheckOutcome& outcome) {
    return outcome.state == CheckState::kViolated &&
           default_severity(outcome.id) == Severity::kFail;
  });
}

CheckLog::CheckLog(CheckReport& out, std::string_view id, std::string run)
    : out_(out), info_(info_of(id)), run_(std::move(run)) {}

void CheckLog::violate(Violation violation) {
  ++violations_;
  const std::tuple key(violation.part, violation.column, violation.asset);
  if (groups_.size() >= kMaxGroups && groups_.find(key) == groups_.end()) {
    return;
  }
  Group& group = groups_[key];
  if (group.count++ == 0) {
    group.first = std::move(violation);
  }
}

void CheckLog::report(const Violation& what) {
  reported_ = true;
  reports_.push_back(finding_of(what, 1));
  reports_.back().severity = Severity::kReport;
}

Finding CheckLog::finding_of(const Violation& violation, std::uint64_t count) const {
  const Distance distance = no_distance();
  Finding finding;
  finding.check = info_.id;
  finding.layer = info_.layer;
  finding.kind = BreakKind::kCheck;
  finding.bar = violation.bar;
  finding.part = violation.part;
  finding.column = violation.column;
  finding.asset = violation.asset;
  finding.key = run_.empty() ? "" : "run=" + run_;
  finding.left = violation.found;
  finding.right = violation.needed;
  finding.abs_diff = distance.abs;
  finding.rel_diff = distance.rel;
  finding.remark = true;
  finding.severity = info_.severity;
  finding.rule = info_.tolerance;
  finding.note = violation.note;
  if (count > 1) {
    finding.note += fmt::format(" ({} times, this is the first)", count);
  }
  return finding;
}

CheckLog::~CheckLog() {
  CheckOutcome outcome;
  outcome.id = info_.id;
  outcome.run = run_;
  outcome.looked_at = looked_;
  outcome.violations = violations_;
  if (violations_ > 0) {
    outcome.state = CheckState::kViolated;
  } else if (reported_) {
    outcome.state = CheckState::kReported;
  } else if (looked_ > 0) {
    outcome.state = CheckState::kPassed;
  } else {
    outcome.note = why_.empty() ? "there is nothing of it in the log" : why_;
  }
  out_.outcomes.push_back(std::move(outcome));
  for (const auto& [key, group] : groups_) {
    out_.findings.push_back(finding_of(group.first, group.count));
  }
  std::ranges::move(reports_, std::back_inserter(out_.findings));
}

}  // namespace tieout::recon
