#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/recon/compare.hpp"
#include "tieout/recon/policy.hpp"

namespace tieout::recon {

/// What became of a rule when its policy was tightened.
enum class TightenedTo : std::uint8_t {
  kNeeded,     // its tolerance is now what the runs needed
  kNotNeeded,  // it selected columns, but no cell needed it: its tolerance is now 0
  kNotUsed,    // it selected nothing, so nothing is known of it: kept as it is
  kNoNumber,   // exact, set, multiset, ignore: there is nothing to tighten
};
std::string_view to_string(TightenedTo to) noexcept;

struct TightenedRule {
  std::size_t line = 0;       // in the policy file
  std::string before, after;  // "rel(1e-06)"
  TightenedTo to = TightenedTo::kNoNumber;
};

struct TightenedPolicy {
  Policy policy;                     // with the hash of what it says now
  std::vector<TightenedRule> rules;  // in the order of the policy
};

/// The smallest tolerances by which comparisons would have come to the same verdicts.
///
/// Rule:    kinds, selectors and order of the rules stay, so that each cell keeps its rule. Both
///          numbers of abs+rel shrink by the same ratio; ticks and lots are whole unless the rule's
///          own number is needed. Waivers stay.
/// Errors:  none; results of another policy are programmer errors.
/// Source:  RuleResult::needed of comparisons with CompareOptions::measure_rules.
TightenedPolicy tighten(const Policy& policy, std::span<const PolicyResult> results);

}  // namespace tieout::recon
