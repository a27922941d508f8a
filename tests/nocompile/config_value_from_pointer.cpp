// A pointer would become the value True.
#include "tieout/config/value.hpp"

tieout::config::Value value_of(const double* number) {
#ifdef TIEOUT_OFFEND
  return tieout::config::Value(number);
#else
  return tieout::config::Value(*number);
#endif
}
