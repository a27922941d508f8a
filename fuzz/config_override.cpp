// An override that parses has a canonical text that parses to the same override.
#include <cstdint>
#include <string_view>

#include "tieout/config/override.hpp"
#include "tieout/core/assert.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = tieout::config::parse_overrides(text);
  if (!parsed.ok()) {
    TIEOUT_ASSERT(!parsed.error().message.empty());
    return 0;
  }
  for (const auto& item : parsed->overrides) {
    const std::string canonical = tieout::config::to_text(item);
    const auto again = tieout::config::parse_overrides(canonical);
    TIEOUT_ASSERT(again.ok() && again->overrides.size() == 1);
    TIEOUT_ASSERT(tieout::config::to_text(again->overrides.front()) == canonical);
  }
  return 0;
}
