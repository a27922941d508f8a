#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/recon/compare.hpp"
#include "tieout/reference/export.hpp"
#include "tieout/reference/log_reader.hpp"
#include "tieout/runlog/reader.hpp"

#include "commands.hpp"
#include "profile_commands.hpp"
#include "render.hpp"

namespace tieout::cli {
namespace {

class Compare final : public Command {
 public:
  std::string_view name() const noexcept override { return "compare"; }
  std::string_view summary() const noexcept override {
    return "Compare two logs, ours or the reference system's: verdict, first divergence, counts";
  }
  std::vector<Flag> flags() override {
    std::vector<Flag> flags{
        {"PROD_DIR", &prod_, "system_log_dir of production, of either kind", Need::kRequired},
        {"SIM_DIR", &sim_, "system_log_dir of the simulation, or of any other run, of either kind",
         Need::kRequired},
        {"--policy", &policy_, "Policy file: what is allowed to differ; without it nothing is",
         Need::kOptional, "FILE"},
        {"--first", &first_,
         "Stop after the bar of the first divergence; later bars and each run's self-consistency "
         "are "
         "left out, which the coverage says"},
        {"--noise-floor", &noise_floor_,
         "noise_floor.json of `tieout noise_floor`: the verdict names the nodes that are noisy by "
         "themselves",
         Need::kOptional, "FILE"},
        {"--json", &json_, "Print the whole comparison as JSON"},
    };
    profile_.add_flags(flags);
    return flags;
  }
  Result<int> run(Session& session) override {
    if (profile_.is_reference() && !policy_.empty()) {
      return Error{ErrorCode::kInvalidArgument,
                   "compare: --policy and --profile are both given, only one rule can hold"};
    }
    if (profile_.is_reference()) {
      if (!noise_floor_.empty()) {
        return Error{
            ErrorCode::kInvalidArgument,
            "compare: --noise-floor belongs to our comparison, not to --profile reference"};
      }
      return compare_by_profile(session, prod_, sim_, profile_, json_);
    }
    recon::CompareOptions options;
    recon::Policy policy;
    if (!policy_.empty()) {
      TIEOUT_TRY(policy, recon::load_policy(policy_));
      options.policy = &policy;
    }
    // Shared: texts of both sides are compared by their numbers in one pool.
    const auto strings = std::make_shared<StringPool>();
    TIEOUT_TRY(const auto prod, reference::open_run(prod_, strings));
    TIEOUT_TRY(const auto sim, reference::open_run(sim_, strings));
    options.expected_config_differences = recon::default_expected_config_differences();
    options.stop_at_first = first_;
    options.check_self_consistency = !first_;
    std::optional<recon::NoiseFloor> noise;
    if (!noise_floor_.empty()) {
      TIEOUT_TRY(noise, recon::read_noise_floor(noise_floor_));
      options.noise = &*noise;
    }
    TIEOUT_TRY(const auto comparison, recon::compare_runs(*prod, *sim, options));
    session.out << (json_ ? recon::to_json(comparison) + "\n" : render_comparison(comparison));
    if (!json_) {
      for (const auto* run : {prod.get(), sim.get()}) {
        for (const std::string& note : run->notes()) {
          session.out << fmt::format("note: {}: {}\n", run == prod.get() ? "prod" : "sim", note);
        }
      }
    }
    return recon::exit_code_of(comparison.verdict);
  }

 private:
  DagProfileFlags profile_;
  std::string prod_, sim_, policy_, noise_floor_;
  bool first_ = false;
  bool json_ = false;
};

class Export final : public Command {
 public:
  std::string_view name() const noexcept override { return "export"; }
  std::string_view summary() const noexcept override {
    return "Write a run log in the reference's layout (CSV or Parquet, New York times)";
  }
  std::vector<Flag> flags() override {
    return {
        {"RUN_DIR", &run_, "system_log_dir of a run", Need::kRequired},
        {"--dst", &dst_, "Directory to write; it must be empty or not exist", Need::kRequired,
         "DIR"},
        {"--format",
         &format_,
         "Files of the nodes' outputs; the reference's own checks look for Parquet",
         Need::kOptional,
         "",
         {"csv", "parquet", "both"}},
        {"--every-nth-bar", &every_, "Write the nodes' output of every n-th bar", Need::kOptional,
         "N"},
        {"--nodes",
         &options_.nodes,
         "Write the nodes' output at all",
         Need::kOptional,
         "",
         {},
         true},
    };
  }
  Result<int> run(Session& session) override {
    if (every_ == 0) {
      return Error{ErrorCode::kInvalidArgument,
                   "export: --every-nth-bar is 0, it must be positive"};
    }
    options_.format = format_ == "parquet" ? reference::NodeFormat::kParquet
                      : format_ == "both"  ? reference::NodeFormat::kBoth
                                           : reference::NodeFormat::kCsv;
    TIEOUT_TRY(const auto run, runlog::RunReader::open(run_));
    options_.every_nth_bar = static_cast<std::size_t>(every_);
    TIEOUT_CHECK(reference::export_reference_layout(run, dst_, options_));
    session.out << fmt::format("exported {} bars to {}\n", run.bars().size(), dst_);
    return 0;
  }

 private:
  std::string run_, dst_;
  std::string format_ = "csv";
  std::uint64_t every_ = 1;
  reference::ExportOptions options_;
};

class VerifyLog final : public Command {
 public:
  std::string_view name() const noexcept override { return "verify_log"; }
  std::string_view summary() const noexcept override {
    return "Check every checksum and the hash chains of a run log";
  }
  std::vector<Flag> flags() override {
    return {
        {"RUN_DIR", &run_, "system_log_dir of a run", Need::kRequired},
        {"--json", &json_, "Print the result as JSON"},
    };
  }
  Result<int> run(Session& session) override;

 private:
  std::string run_;
  bool json_ = false;
};

Result<int> VerifyLog::run(Session& session) {
  TIEOUT_TRY(const auto run, runlog::RunReader::open(run_, runlog::Verify::kAll));
  const runlog::Manifest& manifest = run.manifest();
  const runlog::Recovery& recovery = run.recovery();
  if (json_) {
    const nlohmann::ordered_json json{{"run_dir", run_},
                                      {"intact", true},
                                      {"sealed", run.sealed()},
                                      {"outcome", runlog::to_string(manifest.outcome)},
                                      {"bars", run.bars().size()},
                                      {"root_hash", manifest.root_hash},
                                      {"bytes_cut", recovery.bytes_cut},
                                      {"notes", recovery.notes}};
    session.out << json.dump(2) << '\n';
    return 0;
  }
  session.out << fmt::format(
      "intact: {} bars, {}, {}\n", run.bars().size(), runlog::to_string(manifest.outcome),
      run.sealed() ? "sealed, root hash " + manifest.root_hash
                   : std::string("not sealed: the run was killed or goes on"));
  for (const std::string& note : recovery.notes) {
    session.out << "  cut: " << note << '\n';
  }
  return 0;
}

}  // namespace

std::unique_ptr<Command> make_compare() {
  return std::make_unique<Compare>();
}
std::unique_ptr<Command> make_export() {
  return std::make_unique<Export>();
}
std::unique_ptr<Command> make_verify_log() {
  return std::make_unique<VerifyLog>();
}

}  // namespace tieout::cli
