// A Result must be looked at.
#include "tieout/core/result.hpp"

tieout::Result<int> read_number();

int call() {
#ifdef TIEOUT_OFFEND
  read_number();
  return 0;
#else
  return read_number().value_or(0);
#endif
}
