#include "sections_observer.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>

#include <fmt/format.h>

namespace tieout::report {
namespace {

using runlog::RunReader;

Result<const ObserverFacts*> need_observer(const Facts& facts) {
  if (facts.input.observer == nullptr) {
    return Error{ErrorCode::kIncompleteEvidence, "the report is not of a run in progress"};
  }
  return facts.input.observer;
}

std::string money(const Facts& facts, double value) {
  return money_text(value) + (facts.money_unit.empty() ? "" : " " + facts.money_unit);
}

Tone tone_of(ThresholdState state) {
  switch (state) {
    case ThresholdState::kHolds:
      return Tone::kGood;
    case ThresholdState::kFired:
      return Tone::kBad;
    case ThresholdState::kNotChecked:
      return Tone::kWarn;
  }
  return Tone::kWarn;
}

const char* text_of(ThresholdState state) {
  switch (state) {
    case ThresholdState::kHolds:
      return "holds";
    case ThresholdState::kFired:
      return "FIRED";
    case ThresholdState::kNotChecked:
      return "not checked";
  }
  return "";
}

std::string outcome_text(const RunReader& run) {
  return run.sealed() ? std::string(to_string(run.manifest().outcome)) : "in progress";
}

/// Statistics of production; "Not enough data" below `bars`, in the words of the reference.
Result<StatisticsSeries> need_bars(const Facts& facts, std::size_t bars) {
  TIEOUT_TRY(StatisticsSeries series, facts.left.statistics);
  if (series.bars.size() < bars) {
    return Error{ErrorCode::kIncompleteEvidence,
                 fmt::format("Not enough data: the number of computed bars is {}, required {}, "
                             "skipping.",
                             series.bars.size(), bars)};
  }
  return series;
}

double last_of(const StatisticsSeries& series, std::string_view name) {
  const std::vector<double>* values = series.find(name);
  return values == nullptr || values->empty() ? std::nan("") : values->back();
}

/// The last row of the books, by asset: holdings that are not zero, the largest notional first.
struct Holding {
  AssetId asset;
  double shares = 0, price = 0, notional = 0, pnl = 0;
};

Result<std::vector<Holding>> last_holdings(const Facts& facts) {
  TIEOUT_TRY(const recon::TradingFrames trading, facts.left.trading);
  const Panel& books = trading.portfolio;
  if (books.empty()) {
    return Error{ErrorCode::kIncompleteEvidence, facts.left.name + ": the run wrote no portfolio"};
  }
  const std::size_t row = books.row_count() - 1;
  const auto cell = [&](const char* field, AssetId asset) {
    const auto column = books.find_column({field, asset});
    return column ? books.at(row, *column) : std::nan("");
  };
  std::vector<Holding> out;
  for (const std::size_t column : books.columns_of("holdings_shares")) {
    const AssetId asset = books.columns()[column].asset;
    const double shares = books.at(row, column);
    if (asset == kCash || std::isnan(shares) || shares == 0) continue;
    out.push_back({asset, shares, cell("price", asset), cell("holdings_notional", asset),
                   cell("pnl", asset)});
  }
  std::stable_sort(out.begin(), out.end(), [](const Holding& a, const Holding& b) {
    return std::abs(a.notional) > std::abs(b.notional);
  });
  return out;
}

/// What the orders of the last bar that has any still miss.
TableBlock open_orders(const Facts& facts, const recon::TradingFrames& trading) {
  TableBlock table;
  table.columns = {{"order"},
                   {"asset", Align::kCode},
                   {"shares", Align::kNumber},
                   {"filled", Align::kNumber},
                   {"open", Align::kNumber}};
  std::map<std::string, double> filled;
  const TypedColumn* fill_order = trading.fills.find("order_id");
  const TypedColumn* fill_shares = trading.fills.find("num_shares");
  for (std::size_t row = 0; fill_order != nullptr && row < trading.fills.row_count(); ++row) {
    filled[cell_text(*fill_order, row)] += number_at(fill_shares, row);
  }
  const TypedColumn* bars = trading.orders.find("bar");
  const TypedColumn* ids = trading.orders.find("order_id");
  const TypedColumn* assets = trading.orders.find("asset_id");
  const TypedColumn* wanted = trading.orders.find("diff_num_shares");
  const std::size_t rows = trading.orders.row_count();
  const auto* asset_ids =
      assets == nullptr ? nullptr : std::get_if<std::vector<std::int64_t>>(&assets->values);
  if (rows == 0 || bars == nullptr || ids == nullptr || asset_ids == nullptr || wanted == nullptr) {
    table.caption = "No order was written yet";
    return table;
  }
  const std::string last = cell_text(*bars, rows - 1);
  table.caption = "Orders of bar " + last;
  for (std::size_t row = 0; row < rows; ++row) {
    if (cell_text(*bars, row) != last) continue;
    const std::string id = cell_text(*ids, row);
    const double shares = number_at(wanted, row);
    const auto found = filled.find(id);
    const double done = found == filled.end() ? 0 : found->second;
    table.rows.push_back(
        {id, facts.asset_text(AssetId{(*asset_ids)[row]}), number_text(shares), number_text(done),
         Cell{number_text(shares - done), shares == done ? Tone::kPlain : Tone::kWarn}});
  }
  return table;
}

std::string seconds_text(double s) {
  return std::isnan(s) ? "-" : duration_text({static_cast<std::int64_t>(s * 1e9)});
}

std::vector<Cell> delay_row(std::string name, const DataDelay& delay) {
  return {std::move(name),         count_text(delay.bars),  seconds_text(delay.p50),
          seconds_text(delay.p95), seconds_text(delay.p99), seconds_text(delay.max)};
}

}  // namespace

std::size_t fired_count(const ObserverFacts& facts) noexcept {
  return static_cast<std::size_t>(std::count_if(
      facts.thresholds.begin(), facts.thresholds.end(),
      [](const ThresholdCheck& check) { return check.state == ThresholdState::kFired; }));
}

Result<Blocks> observer_heartbeat_section(const Facts& facts) {
  TIEOUT_TRY(const ObserverFacts* observer, need_observer(facts));
  TIEOUT_TRY(const RunReader* run, need_run(facts.left));
  const auto bars = run->bars();
  TableBlock table;
  table.caption = "The run and its clock";
  table.columns = {{"what"}, {"value"}};
  table.rows = {{"generated at", time_text(observer->now)},
                {"this page is stale after", time_text(observer->stale_after)},
                {"run", outcome_text(*run)},
                {"bars seen", count_text(bars.size())}};
  table.rows.push_back({"bars of the run", observer->bars_expected
                                               ? Cell{count_text(*observer->bars_expected)}
                                               : Cell{"no end", Tone::kMuted}});
  if (observer->bars_due) {
    const std::size_t behind = *observer->bars_due - std::min(*observer->bars_due, bars.size());
    table.rows.push_back({"bars due by now", count_text(*observer->bars_due)});
    table.rows.push_back(
        {"bars behind", Cell{count_text(behind), behind == 0 ? Tone::kGood : Tone::kBad}});
  } else {
    table.rows.push_back(
        {"bars due by now", Cell{run->sealed() ? "none: the run ended"
                                               : "not known: the run's clock is not the wall clock",
                                 Tone::kMuted}});
  }
  if (!bars.empty()) {
    table.rows.push_back({"last bar", time_text(bars.back().bar)});
    table.rows.push_back({"age of the last bar", duration_text(observer->now - bars.back().bar)});
    table.rows.push_back({"last bar committed", time_text(floor_to(bars.back().wall, seconds(1)))});
    table.rows.push_back(
        {"age of the last commit", duration_text(observer->now - bars.back().wall)});
  }
  Blocks out;
  if (observer->stale_since) {
    out.emplace_back(
        Paragraph{fmt::format("Stale since {}: bar {} should have been committed by then.",
                              time_text(*observer->stale_since),
                              time_text(*observer->stale_since - observer->allowance)),
                  Tone::kBad});
  }
  out.emplace_back(std::move(table));
  out.emplace_back(
      Paragraph{fmt::format("A bar is missed when it is not committed {} after its end.",
                            duration_text(observer->allowance)),
                Tone::kMuted});
  return out;
}

Result<Blocks> observer_thresholds_section(const Facts& facts) {
  TIEOUT_TRY(const ObserverFacts* observer, need_observer(facts));
  TableBlock table;
  table.caption = "Alert thresholds";
  table.columns = {
      {"check"}, {"value", Align::kNumber}, {"limit", Align::kNumber}, {"status"}, {"message"}};
  for (const ThresholdCheck& check : observer->thresholds) {
    table.rows.push_back({check.title, number_text(check.value), number_text(check.limit),
                          Cell{text_of(check.state), tone_of(check.state)}, check.message});
  }
  return Blocks{std::move(table)};
}

Result<Blocks> observer_rolling_section(const Facts& facts) {
  constexpr std::size_t kShown = 300;
  TIEOUT_TRY(const ObserverFacts* observer, need_observer(facts));
  Blocks out;
  if (!observer->rolling_problem.empty()) {
    out.emplace_back(
        Paragraph{"Not reconciled at this look: " + observer->rolling_problem, Tone::kBad});
  } else {
    out.emplace_back(
        Paragraph{fmt::format("{}: {}", to_string(facts.verdict()), comparison_sentence(facts)),
                  report::tone_of(facts.verdict())});
  }
  const std::size_t done = observer->looks.empty() ? 0 : observer->looks.back().bars;
  out.emplace_back(
      Paragraph{observer->bars_expected
                    ? fmt::format("{} of {} reconciled.", count_text(done),
                                  plural(*observer->bars_expected, "bar"))
                    : fmt::format("{} reconciled; the run has no end.", plural(done, "bar"))});
  if (!observer->notes.empty()) out.emplace_back(Bullets{observer->notes});
  TableBlock table;
  const std::size_t count = observer->looks.size();
  const std::size_t from = count - std::min(count, kShown);
  table.caption = from == 0 ? "All looks that saw something new"
                            : fmt::format("The last {} looks of {}", kShown, count_text(count));
  table.columns = {{"at", Align::kTime},
                   {"bars", Align::kNumber},
                   {"last bar", Align::kTime},
                   {"verdict"},
                   {"why"}};
  for (std::size_t i = count; i > from; --i) {
    const RollingLook& look = observer->looks[i - 1];
    table.rows.push_back({time_text(floor_to(look.at, seconds(1))), count_text(look.bars),
                          time_text(look.last_bar),
                          Cell{look.verdict, look.verdict == "DIVERGED"       ? Tone::kBad
                                             : look.verdict == "INCONCLUSIVE" ? Tone::kWarn
                                                                              : Tone::kGood},
                          look.sentence});
  }
  out.emplace_back(Fold{plural(count, "look"), {std::move(table)}});
  return out;
}

Result<Blocks> observer_pnl_section(const Facts& facts) {
  TIEOUT_TRY(const StatisticsSeries series, need_bars(facts, 2));
  const std::vector<double>* pnl = series.find("pnl");
  const std::vector<double>* volume = series.find("gross_volume");
  const std::vector<double>* gmv = series.find("gmv");
  if (pnl == nullptr || volume == nullptr || gmv == nullptr) {
    return Error{ErrorCode::kSchemaMismatch,
                 facts.left.name + ": the statistics need pnl, gross_volume and gmv"};
  }
  const double total = cumulative(*pnl).back();
  const double traded = cumulative(*volume).back();
  const auto with_gmv = static_cast<double>(
      std::count_if(gmv->begin(), gmv->end(), [](double x) { return !std::isnan(x); }));
  const double mean_gmv = cumulative(*gmv).back() / with_gmv;
  TableBlock table;
  table.caption = "PnL of " + facts.left.name;
  table.columns = {{"what"}, {"value", Align::kNumber}, {"formula"}};
  const Tone muted = Tone::kMuted;
  table.rows = {
      {"cumulative PnL", money(facts, total), Cell{"sum of pnl over bars", muted}},
      {"PnL of the last bar", money(facts, pnl->back()), ""},
      {"cumulative PnL / gross volume", number_text(1e4 * total / traded) + " bps",
       Cell{"1e4 times the sums' ratio", muted}},
      {"cumulative PnL / GMV", number_text(100 * total / mean_gmv) + " %",
       Cell{"100 times the sum over the mean GMV so far", muted}},
  };
  TIEOUT_TRY(Blocks out, portfolio_panels(facts, PanelLegs::kRuns));
  out.emplace(out.begin(), std::move(table));
  return out;
}

Result<Blocks> observer_balance_section(const Facts& facts) {
  TIEOUT_TRY(const StatisticsSeries series, need_bars(facts, 1));
  TableBlock table;
  table.caption = "Balance at the last bar of " + facts.left.name;
  table.columns = {{"statistic", Align::kCode},
                   {"now", Align::kNumber},
                   {"first bar", Align::kNumber},
                   {"lowest", Align::kNumber},
                   {"highest", Align::kNumber}};
  for (const char* name : {"net_wealth", "cash", "gmv", "nmv", "leverage"}) {
    const std::vector<double>* values = series.find(name);
    if (values == nullptr) continue;
    std::vector<double> known;
    std::copy_if(values->begin(), values->end(), std::back_inserter(known),
                 [](double x) { return !std::isnan(x); });
    if (known.empty()) continue;
    const auto [low, high] = std::minmax_element(known.begin(), known.end());
    table.rows.push_back({name, money_text(last_of(series, name)), money_text(known.front()),
                          money_text(*low), money_text(*high)});
  }
  return Blocks{
      std::move(table),
      Paragraph{"net_wealth = cash + nmv is the balance of the account; leverage = gmv / "
                "net_wealth." +
                    (facts.money_unit.empty() ? std::string() : " In " + facts.money_unit + "."),
                Tone::kMuted}};
}

Result<Blocks> observer_holdings_section(const Facts& facts) {
  constexpr std::size_t kMaxRows = 200;
  TIEOUT_TRY(const std::vector<Holding> holdings, last_holdings(facts));
  TIEOUT_TRY(const StatisticsSeries series, need_bars(facts, 1));
  const double gmv = last_of(series, "gmv");
  TableBlock table;
  table.caption = plural(holdings.size(), "position") + " at " + time_text(series.bars.back()) +
                  (holdings.size() > kMaxRows ? fmt::format(": largest {}", kMaxRows) : "");
  table.columns = {{"asset", Align::kCode},    {"shares", Align::kNumber},
                   {"price", Align::kNumber},  {"notional", Align::kNumber},
                   {"of GMV", Align::kNumber}, {"PnL of the bar", Align::kNumber}};
  for (std::size_t i = 0; i < std::min(holdings.size(), kMaxRows); ++i) {
    const Holding& h = holdings[i];
    table.rows.push_back(
        {facts.asset_text(h.asset), number_text(h.shares), number_text(h.price),
         money_text(h.notional),
         gmv > 0 ? fmt::format("{:.1f} %", 100 * std::abs(h.notional) / gmv) : std::string("-"),
         money_text(h.pnl)});
  }
  return Blocks{std::move(table)};
}

Result<Blocks> observer_open_positions_section(const Facts& facts) {
  TIEOUT_TRY(const std::vector<Holding> holdings, last_holdings(facts));
  TIEOUT_TRY(const recon::TradingFrames trading, facts.left.trading);
  std::size_t longs = 0;
  double long_notional = 0;
  double short_notional = 0;
  for (const Holding& h : holdings) {
    longs += h.shares > 0 ? 1U : 0U;
    (h.shares > 0 ? long_notional : short_notional) += std::isnan(h.notional) ? 0 : h.notional;
  }
  TableBlock table;
  table.caption = "Open positions of the run's books";
  table.columns = {{"side"}, {"positions", Align::kNumber}, {"notional", Align::kNumber}};
  table.rows = {{"long", count_text(longs), money(facts, long_notional)},
                {"short", count_text(holdings.size() - longs), money(facts, short_notional)}};
  return Blocks{std::move(table), open_orders(facts, trading)};
}

Result<Blocks> observer_data_section(const Facts& facts) {
  TIEOUT_TRY(const ObserverFacts* observer, need_observer(facts));
  if (!observer->all_delays) {
    return Error{ErrorCode::kIncompleteEvidence, observer->delays_problem};
  }
  TableBlock all;
  all.caption = "First version of a bar of market data, known after the bar's end";
  all.columns = {{"asset", Align::kCode}, {"bars", Align::kNumber}, {"p50", Align::kNumber},
                 {"p95", Align::kNumber}, {"p99", Align::kNumber},  {"max", Align::kNumber}};
  TableBlock each = all;
  each.caption = "By asset";
  all.rows = {delay_row("all", *observer->all_delays)};
  for (const DataDelay& delay : observer->delays) {
    each.rows.push_back(delay_row(facts.asset_text(delay.asset), delay));
  }
  return Blocks{
      std::move(all), Fold{plural(observer->delays.size(), "asset"), {std::move(each)}},
      Paragraph{"Quantiles by nearest rank, since the first bar of the run.", Tone::kMuted}};
}

std::vector<KeyFact> observer_key_facts(const Facts& facts) {
  const ObserverFacts& observer = *facts.input.observer;
  std::vector<KeyFact> out;
  const RunReader* run = facts.left.run;
  const std::string data = run == nullptr || run->bars().empty()
                               ? "no bar yet"
                               : "data of bar " + time_text(run->bars().back().bar);
  out.push_back({"Generated at", time_text(observer.now), data});
  if (observer.stale_since) {
    out.push_back({"Stale since", time_text(*observer.stale_since), "a bar is missing"});
  }
  out.push_back({"Bars done",
                 fmt::format("{} of {}", run == nullptr ? 0 : run->bars().size(),
                             observer.bars_expected ? count_text(*observer.bars_expected) : "?"),
                 run == nullptr ? "no run log" : outcome_text(*run)});
  const std::size_t fired = fired_count(observer);
  const auto unchecked =
      std::count_if(observer.thresholds.begin(), observer.thresholds.end(),
                    [](const ThresholdCheck& c) { return c.state == ThresholdState::kNotChecked; });
  out.push_back({"Alerts", count_text(fired),
                 fmt::format("of {}, {} not checked",
                             plural(observer.thresholds.size(), "threshold"), unchecked)});
  return out;
}

nlohmann::ordered_json observer_json(const ObserverFacts& observer) {
  using Json = nlohmann::ordered_json;
  const auto number = [](double value) { return std::isnan(value) ? Json(nullptr) : Json(value); };
  Json thresholds = Json::array();
  for (const ThresholdCheck& check : observer.thresholds) {
    thresholds.push_back(Json{{"id", check.id},
                              {"state", text_of(check.state)},
                              {"value", number(check.value)},
                              {"limit", number(check.limit)},
                              {"message", check.message}});
  }
  return Json{
      {"generated_utc", to_iso(observer.now)},
      {"stale_after_utc", to_iso(observer.stale_after)},
      {"stale_since_utc",
       observer.stale_since ? Json(to_iso(*observer.stale_since)) : Json(nullptr)},
      {"bars_expected", observer.bars_expected ? Json(*observer.bars_expected) : Json(nullptr)},
      {"bars_due", observer.bars_due ? Json(*observer.bars_due) : Json(nullptr)},
      {"rolling_problem", observer.rolling_problem},
      {"thresholds", std::move(thresholds)}};
}

}  // namespace tieout::report
