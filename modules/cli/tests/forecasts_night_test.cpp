// run_process_forecasts over the end of a day and the begin of the next: the inputs are those of
// the reference's own test TestSimulatedProcessForecasts2, and so are the numbers, as it prints
// them.

#include <atomic>
#include <cmath>
#include <limits>
#include <random>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tieout/cli/command.hpp"
#include "tieout/core/file.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/runlog/reader.hpp"

namespace tieout::cli {
namespace {

namespace fs = std::filesystem;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// A bar: what was forecast of the assets 100 and 200, and the books that the reference prints with
/// two decimals. It prints no pnl at the first bar of a day, we none at the first of the run.
struct Bar {
  const char* time;
  double prediction[2];
  double volatility[2];
  double shares[2];
  double pnl, gross_volume, net_volume, gmv, nmv, net_wealth;
};
// clang-format off
constexpr Bar kBars[] = {
    {"2000-01-01 15:05:00-05:00", {-0.00012983135641150817, -0.0003444514077774843}, {0.001103338449065532, 0.0006058789654488665}, {0.00, 0.00}, kNaN, 0.00, 0.00, 0.00, 0.00, 1000000.00},
    {"2000-01-01 15:10:00-05:00", {-0.0018695972328417114, 0.0005700291999725056}, {0.0009102203337824716, 0.000414316521480762}, {23.16, -76.81}, -15.30, 99960.44, -53642.13, 99988.95, -53657.43, 999984.70},
    {"2000-01-01 15:15:00-05:00", {-0.00042334910981158214, -0.00042921262053906934}, {0.0008587259868421729, 0.0009164783965799375}, {-17.16, 82.82}, -8.71, 199972.41, 119321.39, 99971.72, 65655.25, 999975.99},
    {"2000-01-01 15:20:00-05:00", {0.001013896799797998, -0.0014031443828994125}, {0.0007101469125236062, 0.0007993740574498961}, {53.25, -46.75}, -36.17, 199866.26, -59124.37, 99923.55, 6494.72, 999939.83},
    {"2000-01-01 15:25:00-05:00", {0.000983715344494681, -6.756824481107008e-05}, {0.0006059033401057033, 0.0006911991724415382}, {55.94, -44.15}, -5.55, 5284.11, 5284.11, 99936.54, 11773.28, 999934.27},
    {"2000-01-01 15:30:00-05:00", {0.0006300419507298725, -0.0009042325062053423}, {0.0005168594805244772, 0.0006209295963838978}, {56.63, -43.52}, -4.75, 1321.84, 1321.84, 99963.74, 13090.37, 999929.53},
    {"2000-01-01 15:35:00-05:00", {-0.00023805880511791806, 0.00032528005118268087}, {0.0006212078821330589, 0.0006127752668216819}, {59.18, -41.00}, 5.41, 5050.51, 5050.51, 100025.81, 18146.30, 999934.94},
    {"2000-01-01 15:40:00-05:00", {-0.0018449398759528108, -0.0005051739064583473}, {0.0006895479618442234, 0.001228485148959905}, {-49.39, 50.76}, -0.69, 200020.28, -16779.17, 99983.48, 1366.44, 999934.25},
    {"2000-01-01 15:45:00-05:00", {0.00016957772908778577, -0.0001891522373142775}, {0.0006432271899499758, 0.0012407339200153045}, {-76.18, 24.00}, 6.28, 53421.88, -53421.88, 99931.85, -52049.17, 999940.53},
    {"2000-01-01 15:50:00-05:00", {-0.00017597776424923474, 0.0005194133345299351}, {0.0006024974131987083, 0.0011008541068078454}, {79.01, -21.23}, -13.59, 199927.76, 109680.62, 99972.52, 57617.86, 999926.93},
    {"2000-01-01 15:55:00-05:00", {7.679986448808807e-05, -0.0001248190966291536}, {0.0006417939121114061, 0.0009696267689919387}, {-77.16, 23.11}, 35.82, 200199.28, -111645.26, 100168.15, -53991.57, 999962.76},
    {"2000-01-01 16:00:00-05:00", {0.0015423041109956315, -0.0006340162182175497}, {0.0006859792575307941, 0.0009079051195905591}, {69.61, -30.50}, -7.54, 200106.72, 93034.54, 99907.60, 39035.43, 999955.21},
    {"2000-01-02 09:35:00-05:00", {0.00018368353864928178, -0.0010064568989289749}, {0.0006240900052926835, 0.0009290950770107657}, {69.61, -30.50}, kNaN, 0.00, 0.00, 99551.74, 38896.39, 999816.18},
    {"2000-01-02 09:40:00-05:00", {0.0002763338112116042, 0.0017210699849259294}, {0.0005488654660333673, 0.0009586223291825142}, {69.29, -31.26}, -21.34, 1079.71, -1079.71, 99944.11, 37795.34, 999794.84},
    {"2000-01-02 09:45:00-05:00", {0.00060509748714115, 0.001106608606494993}, {0.0006686932516735999, 0.0008449290429693792}, {-75.77, 24.84}, 14.99, 200170.50, -88518.17, 100168.15, -50707.84, 999809.83},
    {"2000-01-02 09:50:00-05:00", {-0.0002565689068735835, -0.0015036527644151224}, {0.0007977497694267707, 0.0008097616174002993}, {-61.76, 38.68}, 31.03, 27720.60, 27720.60, 99917.51, -22956.21, 999840.85},
    {"2000-01-02 09:55:00-05:00", {-0.0006643563363880756, -0.001052435432782002}, {0.0007173331686553822, 0.0009901384857605325}, {51.01, -49.51}, 2.17, 199896.10, 24447.97, 99970.22, 1493.94, 999843.03},
    {"2000-01-02 10:00:00-05:00", {-0.0007373730463555963, 0.0005840120426474757}, {0.0010800095205945322, 0.0013149828033979503}, {65.94, -34.61}, 3.89, 29660.94, 29660.94, 99999.55, 31158.77, 999846.92},
    {"2000-01-02 10:05:00-05:00", {0.0007669664848521094, -0.000588364848256607}, {0.0009555899691420632, 0.0011675103430375464}, {-60.05, 40.51}, 11.14, 200057.75, -50608.47, 100018.43, -19438.56, 999858.06},
    {"2000-01-02 10:10:00-05:00", {0.0005045526940525951, 1.5163412593471347e-05}, {0.0008661264394532127, 0.0010449990681679548}, {60.20, -40.33}, -5.62, 200204.50, 39241.38, 100156.07, 19797.20, 999852.44},
    {"2000-01-02 10:15:00-05:00", {-0.0004895464718336865, 0.0008140115908692021}, {0.0008940148041466298, 0.0010163282599136255}, {59.50, -40.88}, 20.26, 1241.54, -1241.54, 100104.55, 18575.93, 999872.70},
    {"2000-01-02 10:20:00-05:00", {0.001152695318344823, 0.00012878910185462017}, {0.0009470254656869869, 0.0009416064230349684}, {-56.53, 43.74}, 5.78, 200157.27, -31337.30, 100019.38, -12755.58, 999878.48},
    {"2000-01-02 10:25:00-05:00", {0.0001843314807437683, -0.0001292163770236938}, {0.0009089683956696622, 0.0009129868198575441}, {49.84, -50.42}, 0.67, 200011.27, 12181.23, 99969.33, -573.68, 999879.15},
    {"2000-01-02 10:30:00-05:00", {-0.0013402183858497784, -0.0004735992009972506}, {0.0008579800161567442, 0.0008481076767850203}, {50.36, -49.92}, -0.38, 1015.14, 1015.14, 99995.09, 441.09, 999878.78},
};
// clang-format on

/// One-minute bars from 15:00 to 10:30 of the next day, one path for both assets (oms.md 8.0).
std::string market_data() {
  std::mt19937 twister(42);
  std::string text = "end_datetime,timestamp_db,price,asset_id\n";
  const Timestamp start = parse_iso("2000-01-01 15:00:00-05:00").value();
  const Timestamp last = parse_iso("2000-01-02 10:30:00-05:00").value();
  double sum = 0.0;
  for (Timestamp minute = start; minute <= last; minute = minute + minutes(1)) {
    const double high = static_cast<double>(twister() >> 5U);
    const double low = static_cast<double>(twister() >> 6U);
    sum += (high * 67108864.0 + low) / 9007199254740992.0 - 0.5;
    const std::string end = to_iso(minute + minutes(1));
    for (const int asset : {100, 200}) {
      text += fmt::format("{0},{0},{1},{2}\n", end, format_double(sum + 1000.0), asset);
    }
  }
  return text;
}

std::string frame(const double (Bar::*values)[2]) {
  std::string text = ",100,200\n";
  for (const Bar& bar : kBars) {
    text += fmt::format("{},{},{}\n", bar.time, format_double((bar.*values)[0]),
                        format_double((bar.*values)[1]));
  }
  return text;
}

double number(const Table& table, const char* name, std::size_t row) {
  return std::get<std::vector<double>>(table.find(name)->values).at(row);
}

const std::vector<std::string> kOverrides = {
    R"(("portfolio_config","initial_cash"),(float(1e6)))",
    R"(("portfolio_config","pricing_method"),(str("last")))",
    R"(("portfolio_config","mark_to_market_col"),(str("price")))",
    R"(("portfolio_config","column_remap","price"),(str("price")))",
    R"(("process_forecasts_node_dict","process_forecasts_dict","optimizer_config","apply_cc_limits"),(bool(False)))",
    R"(("process_forecasts_node_dict","process_forecasts_dict","optimizer_config","params","kwargs","target_gmv"),(float(1e5)))",
    R"(("process_forecasts_node_dict","process_forecasts_dict","order_config","order_type"),(str("price@twap")))",
    R"(("process_forecasts_node_dict","process_forecasts_dict","share_quantization"),(int(30)))",
    R"(("process_forecasts_node_dict","process_forecasts_dict","ath_start_time"),(datetime.time(9, 30)))",
    R"(("process_forecasts_node_dict","process_forecasts_dict","trading_start_time"),(datetime.time(9, 35)))",
    R"(("process_forecasts_node_dict","process_forecasts_dict","trading_end_time"),(datetime.time(15, 55)))",
    R"(("process_forecasts_node_dict","process_forecasts_dict","ath_end_time"),(datetime.time(16, 0)))"};

TEST(ForecastsNightTest, TheReferencesNumbersComeOutAsPrinted) {
  const fs::path dir = fs::path(testing::TempDir()) / fmt::format("night.{}", ::getpid());
  fs::remove_all(dir);
  fs::create_directories(dir);
  ASSERT_TRUE(write_file_atomic(dir / "p.csv", frame(&Bar::prediction)).ok());
  ASSERT_TRUE(write_file_atomic(dir / "v.csv", frame(&Bar::volatility)).ok());
  ASSERT_TRUE(write_file_atomic(dir / "m.csv", market_data()).ok());
  std::vector<std::string> arguments = {
      "run_process_forecasts",  "--prediction",  (dir / "p.csv").string(), "--volatility",
      (dir / "v.csv").string(), "--market_data", (dir / "m.csv").string(), "--dst_dir",
      (dir / "log").string()};
  for (const std::string& text : kOverrides) {
    arguments.insert(arguments.end(), {"--set_config_value", text});
  }
  const std::atomic<bool> stop{false};
  std::ostringstream out;
  std::ostringstream err;
  Session session{out, err, false, [] { return Timestamp{}; }, stop};
  ASSERT_EQ(run(arguments, session), 0) << err.str();
  const runlog::RunReader log = runlog::RunReader::open(dir / "log").value();
  ASSERT_EQ(log.bars().size(), std::size(kBars));
  constexpr double kHalfOfTheLastDigit = 0.00500001;
  for (std::size_t i = 0; i < std::size(kBars); ++i) {
    const Bar& bar = kBars[i];
    EXPECT_EQ(log.bars()[i].bar, parse_iso(bar.time).value());
    const Table portfolio = log.table(runlog::TableKind::kPortfolio, i).value().value();
    const Table statistics = log.table(runlog::TableKind::kStatistics, i).value().value();
    for (const std::size_t asset : {0U, 1U}) {
      EXPECT_NEAR(number(portfolio, "holdings_shares", asset), bar.shares[asset],
                  kHalfOfTheLastDigit)
          << bar.time;
    }
    const std::pair<const char*, double> needed[] = {{"pnl", bar.pnl},
                                                     {"gross_volume", bar.gross_volume},
                                                     {"net_volume", bar.net_volume},
                                                     {"gmv", bar.gmv},
                                                     {"nmv", bar.nmv},
                                                     {"net_wealth", bar.net_wealth}};
    for (const auto& [name, value] : needed) {
      const double found = number(statistics, name, 0);
      if (std::isnan(value) && i > 0) {
        // Over the night the positions earned what the wealth lost.
        EXPECT_NEAR(found, bar.net_wealth - kBars[i - 1].net_wealth, 0.0101) << bar.time;
      } else if (std::isnan(value)) {
        EXPECT_TRUE(std::isnan(found)) << bar.time;
      } else {
        EXPECT_NEAR(found, value, kHalfOfTheLastDigit) << name << " of " << bar.time;
      }
    }
  }
  fs::remove_all(dir);
}

}  // namespace
}  // namespace tieout::cli
