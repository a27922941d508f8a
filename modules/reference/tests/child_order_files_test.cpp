// Child orders as files: those that we write are read back as they were, and those of the reference
// are read as it wrote them.
#include "child_order_files.hpp"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tieout/reference/export.hpp"
#include "tieout/runlog/writer.hpp"

#include "child_log.hpp"
#include "log_fixture.hpp"

namespace tieout::reference {
namespace {

using runlog::TableKind;
using test::TempDir;
using test::write_text;
using ::testing::Contains;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
const Timestamp kBar = parse_iso("2023-06-12 21:45:00+00:00").value();

template <typename T>
void set(Table& table, std::string_view column, std::size_t row, T value) {
  for (TypedColumn& candidate : table.columns) {
    if (candidate.name == column) {
      std::get<std::vector<T>>(candidate.values)[row] = std::move(value);
      return;
    }
  }
  ADD_FAILURE() << column;
}

template <typename T>
T get(const Table& table, std::string_view column, std::size_t row = 0) {
  const TypedColumn* found = table.find(column);
  EXPECT_NE(found, nullptr) << column;
  return std::get<std::vector<T>>(found->values)[row];
}

/// Parent 5 in four waves from kBar on: filled, cancelled, rejected, skipped.
Table four_waves() {
  Table table = empty_child_orders();
  for (TypedColumn& column : table.columns) {
    std::visit([](auto& values) { values.resize(4); }, column.values);
    if (auto* numbers = std::get_if<std::vector<double>>(&column.values)) {
      std::ranges::fill(*numbers, kNaN);
    }
  }
  const char* const status[] = {"filled", "cancelled", "rejected", "skipped"};
  for (std::size_t r = 0; r < 4; ++r) {
    const auto wave = static_cast<std::int64_t>(r);
    const Timestamp start = kBar + seconds(10 + 60 * wave) + Duration{123'456'789};
    set<std::int64_t>(table, "order_id", r, 6'000'000'000 + wave);
    set<std::int64_t>(table, "oms_parent_order_id", r, 5);
    set<std::int64_t>(table, "wave_id", r, wave);
    set<std::int64_t>(table, "asset_id", r, 101);
    set<std::string>(table, "type_", r, "limit");
    set(table, "creation_timestamp", r, start);
    set(table, "start_timestamp", r, start);
    set(table, "end_timestamp", r, start + minutes(1));
    set(table, "curr_num_shares", r, -0.1);
    set(table, "diff_num_shares", r, r == 3 ? 0.0 : -0.30000000000000004);
    set<std::int64_t>(table, "ccxt_id", r, r < 2 ? 77 + wave : -1);
    set<std::string>(table, "status", r, status[r]);
    set<std::string>(table, "error_msg", r, r < 2 ? "" : "it's \"too\" small\n");
    set(table, "filled_shares", r, r == 0 ? -0.30000000000000004 : 0.0);
    set(table, "average_price", r, r == 0 ? 1800.1 : kNaN);
    set(table, "fee", r, r == 0 ? 0.25 : 0.0);
    set<std::string>(table, "liquidity", r, r == 0 ? "maker" : "");
    set(table, "update_timestamp", r, start + (r == 0 ? seconds(20) : minutes(r == 1 ? 1 : 0)));
    if (r < 3) {
      set<std::int64_t>(table, "num_data_points", r, 4);
      set(table, "exchange_timestamp", r, start - seconds(1));
      set(table, "limit_price", r, 1800.1);
      set(table, "latest_bid_price", r, 1799.9);
      set(table, "latest_ask_price", r, 1800.3);
      set(table, "used_bid_price", r, 1799.9);
      set(table, "passivity_factor", r, 0.55);
    }
  }
  return table;
}

/// Two bars; the orders of the first are told at the second.
void write_run(const fs::path& dir, const Table& children) {
  runlog::Manifest manifest;
  manifest.constructor = "tests.T_DagBuilder";
  manifest.run_mode = "paper_trading";
  manifest.mode = "scheduled";
  manifest.start = kBar;
  manifest.end = kBar + minutes(5);
  manifest.bar = minutes(5);
  manifest.universe = {{AssetId{101}, "binance::ETH_USDT"}};
  manifest.more_tables = {TableKind::kChildOrders};
  auto writer = runlog::RunWriter::create(dir, manifest, "", "{}", runlog::Durability::kAtSeal);
  ASSERT_TRUE(writer.ok()) << writer.error().message;
  for (std::int64_t b = 0; b < 2; ++b) {
    const Timestamp bar = kBar + minutes(5 * b);
    Table targets;
    targets.key_count = 1;
    targets.columns = {{"asset_id", std::vector<std::int64_t>{101}},
                       {"price", std::vector<double>{1800.5}}};
    ASSERT_TRUE(writer->write_table(TableKind::kTargetPositions, bar, bar, targets).ok());
    ASSERT_TRUE(writer
                    ->write_table(TableKind::kChildOrders, bar, bar,
                                  b == 0 ? empty_child_orders() : children)
                    .ok());
    ASSERT_TRUE(writer->commit_bar(bar, bar, runlog::BarOutcome::kOk).ok());
  }
  ASSERT_TRUE(writer->seal(runlog::RunOutcome::kComplete).ok());
}

void export_run(const TempDir& dir, const Table& children) {
  write_run(dir / "log", children);
  const auto run = runlog::RunReader::open(dir / "log");
  ASSERT_TRUE(run.ok()) << run.error().message;
  const Status exported = export_reference_layout(*run, dir / "out", {});
  ASSERT_TRUE(exported.ok()) << exported.error().message;
}

std::vector<std::string> names_in(const fs::path& dir) {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(dir)) {
    out.push_back(entry.path().filename().string());
  }
  std::ranges::sort(out);
  return out;
}

TEST(ChildOrderExport, IsReadBackAsTheTableThatItWas) {
  const TempDir dir;
  const Table children = four_waves();
  export_run(dir, children);
  const auto run = runlog::RunReader::open(dir / "log");
  const auto log = test::open(dir / "out");
  ASSERT_TRUE(log.ok()) << log.error().message;
  EXPECT_THAT((*log)->manifest().more_tables, Contains(TableKind::kChildOrders));
  for (std::size_t b = 0; b < 2; ++b) {
    EXPECT_EQ((*log)->table_hash(TableKind::kChildOrders, b),
              run->table_hash(TableKind::kChildOrders, b))
        << b;
  }
  const auto table = (*log)->table(TableKind::kChildOrders, 1);
  ASSERT_TRUE(table.ok()) << table.error().message;
  ASSERT_EQ((*table)->row_count(), 4U);
  for (std::size_t c = 0; c < children.columns.size(); ++c) {
    for (std::size_t r = 0; r < 4; ++r) {
      EXPECT_EQ(cell_text((*table)->columns[c], r), cell_text(children.columns[c], r))
          << children.columns[c].name << " row " << r;
    }
  }
}

TEST(ChildOrderExport, RowsOfTwoAssetsAreReadBackByCreationNotByFileName) {
  const TempDir dir;
  Table children = four_waves();
  set<std::int64_t>(children, "asset_id", 0, 9);  // its file comes after those of 101
  export_run(dir, children);
  const auto log = test::open(dir / "out");
  ASSERT_TRUE(log.ok()) << log.error().message;
  const auto table = (*log)->table(TableKind::kChildOrders, 1);
  ASSERT_TRUE(table.ok()) << table.error().message;
  ASSERT_EQ((*table)->row_count(), 4U);
  for (std::size_t r = 0; r < 4; ++r) {
    EXPECT_EQ(get<std::int64_t>(**table, "wave_id", r), static_cast<std::int64_t>(r));
  }
  EXPECT_EQ(get<std::int64_t>(**table, "asset_id", 0), 9);
}

TEST(ChildOrderExport, HasTheNamesAndPlacesOfTheReference) {
  const TempDir dir;
  export_run(dir, four_waves());
  const fs::path decisions = dir / "out/process_forecasts";
  EXPECT_EQ(names_in(decisions / "oms_child_orders"),
            (std::vector<std::string>{"101_20230612_17450000.20230612_174510_123.json",
                                      "101_20230612_17450000.20230612_174610_123.json",
                                      "101_20230612_17450000.20230612_174710_123.json"}));
  EXPECT_EQ(names_in(decisions / "oms_child_orders_skipped").size(), 1U)
      << "an order of no shares is none of the reference's";
  EXPECT_EQ(names_in(decisions / "child_order_fills/ccxt_fills"),
            std::vector<std::string>{"ccxt_fills_20230612_175000.json"});
  const auto text =
      read_file(decisions / "child_order_fills/ccxt_trades" / "ccxt_trades_20230612_175000.json");
  ASSERT_TRUE(text.ok());
  const auto trades = nlohmann::json::parse(*text);
  ASSERT_EQ(trades.size(), 1U);
  EXPECT_EQ(trades[0]["side"], "sell");
  EXPECT_EQ(trades[0]["symbol"], "binance::ETH_USDT");
  EXPECT_EQ(trades[0]["amount"], 0.30000000000000004);
}

TEST(ChildOrderExport, WithoutOurOwnKeysTheVenuesFilesSayWhatBecameOfThem) {
  const TempDir dir;
  Table children = four_waves();
  // A venue knows milliseconds.
  for (std::size_t r = 0; r < 2; ++r) {
    const auto update = get<Timestamp>(children, "update_timestamp", r);
    set(children, "update_timestamp", r, Timestamp{update.ns / 1'000'000 * 1'000'000});
  }
  export_run(dir, children);
  for (const char* part : {"oms_child_orders", "oms_child_orders_skipped"}) {
    for (const auto& entry : fs::directory_iterator(dir / "out/process_forecasts" / part)) {
      auto json = nlohmann::ordered_json::parse(*read_file(entry.path()));
      ASSERT_EQ(json.erase("tieout"), 1U);
      write_text(entry.path(), json.dump());
    }
  }
  const auto log = test::open(dir / "out");
  ASSERT_TRUE(log.ok()) << log.error().message;
  const auto table = (*log)->table(TableKind::kChildOrders, 1);
  ASSERT_TRUE(table.ok()) << table.error().message;
  for (const char* column : {"status", "filled_shares", "average_price", "fee", "liquidity",
                             "update_timestamp", "error_msg", "ccxt_id"}) {
    for (std::size_t r = 0; r < 3; ++r) {
      EXPECT_EQ(cell_text(*(*table)->find(column), r), cell_text(*children.find(column), r))
          << column << " row " << r;
    }
  }
}

/// The order of a wave in the form in which the reference's broker logs it.
std::string reference_order(const std::string& venue_id, const std::string& more = "") {
  const std::string made =
      R"({"py/reduce": [{"py/function": "pandas._libs.tslibs.timestamps._unpickle_timestamp"},
         {"py/tuple": [1686606310374635000, null, {"py/reduce": [{"py/function": "pytz._p"},
         {"py/tuple": ["America/New_York", -14400, 3600, "EDT"]}]}, 10]}]})";
  const std::string end =
      R"({"py/reduce": [{"py/function": "pandas._libs.tslibs.timestamps._unpickle_timestamp"},
         {"py/tuple": [1686606360000000000, null, {"py/id": 2}, 10]}]})";
  std::string pairs;
  for (const auto& [key, value] : std::vector<std::pair<std::string, std::string>>{
           {"order_id", "6"},
           {"creation_timestamp", made},
           {"asset_id", "101"},
           {"type_", "\"limit\""},
           {"start_timestamp", R"({"py/id": 1})"},
           {"end_timestamp", end},
           {"curr_num_shares", "-675.0"},
           {"diff_num_shares", "-225.0"},
           {"tz", R"({"py/id": 2})"},
           {"extra_params", R"({"oms_parent_order_id": 3, "ccxt_id": [)" + venue_id +
                                R"(], "stats": {"_submit_twap_child_order::wave_id": 2}})"},
           {"latest_bid_price", "0.5"},
           {"latest_ask_price", "0.75"},
           {"bid_price_mean", "0.625"},
           {"used_bid_price", "\"bid_price_mean\""},
           {"used_ask_price", "\"latest_ask_price\""},
           {"limit_price", "NaN"},
           {"ccxt_id", venue_id}}) {
    pairs += (pairs.empty() ? "" : ", ") + std::string(R"({"py/tuple": [")") + key + "\", " +
             value + "]}";
  }
  return R"({"py/reduce": [{"py/type": "collections.OrderedDict"}, {"py/tuple": []}, null, null,)"
         R"({"py/tuple": [)" +
         pairs + more + "]}]}";
}

