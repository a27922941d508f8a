#include "tieout/recon/checks.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include "tieout/core/file.hpp"

#include "support.hpp"
#include "trading_run.hpp"

namespace tieout::recon {
namespace {

using runlog::TableKind;
using test::bar_at;
using test::floats;
using test::kBtc;
using test::kEth;
using test::make_run;
using test::make_trading_run;
using test::RunData;
using test::TempDir;
using test::write_run;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct Checked {
  CheckReport report;
  const CheckOutcome& outcome(const std::string& id, const std::string& run) const {
    const auto found = std::ranges::find_if(report.outcomes, [&](const CheckOutcome& outcome) {
      return outcome.id == id && outcome.run == run;
    });
    EXPECT_NE(found, report.outcomes.end()) << id << " of '" << run << "'";
    return *found;
  }
  std::set<std::string> violated() const {
    std::set<std::string> ids;
    for (const CheckOutcome& outcome : report.outcomes) {
      if (outcome.state == CheckState::kViolated) {
        ids.insert(outcome.id);
      }
    }
    return ids;
  }
};

Checked check(const RunData& left, const RunData& right, CheckDepth depth = CheckDepth::kAll) {
  const TempDir dir;
  const runlog::RunReader l = write_run(dir / "left", left);
  const runlog::RunReader r = write_run(dir / "right", right);
  const auto comparison = compare_runs(l, r, {});
  EXPECT_TRUE(comparison.ok()) << comparison.error().message;
  auto report = run_checks(l, r, &*comparison, {.depth = depth});
  EXPECT_TRUE(report.ok()) << report.error().message;
  return {std::move(*report)};
}

/// Two waves of each order, both filled with half of it, in the table of the bar after it; and a
/// fill of each in the table of fills.
RunData work_in_waves(RunData run) {
  run.manifest.more_tables = {TableKind::kChildOrders};
  run.manifest.format_version = version_of(run.manifest);
  const auto twice = [](const auto& values) {
    return std::decay_t<decltype(values)>{values[0], values[0], values[1], values[1]};
  };
  for (std::size_t b = 1; b < run.bars.size(); ++b) {
    const auto first = static_cast<std::int64_t>(b) * 2 - 2;
    Table& fills = run.bars[b].tables.at(TableKind::kFills);
    const Timestamp end = run.bars[b].bar;
    const std::vector<std::int64_t> parents{first, first, first + 1, first + 1};
    const std::vector<Timestamp> updates{end - minutes(2), end, end - minutes(2), end};
    const std::vector<double> prices = twice(floats(fills, "price"));
    std::vector<double> shares = twice(floats(fills, "num_shares"));
    for (double& value : shares) {
      value /= 2;
    }
    fills = {
        {{"fill_id",
          std::vector<std::int64_t>{4 * first, 4 * first + 1, 4 * first + 2, 4 * first + 3}},
         {"order_id", parents},
         {"asset_id", std::vector<std::int64_t>{kBtc.value, kBtc.value, kEth.value, kEth.value}},
         {"timestamp", updates},
         {"num_shares", shares},
         {"price", prices}},
        1};
    run.bars[b].tables[TableKind::kChildOrders] = {
        {{"order_id",
          std::vector<std::int64_t>{4 * first, 4 * first + 1, 4 * first + 2, 4 * first + 3}},
         {"oms_parent_order_id", parents},
         {"wave_id", std::vector<std::int64_t>{0, 1, 0, 1}},
         {"asset_id", std::vector<std::int64_t>{kBtc.value, kBtc.value, kEth.value, kEth.value}},
         {"status", std::vector<std::string>(4, "filled")},
         {"error_msg", std::vector<std::string>(4)},
         {"start_timestamp", std::vector<Timestamp>(4, end - minutes(4))},
         {"diff_num_shares", shares},
         {"limit_price", prices},
         {"filled_shares", shares},
         {"average_price", prices},
         {"fee", std::vector<double>(4)},
         {"liquidity", std::vector<std::string>(4, "maker")},
         {"update_timestamp", updates},
         {"end_timestamp", std::vector<Timestamp>(4, end)}},
        1};
  }
  return run;
}

/// The run works its orders in waves, and `column` of the child orders of a bar holds `value`.
template <typename T>
void plant_child(RunData& run, std::size_t column, std::size_t row, T value) {
  run = work_in_waves(run);
  Table& children = run.bars[4].tables.at(TableKind::kChildOrders);
  std::get<std::vector<T>>(children.columns[column].values)[row] = std::move(value);
}

TEST(Checks, ACleanRunViolatesNothingAndEachCheckLookedAtSomething) {
  const RunData run = work_in_waves(make_trading_run());
  const Checked checked = check(run, run);
  EXPECT_EQ(checked.violated(), std::set<std::string>{});
  EXPECT_FALSE(checked.report.failed());
  for (const CheckOutcome& outcome : checked.report.outcomes) {
    if (outcome.id == "C014") {
      EXPECT_EQ(outcome.note, "no override was given");
      continue;
    }
    EXPECT_NE(outcome.state, CheckState::kNotChecked) << outcome.id << ": " << outcome.note;
    if (outcome.state == CheckState::kPassed) {
      EXPECT_GT(outcome.looked_at, 0U) << outcome.id;
    }
  }
  for (const Finding& finding : checked.report.findings) {
    EXPECT_EQ(finding.severity, Severity::kReport) << to_json_line(finding);
  }
}

struct Planted {
  const char* name;
  const char* check;
  std::function<void(RunData&)> plant;
};

void PrintTo(const Planted& planted, std::ostream* out) {
  *out << planted.name;
}

Table& table(RunData& run, std::size_t bar, TableKind kind) {
  return run.bars[bar].tables.at(kind);
}

const Planted kPlanted[] = {
    {"another_history_lookback", "C001",
     [](RunData& run) { run.manifest.history_lookback = minutes(7); }},
    {"another_strategy", "C001", [](RunData& run) { run.manifest.command["strategy"] = "T2"; }},
    {"a_start_off_the_grid", "C003",
     [](RunData& run) { run.manifest.start = run.manifest.start + seconds(1); }},
    {"a_duration_that_is_not_the_window", "C003",
     [](RunData& run) {
       run.config.declare({"dag_runner_config", "run_duration_in_secs"}, 3601);
     }},
    {"a_gap_in_the_bars", "C004", [](RunData& run) { run.bars.erase(run.bars.begin() + 5); }},
    {"a_window_without_rows", "C006",
     [](RunData& run) { run.bars[0].windows[1] = Panel(run.manifest.nodes[1].columns); }},
    {"cash_that_does_not_continue", "C007",
     [](RunData& run) { floats(table(run, 6, TableKind::kStatistics), "cash")[0] += 1; }},
    {"a_run_that_is_not_sealed", "C008", [](RunData& run) { run.seal.reset(); }},
    {"a_run_that_failed", "C008", [](RunData& run) { run.seal = runlog::RunOutcome::kFailed; }},
    {"a_run_that_ends_early", "C008", [](RunData& run) { run.bars.pop_back(); }},
    {"a_decision_before_its_bar", "C010",
     [](RunData& run) { run.bars[3].journal[0].time = bar_at(3) - seconds(1); }},
    {"a_decision_after_the_next_bar", "C010",
     [](RunData& run) { run.bars[3].journal[0].time = bar_at(4); }},
    {"a_decision_on_what_was_not_complete", "C011",
     [](RunData& run) { run.bars[3].journal[0].as_of.knowledge = bar_at(3) - seconds(1); }},
    {"another_compiler", "C012",
     [](RunData& run) { run.manifest.environment["compiler"] = "clang"; }},
    {"an_override_of_one_side", "C014",
     [](RunData& run) {
       run.config.declare({"dag_config", "zscore", "tau"}, 16.0, "--set_config_value");
     }},
    {"labels_that_are_one_row_late", "C108",
     [](RunData& run) {
       for (test::BarData& bar : run.bars) {
         Panel& window = bar.windows[0];
         for (std::size_t c = 0; c < window.column_count(); ++c) {
           for (std::size_t r = window.row_count() - 1; r > 0; --r) {
             window.set(r, c, window.at(r - 1, c));
           }
         }
       }
     }},
    {"a_column_that_stays_nan_too_long", "C204",
     [](RunData& run) {
       run.manifest.nodes[1].lookback_rows = 0;
       for (test::BarData& bar : run.bars) {
         for (std::size_t n = 0; n < bar.windows.size(); ++n) {
           // Ten more rows before the first, so that the first bar has a window to look at.
           Panel longer(bar.windows[n].columns());
           for (std::int64_t r = -10; r < 0; ++r) {
             longer.append_row(bar_at(0) + test::bar_period() * r);
             for (std::size_t c = 0; c < longer.column_count(); ++c) {
               longer.set(longer.row_count() - 1, c, n == 1 && c == 0 && r < -5 ? kNaN : 1.0);
             }
           }
           bar.windows[n] = longer;
         }
       }
     }},
    {"a_window_that_shrinks", "C206",
     [](RunData& run) {
       Panel& window = run.bars[9].windows[0];
       Panel shorter(window.columns());
       for (std::size_t r = 2; r < window.row_count(); ++r) {
         shorter.append_row(window.index()[r]);
       }
       window = shorter;
     }},
    {"a_nan_on_one_side", "C207", [](RunData& run) { run.bars[11].windows[3].set(2, 1, kNaN); }},
    {"targets_that_miss_the_gmv", "C302",
     [](RunData& run) {
       floats(table(run, 4, TableKind::kTargetPositions), "target_holdings_notional")[0] += 1e-4;
     }},
    {"an_order_that_is_late", "C304",
     [](RunData& run) {
       std::get<std::vector<Timestamp>>(table(run, 4, TableKind::kOrders).columns[1].values)[0] =
           bar_at(4) + seconds(61);
     }},
    {"an_order_that_is_not_filled", "C305",
     [](RunData& run) { floats(table(run, 4, TableKind::kFills), "num_shares")[1] -= 1e-3; }},
    {"holdings_that_nothing_explains", "C307",
     [](RunData& run) {
       floats(table(run, 11, TableKind::kPortfolio), "holdings_shares")[0] += 1e-6;
     }},
    {"fills_that_do_not_give_the_holdings", "C307",
     [](RunData& run) { floats(table(run, 4, TableKind::kFills), "num_shares")[1] -= 1e-3; }},
    {"a_pnl_that_the_books_do_not_give", "C310",
     [](RunData& run) { floats(table(run, 4, TableKind::kPortfolio), "pnl")[1] += 1e-3; }},
    {"a_leverage_that_the_books_do_not_give", "C310",
     [](RunData& run) { floats(table(run, 4, TableKind::kStatistics), "leverage")[0] += 1e-6; }},
    {"a_volume_that_the_books_do_not_give", "C310",
     [](RunData& run) {
       floats(table(run, 4, TableKind::kStatistics), "gross_volume")[0] += 1e-3;
     }},
    {"a_wave_that_was_skipped", "C306",
     [](RunData& run) { plant_child<std::string>(run, 4, 1, "skipped"); }},
    {"a_wave_that_is_missing", "C306",
     [](RunData& run) { plant_child<std::int64_t>(run, 2, 1, 2); }},
    {"an_order_without_child_orders", "C306",
     [](RunData& run) {
       run = work_in_waves(run);
       run.bars[4].tables.erase(TableKind::kChildOrders);
     }},
    {"a_rejection_without_a_message", "C306",
     [](RunData& run) { plant_child<std::string>(run, 4, 0, "rejected"); }},
    {"a_child_order_of_nobody", "C306",
     [](RunData& run) { plant_child<std::int64_t>(run, 1, 0, 999); }},
    {"a_child_order_that_filled_more_than_was_booked", "C317",
     [](RunData& run) { plant_child<double>(run, 9, 1, -1.0); }},
    {"a_child_order_that_filled_at_another_price", "C317",
     [](RunData& run) { plant_child<double>(run, 10, 1, 10.000000001); }},
    {"a_child_order_that_paid_a_fee_that_was_not_booked", "C317",
     [](RunData& run) { plant_child<double>(run, 11, 1, 1e-6); }},
    {"a_fill_at_another_price", "C308",
     [](RunData& run) { floats(table(run, 4, TableKind::kFills), "price")[1] += 1e-9; }},
    {"a_pnl_that_its_parts_do_not_give", "C311",
     [](RunData& run) { floats(table(run, 4, TableKind::kPortfolio), "pnl")[1] += 1e-3; }},
    {"wealth_that_no_pnl_explains", "C312",
     [](RunData& run) { floats(table(run, 6, TableKind::kStatistics), "net_wealth")[0] += 1; }},
    {"a_price_that_is_not_the_mark", "C313",
     [](RunData& run) { floats(table(run, 5, TableKind::kPortfolio), "price")[0] += 1e-6; }},
    {"a_start_that_is_not_flat", "C314",
     [](RunData& run) { floats(table(run, 0, TableKind::kPortfolio), "holdings_shares")[0] = 1; }},
    {"another_initial_cash", "C314",
     [](RunData& run) {
       run.config.declare({"portfolio_config", "initial_cash"}, 701.0);
     }},
    {"bars_that_take_longer_and_longer", "C401",
     [](RunData& run) {
       for (std::size_t b = 0; b < run.bars.size(); ++b) {
         floats(table(run, b, TableKind::kTimings), "compute_ms")[0] = 1.5 * static_cast<double>(b);
       }
     }},
};

TEST(Checks, ARunThatBeginsWithAStateThatItWasGivenNeedNotBeginFlat) {
  RunData run = make_trading_run();
  floats(table(run, 0, TableKind::kPortfolio), "holdings_shares")[0] = 1;
  EXPECT_EQ(check(run, run).violated().count("C314"), 1U);
  RunData given = run;
  given.manifest.command["initial_state"] = "state.csv";
  EXPECT_EQ(check(given, given).violated().count("C314"), 0U);
  RunData from_table = run;
  from_table.config.declare({"portfolio_config", "retrieve_initial_holdings_from_db"}, true);
  EXPECT_EQ(check(from_table, from_table).violated().count("C314"), 0U);
  from_table.config = run.config;
  from_table.config.declare({"portfolio_config", "retrieve_initial_holdings_from_db"}, false);
  EXPECT_EQ(check(from_table, from_table).violated().count("C314"), 1U);
}

class PlantedViolation : public testing::TestWithParam<Planted> {};

TEST_P(PlantedViolation, IsFoundByItsCheckAndIsARemarkWithTheSeverityOfTheCatalogue) {
  const Planted& planted = GetParam();
  const RunData prod = make_trading_run();
  RunData sim = prod;
  planted.plant(sim);
  const Checked checked = check(prod, sim);
  EXPECT_TRUE(checked.violated().count(planted.check) == 1) << planted.check;
  bool told = false;
  for (const Finding& finding : checked.report.findings) {
    EXPECT_TRUE(finding.remark);
    EXPECT_EQ(finding.kind, BreakKind::kCheck);
    EXPECT_EQ(finding.severity, default_severity(finding.check));
    EXPECT_FALSE(finding.note.empty());
    if (finding.check == planted.check && finding.severity != Severity::kReport) {
      told = true;
      EXPECT_TRUE(finding.key.empty() || finding.key == "run=sim") << finding.key;
    }
  }
  EXPECT_TRUE(told);
}

INSTANTIATE_TEST_SUITE_P(Each, PlantedViolation, testing::ValuesIn(kPlanted),
                         [](const auto& test) { return std::string(test.param.name); });

/// A log as another system might leave it: an output is missing, no journal, a note of the reader.
class Damaged final : public runlog::RunSource {
 public:
  explicit Damaged(const runlog::RunReader& run)
      : run_(run), bars_(run.bars().begin(), run.bars().end()) {}
  std::vector<runlog::BarRecord>& bar_records() { return bars_; }

