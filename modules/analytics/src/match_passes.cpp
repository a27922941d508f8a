#include <algorithm>
#include <cmath>
#include <utility>

#include "match_group.hpp"

namespace tieout::analytics {
namespace {

/// Positions that no pass took.
std::vector<std::size_t> free_positions(const MatchItems& items) {
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!items[i].taken) {
      positions.push_back(i);
    }
  }
  return positions;
}

void take(MatchGroup& group, MatchRule rule, std::size_t left, std::size_t right,
          std::vector<FoundMatch>& found) {
  group.left[left].taken = true;
  group.right[right].taken = true;
  found.push_back({rule, {left}, {right}});
}

bool has_same_content(const MatchItem& a, const MatchItem& b) {
  const bool same_price = a.trade->price == b.trade->price ||
                          (std::isnan(a.trade->price) && std::isnan(b.trade->price));
  return a.size == b.size && same_price && a.time == b.time && a.trade->status == b.trade->status;
}

bool is_same_bar_or_near(const MatchGroup& group, const MatchItem& a, const MatchItem& b,
                         Duration window) {
  return group.has_bars ? a.trade->bar == b.trade->bar : distance(a.time, b.time) <= window;
}

/// Pair what is the only free one of its key on both sides, where `accept` agrees. An item whose
/// key `is_known` denies has none.
template <typename Key, typename IsKnown, typename Accept>
void match_unique(MatchGroup& group, MatchRule rule, const Key& key, const IsKnown& is_known,
                  const Accept& accept, std::vector<FoundMatch>& found) {
  const auto keyed = [&](const MatchItems& items) {
    std::vector<std::size_t> positions = free_positions(items);
    std::erase_if(positions, [&](std::size_t i) { return !is_known(*items[i].trade); });
    std::ranges::stable_sort(positions, [&](std::size_t a, std::size_t b) {
      return key(*items[a].trade) < key(*items[b].trade);
    });
    return positions;
  };
  const std::vector<std::size_t> lefts = keyed(group.left);
  const std::vector<std::size_t> rights = keyed(group.right);
  const auto run_end = [&](const MatchItems& items, const std::vector<std::size_t>& positions,
                           std::size_t begin) {
    std::size_t end = begin + 1;
    while (end < positions.size() &&
           key(*items[positions[end]].trade) == key(*items[positions[begin]].trade)) {
      ++end;
    }
    return end;
  };
  std::size_t l = 0;
  std::size_t r = 0;
  while (l < lefts.size() && r < rights.size()) {
    const MatchItem& left = group.left[lefts[l]];
    const MatchItem& right = group.right[rights[r]];
    if (key(*left.trade) < key(*right.trade)) {
      l = run_end(group.left, lefts, l);
    } else if (key(*right.trade) < key(*left.trade)) {
      r = run_end(group.right, rights, r);
    } else {
      const std::size_t left_end = run_end(group.left, lefts, l);
      const std::size_t right_end = run_end(group.right, rights, r);
      if (left_end == l + 1 && right_end == r + 1 && accept(left, right)) {
        take(group, rule, lefts[l], rights[r], found);
      }
      l = left_end;
      r = right_end;
    }
  }
}

const std::string& client_id_of(const Trade& trade) {
  return trade.client_id;
}
const std::string& parent_of(const Trade& trade) {
  return trade.parent;
}
Timestamp bar_of(const Trade& trade) {
  return *trade.bar;
}

void match_identical(MatchGroup& group, std::vector<FoundMatch>& found) {
  const auto by_hash = [](const MatchItems& items) {
    std::vector<std::pair<std::uint64_t, std::size_t>> hashes;
    for (std::size_t i = 0; i < items.size(); ++i) {
      hashes.emplace_back(items[i].id_hash, i);
    }
    std::ranges::sort(hashes);
    return hashes;
  };
  const auto lefts = by_hash(group.left);
  const auto rights = by_hash(group.right);
  auto first = rights.begin();
  for (const auto& [hash, l] : lefts) {
    const MatchItem& left = group.left[l];
    while (first != rights.end() && first->first < hash) ++first;
    for (auto r = first; r != rights.end() && r->first == hash && !left.trade->id.empty(); ++r) {
      const MatchItem& right = group.right[r->second];
      if (left.trade->id == right.trade->id && has_same_content(left, right)) {
        take(group, MatchRule::kIdentical, l, r->second, found);
      }
    }
  }
}

