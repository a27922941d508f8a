#include "tieout/system/environment.hpp"

#include <fmt/format.h>
#include <gnu/libc-version.h>
#include <sqlite3.h>
#include <zlib.h>

namespace tieout::system {
namespace {

/// The features by which the C library chooses between its exp/log/tanh kernels: two machines that
/// differ here may differ in the last place.
std::string cpu_features() {
  std::string features;
  const auto add = [&](const char* name, int present) {
    if (present != 0) {
      features += features.empty() ? "" : " ";
      features += name;
    }
  };
#if defined(__x86_64__)
  add("sse4.2", __builtin_cpu_supports("sse4.2"));
  add("avx", __builtin_cpu_supports("avx"));
  add("avx2", __builtin_cpu_supports("avx2"));
  add("fma", __builtin_cpu_supports("fma"));
  add("avx512f", __builtin_cpu_supports("avx512f"));
#endif
  return features;
}

}  // namespace

std::map<std::string, std::string> describe_environment() {
  return {
      {"code_revision", TIEOUT_REVISION},
      {"version", TIEOUT_VERSION},
      {"compiler", fmt::format("{} {}", TIEOUT_COMPILER, __VERSION__)},
      {"compiler_flags", TIEOUT_COMPILER_FLAGS},
      {"cpu_features", cpu_features()},
      {"libc", gnu_get_libc_version()},
      {"sqlite", sqlite3_libversion()},
      {"zlib", zlibVersion()},
      {"fmt", fmt::format("{}", FMT_VERSION)},
  };
}

}  // namespace tieout::system
