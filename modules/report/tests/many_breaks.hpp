#pragma once

#include <cstddef>
#include <filesystem>

#include "tieout/recon/compare.hpp"
#include "tieout/report/report.hpp"
#include "tieout/runlog/reader.hpp"

namespace tieout::report::testing {

/// Two runs that differ in nearly everything, to see what a report does with it.
struct ManyBreaksSpec {
  std::size_t bars = 288;
  std::size_t nodes = 9;
  std::size_t assets = 25;
  std::size_t fields = 18;       // of each node but the source, which has one
  std::size_t window_rows = 12;  // that a node's output keeps
  /// From this bar on every value of every node but the source is one part in a million higher in
  /// the simulation; the source differs in one close. With the defaults: over a million breaks.
  std::size_t differs_from = 1;
};

/// The logs in `dir`/prod and `dir`/sim, written, sealed and opened, their comparison, and the
/// input of a report about them. Equal specs give equal bytes. Errors: those of the writer, the
/// readers and the comparison.
struct ManyBreaks {
  runlog::RunReader prod, sim;
  recon::Comparison comparison;
};
Result<ManyBreaks> make_many_breaks(const std::filesystem::path& dir, const ManyBreaksSpec& spec);
ReportInput input_of(const ManyBreaks& runs, ReportKind kind);

}  // namespace tieout::report::testing
