#include "tieout/flow/rolling.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/file.hpp"
#include "tieout/core/hash.hpp"
#include "tieout/flow/directories.hpp"
#include "tieout/flow/evidence.hpp"
#include "tieout/marketdata/dump.hpp"

#include "production_overrides.hpp"
#include "rolling_state.hpp"
#include "run_market_data.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kWho = "rolling reconciliation";
constexpr std::string_view kSimulation = "simulation.";

/// The two sides of a bar, `sim` empty where it is not known yet.
RollingBar bar_of(const runlog::BarRecord& prod, std::string sim) {
  return {prod.bar, prod.wall, to_hex(prod.content_hash), std::move(sim)};
}

bool same_in_prod(const RollingBar& known, const runlog::BarRecord& prod) {
  return known == bar_of(prod, known.sim);
}

/// True when the log is another run than the one that the state is of.
bool is_another_run(const RollingState& state, const runlog::RunReader& prod) {
  return !state.bars.empty() &&
         (prod.bars().empty() || !same_in_prod(state.bars.front(), prod.bars().front()));
}

/// Every bar that was reconciled before must still be what it was.
Status check_prefix(const RollingState& state, const runlog::RunReader& prod) {
  for (std::size_t i = 0; i < state.bars.size(); ++i) {
    if (i >= prod.bars().size() || !same_in_prod(state.bars[i], prod.bars()[i])) {
      return Error{ErrorCode::kCorruptEvidence,
                   fmt::format("{}: bar {} of '{}' was reconciled as {} and is now {}; a committed "
                               "bar never changes",
                               kWho, to_iso(state.bars[i].bar), prod.directory().string(),
                               state.bars[i].prod,
                               i < prod.bars().size() ? to_hex(prod.bars()[i].content_hash)
                                                      : std::string("not there"))};
    }
  }
  return {};
}

/// The simulation of the first `bars` bars lies in its final place: its log names itself.
fs::path simulation_dir(const fs::path& dir, std::size_t bars) {
  return dir / fmt::format("{}{:06}", kSimulation, bars);
}

/// The simulation of exactly these bars, when a call before made it.
std::optional<runlog::RunReader> kept_simulation(const fs::path& log, const RollingState& state,
                                                 const runlog::RunReader& prod) {
  if (state.bars.size() != prod.bars().size()) {
    return {};
  }
  Result<runlog::RunReader> sim = runlog::RunReader::open(log);
  const bool whole =
      sim.ok() && sim->manifest().outcome == runlog::RunOutcome::kComplete &&
      sim->bars().size() == state.bars.size() &&
      std::ranges::equal(
          sim->bars(), state.bars, {},
          [](const runlog::BarRecord& bar) { return to_hex(bar.content_hash); }, &RollingBar::sim);
  return whole ? std::optional(std::move(*sim)) : std::nullopt;
}

Result<std::vector<marketdata::BarVersion>> dump_so_far(const RollingOptions& options,
                                                        const runlog::RunReader& prod) {
  TIEOUT_TRY(const fs::path store, store_of(kWho, options.market_data_store, prod));
  TIEOUT_TRY(
      std::vector<marketdata::BarVersion> versions,
      read_versions(kWho, store, window_of(prod, prod.manifest().start, prod.bars().back().bar),
                    prod.manifest().universe));
  TIEOUT_CHECK(marketdata::write_dump(options.dir / "test_data.csv.gz", versions));
  return versions;
}

/// Replay the bars that `prod` has. The log on the disk may have more by now; they are left out.
Result<runlog::RunReader> simulate(const RollingOptions& options, const fs::path& log,
                                   const runlog::RunReader& prod, const Context& context,
                                   std::vector<std::string>& notes) {
  system::SimulationOptions sim;
  sim.constructor = prod.manifest().constructor;
  sim.mode = prod.manifest().mode;
  sim.stage = prod.manifest().stage;
  sim.start = prod.manifest().start;
  sim.end = prod.bars().back().bar;
  sim.dst_dir = log;
  sim.market_data = options.dir / "test_data.csv.gz";
  TIEOUT_TRY(sim.overrides, recorded_overrides(prod));
  sim.prod_log = options.prod_log;
  TIEOUT_TRY(const system::RunSummary summary,
             system::run_simulation(sim, context.registry, context.stop));
  if (summary.outcome == runlog::RunOutcome::kInterrupted) {
    return Error{ErrorCode::kInterrupted, fmt::format("{}: stopped by a signal", kWho)};
  }
  // That production has not computed all bars is no news here.
  std::ranges::copy_if(summary.warnings, std::back_inserter(notes), [](const std::string& text) {
    return !text.starts_with("production computed ");
  });
  return runlog::RunReader::open(log);
}

/// Old simulations, and what a kill left of one.
Status remove_simulations(const fs::path& dir, const fs::path& keep) {
  std::vector<fs::path> old;
  std::error_code code;
  for (fs::directory_iterator entry(dir, code), end; !code && entry != end; entry.increment(code)) {
    if (entry->path().filename().string().starts_with(kSimulation) && entry->path() != keep) {
      old.push_back(entry->path());
    }
  }
  for (const fs::path& path : old) {
    TIEOUT_CHECK(remove_tree(path));
  }
  return {};
}

