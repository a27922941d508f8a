#include "matching_oracle.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <set>
#include <tuple>

namespace tieout::analytics::test {
namespace {

using Positions = std::vector<std::size_t>;

std::int64_t apart(Timestamp a, Timestamp b) {
  return std::abs(a.ns - b.ns);
}

class Oracle {
 public:
  Oracle(const std::vector<Trade>& left, const std::vector<Trade>& right,
         const MatchOptions& options)
      : sides_{&left, &right}, options_(options) {
    taken_[0].resize(left.size());
    taken_[1].resize(right.size());
    for (std::size_t side = 0; side < 2; ++side) {
      for (std::size_t i = 0; i < sides_[side]->size(); ++i) order_[side].push_back(i);
      std::ranges::sort(order_[side], {}, [&](std::size_t i) { return rank_key(side, i); });
    }
  }

  std::vector<OracleMatch> run() {
    identical();
    unique(
        MatchRule::kClientId, [](const Trade& t) { return t.client_id; }, false);
    unique(MatchRule::kBar, bar_key, true);
    unique(
        MatchRule::kParent, [](const Trade& t) { return t.parent; }, true);
    replaced();
    nearest(MatchRule::kWindow, true);
    sums();
    net();
    unique(
        MatchRule::kDrift, [](const Trade& t) { return t.parent; }, false);
    unique(MatchRule::kDrift, bar_key, false);
    nearest(MatchRule::kDrift, false);
    for (OracleMatch& match : found_) {
      std::ranges::sort(match.left);
      std::ranges::sort(match.right);
    }
    std::ranges::sort(found_);
    return found_;
  }

 private:
  const Trade& at(std::size_t side, std::size_t i) const { return (*sides_[side])[i]; }
  double size(const Trade& t) const {
    const double shares = std::abs(t.quantity);
    return options_.quantity_step > 0 ? std::nearbyint(shares / options_.quantity_step) : shares;
  }
  using Key =
      std::tuple<std::int64_t, bool, std::int64_t, double, bool, double, std::optional<Timestamp>,
                 std::optional<Timestamp>, TradeStatus, std::string, std::string, std::string>;
  Key rank_key(std::size_t side, std::size_t i) const {
    const Trade& t = at(side, i);
    const bool no_price = std::isnan(t.price);
    return {t.asset.value, t.quantity < 0, t.time.ns, size(t),     no_price, no_price ? 0 : t.price,
            t.bar,         t.end,          t.status,  t.client_id, t.parent, t.id};
  }
  static std::string bar_key(const Trade& t) { return t.bar ? to_iso(*t.bar) : ""; }
  static bool of_one_group(const Trade& a, const Trade& b) {
    return a.asset == b.asset && (a.quantity < 0) == (b.quantity < 0);
  }
  bool has_bars(const Trade& like) const {
    for (const auto* side : sides_) {
      for (const Trade& t : *side) {
        if (of_one_group(t, like) && !t.bar) return false;
      }
    }
    return true;
  }
  bool near(double a, double b) const {
    const double step = options_.quantity_step;
    return std::abs(a - b) <= (step > 0 ? std::floor(options_.quantity_tolerance / step + 1e-6)
                                        : std::max(options_.quantity_tolerance,
                                                   options_.quantity_relative * std::max(a, b)));
  }
  /// A chain of near sizes of the group leads from one to the other.
  bool of_one_size(const Trade& a, const Trade& b) const {
    std::set<double> between;
    for (const auto* side : sides_) {
      for (const Trade& t : *side) {
        if (of_one_group(t, a) && size(t) >= std::min(size(a), size(b)) &&
            size(t) <= std::max(size(a), size(b))) {
          between.insert(size(t));
        }
      }
    }
    for (auto i = between.begin(); std::next(i) != between.end(); ++i) {
      if (!near(*i, *std::next(i))) return false;
    }
    return true;
  }
  bool same_bar_or_near(const Trade& a, const Trade& b) const {
    return has_bars(a) ? a.bar == b.bar : apart(a.time, b.time) <= options_.window.ns;
  }
  /// Free positions of a group, by rank.
  Positions free(std::size_t side, const Trade& like) const {
    Positions positions;
    for (const std::size_t i : order_[side]) {
      if (!taken_[side][i] && of_one_group(at(side, i), like)) positions.push_back(i);
    }
    return positions;
  }
  void take(MatchRule rule, const Positions& left, const Positions& right) {
    for (const std::size_t i : left) taken_[0][i] = true;
    for (const std::size_t i : right) taken_[1][i] = true;
    found_.push_back({rule, left, right});
  }

