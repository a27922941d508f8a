#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "tieout/config/config.hpp"
#include "tieout/core/result.hpp"

/// Where the settings of trading stand in a config, and how one is read or refused.
namespace tieout::oms {

inline config::Path below(config::Path path, std::initializer_list<std::string> keys) {
  path.insert(path.end(), keys);
  return path;
}

inline config::Path portfolio_key(const char* key) {
  return {"portfolio_config", key};
}
inline config::Path node_key(const char* key) {
  return {"process_forecasts_node_dict", key};
}
inline config::Path forecasts_key(std::initializer_list<std::string> keys) {
  return below({"process_forecasts_node_dict", "process_forecasts_dict"}, keys);
}

inline Error invalid(const config::Path& path, std::string_view found, std::string_view needed) {
  return {ErrorCode::kInvalidConfig,
          fmt::format("{}: found {}, needed {}", config::to_string(path), found, needed)};
}

/// Replace `target` when the key has a value; a key that is not set, or None, leaves it.
template <typename T>
Status read_if_set(const config::Config& config, const config::Path& path, T& target,
                   std::string_view needed) {
  const config::Value* value = config.find(path);
  if (value == nullptr || value->is_null()) {
    return {};
  }
  const T* typed = value->get_if<T>();
  if (typed == nullptr) {
    return invalid(path, config::to_text(*value), needed);
  }
  target = *typed;
  return {};
}

}  // namespace tieout::oms
