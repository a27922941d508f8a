// A length of time is not an instant.
#include "tieout/core/time.hpp"

tieout::Timestamp epoch_plus(tieout::Duration d) {
#ifdef TIEOUT_OFFEND
  return d;
#else
  return tieout::Timestamp{} + d;
#endif
}
