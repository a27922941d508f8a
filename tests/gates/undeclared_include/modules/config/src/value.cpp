#include "tieout/config/value.hpp"
#include "tieout/core/time.hpp"
#include "tieout/runlog/records.hpp"
