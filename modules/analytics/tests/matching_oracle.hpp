#pragma once

#include <compare>
#include <vector>

#include "tieout/analytics/matching.hpp"

namespace tieout::analytics::test {

struct OracleMatch {
  MatchRule rule;
  std::vector<std::size_t> left, right;  // ascending
  friend auto operator<=>(const OracleMatch&, const OracleMatch&) = default;
};

/// The rule of docs/formats/matching.md, read off line by line: quadratic and worse. Sorted.
std::vector<OracleMatch> match_slowly(const std::vector<Trade>& left,
                                      const std::vector<Trade>& right, const MatchOptions& options);
/// The same form of a result.
std::vector<OracleMatch> plain(const MatchResult& result);

}  // namespace tieout::analytics::test
