// A manifest that parses has a canonical form that parses to the same form.
#include "tieout/runlog/manifest.hpp"

#include <cstdint>
#include <string_view>

#include "tieout/core/assert.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto manifest =
      tieout::runlog::manifest_from_json({reinterpret_cast<const char*>(data), size});
  if (manifest.ok()) {
    const std::string canonical = tieout::runlog::to_json(*manifest);
    const auto again = tieout::runlog::manifest_from_json(canonical);
    TIEOUT_ASSERT(again.ok());
    TIEOUT_ASSERT(tieout::runlog::to_json(*again) == canonical);
  }
  return 0;
}