TEST(ChildOrderFile, OfTheReferenceIsReadWithTypeTagsAndReferences) {
  VenueOrders venue;
  const auto order = parse_child_order(reference_order("29807969109"), venue);
  ASSERT_TRUE(order.ok()) << order.error().message;
  EXPECT_EQ(get<std::int64_t>(*order, "order_id"), 6);
  EXPECT_EQ(get<std::int64_t>(*order, "oms_parent_order_id"), 3);
  EXPECT_EQ(get<std::int64_t>(*order, "wave_id"), 2);
  EXPECT_EQ(to_iso(get<Timestamp>(*order, "start_timestamp")), "2023-06-12 21:45:10.374635+00:00");
  EXPECT_EQ(to_iso(get<Timestamp>(*order, "end_timestamp")), "2023-06-12 21:46:00+00:00");
  EXPECT_EQ(get<double>(*order, "used_bid_price"), 0.625) << "it names the number that it used";
  EXPECT_EQ(get<double>(*order, "used_ask_price"), 0.75);
  EXPECT_TRUE(std::isnan(get<double>(*order, "limit_price")));
  EXPECT_TRUE(std::isnan(get<double>(*order, "total_vol")));
  EXPECT_EQ(get<std::string>(*order, "status"), "cancelled") << "no fill of it is known";
  EXPECT_EQ(get<Timestamp>(*order, "update_timestamp"), get<Timestamp>(*order, "end_timestamp"));
  const auto rejected = parse_child_order(reference_order("-1"), venue);
  ASSERT_TRUE(rejected.ok());
  EXPECT_EQ(get<std::string>(*rejected, "status"), "rejected");
}

