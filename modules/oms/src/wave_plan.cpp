#include "tieout/oms/wave_plan.hpp"

#include "tieout/core/assert.hpp"

namespace tieout::oms {

WavePlan plan_waves(Timestamp start, Timestamp end, Duration frequency) {
  TIEOUT_ASSERT(frequency.ns > 0 && start < end);
  WavePlan plan;
  plan.wave_count = ((end - floor_to(start, minutes(1))).ns + frequency.ns - 1) / frequency.ns;
  const Timestamp last_wave = end - frequency;
  for (Timestamp now = start; now < last_wave;) {
    const Timestamp grid = floor_to(now, frequency);
    const Timestamp next = grid + frequency;
    if (next - now >= kLeastWave) {
      plan.waves.push_back({plan.wave_count - (end - grid).ns / frequency.ns, now, next});
    }
    now = next;
  }
  const std::int64_t first = plan.waves.empty() ? plan.wave_count - 1 : plan.waves.front().id;
  for (std::int64_t id = 0; id < first; ++id) {
    plan.skipped.push_back(id);
  }
  return plan;
}

}  // namespace tieout::oms
