#include "variation.hpp"

#include <array>
#include <clocale>
#include <cstdlib>
#include <ctime>

#include <fmt/format.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace tieout::flow {
namespace {

using dataflow::Recompute;

// Zones with half hours and with daylight saving; a locale with a decimal comma where there is one.
constexpr std::array kVariations{
    Variation{Recompute::kFull, 0x55, "Asia/Kolkata", "de_DE.UTF-8"},
    Variation{Recompute::kIncremental, 0xAA, "America/New_York", "C.UTF-8"},
    Variation{Recompute::kFull, 0xFF, "Pacific/Chatham", "fr_FR.UTF-8"},
};

/// Returns whether this system can do that.
bool fill_memory(int byte) {
#if defined(__GLIBC__)
  return mallopt(M_PERTURB, byte) == 1;
#else
  return byte < 0;
#endif
}

}  // namespace

Variation variation_of(std::uint64_t index) noexcept {
  return index == 0 ? Variation{} : kVariations[(index - 1) % kVariations.size()];
}

VariedProcess::VariedProcess(const Variation& variation) {
  text_ = variation.recompute == Recompute::kFull ? "recompute=full" : "recompute=incremental";
  if (variation.fill != 0 && fill_memory(variation.fill)) {
    fills_ = true;
    text_ += fmt::format(", fill={:#04x}", variation.fill);
  }
  if (variation.time_zone != nullptr) {
    if (const char* before = std::getenv("TZ"); before != nullptr) {
      time_zone_ = before;
    }
    zoned_ = setenv("TZ", variation.time_zone, 1) == 0;
    tzset();
    text_ += fmt::format(", TZ={}", variation.time_zone);
  }
  if (variation.locale != nullptr) {
    locale_ = std::setlocale(LC_ALL, nullptr);
    // Not every system has every locale.
    for (const char* name : {variation.locale, "C.UTF-8"}) {
      if (std::setlocale(LC_ALL, name) != nullptr) {
        localised_ = true;
        text_ += fmt::format(", locale={}", name);
        break;
      }
    }
  }
}

VariedProcess::~VariedProcess() {
  if (fills_) {
    fill_memory(0);
  }
  if (zoned_) {
    if (time_zone_) {
      setenv("TZ", time_zone_->c_str(), 1);
    } else {
      unsetenv("TZ");
    }
    tzset();
  }
  if (localised_) {
    std::setlocale(LC_ALL, locale_.c_str());
  }
}

}  // namespace tieout::flow
