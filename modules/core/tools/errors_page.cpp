// Print docs/errors.md: `ninja -C build/release errors_page && build/release/bin/errors_page >
// docs/errors.md`.
#include <cstdio>

#include "tieout/core/error.hpp"

int main() {
  return std::fputs(tieout::error_table_markdown().c_str(), stdout) < 0 ? 1 : 0;
}