  void identical() {
    for (std::size_t l = 0; l < sides_[0]->size(); ++l) {
      for (std::size_t r = 0; r < sides_[1]->size(); ++r) {
        const Trade& a = at(0, l);
        const Trade& b = at(1, r);
        const bool same_price = a.price == b.price || (std::isnan(a.price) && std::isnan(b.price));
        if (!a.id.empty() && a.id == b.id && of_one_group(a, b) && size(a) == size(b) &&
            a.time == b.time && same_price && a.status == b.status) {
          take(MatchRule::kIdentical, {l}, {r});
        }
      }
    }
  }

  void unique(MatchRule rule, const std::function<std::string(const Trade&)>& key, bool one_size) {
    Trade with_bar;
    with_bar.bar = Timestamp{};
    const bool by_bar = !key(with_bar).empty();
    for (std::size_t l = 0; l < sides_[0]->size(); ++l) {
      const Trade& a = at(0, l);
      if (taken_[0][l] || key(a).empty() || (by_bar && !has_bars(a))) continue;
      Positions same[2];
      for (std::size_t side = 0; side < 2; ++side) {
        for (const std::size_t i : free(side, a)) {
          if (key(at(side, i)) == key(a)) same[side].push_back(i);
        }
      }
      if (same[0].size() != 1 || same[1].size() != 1) continue;
      const Trade& b = at(1, same[1].front());
      const bool by_client = rule == MatchRule::kClientId;
      if ((!one_size || of_one_size(a, b)) && (by_client || by_bar || same_bar_or_near(a, b))) {
        take(rule, same[0], same[1]);
      }
    }
  }

  void nearest(MatchRule rule, bool one_size) {
    while (true) {
      using Pair = std::tuple<std::int64_t, std::int64_t, Key, Key, std::size_t, std::size_t>;
      std::optional<Pair> best;
      for (std::size_t l = 0; l < sides_[0]->size(); ++l) {
        for (std::size_t r = 0; r < sides_[1]->size(); ++r) {
          const Trade& a = at(0, l);
          const Trade& b = at(1, r);
          if (taken_[0][l] || taken_[1][r] || !of_one_group(a, b) ||
              (one_size && !of_one_size(a, b)) || apart(a.time, b.time) > options_.window.ns) {
            continue;
          }
          const Pair pair{apart(a.time, b.time),
                          std::min(a.time, b.time).ns,
                          rank_key(0, l),
                          rank_key(1, r),
                          l,
                          r};
          if (!best || pair < *best) best = pair;
        }
      }
      if (!best) return;
      take(rule, {std::get<4>(*best)}, {std::get<5>(*best)});
    }
  }

  std::vector<Positions> chains(std::size_t side) const {
    std::vector<Positions> all;  // of one or more, by their first
    std::vector<bool> linked(sides_[side]->size(), false);
    std::vector<std::optional<std::size_t>> next(sides_[side]->size());
    for (const std::size_t i : order_[side]) {
      const Trade& old = at(side, i);
      if (taken_[side][i] || old.status != TradeStatus::kCancelled) continue;
      bool after_i = false;
      for (const std::size_t j : free(side, old)) {
        if (j == i) {
          after_i = true;
          continue;
        }
        const Trade& t = at(side, j);
        const std::int64_t gap = t.time.ns - old.end.value_or(old.time).ns;
        const bool one_parent = old.parent.empty() || t.parent.empty() || old.parent == t.parent;
        const bool smaller = size(t) <= size(old) || of_one_size(t, old);
        if (after_i && gap >= 0 && gap <= options_.window.ns && !linked[j] && one_parent &&
            smaller) {
          next[i] = j;
          linked[j] = true;
          break;
        }
      }
    }
    for (const std::size_t i : order_[side]) {
      if (taken_[side][i] || linked[i]) continue;
      all.push_back({i});
      while (next[all.back().back()]) all.back().push_back(*next[all.back().back()]);
    }
    return all;
  }

  void replaced() {
    const std::vector<Positions> lefts = chains(0);
    const std::vector<Positions> rights = chains(1);
    using Pair = std::tuple<std::int64_t, std::int64_t, Key, Key, std::size_t, std::size_t>;
    std::vector<Pair> pairs;
    for (std::size_t l = 0; l < lefts.size(); ++l) {
      for (std::size_t r = 0; r < rights.size(); ++r) {
        const Trade& a = at(0, lefts[l].front());
        const Trade& b = at(1, rights[r].front());
        if (lefts[l].size() + rights[r].size() > 2 && of_one_group(a, b) && of_one_size(a, b) &&
            apart(a.time, b.time) <= options_.window.ns) {
          pairs.emplace_back(apart(a.time, b.time), std::min(a.time, b.time).ns,
                             rank_key(0, lefts[l].front()), rank_key(1, rights[r].front()), l, r);
        }
      }
    }
    std::ranges::sort(pairs);
    for (const Pair& pair : pairs) {
      const Positions& left = lefts[std::get<4>(pair)];
      const Positions& right = rights[std::get<5>(pair)];
      if (!taken_[0][left.front()] && !taken_[1][right.front()]) {
        take(MatchRule::kReplaced, left, right);
      }
    }
  }

