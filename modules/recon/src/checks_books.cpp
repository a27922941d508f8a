#include "checks_books.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tieout/config/config.hpp"
#include "tieout/core/numbers.hpp"

#include "check_log.hpp"

namespace tieout::recon {
namespace {

using runlog::RunSource;
using runlog::TableKind;

constexpr double kTolerance = 1e-9;  // of the larger of the amounts involved

bool near(double a, double b, double magnitude) {
  return std::fabs(a - b) <= kTolerance * std::max({std::fabs(a), std::fabs(b), magnitude});
}

/// The columns of one table that checks ask for; a column that is not there is empty.
class Columns {
 public:
  explicit Columns(std::optional<Table> table) : table_(std::move(table)) {}
  std::size_t rows() const { return table_ ? table_->row_count() : 0; }
  template <typename T>
  const std::vector<T>& get(std::string_view name) const {
    static const std::vector<T> kNone;
    const TypedColumn* column = table_ ? table_->find(name) : nullptr;
    const auto* values = column == nullptr ? nullptr : std::get_if<std::vector<T>>(&column->values);
    return values == nullptr ? kNone : *values;
  }
  template <typename... Names>
  bool has_floats(Names... names) const {
    return rows() > 0 && (... && (get<double>(names).size() == rows()));
  }
  double one(std::string_view name) const {
    const auto& values = get<double>(name);
    return values.size() == 1 ? values[0] : std::numeric_limits<double>::quiet_NaN();
  }

 private:
  std::optional<Table> table_;
};

/// What the config says that books are held against; nothing where it does not say it.
struct Declared {
  std::optional<double> initial_cash, target_gmv;
  std::optional<std::int64_t> share_digits;
  bool is_given_start = false;  // the run began with positions and cash that somebody named
};

/// The fewest decimals to which the trades of any asset are rounded: those of all, of each, or of
/// the exchange's amounts.
std::optional<std::int64_t> coarsest_digits(const config::Config& config) {
  std::optional<std::int64_t> coarsest;
  const auto add = [&coarsest](std::int64_t digits) {
    coarsest = std::min(coarsest.value_or(digits), digits);
  };
  const std::string node = "process_forecasts_node_dict";
  const std::string dict = "process_forecasts_dict";
  if (const auto digits = config.get_int({node, dict, "share_quantization"}); digits.ok()) {
    add(*digits);
  }
  if (const auto own = config.get_list({node, dict, "asset_id_to_share_decimals"}); own.ok()) {
    for (const config::Value& entry : *own) {
      const auto* pair = entry.get_if<config::List>();
      if (pair == nullptr || pair->size() != 2) {
        continue;
      }
      if (const auto* digits = (*pair)[1].get_if<std::int64_t>()) {
        add(*digits);
      } else if (const auto* step = (*pair)[1].get_if<double>()) {
        add(std::llround(-std::log10(*step)));
      }
    }
  }
  for (const config::Leaf& leaf : config.subconfig({"market_info"}).leaves()) {
    const auto* digits = leaf.value.get_if<std::int64_t>();
    if (digits != nullptr && leaf.path.back() == "amount_precision") {
      add(*digits);
    }
  }
  return coarsest;
}

Declared declared_of(const RunSource& run) {
  Declared declared;
  const auto& command = run.manifest().command;
  const auto state = command.find("initial_state");
  declared.is_given_start = state != command.end() && !state->second.empty();
  const auto config = config::Config::from_json(run.config_json());
  if (!config.ok()) {
    return declared;
  }
  const auto number = [&](const config::Path& path) {
    const auto value = config->get_float(path);
    return value.ok() ? std::optional(*value) : std::nullopt;
  };
  const std::string node = "process_forecasts_node_dict";
  const std::string dict = "process_forecasts_dict";
  declared.initial_cash = number({"portfolio_config", "initial_cash"});
  // The convex optimizer may stay below its target, and has it elsewhere; a filter drops trades.
  const auto backend = config->get_string({node, dict, "optimizer_config", "backend"});
  const bool is_filtered = !config->subconfig({node, dict, "trade_filter"}).leaves().empty();
  if ((!backend.ok() || *backend == "pomo") && !is_filtered) {
    declared.target_gmv =
        number({node, dict, "optimizer_config", "params", "kwargs", "target_gmv"});
  }
  declared.share_digits = coarsest_digits(*config);
  const auto from_db = config->get_bool({"portfolio_config", "retrieve_initial_holdings_from_db"});
  declared.is_given_start = declared.is_given_start || (from_db.ok() && *from_db);
  return declared;
}

/// The tables of one bar.
struct Books {
  Timestamp bar;
  Columns targets, orders, fills, portfolio, statistics;
};

Result<Books> read_books(const RunSource& run, std::size_t bar) {
  const auto read = [&](TableKind kind) -> Result<Columns> {
    TIEOUT_TRY(std::optional<Table> table, run.table(kind, bar));
    return Columns(std::move(table));
  };
  TIEOUT_TRY(Columns targets, read(TableKind::kTargetPositions));
  TIEOUT_TRY(Columns orders, read(TableKind::kOrders));
  TIEOUT_TRY(Columns fills, read(TableKind::kFills));
  TIEOUT_TRY(Columns portfolio, read(TableKind::kPortfolio));
  TIEOUT_TRY(Columns statistics, read(TableKind::kStatistics));
  return Books{run.bars()[bar].bar, std::move(targets),   std::move(orders),
               std::move(fills),    std::move(portfolio), std::move(statistics)};
}

/// Sums of a column over the numbers in it, and of their magnitudes.
struct Sums {
  double sum = 0, magnitude = 0;
  std::size_t numbers = 0;
};

Sums sums_of(const std::vector<double>& values) {
  Sums sums;
  for (const double value : values) {
    if (!std::isnan(value)) {
      sums.sum += value;
      sums.magnitude += std::fabs(value);
      ++sums.numbers;
    }
  }
  return sums;
}

/// One run's books, bar after bar.
class BooksChecker {
 public:
  BooksChecker(const RunSource& run, const std::string& name, CheckReport& out)
      : run_(run),
        declared_(declared_of(run)),
        segments_(out, "C007", name),
        gmv_(out, "C302", name),
        delays_(out, "C304", name),
        executed_(out, "C305", name),
        holdings_(out, "C307", name),
        identities_(out, "C310", name),
        start_(out, "C314", name) {}

