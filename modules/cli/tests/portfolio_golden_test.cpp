// portfolio_stats --differences and recon::portfolio_state() over logs of the reference: what its
// own functions say of them (golden/logs/results, golden/trading/rec_*).

#include <atomic>
#include <cmath>
#include <map>
#include <memory>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "tieout/cli/command.hpp"
#include "tieout/core/csv.hpp"
#include "tieout/core/file.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/recon/portfolio_compare.hpp"
#include "tieout/reference/log_reader.hpp"

namespace tieout::cli {
namespace {

namespace fs = std::filesystem;
using Rows = std::vector<std::vector<std::string>>;

fs::path golden(const char* part) {
  return fs::path(TIEOUT_SHARED_DIR) / "golden" / part;
}

Rows read_rows(const fs::path& path) {
  const std::string text = read_file(path).value();
  CsvReader csv(text);
  Rows rows;
  while (csv.next().value()) {
    rows.emplace_back(csv.fields().begin(), csv.fields().end());
  }
  return rows;
}

std::string output_of(const std::vector<std::string>& arguments) {
  const std::atomic<bool> stop{false};
  std::ostringstream out;
  std::ostringstream err;
  Session session{out, err, false, [] { return Timestamp{}; }, stop};
  EXPECT_EQ(run(arguments, session), 0) << err.str();
  return out.str();
}

class DifferencesGoldenTest : public testing::TestWithParam<const char*> {};

TEST_P(DifferencesGoldenTest, EachLargestDifferenceIsTheReferences) {
  const fs::path logs = golden("logs");
  if (!fs::exists(logs / "results")) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  const fs::path dir =
      fs::path(testing::TempDir()) / fmt::format("differences.{}.{}", GetParam(), ::getpid());
  fs::remove_all(dir);
  const std::string prod = (logs / GetParam() / "system_log_dir.manual").string();
  const std::string sim = (logs / "sim_clean" / "system_log_dir.manual").string();
  // The arguments with which the reference computed the research portfolio of its results.
  output_of({"research_portfolio", prod, "--burn-in-bars", "3", "--quantization", "30", "--dst",
             dir.string()});
  const auto json = nlohmann::json::parse(
      output_of({"portfolio_stats", prod, sim, "--differences", "--profile", "reference",
                 "--research", (dir / "portfolio.csv").string(), "--json"}));
  const Rows rows =
      read_rows(logs / "results" / fmt::format("{}.compare_portfolios_pct.csv", GetParam()));
  ASSERT_EQ(rows.size(), 6U);
  std::size_t compared = 0;
  for (std::size_t r = 1; r < rows.size(); ++r) {
    const std::string field = rows[r][0].substr(0, rows[r][0].find(".pct_change"));
    for (std::size_t c = 1; c < rows[r].size(); ++c) {
      const double needed = parse_double(rows[r][c]).value();
      const double found = json["differences"][rows[0][c]][field]["max_percent"];
      EXPECT_NEAR(found, needed, 1e-9 * std::abs(needed)) << field << " " << rows[0][c];
      ++compared;
    }
  }
  EXPECT_EQ(compared, 15U);
  fs::remove_all(dir);
}

INSTANTIATE_TEST_SUITE_P(Logs, DifferencesGoldenTest,
                         testing::Values("prod_clean", "prod_late_bar"),
                         [](const auto& test) { return std::string(test.param); });

/// A file of (field|asset, or statistic) columns behind a stamp against a panel.
void expect_panel(const fs::path& path, const Panel& panel) {
  const Rows rows = read_rows(path);
  ASSERT_EQ(rows.size() - 1, panel.row_count()) << path;
  for (std::size_t r = 1; r < rows.size(); ++r) {
    ASSERT_EQ(panel.index()[r - 1], parse_iso(rows[r][0]).value()) << path << " row " << r;
    for (std::size_t c = 1; c < rows[r].size(); ++c) {
      const std::string& name = rows[0][c];
      const std::size_t bar = name.find('|');
      const ColumnKey key =
          bar == std::string::npos
              ? ColumnKey{name}
              : ColumnKey{name.substr(0, bar), AssetId{parse_int(name.substr(bar + 1)).value()}};
      const auto column = panel.find_column(key);
      ASSERT_TRUE(column) << path << " " << name;
      const double found = panel.at(r - 1, *column);
      if (rows[r][c].empty()) {
        EXPECT_TRUE(std::isnan(found)) << path << " " << rows[r][0] << " " << name;
      } else {
        const double needed = parse_double(rows[r][c]).value();
        EXPECT_NEAR(found, needed, 1e-12 * std::abs(needed))
            << path << " " << rows[r][0] << " " << name;
      }
    }
  }
}

TEST(PortfolioStateGoldenTest, BooksAreReadAsTheReferenceReadsThem) {
  const fs::path dir = golden("trading") / "rec_01_read_state";
  if (!fs::exists(dir)) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  for (const std::string name : {"prod", "sim"}) {
    const auto run =
        reference::open_run(dir / "input" / name, std::make_shared<StringPool>()).value();
    const recon::TradingFrames frames = recon::read_trading_frames(*run).value();
    const recon::PortfolioState state = recon::portfolio_state(frames, minutes(5)).value();
    expect_panel(dir / fmt::format("expected_{}_portfolio.csv", name), state.portfolio);
    expect_panel(dir / fmt::format("expected_{}_stats.csv", name), state.statistics);
    if (name != "prod") {
      continue;
    }
    expect_panel(dir / "expected_prod_raw.csv",
                 recon::portfolio_state(frames, std::nullopt).value().portfolio);
    const Rows delays = read_rows(dir / "expected_prod_delay.csv");
    ASSERT_EQ(delays.size() - 1, state.delays.size());
    for (std::size_t r = 1; r < delays.size(); ++r) {
      EXPECT_EQ(to_seconds(state.delays[r - 1]), parse_double(delays[r][1]).value());
    }
  }
}

TEST(PortfolioNamesGoldenTest, TheReferenceTakesItsThreeNamesAlone) {
  // golden/trading/rec_03_compare_portfolios_names: prod and sim without research is an error.
  const Panel panel({{"pnl", AssetId{1}}});
  const std::vector<recon::NamedPortfolio> two{{"prod", &panel}, {"sim", &panel}};
  const auto refused = recon::compare_portfolios(two, recon::PortfolioNames::kReference);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("'prod', 'sim'"), std::string::npos);
  EXPECT_TRUE(recon::compare_portfolios(two, recon::PortfolioNames::kAny).ok());
}

}  // namespace
}  // namespace tieout::cli
