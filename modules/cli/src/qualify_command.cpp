#include <filesystem>

#include <fmt/format.h>

#include "tieout/core/file.hpp"
#include "tieout/flow/qualify.hpp"

#include "commands.hpp"

namespace tieout::cli {
namespace {

Result<std::optional<Timestamp>> parse_edge(std::string_view flag,
                                            const std::optional<std::string>& text) {
  if (!text) {
    return std::optional<Timestamp>();
  }
  const Result<Timestamp> edge = parse_ts_name(*text);
  if (!edge.ok()) {
    return Error{edge.error().code, fmt::format("{}: {}", flag, edge.error().message)};
  }
  return std::optional(*edge);
}

/// The bar of a deployment and its overrides, as its commands have them.
std::vector<std::string> overrides_of(const flow::Deployment& deployment) {
  std::vector<std::string> overrides{
      fmt::format(R"(("trading_period"),(str("{}")))", to_period(deployment.bar))};
  overrides.insert(overrides.end(), deployment.overrides.begin(), deployment.overrides.end());
  return overrides;
}

class QualifyModel final : public Command {
 public:
  std::string_view name() const noexcept override { return "qualify_model"; }
  std::string_view summary() const noexcept override {
    return "Go through the checklist before a model is deployed: go or no-go";
  }
  std::vector<Flag> flags() override {
    return {
        {"CTOR", &constructor_, "DagBuilder of the strategy (default: that of --deployment)"},
        {"--out", &out_, "New directory of the page, the JSON and all evidence", Need::kRequired,
         "DIR"},
        {"--set-config-values", &overrides_,
         "Config overrides, joined by ';' (default: those of --deployment)", Need::kOptional,
         "OVERRIDES"},
        {"--deployment", &deployment_,
         "Deployment file: its strategy, bar and overrides are qualified, and the file is checked",
         Need::kOptional, "TOML"},
        {"--against", &against_,
         "Incumbent to compare with: a deployment file (.toml), a file with overrides, or "
         "overrides "
         "of the same strategy; 'default' for none",
         Need::kOptional, "CONFIG"},
        {"--market-data", &market_data_,
         "Dump (test_data.csv.gz) or CSV of bars (default: generated bars)", Need::kOptional,
         "FILE"},
        {"--start", &start_,
         "First bar, UTC (default: by --bars; of generated data 20231108_143000)", Need::kOptional,
         "YYYYMMDD_HHMMSS"},
        {"--end", &end_, "Last bar, UTC (default: the last of the data)", Need::kOptional,
         "YYYYMMDD_HHMMSS"},
        {"--bars", &bars_, "Number of bars, where start and end do not say it", Need::kOptional,
         "N"},
        {"--assets", &assets_, "Number of assets of generated data", Need::kOptional, "N"},
        {"--seed", &seed_, "Seed of generated data and of the paper run's arrivals",
         Need::kOptional, "N"},
        {"--tiles", &tiles_, "Number of tiles that are held against the whole run", Need::kOptional,
         "N"},
        {"--min-correlation", &min_correlation_,
         "Least correlation of the research portfolio's PnL with the simulation's", Need::kOptional,
         "RATIO"},
        {"--paper-bars", &paper_bars_, "Number of bars of the paper run", Need::kOptional, "N"},
        {"--feed-profile",
         &feed_profile_,
         "Arrival of the paper run's market data",
         Need::kOptional,
         "PROFILE",
         {"clean", "normal", "bad_day", "hostile"}},
        {"--speed-up-factor", &speed_up_factor_,
         "Seconds of the paper run in one second of real time", Need::kOptional, "X"},
        {"--plugin", &plugins_, "Shared object with DagBuilders; repeatable", Need::kOptional,
         "SO"},
        {"--json", &json_, "Print qualification.json instead of lines"},
    };
  }
  Result<int> run(Session& session) override;

 private:
  Status check_numbers() const;
  Status read_subject(flow::QualifyOptions& options) const;
  Status read_against(flow::QualifyOptions& options) const;

