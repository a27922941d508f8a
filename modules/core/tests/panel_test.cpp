#include "tieout/core/panel.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/random.hpp"

namespace tieout {
namespace {

using ::testing::ElementsAre;

const std::vector<ColumnKey> kColumns = {{"close", {7}}, {"volume", {7}}, {"pnl", kNoAsset}};

/// Rows as a map: slow and obvious.
using Model = std::map<Timestamp, std::vector<double>>;

void expect_equal(const Panel& panel, const Model& model, const std::string& where) {
  ASSERT_EQ(panel.row_count(), model.size()) << where;
  std::size_t row = 0;
  std::vector<double> copied(panel.column_count());
  for (const auto& [t, values] : model) {
    ASSERT_EQ(panel.index()[row], t) << where;
    ASSERT_EQ(panel.find_row(t), row) << where;
    ASSERT_EQ(panel.lower_bound(t), row) << where;
    panel.copy_row(row, copied);
    for (std::size_t c = 0; c < values.size(); ++c) {
      const double cell = panel.at(row, c);
      ASSERT_TRUE(cell == values[c] || (std::isnan(cell) && std::isnan(values[c])))
          << where << " row " << row << " column " << c;
      ASSERT_EQ(std::bit_cast<std::uint64_t>(copied[c]), std::bit_cast<std::uint64_t>(cell));
    }
    ++row;
  }
}

/// One random change of both.
void change(Panel& panel, Model& model, const CounterRng& rng, std::uint64_t step) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto words = rng.block(step);
  const std::vector<double> empty_row(panel.column_count(), nan);
  switch (words[0] % 8) {
    case 0:
    case 1:
    case 2: {  // Append up to 20 rows.
      std::vector<Timestamp> rows;
      Timestamp t = model.empty() ? Timestamp{words[1] % 100} : model.rbegin()->first;
      for (std::uint32_t i = 0; i < words[2] % 21; ++i) {
        t = t + nanoseconds(1 + (words[3] >> (i % 16)) % 5);
        rows.push_back(t);
        model[t] = empty_row;
      }
      panel.append_rows(rows);
      break;
    }
    case 3: {  // Insert anywhere, perhaps where a row is already.
      const Timestamp t{words[1] % 2000};
      const bool is_new = model.emplace(t, empty_row).second;
      const std::size_t position = panel.insert_row(t);
      ASSERT_EQ(panel.index()[position], t) << is_new;
      break;
    }
    case 4: {  // Forget the first rows.
      const std::size_t count = words[1] % (model.size() + 1);
      panel.drop_front(count);
      model.erase(model.begin(), std::next(model.begin(), static_cast<std::ptrdiff_t>(count)));
      break;
    }
    case 5: {  // Replace by a slice.
      const std::size_t first = words[1] % (model.size() + 1);
      const std::size_t last = first + words[2] % (model.size() - first + 1);
      panel = panel.slice({first, last});
      model = Model(std::next(model.begin(), static_cast<std::ptrdiff_t>(first)),
                    std::next(model.begin(), static_cast<std::ptrdiff_t>(last)));
      break;
    }
    case 6:
      if (words[1] % 20 == 0) {
        panel.clear_rows();
        model.clear();
      }
      break;
    default:  // Write cells.
      for (std::uint32_t i = 0; i < 10 && !model.empty(); ++i) {
        const std::size_t row = (words[1] + 31 * i) % model.size();
        const std::size_t column = (words[2] + i) % panel.column_count();
        const double value = rng.uniform(step * 100 + i);
        panel.set(row, column, value);
        std::next(model.begin(), static_cast<std::ptrdiff_t>(row))->second[column] = value;
      }
  }
}

TEST(Panel, BehavesLikeAMapOfRowsUnderRandomChanges) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const CounterRng rng(seed, 1);
    Panel panel(kColumns);
    Model model;
    for (std::uint64_t step = 0; step < 300; ++step) {
      const std::string where = "seed " + std::to_string(seed) + " step " + std::to_string(step);
      ASSERT_NO_FATAL_FAILURE(change(panel, model, rng, step)) << where;
      ASSERT_NO_FATAL_FAILURE(expect_equal(panel, model, where));
    }
  }
}

TEST(Panel, FindsColumnsByKeyAndByField) {
  const Panel panel({{"close", {7}}, {"close", {3}}, {"pnl", kNoAsset}});
  EXPECT_EQ(panel.find_column({"close", {3}}), 1U);
  EXPECT_EQ(panel.find_column({"close", {4}}), std::nullopt);
  EXPECT_THAT(panel.columns_of("close"), ElementsAre(0U, 1U));
  EXPECT_THAT(panel.columns_of("open"), ElementsAre());
  EXPECT_EQ(to_string(panel.columns()[0]), "close[7]");
  EXPECT_EQ(to_string(panel.columns()[2]), "pnl");
}