  const std::filesystem::path& directory() const noexcept override { return run_.directory(); }
  const runlog::Manifest& manifest() const noexcept override { return run_.manifest(); }
  const std::string& config_json() const noexcept override { return run_.config_json(); }
  const std::string& config_text() const noexcept override { return run_.config_text(); }
  bool sealed() const noexcept override { return run_.sealed(); }
  std::span<const std::string> notes() const noexcept override { return notes_; }
  std::span<const runlog::BarRecord> bars() const noexcept override { return bars_; }
  bool has_window(std::size_t node, std::size_t bar) const noexcept override {
    return node != 1 || bar != 3;
  }
  Hash128 window_hash(std::size_t node, std::size_t bar) const noexcept override {
    return run_.window_hash(node, bar);
  }
  bool hashes_are_of_content() const noexcept override { return false; }
  Hash128 table_hash(TableKind kind, std::size_t bar) const noexcept override {
    return run_.table_hash(kind, bar);
  }
  std::uint64_t window_cells(std::size_t node, std::size_t bar) const noexcept override {
    return run_.window_cells(node, bar);
  }
  std::uint64_t table_cells(TableKind kind, std::size_t bar) const noexcept override {
    return run_.table_cells(kind, bar);
  }
  Result<runlog::NodeFrame> node_frame(std::size_t node, std::size_t bar) const override {
    return run_.node_frame(node, bar);
  }
  Result<Panel> node_output(std::size_t node, std::size_t bar) const override {
    return run_.node_output(node, bar);
  }
  Result<std::optional<Table>> table(TableKind kind, std::size_t bar) const override {
    return run_.table(kind, bar);
  }
  Result<std::vector<runlog::JournalEntry>> journal(std::size_t) const override {
    return std::vector<runlog::JournalEntry>{};
  }
  bool has_journal() const noexcept override { return false; }
  const StringPool* strings() const noexcept override { return nullptr; }

