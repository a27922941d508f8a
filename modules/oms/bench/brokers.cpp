// Orders that the paper broker and the database broker take and fill, in processor time of one run,
// with and without a fill model. The fills of both must be the same: else the program ends with
// status 1. Data: constant prices in memory, so that what is measured is the brokers.
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "tieout/oms/make_broker.hpp"

namespace tieout::oms {
namespace {

constexpr Timestamp kStart{1'704'240'000'000'000'000};
constexpr int kBars = 288;
constexpr int kAssets = 25;

class ConstantPrices final : public PriceSource {
 public:
  Result<std::vector<double>> at_end(std::string_view, Timestamp, std::span<const AssetId> assets,
                                     const AsOf&) override {
    return std::vector<double>(assets.size(), 100.0);
  }
  Result<std::vector<double>> twap(std::string_view, Timestamp, Timestamp,
                                   std::span<const AssetId> assets, const AsOf&) override {
    return std::vector<double>(assets.size(), 100.0);
  }
  Result<std::vector<BarSeries>> series(std::span<const std::string_view> columns, Timestamp,
                                        Timestamp last, std::span<const AssetId> assets,
                                        const AsOf&) override {
    BarSeries one;
    one.ends = one.knowledge = one.end_download = {last};
    one.values.assign(columns.size(), {100.0});
    return std::vector<BarSeries>(assets.size(), one);
  }
  Result<std::optional<Timestamp>> last_end(std::span<const AssetId>, const AsOf&) override {
    return std::optional(kStart);
  }
};

struct Run {
  std::vector<Fill> fills;
  double cpu_seconds = 0.0;
};

[[noreturn]] void fail(const std::string& why) {
  fmt::print(stderr, "brokers: {}\n", why);
  std::exit(1);
}

Run run(const BrokerSettings& settings) {
  auto broker = make_broker(settings, {});
  if (!broker.ok()) {
    fail(broker.error().message);
  }
  ConstantPrices prices;
  Run result;
  std::int64_t id = 0;
  const std::clock_t begin = std::clock();
  for (int bar = 0; bar < kBars; ++bar) {
    const Timestamp label = kStart + minutes(5) * bar;
    const Timestamp now = label + seconds(1);
    std::vector<Order> orders(kAssets);
    for (int i = 0; i < kAssets; ++i) {
      Order& order = orders[static_cast<std::size_t>(i)];
      order.order_id = id++;
      order.asset_id = AssetId{i};
      order.type = "price@twap";
      order.creation_timestamp = order.start_timestamp = now;
      order.end_timestamp = label + minutes(5);
      order.diff_num_shares = 1.0 + i;
    }
    if (!(*broker)->begin(label).ok()) {
      fail("begin");
    }
    auto collected = (*broker)->collect(now, {now}, prices);
    if (!collected.ok() || !(*broker)->submit(orders, now).ok() || !(*broker)->commit().ok()) {
      fail("a bar");
    }
    result.fills.insert(result.fills.end(), collected->fills.begin(), collected->fills.end());
  }
  result.cpu_seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  return result;
}

void compare(const char* what, const FillModel& model) {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / fmt::format("bench_brokers.{}.sqlite", ::getpid());
  std::filesystem::remove(file);
  BrokerSettings settings;
  settings.fill_model = model;
  const Run paper = run(settings);
  settings.kind = BrokerSettings::Kind::kDatabase;
  settings.run.database = file;
  const Run database = run(settings);
  std::filesystem::remove(file);
  if (paper.fills.size() != static_cast<std::size_t>((kBars - 1) * kAssets) ||
      paper.fills != database.fills) {
    fail("the brokers do not fill alike");
  }
  const double orders = kBars * kAssets;
  fmt::print("{:<12} paper {:>9.0f} orders/cpu s, database {:>9.0f} orders/cpu s, ratio {:.1f}\n",
             what, orders / paper.cpu_seconds, orders / database.cpu_seconds,
             database.cpu_seconds / paper.cpu_seconds);
}

}  // namespace
}  // namespace tieout::oms

int main() {
  tieout::oms::FillModel costly;
  costly.taker_fee_bps = 5.0;
  costly.slippage_bps = 1.0;
  costly.impact_bps = 1.0;
  costly.latency_jitter = tieout::milliseconds(1000);
  tieout::oms::compare("no model", {});
  tieout::oms::compare("fill model", costly);
  return 0;
}
