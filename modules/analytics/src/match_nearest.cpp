#include <algorithm>
#include <queue>

#include "match_group.hpp"

namespace tieout::analytics {
namespace {

/// Items of one side at one instant; the nodes are a list, by time, the left before the right.
struct Node {
  Timestamp time;
  bool on_left = false;
  std::size_t next_item = 0, end_item = 0;  // in `lefts` or `rights`
  std::size_t before = 0, after = 0;        // of nodes; kNone at the ends

  bool is_empty() const noexcept { return next_item == end_item; }
};
constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

/// Two neighbours in the list, of different sides.
struct Edge {
  Duration apart;
  Timestamp first;
  std::size_t node, after;
};
struct IsFurther {
  bool operator()(const Edge& a, const Edge& b) const noexcept {
    return a.apart != b.apart ? a.apart > b.apart : a.first > b.first;
  }
};

std::vector<Node> make_nodes(const MatchItems& left, const std::vector<std::size_t>& lefts,
                             const MatchItems& right, const std::vector<std::size_t>& rights) {
  std::vector<Node> nodes;
  std::size_t l = 0;
  std::size_t r = 0;
  while (l < lefts.size() || r < rights.size()) {
    const bool on_left =
        r == rights.size() || (l < lefts.size() && left[lefts[l]].time <= right[rights[r]].time);
    const MatchItems& items = on_left ? left : right;
    const std::vector<std::size_t>& positions = on_left ? lefts : rights;
    std::size_t& next = on_left ? l : r;
    Node node{items[positions[next]].time, on_left, next, next, kNone, kNone};
    while (next < positions.size() && items[positions[next]].time == node.time) {
      ++next;
    }
    node.end_item = next;
    if (!nodes.empty()) {
      nodes.back().after = nodes.size();
      node.before = nodes.size() - 1;
    }
    nodes.push_back(node);
  }
  return nodes;
}

}  // namespace

// The nearest pair of all is always a pair of neighbours: what lies between two trades in time is
// nearer to one of them. A pair that is taken makes its neighbours neighbours.
std::vector<NearestPair> pair_nearest(const MatchItems& left, const std::vector<std::size_t>& lefts,
                                      const MatchItems& right,
                                      const std::vector<std::size_t>& rights, Duration window) {
  std::vector<NearestPair> pairs;
  if (lefts.empty() || rights.empty()) {
    return pairs;
  }
  std::vector<Node> nodes = make_nodes(left, lefts, right, rights);
  std::priority_queue<Edge, std::vector<Edge>, IsFurther> edges;
  const auto push = [&](std::size_t n) {
    if (n == kNone || nodes[n].after == kNone) {
      return;
    }
    const Node& node = nodes[n];
    const Node& after = nodes[node.after];
    const Duration apart = distance(node.time, after.time);
    if (node.on_left != after.on_left && apart <= window) {
      edges.push({apart, node.time, n, node.after});
    }
  };
  const auto unlink = [&](std::size_t n) {
    const Node& node = nodes[n];
    if (node.before != kNone) {
      nodes[node.before].after = node.after;
    }
    if (node.after != kNone) {
      nodes[node.after].before = node.before;
    }
  };
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    push(n);
  }
  while (!edges.empty()) {
    const Edge edge = edges.top();
    edges.pop();
    Node& a = nodes[edge.node];
    Node& b = nodes[edge.after];
    if (a.is_empty() || b.is_empty() || a.after != edge.after) {
      continue;
    }
    Node& l = a.on_left ? a : b;
    Node& r = a.on_left ? b : a;
    while (!l.is_empty() && !r.is_empty()) {
      pairs.push_back({lefts[l.next_item++], rights[r.next_item++]});
    }
    std::size_t from = edge.node;
    if (b.is_empty()) {
      unlink(edge.after);
    }
    if (a.is_empty()) {
      from = a.before;
      unlink(edge.node);
    }
    push(from);
    if (!a.is_empty()) {
      push(a.before);
    }
  }
  return pairs;
}

}  // namespace tieout::analytics
