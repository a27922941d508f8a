// A number is not an instant: its unit and its zero are unknown.
#include "tieout/core/time.hpp"

void at(tieout::Timestamp);

void call() {
#ifdef TIEOUT_OFFEND
  at(1'699'449'000);
#else
  at(tieout::Timestamp{1'699'449'000'000'000'000});
#endif
}
