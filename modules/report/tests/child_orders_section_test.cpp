#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/runlog/writer.hpp"

#include "fixture.hpp"
#include "sections.hpp"

namespace tieout::report {
namespace {

using testing::bar_at;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Order 3 in two waves: 6 shares filled after 20 s, then 4 that are filled after 30 s or
/// cancelled.
Table two_waves(double limit, bool is_last_filled) {
  const Timestamp start = bar_at(0) + seconds(10);
  return {{{"order_id", std::vector<std::int64_t>{40, 41}},
           {"oms_parent_order_id", std::vector<std::int64_t>{3, 3}},
           {"wave_id", std::vector<std::int64_t>{0, 1}},
           {"asset_id", std::vector<std::int64_t>{7, 7}},
           {"status", std::vector<std::string>{"filled", is_last_filled ? "filled" : "cancelled"}},
           {"error_msg", std::vector<std::string>{"", ""}},
           {"start_timestamp", std::vector<Timestamp>{start, start + minutes(1)}},
           {"end_timestamp", std::vector<Timestamp>{start + minutes(1), start + minutes(2)}},
           {"diff_num_shares", std::vector<double>{6, 4}},
           {"limit_price", std::vector<double>{100, limit}},
           {"filled_shares", std::vector<double>{6, is_last_filled ? 4.0 : 0.0}},
           {"average_price", std::vector<double>{100, is_last_filled ? limit : kNaN}},
           {"fee", std::vector<double>{0, 0}},
           {"liquidity", std::vector<std::string>{"maker", is_last_filled ? "maker" : ""}},
           {"update_timestamp",
            std::vector<Timestamp>{start + seconds(20),
                                   start + minutes(1) + seconds(is_last_filled ? 30 : 60)}}},
          1};
}

Table fills_of(const Table& children) {
  const auto& shares = std::get<std::vector<double>>(children.find("filled_shares")->values);
  const auto& prices = std::get<std::vector<double>>(children.find("average_price")->values);
  const auto& times = std::get<std::vector<Timestamp>>(children.find("update_timestamp")->values);
  const std::size_t count = shares[1] > 0 ? 2 : 1;
  const auto cut = [count](auto values) {
    values.resize(count);
    return values;
  };
  return {{{"fill_id", cut(std::vector<std::int64_t>{0, 1})},
           {"order_id", std::vector<std::int64_t>(count, 3)},
           {"asset_id", std::vector<std::int64_t>(count, 7)},
           {"timestamp", cut(times)},
           {"num_shares", cut(shares)},
           {"price", cut(prices)}},
          1};
}

runlog::RunReader wave_run(const std::filesystem::path& dir, const Table* children,
                           const Table* fills) {
  runlog::Manifest manifest;
  manifest.constructor = "tests.T_DagBuilder";
  manifest.run_mode = "paper_trading";
  manifest.mode = "scheduled";
  manifest.start = manifest.end = bar_at(0);
  manifest.bar = minutes(5);
  manifest.universe = {{AssetId{7}, "binance::BTC_USDT"}};
  if (children != nullptr) manifest.more_tables = {runlog::TableKind::kChildOrders};
  auto writer =
      runlog::RunWriter::create(dir, manifest, "", "{}", runlog::Durability::kAtSeal).value();
  if (children != nullptr) {
    EXPECT_TRUE(
        writer.write_table(runlog::TableKind::kChildOrders, bar_at(0), bar_at(0), *children).ok());
    EXPECT_TRUE(writer.write_table(runlog::TableKind::kFills, bar_at(0), bar_at(0), *fills).ok());
  }
  EXPECT_TRUE(writer.commit_bar(bar_at(0), bar_at(0), runlog::BarOutcome::kOk).ok());
  EXPECT_TRUE(writer.seal(runlog::RunOutcome::kComplete).ok());
  return runlog::RunReader::open(dir).value();
}

/// The section with one blank between its words; "" when the report does not have it.
std::string text_of_section(const ReportInput& input) {
  const Facts facts(input);
  for (const Section& section : compute_sections(facts)) {
    if (section.id != "child_orders") continue;
    std::string out;
    for (const char c : text_of(section)) {
      if (c != ' ' || (!out.empty() && out.back() != ' ')) out += c;
    }
    return out;
  }
  return "";
}

TEST(ChildOrdersSection, ShowsWavesTimesToFillAndEachChildThatDiffers) {
  const testing::TempDir dir;
  const Table left = two_waves(101, true);
  const Table right = two_waves(101, false);
  const Table left_fills = fills_of(left);
  const Table right_fills = fills_of(right);
  const auto prod = wave_run(dir.path() / "prod", &left, &left_fills);
  const auto sim = wave_run(dir.path() / "sim", &right, &right_fills);
  ReportInput input;
  input.prod = &prod;
  input.sim = &sim;
  const std::string text = text_of_section(input);
  EXPECT_THAT(text, HasSubstr("1 child orders equal, 1 different, 0 in prod only, 0 in sim only"));
  EXPECT_THAT(text, HasSubstr("Child orders of prod add up to the fills of 1 of 1 orders."));
  EXPECT_THAT(text, HasSubstr("4.0 at 101.0"));
  EXPECT_THAT(text, HasSubstr("not filled"));
  EXPECT_THAT(text, HasSubstr("0 prod 1 0 0 1 1.0000 20.000 20.000"));
  EXPECT_THAT(text, HasSubstr("1 sim 1 0 0 0 0.0000 - 60.000"));
  EXPECT_THAT(text, HasSubstr("all prod 2 0 0 2 1.0000 25.000 25.000"));
  // Of two orders production filled one within 20 s and both within 30 s, the simulation one.
  EXPECT_THAT(text, HasSubstr("prod 2 50 100 50 20 100 30"));
  EXPECT_THAT(text, HasSubstr("sim 2 50 50 50 20 50 20"));
}

TEST(ChildOrdersSection, OfEqualRunsSaysSoAndNamesADifferenceFromTheFills) {
  const testing::TempDir dir;
  const Table children = two_waves(101, true);
  const Table fills = fills_of(children);
  Table other = fills;
  std::get<std::vector<double>>(other.columns[4].values)[1] = 3;
  const auto prod = wave_run(dir.path() / "prod", &children, &fills);
  const auto sim = wave_run(dir.path() / "sim", &children, &other);
  ReportInput input;
  input.prod = &prod;
  input.sim = &sim;
  const std::string text = text_of_section(input);
  EXPECT_THAT(text, HasSubstr("2 child orders equal, 0 different"));
  EXPECT_THAT(text, Not(HasSubstr("that differ")));
  EXPECT_THAT(text, HasSubstr("Child orders of sim add up to the fills of 0 of 1 orders."));
}

TEST(ChildOrdersSection, IsThereOnlyForRunsThatMakeThemAndSaysWhichRunDoesNot) {
  const testing::TempDir dir;
  const Table children = two_waves(101, true);
  const Table fills = fills_of(children);
  const auto prod = wave_run(dir.path() / "prod", &children, &fills);
  const auto sim = wave_run(dir.path() / "sim", nullptr, nullptr);
  ReportInput input;
  input.prod = &prod;
  EXPECT_THAT(text_of_section(input), HasSubstr("Not available: "));
  input.sim = &sim;
  EXPECT_THAT(text_of_section(input), HasSubstr("sim makes no child orders."));
  input.prod = &sim;
  EXPECT_EQ(text_of_section(input), "");
}

}  // namespace
}  // namespace tieout::report
