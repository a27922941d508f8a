// An instant is neither before nor after a length of time.
#include "tieout/core/time.hpp"

bool is_late(tieout::Timestamp t, tieout::Timestamp start, tieout::Duration limit) {
#ifdef TIEOUT_OFFEND
  static_cast<void>(start);
  return t > limit;
#else
  return t - start > limit;
#endif
}
