#include "tieout/analytics/research_portfolio.hpp"

#include <algorithm>

#include <gmock/gmock.h>

#include "research_frames.hpp"
#include "research_oracle.hpp"

namespace tieout::analytics {
namespace {

using testing::HasSubstr;

ResearchOptions no_burn_in(ResearchProfile profile = ResearchProfile::kClean) {
  ResearchOptions options;
  options.profile = profile;
  options.books.burn_in_bars = 0;
  options.books.quantization = 6;
  options.books.liquidate_at_end_of_day = false;
  options.books.initialize_beginning_of_day_trades_to_zero = false;
  return options;
}

ResearchPortfolio computed(const Panel& frame, const ResearchOptions& options) {
  auto result = research_portfolio(frame, options);
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().message);
  return result.ok() ? std::move(result).value() : ResearchPortfolio{};
}

std::size_t note_count(const ResearchPortfolio& portfolio, std::string_view name) {
  for (const ResearchNote& note : portfolio.notes) {
    if (note.name == name) return note.count;
  }
  return 0;
}

void expect_books(const Panel& found, const oracle::Books& expected) {
  const std::vector<std::pair<std::string, const oracle::Frame*>> fields = {
      {"holdings_shares", &expected.holdings_shares},
      {"holdings_notional", &expected.holdings_notional},
      {"executed_trades_shares", &expected.executed_trades_shares},
      {"executed_trades_notional", &expected.executed_trades_notional},
      {"pnl", &expected.pnl}};
  for (const auto& field : fields) {
    for (const std::size_t c : found.columns_of(field.first)) {
      const auto own = field.second->find(found.columns()[c].asset);
      for (std::size_t row = 0; row < found.row_count(); ++row) {
        // NaN: the slow one has no number there.
        double expected_value = std::nan("");
        if (own != field.second->end()) {
          expected_value = oracle::get(own->second, found.index()[row]).value_or(std::nan(""));
        }
        const double value = found.at(row, c);
        ASSERT_TRUE(
            std::isnan(value) == std::isnan(expected_value) &&
            !(std::abs(value - expected_value) > std::max(1e-6, 1e-9 * std::abs(expected_value))))
            << to_string(found.columns()[c]) << " " << to_iso(found.index()[row]) << ": " << value
            << ", needed " << expected_value;
      }
    }
  }
}

TEST(ResearchPortfolio, EqualsTheSlowOneOnRandomFramesWithGaps) {
  for (std::uint64_t seed = 1; seed <= 120; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const Panel frame = random_frame({.seed = seed,
                                      .assets = 1 + seed % 9,
                                      .bars = 60,
                                      .gap_share = 0.02 * static_cast<double>(seed % 12)});
    for (const auto profile :
         {ResearchProfile::kClean, ResearchProfile::kAsTraded, ResearchProfile::kReference}) {
      SCOPED_TRACE(to_string(profile));
      ResearchOptions options = no_burn_in(profile);
      options.books.liquidate_at_end_of_day = seed % 2 == 0;
      options.books.initialize_beginning_of_day_trades_to_zero = seed % 3 == 0;
      options.ffill_limit = 1 + seed % 4;
      if (seed % 5 == 0 && profile != ResearchProfile::kReference) {
        options.columns.buy_price = "buy";
        options.columns.sell_price = "sell";
      }
      expect_books(computed(frame, options).portfolio, oracle::research(frame, options));
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST(ResearchPortfolio, OrderOfAssetsAndScaleOfPredictionsAreIrrelevant) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const FrameSpec spec{.seed = seed, .assets = 7, .bars = 50, .gap_share = 0.05};
    const Panel frame = random_frame(spec);
    const ResearchPortfolio one = computed(frame, no_burn_in());
    Panel scaled = reversed_assets(frame);
    for (const std::size_t c : scaled.columns_of("prediction")) {
      for (double& value : scaled.column(c)) value *= 1024.0;
    }
    const ResearchPortfolio other = computed(scaled, no_burn_in());
    for (std::size_t c = 0; c < one.portfolio.column_count(); ++c) {
      const ColumnKey& key = one.portfolio.columns()[c];
      if (key.field == "prediction") continue;
      const std::size_t own = *other.portfolio.find_column(key);
      for (std::size_t row = 0; row < one.portfolio.row_count(); ++row) {
        const double a = one.portfolio.at(row, c);
        const double b = other.portfolio.at(row, own);
        if (!std::isnan(a) || !std::isnan(b)) {
          // A share count may round the other way.
          ASSERT_NEAR(a, b, 2e-6 + 1e-9 * std::abs(a) + (key.field == "holdings_shares" ? 0 : 1e-3))
              << to_string(key);
        }
      }
    }
  }
}

TEST(ResearchPortfolio, MirroredPredictionsGiveMirroredBooks) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const Panel frame = random_frame({.seed = seed, .assets = 5, .bars = 40, .gap_share = 0.1});
    Panel mirrored = frame;
    for (const std::size_t c : mirrored.columns_of("prediction")) {
      for (double& value : mirrored.column(c)) value = -value;
    }
    for (const bool longitudinal : {false, true}) {
      ResearchOptions options = no_burn_in();
      if (longitudinal) options.sizing = LongitudinalOptions{};
      const ResearchPortfolio one = computed(frame, options);
      const ResearchPortfolio other = computed(mirrored, options);
      for (const char* field : {"holdings_shares", "pnl"}) {
        for (const std::size_t c : one.portfolio.columns_of(field)) {
          for (std::size_t row = 0; row < frame.row_count(); ++row) {
            if (std::isnan(one.portfolio.at(row, c))) continue;
            ASSERT_EQ(one.portfolio.at(row, c), 0.0 - other.portfolio.at(row, c)) << field;
          }
        }
      }
    }
  }
}

