// A policy that parses has a canonical form that parses to the same policy.
#include "tieout/recon/policy.hpp"

#include <cstdint>
#include <string_view>

#include "tieout/core/assert.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto policy =
      tieout::recon::parse_policy({reinterpret_cast<const char*>(data), size}, "input");
  if (!policy.ok()) {
    TIEOUT_ASSERT(!policy.error().message.empty());
    return 0;
  }
  const std::string canonical = tieout::recon::to_toml(*policy);
  const auto again = tieout::recon::parse_policy(canonical, "canonical");
  TIEOUT_ASSERT(again.ok());
  TIEOUT_ASSERT(again->hash == policy->hash);
  TIEOUT_ASSERT(tieout::recon::to_toml(*again) == canonical);
  tieout::recon::PolicyQuery query;
  query.node = "predict.2.compute_ret_0";
  query.column = "ret_0";
  (void)tieout::recon::find_rule(*policy, query);
  return 0;
}