  Status check() {
    const auto bars = run_.bars();
    const runlog::Manifest& manifest = run_.manifest();
    std::optional<Books> before;
    for (std::size_t b = 0; b < bars.size(); ++b) {
      TIEOUT_TRY(Books books, read_books(run_, b));
      check_wall(b);
      check_gmv(books);
      check_orders(books, manifest.bar);
      check_fills(books);
      check_statistics(books);
      if (before) {
        const bool follows = manifest.bar.ns <= 0 || books.bar - before->bar == manifest.bar;
        if (follows) {
          check_step(*before, books);
        }
      } else {
        check_start(books);
      }
      before.emplace(std::move(books));
    }
    if (!bars.empty()) {
      finish_orders(bars.back().bar);
    }
    return {};
  }

 private:
  void check_wall(std::size_t b) {
    const auto bars = run_.bars();
    if (bars[b].wall == Timestamp{}) {
      return;
    }
    segments_.look();
    if (b > 0 && bars[b].wall < bars[b - 1].wall) {
      segments_.violate({.bar = bars[b].bar,
                         .part = "bar",
                         .column = "wall",
                         .found = to_iso(bars[b].wall),
                         .needed = "after " + to_iso(bars[b - 1].wall),
                         .note = "the bar was written before the one that it follows"});
    }
  }

