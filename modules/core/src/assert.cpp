#include "tieout/core/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace tieout {

void assertion_failed(const char* expression, const char* file, int line) noexcept {
  std::fprintf(stderr, "%s:%d: programmer error: %s does not hold\n", file, line, expression);
  std::abort();
}

}  // namespace tieout
