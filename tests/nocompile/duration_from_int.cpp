// A number is not a length of time: its unit is unknown.
#include "tieout/core/time.hpp"

void wait(tieout::Duration);

void call() {
#ifdef TIEOUT_OFFEND
  wait(300);
#else
  wait(tieout::seconds(300));
#endif
}
