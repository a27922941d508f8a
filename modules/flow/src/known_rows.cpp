#include "tieout/flow/known_rows.hpp"

#include <algorithm>
#include <tuple>

namespace tieout::flow {

using marketdata::BarVersion;

bool is_visible(const BarVersion& version, const AsOf& as_of) noexcept {
  return version.knowledge <= as_of.knowledge && version.seq <= as_of.max_seq;
}

Result<std::optional<AsOf>> decision_of(const runlog::RunReader& run, Timestamp bar) {
  const auto bars = run.bars();
  const auto found = std::ranges::find(bars, bar, &runlog::BarRecord::bar);
  if (found == bars.end()) {
    return std::optional<AsOf>{};
  }
  TIEOUT_TRY(const auto entries, run.journal(static_cast<std::size_t>(found - bars.begin())));
  for (const runlog::JournalEntry& entry : entries) {
    if (entry.kind == runlog::JournalEntry::Kind::kDecision) {
      return std::optional<AsOf>{entry.as_of};
    }
  }
  return std::optional<AsOf>{};
}

Result<KnownRows> known_rows(const runlog::RunReader& left, const runlog::RunReader& right,
                             std::span<const BarVersion> dump, Timestamp bar,
                             std::optional<AssetId> asset, std::optional<Timestamp> until) {
  KnownRows out;
  out.left_nominal = left.manifest().replay == "nominal";
  out.right_nominal = right.manifest().replay == "nominal";
  if (!out.left_nominal) {
    TIEOUT_TRY(out.left, decision_of(left, bar));
  }
  if (!out.right_nominal) {
    TIEOUT_TRY(out.right, decision_of(right, bar));
  }
  const Timestamp last = until.value_or(bar);
  const Timestamp from = last - left.manifest().bar;
  for (const BarVersion& version : dump) {
    if (version.end > from && version.end <= last && (!asset || version.asset == *asset)) {
      out.rows.push_back({version, 0, false, false});
    }
  }
  std::ranges::sort(out.rows, [](const KnownRow& a, const KnownRow& b) {
    return std::tuple(a.version.end, a.version.asset, a.version.knowledge, a.version.seq) <
           std::tuple(b.version.end, b.version.asset, b.version.knowledge, b.version.seq);
  });
  for (std::size_t i = 0; i < out.rows.size(); ++i) {
    KnownRow& row = out.rows[i];
    const bool again = i > 0 && out.rows[i - 1].version.end == row.version.end &&
                       out.rows[i - 1].version.asset == row.version.asset;
    row.number = again ? out.rows[i - 1].number + 1 : 1;
    row.left = out.left_nominal || (out.left && is_visible(row.version, *out.left));
    row.right = out.right_nominal || (out.right && is_visible(row.version, *out.right));
  }
  return out;
}

}  // namespace tieout::flow