TEST(ChildOrderFile, TakesItsFillFromTheVenuesClosedOrdersAndTrades) {
  VenueOrders venue;
  ASSERT_TRUE(
      parse_venue_orders(R"([{"id": "77", "filled": 200.0, "average": 0.6, "remaining": 25.0,
      "info": {"updateTime": "1686606340786"}}])",
                         venue)
          .ok());
  ASSERT_TRUE(parse_venue_trades(R"([
      {"order": "77", "takerOrMaker": "taker", "fee": {"cost": 0.25, "currency": "USDT"}},
      {"order": "77", "takerOrMaker": "taker", "fee": {"cost": 0.5, "currency": "USDT"}}])",
                                 venue)
                  .ok());
  const auto order = parse_child_order(reference_order("77"), venue);
  ASSERT_TRUE(order.ok()) << order.error().message;
  EXPECT_EQ(get<double>(*order, "filled_shares"), -200) << "of the side of the order";
  EXPECT_EQ(get<double>(*order, "average_price"), 0.6);
  EXPECT_EQ(get<double>(*order, "fee"), 0.75);
  EXPECT_EQ(get<std::string>(*order, "liquidity"), "taker");
  EXPECT_EQ(get<std::string>(*order, "status"), "cancelled") << "25 remained";
  EXPECT_EQ(to_iso(get<Timestamp>(*order, "update_timestamp")), "2023-06-12 21:45:40.786000+00:00");
  ASSERT_TRUE(parse_venue_trades(R"([{"order": "77", "takerOrMaker": "maker"}])", venue).ok());
  EXPECT_EQ(get<std::string>(*parse_child_order(reference_order("77"), venue), "liquidity"), "")
      << "both sides of the book";
  EXPECT_FALSE(parse_venue_orders(R"({"id": 1})", venue).ok());
  EXPECT_FALSE(parse_venue_orders(R"([{"id": "x", "filled": 1}])", venue).ok());
  EXPECT_FALSE(parse_venue_orders(R"([{"id": "1", "filled": "all"}])", venue).ok());
  EXPECT_FALSE(parse_venue_trades(R"([{"order": "1", "fee": {"cost": "much"}}])", venue).ok());
}

