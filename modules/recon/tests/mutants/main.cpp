// The whole mutation campaign (`make mutants`): prints the table, exits 1 when anything came out
// otherwise than it had to.
#include <charconv>
#include <cstdio>
#include <string_view>

#include "campaign.hpp"

namespace {

bool parse(std::string_view text, std::uint64_t& value) {
  return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc{};
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t count = 10'000;
  std::uint64_t first_seed = 1;
  const bool good = argc <= 3 && (argc < 2 || parse(argv[1], count)) &&
                    (argc < 3 || parse(argv[2], first_seed)) && count > 0;
  if (!good) {
    std::fputs("usage: tieout_recon_mutants [COUNT [FIRST_SEED]]\n", stderr);
    return 2;
  }
  const auto result = tieout::recon::mutants::run_campaign(first_seed, count);
  std::fputs(tieout::recon::mutants::render(result, first_seed).c_str(), stdout);
  return result.failures.empty() ? 0 : 1;
}