 private:
  const runlog::RunReader& run_;
  std::vector<runlog::BarRecord> bars_;
  std::vector<std::string> notes_{"nodes/x.csv: 12 bytes cut"};
};

TEST(Checks, AnOutputThatIsMissingANoteOfTheReaderAndAWallOutOfItsBarAreFoundInALogWithoutJournal) {
  const TempDir dir;
  const runlog::RunReader run = write_run(dir / "run", make_trading_run());
  Damaged damaged(run);
  damaged.bar_records()[4].wall = bar_at(5);
  damaged.bar_records()[6].wall = bar_at(5);
  auto report = check_run(damaged, "prod", CheckDepth::kAll);
  ASSERT_TRUE(report.ok()) << report.error().message;
  const Checked checked{std::move(*report)};
  EXPECT_EQ(checked.violated(), (std::set<std::string>{"C005", "C006", "C007", "C010"}));
  EXPECT_EQ(checked.outcome("C010", "prod").violations, 2U);
  EXPECT_EQ(checked.outcome("C204", "prod").note, "the log declares no lookbacks");
  EXPECT_EQ(checked.outcome("C206", "prod").state, CheckState::kNotChecked);
  EXPECT_TRUE(checked.report.failed());
}

TEST(Checks, TheIndexAloneSettlesWhatNeedsNoContents) {
  const RunData prod = make_trading_run();
  RunData sim = prod;
  sim.seal.reset();
  floats(table(sim, 4, TableKind::kPortfolio), "pnl")[1] += 1;
  const Checked checked = check(prod, sim, CheckDepth::kIndex);
  EXPECT_EQ(checked.violated(), std::set<std::string>{"C008"});
  EXPECT_EQ(checked.outcome("C010", "prod").state, CheckState::kNotChecked);
  EXPECT_FALSE(checked.outcome("C010", "prod").note.empty());
}

TEST(Checks, SeveralViolationsOfOnePartAreOneFindingWithTheirNumber) {
  const RunData prod = make_trading_run();
  RunData sim = prod;
  for (const std::size_t bar : {3U, 5U, 7U}) {
    sim.bars[bar].journal[0].time = bar_at(bar) - seconds(1);
  }
  const Checked checked = check(prod, sim);
  EXPECT_EQ(checked.outcome("C010", "sim").violations, 3U);
  const auto is_it = [](const Finding& f) { return f.check == "C010"; };
  EXPECT_EQ(std::ranges::count_if(checked.report.findings, is_it), 1);
  const auto finding = std::ranges::find_if(checked.report.findings, is_it);
  EXPECT_EQ(finding->bar, bar_at(3));
  EXPECT_TRUE(finding->note.ends_with("(3 times, this is the first)")) << finding->note;
}

std::vector<MarketRow> make_market() {
  std::vector<MarketRow> rows;
  for (std::int64_t m = 0; m <= 60; ++m) {
    for (const AssetId asset : {kBtc, kEth}) {
      const Timestamp end = bar_at(0) + minutes(m);
      rows.push_back({asset, end, end + seconds(2), 10, 12, 9, 11, 5});
    }
  }
  return rows;
}

MarketCheckOptions market_options() {
  MarketCheckOptions options;
  options.universe = {{kBtc, "binance::BTC_USDT"}, {kEth, "binance::ETH_USDT"}};
  for (std::size_t b = 1; b <= 12; ++b) {
    options.bars.push_back(bar_at(b));
    options.decided.push_back(bar_at(b) + seconds(3));
  }
  return options;
}

std::set<std::string> market_violations(const std::vector<MarketRow>& rows,
                                        const MarketCheckOptions& options) {
  return Checked{check_market_data(rows, options)}.violated();
}

TEST(MarketChecks, ACleanDumpViolatesNothing) {
  const CheckReport report = check_market_data(make_market(), market_options());
  EXPECT_EQ(Checked{report}.violated(), std::set<std::string>{});
  for (const CheckOutcome& outcome : report.outcomes) {
    EXPECT_NE(outcome.state, CheckState::kNotChecked) << outcome.id << outcome.note;
  }
  ASSERT_EQ(report.findings.size(), 2U) << "the delays of each asset";
  EXPECT_EQ(report.findings[0].check, "C105");
  EXPECT_EQ(report.findings[0].severity, Severity::kReport) << "a number, not a violation";
}

TEST(MarketChecks, EachPlantedViolationIsFound) {
  using Ids = std::set<std::string>;
  const auto violations = [](const std::function<void(std::vector<MarketRow>&)>& plant) {
    std::vector<MarketRow> rows = make_market();
    plant(rows);
    return market_violations(rows, market_options());
  };
  using Rows = std::vector<MarketRow>;
  EXPECT_EQ(violations([](Rows& rows) { rows.erase(rows.begin() + 20); }), Ids{"C102"});
  EXPECT_EQ(violations([](Rows& rows) {
              std::erase_if(rows, [](const MarketRow& row) { return row.asset == kEth; });
            }),
            Ids{"C101"});
  EXPECT_EQ(violations([](Rows& rows) {
              rows.push_back(rows[20]);
              rows.back().close = 10.5;
              rows.back().knowledge = rows.back().knowledge + minutes(1);
            }),
            Ids{"C103"});
  EXPECT_EQ(violations([](Rows& rows) { rows.push_back(rows[20]); }), Ids{}) << "the same again";
  EXPECT_EQ(violations([](Rows& rows) { rows[20].knowledge = rows[20].end; }), Ids{"C104"});
  EXPECT_EQ(violations([](Rows& rows) { rows[20].knowledge = rows[20].end - seconds(1); }),
            (Ids{"C104", "C011"}));
  EXPECT_EQ(violations([](Rows& rows) { rows[20].knowledge = rows[20].end + minutes(20); }),
            Ids{"C105"});
  EXPECT_EQ(violations([](Rows& rows) { rows[20].low = 10.5; }), Ids{"C106"});
  EXPECT_EQ(violations([](Rows& rows) { rows[20].volume = -1; }), Ids{"C106"});
  EXPECT_EQ(violations([](Rows& rows) { rows[20].volume = kNaN; }), Ids{}) << "not known";
}

TEST(Catalogue, HasEveryCheckOfTheSpecificationOnceAndSaysWhereItIsMade) {
  EXPECT_EQ(check_catalogue().size(), 56U) << "53 of the specification, C316 to C318";
  for (const CheckInfo& info : check_catalogue()) {
    EXPECT_EQ(find_check(info.id), &info);
    EXPECT_FALSE(info.title.empty());
    EXPECT_FALSE(info.where.empty()) << info.id;
  }
  EXPECT_EQ(find_check("C999"), nullptr);
}

TEST(Catalogue, EveryCheckOfRunsIsMadeByTheRunChecks) {
  const RunData run = make_trading_run();
  const Checked checked = check(run, run);
  const CheckReport market = check_market_data(make_market(), market_options());
  std::set<std::string> made;
  for (const CheckOutcome& outcome : checked.report.outcomes) {
    made.insert(outcome.id);
  }
  std::set<std::string> made_of_market;
  for (const CheckOutcome& outcome : market.outcomes) {
    made_of_market.insert(outcome.id);
  }
  for (const CheckInfo& info : check_catalogue()) {
    if (info.place == CheckPlace::kRun) {
      EXPECT_EQ(made.count(std::string(info.id)), 1U) << info.id;
    }
    if (info.place == CheckPlace::kMarketData) {
      EXPECT_EQ(made_of_market.count(std::string(info.id)), 1U) << info.id;
    }
    if (info.place == CheckPlace::kLater || info.place == CheckPlace::kElsewhere) {
      EXPECT_EQ(made.count(std::string(info.id)), 0U) << info.id;
    }
  }
}

TEST(Catalogue, IsTheTableOfTheFormatDocument) {
  const auto text = read_file(std::filesystem::path(TIEOUT_SOURCE_DIR) / "docs/formats/checks.md");
  ASSERT_TRUE(text.ok()) << text.error().message;
  EXPECT_NE(text->find(check_catalogue_markdown()), std::string::npos)
      << "write it anew: tieout list_checks --markdown";
}

}  // namespace
}  // namespace tieout::recon
