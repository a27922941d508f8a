#pragma once

#include "tieout/core/time.hpp"
#include "tieout/oms/order.hpp"

namespace tieout::oms {

/// An order at a venue: what of it is left, and the window in which it is worked.
struct WorkingOrder {
  Order order;
  Timestamp start;
  Timestamp end;
  double num_shares = 0.0;  // signed, what is left
  int window = 0;           // 0 is the order's own, then those for which it was carried
};

}  // namespace tieout::oms
