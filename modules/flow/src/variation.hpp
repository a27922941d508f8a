#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tieout/dataflow/runner.hpp"

namespace tieout::flow {

/// What a simulation must not depend on.
struct Variation {
  dataflow::Recompute recompute = dataflow::Recompute::kIncremental;
  int fill = 0;  // byte of M_PERTURB; 0: the allocator as it is
  const char* time_zone = nullptr;
  const char* locale = nullptr;
};

/// That of simulation `index`: none for the first, the others in turn.
Variation variation_of(std::uint64_t index) noexcept;

/// The process while a simulation runs under a variation; restored when it goes out of scope.
class VariedProcess {
 public:
  explicit VariedProcess(const Variation& variation);
  ~VariedProcess();
  VariedProcess(const VariedProcess&) = delete;
  VariedProcess& operator=(const VariedProcess&) = delete;

  /// "recompute=full, fill=0x55, TZ=Asia/Kolkata, locale=C.UTF-8"; what this system cannot vary is
  /// left out.
  const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
  std::optional<std::string> time_zone_;  // before
  std::string locale_;                    // before
  bool fills_ = false, zoned_ = false, localised_ = false;
};

}  // namespace tieout::flow