  void check_gmv(const Books& books) {
    constexpr std::string_view kBefore = ".before_apply_cc_limits";
    std::string column = "target_holdings_notional";
    if (books.targets.has_floats(column + std::string(kBefore))) {
      column += kBefore;
    }
    if (!declared_.target_gmv || !books.targets.has_floats(column, "price", "prediction")) {
      gmv_.skip("the log or its config lacks targets, prices, predictions or target_gmv");
      return;
    }
    // A bar without a forecast for all leaves some positions as they are.
    const auto& predictions = books.targets.get<double>("prediction");
    if (!std::ranges::all_of(predictions, [](double p) { return std::isfinite(p); })) {
      gmv_.skip("no bar has a forecast for all assets");
      return;
    }
    gmv_.look();
    const double lot = std::pow(10.0, -static_cast<double>(declared_.share_digits.value_or(8)));
    const Sums prices = sums_of(books.targets.get<double>("price"));
    const Sums targets = sums_of(books.targets.get<double>(column));
    const double allowed = lot * prices.magnitude + kTolerance * *declared_.target_gmv;
    if (std::fabs(targets.magnitude - *declared_.target_gmv) > allowed) {
      gmv_.violate({.bar = books.bar,
                    .part = "target_positions",
                    .column = column,
                    .found = format_double(targets.magnitude),
                    .needed = format_double(*declared_.target_gmv),
                    .note = "the targets do not sum up to target_gmv"});
    }
  }

  void check_orders(const Books& books, Duration bar) {
    const auto& created = books.orders.get<Timestamp>("creation_timestamp");
    const auto& ids = books.orders.get<std::int64_t>("order_id");
    const auto& ends = books.orders.get<Timestamp>("end_timestamp");
    const auto& shares = books.orders.get<double>("diff_num_shares");
    const Duration limit = bar.ns > 0 ? std::min(seconds(60), Duration{bar.ns / 2}) : seconds(60);
    for (std::size_t i = 0; i < created.size(); ++i) {
      delays_.look();
      if (created[i] - books.bar > limit) {
        delays_.violate({.bar = books.bar,
                         .part = "orders",
                         .column = "creation_timestamp",
                         .found = fmt::format("{} s", to_seconds(created[i] - books.bar)),
                         .needed = fmt::format("at most {} s", to_seconds(limit)),
                         .note = "the order was made late in its bar"});
      }
    }
    if (ids.size() == ends.size() && ids.size() == shares.size()) {
      for (std::size_t i = 0; i < ids.size(); ++i) {
        open_[ids[i]] = {books.bar, ends[i], shares[i], 0};
      }
    }
  }

  void check_fills(const Books& books) {
    const auto& ids = books.fills.get<std::int64_t>("order_id");
    const auto& shares = books.fills.get<double>("num_shares");
    saw_fills_ = saw_fills_ || !ids.empty();
    for (std::size_t i = 0; i < ids.size() && ids.size() == shares.size(); ++i) {
      const auto order = open_.find(ids[i]);
      if (order != open_.end()) {
        order->second.filled += shares[i];
      }
    }
  }

  void finish_orders(Timestamp last) {
    if (!run_.has_journal() && !saw_fills_) {
      executed_.skip("the log records no fills");
      return;
    }
    for (const auto& [id, order] : open_) {
      if (order.end > last) {
        continue;  // Its fills are booked at a bar that the run does not have.
      }
      executed_.look();
      if (!near(order.filled, order.ordered, 0)) {
        executed_.violate({.bar = order.bar,
                           .part = "orders",
                           .column = "diff_num_shares",
                           .found = format_double(order.filled),
                           .needed = format_double(order.ordered),
                           .note = fmt::format("order {} was not executed in full", id)});
      }
    }
    executed_.skip("no order of the log came to its end");
  }

