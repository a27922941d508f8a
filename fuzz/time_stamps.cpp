// Instants that parse, in UTC and in New York, read back from their text.
#include <cstdint>
#include <string_view>

#include "tieout/core/assert.hpp"
#include "tieout/core/time.hpp"
#include "tieout/core/zone.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto t = tieout::parse_iso(text); t.ok()) {
    const auto again = tieout::parse_iso(tieout::to_iso(*t));
    TIEOUT_ASSERT(again.ok() && *again == *t);
  }
  (void)tieout::parse_ts_name(text);
  (void)tieout::parse_period(text);
  (void)tieout::parse_local_ts_name(text, tieout::Zone::kNewYork, tieout::AmbiguousLocal::kEarlier);
  return 0;
}
