#pragma once

#include <filesystem>
#include <limits>

#include <gtest/gtest.h>

#include "tieout/runlog/writer.hpp"

#include "fixture.hpp"

namespace tieout::report::testing {

/// Order 3 in two waves: 6 shares filled after 20 s, then 4 that are filled after 30 s or
/// cancelled.
inline Table two_waves(double limit, bool is_last_filled) {
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
           {"average_price",
            std::vector<double>{100,
                                is_last_filled ? limit : std::numeric_limits<double>::quiet_NaN()}},
           {"fee", std::vector<double>{0, 0}},
           {"liquidity", std::vector<std::string>{"maker", is_last_filled ? "maker" : ""}},
           {"update_timestamp",
            std::vector<Timestamp>{start + seconds(20),
                                   start + minutes(1) + seconds(is_last_filled ? 30 : 60)}}},
          1};
}

inline Table fills_of(const Table& children) {
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

inline runlog::RunReader wave_run(const std::filesystem::path& dir, const Table* children,
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

}  // namespace tieout::report::testing
