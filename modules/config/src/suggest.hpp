#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "tieout/config/config.hpp"

namespace tieout::config {

/// Number of insertions, deletions, substitutions and swaps of neighbours that turn one text into
/// the other (optimal string alignment). Texts are cut at 200 characters.
std::size_t edit_distance(std::string_view left, std::string_view right);

/// The candidate that `wanted` most probably means, or nullptr when there is none: the smallest
/// edit distance over the whole dotted paths, or over the last components (a key given without its
/// parents), whichever is smaller; then the first.
const Path* nearest_path(const Path& wanted, const std::vector<Path>& candidates);

}  // namespace tieout::config
