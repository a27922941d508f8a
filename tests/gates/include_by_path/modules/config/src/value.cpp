#include "tieout/core/time.hpp"
#include "../../runlog/src/frame.hpp"
