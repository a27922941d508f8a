// Write the reports about a million breaks to DIR/fast and DIR/slow, print DIR's page and its
// budgets, and end with exit code 1 when the page does not say how many breaks there are or is too
// large. For tests in a browser, and by itself a test.

#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "tieout/core/file.hpp"

#include "many_breaks.hpp"
#include "text.hpp"

namespace {

using tieout::report::count_text;

constexpr std::size_t kMostBytes = 1'500'000;
constexpr std::uint64_t kFewestBreaks = 1'000'000;

int fail(const std::string& what) {
  fmt::print(stderr, "many_breaks_page: {}\n", what);
  return 1;
}

int write_and_check(const std::filesystem::path& dir,
                    const tieout::report::testing::ManyBreaks& runs,
                    tieout::report::ReportKind kind) {
  const auto input = input_of(runs, kind);
  const auto files = write_report(dir / tieout::report::to_string(kind), input);
  if (!files.ok()) return fail(to_string(files.error()));
  const auto page = tieout::read_file(files->html);
  if (!page.ok()) return fail(to_string(page.error()));
  if (page->size() > kMostBytes) {
    return fail(fmt::format("{} has {} bytes, needed at most {}", files->html.string(),
                            page->size(), kMostBytes));
  }
  const std::string count = count_text(runs.comparison.distinct_breaks);
  if (page->find(count) == std::string::npos) {
    return fail(
        fmt::format("{} does not say that there are {} breaks", files->html.string(), count));
  }
  fmt::print("{} {} bytes {} breaks\n", files->html.string(), page->size(), count);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return fail("needed one argument: the directory to write to");
  const std::filesystem::path dir = argv[1];
  std::error_code code;
  std::filesystem::remove_all(dir, code);
  const auto runs = tieout::report::testing::make_many_breaks(dir / "logs", {});
  if (!runs.ok()) return fail(to_string(runs.error()));
  if (runs->comparison.distinct_breaks < kFewestBreaks) {
    return fail(
        fmt::format("{} breaks, needed {}", runs->comparison.distinct_breaks, kFewestBreaks));
  }
  const int fast = write_and_check(dir, *runs, tieout::report::ReportKind::kFast);
  return fast != 0 ? fast : write_and_check(dir, *runs, tieout::report::ReportKind::kSlow);
}
