#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tieout {

/// A null in a column of 64-bit words that is not float64 (NaT, None).
inline constexpr std::int64_t kNullWord = std::numeric_limits<std::int64_t>::min();

/// Texts by number, so that a column of strings is one of 64-bit words: two words of one pool are
/// equal exactly when their texts are. Numbers go by first occurrence and never reach an output.
class StringPool {
 public:
  StringPool() = default;
  StringPool(const StringPool&) = delete;
  StringPool& operator=(const StringPool&) = delete;

  /// The number of `text`, a new one when it was not seen before.
  std::int64_t intern(std::string_view text);
  /// The text of a number that intern() returned; "" for kNullWord.
  std::string_view text(std::int64_t number) const noexcept;
  std::size_t size() const noexcept { return texts_.size(); }

 private:
  std::map<std::string, std::int64_t, std::less<>> numbers_;
  std::vector<std::string_view> texts_;  // into the keys of numbers_
};

}  // namespace tieout
