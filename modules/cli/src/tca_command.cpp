#include <fmt/format.h>

#include "tieout/flow/run_discovery.hpp"
#include "tieout/flow/tca.hpp"

#include "commands.hpp"
#include "progress.hpp"

namespace tieout::cli {
namespace {

/// The end of the one run that starts at `text.start_timestamp_as_str`. Errors: kFileNotFound,
/// kDuplicateId when several start then.
Status find_end(flow::IdentityText& text) {
  TIEOUT_TRY(const std::string model, dataflow::model_name_of(text.dag_builder_ctor_as_str));
  TIEOUT_TRY(const Timestamp start, parse_ts_name(text.start_timestamp_as_str));
  TIEOUT_TRY(const auto dirs,
             flow::list_run_dirs(text.dst_root_dir,
                                 text.tag.empty() ? model : model + "." + text.tag, text.run_mode));
  TIEOUT_TRY(const flow::Discovery found,
             flow::discover_runs(dirs, {.start = start, .end = start}));
  if (found.runs.size() > 1) {
    return Error{ErrorCode::kDuplicateId,
                 fmt::format("reconcile_dump_tca_data: {} runs start at {}: {}, {}; say which with "
                             "--end-timestamp-as-str",
                             found.runs.size(), text.start_timestamp_as_str, found.runs[0].name,
                             found.runs[1].name)};
  }
  text.end_timestamp_as_str = to_ts_name(found.runs.front().end);
  return {};
}

class DumpTcaData final : public Command {
 public:
  DumpTcaData() { identity_.run_mode = "prod"; }
  std::string_view name() const noexcept override { return "reconcile_dump_tca_data"; }
  std::string_view summary() const noexcept override {
    return "Dump the broker's trades of a run for transaction cost analysis";
  }
  std::vector<Flag> flags() override {
    return {
        {"--dag-builder-ctor-as-str", &identity_.dag_builder_ctor_as_str,
         "DagBuilder of the strategy, as production's", Need::kRequired, "NAME"},
        {"--start-timestamp-as-str", &identity_.start_timestamp_as_str, "First bar, UTC",
         Need::kRequired, "YYYYMMDD_HHMMSS"},
        {"--end-timestamp-as-str", &identity_.end_timestamp_as_str,
         "Last bar, UTC (default: that of the one run that starts then)", Need::kOptional,
         "YYYYMMDD_HHMMSS"},
        {"--dst-root-dir", &dst_root_dir_, "Root of the reconciliations; it must exist",
         Need::kRequired, "DIR"},
        {"--run-mode",
         &identity_.run_mode,
         "Run mode of production",
         Need::kOptional,
         "MODE",
         {"prod", "paper_trading"}},
        {"--mode",
         &identity_.mode,
         "How production was started (default: that of the one copied run)",
         Need::kOptional,
         "MODE",
         {"scheduled", "manual"}},
        {"--tag", &identity_.tag, "Tag of the config, as in C1b.tag", Need::kOptional, "TAG"},
        {"--stage",
         &identity_.stage,
         "Stage of production, a label",
         Need::kOptional,
         "STAGE",
         {"local", "test", "preprod", "prod"}},
        {"--trades", &trades_,
         "Trades of the venue instead of the log's fills (CSV or JSON, as execution_quality reads)",
         Need::kOptional, "FILE"},
        {"--incremental", &dump_.incremental, "Keep a dump that is whole"},
        {"--prevent-overwriting",
         &dump_.prevent_overwriting,
         "Remove the write bits of what was made",
         Need::kOptional,
         "",
         {},
         true},
    };
  }

  Result<int> run(Session& session) override {
    TIEOUT_TRY(identity_.dst_root_dir, local_path("--dst-root-dir", dst_root_dir_));
    TIEOUT_TRY(dump_.trades_file, local_path("--trades", trades_));
    if (identity_.end_timestamp_as_str.empty()) {
      TIEOUT_CHECK(find_end(identity_));
    }
    TIEOUT_TRY(dump_.run, flow::make_identity(identity_));
    TIEOUT_CHECK(flow::find_mode(dump_.run));
    ProgressLine line(session);
    const dataflow::DagBuilderRegistry registry;
    const flow::Context context{.registry = registry,
                                .now = session.now,
                                .say = [&](std::string_view text) { line.say(text); },
                                .complain = [&](const Error& error) { line.complain(error); },
                                .progress = nullptr,
                                .stop = session.stop};
    flow::Reconciliation recon;
    recon.run = dump_.run;
    return flow::run_stage(recon, name(), context,
                           [&] { return flow::dump_tca_data(dump_, context); });
  }

 private:
  flow::TcaDump dump_;
  flow::IdentityText identity_;
  std::string dst_root_dir_, trades_;
};

}  // namespace

std::unique_ptr<Command> make_reconcile_dump_tca_data() {
  return std::make_unique<DumpTcaData>();
}

}  // namespace tieout::cli