  std::string constructor_, out_, deployment_, market_data_, feed_profile_ = "normal";
  std::optional<std::string> against_, start_, end_;
  std::vector<std::string> overrides_, plugins_;
  std::uint64_t bars_ = 48, assets_ = 5, seed_ = 1, tiles_ = 3, paper_bars_ = 12;
  double min_correlation_ = 0.8, speed_up_factor_ = 2000;
  bool json_ = false;
};

Status QualifyModel::check_numbers() const {
  constexpr std::uint64_t kMaxBars = 1'000'000;
  constexpr std::uint64_t kMaxAssets = 10'000;
  const std::tuple<const char*, std::uint64_t, std::uint64_t, std::uint64_t> counts[] = {
      {"--bars", bars_, 2, kMaxBars},
      {"--assets", assets_, 1, kMaxAssets},
      {"--tiles", tiles_, 2, kMaxBars},
      {"--paper-bars", paper_bars_, 2, kMaxBars}};
  for (const auto& [flag, value, least, most] : counts) {
    if (value < least || value > most) {
      return Error{
          ErrorCode::kInvalidArgument,
          fmt::format("qualify_model: {} is {}, it must be in [{}, {}]", flag, value, least, most)};
    }
  }
  if (!(min_correlation_ >= -1 && min_correlation_ <= 1)) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("qualify_model: --min-correlation is {}, it must be in [-1, 1]",
                             min_correlation_)};
  }
  if (!(speed_up_factor_ >= 1 && speed_up_factor_ <= 1e6)) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("qualify_model: --speed-up-factor is {}, it must be in [1, 1000000]",
                             speed_up_factor_)};
  }
  return {};
}

Status QualifyModel::read_subject(flow::QualifyOptions& options) const {
  options.constructor = constructor_;
  options.overrides = overrides_;
  if (!deployment_.empty()) {
    TIEOUT_TRY(options.deployment, flow::load_deployment(deployment_));
    if (constructor_.empty()) {
      options.constructor = options.deployment->constructor;
    }
    if (overrides_.empty()) {
      options.overrides = overrides_of(*options.deployment);
    }
  }
  if (options.constructor.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "qualify_model: needed a DagBuilder, as CTOR or by --deployment; 'tieout "
                 "list_dag_builders' lists them"};
  }
  return {};
}

Status QualifyModel::read_against(flow::QualifyOptions& options) const {
  if (!against_) {
    return {};
  }
  flow::QualifyOptions::Incumbent incumbent{*against_, options.constructor, {}};
  std::error_code code;
  if (against_->ends_with(".toml")) {
    TIEOUT_TRY(const flow::Deployment deployment, flow::load_deployment(*against_));
    incumbent.constructor = deployment.constructor;
    incumbent.overrides = overrides_of(deployment);
  } else if (std::filesystem::is_regular_file(*against_, code)) {
    TIEOUT_TRY(const std::string text, read_file(*against_));
    incumbent.overrides = {text};
  } else if (*against_ != "default") {
    incumbent.overrides = {*against_};
  }
  options.against = std::move(incumbent);
  return {};
}

Result<int> QualifyModel::run(Session& session) {
  TIEOUT_CHECK(check_numbers());
  flow::QualifyOptions options;
  TIEOUT_CHECK(read_subject(options));
  TIEOUT_CHECK(read_against(options));
  std::vector<std::string> plugins = plugins_;
  if (options.deployment) {
    plugins.insert(plugins.end(), options.deployment->plugins.begin(),
                   options.deployment->plugins.end());
  }
  TIEOUT_TRY(const dataflow::DagBuilderRegistry registry, make_registry(plugins));
  TIEOUT_TRY(options.out, local_path("--out", out_));
  TIEOUT_TRY(options.market_data, local_path("--market-data", market_data_));
  TIEOUT_TRY(options.start, parse_edge("--start", start_));
  TIEOUT_TRY(options.end, parse_edge("--end", end_));
  options.bar_count = bars_;
  options.asset_count = assets_;
  options.seed = seed_;
  options.tile_count = tiles_;
  options.min_correlation = min_correlation_;
  options.paper_bars = paper_bars_;
  options.feed_profile = feed_profile_;
  options.speed_up_factor = speed_up_factor_;
  options.now = session.now;
  std::ostream& lines = json_ ? session.err : session.out;
  options.say = [&lines](std::string_view line) { lines << line << std::endl; };
  TIEOUT_TRY(const flow::Qualification result,
             flow::qualify_model(options, registry, session.stop));
  if (json_) {
    session.out << flow::to_json(result);
  } else {
    session.out << fmt::format("{}: {}\n", to_string(result.decision()), result.page.string());
  }
  switch (result.decision()) {
    case flow::Decision::kGo:
      return 0;
    case flow::Decision::kNoGo:
      return 1;
    case flow::Decision::kIncomplete:
      return 3;
  }
  return 3;
}

}  // namespace

std::unique_ptr<Command> make_qualify_model() {
  return std::make_unique<QualifyModel>();
}

}  // namespace tieout::cli
