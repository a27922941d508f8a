#include <optional>

#include <fmt/format.h>

#include "tieout/core/file.hpp"
#include "tieout/flow/alerts.hpp"
#include "tieout/flow/reconcile.hpp"
#include "tieout/flow/s3_source.hpp"

#include "commands.hpp"
#include "network.hpp"
#include "progress.hpp"
#include "recon_failure.hpp"
#include "reconcile_flags.hpp"

namespace tieout::cli {
namespace {

/// A command of the family: flags, then one call of the flow.
class Reconcile : public Command {
 public:
  Result<int> run(Session& session) final {
    TIEOUT_TRY(const dataflow::DagBuilderRegistry registry, make_registry(flags_.plugins));
    TIEOUT_TRY(flow::Reconciliation recon, make_reconciliation(flags_));
    ProgressLine line(session);
    // With --json only the JSON goes to the standard output.
    Session quiet = session.with_output(session.err);
    ProgressLine quiet_line(quiet);
    ProgressLine& lines = flags_.json ? quiet_line : line;
    const Network network(session);
    flow::Context context{registry,
                          session.now,
                          [&](std::string_view text) { lines.say(text); },
                          [&](const Error& error) { lines.complain(error); },
                          [&](const system::Progress& progress) { lines.show(progress); },
                          session.stop,
                          &network.outside(),
                          network.outside().wait};
    if (session.in != nullptr) {
      context.ask = [&](std::string_view question) {
        lines.finish();
        return ask(session, question);
      };
    }
    context.fail = [&](std::string_view stage, const Error& error) {
      lines.finish();
      session.err << failure_text(error, stage, flow::run_id(recon.run)) << std::flush;
      lines.complain(error);
    };
    TIEOUT_TRY(const int code, call(recon, context));
    lines.finish();
    const auto status_file = flow::target_layout(recon.run).status;
    if (code == 1 || code == 3) {
      TIEOUT_TRY(const flow::RunStatus status, flow::read_status(status_file));
      session.err << verdict_text(status, code);
    }
    if (flags_.json) {
      TIEOUT_TRY(const std::string status, read_file(status_file));
      session.out << status;
    }
    return code;
  }

 protected:
  virtual Result<int> call(flow::Reconciliation& recon, const flow::Context& context) = 0;
  ReconcileFlags flags_;
};

class RunAll final : public Reconcile {
 public:
  std::string_view name() const noexcept override { return "reconcile_run_all"; }
  std::string_view summary() const noexcept override {
    return "Copy, dump, replay, compare, report, publish: the whole reconciliation";
  }
  std::vector<Flag> flags() override {
    std::vector<Flag> flags;
    add_identity(flags, flags_);
    add_dst_root(flags, flags_, Need::kRequired);
    add_source(flags, flags_);
    add_mode(flags, flags_, Need::kRequired);
    add_overrides(flags, flags_);
    add_force_overrides(flags, flags_);
    flags.push_back({"--run-notebook", &flags_.run_notebook, "Write the slow report too"});
    add_report(flags, flags_);
    add_simulation(flags, flags_);
    add_store(flags, flags_);
    add_existing(flags, flags_);
    add_incremental(flags, flags_);
    add_prevent(flags, flags_);
    flags.push_back(
        {"--allow-update", &flags_.allow_update, "At the end make everything writable again"});
    add_control(flags, flags_);
    add_alerts(flags, flags_);
    add_plugins(flags, flags_);
    add_json(flags, flags_);
    return flags;
  }

 private:
  Result<int> call(flow::Reconciliation& recon, const flow::Context& context) override {
    std::optional<flow::AlertConfig> alerts;
    if (!flags_.alerts.empty()) {
      TIEOUT_TRY(alerts, flow::load_alerts(flags_.alerts, context.outside->environment));
    }
    const flow::Reconciliation given = recon;
    const Result<int> outcome = reconcile(recon, context);
    if (alerts) {
      flow::fire_alerts(given, *alerts, outcome, context);
    }
    return outcome;
  }
  static Result<int> reconcile(flow::Reconciliation& recon, const flow::Context& context) {
    TIEOUT_TRY(const flow::SourceMirror mirror, flow::fetch_source(recon, context));
    return flow::reconcile_run_all(recon, context);
  }
};

class CreateDirs final : public Reconcile {
 public:
  std::string_view name() const noexcept override { return "reconcile_create_dirs"; }
  std::string_view summary() const noexcept override {
    return "Make the directories of a reconciliation";
  }
  std::vector<Flag> flags() override {
    std::vector<Flag> flags;
    add_identity(flags, flags_);
    add_dst_root(flags, flags_, Need::kRequired);
    add_mode(flags, flags_, Need::kOptional);
    add_existing(flags, flags_);
    add_incremental(flags, flags_);
    return flags;
  }

 private:
  Result<int> call(flow::Reconciliation& recon, const flow::Context& context) override {
    return flow::run_stage_alone(recon, name(), context,
                                 [&] { return flow::create_dirs(recon, context); });
  }
};

class CopyProdData final : public Reconcile {
 public:
  std::string_view name() const noexcept override { return "reconcile_copy_prod_data"; }
  std::string_view summary() const noexcept override {
    return "Copy a production run and verify every byte of the copy";
  }
  std::vector<Flag> flags() override {
    std::vector<Flag> flags;
    add_identity(flags, flags_);
    add_dst_root(flags, flags_, Need::kRequired);
    add_source(flags, flags_);
    add_mode(flags, flags_, Need::kRequired);
    add_incremental(flags, flags_);
    add_prevent(flags, flags_);
    return flags;
  }