TEST(ResearchPortfolio, PnlSumsToTheChangeOfValueLessWhatWasPaid) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const Panel frame = random_frame({.seed = seed, .assets = 6, .bars = 80, .gap_share = 0.1});
    const Panel statistics = computed(frame, no_burn_in()).statistics;
    const auto column = [&](const char* name) {
      return statistics.column(*statistics.find_column({name}));
    };
    double pnl = 0.0;
    double paid = 0.0;
    double volume = 0.0;
    for (std::size_t row = 1; row < statistics.row_count(); ++row) {
      pnl += column("pnl")[row];
      paid += column("net_volume")[row];
      volume += column("gross_volume")[row];
    }
    EXPECT_NEAR(pnl, column("nmv").back() - column("nmv").front() - paid, 1e-9 * volume);
  }
}

TEST(ResearchPortfolio, ProfilesAgreeWhereNothingIsMissingOrTied) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Panel frame =
        random_frame({.seed = seed, .assets = 6, .bars = 40, .gap_share = 0.0, .minutes = 5});
    const Panel clean = computed(frame, no_burn_in()).portfolio;
    const ResearchPortfolio reference = computed(frame, no_burn_in(ResearchProfile::kReference));
    EXPECT_TRUE(reference.notes.empty());
    for (std::size_t c = 0; c < clean.column_count(); ++c) {
      for (std::size_t row = 1; row < clean.row_count(); ++row) {
        ASSERT_NEAR(clean.at(row, c), reference.portfolio.at(row, c), 1e-6)
            << "seed " << seed << " " << to_string(clean.columns()[c]);
      }
    }
  }
}

