// A Status must be looked at.
#include "tieout/core/result.hpp"

tieout::Status write_number(int number);

bool call() {
#ifdef TIEOUT_OFFEND
  write_number(3);
  return true;
#else
  return write_number(3).ok();
#endif
}
