// A number is not an asset.
#include "tieout/core/asset.hpp"

bool holds(const tieout::Universe& universe) {
#ifdef TIEOUT_OFFEND
  const std::int64_t id = 1467591036;
  return universe.contains(id);
#else
  return universe.contains(tieout::AssetId{1467591036});
#endif
}
