// What a config looks like to people, its identity, and how two of them differ.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "tieout/config/config.hpp"

#include "node.hpp"

namespace tieout::config {
namespace {

template <typename Node>
bool has_values(const Node& node) {
  return node.value ||
         std::ranges::any_of(node.children, [](const Node& c) { return has_values(c); });
}

template <typename Node>
void write_lines(const Node& node, std::size_t depth, std::string& out) {
  for (const Node& child : node.children) {
    if (!has_values(child)) {
      continue;
    }
    out.append(2 * depth, ' ');
    if (child.is_leaf) {
      out += fmt::format("{} (writer={}, type={}): {}\n", child.key, child.writer,
                         to_string(child.value->type()), to_text(*child.value));
    } else {
      out += child.key + ":\n";
      write_lines(child, depth + 1, out);
    }
  }
}

struct ValueHasher {
  Hasher& hasher;

  void operator()(std::monostate /*null*/) const {}
  void operator()(bool v) const { hasher.add_u64(v ? 1 : 0); }
  void operator()(std::int64_t v) const { hasher.add_i64(v); }
  void operator()(double v) const { hasher.add_f64(v); }
  void operator()(const std::string& v) const { hasher.add_text(v); }
  void operator()(Timestamp v) const { hasher.add_i64(v.ns); }
  void operator()(Duration v) const { hasher.add_i64(v.ns); }
  void operator()(TimeOfDay v) const { hasher.add_i64(v.since_midnight.ns); }
  void operator()(const List& v) const {
    hasher.add_u64(v.size());
    for (const Value& item : v) {
      add(item);
    }
  }

  void add(const Value& value) const {
    hasher.add_u64(static_cast<std::uint64_t>(value.type()));
    std::visit(*this, value.state());
  }
};

std::map<Path, Value> by_path(const Config& config) {
  std::map<Path, Value> values;
  for (Leaf& leaf : config.leaves()) {
    values.emplace(std::move(leaf.path), std::move(leaf.value));
  }
  return values;
}

}  // namespace

std::string Config::to_text() const {
  std::string out;
  write_lines(*root_, 0, out);
  return out;
}

Hash128 Config::content_hash() const {
  Hasher hasher;
  const ValueHasher values{hasher};
  for (const auto& [path, value] : by_path(*this)) {
    hasher.add_u64(path.size());
    for (const std::string& key : path) {
      hasher.add_text(key);
    }
    values.add(value);
  }
  return hasher.digest();
}

std::string_view to_string(DiffKind kind) noexcept {
  switch (kind) {
    case DiffKind::kOnlyLeft:
      return "only_left";
    case DiffKind::kOnlyRight:
      return "only_right";
    case DiffKind::kValue:
      return "value";
    case DiffKind::kType:
      return "type";
  }
  return "unknown";
}

std::vector<LeafDiff> diff(const Config& left, const Config& right) {
  const auto left_values = by_path(left);
  const auto right_values = by_path(right);
  std::vector<LeafDiff> differences;
  auto l = left_values.begin();
  auto r = right_values.begin();
  while (l != left_values.end() || r != right_values.end()) {
    if (r == right_values.end() || (l != left_values.end() && l->first < r->first)) {
      differences.push_back({l->first, DiffKind::kOnlyLeft, l->second, std::nullopt});
      ++l;
    } else if (l == left_values.end() || r->first < l->first) {
      differences.push_back({r->first, DiffKind::kOnlyRight, std::nullopt, r->second});
      ++r;
    } else {
      if (!(l->second == r->second)) {
        const bool same_type = l->second.type() == r->second.type();
        differences.push_back(
            {l->first, same_type ? DiffKind::kValue : DiffKind::kType, l->second, r->second});
      }
      ++l;
      ++r;
    }
  }
  return differences;
}

}  // namespace tieout::config
