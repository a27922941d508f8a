#pragma once

#include <filesystem>
#include <string_view>

#include <fmt/format.h>

#include "tieout/core/csv.hpp"
#include "tieout/core/file.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/core/random.hpp"
#include "tieout/core/time.hpp"

namespace tieout::analytics {

/// A sequence of draws from one seed.
class Random {
 public:
  explicit Random(std::uint64_t seed) : rng_(seed, 0) {}
  double uniform() { return rng_.uniform(next_++); }

 private:
  CounterRng rng_;
  std::uint64_t next_ = 0;
};

inline std::filesystem::path golden_dir() {
  return std::filesystem::path(TIEOUT_SHARED_DIR) / "golden";
}

}  // namespace tieout::analytics