void match_by_name(MatchGroup& group, Duration window, std::vector<FoundMatch>& found) {
  match_identical(group, found);
  match_unique(
      group, MatchRule::kClientId, client_id_of,
      [](const Trade& t) { return !t.client_id.empty(); },
      [](const MatchItem&, const MatchItem&) { return true; }, found);
  const auto of_one_size = [](const MatchItem& a, const MatchItem& b) {
    return a.size_class == b.size_class;
  };
  if (group.has_bars) {
    match_unique(
        group, MatchRule::kBar, bar_of, [](const Trade&) { return true; }, of_one_size, found);
  }
  match_unique(
      group, MatchRule::kParent, parent_of, [](const Trade& t) { return !t.parent.empty(); },
      [&](const MatchItem& a, const MatchItem& b) {
        return of_one_size(a, b) && is_same_bar_or_near(group, a, b, window);
      },
      found);
}

/// Of one size, nearest in time.
void match_window(MatchGroup& group, Duration window, std::vector<FoundMatch>& found) {
  const auto by_class = [](const MatchItems& items) {
    std::vector<std::size_t> positions = free_positions(items);
    std::ranges::stable_sort(positions, {}, [&](std::size_t i) { return items[i].size_class; });
    return positions;
  };
  const std::vector<std::size_t> lefts = by_class(group.left);
  const std::vector<std::size_t> rights = by_class(group.right);
  auto r = rights.begin();
  for (auto l = lefts.begin(); l != lefts.end();) {
    const std::uint32_t size_class = group.left[*l].size_class;
    const auto left_end = std::find_if(
        l, lefts.end(), [&](std::size_t i) { return group.left[i].size_class != size_class; });
    r = std::find_if(r, rights.end(),
                     [&](std::size_t i) { return group.right[i].size_class >= size_class; });
    const auto right_end = std::find_if(
        r, rights.end(), [&](std::size_t i) { return group.right[i].size_class != size_class; });
    const bool is_one_pair = left_end - l == 1 && right_end - r == 1;  // most are
    if (is_one_pair && distance(group.left[*l].time, group.right[*r].time) <= window) {
      take(group, MatchRule::kWindow, *l, *r, found);
    } else if (!is_one_pair) {
      for (const NearestPair& pair :
           pair_nearest(group.left, {l, left_end}, group.right, {r, right_end}, window)) {
        take(group, MatchRule::kWindow, pair.left, pair.right, found);
      }
    }
    l = left_end;
    r = right_end;
  }
}

void match_drift(MatchGroup& group, Duration window, std::vector<FoundMatch>& found) {
  match_unique(
      group, MatchRule::kDrift, parent_of, [](const Trade& t) { return !t.parent.empty(); },
      [&](const MatchItem& a, const MatchItem& b) {
        return is_same_bar_or_near(group, a, b, window);
      },
      found);
  if (group.has_bars) {
    match_unique(
        group, MatchRule::kDrift, bar_of, [](const Trade&) { return true; },
        [](const MatchItem&, const MatchItem&) { return true; }, found);
  }
  for (const NearestPair& pair : pair_nearest(group.left, free_positions(group.left), group.right,
                                              free_positions(group.right), window)) {
    take(group, MatchRule::kDrift, pair.left, pair.right, found);
  }
}

}  // namespace

Duration distance(Timestamp a, Timestamp b) noexcept {
  std::int64_t apart = 0;
  if (__builtin_sub_overflow(std::max(a, b).ns, std::min(a, b).ns, &apart)) {
    return {std::numeric_limits<std::int64_t>::max()};
  }
  return {apart};
}

SizeRule::SizeRule(const MatchOptions& options)
    : step_(options.quantity_step),
      tolerance_(options.quantity_step > 0
                     ? std::floor(options.quantity_tolerance / options.quantity_step + 1e-6)
                     : options.quantity_tolerance),
      relative_(options.quantity_step > 0 ? 0 : options.quantity_relative) {}

bool SizeRule::are_near(double a, double b) const noexcept {
  return std::abs(a - b) <= std::max(tolerance_, relative_ * std::max(a, b));
}

std::vector<FoundMatch> run_match_passes(MatchGroup& group, const SizeRule& sizes,
                                         Duration window) {
  std::vector<FoundMatch> found;
  if (group.left.empty() || group.right.empty()) {
    return found;
  }
  match_by_name(group, window, found);
  match_replaced(group, window, found);
  match_window(group, window, found);
  match_sums(group, sizes, window, found);
  match_net(group, sizes, window, found);
  match_drift(group, window, found);
  return found;
}

}  // namespace tieout::analytics
