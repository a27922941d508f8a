#include "tieout/core/string_pool.hpp"

#include "tieout/core/assert.hpp"

namespace tieout {

std::int64_t StringPool::intern(std::string_view text) {
  const auto found = numbers_.find(text);
  if (found != numbers_.end()) {
    return found->second;
  }
  const auto number = static_cast<std::int64_t>(texts_.size());
  const auto added = numbers_.emplace(std::string(text), number).first;
  texts_.push_back(added->first);
  return number;
}

std::string_view StringPool::text(std::int64_t number) const noexcept {
  if (number == kNullWord) {
    return {};
  }
  TIEOUT_ASSERT(number >= 0 && static_cast<std::size_t>(number) < texts_.size());
  return texts_[static_cast<std::size_t>(number)];
}

}  // namespace tieout
