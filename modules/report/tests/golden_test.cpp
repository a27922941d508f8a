// Every section of every report of one small pair of runs, as text, against a file that a person
// can read. TIEOUT_UPDATE_GOLDENS=1 writes the files anew: look at the difference before it is
// committed.

#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "tieout/core/file.hpp"
#include "tieout/report/debug.hpp"
#include "tieout/report/multiday.hpp"

#include "fixture.hpp"
#include "multiday_facts.hpp"
#include "sections.hpp"
#include "sections_debug.hpp"
#include "sections_multiday.hpp"
#include "wave_run.hpp"

namespace tieout::report {
namespace {

namespace fs = std::filesystem;
using testing::bar_at;

fs::path goldens() {
  return fs::path(TIEOUT_SOURCE_DIR) / "modules/report/tests/goldens";
}

/// Paths are part of some sections: the logs stand in the working directory, so that the texts do
/// not say where that is.
class InDirectory {
 public:
  explicit InDirectory(const fs::path& dir) : before_(fs::current_path()) { fs::current_path(dir); }
  ~InDirectory() {
    std::error_code ignored;
    fs::current_path(before_, ignored);
  }
  InDirectory(const InDirectory&) = delete;
  InDirectory& operator=(const InDirectory&) = delete;

 private:
  fs::path before_;
};

/// Two runs that differ from bar 7 on, with a research portfolio, market data and an observer.
class Golden : public ::testing::Test {
 protected:
  Golden()
      : in_(dir_.path()),
        prod_(testing::make_run("prod/system_log_dir.scheduled", spec(testing::prod_spec()))),
        sim_(testing::make_run("simulation/system_log_dir.scheduled",
                               spec(testing::bumped_sim_spec()))) {
    recon::CompareOptions options;
    options.expected_config_differences = recon::default_expected_config_differences();
    comparison_ = recon::compare_runs(prod_, sim_, options).value();
    input_.prod = &prod_;
    input_.sim = &sim_;
    input_.comparison = &comparison_;
    input_.title = "Mock1 paper_trading 20180123_000500.20180123_010000 scheduled";
    input_.parameters = {{"run_mode", "paper_trading"}, {"mode", "scheduled"}};
    input_.config_text = "run_mode: paper_trading\nmode: scheduled\n";
    input_.stamp = Timestamp{1'699'631'856'000'000'000};
    input_.evidence = {{"market data of binance::BTC_USDT for the bar that ends 00:40: revised",
                        {"version 1 known 00:40:01", "version 2 known 00:40:30"}}};
    input_.market = market_of;
    observer_.now = bar_at(12);
    observer_.notebook_name = "Master_PnL_real_time_observer";
    observer_.bars_expected = 24;
    observer_.bars_due = 12;
    observer_.stale_after = bar_at(13);
    observer_.allowance = seconds(60);
    observer_.thresholds = {
        {"usdt_balance", "USDT balance", ThresholdState::kHolds, 600, 400, ""},
        {"gmv", "GMV", ThresholdState::kFired, 3000, 2000, "GMV 3000 is above 2000"},
        {"bnb_balance", "BNB balance", ThresholdState::kNotChecked, 0, 0,
         "the broker was not asked"}};
    observer_.looks = {{bar_at(11), 11, bar_at(10), "DIVERGED", "sim == prod until 00:35"}};
    observer_.delays = {{AssetId{1467591036}, 12, 1.5, 2.5, 2.5, 2.5}};
    observer_.all_delays = DataDelay{kNoAsset, 24, 1.5, 2.5, 3.0, 3.5};
  }

  static testing::RunSpec spec(testing::RunSpec base) {
    base.research = true;
    return base;
  }

  static Result<MarketRows> market_of(const recon::Finding& finding) {
    MarketRows out;
    const Timestamp row = finding.row.value_or(finding.bar);
    out.rows = {
        {row, row + seconds(1), AssetId{1467591036}, 1, true, true, 100, 101, 99, 104, 7},
        {row, row + seconds(30), AssetId{1467591036}, 2, false, true, 100, 101, 99, 104.01, 7}};
    out.left_decision = "decided as of " + to_iso(finding.bar + seconds(10));
    out.right_decision = "nominal replay: the last version of every row";
    if (finding.part == "predict.0.read_data") out.cause = "revised, version 2 replaced version 1";
    return out;
  }

