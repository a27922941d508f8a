// A Result is not its value: the failure has to be handled first.
#include "tieout/core/result.hpp"

tieout::Result<int> read_number();

int call() {
#ifdef TIEOUT_OFFEND
  return read_number();
#else
  return *read_number();
#endif
}
