#include "tieout/recon/tighten.hpp"

#include <algorithm>

#include "tieout/core/assert.hpp"
#include "tieout/core/hash.hpp"

namespace tieout::recon {
namespace {

/// Set the rule's tolerance to `needed`; false when it has none.
bool set_tolerance(PolicyRule& rule, double needed) {
  switch (rule.kind) {
    case RuleKind::kUlp:
      rule.count = std::min(rule.count, static_cast<std::uint64_t>(needed));
      return true;
    case RuleKind::kAbs:
      rule.abs = needed;
      return true;
    case RuleKind::kRel:
      rule.rel = needed;
      return true;
    case RuleKind::kAbsRel:
      rule.abs *= needed;
      rule.rel *= needed;
      return true;
    case RuleKind::kTicks:
    case RuleKind::kLots:
    case RuleKind::kBps:
      rule.units = needed;
      return true;
    case RuleKind::kTime:
      if (needed < static_cast<double>(rule.time.ns)) {
        rule.time = nanoseconds(static_cast<std::int64_t>(needed));
      }
      return true;
    case RuleKind::kExact:
    case RuleKind::kSet:
    case RuleKind::kMultiset:
    case RuleKind::kIgnore:
      break;
  }
  return false;
}

}  // namespace

std::string_view to_string(TightenedTo to) noexcept {
  switch (to) {
    case TightenedTo::kNeeded:
      return "needed";
    case TightenedTo::kNotNeeded:
      return "not needed";
    case TightenedTo::kNotUsed:
      return "not used";
    case TightenedTo::kNoNumber:
      return "no number";
  }
  return "unknown";
}

TightenedPolicy tighten(const Policy& policy, std::span<const PolicyResult> results) {
  TightenedPolicy out;
  out.policy = policy;
  for (std::size_t r = 0; r < policy.rules.size(); ++r) {
    bool used = false;
    double needed = 0;
    for (const PolicyResult& result : results) {
      TIEOUT_ASSERT(result.hash == policy.hash && result.rules.size() == policy.rules.size());
      used = used || result.rules[r].used;
      needed = std::max(needed, result.rules[r].needed);
    }
    PolicyRule tightened = policy.rules[r];
    TightenedRule rule;
    rule.line = tightened.line;
    rule.before = to_string(tightened);
    if (set_tolerance(tightened, needed)) {
      rule.to = !used ? TightenedTo::kNotUsed
                      : (needed > 0 ? TightenedTo::kNeeded : TightenedTo::kNotNeeded);
      if (used) {
        out.policy.rules[r] = tightened;
      }
    }
    rule.after = to_string(out.policy.rules[r]);
    out.rules.push_back(std::move(rule));
  }
  out.policy.hash = sha256_hex(to_toml(out.policy));
  return out;
}

}  // namespace tieout::recon
