#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>

#include <gtest/gtest.h>

#include "tieout/analytics/books.hpp"
#include "tieout/analytics/execution_quality.hpp"

#include "golden_panel.hpp"

namespace tieout::analytics {
namespace {

/// One cell as a number: flags are 0 and 1, "" is NaN.
double number_of(std::string_view text) {
  if (text == "True" || text == "False") {
    return text == "True" ? 1 : 0;
  }
  return parse_double(text).value_or(std::numeric_limits<double>::quiet_NaN());
}

/// "field|asset" columns as (field, asset); a column named by a number is the price of that asset.
Panel read_frame(const std::filesystem::path& path) {
  const std::string text = read_file(path).value();
  CsvReader reader(text);
  TIEOUT_ASSERT(reader.next().value());
  std::vector<ColumnKey> keys;
  for (std::size_t i = 1; i < reader.fields().size(); ++i) {
    const std::string name(reader.fields()[i]);
    const std::size_t bar = name.rfind('|');
    if (bar != std::string::npos) {
      keys.push_back({name.substr(0, bar), AssetId{parse_int(name.substr(bar + 1)).value()}});
    } else {
      const auto id = parse_int(name);
      keys.push_back(id ? ColumnKey{"price", AssetId{*id}} : ColumnKey{name});
    }
  }
  Panel panel(std::move(keys));
  while (reader.next().value()) {
    panel.append_row(parse_iso(reader.fields()[0]).value());
    for (std::size_t i = 1; i < reader.fields().size(); ++i) {
      panel.set(panel.row_count() - 1, i - 1, number_of(reader.fields()[i]));
    }
  }
  return panel;
}

/// Every cell of `expected` is in `got` (or in `input`, where the case joins it), to 1e-9.
void expect_frame(const Panel& got, const Panel& expected, const Panel* input = nullptr) {
  ASSERT_TRUE(std::ranges::equal(got.index(), expected.index()));
  for (std::size_t c = 0; c < expected.column_count(); ++c) {
    const ColumnKey& key = expected.columns()[c];
    const Panel* from = got.find_column(key) ? &got : input;
    ASSERT_TRUE(from != nullptr && from->find_column(key)) << to_string(key);
    const auto column = from->column(*from->find_column(key));
    for (std::size_t r = 0; r < expected.row_count(); ++r) {
      const double want = expected.at(r, c);
      EXPECT_TRUE(std::isnan(want)
                      ? std::isnan(column[r])
                      : std::fabs(column[r] - want) <= 1e-9 * std::max(1.0, std::fabs(want)))
          << to_string(key) << " of " << to_iso(expected.index()[r]) << ": " << column[r]
          << ", expected " << want;
    }
  }
}

bool is_true(const std::filesystem::path& folder, const std::string& param) {
  const std::string text = read_file(folder / "params.json").value();
  return text.find("\"" + param + "\": true") != std::string::npos;
}

void check_fill_stats(const std::filesystem::path& folder) {
  const auto stats = compute_fill_stats(read_frame(folder / "input_target_positions.csv"));
  ASSERT_TRUE(stats.ok()) << stats.error().message;
  const Panel expected = read_frame(folder / "expected.csv");
  expect_frame(*stats, expected);
  EXPECT_EQ(stats->column_count(), expected.column_count());
}

void check_slippage(const std::filesystem::path& folder) {
  const Panel portfolio = read_frame(folder / "input_portfolio.csv");
  Panel price;
  const bool has_price = std::filesystem::exists(folder / "input_price.csv");
  if (has_price) {
    price = read_frame(folder / "input_price.csv");
  }
  const auto slippage = compute_share_prices_and_slippage(portfolio, has_price ? &price : nullptr);
  if (std::filesystem::exists(folder / "expected_error.json")) {
    EXPECT_FALSE(slippage.ok());
    return;
  }
  ASSERT_TRUE(slippage.ok()) << slippage.error().message;
  const bool joined = is_true(folder, "join_output_with_input");
  expect_frame(*slippage, read_frame(folder / "expected.csv"), joined ? &portfolio : nullptr);
}

void check_execution_quality(const std::filesystem::path& folder) {
  const auto quality = compute_execution_quality(read_frame(folder / "input_portfolio.csv"),
                                                 read_frame(folder / "input_target_positions.csv"));
  ASSERT_TRUE(quality.ok()) << quality.error().message;
  const Panel expected = read_frame(folder / "expected_execution_quality.csv");
  expect_frame(quality->by_asset, expected);
  EXPECT_EQ(quality->by_asset.column_count(), expected.column_count());
  expect_frame(quality->by_bar, read_frame(folder / "expected_execution_quality_stats.csv"));
}

void check_costs(const std::filesystem::path& folder) {
  const Panel costs = read_frame(folder / "input.csv");
  const auto by_bar = summarize_notional_costs(costs, CostAggregation::kByBar);
  ASSERT_TRUE(by_bar.ok()) << by_bar.error().message;
  expect_frame(*by_bar, read_frame(folder / "expected_by_bar.csv"));
  const auto by_asset = summarize_notional_costs(costs, CostAggregation::kByAsset);
  ASSERT_TRUE(by_asset.ok()) << by_asset.error().message;
  const std::string text = read_file(folder / "expected_by_asset.csv").value();
  CsvReader reader(text);
  ASSERT_TRUE(reader.next().value());
  std::vector<std::string> fields(reader.fields().begin(), reader.fields().end());
  while (reader.next().value()) {
    const AssetId asset{parse_int(reader.fields()[0]).value()};
    for (std::size_t f = 1; f < fields.size(); ++f) {
      const auto column = by_asset->find_column({fields[f], asset});
      ASSERT_TRUE(column.has_value()) << fields[f];
      const auto want = parse_double(reader.fields()[f]);
      const double got = by_asset->at(0, *column);
      EXPECT_TRUE(want ? std::fabs(got - *want) <= 1e-9 : std::isnan(got))
          << fields[f] << " of " << asset.value << ": " << got;
    }
  }
}

std::vector<BarFill> read_bar_fills(const std::filesystem::path& path) {
  const std::string text = read_file(path).value();
  CsvReader reader(text);
  TIEOUT_ASSERT(reader.next().value());
  const std::vector<std::string> header(reader.fields().begin(), reader.fields().end());
  std::vector<BarFill> fills;
  while (reader.next().value()) {
    const auto cell = [&](std::string_view name) {
      const auto at = std::ranges::find(header, name) - header.begin();
      return reader.fields()[static_cast<std::size_t>(at)];
    };
    const auto count = [&](std::string_view name) {
      return static_cast<std::size_t>(parse_double(cell(name)).value_or(0));
    };
    fills.push_back({parse_iso(cell("bar_end_datetime")).value(),
                     AssetId{parse_int(cell("asset_id")).value()}, count("buy_count"),
                     count("sell_count"), parse_double(cell("cost")).value_or(0),
                     parse_double(cell("amount")).value_or(0), 0});
  }
  return fills;
}

void check_bar_fills(const std::filesystem::path& folder) {
  const auto books = convert_bar_fills_to_portfolio(read_bar_fills(folder / "input_fills.csv"),
                                                    read_frame(folder / "input_price.csv"));
  if (std::filesystem::exists(folder / "expected_error.json")) {
    EXPECT_FALSE(books.ok());
    return;
  }
  ASSERT_TRUE(books.ok()) << books.error().message;
  expect_frame(*books, read_frame(folder / "expected.csv"));
}

TEST(ExecutionGoldens, EveryCaseIsMet) {
  const std::vector<std::pair<std::string, std::function<void(const std::filesystem::path&)>>>
      kinds{{"compute_fill_stats", check_fill_stats},
            {"compute_share_prices_and_slippage", check_slippage},
            {"compute_execution_quality_df", check_execution_quality},
            {"convert_bar_fills_to_portfolio_df", check_bar_fills},
            {"summarize_notional_costs", check_costs}};
  std::size_t met = 0;
  for (const auto& folder : golden_cases("exec_")) {
    const std::string function = golden_param(folder, "function");
    for (const auto& [name, check] : kinds) {
      if (function.find("." + name + "(") != std::string::npos) {
        SCOPED_TRACE(folder.filename().string());
        check(folder);
        ++met;
      }
    }
  }
  if (met == 0) {
    GTEST_SKIP() << "skipped: no shared data";
  }
}

TEST(ExecutionGoldens, TheReferencesOwnLogsAreJudgedAsByTheReference) {
  const auto results = golden_dir() / "logs" / "results";
  if (!std::filesystem::exists(results)) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  for (const std::string run : {"prod_clean", "prod_late_bar"}) {
    SCOPED_TRACE(run);
    const auto quality =
        compute_execution_quality(read_frame(results / (run + ".prod.portfolio.csv")),
                                  read_frame(results / (run + ".target_positions.csv")));
    ASSERT_TRUE(quality.ok()) << quality.error().message;
    const Panel expected = read_frame(results / (run + ".execution_quality.csv"));
    // Costs are differences of numbers of 1e6: 1e-9 of those, not of what is left.
    for (std::size_t c = 0; c < expected.column_count(); ++c) {
      const auto column = quality->by_asset.find_column(expected.columns()[c]);
      ASSERT_TRUE(column.has_value()) << to_string(expected.columns()[c]);
      for (std::size_t r = 0; r < expected.row_count(); ++r) {
        const double want = expected.at(r, c);
        const double got = quality->by_asset.at(r, *column);
        EXPECT_TRUE(std::isnan(want) ? std::isnan(got) : std::fabs(got - want) <= 1e-6)
            << to_string(expected.columns()[c]) << " row " << r << ": " << got << ", expected "
            << want;
      }
    }
    const Panel stats = read_frame(results / (run + ".execution_quality_stats.csv"));
    for (std::size_t c = 0; c < stats.column_count(); ++c) {
      const auto column = quality->by_bar.find_column(stats.columns()[c]);
      ASSERT_TRUE(column.has_value()) << to_string(stats.columns()[c]);
      for (std::size_t r = 0; r < stats.row_count(); ++r) {
        const double want = stats.at(r, c);
        const double got = quality->by_bar.at(r, *column);
        EXPECT_TRUE(std::isnan(want) ? std::isnan(got) : std::fabs(got - want) <= 1e-6)
            << to_string(stats.columns()[c]) << " row " << r << ": " << got << ", expected "
            << want;
      }
    }
  }
}

}  // namespace
}  // namespace tieout::analytics