/// Add the bars of this look; a bar of before that comes out differently now is noted.
void add_bars(const RollingState& state, Rolling& out) {
  for (std::size_t i = 0; i < out.prod.bars().size(); ++i) {
    const auto found = std::ranges::lower_bound(out.sim->bars(), out.prod.bars()[i].bar, {},
                                                &runlog::BarRecord::bar);
    const bool simulated = found != out.sim->bars().end() && found->bar == out.prod.bars()[i].bar;
    out.bars.push_back(
        bar_of(out.prod.bars()[i], simulated ? to_hex(found->content_hash) : std::string()));
    if (i < state.bars.size() && state.bars[i].sim != out.bars[i].sim &&
        std::ranges::none_of(out.notes, [](const std::string& note) {
          return note.starts_with("the simulation of bar ");
        })) {
      out.notes.push_back(
          fmt::format("the simulation of bar {} came out otherwise than before: the store or the "
                      "program is not what it was",
                      to_iso(out.bars[i].bar)));
    }
  }
  out.new_bars = out.bars.size() - std::min(out.bars.size(), state.bars.size());
}

Status compare(const RollingOptions& options, Rolling& out) {
  recon::CompareOptions compare;
  compare.expected_config_differences = recon::default_expected_config_differences();
  compare.check_self_consistency = false;  // as in the fast report
  compare.policy = options.policy;
  TIEOUT_TRY(out.comparison, recon::compare_runs(out.prod, *out.sim, compare));
  return {};
}

/// A look is kept when it saw more, or judged otherwise, than the one before it.
void add_pass(const Context& context, Rolling& out) {
  RollingPass pass;
  pass.at = context.now();
  pass.bars = out.bars.size();
  pass.last_bar = out.bars.back().bar;
  pass.sealed = out.prod.sealed();
  pass.policy_hash = out.comparison->policy.hash;
  pass.verdict = recon::to_string(out.comparison->verdict);
  pass.sentence = out.comparison->sentence;
  if (const auto& first = out.comparison->first;
      first && first->finding.kind != recon::BreakKind::kConfigLeaf) {
    pass.first_bar = first->finding.bar;
  }
  if (!out.passes.empty()) {
    RollingPass same = out.passes.back();
    if (same.bars == pass.bars && same.sealed == pass.sealed &&
        same.policy_hash == pass.policy_hash && same.verdict == pass.verdict &&
        same.sentence == pass.sentence) {
      return;
    }
  }
  out.passes.push_back(std::move(pass));
}

Status move_aside(const RollingOptions& options, const Context& context, RollingState& state,
                  std::vector<std::string>& notes) {
  TIEOUT_TRY(const fs::path backup, backup_name(options.dir));
  std::error_code code;
  fs::rename(options.dir, backup, code);
  if (code) {
    return file_error(kWho, options.dir, code.value());
  }
  notes.push_back(
      fmt::format("'{}' holds another run than at the last look; the state of that one "
                  "is kept as '{}'",
                  options.prod_log.string(), backup.string()));
  context.say(notes.back());
  state = {};
  return tieout::create_directories(options.dir);
}

Status explain(const std::vector<marketdata::BarVersion>& versions, Rolling& out) {
  if (!out.comparison->first) {
    return {};
  }
  TIEOUT_TRY(out.evidence, explain_first_divergence(*out.comparison, out.prod, *out.sim, versions));
  return {};
}

}  // namespace

std::string verdict_of(const Rolling& rolling) {
  return std::string(recon::to_string(rolling.comparison ? rolling.comparison->verdict
                                                         : recon::Verdict::kInconclusive));
}

std::string sentence_of(const Rolling& rolling) {
  return rolling.comparison ? rolling.comparison->sentence : "no bar is finished yet";
}

Result<Rolling> reconcile_so_far(const RollingOptions& options, const Context& context) {
  TIEOUT_CHECK(tieout::create_directories(options.dir));
  TIEOUT_TRY(const RunLock lock, RunLock::acquire(fs::path(options.dir.string() + ".lock")));
  TIEOUT_TRY(runlog::RunReader prod, runlog::RunReader::open(options.prod_log));
  Rolling out(std::move(prod));
  const runlog::Manifest& manifest = out.prod.manifest();
  if (manifest.end != runlog::kOpenEnd) {
    out.bars_expected = TimeGrid{manifest.bar}.count_between(manifest.start, manifest.end);
  }
  TIEOUT_TRY(RollingState state, read_rolling_state(options.dir));
  if (is_another_run(state, out.prod)) {
    TIEOUT_CHECK(move_aside(options, context, state, out.notes));
  }
  TIEOUT_CHECK(check_prefix(state, out.prod));
  out.passes = state.passes;
  if (out.prod.bars().empty()) {
    TIEOUT_CHECK(write_rolling_state(options.dir, out));
    return out;
  }
  const fs::path simulation = simulation_dir(options.dir, out.prod.bars().size());
  const fs::path log = simulation / ("system_log_dir." + manifest.mode);
  out.sim = kept_simulation(log, state, out.prod);
  out.simulated = !out.sim.has_value();
  std::vector<marketdata::BarVersion> versions;
  if (out.simulated) {
    TIEOUT_CHECK(remove_simulations(options.dir, {}));
    TIEOUT_TRY(versions, dump_so_far(options, out.prod));
    TIEOUT_TRY(out.sim, simulate(options, log, out.prod, context, out.notes));
  }
  TIEOUT_CHECK(compare(options, out));
  if (!out.simulated && out.comparison->first) {
    TIEOUT_TRY(versions, marketdata::read_dump(options.dir / "test_data.csv.gz"));
  }
  TIEOUT_CHECK(explain(versions, out));
  if (out.comparison->first) {
    out.versions = std::move(versions);
  }
  add_bars(state, out);
  add_pass(context, out);
  TIEOUT_CHECK(write_rolling_state(options.dir, out));
  return out;
}

}  // namespace tieout::flow