TEST(ChildOrderFile, WithAKeyMissingOrOfAnotherTypeIsAnErrorThatNamesIt) {
  const std::string good = child_order_json(four_waves(), 0);
  ASSERT_TRUE(parse_child_order(good, {}).ok());
  for (const char* key : {"order_id", "creation_timestamp", "asset_id", "type_", "start_timestamp",
                          "end_timestamp", "curr_num_shares", "diff_num_shares"}) {
    auto json = nlohmann::ordered_json::parse(good);
    json.erase(key);
    EXPECT_THAT(parse_child_order(json.dump(), {}).error().message,
                HasSubstr(std::string("'") + key + "' is missing"));
  }
  using Json = nlohmann::ordered_json;
  for (const auto& [key, value] :
       std::vector<std::pair<const char*, Json>>{{"order_id", "six"},
                                                 {"order_id", 1.5},
                                                 {"order_id", 18446744073709551615U},
                                                 {"asset_id", Json::array({1, 2})},
                                                 {"creation_timestamp", 17},
                                                 {"type_", 3},
                                                 {"diff_num_shares", "many"},
                                                 {"limit_price", "cheap"},
                                                 {"used_bid_price", "no_such_key"},
                                                 {"exchange_timestamp", "noon"},
                                                 {"ccxt_id", "x"},
                                                 {"num_data_points", true},
                                                 {"tieout", Json::object()}}) {
    auto json = Json::parse(good);
    json[key] = value;
    const auto order = parse_child_order(json.dump(), {});
    EXPECT_FALSE(order.ok()) << key << " " << value.dump();
    EXPECT_EQ(order.error().code, ErrorCode::kMalformedData);
  }
}

