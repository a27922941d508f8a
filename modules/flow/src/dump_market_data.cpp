#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "tieout/core/file.hpp"
#include "tieout/core/hash.hpp"
#include "tieout/flow/dump_summary.hpp"
#include "tieout/flow/reconcile.hpp"
#include "tieout/marketdata/dump.hpp"
#include "tieout/runlog/reader.hpp"

#include "record.hpp"
#include "run_market_data.hpp"
#include "stage_inputs.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;
using marketdata::BarVersion;

constexpr const char* kFileName = "test_data.csv.gz";

/// What a dump is made of.
struct Rows {
  fs::path store;
  marketdata::BarWindow window;
  std::vector<Asset> assets;
  std::vector<BarVersion> versions;
};

/// A flag that contradicts what production recorded is an error that shows both.
Status check_db_stage(const Reconciliation& recon, const runlog::Manifest& manifest) {
  if (recon.dump.db_stage.empty() || manifest.stage.empty() ||
      recon.dump.db_stage == manifest.stage) {
    return {};
  }
  return Error{ErrorCode::kInvalidArgument,
               fmt::format("reconcile_dump_market_data: --db-stage is {}, production's run says "
                           "{}; leave the flag out to take production's",
                           recon.dump.db_stage, manifest.stage)};
}

Result<Rows> read_rows(const Reconciliation& recon) {
  TIEOUT_TRY(const runlog::RunReader prod,
             runlog::RunReader::open(target_layout(recon.run).prod_log_dir));
  const runlog::Manifest& manifest = prod.manifest();
  TIEOUT_CHECK(check_db_stage(recon, manifest));
  Rows rows;
  TIEOUT_TRY(rows.store, store_of(kDumpMarketData, recon.market_data_store, prod));
  rows.window = window_of(prod, recon.run.start, recon.run.end);
  rows.assets = recon.universe.empty() ? manifest.universe : recon.universe;
  TIEOUT_TRY(rows.versions, read_versions(kDumpMarketData, rows.store, rows.window, rows.assets));
  return rows;
}

/// The text of the dump holds every bit of every row.
std::string digest_of(const Rows& rows) {
  return sha256_hex(fmt::format("{} {} {} {}", rows.store.string(), rows.window.first.ns,
                                rows.window.last.ns,
                                sha256_hex(marketdata::dump_text(rows.versions))));
}

/// Put the question of --interactive after what there is to judge by.
Status ask_whether_ok(const Reconciliation& recon, const std::string& text,
                      const Context& context) {
  if (!recon.dump.interactive) {
    return {};
  }
  for (const std::string& line : first_and_last_lines(text)) {
    context.say("  " + line);
  }
  if (context.ask("Is the file ok?")) {
    return {};
  }
  return Error{ErrorCode::kInvalidArgument,
               "reconcile_dump_market_data: the answer to 'Is the file ok?' was not yes; the dump "
               "is not kept"};
}

/// Write the dump and its summary into `dir`.
Status write_files(const fs::path& dir, const Reconciliation& recon, const Rows& rows,
                   const Context& context) {
  const fs::path file = dir / kFileName;
  TIEOUT_CHECK(marketdata::write_dump(file, rows.versions));
  TIEOUT_TRY(const std::string bytes, read_file(file));
  DumpSummary summary = summarise_dump(rows.versions, rows.assets);
  summary.store = rows.store.string();
  summary.universe_version = recon.dump.universe_version;
  summary.after = rows.window.first;
  summary.until = rows.window.last;
  summary.sha256 = sha256_hex(bytes);
  summary.size_bytes = bytes.size();
  TIEOUT_CHECK(write_file_atomic(dir / "test_data.json", to_json(summary)));
  for (const std::string& line : describe(summary)) {
    context.say(line);
  }
  TIEOUT_CHECK(ask_whether_ok(recon, marketdata::dump_text(rows.versions), context));
  return check_stop(context, "reconcile_dump_market_data");
}

