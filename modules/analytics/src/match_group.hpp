#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "tieout/analytics/matching.hpp"

namespace tieout::analytics {

/// A trade while it is matched. What is looked at most stands here too, so that sorting a million
/// does not jump about in memory.
struct MatchItem {
  const Trade* trade = nullptr;
  std::size_t index = 0;  // in its list
  AssetId asset;
  Timestamp time;
  double size = 0;  // |quantity|, in lots where a step is given
  std::uint64_t id_hash = 0;
  std::uint32_t size_class = 0;  // sizes that count as one have one class
  bool is_sell = false;
  bool taken = false;
};
using MatchItems = std::vector<MatchItem>;

/// The trades of one asset and side, both sides by time and then by content.
struct MatchGroup {
  MatchItems left, right;
  bool has_bars = false;  // every one of them
};

/// The tolerance of sizes, in the unit of MatchItem::size.
class SizeRule {
 public:
  explicit SizeRule(const MatchOptions& options);
  bool are_near(double a, double b) const noexcept;
  /// Sizes in shares.
  double shares(double size) const noexcept { return step_ > 0 ? size * step_ : size; }

 private:
  double step_, tolerance_, relative_;
};

/// |a - b|; the largest Duration when that does not fit.
Duration distance(Timestamp a, Timestamp b) noexcept;

/// A pairing, as a pass found it: positions in MatchGroup::left and right, ascending.
struct FoundMatch {
  MatchRule rule;
  std::vector<std::size_t> left, right;
};

/// All passes over one group, in the order of MatchRule. Marks what was taken.
std::vector<FoundMatch> run_match_passes(MatchGroup& group, const SizeRule& sizes, Duration window);

/// Of one size, or of any: repeatedly the nearest pair in time within the window; ties go to the
/// earlier pair.
struct NearestPair {
  std::size_t left, right;
};
/// `left` and `right` are positions of items, ascending (so by time).
/// Cost: O(n log n).
std::vector<NearestPair> pair_nearest(const MatchItems& left, const std::vector<std::size_t>& lefts,
                                      const MatchItems& right,
                                      const std::vector<std::size_t>& rights, Duration window);

/// The passes that pair one with several; they mark what they take.
void match_replaced(MatchGroup& group, Duration window, std::vector<FoundMatch>& found);
void match_sums(MatchGroup& group, const SizeRule& sizes, Duration window,
                std::vector<FoundMatch>& found);
void match_net(MatchGroup& group, const SizeRule& sizes, Duration window,
               std::vector<FoundMatch>& found);

}  // namespace tieout::analytics