// What the reference hides: a held name without a price at bar 3.
TEST(ResearchPortfolio, AGapIsNoPnlByTheCleanRuleAndIsCountedUnderTheReferences) {
  Panel frame = random_frame({.seed = 3, .assets = 4, .bars = 8, .gap_share = 0.0});
  frame.set(4, frame.columns_of("price")[0], std::nan(""));
  for (const std::size_t c : frame.columns_of("volatility")) {
    for (double& value : frame.column(c)) value = 0.001;
  }
  const ResearchPortfolio clean = computed(frame, no_burn_in());
  const ResearchPortfolio reference = computed(frame, no_burn_in(ResearchProfile::kReference));
  EXPECT_EQ(note_count(reference, "vanished_positions"), 1U);
  EXPECT_EQ(note_count(reference, "trades_at_older_price"), 1U);
  EXPECT_EQ(note_count(clean, "marks_at_older_price"), 1U);
  EXPECT_EQ(note_count(clean, "unfilled_trades"), 1U);
  const auto pnl_at = [](const ResearchPortfolio& p, std::size_t row) {
    return p.statistics.at(row, *p.statistics.find_column({"pnl"}));
  };
  EXPECT_LT(std::abs(pnl_at(clean, 4)), 2e4);
  EXPECT_GT(std::abs(pnl_at(reference, 4)), 5e4) << "the position's whole value";
}

TEST(ResearchPortfolio, ALonelyForecastCountsByItsSignAndEqualOnesAreFlat) {
  Panel frame = random_frame({.seed = 5, .assets = 2, .bars = 6, .gap_share = 0.0});
  const std::size_t second = frame.columns_of("prediction")[1];
  const std::size_t first = frame.columns_of("prediction")[0];
  for (std::size_t row = 0; row < 6; ++row) {
    frame.set(row, first, 0.7);
    frame.set(row, second, row < 3 ? std::nan("") : 0.7);
  }
  const ResearchPortfolio clean = computed(frame, no_burn_in());
  const ResearchPortfolio reference = computed(frame, no_burn_in(ResearchProfile::kReference));
  const std::size_t held = clean.portfolio.columns_of("holdings_shares")[0];
  EXPECT_GT(clean.portfolio.at(2, held), 0.0);
  EXPECT_LT(reference.portfolio.at(2, held), 0.0) << "the reference shorts a name that is alone";
  EXPECT_LT(reference.portfolio.at(5, held + 1), 0.0) << "and equal forecasts";
  EXPECT_EQ(clean.portfolio.at(5, held + 1), 0.0);
  EXPECT_EQ(note_count(reference, "rank_signs"), 9U);
}

TEST(ResearchPortfolio, ASplitIsNeitherTradeNorPnlAndADoubledPriceIsNoLoss) {
  struct Case {
    const char* name;
    double end, begin, factor;
  };
  // dataflow.md 5.8: the reference rounds the ratio, so that a doubled price gives a factor of 0.
  const std::vector<Case> cases = {{"two_for_one", 100.7, 50.34, 2.0},
                                   {"three_for_one", 90.0, 30.2, 3.0},
                                   {"one_for_ten", 5.0, 50.5, 0.1},
                                   {"night_of_losses", 100.0, 60.0, 1.0},
                                   {"no_change", 100.0, 100.0, 1.0}};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    Panel frame = random_frame({.seed = 9, .assets = 2, .bars = 8, .gap_share = 0.0, .days = 2});
    const auto prices = frame.column(frame.columns_of("price")[0]);
    for (std::size_t row = 0; row < 8; ++row) prices[row] = row < 4 ? c.end : c.begin;
    ResearchOptions options = no_burn_in();
    options.adjust_for_splits = true;
    options.books.initialize_beginning_of_day_trades_to_zero = true;
    const ResearchPortfolio portfolio = computed(frame, options);
    const std::size_t held = portfolio.portfolio.columns_of("holdings_shares")[0];
    const std::size_t traded = portfolio.portfolio.columns_of("executed_trades_shares")[0];
    const std::size_t pnl = portfolio.portfolio.columns_of("pnl")[0];
    const double before = portfolio.portfolio.at(3, held);
    EXPECT_NE(before, 0.0);
    EXPECT_DOUBLE_EQ(portfolio.portfolio.at(4, held), before * c.factor);
    EXPECT_EQ(portfolio.portfolio.at(4, traded), 0.0);
    EXPECT_NEAR(portfolio.portfolio.at(4, pnl), before * (c.factor * c.begin - c.end), 1e-6);
  }
}

