#include "suggest.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace tieout::config {

std::size_t edit_distance(std::string_view left, std::string_view right) {
  constexpr std::size_t kLongest = 200;
  left = left.substr(0, kLongest);
  right = right.substr(0, kLongest);
  // Three rows of the table: the row before the last is needed for swaps.
  std::vector<std::size_t> before(right.size() + 1), last(right.size() + 1), row(right.size() + 1);
  for (std::size_t j = 0; j <= right.size(); ++j) {
    last[j] = j;
  }
  for (std::size_t i = 1; i <= left.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t substitution = last[j - 1] + (left[i - 1] == right[j - 1] ? 0U : 1U);
      row[j] = std::min({substitution, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[right.size()];
}

const Path* nearest_path(const Path& wanted, const std::vector<Path>& candidates) {
  const std::string wanted_text = to_string(wanted);
  const Path* best = nullptr;
  auto best_score = std::pair(std::numeric_limits<std::size_t>::max(), std::size_t{0});
  for (const Path& candidate : candidates) {
    const std::size_t whole = edit_distance(wanted_text, to_string(candidate));
    // A right name in a wrong place is one mistake.
    const std::size_t name = edit_distance(wanted.back(), candidate.back()) + 1;
    const auto score = std::pair(std::min(whole, name), whole);
    if (score < best_score) {
      best_score = score;
      best = &candidate;
    }
  }
  return best;
}

}  // namespace tieout::config
