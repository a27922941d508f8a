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

void identify_findings(const RunPair& runs, Comparison& comparison) {
  const std::string left = run_id(runs.left);
  const std::string right = run_id(runs.right);
  const auto identify = [&](Finding& finding) {
    finding.left_run = left;
    finding.right_run = right;
    finding.wall_left = wall_of(runs.left, finding.bar);
    finding.wall_right = wall_of(runs.right, finding.bar);
  };
  std::ranges::for_each(comparison.findings, identify);
  if (comparison.first) {
    identify(comparison.first->finding);
    std::ranges::for_each(comparison.first->inputs, identify);
    if (comparison.first->reached) {
      identify(*comparison.first->reached);
    }
  }
  if (comparison.first_input_break) {
    identify(*comparison.first_input_break);
  }
}

}  // namespace tieout::recon