TEST(ResearchPortfolio, DatesBeginAndEndInTheZoneThatIsAsked) {
  // 12 bars of an hour from 10:00 New York, that is 14:00 UTC: UTC's midnight comes in between.
  Panel frame = random_frame({.seed = 2, .assets = 4, .bars = 12, .gap_share = 0.0, .minutes = 60});
  ResearchOptions options = no_burn_in();
  options.books.liquidate_at_end_of_day = true;
  const auto flat_bars = [&](Zone zone) {
    options.books.zone = zone;
    const Panel statistics = computed(frame, options).statistics;
    std::vector<std::size_t> rows;
    for (std::size_t row = 1; row < statistics.row_count(); ++row) {
      if (statistics.at(row, *statistics.find_column({"gmv"})) == 0.0) rows.push_back(row);
    }
    return rows;
  };
  EXPECT_EQ(flat_bars(Zone::kNewYork), (std::vector<std::size_t>{11}));
  EXPECT_EQ(flat_bars(Zone::kUtc), (std::vector<std::size_t>{9, 10, 11}));
}

TEST(ResearchPortfolio, BurnInAndReindexCutRowsOfEveryFrame) {
  const Panel frame =
      random_frame({.seed = 4, .assets = 2, .bars = 12, .gap_share = 0.0, .days = 3});
  ResearchOptions options = no_burn_in();
  options.books.burn_in_bars = 2;
  EXPECT_EQ(computed(frame, options).statistics.row_count(), 10U);
  options.books.burn_in_days = 1;
  EXPECT_EQ(computed(frame, options).statistics.row_count(), 8U);
  options.books.reindex_like_input = true;
  const ResearchPortfolio portfolio = computed(frame, options);
  EXPECT_EQ(portfolio.statistics.row_count(), 12U);
  EXPECT_TRUE(std::isnan(portfolio.statistics.at(3, 0)));
  EXPECT_FALSE(std::isnan(portfolio.statistics.at(4, 0)));
  options.books.burn_in_days = 3;
  EXPECT_EQ(research_portfolio(frame, options).error().code, ErrorCode::kMissingData);
}

TEST(ResearchPortfolio, GmvByTimeOfDayIsThatOfTheSameNumbersByTimestamp) {
  const Panel frame = random_frame({.seed = 6, .assets = 4, .bars = 10, .gap_share = 0.0});
  ResearchOptions by_time = no_burn_in();
  ResearchOptions by_day = no_burn_in();
  double gmv = 0.0;
  for (const Timestamp bar : frame.index()) {
    by_time.target_gmv.by_timestamp[bar] = gmv;
    by_day.target_gmv.by_time_of_day[local_time_of_day(bar, Zone::kNewYork)] = gmv;
    gmv += 1e5;
  }
  const ResearchPortfolio one = computed(frame, by_time);
  EXPECT_TRUE(bitwise_equal(one.portfolio, computed(frame, by_day).portfolio));
  const auto gmvs = one.statistics.column(*one.statistics.find_column({"gmv"}));
  EXPECT_EQ(gmvs[1], 0.0);
  EXPECT_NEAR(gmvs[5], 4e5, 2e4);
}

TEST(ResearchPortfolio, BadNumbersAreMissingAndCounted) {
  Panel frame = random_frame({.seed = 7, .assets = 4, .bars = 10, .gap_share = 0.0});
  frame.set(3, frame.columns_of("price")[0], 0.0);
  frame.set(4, frame.columns_of("price")[1], -5.0);
  frame.set(5, frame.columns_of("prediction")[2], INFINITY);
  frame.set(6, frame.columns_of("volatility")[3], -0.1);
  frame.set(7, frame.columns_of("volatility")[3], 0.0);  // bounded below
  const ResearchPortfolio portfolio = computed(frame, no_burn_in());
  EXPECT_EQ(note_count(portfolio, "ignored_prices"), 2U);
  EXPECT_EQ(note_count(portfolio, "ignored_predictions"), 1U);
  EXPECT_EQ(note_count(portfolio, "ignored_volatilities"), 1U);
  for (std::size_t c = 0; c < portfolio.statistics.column_count(); ++c) {
    for (const double value : portfolio.statistics.column(c)) EXPECT_TRUE(std::isfinite(value));
  }
  const auto reference = research_portfolio(frame, no_burn_in(ResearchProfile::kReference));
  EXPECT_THAT(reference.error().message, HasSubstr("infinite"));
}

