// The canonical JSON of a config. A node is {"keys": {name: node, ...}} for a sub-config, and for a
// leaf
// {"value": ..., "writer": ..., "accepts": [...]}; a leaf without a value has "accepts" only.
// Values that JSON cannot hold are {"type": ..., "value": text}.
#include <array>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/config/config.hpp"
#include "tieout/core/numbers.hpp"

#include "duration_text.hpp"
#include "node.hpp"

namespace tieout::config {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFormat = "tieout-config-1";
constexpr int kMaxDepth = 64;

Json typed(ValueType type, std::string text) {
  return Json{{"type", to_string(type)}, {"value", std::move(text)}};
}

struct Writer {
  Json operator()(std::monostate /*null*/) const { return nullptr; }
  Json operator()(bool v) const { return v; }
  Json operator()(std::int64_t v) const { return v; }
  Json operator()(double v) const {
    return std::isfinite(v) ? Json(v) : typed(ValueType::kFloat, format_double(v));
  }
  Json operator()(const std::string& v) const { return v; }
  Json operator()(Timestamp v) const { return typed(ValueType::kTimestamp, to_iso(v)); }
  Json operator()(Duration v) const { return typed(ValueType::kDuration, to_iso_duration(v)); }
  Json operator()(TimeOfDay v) const { return typed(ValueType::kTimeOfDay, to_clock_text(v)); }
  Json operator()(const List& v) const {
    Json items = Json::array();
    for (const Value& item : v) {
      items.push_back(std::visit(*this, item.state()));
    }
    return items;
  }
};

Error malformed(const Path& path, std::string_view what) {
  return Error{ErrorCode::kMalformedData,
               fmt::format("Config::from_json: at '{}': {}", to_string(path), what)};
}

std::optional<ValueType> type_of_name(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(ValueType::kList); ++i) {
    if (to_string(static_cast<ValueType>(i)) == name) {
      return static_cast<ValueType>(i);
    }
  }
  return std::nullopt;
}

/// A {"type", "value"} object.
Result<Value> read_typed(const Json& json, const Path& path) {
  const auto type = json.find("type");
  const auto text = json.find("value");
  if (json.size() != 2 || type == json.end() || text == json.end() || !type->is_string() ||
      !text->is_string()) {
    return malformed(path, "found an object, needed {\"type\": text, \"value\": text}");
  }
  const auto& body = text->get_ref<const std::string&>();
  switch (type_of_name(type->get_ref<const std::string&>()).value_or(ValueType::kNull)) {
    case ValueType::kFloat:
      if (const auto number = parse_double(body)) {
        return Value(*number);
      }
      break;
    case ValueType::kTimestamp:
      if (const auto t = parse_iso(body); t.ok()) {
        return Value(*t);
      }
      break;
    case ValueType::kDuration:
      if (const auto d = parse_duration(body)) {
        return Value(*d);
      }
      break;
    case ValueType::kTimeOfDay:
      if (const auto t = parse_clock_text(body)) {
        return Value(*t);
      }
      break;
    default:
      break;
  }
  return malformed(path, fmt::format("'{}' is not a value of type '{}'", body,
                                     type->get_ref<const std::string&>()));
}

Result<Value> read_value(const Json& json, const Path& path, int depth) {
  if (depth > kMaxDepth) {
    return malformed(path, fmt::format("nested deeper than {}", kMaxDepth));
  }
  switch (json.type()) {
    case Json::value_t::null:
      return Value();
    case Json::value_t::boolean:
      return Value(json.get<bool>());
    case Json::value_t::number_integer:
      return Value(json.get<std::int64_t>());
    case Json::value_t::number_unsigned:
      if (json.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX)) {
        return malformed(path, "a whole number does not fit 64 bits with sign");
      }
      return Value(json.get<std::int64_t>());
    case Json::value_t::number_float:
      return Value(json.get<double>());
    case Json::value_t::string:
      return Value(json.get<std::string>());
    case Json::value_t::array: {
      List items;
      for (const Json& item : json) {
        TIEOUT_TRY(Value value, read_value(item, path, depth + 1));
        items.push_back(std::move(value));
      }
      return Value(std::move(items));
    }
    case Json::value_t::object:
      return read_typed(json, path);
    default:
      return malformed(path, "found a value of an unknown kind");
  }
}

