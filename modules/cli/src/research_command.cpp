#include <cmath>
#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/core/numbers.hpp"
#include "tieout/frames/file.hpp"
#include "tieout/reference/log_reader.hpp"

#include "commands.hpp"
#include "panel_file.hpp"
#include "profile_render.hpp"
#include "research_flags.hpp"

namespace tieout::cli {
namespace {

using nlohmann::ordered_json;

frames::Frame to_frame(const Panel& panel, Zone zone) {
  frames::Frame frame;
  const bool by_asset = !panel.columns().empty() && panel.columns()[0].asset != kNoAsset;
  frame.level_names = by_asset ? std::vector<std::string>{"", ""} : std::vector<std::string>{""};
  frame.zone = zone_name(zone);
  frame.index = frames::FrameColumn{
      {"timestamp"}, std::vector<Timestamp>(panel.index().begin(), panel.index().end())};
  for (std::size_t c = 0; c < panel.column_count(); ++c) {
    const ColumnKey& key = panel.columns()[c];
    const auto values = panel.column(c);
    frame.columns.push_back({by_asset
                                 ? frames::ColumnLabel{key.field, std::to_string(key.asset.value)}
                                 : frames::ColumnLabel{key.field},
                             std::vector<double>(values.begin(), values.end())});
  }
  return frame;
}

ordered_json json_of(const Panel& panel, Zone zone) {
  ordered_json index = ordered_json::array();
  ordered_json columns = ordered_json::array();
  ordered_json values = ordered_json::array();
  for (const ColumnKey& key : panel.columns()) {
    columns.push_back(key.asset == kNoAsset ? key.field
                                            : fmt::format("{}|{}", key.field, key.asset.value));
  }
  for (std::size_t row = 0; row < panel.row_count(); ++row) {
    index.push_back(to_local_iso(panel.index()[row], zone));
    ordered_json cells = ordered_json::array();
    for (std::size_t c = 0; c < panel.column_count(); ++c) {
      const double value = panel.at(row, c);
      cells.push_back(std::isfinite(value) ? ordered_json(value) : ordered_json());
    }
    values.push_back(std::move(cells));
  }
  return {
      {"index", std::move(index)}, {"columns", std::move(columns)}, {"values", std::move(values)}};
}

std::string describe(const recon::ResearchSetup& setup) {
  if (const auto* optimizer = std::get_if<analytics::OptimizerResearchOptions>(&setup.options)) {
    return fmt::format("optimizer, target_gmv {}, price {}",
                       format_double(optimizer->optimizer.target_gmv), optimizer->columns.price);
  }
  const auto& options = std::get<analytics::ResearchOptions>(setup.options);
  const auto* cross = std::get_if<analytics::CrossSectionalOptions>(&options.sizing);
  const std::string style =
      cross == nullptr ? "longitudinal"
      : options.target_gmv.empty()
          ? fmt::format("cross_sectional, target_gmv {}", format_double(cross->target_gmv))
          : "cross_sectional, target_gmv by time";
  return fmt::format("{}, price {}, profile {}", style, options.columns.price,
                     analytics::to_string(options.profile));
}

class ResearchPortfolioCommand final : public Command {
 public:
  std::string_view name() const noexcept override { return "research_portfolio"; }
  std::string_view summary() const noexcept override {
    return "Compute the portfolio that forecasts would have held if every target were filled";
  }
  std::vector<Flag> flags() override {
    std::vector<Flag> flags{
        {"INPUT", &input_,
         "Table with columns (field, asset): CSV, csv.gz or Parquet; or the directory of a run, "
         "whose "
         "last node's outputs and config are taken",
         Need::kRequired},
        {"--index", &index_, "Column of a table that holds the times of its rows", Need::kOptional,
         "COL"},
        {"--dst", &dst_, "New directory for the frames portfolio and statistics", Need::kOptional,
         "DIR"},
        {"--format",
         &format_,
         "Of the frames in --dst",
         Need::kOptional,
         "FORMAT",
         {"csv", "csv.gz", "parquet"}},
        {"--text", &text_, "Print all frames, two decimals, as the reference's tests do"},
        {"--json", &json_, "Print JSON"}};
    arguments_.add_to(flags);
    return flags;
  }
  Result<int> run(Session& session) override {
    recon::ResearchSetup setup;
    TIEOUT_TRY(const Panel frame, read_input(setup));
    TIEOUT_CHECK(arguments_.apply(setup));
    TIEOUT_TRY(const Zone zone, arguments_.zone());
    TIEOUT_TRY(const analytics::ResearchPortfolio portfolio, recon::compute_research(frame, setup));
    if (!dst_.empty()) TIEOUT_CHECK(write(portfolio, zone));
    if (json_) {
      print_json(session, setup, portfolio, zone);
    } else if (text_) {
      session.out << analytics::to_text(portfolio, zone);
    } else {
      print(session, setup, portfolio, zone);
    }
    return 0;
  }