 private:
  Result<int> call(flow::Reconciliation& recon, const flow::Context& context) override {
    TIEOUT_TRY(const flow::SourceMirror mirror, flow::fetch_source(recon, context));
    return flow::run_stage_alone(recon, name(), context,
                                 [&] { return flow::copy_prod_data(recon, context); });
  }
};

class DumpMarketData final : public Reconcile {
 public:
  std::string_view name() const noexcept override { return "reconcile_dump_market_data"; }
  std::string_view summary() const noexcept override {
    return "Dump all versions of the market data that a run could see";
  }
  std::vector<Flag> flags() override {
    std::vector<Flag> flags;
    add_identity(flags, flags_);
    add_dst_root(flags, flags_, Need::kRequired);
    add_mode(flags, flags_, Need::kOptional);
    add_store(flags, flags_);
    add_dump(flags, flags_);
    flags.push_back({"--universe", &flags_.universe, "Symbols: a file, or all of production's",
                     Need::kOptional, "FILE|all"});
    add_incremental(flags, flags_);
    add_prevent(flags, flags_);
    return flags;
  }

 private:
  Result<int> call(flow::Reconciliation& recon, const flow::Context& context) override {
    TIEOUT_CHECK(flow::find_mode(recon.run));
    return flow::run_stage_alone(recon, name(), context,
                                 [&] { return flow::dump_market_data(recon, context); });
  }
};

class RunSim final : public Reconcile {
 public:
  std::string_view name() const noexcept override { return "reconcile_run_sim"; }
  std::string_view summary() const noexcept override {
    return "Replay a production run in simulated time";
  }
  std::vector<Flag> flags() override {
    std::vector<Flag> flags;
    add_identity(flags, flags_);
    add_dst_root(flags, flags_, Need::kRequired);
    add_mode(flags, flags_, Need::kOptional);
    add_overrides(flags, flags_);
    add_force_overrides(flags, flags_);
    add_simulation(flags, flags_);
    add_incremental(flags, flags_);
    add_plugins(flags, flags_);
    return flags;
  }

 private:
  Result<int> call(flow::Reconciliation& recon, const flow::Context& context) override {
    TIEOUT_CHECK(flow::find_mode(recon.run));
    TIEOUT_CHECK(flow::check_reconciliation(recon, context));
    return flow::run_stage_alone(recon, name(), context,
                                 [&] { return flow::run_sim(recon, context); });
  }
};

class RunNotebook final : public Reconcile {
 public:
  // The guide's example has no --dst-root-dir.
  RunNotebook() { flags_.dst_root_dir = "prod_reconciliation"; }
  std::string_view name() const noexcept override { return "reconcile_run_notebook"; }
  std::string_view summary() const noexcept override {
    return "Compare production and simulation, write and publish a report";
  }
  std::vector<Flag> flags() override {
    std::vector<Flag> flags;
    flags.push_back({"--notebook-run-mode",
                     &flags_.notebook_run_mode,
                     "Which report",
                     Need::kRequired,
                     "KIND",
                     {"fast", "slow"}});
    add_identity(flags, flags_);
    add_dst_root(flags, flags_, Need::kOptional);
    add_mode(flags, flags_, Need::kOptional);
    add_overrides(flags, flags_);
    add_report(flags, flags_);
    flags.push_back({"--market-data-source-dir", &flags_.market_data_source_dir,
                     "Take test_data.csv.gz from there for the evidence", Need::kOptional, "DIR"});
    add_incremental(flags, flags_);
    add_prevent(flags, flags_);
    add_plugins(flags, flags_);
    add_json(flags, flags_);
    return flags;
  }

 private:
  Result<int> call(flow::Reconciliation& recon, const flow::Context& context) override {
    const bool slow = flags_.notebook_run_mode == "slow";
    if (slow && !flags_.overrides.empty()) {
      return Error{ErrorCode::kInvalidArgument,
                   "reconcile_run_notebook: --set-config-values belongs to the fast report; the "
                   "slow one takes none"};
    }
    TIEOUT_CHECK(flow::find_mode(recon.run));
    const std::string stage = fmt::format("{}.{}", name(), flags_.notebook_run_mode);
    return flow::run_stage_alone(recon, stage, context, [&] {
      return flow::run_report(recon, slow ? report::ReportKind::kSlow : report::ReportKind::kFast,
                              context);
    });
  }
};

class ListRun final : public Reconcile {
 public:
  std::string_view name() const noexcept override { return "reconcile_ls"; }
  std::string_view summary() const noexcept override {
    return "List the directory of a reconciliation with sizes";
  }
  std::vector<Flag> flags() override {
    std::vector<Flag> flags;
    add_identity(flags, flags_);
    add_dst_root(flags, flags_, Need::kRequired);
    add_mode(flags, flags_, Need::kOptional);
    return flags;
  }

 private:
  Result<int> call(flow::Reconciliation& recon, const flow::Context& context) override {
    TIEOUT_TRY(const flow::StageOutcome outcome, flow::list_run(recon, context));
    return outcome.exit;
  }
};

}  // namespace

std::unique_ptr<Command> make_reconcile_run_all() {
  return std::make_unique<RunAll>();
}
std::unique_ptr<Command> make_reconcile_create_dirs() {
  return std::make_unique<CreateDirs>();
}
std::unique_ptr<Command> make_reconcile_copy_prod_data() {
  return std::make_unique<CopyProdData>();
}
std::unique_ptr<Command> make_reconcile_dump_market_data() {
  return std::make_unique<DumpMarketData>();
}
std::unique_ptr<Command> make_reconcile_run_sim() {
  return std::make_unique<RunSim>();
}
std::unique_ptr<Command> make_reconcile_run_notebook() {
  return std::make_unique<RunNotebook>();
}
std::unique_ptr<Command> make_reconcile_ls() {
  return std::make_unique<ListRun>();
}

}  // namespace tieout::cli
