#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "match_group.hpp"

namespace tieout::analytics {
namespace {

using Positions = std::vector<std::size_t>;

Timestamp saturated(Timestamp t, Duration d) {
  std::int64_t ns = 0;
  if (__builtin_add_overflow(t.ns, d.ns, &ns)) {
    return {d.ns > 0 ? std::numeric_limits<std::int64_t>::max()
                     : std::numeric_limits<std::int64_t>::min()};
  }
  return {ns};
}

/// Position of the first item at or after `time`.
std::size_t first_from(const MatchItems& items, Timestamp time) {
  return static_cast<std::size_t>(
      std::ranges::lower_bound(items, time, {}, [](const MatchItem& item) { return item.time; }) -
      items.begin());
}

/// Orders that follow each other: each but the last was cancelled, and the next replaced it.
/// Entry i is empty unless item i begins a chain of at least two.
struct Chains {
  std::vector<Positions> from;
  std::vector<bool> is_member;  // of a chain, but not its head
};

Chains find_chains(const MatchItems& items, Duration window) {
  Chains chains{std::vector<Positions>(items.size()), std::vector<bool>(items.size(), false)};
  std::vector<std::size_t> head(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Trade& old = *items[i].trade;
    head[i] = chains.is_member[i] ? head[i] : i;
    if (items[i].taken || old.status != TradeStatus::kCancelled) {
      continue;
    }
    const Timestamp end = old.end.value_or(old.time);
    for (std::size_t j = std::max(i + 1, first_from(items, end));
         j < items.size() && items[j].time <= saturated(end, window); ++j) {
      const Trade& next = *items[j].trade;
      const bool same_parent =
          old.parent.empty() || next.parent.empty() || old.parent == next.parent;
      if (items[j].taken || chains.is_member[j] || !same_parent ||
          items[j].size_class > items[i].size_class) {
        continue;
      }
      Positions& chain = chains.from[head[i]];
      if (chain.empty()) {
        chain.push_back(i);
      }
      chain.push_back(j);
      chains.is_member[j] = true;
      head[j] = head[i];
      break;
    }
  }
  return chains;
}

/// What one order of a side may have been split into on the other.
struct Children {
  Duration furthest;  // of a child from the parent
  std::size_t count = 0, first = 0;
  Positions positions;
  auto order() const { return std::tuple(furthest, count, first); }
};

/// The other side of match_sums: free items and those that share a parent.
class Pool {
 public:
  Pool(MatchItems& items, const SizeRule& sizes) : items_(items), sizes_(sizes) {
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (!items_[i].taken && !items_[i].trade->parent.empty()) {
        by_parent_[items_[i].trade->parent].push_back(i);
      }
    }
  }

  /// The best children of `parent`, if there are any.
  std::optional<Children> children_of(const MatchItem& parent, Duration window) const {
    Positions near;
    const Timestamp last = saturated(parent.time, window);
    for (std::size_t i = first_from(items_, saturated(parent.time, -window));
         i < items_.size() && items_[i].time <= last; ++i) {
      if (!items_[i].taken) {
        near.push_back(i);
      }
    }
    if (near.size() < 2) {
      return std::nullopt;
    }
    std::optional<Children> best = of_one_parent(parent, near, window);
    return best ? best : contiguous(parent, near);
  }

 private:
  Children make(const MatchItem& parent, Positions positions) const {
    Children children;
    for (const std::size_t i : positions) {
      children.furthest = std::max(children.furthest, distance(items_[i].time, parent.time));
    }
    children.count = positions.size();
    children.first = positions.front();
    children.positions = std::move(positions);
    return children;
  }

  static void keep_best(std::optional<Children>& best, Children found) {
    if (!best || found.order() < best->order()) {
      best = std::move(found);
    }
  }

  /// All free items that name one parent order, all of them near.
  std::optional<Children> of_one_parent(const MatchItem& parent, const Positions& near,
                                        Duration window) const {
    std::optional<Children> best;
    for (const std::size_t i : near) {
      const std::string& name = items_[i].trade->parent;
      if (name.empty()) {
        continue;
      }
      Positions positions;
      double sum = 0;
      for (const std::size_t j : by_parent_.at(name)) {
        if (!items_[j].taken) {
          positions.push_back(j);
          sum += items_[j].size;
        }
      }
      if (positions.front() != i || positions.size() < 2 || !sizes_.are_near(sum, parent.size)) {
        continue;
      }
      Children children = make(parent, std::move(positions));
      if (children.furthest <= window) {
        keep_best(best, std::move(children));
      }
    }
    return best;
  }

  /// Free items without another free one between them.
  std::optional<Children> contiguous(const MatchItem& parent, const Positions& near) const {
    std::optional<Children> best;
    for (std::size_t a = 0; a < near.size(); ++a) {
      double sum = items_[near[a]].size;
      for (std::size_t b = a + 1; b < near.size(); ++b) {
        sum += items_[near[b]].size;
        if (sizes_.are_near(sum, parent.size)) {
          keep_best(best,
                    make(parent, Positions(near.begin() + static_cast<std::ptrdiff_t>(a),
                                           near.begin() + static_cast<std::ptrdiff_t>(b) + 1)));
        } else if (sum > parent.size) {
          break;
        }
      }
    }
    return best;
  }

