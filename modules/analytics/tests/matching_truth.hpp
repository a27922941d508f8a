#pragma once

#include <cstdint>
#include <vector>

#include "tieout/analytics/matching.hpp"

// Two lists of fills whose true pairing is known, for the tests and the benchmark.
namespace tieout::analytics::test {

struct TruthOptions {
  std::uint64_t seed = 1;
  std::size_t decisions = 200;
  std::size_t assets = 3;
  Duration spacing = seconds(200);  // of the decisions of one asset and side, at least
  Duration skew = seconds(5);       // at most, of the right's clock
  double split = 0.1, merge = 0.1;  // shares of the decisions: cut up on one side
  double drop = 0.1;                // on one side only
  double resized = 0.1;             // of another quantity
  double replaced = 0.1;            // cancelled on one side and replaced
  double step = 0.001;
};

/// Positions of one decision's trades in both lists, ascending; one of them may be empty.
struct TruePair {
  std::vector<std::size_t> left, right;
  friend auto operator<=>(const TruePair&, const TruePair&) = default;
};

struct Truth {
  std::vector<Trade> left, right;  // shuffled
  std::vector<TruePair> pairs;     // sorted, without what is on one side only
};
Truth make_truth(const TruthOptions& options);

/// How much of the truth a result found, as whole pairings.
struct TruthScore {
  double precision = 0;              // of those found, the share that is true
  double precision_of_evidence = 0;  // of those found by any rule but drift
  double recall = 0;                 // of those that are true, the share that was found
};
TruthScore score(const MatchResult& result, const Truth& truth);

}  // namespace tieout::analytics::test
