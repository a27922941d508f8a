#include "tieout/config/config.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tieout/core/assert.hpp"

#include "node.hpp"
#include "suggest.hpp"

namespace tieout::config {
namespace {

Error unknown_key(const Path& path, const std::vector<Path>& known) {
  if (path.empty()) {
    return Error{ErrorCode::kUnknownConfigKey,
                 "config: found an empty path, needed at least one key"};
  }
  std::string message = fmt::format("config: unknown key '{}'", to_string(path));
  if (const Path* nearest = nearest_path(path, known)) {
    std::string keys;
    for (const std::string& key : *nearest) {
      keys += fmt::format("{}\"{}\"", keys.empty() ? "" : ",", key);
    }
    message += fmt::format("; the nearest is '{}', written ({})", to_string(*nearest), keys);
  } else {
    message += "; this config declares no key";
  }
  return Error{ErrorCode::kUnknownConfigKey, std::move(message)};
}

Error wrong_type(std::string message) {
  return Error{ErrorCode::kConfigTypeMismatch, std::move(message)};
}

/// At most ten keys of a sub-config, for messages.
template <typename Children>
std::string key_list(const Children& children) {
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(children.size(), 10); ++i) {
    text += (i == 0 ? "" : ", ") + children[i].key;
  }
  return children.size() > 10 ? text + ", ..." : text;
}

Path joined(const Path& base, const Path& relative) {
  Path path = base;
  path.insert(path.end(), relative.begin(), relative.end());
  return path;
}

/// Add the path of every key below `node`, depth first.
template <typename Node>
void collect_paths(const Node& node, Path& prefix, std::vector<Path>& out) {
  for (const Node& child : node.children) {
    prefix.push_back(child.key);
    out.push_back(prefix);
    collect_paths(child, prefix, out);
    prefix.pop_back();
  }
}

template <typename Node>
std::vector<Path> all_paths(const Node& root) {
  std::vector<Path> out;
  Path prefix;
  collect_paths(root, prefix, out);
  return out;
}

template <typename Node>
void collect_leaves(const Node& node, Path& prefix, std::vector<Leaf>& out) {
  for (const Node& child : node.children) {
    prefix.push_back(child.key);
    if (child.value) {
      out.push_back({prefix, *child.value, child.writer});
    }
    collect_leaves(child, prefix, out);
    prefix.pop_back();
  }
}

/// The node at `path`, made with its parents where it is missing. Declarations are code, so a path
/// through a leaf is a programmer error.
template <typename Node>
Node& make_node(Node& root, const Path& path, bool is_leaf) {
  TIEOUT_ASSERT(!path.empty());
  Node* node = &root;
  for (std::size_t i = 0; i < path.size(); ++i) {
    TIEOUT_ASSERT(!node->is_leaf && !path[i].empty());
    Node* next = node->child(path[i]);
    if (next == nullptr) {
      next = &node->children.emplace_back();
      next->key = path[i];
      next->is_leaf = is_leaf && i + 1 == path.size();
    }
    node = next;
  }
  TIEOUT_ASSERT(node->is_leaf == is_leaf);
  return *node;
}

/// Why a leaf may not be set to `value`, or nothing.
template <typename Node>
Status check_type(const Node& node, const Path& path, const Value& value) {
  if (node.accepts_type(value.type())) {
    return {};
  }
  const ValueType needed = node.accepts.empty() ? ValueType::kNull : node.accepts.front();
  return wrong_type(
      fmt::format("config: '{}' is of type {}{}, found {} of type {}: {}", to_string(path),
                  type_names(node.accepts),
                  node.value ? fmt::format(" (now {})", config::to_text(*node.value)) : "",
                  config::to_text(value), to_string(value.type()), form_to_write(needed, value)));
}

}  // namespace

std::string to_string(const Path& path) {
  std::string text;
  for (const std::string& key : path) {
    text += (text.empty() ? "" : ".") + key;
  }
  return text;
}

Config::Config() : root_(std::make_unique<Node>()) {}
Config::~Config() = default;
Config::Config(const Config& other) : root_(std::make_unique<Node>(*other.root_)) {}
Config& Config::operator=(const Config& other) {
  if (this != &other) {
    root_ = std::make_unique<Node>(*other.root_);
  }
  return *this;
}
Config::Config(Config&&) noexcept = default;
Config& Config::operator=(Config&&) noexcept = default;

void Config::declare(const Path& path, Value default_value, std::string_view writer) {
  Node& node = make_node(*root_, path, true);
  const ValueType type = default_value.type();
  // A new default of another type replaces the old default's type; what declare_optional() added
  // stays. None after a type, or a type after None, keeps both.
  if (!node.accepts_type(type)) {
    const bool keeps_old =
        type == ValueType::kNull || (node.value && node.value->is_null()) || !node.value;
    if (!keeps_old) {
      std::erase(node.accepts, node.value->type());
    }
    node.accepts.insert(type == ValueType::kNull ? node.accepts.end() : node.accepts.begin(), type);
  }
  node.value = std::move(default_value);
  node.writer = writer;
}

void Config::declare_optional(const Path& path, std::initializer_list<ValueType> types) {
  Node& node = make_node(*root_, path, true);
  for (const ValueType type : types) {
    if (!node.accepts_type(type)) {
      // kNull last: messages name the type that a value should have.
      const auto null = std::ranges::find(node.accepts, ValueType::kNull);
      node.accepts.insert(null, type);
    }
  }
}

bool Config::contains(const Path& path) const noexcept {
  const Node* node = root_->at(path);
  return node != nullptr && (!node->is_leaf || node->value);
}

