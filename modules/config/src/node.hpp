#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/config/config.hpp"

namespace tieout::config {

/// One key of a config: a leaf, or a sub-config with children in declaration order.
struct Config::Node {
  std::string key;
  bool is_leaf = false;

  // A leaf. Its declared type is the first of `accepts`; a leaf whose default is None accepts kNull
  // too.
  std::optional<Value> value;
  std::string writer;
  std::vector<ValueType> accepts;

  // A sub-config.
  std::vector<Node> children;

  const Node* child(std::string_view name) const noexcept;
  Node* child(std::string_view name) noexcept;
  /// The node at `path` below this one, or nullptr.
  const Node* at(const Path& path) const noexcept;
  Node* at(const Path& path) noexcept;
  bool accepts_type(ValueType type) const noexcept;
  /// Take the value from every leaf below.
  void clear_values() noexcept;
};

/// "float", or "str or timedelta".
std::string type_names(const std::vector<ValueType>& types);

/// How to write `found` (or any value, when it cannot be converted without loss) as a value of type
/// `needed`: "write float(3)".
std::string form_to_write(ValueType needed, const Value& found);

}  // namespace tieout::config
