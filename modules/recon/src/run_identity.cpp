#include "run_identity.hpp"

#include <algorithm>

#include "tieout/core/hash.hpp"

namespace tieout::recon {
namespace {

std::optional<Timestamp> wall_of(const runlog::RunSource& run, Timestamp bar) {
  const auto bars = run.bars();
  const auto found = std::ranges::lower_bound(bars, bar, {}, &runlog::BarRecord::bar);
  const bool has_wall = found != bars.end() && found->bar == bar && found->wall != Timestamp{};
  return has_wall ? std::optional(found->wall) : std::nullopt;
}

}  // namespace

std::string run_id(const runlog::RunSource& run) {
  const runlog::Manifest& manifest = run.manifest();
  Hasher hasher;
  for (const std::string* text : {&manifest.constructor, &manifest.run_mode, &manifest.mode,
                                  &manifest.replay, &manifest.config_hash, &manifest.start_state}) {
    hasher.add_text(*text);
  }
  for (const runlog::BarRecord& bar : run.bars()) {
    hasher.add_i64(bar.bar.ns);
    hasher.add_i64(bar.wall.ns);
    hasher.add_text(to_hex(bar.content_hash));
  }
  return to_hex(hasher.digest()).substr(0, 12);
}

void identify_findings(const runlog::RunSource& left, const runlog::RunSource& right,
                       std::span<Finding> findings) {
  const std::string left_id = run_id(left);
  const std::string right_id = run_id(right);
  for (Finding& finding : findings) {
    finding.left_run = left_id;
    finding.right_run = right_id;
    finding.wall_left = wall_of(left, finding.bar);
    finding.wall_right = wall_of(right, finding.bar);
  }
}

void identify_findings(const RunPair& runs, Comparison& comparison) {
  const auto identify = [&](std::span<Finding> findings) {
    if (!findings.empty()) {
      identify_findings(runs.left, runs.right, findings);
    }
  };
  identify(comparison.findings);
  if (comparison.first) {
    identify({&comparison.first->finding, 1});
    identify(comparison.first->inputs);
    if (comparison.first->reached) {
      identify({&*comparison.first->reached, 1});
    }
  }
  if (comparison.first_input_break) {
    identify({&*comparison.first_input_break, 1});
  }
}

}  // namespace tieout::recon
