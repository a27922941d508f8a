#pragma once

#include <cstdint>
#include <string>

#include "tieout/recon/finding.hpp"

#include "facts.hpp"

namespace tieout::report {

/// "12", or "not comparable".
std::string ulp_text(std::uint64_t ulp);

/// Distances exist only between two numbers.
bool has_distance(const recon::Finding& finding);

/// "predict.3.compute_vol, column vwap.ret_0.vol, asset binance::BTC_USDT, row 2018-01-23
/// 00:40:00".
std::string place_of(const recon::Finding& finding, const Facts& facts);

}  // namespace tieout::report