TEST(ResearchPortfolio, BadArgumentsAreRefusedByName) {
  const Panel frame = random_frame({.seed = 1, .assets = 2, .bars = 4, .gap_share = 0.0});
  const auto message = [&](auto change) {
    ResearchOptions options = no_burn_in();
    change(options);
    const auto result = research_portfolio(frame, options);
    return result.ok() ? std::string("no error") : result.error().message;
  };
  EXPECT_THAT(message([](ResearchOptions& o) { o.books.quantization = std::nullopt; }),
              HasSubstr("quantization and asset_id_to_share_decimals are both not given"));
  EXPECT_THAT(message([](ResearchOptions& o) {
                o.books.asset_id_to_share_decimals = std::map<AssetId, int>{};
              }),
              HasSubstr("both given"));
  EXPECT_THAT(message([](ResearchOptions& o) {
                o.books.quantization = std::nullopt;
                o.books.asset_id_to_share_decimals = std::map<AssetId, int>{{AssetId{1}, 2}};
              }),
              HasSubstr("no asset 2"));
  EXPECT_THAT(message([](ResearchOptions& o) { o.columns.price = "vwap"; }),
              HasSubstr("price is 'vwap', the frame has no such field"));
  EXPECT_THAT(message([](ResearchOptions& o) { o.columns.buy_price = "buy"; }),
              HasSubstr("buy_price and sell_price"));
  EXPECT_THAT(message([](ResearchOptions& o) {
                o.sizing = LongitudinalOptions{};
                o.target_gmv.by_timestamp[Timestamp{}] = 1.0;
              }),
              HasSubstr("longitudinal"));
  EXPECT_THAT(message([](ResearchOptions& o) { o.target_gmv.by_timestamp[Timestamp{}] = -1.0; }),
              HasSubstr("target_gmv by time"));
  EXPECT_THAT(message([](ResearchOptions& o) { o.columns.prediction = "gap"; }),
              HasSubstr("none of the 4 bars"));
}

TEST(ResearchPortfolio, RemovedForecastsAreZeroNoneOrTheLastKept) {
  // Four names: bulk 0.5 removes the two in the middle. At bar 1 the second moves into the middle.
  Panel frame = random_frame({.seed = 8, .assets = 4, .bars = 4, .gap_share = 0.0});
  const std::vector<std::vector<double>> rows = {
      {4, 3, 2, 1}, {4, 2, 3, 1}, {3, 4, 1, 2}, {4, 3, 2, 1}};
  for (std::size_t row = 0; row < 4; ++row) {
    for (std::size_t a = 0; a < 4; ++a) {
      frame.set(row, frame.columns_of("prediction")[a], rows[row][a]);
    }
  }
  const auto held = [&](FillMethod method, bool forward, std::size_t row, std::size_t a) {
    ResearchOptions options = no_burn_in();
    CrossSectionalOptions sizing;
    sizing.bulk_frac_to_remove = 0.5;
    sizing.bulk_fill_method = method;
    options.sizing = sizing;
    options.fill_removed_forward = forward;
    const Panel portfolio = computed(frame, options).portfolio;
    return portfolio.at(row, portfolio.columns_of("holdings_shares")[a]);
  };
  EXPECT_EQ(held(FillMethod::kZero, false, 3, 0), 0.0) << "first of bar 2 is in the middle";
  EXPECT_GT(held(FillMethod::kNan, false, 3, 0), 0.0) << "no target: the position is kept";
  EXPECT_EQ(held(FillMethod::kNan, false, 3, 0), held(FillMethod::kNan, false, 2, 0));
  EXPECT_GT(held(FillMethod::kNan, true, 3, 0), 0.0) << "the last forecast that was kept";
  EXPECT_NE(held(FillMethod::kNan, true, 3, 0), held(FillMethod::kNan, false, 3, 0));
}

}  // namespace
}  // namespace tieout::analytics
