#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tieout {

/// Name with `_` as `-`: "--dst_dir" and "--dst-dir" become the same.
std::string normalised(std::string_view name);

/// The candidate with the smallest edit distance to `name`, or "" when none is near.
std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace tieout