  MatchItems& items_;
  const SizeRule& sizes_;
  std::map<std::string_view, Positions> by_parent_;
};

void take_all(MatchGroup& group, FoundMatch match, std::vector<FoundMatch>& found) {
  for (const std::size_t i : match.left) {
    group.left[i].taken = true;
  }
  for (const std::size_t i : match.right) {
    group.right[i].taken = true;
  }
  found.push_back(std::move(match));
}

/// Free items of both sides in one stretch.
struct Cell {
  Positions left, right;
  Timestamp first, last;
};

/// Free items by bar, or by stretches of time in which neighbours are no further apart than the
/// window.
std::vector<Cell> cells_of(const MatchGroup& group, Duration window) {
  struct Entry {
    Timestamp at;
    bool on_left;
    std::size_t position;
  };
  std::vector<Entry> entries;
  for (const bool on_left : {true, false}) {
    const MatchItems& items = on_left ? group.left : group.right;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (!items[i].taken) {
        entries.push_back({group.has_bars ? *items[i].trade->bar : items[i].time, on_left, i});
      }
    }
  }
  std::ranges::stable_sort(entries, {}, &Entry::at);
  std::vector<Cell> cells;
  const Duration reach = group.has_bars ? Duration{} : window;
  for (const Entry& entry : entries) {
    if (cells.empty() || distance(cells.back().last, entry.at) > reach) {
      cells.push_back({{}, {}, entry.at, entry.at});
    }
    Cell& cell = cells.back();
    cell.last = entry.at;
    (entry.on_left ? cell.left : cell.right).push_back(entry.position);
  }
  return cells;
}

double sum_of(const MatchItems& items, const Positions& positions) {
  double sum = 0;
  for (const std::size_t i : positions) {
    sum += items[i].size;
  }
  return sum;
}

}  // namespace

void match_replaced(MatchGroup& group, Duration window, std::vector<FoundMatch>& found) {
  const Chains left = find_chains(group.left, window);
  const Chains right = find_chains(group.right, window);
  struct Candidate {
    Duration apart;
    Timestamp first;
    std::size_t left, right;
    auto order() const { return std::tuple(apart, first, left, right); }
  };
  std::vector<Candidate> candidates;
  const auto collect = [&](bool from_left) {
    const Chains& mine = from_left ? left : right;
    const Chains& theirs = from_left ? right : left;
    const MatchItems& items = from_left ? group.left : group.right;
    const MatchItems& others = from_left ? group.right : group.left;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (mine.from[i].empty()) {
        continue;
      }
      const Timestamp time = items[i].time;
      for (std::size_t j = first_from(others, saturated(time, -window));
           j < others.size() && others[j].time <= saturated(time, window); ++j) {
        const bool twice = !from_left && !theirs.from[j].empty();  // the left found it
        if (others[j].taken || theirs.is_member[j] || twice ||
            others[j].size_class != items[i].size_class) {
          continue;
        }
        candidates.push_back({distance(time, others[j].time), std::min(time, others[j].time),
                              from_left ? i : j, from_left ? j : i});
      }
    }
  };
  collect(true);
  collect(false);
  std::ranges::sort(candidates, {}, &Candidate::order);
  for (const Candidate& candidate : candidates) {
    if (group.left[candidate.left].taken || group.right[candidate.right].taken) {
      continue;
    }
    const auto members = [](const Chains& chains, std::size_t head) {
      return chains.from[head].empty() ? Positions{head} : chains.from[head];
    };
    take_all(group,
             {MatchRule::kReplaced, members(left, candidate.left), members(right, candidate.right)},
             found);
  }
}

void match_sums(MatchGroup& group, const SizeRule& sizes, Duration window,
                std::vector<FoundMatch>& found) {
  struct Parent {
    double size;
    Timestamp time;
    bool on_left;
    std::size_t position;
  };
  std::vector<Parent> parents;
  for (const bool on_left : {true, false}) {
    const MatchItems& items = on_left ? group.left : group.right;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (!items[i].taken) {
        parents.push_back({items[i].size, items[i].time, on_left, i});
      }
    }
  }
  // A larger one first: what is a part of it is not cut up before.
  std::ranges::stable_sort(parents, [](const Parent& a, const Parent& b) {
    return a.size != b.size ? a.size > b.size : a.time < b.time;
  });
  const Pool left(group.left, sizes);
  const Pool right(group.right, sizes);
  for (const Parent& parent : parents) {
    const MatchItem& item = (parent.on_left ? group.left : group.right)[parent.position];
    if (item.taken) {
      continue;
    }
    std::optional<Children> children = (parent.on_left ? right : left).children_of(item, window);
    if (!children) {
      continue;
    }
    FoundMatch match{parent.on_left ? MatchRule::kSplit : MatchRule::kMerge,
                     {parent.position},
                     std::move(children->positions)};
    if (!parent.on_left) {
      std::swap(match.left, match.right);
    }
    take_all(group, std::move(match), found);
  }
}

void match_net(MatchGroup& group, const SizeRule& sizes, Duration window,
               std::vector<FoundMatch>& found) {
  for (Cell& cell : cells_of(group, window)) {
    const bool is_short = group.has_bars || distance(cell.first, cell.last) <= window;
    if (is_short && !cell.left.empty() && !cell.right.empty() &&
        cell.left.size() + cell.right.size() > 2 &&
        sizes.are_near(sum_of(group.left, cell.left), sum_of(group.right, cell.right))) {
      take_all(group, {MatchRule::kNet, std::move(cell.left), std::move(cell.right)}, found);
    }
  }
}

}  // namespace tieout::analytics
