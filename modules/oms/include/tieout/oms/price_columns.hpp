#pragma once

#include <string>

namespace tieout::oms {

/// Columns of the market data that the order types name.
struct PriceColumns {
  std::string price = "close";
  std::string midpoint = "midpoint";
  std::string bid = "bid";
  std::string ask = "ask";
};

}  // namespace tieout::oms
