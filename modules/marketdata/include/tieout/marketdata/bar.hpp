#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tieout/core/asset.hpp"
#include "tieout/core/time.hpp"

namespace tieout::marketdata {

/// One version of one bar of one asset: (start, end] with the instant at which this version became
/// readable.
struct BarVersion {
  std::int64_t seq = 0;  // Order of commit in its store; unique there. 0 until it is stored.
  AssetId asset;
  std::string full_symbol;
  Timestamp start;
  Timestamp end;  // The label of the bar.
  double open = 0, high = 0, low = 0, close = 0;
  double volume = 0;       // Base asset; NaN when not known.
  Timestamp end_download;  // When the downloader had it.
  Timestamp knowledge;     // When it became readable.
  friend bool operator==(const BarVersion&, const BarVersion&) = default;
};

/// True when every field agrees; prices and volume as bits, except that any NaN equals any NaN.
/// (operator== is the IEEE comparison: a bar whose volume is NaN does not equal itself.)
bool bitwise_equal(const BarVersion& left, const BarVersion& right) noexcept;

/// True when open, high, low, close and volume agree in the sense of bitwise_equal().
bool same_values(const BarVersion& left, const BarVersion& right) noexcept;

}  // namespace tieout::marketdata