 private:
  Result<Panel> read_input(recon::ResearchSetup& setup) {
    TIEOUT_TRY(const auto path, local_path("research_portfolio", input_));
    if (std::filesystem::is_directory(path)) {
      TIEOUT_TRY(const auto source, reference::open_run(path, std::make_shared<StringPool>()));
      TIEOUT_TRY(Panel outputs, recon::read_last_outputs(*source));
      TIEOUT_TRY(setup, recon::research_setup(*source, outputs));
      return outputs;
    }
    return read_panel_file(path, index_, "research_portfolio");
  }

  Status write(const analytics::ResearchPortfolio& portfolio, Zone zone) {
    TIEOUT_TRY(const auto dir, local_path("--dst", dst_));
    std::error_code failure;
    if (std::filesystem::exists(dir, failure)) {
      return Error{
          ErrorCode::kPathExists,
          fmt::format("research_portfolio: --dst '{}' exists already, needed a new directory",
                      dst_)};
    }
    std::filesystem::create_directories(dir, failure);
    if (failure) {
      return Error{
          ErrorCode::kFileUnwritable,
          fmt::format("research_portfolio: cannot make '{}': {}", dst_, failure.message())};
    }
    const std::pair<const char*, const Panel*> files[] = {{"portfolio", &portfolio.portfolio},
                                                          {"statistics", &portfolio.statistics}};
    for (const auto& file : files) {
      const auto target = dir / fmt::format("{}.{}", file.first, format_);
      const frames::Frame frame = to_frame(*file.second, zone);
      TIEOUT_CHECK(format_ == "parquet" ? frames::write_parquet(frame, target)
                                        : frames::write_csv(frame, target));
    }
    return {};
  }

  static void print(Session& session, const recon::ResearchSetup& setup,
                    const analytics::ResearchPortfolio& portfolio, Zone zone) {
    session.out << fmt::format("research portfolio: {}\n", describe(setup));
    print_frame(session, to_frame(portfolio.statistics, zone), false);
    for (const std::string& note : setup.notes) session.out << "note: " << note << '\n';
    const auto* options = std::get_if<analytics::ResearchOptions>(&setup.options);
    const bool reference =
        options != nullptr && options->profile == analytics::ResearchProfile::kReference;
    if (reference) {
      session.out << (portfolio.notes.empty() ? "hidden by the profile: nothing in this data\n"
                                              : "hidden by the profile:\n");
    }
    for (const analytics::ResearchNote& note : portfolio.notes) {
      session.out << fmt::format("{}{}: {} {}\n", reference ? "  - " : "note: ", note.name,
                                 note.count, note.text);
    }
  }

  static void print_json(Session& session, const recon::ResearchSetup& setup,
                         const analytics::ResearchPortfolio& portfolio, Zone zone) {
    ordered_json notes = ordered_json::array();
    for (const std::string& note : setup.notes)
      notes.push_back({{"name", "setup"}, {"text", note}});
    for (const analytics::ResearchNote& note : portfolio.notes) {
      notes.push_back({{"name", note.name}, {"count", note.count}, {"text", note.text}});
    }
    const ordered_json json = {{"setup", describe(setup)},
                               {"statistics", json_of(portfolio.statistics, zone)},
                               {"portfolio", json_of(portfolio.portfolio, zone)},
                               {"notes", std::move(notes)}};
    session.out << json.dump() << '\n';
  }

  ResearchFlags arguments_;
  std::string input_, index_, dst_, format_ = "csv";
  bool text_ = false, json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_research_portfolio() {
  return std::make_unique<ResearchPortfolioCommand>();
}

}  // namespace tieout::cli