TEST(ChildOrderFile, ObjectsThatAreNotKnownDoNoHarmWhereNothingReadsThem) {
  const std::string object = R"(, {"py/tuple": ["broker", {"py/object": "ccxt.binance"}]})";
  EXPECT_TRUE(parse_child_order(reference_order("5", object), {}).ok());
  const std::string used = R"(, {"py/tuple": ["total_vol", {"py/object": "ccxt.binance"}]})";
  EXPECT_THAT(parse_child_order(reference_order("5", used), {}).error().message,
              HasSubstr("ccxt.binance"));
  EXPECT_FALSE(parse_child_order(R"({"py/object": "oms.order.Order", "order_id": 1})", {}).ok());
  EXPECT_FALSE(parse_child_order("[]", {}).ok());
}

TEST(ChildOrderFile, ThatIsTruncatedAnywhereIsAnError) {
  const std::string whole = reference_order("77");
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    EXPECT_FALSE(parse_child_order(std::string_view(whole).substr(0, size), {}).ok()) << size;
  }
}

TEST(ChildFileName, IsOfTheNewerAndTheOlderForm) {
  EXPECT_EQ(parse_child_file_name("3065029174_20230815_11400000.20230815_114010_123.json")->bar,
            "20230815_11400000");
  EXPECT_EQ(parse_child_file_name("3065029174_None.20230612_174710.json")->wall, "20230612_174710");
  for (const char* bad :
       {"orders.json", "x_None.20230612_174710.json", "1_None.json", "1_None..json",
        "1_Some.20230612_174710.json", "1_20230612_1747.20230612_174710.json",
        "1_None.20230612_174710.txt", "_None.20230612_174710.json"}) {
    EXPECT_FALSE(parse_child_file_name(bad).has_value()) << bad;
  }
}

std::string error_of_log(const fs::path& dir) {
  const auto log = test::open(dir);
  if (!log.ok()) {
    return log.error().message;
  }
  const auto table = (*log)->table(TableKind::kChildOrders, 1);
  EXPECT_FALSE(table.ok());
  return table.ok() ? "" : table.error().message;
}

TEST(ChildLog, ThatIsDamagedNamesTheFile) {
  const auto damaged = [](const auto& damage) {
    const TempDir dir;
    export_run(dir, four_waves());
    const fs::path orders = dir / "out/process_forecasts/oms_child_orders";
    damage(orders);
    return error_of_log(dir / "out");
  };
  const std::string first = "101_20230612_17450000.20230612_174510_123.json";
  EXPECT_THAT(damaged([&](const fs::path& dir) { write_text(dir / first, "{\"order_id\": 1"); }),
              HasSubstr(first + "': jsonpickle: the text is not JSON"));
  EXPECT_THAT(damaged([&](const fs::path& dir) { write_text(dir / "orders.json", "{}"); }),
              HasSubstr("C005"));
  EXPECT_THAT(damaged([&](const fs::path& dir) {
                fs::copy_file(dir / first, dir / "101_20230612_17450000.20230612_180000_000.json");
              }),
              HasSubstr("are both of order 6000000000"));
  EXPECT_THAT(damaged([&](const fs::path& dir) {
                write_text(dir / "../child_order_fills/ccxt_trades/ccxt_trades_1.json", "[3]");
              }),
              HasSubstr("ccxt_trades_1.json"));
}

TEST(ChildLog, OrdersOfTheLastBarAreLeftOutAndNoted) {
  const TempDir dir;
  export_run(dir, four_waves());
  const fs::path orders = dir / "out/process_forecasts/oms_child_orders";
  fs::rename(orders / "101_20230612_17450000.20230612_174510_123.json",
             orders / "101_20230612_17500000.20230612_174510_123.json");
  const auto log = test::open(dir / "out");
  ASSERT_TRUE(log.ok()) << log.error().message;
  EXPECT_THAT((*log)->notes(), Contains(HasSubstr("1 child orders are of the last bar")));
  EXPECT_EQ((*log)->table(TableKind::kChildOrders, 1)->value().row_count(), 3U);
}

TEST(ChildLog, AnOrderWithoutABarIsOfTheFirstBarAfterItWasMade) {
  const TempDir dir;
  export_run(dir, four_waves());
  const fs::path orders = dir / "out/process_forecasts/oms_child_orders";
  fs::rename(orders / "101_20230612_17450000.20230612_174510_123.json",
             orders / "101_None.20230612_174510.json");
  const auto log = test::open(dir / "out");
  ASSERT_TRUE(log.ok()) << log.error().message;
  EXPECT_EQ((*log)->table(TableKind::kChildOrders, 1)->value().row_count(), 4U);
}

}  // namespace
}  // namespace tieout::reference