/// --source-dir: a dump that is there already stands for the store when `incremental`.
///
/// Rule: its rows outside of the window or of other assets are left out, so that the result is the
///       one that the store would have given. Returns: nothing when there is no such file.
Result<std::optional<Rows>> rows_of_source_dir(const Reconciliation& recon,
                                               const Context& context) {
  const fs::path file = recon.dump.source_dir / kFileName;
  std::error_code code;
  if (recon.dump.source_dir.empty() || !fs::exists(file, code)) {
    return std::optional<Rows>();
  }
  if (!recon.existing.incremental) {
    return Error{ErrorCode::kPathExists,
                 fmt::format("Path '{}' already exist!; --incremental takes it instead of dumping",
                             file.string())};
  }
  TIEOUT_TRY(const runlog::RunReader prod,
             runlog::RunReader::open(target_layout(recon.run).prod_log_dir));
  Rows rows;
  rows.store = fs::absolute(file).lexically_normal();
  rows.window = window_of(prod, recon.run.start, recon.run.end);
  rows.assets = recon.universe.empty() ? prod.manifest().universe : recon.universe;
  TIEOUT_TRY(rows.versions, marketdata::read_dump(file));
  const auto is_outside = [&](const BarVersion& row) {
    return row.end <= rows.window.first || row.end > rows.window.last ||
           std::none_of(rows.assets.begin(), rows.assets.end(),
                        [&](const Asset& asset) { return asset.id == row.asset; });
  };
  rows.versions.erase(std::remove_if(rows.versions.begin(), rows.versions.end(), is_outside),
                      rows.versions.end());
  if (rows.versions.empty()) {
    return Error{ErrorCode::kMissingData,
                 fmt::format("reconcile_dump_market_data: '{}' holds no bar of the {} assets that "
                             "ends in ({}, {}]",
                             file.string(), rows.assets.size(), to_iso(rows.window.first),
                             to_iso(rows.window.last))};
  }
  context.say(fmt::format("takes the rows of '{}'", file.string()));
  return std::optional(std::move(rows));
}

}  // namespace

Result<std::string> dump_inputs(const Reconciliation& recon) {
  TIEOUT_TRY(const Rows rows, read_rows(recon));
  return digest_of(rows);
}

Result<StageOutcome> dump_market_data(const Reconciliation& recon, const Context& context) {
  const TargetLayout layout = target_layout(recon.run);
  StageOutcome outcome;
  const fs::path summary_file = layout.simulation / "test_data.json";
  outcome.outputs = {layout.test_data, summary_file};
  if (recon.dump.interactive && !context.ask) {
    return Error{
        ErrorCode::kInvalidArgument,
        "reconcile_dump_market_data: --interactive asks 'Is the file ok?' and the standard "
        "input is no terminal; leave the flag out in a job"};
  }
  std::error_code code;
  if (fs::exists(layout.test_data, code) && !recon.replace_outputs) {
    if (!recon.existing.incremental) {
      return Error{ErrorCode::kPathExists,
                   fmt::format("Path '{}' already exist!", layout.test_data.string())};
    }
    context.say(fmt::format("kept '{}'", layout.test_data.string()));
    return outcome;
  }
  TIEOUT_TRY(std::optional<Rows> given, rows_of_source_dir(recon, context));
  if (!given.has_value()) {
    TIEOUT_TRY(given, read_rows(recon));
  }
  const Rows& rows = *given;
  TIEOUT_CHECK(check_stop(context, "reconcile_dump_market_data"));
  TIEOUT_TRY(const fs::path temporary, make_temporary(layout.simulation, "dump"));
  if (const Status written = write_files(temporary, recon, rows, context); !written.ok()) {
    static_cast<void>(remove_tree(temporary));  // What failed is the news.
    return written.error();
  }
  TIEOUT_CHECK(move_into_place(temporary, layout.simulation));
  outcome.inputs_sha256 = digest_of(rows);
  if (recon.prevent_overwriting) {
    TIEOUT_CHECK(protect(layout.test_data));
  }
  return outcome;
}

}  // namespace tieout::flow