const Value* Config::find(const Path& path) const noexcept {
  const Node* node = root_->at(path);
  return node != nullptr && node->value ? &*node->value : nullptr;
}

Result<const Value*> Config::leaf_at(const Path& path) const {
  const Node* node = path.empty() ? nullptr : root_->at(path);
  if (node == nullptr) {
    return unknown_key(path, all_paths(*root_));
  }
  if (!node->is_leaf) {
    return wrong_type(fmt::format("config: '{}' is a sub-config (keys: {}), needed a leaf",
                                  to_string(path), key_list(node->children)));
  }
  return node->value ? &*node->value : nullptr;
}

template <typename T>
Result<T> Config::get_as(const Path& path, ValueType needed) const {
  TIEOUT_TRY(const Value* value, leaf_at(path));
  if (value == nullptr) {
    return Error{ErrorCode::kInvalidConfig, fmt::format("config: '{}' has no value, needed {}",
                                                        to_string(path), to_string(needed))};
  }
  if (const T* typed = value->get_if<T>()) {
    return *typed;
  }
  return wrong_type(fmt::format("config: '{}' is {} of type {}, needed {}", to_string(path),
                                config::to_text(*value), to_string(value->type()),
                                to_string(needed)));
}

template <typename T>
Result<std::optional<T>> Config::get_optional_as(const Path& path, ValueType needed) const {
  TIEOUT_TRY(const Value* value, leaf_at(path));
  if (value == nullptr || value->is_null()) {
    return std::optional<T>();
  }
  TIEOUT_TRY(T typed, get_as<T>(path, needed));
  return std::optional<T>(std::move(typed));
}

Result<bool> Config::get_bool(const Path& path) const {
  return get_as<bool>(path, ValueType::kBool);
}
Result<std::int64_t> Config::get_int(const Path& path) const {
  return get_as<std::int64_t>(path, ValueType::kInt);
}
Result<double> Config::get_float(const Path& path) const {
  return get_as<double>(path, ValueType::kFloat);
}
Result<std::string> Config::get_string(const Path& path) const {
  return get_as<std::string>(path, ValueType::kString);
}
Result<Duration> Config::get_duration(const Path& path) const {
  return get_as<Duration>(path, ValueType::kDuration);
}
Result<Timestamp> Config::get_timestamp(const Path& path) const {
  return get_as<Timestamp>(path, ValueType::kTimestamp);
}
Result<List> Config::get_list(const Path& path) const {
  return get_as<List>(path, ValueType::kList);
}
Result<std::optional<std::string>> Config::get_optional_string(const Path& path) const {
  return get_optional_as<std::string>(path, ValueType::kString);
}
Result<std::optional<double>> Config::get_optional_float(const Path& path) const {
  return get_optional_as<double>(path, ValueType::kFloat);
}
Result<std::optional<std::int64_t>> Config::get_optional_int(const Path& path) const {
  return get_optional_as<std::int64_t>(path, ValueType::kInt);
}
Result<std::optional<TimeOfDay>> Config::get_optional_time(const Path& path) const {
  return get_optional_as<TimeOfDay>(path, ValueType::kTimeOfDay);
}

Status Config::set(const Path& path, Value value, std::string_view writer) {
  Node* node = path.empty() ? nullptr : root_->at(path);
  if (node == nullptr) {
    return unknown_key(path, all_paths(*root_));
  }
  if (!node->is_leaf) {
    return wrong_type(fmt::format(
        "config: '{}' is a sub-config (keys: {}), found {} of type {}: write ({{\"key\": value, "
        "...}}), or name one key",
        to_string(path), key_list(node->children), config::to_text(value),
        to_string(value.type())));
  }
  TIEOUT_CHECK(check_type(*node, path, value));
  node->value = std::move(value);
  node->writer = writer;
  return {};
}

Status Config::set_subconfig(const Path& path, const std::vector<std::pair<Path, Value>>& leaves,
                             std::string_view writer) {
  Node* target = path.empty() ? nullptr : root_->at(path);
  if (target == nullptr) {
    return unknown_key(path, all_paths(*root_));
  }
  if (target->is_leaf) {
    return wrong_type(fmt::format("config: '{}' is a leaf of type {}, found a dict",
                                  to_string(path), type_names(target->accepts)));
  }
  // Check all before changing anything.
  for (const auto& [relative, value] : leaves) {
    const Path full = joined(path, relative);
    const Node* leaf = relative.empty() ? nullptr : target->at(relative);
    if (leaf == nullptr) {
      return unknown_key(full, all_paths(*root_));
    }
    if (!leaf->is_leaf) {
      return wrong_type(fmt::format("config: '{}' is a sub-config (keys: {}), found {} of type {}",
                                    to_string(full), key_list(leaf->children),
                                    config::to_text(value), to_string(value.type())));
    }
    TIEOUT_CHECK(check_type(*leaf, full, value));
  }
  target->clear_values();
  for (const auto& [relative, value] : leaves) {
    Node& leaf = *target->at(relative);
    leaf.value = value;
    leaf.writer = writer;
  }
  return {};
}

std::vector<Leaf> Config::leaves() const {
  std::vector<Leaf> out;
  Path prefix;
  collect_leaves(*root_, prefix, out);
  return out;
}

Config Config::subconfig(const Path& path) const {
  Config part;
  if (const Node* node = root_->at(path); node != nullptr && !node->is_leaf) {
    part.root_->children = node->children;
  }
  return part;
}

}  // namespace tieout::config
