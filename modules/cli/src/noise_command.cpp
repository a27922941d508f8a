#include <fmt/format.h>

#include "tieout/flow/noise_floor.hpp"

#include "commands.hpp"
#include "progress.hpp"

namespace tieout::cli {
namespace {

std::string render(const flow::NoiseFloorResult& result) {
  const recon::NoiseFloor& floor = result.floor;
  if (!result.inconclusive.empty()) {
    return fmt::format("INCONCLUSIVE: {}\n", result.inconclusive);
  }
  std::string text;
  std::uint64_t noisy = 0;
  for (const recon::NoisyPart& part : floor.parts) {
    if (part.is_noisy()) {
      ++noisy;
      text += fmt::format("C208 {}: {}, {} cells differ, first at bar {}\n", part.name,
                          recon::describe_noise(part, floor.runs.size()), part.cells,
                          part.first_bar ? to_iso(*part.first_bar) : "-");
    }
  }
  text += noisy == 0 ? fmt::format("QUIET: {} simulations of {} bars are equal to the bit: {}\n",
                                   floor.runs.size(), floor.bars, floor.runs.front().content_hash)
                     : fmt::format(
                           "NOISY: {} of {} nodes and tables differ between {} "
                           "simulations of {} bars\n",
                           noisy, floor.parts.size(), floor.runs.size(), floor.bars);
  if (!result.written.empty()) {
    text += fmt::format("written to {}\n", result.written.string());
  }
  return text;
}

class NoiseFloorCommand final : public Command {
 public:
  std::string_view name() const noexcept override { return "noise_floor"; }
  std::string_view summary() const noexcept override {
    return "Simulate a run k times, varying what must not matter, and report any difference";
  }
  std::vector<Flag> flags() override {
    return {
        {"RUN", &run_,
         "Directory of a reconciliation (with prod and simulation/test_data.csv.gz), or one run "
         "log",
         Need::kRequired},
        {"-k", &repetitions_,
         "Simulations in all. The first is the reference; the others vary full and incremental "
         "recompute, the fill of memory, TZ and locale. The engine has one thread, so that there "
         "is no number of threads to vary",
         Need::kOptional, "N"},
        {"--market-data", &market_data_,
         "Dump (default: the test_data.csv.gz of the reconciliation, or what the log names)",
         Need::kOptional, "FILE"},
        {"--plugin", &plugins_, "Shared object with DagBuilders; repeatable", Need::kOptional,
         "SO"},
        {"--out", &out_,
         "Where to write the floor (default: noise_floor.json in the directory of a "
         "reconciliation, "
         "which its reports pick up; nowhere for one run log)",
         Need::kOptional, "FILE"},
        {"--json", &json_, "Print the noise floor as JSON"},
    };
  }
  Result<int> run(Session& session) override;

 private:
  std::string run_, market_data_, out_;
  std::vector<std::string> plugins_;
  std::uint64_t repetitions_ = 3;
  bool json_ = false;
};

Result<int> NoiseFloorCommand::run(Session& session) {
  TIEOUT_TRY(const dataflow::DagBuilderRegistry registry, make_registry(plugins_));
  flow::NoiseFloorOptions options;
  options.repetitions = repetitions_;
  TIEOUT_TRY(options.run, local_path("RUN", run_));
  TIEOUT_TRY(options.market_data, local_path("--market-data", market_data_));
  TIEOUT_TRY(options.out, local_path("--out", out_));
  // With --json only the JSON goes to the standard output.
  Session quiet = session.with_output(session.err);
  ProgressLine line(json_ ? quiet : session);
  options.say = [&](const std::string& text) { line.say(text); };
  options.progress = [&](const system::Progress& progress) { line.show(progress); };
  const Result<flow::NoiseFloorResult> result =
      flow::measure_noise_floor(options, registry, session.stop);
  line.finish();
  if (!result.ok()) {
    return result.error();
  }
  if (!result->inconclusive.empty()) {
    (json_ ? session.err : session.out) << render(*result);
    return 3;
  }
  session.out << (json_ ? recon::to_json(result->floor) : render(*result));
  return result->floor.is_noisy() ? 1 : 0;
}

}  // namespace

std::unique_ptr<Command> make_noise_floor() {
  return std::make_unique<NoiseFloorCommand>();
}

}  // namespace tieout::cli
