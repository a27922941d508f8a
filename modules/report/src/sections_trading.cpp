#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "sections.hpp"

namespace tieout::report {
namespace {

using runlog::RunReader;
using runlog::TableKind;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Call `visit(bar, table)` for every bar that wrote a table of this kind.
template <typename Visit>
Status for_each_table(const RunReader& run, TableKind kind, const Visit& visit) {
  for (std::size_t i = 0; i < run.bars().size(); ++i) {
    TIEOUT_TRY(const std::optional<Table> table, run.table(kind, i));
    if (table.has_value() && table->row_count() > 0) visit(run.bars()[i].bar, *table);
  }
  return {};
}

const std::vector<Timestamp>* times_of(const Table& table, std::string_view name) {
  const TypedColumn* column = table.find(name);
  return column == nullptr ? nullptr : std::get_if<std::vector<Timestamp>>(&column->values);
}

std::string seconds_text(double s) {
  return std::isnan(s) ? "-" : duration_text({static_cast<std::int64_t>(std::llround(s * 1e9))});
}

struct OrderSummary {
  std::size_t count = 0, buys = 0, sells = 0, bars = 0;
  double shares = 0;
  std::vector<double> delay_s;               // creation after the bar's end
  std::map<std::string, std::string> by_id;  // order id -> the whole row as text
  Table last;                                // orders of the last bar that has any
  Timestamp last_bar;
};

std::string row_text(const Table& table, std::size_t row) {
  std::string out;
  for (const TypedColumn& column : table.columns)
    out += column.name + "=" + cell_text(column, row) + " ";
  return out;
}

Result<OrderSummary> read_orders(const Side& side) {
  TIEOUT_TRY(const RunReader* run, need_run(side));
  OrderSummary out;
  const Status status =
      for_each_table(*run, TableKind::kOrders, [&out](Timestamp bar, const Table& table) {
        const TypedColumn* shares = table.find("diff_num_shares");
        const TypedColumn* ids = table.find("order_id");
        const std::vector<Timestamp>* created = times_of(table, "creation_timestamp");
        for (std::size_t row = 0; row < table.row_count(); ++row) {
          const double quantity = number_at(shares, row);
          ++out.count;
          out.buys += quantity > 0 ? 1 : 0;
          out.sells += quantity < 0 ? 1 : 0;
          if (!std::isnan(quantity)) out.shares += std::abs(quantity);
          if (created != nullptr) out.delay_s.push_back(to_seconds((*created)[row] - bar));
          if (ids != nullptr) out.by_id[cell_text(*ids, row)] = row_text(table, row);
        }
        ++out.bars;
        out.last = table;
        out.last_bar = bar;
      });
  if (!status.ok()) return status.error();
  return out;
}

TableBlock raw_table(const std::string& caption, const Table& table) {
  constexpr std::size_t kMaxRows = 200;
  TableBlock out;
  out.caption = caption;
  if (table.row_count() > kMaxRows)
    out.caption += fmt::format(": first {} of {}", kMaxRows, count_text(table.row_count()));
  for (const TypedColumn& column : table.columns) {
    const bool is_number =
        column.type() == ColumnType::kFloat64 || column.type() == ColumnType::kInt64;
    out.columns.push_back({column.name, is_number ? Align::kNumber : Align::kText});
  }
  for (std::size_t row = 0; row < std::min(table.row_count(), kMaxRows); ++row) {
    std::vector<Cell> cells;
    for (const TypedColumn& column : table.columns) cells.emplace_back(cell_text(column, row));
    out.rows.push_back(std::move(cells));
  }
  return out;
}

struct FillSummary {
  std::size_t count = 0, buys = 0, sells = 0;
  double notional = 0;
  std::map<std::string, double> price;  // by fill id
  std::map<std::string, double> shares;
};

Result<FillSummary> read_fills(const Side& side) {
  TIEOUT_TRY(const RunReader* run, need_run(side));
  FillSummary out;
  const Status status =
      for_each_table(*run, TableKind::kFills, [&out](Timestamp, const Table& table) {
        const TypedColumn* shares = table.find("num_shares");
        const TypedColumn* prices = table.find("price");
        const TypedColumn* ids = table.find("fill_id");
        for (std::size_t row = 0; row < table.row_count(); ++row) {
          const double quantity = number_at(shares, row);
          const double price = number_at(prices, row);
          ++out.count;
          out.buys += quantity > 0 ? 1 : 0;
          out.sells += quantity < 0 ? 1 : 0;
          if (std::isfinite(quantity * price)) out.notional += std::abs(quantity * price);
          if (ids == nullptr) continue;
          out.price[cell_text(*ids, row)] = price;
          out.shares[cell_text(*ids, row)] = quantity;
        }
      });
  if (!status.ok()) return status.error();
  return out;
}

/// Holdings that were wanted at one bar against those that the next bar started with.
struct TargetGap {
  double largest = 0;
  std::size_t bars = 0, different = 0;
};

Result<std::map<AssetId, TargetGap>> read_target_gaps(const Side& side) {
  TIEOUT_TRY(const RunReader* run, need_run(side));
  std::map<AssetId, TargetGap> out;
  std::map<AssetId, double> wanted;
  bool has_columns = true;
  const Status status =
      for_each_table(*run, TableKind::kTargetPositions, [&](Timestamp, const Table& table) {
        const TypedColumn* ids = table.find("asset_id");
        const auto* assets =
            ids == nullptr ? nullptr : std::get_if<std::vector<std::int64_t>>(&ids->values);
        const TypedColumn* held = table.find("holdings_shares");
        const TypedColumn* target = table.find("target_holdings_shares");
        if (assets == nullptr || held == nullptr || target == nullptr) {
          has_columns = false;
          return;
        }
        for (std::size_t row = 0; row < assets->size(); ++row) {
          const AssetId asset{(*assets)[row]};
          const auto before = wanted.find(asset);
          const double gap = before == wanted.end() ? kNaN : before->second - number_at(held, row);
          if (!std::isnan(gap)) {
            TargetGap& own = out[asset];
            ++own.bars;
            own.different += gap == 0 ? 0 : 1;
            own.largest = std::max(own.largest, std::abs(gap));
          }
          wanted[asset] = number_at(target, row);
        }
      });
  if (!status.ok()) return status.error();
  if (!has_columns) {
    return Error{ErrorCode::kSchemaMismatch,
                 side.name +
                     ": the target positions need the columns asset_id, holdings_shares and "
                     "target_holdings_shares"};
  }
  if (out.empty())
    return Error{ErrorCode::kIncompleteEvidence,
                 side.name + ": needs target positions at two bars"};
  return out;
}

std::vector<ColumnHead> two_sides(const Facts& facts, const std::string& what) {
  return {{what}, {facts.left.name, Align::kNumber}, {facts.right.name, Align::kNumber}};
}

}  // namespace

Result<Blocks> order_delay_section(const Facts& facts) {
  TIEOUT_TRY(const OrderSummary orders, read_orders(facts.left));
  if (orders.delay_s.empty()) {
    return Error{ErrorCode::kIncompleteEvidence,
                 facts.left.name + ": no order with a creation_timestamp"};
  }
  const Spread delay = spread_of(orders.delay_s);
  TableBlock table;
  table.caption = "Creation of an order after the end of its bar, " + facts.left.name;
  table.columns = {{"orders"},
                   {"mean", Align::kNumber},
                   {"p50", Align::kNumber},
                   {"p95", Align::kNumber},
                   {"max", Align::kNumber}};
  table.rows = {{count_text(delay.count), seconds_text(delay.mean), seconds_text(delay.p50),
                 seconds_text(delay.p95), seconds_text(delay.max)}};
  const bool late = delay.max > 60;
  return Blocks{Paragraph{"Max order execution time=" + seconds_text(delay.max) +
                              (late ? ": more than the minute that it should take" : ""),
                          late ? Tone::kWarn : Tone::kPlain},
                table};
}

Result<Blocks> target_vs_executed_section(const Facts& facts) {
  TIEOUT_TRY(const auto gaps, read_target_gaps(facts.left));
  TableBlock table;
  table.caption = "target_holdings_shares of the bar before - holdings_shares, " + facts.left.name;
  table.columns = {{"asset", Align::kCode},
                   {"bars", Align::kNumber},
                   {"bars with a gap", Align::kNumber},
                   {"largest gap (shares)", Align::kNumber}};
  std::size_t assets_with_gap = 0;
  for (const auto& item : gaps) {
    assets_with_gap += item.second.different > 0 ? 1 : 0;
    table.rows.push_back({facts.asset_text(item.first), count_text(item.second.bars),
                          Cell{count_text(item.second.different),
                               item.second.different == 0 ? Tone::kGood : Tone::kWarn},
                          number_text(item.second.largest)});
  }
  return Blocks{Paragraph{assets_with_gap == 0 ? "Every target was executed in full."
                                               : plural(assets_with_gap, "asset") +
                                                     " not executed in full at some bar.",
                          assets_with_gap == 0 ? Tone::kGood : Tone::kWarn},
                Fold{"By asset", {std::move(table)}}};
}

Result<Blocks> orders_section(const Facts& facts) {
  const std::array<const Side*, 2> sides{&facts.left, &facts.right};
  std::array<Result<OrderSummary>, 2> orders{read_orders(facts.left), read_orders(facts.right)};
  Blocks out;
  TableBlock table;
  table.caption = "Orders of the whole run";
  table.columns = two_sides(facts, "what");
  const auto add = [&](const std::string& name,
                       const std::function<std::string(const OrderSummary&)>& value) {
    std::vector<Cell> row{name};
    for (const Result<OrderSummary>& side : orders)
      row.push_back(side.ok() ? Cell{value(*side)} : Cell{"not available", Tone::kWarn});
    table.rows.push_back(std::move(row));
  };
  add("orders", [](const OrderSummary& o) { return count_text(o.count); });
  add("buys", [](const OrderSummary& o) { return count_text(o.buys); });
  add("sells", [](const OrderSummary& o) { return count_text(o.sells); });
  add("bars with orders", [](const OrderSummary& o) { return count_text(o.bars); });
  add("shares, sum of |diff_num_shares|",
      [](const OrderSummary& o) { return number_text(o.shares); });
  add("creation after bar end, mean",
      [](const OrderSummary& o) { return seconds_text(spread_of(o.delay_s).mean); });
  add("creation after bar end, max",
      [](const OrderSummary& o) { return seconds_text(spread_of(o.delay_s).max); });
  out.emplace_back(std::move(table));
  for (std::size_t s = 0; s < sides.size(); ++s) {
    if (!orders[s].ok())
      out.emplace_back(Paragraph{"Not available: " + orders[s].error().message, Tone::kWarn});
  }
  if (orders[0].ok() && orders[1].ok()) {
    std::size_t equal = 0;
    std::size_t different = 0;
    for (const auto& item : orders[0]->by_id) {
      const auto other = orders[1]->by_id.find(item.first);
      if (other == orders[1]->by_id.end()) continue;
      ++(item.second == other->second ? equal : different);
    }
    const std::size_t left_only = orders[0]->by_id.size() - equal - different;
    const std::size_t right_only = orders[1]->by_id.size() - equal - different;
    out.emplace_back(Paragraph{
        fmt::format("Matched by order_id: {} equal, {} different, {} in {} only, {} in {} only.",
                    count_text(equal), count_text(different), count_text(left_only),
                    facts.left.name, count_text(right_only), facts.right.name),
        different + left_only + right_only == 0 ? Tone::kGood : Tone::kBad});
  }
  for (std::size_t s = 0; s < sides.size(); ++s) {
    if (!orders[s].ok() || orders[s]->count == 0) continue;
    const std::string caption =
        fmt::format("Orders of {} at {}", sides[s]->name, time_text(orders[s]->last_bar));
    out.emplace_back(Fold{caption, {raw_table(caption, orders[s]->last)}});
  }
  return out;
}

Result<Blocks> fills_section(const Facts& facts) {
  std::array<Result<FillSummary>, 2> fills{read_fills(facts.left), read_fills(facts.right)};
  Blocks out;
  TableBlock table;
  table.caption = "Fills of the whole run";
  table.columns = two_sides(facts, "what");
  const auto add = [&](const std::string& name,
                       const std::function<std::string(const FillSummary&)>& value) {
    std::vector<Cell> row{name};
    for (const Result<FillSummary>& side : fills)
      row.push_back(side.ok() ? Cell{value(*side)} : Cell{"not available", Tone::kWarn});
    table.rows.push_back(std::move(row));
  };
  add("fills", [](const FillSummary& f) { return count_text(f.count); });
  add("buys", [](const FillSummary& f) { return count_text(f.buys); });
  add("sells", [](const FillSummary& f) { return count_text(f.sells); });
  add("notional, sum of |num_shares x price|" +
          (facts.money_unit.empty() ? std::string() : " (" + facts.money_unit + ")"),
      [](const FillSummary& f) { return money_text(f.notional); });
  out.emplace_back(std::move(table));
  for (const Result<FillSummary>& side : fills) {
    if (!side.ok())
      out.emplace_back(Paragraph{"Not available: " + side.error().message, Tone::kWarn});
  }
  if (fills[0].ok() && fills[1].ok()) {
    std::size_t matched = 0;
    std::size_t other_price = 0;
    std::size_t other_shares = 0;
    double worst_bps = 0;
    for (const auto& item : fills[0]->price) {
      const auto other = fills[1]->price.find(item.first);
      if (other == fills[1]->price.end()) continue;
      ++matched;
      other_shares += fills[0]->shares.at(item.first) == fills[1]->shares.at(item.first) ? 0U : 1U;
      if (item.second == other->second) continue;
      ++other_price;
      if (other->second != 0)
        worst_bps = std::max(worst_bps,
                             1e4 * std::abs(item.second - other->second) / std::abs(other->second));
    }
    out.emplace_back(Paragraph{
        fmt::format("Matched by fill_id: {}; {} at another price (at most {:.3g} bps of the {} "
                    "price), {} of another quantity; {} in {} only, {} in {} only.",
                    count_text(matched), count_text(other_price), worst_bps, facts.right.name,
                    count_text(other_shares), count_text(fills[0]->price.size() - matched),
                    facts.left.name, count_text(fills[1]->price.size() - matched),
                    facts.right.name),
        other_price + other_shares == 0 && fills[0]->price.size() == matched &&
                fills[1]->price.size() == matched
            ? Tone::kGood
            : Tone::kBad});
  }
  return out;
}

}  // namespace tieout::report
