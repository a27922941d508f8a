#pragma once

#include <compare>
#include <cstdint>
#include <limits>

#include "tieout/core/time.hpp"

namespace tieout {

/// The instant of knowledge that a read of market data states: a row version is visible iff
/// knowledge_time <= knowledge and seq <= max_seq.
///
/// `max_seq` closes the race between a writer and a reader: a row may carry a knowledge time before
/// the read and be committed after it. Production records the highest committed seq that it saw; a
/// replay states the same pair and sees the same rows.
struct AsOf {
  Timestamp knowledge;
  std::int64_t max_seq = std::numeric_limits<std::int64_t>::max();
  friend constexpr bool operator==(const AsOf&, const AsOf&) = default;
};

}  // namespace tieout
