#include "finding_text.hpp"

#include <cmath>
#include <limits>

#include "tieout/core/numbers.hpp"

namespace tieout::report {

std::string ulp_text(std::uint64_t ulp) {
  return ulp == std::numeric_limits<std::uint64_t>::max() ? "not comparable" : count_text(ulp);
}

bool has_distance(const recon::Finding& finding) {
  return finding.kind == recon::BreakKind::kValue && std::isfinite(finding.abs_diff) &&
         parse_double(finding.left).has_value() && parse_double(finding.right).has_value();
}

std::string place_of(const recon::Finding& finding, const Facts& facts) {
  std::string out = finding.part;
  if (!finding.column.empty()) out += ", column " + finding.column;
  if (finding.asset != kNoAsset) out += ", asset " + facts.asset_text(finding.asset);
  if (finding.row.has_value()) out += ", row " + time_text(*finding.row);
  if (!finding.key.empty()) out += ", " + finding.key;
  return out;
}

}  // namespace tieout::report
