#pragma once

#include "tieout/config/config.hpp"
#include "tieout/flow/qualify.hpp"
#include "tieout/runlog/reader.hpp"

namespace tieout::flow {

/// What every step of a qualification sees.
struct Subject {
  const QualifyOptions& options;
  const dataflow::DagBuilderRegistry& registry;
  const std::atomic<bool>& stop;
  std::filesystem::path feed;  // CSV of final bars
  std::filesystem::path dump;  // the same as test_data.csv.gz
  Timestamp start, end;
  Duration bar, history;
};

/// The strategy's config with the overrides of the candidate. Errors: those of the overrides.
Result<config::Config> configured(const QualifyOptions& options,
                                  const dataflow::DagBuilder& builder);

/// Read or generate the data, write what the steps read below options.out, choose the window.
/// Errors: those of the data and of the builder; kMissingData when the data are too short.
Result<Subject> make_subject(const QualifyOptions& options,
                             const dataflow::DagBuilderRegistry& registry,
                             const std::atomic<bool>& stop, bool& is_generated);

/// Simulate [start, end] into options.out / name. Errors: those of system::run_simulation;
/// kInterrupted.
Result<std::filesystem::path> simulate(const Subject& subject, const std::string& name,
                                       const std::string& constructor,
                                       const std::vector<std::string>& overrides, Timestamp start,
                                       Timestamp end);

// The steps fill in status, sentence, evidence and tables. An error is "not run".
Status check_system(const Subject& subject, QualifyStep& step);
Status check_look_ahead(const Subject& subject, QualifyStep& step);
Status check_at_once(const Subject& subject, const runlog::RunReader& whole, QualifyStep& step);
Status check_tiles(const Subject& subject, const runlog::RunReader& whole, QualifyStep& step);
Status check_research(const Subject& subject, const runlog::RunReader& whole, QualifyStep& step);
Status check_paper_run(const Subject& subject, QualifyStep& step);
Status check_against(const Subject& subject, const runlog::RunReader& whole, QualifyStep& step);
Status check_deployment_file(const Subject& subject, QualifyStep& step);

/// The page. `qualification.page` and the evidence are linked as they lie.
std::string render_qualification(const Qualification& qualification);

}  // namespace tieout::flow
