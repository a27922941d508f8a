#include "node.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"

#include "quote.hpp"

namespace tieout::config {

const Config::Node* Config::Node::child(std::string_view name) const noexcept {
  const auto found = std::ranges::find(children, name, &Node::key);
  return found == children.end() ? nullptr : &*found;
}

Config::Node* Config::Node::child(std::string_view name) noexcept {
  const auto found = std::ranges::find(children, name, &Node::key);
  return found == children.end() ? nullptr : &*found;
}

const Config::Node* Config::Node::at(const Path& path) const noexcept {
  const Node* node = this;
  for (const std::string& name : path) {
    node = node == nullptr ? nullptr : node->child(name);
  }
  return node;
}

Config::Node* Config::Node::at(const Path& path) noexcept {
  Node* node = this;
  for (const std::string& name : path) {
    node = node == nullptr ? nullptr : node->child(name);
  }
  return node;
}

bool Config::Node::accepts_type(ValueType type) const noexcept {
  return std::ranges::find(accepts, type) != accepts.end();
}

void Config::Node::clear_values() noexcept {
  value.reset();
  writer.clear();
  for (Node& node : children) {
    node.clear_values();
  }
}

std::string type_names(const std::vector<ValueType>& types) {
  std::string names;
  for (const ValueType type : types) {
    names += (names.empty() ? "" : " or ") + std::string(to_string(type));
  }
  return names.empty() ? "nothing" : names;
}

std::string form_to_write(ValueType needed, const Value& found) {
  switch (needed) {
    case ValueType::kNull:
      return "write None";
    case ValueType::kBool:
      return "write bool(True) or bool(False)";
    case ValueType::kInt:
      if (const auto* number = found.get_if<double>();
          number != nullptr && std::trunc(*number) == *number && std::fabs(*number) < 1e15) {
        return fmt::format("write int({})", static_cast<std::int64_t>(*number));
      }
      return "write int(3), for example";
    case ValueType::kFloat:
      if (const auto* number = found.get_if<std::int64_t>()) {
        return fmt::format("write float({})", *number);
      }
      if (const auto* text = found.get_if<std::string>(); text != nullptr && parse_double(*text)) {
        return fmt::format("write float({})", *text);
      }
      return "write float(0.5), for example";
    case ValueType::kString: {
      const auto* text = found.get_if<std::string>();
      return fmt::format("write str({})", quote(text != nullptr ? *text : to_text(found)));
    }
    case ValueType::kTimestamp:
      return "write pd.Timestamp(\"2023-11-08 13:10:00+00:00\"), for example";
    case ValueType::kDuration:
      if (const auto* text = found.get_if<std::string>();
          text != nullptr && parse_period(*text).ok()) {
        return fmt::format("write pd.Timedelta({})", quote(*text));
      }
      return "write pd.Timedelta(\"5T\"), for example";
    case ValueType::kTimeOfDay:
      return "write datetime.time(9, 30), for example";
    case ValueType::kList:
      return "write [...]";
  }
  return "";
}

}  // namespace tieout::config
