#pragma once

namespace tieout {

/// Print the failed expression with its place and abort. Called by TIEOUT_ASSERT only.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line) noexcept;

}  // namespace tieout

/// Check what only a programmer can break; on in release too. Input can never reach it.
#define TIEOUT_ASSERT(expression)                                  \
  do {                                                             \
    if (!(expression)) [[unlikely]] {                              \
      ::tieout::assertion_failed(#expression, __FILE__, __LINE__); \
    }                                                              \
  } while (false)

/// As TIEOUT_ASSERT, for measured hot loops: compiled out when NDEBUG is set.
#ifdef NDEBUG
#define TIEOUT_DEBUG_ASSERT(expression) static_cast<void>(0)
#else
#define TIEOUT_DEBUG_ASSERT(expression) TIEOUT_ASSERT(expression)
#endif