template <typename Node>
Json write_node(const Node& node) {
  Json json = Json::object();
  if (!node.is_leaf) {
    Json keys = Json::object();
    for (const Node& child : node.children) {
      keys[child.key] = write_node(child);
    }
    json["keys"] = std::move(keys);
    return json;
  }
  if (node.value) {
    json["value"] = std::visit(Writer{}, node.value->state());
    json["writer"] = node.writer;
  }
  // What the value's own type already says is left out.
  if (!node.value || node.accepts != std::vector<ValueType>{node.value->type()}) {
    Json types = Json::array();
    for (const ValueType type : node.accepts) {
      types.push_back(to_string(type));
    }
    json["accepts"] = std::move(types);
  }
  return json;
}

template <typename Node>
Status read_leaf(const Json& json, Node& node, const Path& path) {
  node.is_leaf = true;
  for (const auto& [name, member] : json.items()) {
    if (name == "value") {
      TIEOUT_TRY(node.value, read_value(member, path, 0));
    } else if (name == "writer" && member.is_string()) {
      node.writer = member.template get<std::string>();
    } else if (name == "accepts" && member.is_array()) {
      for (const Json& item : member) {
        const auto type = item.is_string()
                              ? type_of_name(item.template get_ref<const std::string&>())
                              : std::nullopt;
        if (!type) {
          return malformed(path, "'accepts' names an unknown type");
        }
        node.accepts.push_back(*type);
      }
    } else {
      return malformed(path, fmt::format("unknown member '{}'", name));
    }
  }
  if (!json.contains("accepts")) {
    if (!node.value) {
      return malformed(path, "found a leaf without 'value' and 'accepts'");
    }
    node.accepts = {node.value->type()};
  }
  return {};
}

template <typename Node>
Status read_node(const Json& json, Node& node, Path& path) {
  if (!json.is_object()) {
    return malformed(path, "found no object where a key's object was needed");
  }
  if (path.size() > static_cast<std::size_t>(kMaxDepth)) {
    return malformed(path, fmt::format("nested deeper than {}", kMaxDepth));
  }
  const auto keys = json.find("keys");
  if (keys == json.end()) {
    return read_leaf(json, node, path);
  }
  if (json.size() != 1 || !keys->is_object()) {
    return malformed(path, "a sub-config has the member 'keys' only");
  }
  for (const auto& [name, member] : keys->items()) {
    if (name.empty()) {
      return malformed(path, "found an empty key");
    }
    Node& child = node.children.emplace_back();
    child.key = name;
    path.push_back(name);
    TIEOUT_CHECK(read_node(member, child, path));
    path.pop_back();
  }
  return {};
}

}  // namespace

std::string Config::to_json() const {
  const Json document = {{"format", kFormat}, {"config", write_node(*root_)}};
  // Bytes that are not UTF-8 cannot come from parsed input; replacing them keeps this function
  // total.
  return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Config> Config::from_json(std::string_view json) {
  // No exceptions: a discarded value is the sign of malformed text.
  const Json document = Json::parse(json, nullptr, false);
  const Path top;
  if (document.is_discarded() || !document.is_object()) {
    return malformed(top, "the text is not a JSON object");
  }
  const auto format = document.find("format");
  const auto body = document.find("config");
  if (format == document.end() || body == document.end() || !format->is_string() ||
      format->get_ref<const std::string&>() != kFormat) {
    return malformed(top, fmt::format("needed \"format\": \"{}\" and \"config\"", kFormat));
  }
  Config config;
  Path path;
  TIEOUT_CHECK(read_node(*body, *config.root_, path));
  if (config.root_->is_leaf) {
    return malformed(top, "the root is a leaf, needed a sub-config");
  }
  return config;
}

}  // namespace tieout::config