  MultidayInput multiday() const {
    MultidayRun run;
    run.name = "20180123_000500.20180123_010000";
    run.mode = "scheduled";
    run.start = bar_at(0);
    run.end = bar_at(11);
    run.prod = &prod_;
    run.sim = &sim_;
    run.comparison = &comparison_;
    run.exit = recon::exit_code_of(comparison_.verdict);
    run.recorded_verdict = "DIVERGED";
    MultidayRun unread = run;
    unread.name = "20180124_000500.20180124_010000";
    unread.start = bar_at(288);
    unread.end = bar_at(299);
    unread.prod = unread.sim = nullptr;
    unread.comparison = nullptr;
    unread.problem = "prod: a frame fails its checksum";
    unread.exit = 4;
    MultidayInput input;
    input.title = "Mock1 paper_trading 20180123_000000.20180125_235959";
    input.runs = {run, unread};
    input.missing_days = {bar_at(576)};
    input.gaps = {{bar_at(11), bar_at(288)}};
    input.overlaps = {"20180123_000500 and 20180123_003000 share 6 bars"};
    input.set_aside = {"notes: not a run"};
    input.stamp = input_.stamp;
    return input;
  }

  DebugInput debug() const {
    recon::SliceSelection selection;
    selection.node = "process_forecasts";
    selection.bar = bar_at(7);
    DebugInput input;
    input.title = "predict.1.process_forecasts";
    input.nodes = {{"predict.0.read_data", bar_at(7)}, {"predict.1.process_forecasts", {}}};
    input.slice = recon::slice_node(prod_, sim_, selection).value();
    input.journal = recon::journal_at(prod_, sim_, bar_at(7)).value();
    recon::Finding bar;
    bar.bar = bar_at(7);
    input.market = market_of(bar).value();
    input.universe = prod_.manifest().universe;
    return input;
  }

  testing::TempDir dir_;
  InDirectory in_;
  runlog::RunReader prod_, sim_;
  recon::Comparison comparison_;
  ObserverFacts observer_;
  ReportInput input_;
};

using Texts = std::map<std::string, std::string>;

void add(const std::vector<Section>& sections, Texts& texts) {
  for (const Section& section : sections) texts.try_emplace(section.id, text_of(section));
}

Texts waves() {
  const Table left = testing::two_waves(101, true);
  const Table right = testing::two_waves(101, false);
  const Table left_fills = testing::fills_of(left);
  const Table right_fills = testing::fills_of(right);
  const auto prod = testing::wave_run("waves/prod", &left, &left_fills);
  const auto sim = testing::wave_run("waves/sim", &right, &right_fills);
  ReportInput input;
  input.prod = &prod;
  input.sim = &sim;
  Texts texts;
  add(compute_sections(Facts(input)), texts);
  return texts;
}

bool updates() {
  const char* wish = std::getenv("TIEOUT_UPDATE_GOLDENS");
  return wish != nullptr && std::string_view(wish) == "1";
}

void check(const std::string& id, const std::string& text) {
  const fs::path path = goldens() / (id + ".txt");
  if (updates()) {
    ASSERT_TRUE(write_file_atomic(path, text).ok()) << path;
    return;
  }
  const Result<std::string> golden = read_file(path);
  ASSERT_TRUE(golden.ok()) << "section " << id << " has no golden text; TIEOUT_UPDATE_GOLDENS=1 "
                           << "writes " << path;
  EXPECT_EQ(text, *golden) << "section " << id << "; TIEOUT_UPDATE_GOLDENS=1 writes it anew";
}

TEST_F(Golden, EverySectionOfEveryReportIsWhatItsFileSays) {
  Texts texts;
  input_.kind = ReportKind::kSlow;  // has those of the fast one
  add(compute_sections(Facts(input_)), texts);
  input_.kind = ReportKind::kObserver;
  input_.observer = &observer_;
  add(compute_sections(Facts(input_)), texts);
  add(compute_multiday_sections(MultidayFacts(multiday())), texts);
  add(compute_debug_sections(debug()), texts);
  texts.emplace("child_orders", waves()["child_orders"]);

  std::set<std::string> known;
  for (const auto* specs : {&section_specs(), &observer_section_specs()}) {
    for (const SectionSpec& spec : *specs) {
      known.insert(std::string(spec.id) + ".txt");
      EXPECT_TRUE(texts.contains(spec.id)) << "no report of this test has section " << spec.id;
    }
  }
  for (const auto& [id, text] : texts) {
    known.insert(id + ".txt");
    check(id, text);
  }
  for (const auto& entry : fs::directory_iterator(goldens())) {
    EXPECT_TRUE(known.contains(entry.path().filename().string()))
        << entry.path() << " is of no section";
  }
}

TEST_F(Golden, AFastReportSaysInItsSectionsWhatASlowOneSays) {
  Texts slow, fast;
  input_.kind = ReportKind::kSlow;
  add(compute_sections(Facts(input_)), slow);
  input_.kind = ReportKind::kFast;
  add(compute_sections(Facts(input_)), fast);
  for (const auto& [id, text] : fast) EXPECT_EQ(text, slow[id]) << id;
}

}  // namespace
}  // namespace tieout::report
