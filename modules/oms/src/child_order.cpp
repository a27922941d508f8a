#include "tieout/oms/child_order.hpp"

#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "tieout/oms/tables.hpp"

namespace tieout::oms {
namespace {

using tables::kAssetId;

constexpr std::array kStatuses{ChildStatus::kFilled, ChildStatus::kCancelled,
                               ChildStatus::kRejected, ChildStatus::kSkipped};
constexpr std::array kLiquidities{Liquidity::kUnknown, Liquidity::kMaker, Liquidity::kTaker};

std::string_view text_of(Liquidity liquidity) noexcept {
  switch (liquidity) {
    case Liquidity::kUnknown:
      return "";
    case Liquidity::kMaker:
      return "maker";
    case Liquidity::kTaker:
      return "taker";
  }
  return "";
}

// The numbers of a limit price, in the order of the columns.
struct PriceColumn {
  std::string_view name;
  double LimitPrice::*member;
};
constexpr PriceColumn kPriceColumns[] = {
    {"limit_price", &LimitPrice::limit_price},
    {"latest_bid_price", &LimitPrice::latest_bid_price},
    {"latest_ask_price", &LimitPrice::latest_ask_price},
    {"latest_bid_size", &LimitPrice::latest_bid_size},
    {"latest_ask_size", &LimitPrice::latest_ask_size},
    {"passivity_factor", &LimitPrice::passivity_factor},
    {"bid_price_mean", &LimitPrice::bid_price_mean},
    {"ask_price_mean", &LimitPrice::ask_price_mean},
    {"used_bid_price", &LimitPrice::used_bid_price},
    {"used_ask_price", &LimitPrice::used_ask_price},
    {"volatility_multiple", &LimitPrice::volatility_multiple},
    {"scaling_multiplier", &LimitPrice::scaling_multiplier},
    {"bid_vol", &LimitPrice::bid_vol},
    {"bid_vol_bps", &LimitPrice::bid_vol_bps},
    {"ask_vol", &LimitPrice::ask_vol},
    {"ask_vol_bps", &LimitPrice::ask_vol_bps},
    {"total_vol", &LimitPrice::total_vol},
    {"latest_mid_price", &LimitPrice::latest_mid_price},
    {"total_vol_bps", &LimitPrice::total_vol_bps},
    {"spread", &LimitPrice::spread},
    {"spread_bps", &LimitPrice::spread_bps},
    {"total_vol_to_spread_bps", &LimitPrice::total_vol_to_spread_bps},
};

template <typename T, typename Get>
void add(Table& table, std::string_view name, const std::vector<ChildOrder>& children, Get get) {
  std::vector<T> values;
  values.reserve(children.size());
  for (const ChildOrder& child : children) {
    values.push_back(get(child));
  }
  table.columns.push_back({std::string(name), std::move(values)});
}

Literal text_literal(std::string text) {
  Literal literal;
  literal.kind = Literal::Kind::kString;
  literal.text = std::move(text);
  return literal;
}

Literal int_literal(std::int64_t value) {
  Literal literal;
  literal.kind = Literal::Kind::kInt;
  literal.integer = value;
  return literal;
}

// As Python writes a pandas timestamp: Timestamp('2023-08-15 10:35:10.100000-0400', tz='...').
Literal instant_literal(Timestamp instant, Zone zone) {
  std::string text = to_local_iso(instant, zone);
  text.erase(text.size() - 3, 1);  // the colon of the offset
  Literal literal;
  literal.kind = Literal::Kind::kCall;
  literal.text = fmt::format("Timestamp('{}', tz='{}')", text, zone_name(zone));
  return literal;
}

void put(Literal& dict, std::string key, Literal value) {
  dict.items.push_back(text_literal(std::move(key)));
  dict.items.push_back(std::move(value));
}

// Read one column into each child.
template <typename T, typename Set>
Status read(const Table& table, std::string_view name, std::vector<ChildOrder>& children, Set set) {
  const TypedColumn* column = table.find(name);
  const auto* values = column == nullptr ? nullptr : std::get_if<std::vector<T>>(&column->values);
  if (values == nullptr) {
    return Error{ErrorCode::kMalformedData,
                 fmt::format("child orders: column '{}' is {}", name,
                             column == nullptr ? "missing" : "of another type")};
  }
  for (std::size_t i = 0; i < values->size(); ++i) {
    if (!set(children[i], (*values)[i])) {
      return Error{
          ErrorCode::kMalformedData,
          fmt::format("child orders: column '{}' row {} is not one of its values", name, i)};
    }
  }
  return {};
}

// A setter that takes every value.
template <typename Assign>
auto always(Assign assign) {
  return [assign](ChildOrder& child, const auto& value) {
    assign(child, value);
    return true;
  };
}

Status read_order(const Table& table, std::vector<ChildOrder>& children) {
  using tables::kCreationTimestamp;
  using tables::kCurrNumShares;
  using tables::kDiffNumShares;
  using tables::kEndTimestamp;
  using tables::kOrderId;
  using tables::kStartTimestamp;
  using tables::kType;
  TIEOUT_CHECK(read<std::int64_t>(table, kOrderId, children,
                                  always([](auto& c, auto v) { c.order.order_id = v; })));
  TIEOUT_CHECK(read<std::int64_t>(table, "oms_parent_order_id", children,
                                  always([](auto& c, auto v) { c.parent_order_id = v; })));
  TIEOUT_CHECK(read<std::int64_t>(table, "wave_id", children,
                                  always([](auto& c, auto v) { c.price.wave_id = v; })));
  TIEOUT_CHECK(read<std::int64_t>(table, kAssetId, children,
                                  always([](auto& c, auto v) { c.order.asset_id = AssetId{v}; })));
  TIEOUT_CHECK(read<Timestamp>(table, kCreationTimestamp, children,
                               always([](auto& c, auto v) { c.order.creation_timestamp = v; })));
  TIEOUT_CHECK(read<std::string>(table, kType, children,
                                 always([](auto& c, const auto& v) { c.order.type = v; })));
  TIEOUT_CHECK(read<Timestamp>(table, kStartTimestamp, children,
                               always([](auto& c, auto v) { c.order.start_timestamp = v; })));
  TIEOUT_CHECK(read<Timestamp>(table, kEndTimestamp, children,
                               always([](auto& c, auto v) { c.order.end_timestamp = v; })));
  TIEOUT_CHECK(read<double>(table, kCurrNumShares, children,
                            always([](auto& c, auto v) { c.order.curr_num_shares = v; })));
  return read<double>(table, kDiffNumShares, children,
                      always([](auto& c, auto v) { c.order.diff_num_shares = v; }));
}

Status read_outcome(const Table& table, std::vector<ChildOrder>& children) {
  TIEOUT_CHECK(read<std::int64_t>(table, "ccxt_id", children,
                                  always([](auto& c, auto v) { c.venue_id = v; })));
  TIEOUT_CHECK(read<std::string>(table, "status", children, [](ChildOrder& c, const auto& v) {
    for (const ChildStatus status : kStatuses) {
      if (v == to_string(status)) {
        c.status = status;
        return true;
      }
    }
    return false;
  }));
  TIEOUT_CHECK(read<std::string>(table, "error_msg", children,
                                 always([](auto& c, const auto& v) { c.error_msg = v; })));
  TIEOUT_CHECK(read<double>(table, "filled_shares", children,
                            always([](auto& c, auto v) { c.filled_shares = v; })));
  TIEOUT_CHECK(read<double>(table, "average_price", children,
                            always([](auto& c, auto v) { c.average_price = v; })));
  TIEOUT_CHECK(read<double>(table, "fee", children, always([](auto& c, auto v) { c.fee = v; })));
  TIEOUT_CHECK(read<std::string>(table, "liquidity", children, [](ChildOrder& c, const auto& v) {
    for (const Liquidity liquidity : kLiquidities) {
      if (v == text_of(liquidity)) {
        c.liquidity = liquidity;
        return true;
      }
    }
    return false;
  }));
  return read<Timestamp>(table, "update_timestamp", children,
                         always([](auto& c, auto v) { c.update_timestamp = v; }));
}

Status read_price(const Table& table, std::vector<ChildOrder>& children) {
  TIEOUT_CHECK(read<std::int64_t>(table, "num_data_points", children,
                                  always([](auto& c, auto v) { c.price.num_data_points = v; })));
  TIEOUT_CHECK(
      read<std::int64_t>(table, "num_data_points_resampled", children,
                         always([](auto& c, auto v) { c.price.num_data_points_resampled = v; })));
  TIEOUT_CHECK(read<Timestamp>(table, "exchange_timestamp", children,
                               always([](auto& c, auto v) { c.price.exchange_timestamp = v; })));
  TIEOUT_CHECK(read<Timestamp>(table, "knowledge_timestamp", children,
                               always([](auto& c, auto v) { c.price.knowledge_timestamp = v; })));
  TIEOUT_CHECK(
      read<Timestamp>(table, "end_download_timestamp", children,
                      always([](auto& c, auto v) { c.price.end_download_timestamp = v; })));
  for (const PriceColumn& column : kPriceColumns) {
    TIEOUT_CHECK(read<double>(table, column.name, children,
                              always([&column](auto& c, auto v) { c.price.*column.member = v; })));
  }
  return {};
}

}  // namespace

std::string_view to_string(ChildStatus status) noexcept {
  switch (status) {
    case ChildStatus::kFilled:
      return "filled";
    case ChildStatus::kCancelled:
      return "cancelled";
    case ChildStatus::kRejected:
      return "rejected";
    case ChildStatus::kSkipped:
      return "skipped";
  }
  return "unknown";
}

std::int64_t child_order_id(std::int64_t parent_order_id, std::int64_t wave_id) noexcept {
  constexpr std::int64_t kSpace = 1'000'000'000;
  return (parent_order_id + 1) * kSpace + wave_id;
}

Literal extra_params_of(const ChildOrder& child) {
  Literal params = Literal::empty_dict();
  put(params, "oms_parent_order_id", int_literal(child.parent_order_id));
  Literal ids;
  ids.kind = Literal::Kind::kList;
  ids.items.push_back(int_literal(child.venue_id));
  put(params, "ccxt_id", std::move(ids));
  constexpr std::string_view kPrefix = "_submit_twap_child_order::";
  const Order& order = child.order;
  Literal stats = Literal::empty_dict();
  put(stats, fmt::format("{}wave_id", kPrefix), int_literal(child.price.wave_id));
  put(stats, fmt::format("{}child_order.created", kPrefix),
      instant_literal(order.creation_timestamp, order.zone));
  put(stats, fmt::format("{}child_order.submitted", kPrefix),
      instant_literal(order.start_timestamp, order.zone));
  put(stats, fmt::format("{}aligned_with_next_wave.end", kPrefix),
      instant_literal(order.end_timestamp, order.zone));
  put(params, "stats", std::move(stats));
  if (!child.error_msg.empty()) {
    put(params, "error_msg", text_literal(child.error_msg));
  }
  return params;
}

Table child_order_table(const std::vector<ChildOrder>& children) {
  Table table;
  table.key_count = 1;
  const auto integers = [&](std::string_view name, auto get) {
    add<std::int64_t>(table, name, children, get);
  };
  const auto instants = [&](std::string_view name, auto get) {
    add<Timestamp>(table, name, children, get);
  };
  const auto numbers = [&](std::string_view name, auto get) {
    add<double>(table, name, children, get);
  };
  const auto texts = [&](std::string_view name, auto get) {
    add<std::string>(table, name, children, get);
  };
  using Child = const ChildOrder&;
  integers(tables::kOrderId, [](Child c) { return c.order.order_id; });
  integers("oms_parent_order_id", [](Child c) { return c.parent_order_id; });
  integers("wave_id", [](Child c) { return c.price.wave_id; });
  integers(kAssetId, [](Child c) { return c.order.asset_id.value; });
  instants(tables::kCreationTimestamp, [](Child c) { return c.order.creation_timestamp; });
  texts(tables::kType, [](Child c) { return c.order.type; });
  instants(tables::kStartTimestamp, [](Child c) { return c.order.start_timestamp; });
  instants(tables::kEndTimestamp, [](Child c) { return c.order.end_timestamp; });
  numbers(tables::kCurrNumShares, [](Child c) { return c.order.curr_num_shares; });
  numbers(tables::kDiffNumShares, [](Child c) { return c.order.diff_num_shares; });
  integers("ccxt_id", [](Child c) { return c.venue_id; });
  texts("status", [](Child c) { return std::string(to_string(c.status)); });
  texts("error_msg", [](Child c) { return c.error_msg; });
  numbers("filled_shares", [](Child c) { return c.filled_shares; });
  numbers("average_price", [](Child c) { return c.average_price; });
  numbers("fee", [](Child c) { return c.fee; });
  texts("liquidity", [](Child c) { return std::string(text_of(c.liquidity)); });
  instants("update_timestamp", [](Child c) { return c.update_timestamp; });
  integers("num_data_points", [](Child c) { return c.price.num_data_points; });
  integers("num_data_points_resampled", [](Child c) { return c.price.num_data_points_resampled; });
  instants("exchange_timestamp", [](Child c) { return c.price.exchange_timestamp; });
  instants("knowledge_timestamp", [](Child c) { return c.price.knowledge_timestamp; });
  instants("end_download_timestamp", [](Child c) { return c.price.end_download_timestamp; });
  for (const PriceColumn& column : kPriceColumns) {
    numbers(column.name, [&column](Child c) { return c.price.*column.member; });
  }
  return table;
}

Result<std::vector<ChildOrder>> child_orders_from(const Table& table, Zone zone) {
  std::vector<ChildOrder> children(table.row_count());
  TIEOUT_CHECK(read_order(table, children));
  TIEOUT_CHECK(read_outcome(table, children));
  TIEOUT_CHECK(read_price(table, children));
  for (ChildOrder& child : children) {
    child.order.zone = zone;
    child.order.extra_params = extra_params_of(child);
  }
  return children;
}

}  // namespace tieout::oms
