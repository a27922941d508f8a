#pragma once

#include <filesystem>
#include <string>

namespace tieout::flow {

/// The path as a notebook's commands need it, whose working directory is another one.
inline std::string absolute_text(const std::filesystem::path& path) {
  std::error_code code;
  return path.empty() ? std::string()
                      : std::filesystem::absolute(path, code).lexically_normal().string();
}

}  // namespace tieout::flow