  void sums() {
    struct Parent {
      std::size_t side, i;
    };
    std::vector<Parent> parents;
    for (std::size_t side = 0; side < 2; ++side) {
      for (const std::size_t i : order_[side]) parents.push_back({side, i});
    }
    std::ranges::stable_sort(parents, {}, [&](const Parent& p) {
      return std::pair(-size(at(p.side, p.i)), at(p.side, p.i).time);
    });
    for (const Parent& p : parents) {
      if (taken_[p.side][p.i]) continue;
      const Positions children = children_of(at(p.side, p.i), 1 - p.side);
      if (children.empty()) continue;
      if (p.side == 0) {
        take(MatchRule::kSplit, {p.i}, children);
      } else {
        take(MatchRule::kMerge, children, {p.i});
      }
    }
  }

  Positions children_of(const Trade& parent, std::size_t side) const {
    const Positions others = free(side, parent);
    for (const bool of_one_parent : {true, false}) {
      std::optional<std::tuple<std::int64_t, std::size_t, std::size_t>> best;
      Positions best_children;
      const auto consider = [&](const Positions& children, std::size_t first) {
        double sum = 0;
        std::int64_t furthest = 0;
        for (const std::size_t i : children) {
          sum += size(at(side, i));
          furthest = std::max(furthest, apart(at(side, i).time, parent.time));
        }
        const std::tuple order(furthest, children.size(), first);
        if (children.size() > 1 && furthest <= options_.window.ns && near(sum, size(parent)) &&
            (!best || order < *best)) {
          best = order;
          best_children = children;
        }
      };
      for (std::size_t a = 0; a < others.size(); ++a) {
        Positions run;
        if (of_one_parent) {
          const std::string& name = at(side, others[a]).parent;
          if (name.empty()) continue;
          for (const std::size_t i : others) {
            if (at(side, i).parent == name) run.push_back(i);
          }
          if (run.front() == others[a]) consider(run, a);
          continue;
        }
        for (std::size_t b = a; b < others.size(); ++b) {
          run.push_back(others[b]);
          consider(run, a);
        }
      }
      if (best) return best_children;
    }
    return {};
  }

  void net() {
    for (std::size_t side = 0; side < 2; ++side) {
      for (const std::size_t i : order_[side]) {
        if (taken_[side][i]) continue;
        const Trade& like = at(side, i);
        const bool bars = has_bars(like);
        // Grow the stretch around this trade until nothing more is within reach.
        Positions cell[2];
        cell[side] = {i};
        for (bool grows = true; grows;) {
          grows = false;
          for (std::size_t s = 0; s < 2; ++s) {
            for (const std::size_t j : free(s, like)) {
              if (std::ranges::find(cell[s], j) != cell[s].end()) continue;
              const auto reaches = [&](std::size_t t, std::size_t k) {
                return bars ? at(s, j).bar == at(t, k).bar
                            : apart(at(s, j).time, at(t, k).time) <= options_.window.ns;
              };
              if (std::ranges::any_of(cell[0], [&](std::size_t k) { return reaches(0, k); }) ||
                  std::ranges::any_of(cell[1], [&](std::size_t k) { return reaches(1, k); })) {
                cell[s].push_back(j);
                grows = true;
              }
            }
          }
        }
        double sums[2] = {0, 0};
        std::int64_t first = like.time.ns;
        std::int64_t last = like.time.ns;
        for (std::size_t s = 0; s < 2; ++s) {
          std::ranges::sort(cell[s], {}, [&](std::size_t j) { return rank_key(s, j); });
          for (const std::size_t j : cell[s]) {
            sums[s] += size(at(s, j));
            first = std::min(first, at(s, j).time.ns);
            last = std::max(last, at(s, j).time.ns);
          }
        }
        if (!cell[0].empty() && !cell[1].empty() && cell[0].size() + cell[1].size() > 2 &&
            (bars || last - first <= options_.window.ns) && near(sums[0], sums[1])) {
          take(MatchRule::kNet, cell[0], cell[1]);
        }
      }
    }
  }

  const std::vector<Trade>* sides_[2];
  MatchOptions options_;
  Positions order_[2];
  std::vector<bool> taken_[2];
  std::vector<OracleMatch> found_;
};

}  // namespace

std::vector<OracleMatch> match_slowly(const std::vector<Trade>& left,
                                      const std::vector<Trade>& right,
                                      const MatchOptions& options) {
  return Oracle(left, right, options).run();
}

std::vector<OracleMatch> plain(const MatchResult& result) {
  std::vector<OracleMatch> matches;
  for (const Match& match : result.matches) {
    matches.push_back({match.rule, match.left, match.right});
    std::ranges::sort(matches.back().left);
    std::ranges::sort(matches.back().right);
  }
  std::ranges::sort(matches);
  return matches;
}

}  // namespace tieout::analytics::test