  void check_step(const Books& before, const Books& books) {
    const Columns& p = books.portfolio;
    const Columns& q = before.portfolio;
    const auto& assets = p.get<std::int64_t>("asset_id");
    const bool same_assets = assets == q.get<std::int64_t>("asset_id") && !assets.empty();
    if (same_assets && p.has_floats("holdings_shares", "executed_trades_shares") &&
        q.has_floats("holdings_shares")) {
      check_holdings(before, books);
    }
    if (same_assets && p.has_floats("pnl", "holdings_notional", "executed_trades_notional") &&
        q.has_floats("holdings_notional")) {
      for (std::size_t i = 0; i < assets.size(); ++i) {
        const double now = p.get<double>("holdings_notional")[i];
        const double then = q.get<double>("holdings_notional")[i];
        const double paid = p.get<double>("executed_trades_notional")[i];
        identity(books.bar, "portfolio", "pnl", AssetId{assets[i]}, p.get<double>("pnl")[i],
                 now - then - paid, std::max({std::fabs(now), std::fabs(then), std::fabs(paid)}));
      }
    }
    const double cash = books.statistics.one("cash");
    const double cash_before = before.statistics.one("cash");
    const double volume = books.statistics.one("net_volume");
    if (!std::isnan(cash) && !std::isnan(cash_before) && !std::isnan(volume)) {
      const double costs = cost_of(books.statistics);
      segments_.look();
      if (!near(cash - cash_before, -volume - costs,
                std::max(std::fabs(cash), std::fabs(cash_before)))) {
        segments_.violate({.bar = books.bar,
                           .part = "statistics",
                           .column = "cash",
                           .found = format_double(cash),
                           .needed = format_double(cash_before - volume - costs),
                           .note = "cash does not follow from the bar before: another segment"});
      }
    }
  }

  /// Fees and funding of a bar; 0 in a log that has no such columns.
  static double cost_of(const Columns& statistics) {
    const double fees = statistics.one("fees");
    const double funding = statistics.one("funding");
    return (std::isnan(fees) ? 0 : fees) + (std::isnan(funding) ? 0 : funding);
  }

  void check_holdings(const Books& before, const Books& books) {
    const auto& assets = books.portfolio.get<std::int64_t>("asset_id");
    const auto& now = books.portfolio.get<double>("holdings_shares");
    const auto& then = before.portfolio.get<double>("holdings_shares");
    const auto& executed = books.portfolio.get<double>("executed_trades_shares");
    std::map<std::int64_t, double> filled;
    const auto& fill_assets = books.fills.get<std::int64_t>("asset_id");
    const auto& fill_shares = books.fills.get<double>("num_shares");
    for (std::size_t f = 0; f < fill_assets.size() && f < fill_shares.size(); ++f) {
      filled[fill_assets[f]] += fill_shares[f];
    }
    for (std::size_t i = 0; i < assets.size(); ++i) {
      holdings_.look();
      const auto tell = [&](std::string column, double found, std::string note) {
        holdings_.violate({.bar = books.bar,
                           .part = "portfolio",
                           .column = std::move(column),
                           .asset = AssetId{assets[i]},
                           .found = format_double(found),
                           .needed = format_double(now[i] - then[i]),
                           .note = std::move(note)});
      };
      const double change = now[i] - then[i];
      if (executed[i] != change &&
          !(std::isnan(executed[i]) && (std::isnan(change) || change == 0))) {
        tell("executed_trades_shares", executed[i],
             "holdings changed by something else than what was executed");
      }
      const auto fill = filled.find(assets[i]);
      const double bought = fill == filled.end() ? 0 : fill->second;
      if (!fill_shares.empty() && !near(bought, change, std::max(now[i], then[i]))) {
        tell("num_shares", bought, "the fills of the bar do not give the change of holdings");
      }
    }
  }

