#include <algorithm>
#include <limits>

#include "support.hpp"

// The six false passes of the reference system (peers 2.0): runs that differ and that its
// comparison, called as its reports call it, lets pass. Each must be DIVERGED here.
namespace tieout::recon {
namespace {

using runlog::TableKind;
using test::RunData;

template <typename T>
void set(RunData& run, TableKind kind, const std::string& column, T value) {
  Table& table = run.bars[3].tables.at(kind);
  const auto found = std::ranges::find(table.columns, column, &TypedColumn::name);
  std::get<std::vector<T>>(found->values)[0] = value;
}

void set_in_node(RunData& run, double value) {
  for (std::size_t b = 3; b < run.bars.size(); ++b) {
    Panel& window = run.bars[b].windows[3];
    window.set(*window.find_row(test::bar_at(3)), 0, value);
  }
}

struct FalsePass {
  const char* name;
  void (*prod)(RunData&);
  void (*sim)(RunData&);
};

class FalsePasses : public testing::TestWithParam<FalsePass> {};

TEST_P(FalsePasses, AreDiverged) {
  RunData prod = test::make_run();
  RunData sim = prod;
  GetParam().prod(prod);
  GetParam().sim(sim);
  const Comparison result = test::compare(prod, sim);
  EXPECT_EQ(result.verdict, Verdict::kDiverged) << result.sentence;
  EXPECT_EQ(exit_code_of(result.verdict), 1);
  EXPECT_EQ(result.distinct_breaks, 1U);
}

const FalsePass kFalsePasses[] = {
    {"a_million_shares_against_none",
     [](RunData& run) { set(run, TableKind::kPortfolio, "holdings_shares", 1e6); },
     [](RunData& run) { set(run, TableKind::kPortfolio, "holdings_shares", 0.0); }},
    {"nan_against_a_value",
     [](RunData& run) { set_in_node(run, std::numeric_limits<double>::quiet_NaN()); },
     [](RunData& run) { set_in_node(run, 0.5); }},
    {"infinity_against_a_value",
     [](RunData& run) { set_in_node(run, std::numeric_limits<double>::infinity()); },
     [](RunData& run) { set_in_node(run, 0.5); }},
    {"an_integer_column",
     [](RunData& run) { set<std::int64_t>(run, TableKind::kStatistics, "n_trades", 5); },
     [](RunData& run) { set<std::int64_t>(run, TableKind::kStatistics, "n_trades", 500); }},
    {"side_buy_against_sell",
     [](RunData& run) { set<std::string>(run, TableKind::kOrders, "side", "B"); },
     [](RunData& run) { set<std::string>(run, TableKind::kOrders, "side", "S"); }},
    {"small_forecasts_of_opposite_sign", [](RunData& run) { set_in_node(run, 9e-7); },
     [](RunData& run) { set_in_node(run, -9e-7); }},
};
INSTANTIATE_TEST_SUITE_P(Peers, FalsePasses, testing::ValuesIn(kFalsePasses),
                         [](const auto& test) { return test.param.name; });

// The controls of the same experiment.
TEST(FalsePassesControls, EqualRunsPassAndThirtyAgainstThirtyOneFails) {
  RunData prod = test::make_run();
  set(prod, TableKind::kPortfolio, "holdings_shares", 30.0);
  RunData sim = prod;
  EXPECT_EQ(test::compare(prod, sim).verdict, Verdict::kIdentical);
  set(sim, TableKind::kPortfolio, "holdings_shares", 31.0);
  EXPECT_EQ(test::compare(prod, sim).verdict, Verdict::kDiverged);
}

}  // namespace
}  // namespace tieout::recon
