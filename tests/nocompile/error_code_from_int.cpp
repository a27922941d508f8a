// An error has a code of the table, not a number.
#include "tieout/core/error.hpp"

tieout::Error failed() {
#ifdef TIEOUT_OFFEND
  return {200, "gone"};
#else
  return {tieout::ErrorCode::kFileNotFound, "gone"};
#endif
}