  void check_statistics(const Books& books) {
    const Columns& p = books.portfolio;
    const Columns& s = books.statistics;
    const auto total = [&](std::string_view column, double needed, double magnitude) {
      const double found = s.one(column);
      if (!std::isnan(found)) {
        identity(books.bar, "statistics", column, kNoAsset, found, needed, magnitude);
      }
    };
    if (p.has_floats("holdings_notional", "holdings_shares", "price")) {
      const auto& notional = p.get<double>("holdings_notional");
      const auto& assets = p.get<std::int64_t>("asset_id");
      for (std::size_t i = 0; i < notional.size(); ++i) {
        const double value = p.get<double>("holdings_shares")[i] * p.get<double>("price")[i];
        identity(books.bar, "portfolio", "holdings_notional",
                 i < assets.size() ? AssetId{assets[i]} : kNoAsset, notional[i], value, 0);
      }
      const Sums sums = sums_of(notional);
      total("gmv", sums.magnitude, sums.magnitude);
      total("nmv", sums.sum, sums.magnitude);
    }
    if (p.has_floats("executed_trades_notional")) {
      const Sums sums = sums_of(p.get<double>("executed_trades_notional"));
      total("gross_volume", sums.magnitude, sums.magnitude);
      total("net_volume", sums.sum, sums.magnitude);
    }
    if (p.has_floats("pnl")) {
      const Sums sums = sums_of(p.get<double>("pnl"));
      if (sums.numbers > 0) {
        total("pnl", sums.sum, sums.magnitude);
      }
    }
    for (const char* cost : {"fees", "funding"}) {
      if (p.has_floats(cost)) {
        const Sums sums = sums_of(p.get<double>(cost));
        total(cost, sums.sum, sums.magnitude);
      }
    }
    if (s.has_floats("net_pnl")) {
      total("net_pnl", s.one("pnl") - cost_of(s), std::fabs(s.one("pnl")));
    }
    const double gmv = s.one("gmv");
    const double cash = s.one("cash");
    total("net_wealth", s.one("nmv") + cash, std::max(gmv, std::fabs(cash)));
    total("leverage", gmv / s.one("net_wealth"), 0);
  }

  void identity(Timestamp bar, std::string_view part, std::string_view column, AssetId asset,
                double found, double needed, double magnitude) {
    if (std::isnan(needed)) {
      return;  // A price is missing: nothing can be said.
    }
    identities_.look();
    if (!near(found, needed, magnitude) && found != needed) {
      identities_.violate({.bar = bar,
                           .part = std::string(part),
                           .column = std::string(column),
                           .asset = asset,
                           .found = format_double(found),
                           .needed = format_double(needed),
                           .note = fmt::format("{} is not what the books give", column)});
    }
  }

  void check_start(const Books& books) {
    if (declared_.is_given_start) {
      start_.skip("the run begins with a state that it was given");
      return;
    }
    const auto& assets = books.portfolio.get<std::int64_t>("asset_id");
    const auto& holdings = books.portfolio.get<double>("holdings_shares");
    for (std::size_t i = 0; i < holdings.size() && i < assets.size(); ++i) {
      start_.look();
      if (holdings[i] != 0) {
        start_.violate({.bar = books.bar,
                        .part = "portfolio",
                        .column = "holdings_shares",
                        .asset = AssetId{assets[i]},
                        .found = format_double(holdings[i]),
                        .needed = "0",
                        .note = "the run does not start flat"});
      }
    }
    const double cash = books.statistics.one("cash");
    if (declared_.initial_cash && !std::isnan(cash)) {
      start_.look();
      if (cash != *declared_.initial_cash) {
        start_.violate({.bar = books.bar,
                        .part = "statistics",
                        .column = "cash",
                        .found = format_double(cash),
                        .needed = format_double(*declared_.initial_cash),
                        .note = "the run does not start with the configured cash"});
      }
    }
  }

  struct Order {
    Timestamp bar, end;
    double ordered = 0, filled = 0;
  };
  const RunSource& run_;
  bool saw_fills_ = false;
  Declared declared_;
  std::map<std::int64_t, Order> open_;
  CheckLog segments_, gmv_, delays_, executed_, holdings_, identities_, start_;
};

/// Slope of the least-squares line through (0, y0), (1, y1), ...
double slope_of(const std::vector<double>& y) {
  const auto n = static_cast<double>(y.size());
  double sum_xy = 0;
  double sum_y = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    sum_xy += static_cast<double>(i) * y[i];
    sum_y += y[i];
  }
  const double mean_x = (n - 1) / 2;
  return (sum_xy - mean_x * sum_y) / (n * (n * n - 1) / 12);
}

}  // namespace

Status check_books(const RunSource& run, const std::string& name, CheckReport& out) {
  return BooksChecker(run, name, out).check();
}

