// Two instants have no sum.
#include "tieout/core/time.hpp"

tieout::Timestamp later(tieout::Timestamp a, tieout::Duration b) {
#ifdef TIEOUT_OFFEND
  return a + tieout::Timestamp{b.ns};
#else
  return a + b;
#endif
}
