// Ids are names: they are compared, not computed with.
#include "tieout/core/asset.hpp"

tieout::AssetId other(tieout::AssetId id) {
#ifdef TIEOUT_OFFEND
  return id + 1;
#else
  return tieout::AssetId{id.value + 1};
#endif
}