Status check_operation(const RunSource& run, const std::string& name, CheckReport& out) {
  CheckLog trend(out, "C401", name);
  CheckLog split(out, "C402", name);
  CheckLog growth(out, "C403", name);
  CheckLog disk(out, "C404", name);
  const auto bars = run.bars();
  const Timestamp last = bars.empty() ? run.manifest().start : bars.back().bar;
  std::vector<double> busy_ms;
  std::map<std::string, double> total_ms;
  for (std::size_t b = 0; b < bars.size(); ++b) {
    TIEOUT_TRY(std::optional<Table> table, run.table(TableKind::kTimings, b));
    const Columns timings(std::move(table));
    const auto& parts = timings.get<std::string>("node");
    const auto& ms = timings.get<double>("compute_ms");
    double busy = 0;
    for (std::size_t i = 0; i < parts.size() && i < ms.size(); ++i) {
      total_ms[parts[i]] += ms[i];
      busy += parts[i] == "wait" ? 0 : ms[i];
    }
    if (!parts.empty()) {
      busy_ms.push_back(busy);
    }
  }
  constexpr std::size_t kFewBars = 10;
  constexpr double kSlopeMs = 1.0;
  if (busy_ms.size() >= kFewBars) {
    trend.look(busy_ms.size());
    if (const double slope = slope_of(busy_ms); slope >= kSlopeMs) {
      trend.violate({.bar = last,
                     .part = "timings",
                     .found = fmt::format("{:.3f} ms a bar", slope),
                     .needed = "below 1 ms a bar",
                     .note = "each bar takes longer than the one before"});
    }
  } else {
    trend.skip("fewer than 10 bars have timings");
  }
  if (!total_ms.empty()) {
    std::string slowest;
    double nodes = 0;
    double slowest_ms = -1;
    std::map<std::string, double> rest;
    for (const auto& [part, ms] : total_ms) {
      const auto& all = run.manifest().nodes;
      if (std::ranges::find(all, part, &runlog::NodeInfo::name) == all.end()) {
        rest[part] = ms;
        continue;
      }
      nodes += ms;
      if (ms > slowest_ms) {
        slowest = part;
        slowest_ms = ms;
      }
    }
    std::string text = fmt::format("nodes {:.1f} ms", nodes);
    for (const auto& [part, ms] : rest) {
      text += fmt::format(", {} {:.1f} ms", part, ms);
    }
    split.report({.bar = last,
                  .part = "timings",
                  .found = slowest,
                  .note = fmt::format("{} over {} bars; the slowest node is {} with {:.1f} ms",
                                      text, busy_ms.size(), slowest, slowest_ms)});
  }
  if (run.hashes_are_of_content() && !bars.empty()) {
    std::uint64_t first_cells = 0;
    std::uint64_t last_cells = 0;
    for (const runlog::NodeInfo& node : run.manifest().nodes) {
      first_cells += run.window_cells(node.topological_id, 0);
      last_cells += run.window_cells(node.topological_id, bars.size() - 1);
    }
    growth.report(
        {.bar = last,
         .part = "nodes",
         .found = fmt::format("{} cells", last_cells),
         .note = fmt::format("the windows hold {} cells at the first bar and {} at the last",
                             first_cells, last_cells)});
  } else {
    growth.skip("counting the rows would decode every window");
  }
  std::error_code code;
  std::uintmax_t bytes = 0;
  std::uint64_t files = 0;
  for (auto entry = std::filesystem::recursive_directory_iterator(run.directory(), code);
       !code && entry != std::filesystem::recursive_directory_iterator(); entry.increment(code)) {
    std::error_code ignored;
    if (entry->is_regular_file(ignored)) {
      bytes += entry->file_size(ignored);
      ++files;
    }
  }
  if (files > 0) {
    disk.report({.bar = last,
                 .part = "log",
                 .found = fmt::format("{} bytes", bytes),
                 .note = fmt::format("the run takes {} bytes in {} files", bytes, files)});
  }
  return {};
}

}  // namespace tieout::recon