TEST(Panel, LowerBoundIsTheFirstRowNotBefore) {
  Panel panel(kColumns);
  panel.append_rows(std::vector<Timestamp>{{10}, {20}, {30}});
  EXPECT_EQ(panel.lower_bound({5}), 0U);
  EXPECT_EQ(panel.lower_bound({20}), 1U);
  EXPECT_EQ(panel.lower_bound({21}), 2U);
  EXPECT_EQ(panel.lower_bound({31}), 3U);
  EXPECT_EQ(panel.find_row({21}), std::nullopt);
}

TEST(Panel, ARollingWindowKeepsItsMemory) {
  Panel panel(kColumns);
  for (std::int64_t i = 0; i < 100; ++i) {
    panel.append_row({i});
  }
  const double* lowest = panel.column(0).data();
  const double* highest = lowest;
  for (std::int64_t i = 100; i < 100'000; ++i) {
    panel.drop_front(1);
    panel.append_row({i});
    panel.set(99, 0, static_cast<double>(i));
    ASSERT_EQ(panel.row_count(), 100U);
  }
  // The live rows stay inside one buffer of a few windows.
  lowest = panel.column(0).data();
  highest = panel.column(1).data();
  EXPECT_LE(highest - lowest, 1000);
  EXPECT_EQ(panel.at(0, 0), 99'900.0);
}

TEST(PanelDeathTest, MisuseIsAProgrammerError) {
  Panel panel(kColumns);
  panel.append_rows(std::vector<Timestamp>{{10}, {20}});
  EXPECT_DEATH(panel.append_row({20}), "programmer error");
  EXPECT_DEATH(panel.append_rows(std::vector<Timestamp>{{30}, {30}}), "programmer error");
  EXPECT_DEATH(panel.drop_front(3), "programmer error");
  EXPECT_DEATH(static_cast<void>(panel.column(3)), "programmer error");
  EXPECT_DEATH(Panel({{"a", {1}}, {"a", {1}}}), "programmer error");
}

Panel sample() {
  Panel panel(kColumns);
  panel.append_rows(std::vector<Timestamp>{{10}, {20}});
  panel.set(0, 0, 1.5);
  panel.set(1, 0, 0.0);
  panel.set(1, 1, -2.0);
  return panel;
}

TEST(Panel, EqualityAndHashSeeEveryBitButTheKindOfNan) {
  const Panel panel = sample();
  EXPECT_TRUE(bitwise_equal(panel, sample()));
  EXPECT_EQ(hash_panel(panel), hash_panel(sample()));

  Panel other_nan = sample();
  other_nan.set(0, 2, std::bit_cast<double>(std::uint64_t{0xFFF8'0000'0000'0042}));
  EXPECT_TRUE(bitwise_equal(panel, other_nan));
  EXPECT_EQ(hash_panel(panel), hash_panel(other_nan));

  Panel minus_zero = sample();
  minus_zero.set(1, 0, -0.0);
  EXPECT_FALSE(bitwise_equal(panel, minus_zero));
  EXPECT_NE(hash_panel(panel), hash_panel(minus_zero));

  Panel one_ulp = sample();
  one_ulp.set(0, 0, std::nextafter(1.5, 2.0));
  EXPECT_FALSE(bitwise_equal(panel, one_ulp));
  EXPECT_NE(hash_panel(panel), hash_panel(one_ulp));

  Panel no_nan = sample();
  no_nan.set(0, 1, 0.0);
  EXPECT_FALSE(bitwise_equal(panel, no_nan));
  EXPECT_NE(hash_panel(panel), hash_panel(no_nan));

  Panel longer = sample();
  longer.append_row({30});
  EXPECT_FALSE(bitwise_equal(panel, longer));
  EXPECT_NE(hash_panel(panel), hash_panel(longer));

  const Panel renamed({{"open", {7}}, {"volume", {7}}, {"pnl", kNoAsset}});
  EXPECT_FALSE(bitwise_equal(Panel(kColumns), renamed));
  EXPECT_NE(hash_panel(Panel(kColumns)), hash_panel(renamed));
}

TEST(Panel, EqualityAndHashDoNotDependOnHowTheRowsCameThere) {
  Panel panel(kColumns);
  panel.append_rows(std::vector<Timestamp>{{1}, {2}, {20}});
  panel.drop_front(2);
  panel.insert_row({10});
  panel.set(0, 0, 1.5);
  panel.set(1, 0, 0.0);
  panel.set(1, 1, -2.0);
  EXPECT_TRUE(bitwise_equal(panel, sample()));
  EXPECT_EQ(hash_panel(panel), hash_panel(sample()));
}

TEST(Panel, ARowsHashHoldsItsTimestamp) {
  const std::vector<double> values = {1.0, 2.0};
  EXPECT_NE(hash_row({1}, values), hash_row({2}, values));
  EXPECT_EQ(hash_row({1}, values), hash_row({1}, values));
}

}  // namespace
}  // namespace tieout
