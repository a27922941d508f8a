#include "child_order_files.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/core/nan.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/core/zone.hpp"

#include "jsonpickle.hpp"

namespace tieout::reference {
namespace {

using Json = nlohmann::ordered_json;

constexpr Zone kZone = Zone::kNewYork;
constexpr std::string_view kStats = "_submit_twap_child_order::";

struct Spec {
  const char* name;
  ColumnType type;
};
using enum ColumnType;

// Of the order itself.
constexpr Spec kOrder[] = {{"order_id", kInt64},
                           {"oms_parent_order_id", kInt64},
                           {"wave_id", kInt64},
                           {"asset_id", kInt64},
                           {"creation_timestamp", kTimestamp},
                           {"type_", kString},
                           {"start_timestamp", kTimestamp},
                           {"end_timestamp", kTimestamp},
                           {"curr_num_shares", kFloat64},
                           {"diff_num_shares", kFloat64}};
// What became of it.
constexpr Spec kOutcome[] = {{"ccxt_id", kInt64},         {"status", kString},
                             {"error_msg", kString},      {"filled_shares", kFloat64},
                             {"average_price", kFloat64}, {"fee", kFloat64},
                             {"liquidity", kString},      {"update_timestamp", kTimestamp}};
// What its limit was computed from: a number that is not there is 0, NaN or the start of time.
constexpr Spec kPrice[] = {{"num_data_points", kInt64},
                           {"num_data_points_resampled", kInt64},
                           {"exchange_timestamp", kTimestamp},
                           {"knowledge_timestamp", kTimestamp},
                           {"end_download_timestamp", kTimestamp},
                           {"limit_price", kFloat64},
                           {"latest_bid_price", kFloat64},
                           {"latest_ask_price", kFloat64},
                           {"latest_bid_size", kFloat64},
                           {"latest_ask_size", kFloat64},
                           {"passivity_factor", kFloat64},
                           {"bid_price_mean", kFloat64},
                           {"ask_price_mean", kFloat64},
                           {"used_bid_price", kFloat64},
                           {"used_ask_price", kFloat64},
                           {"volatility_multiple", kFloat64},
                           {"scaling_multiplier", kFloat64},
                           {"bid_vol", kFloat64},
                           {"bid_vol_bps", kFloat64},
                           {"ask_vol", kFloat64},
                           {"ask_vol_bps", kFloat64},
                           {"total_vol", kFloat64},
                           {"latest_mid_price", kFloat64},
                           {"total_vol_bps", kFloat64},
                           {"spread", kFloat64},
                           {"spread_bps", kFloat64},
                           {"total_vol_to_spread_bps", kFloat64}};

Error malformed(std::string_view key, const Json* found, std::string_view needed) {
  return {ErrorCode::kMalformedData,
          fmt::format("child order: '{}' is {}, needed {}", key,
                      found == nullptr ? "missing" : found->dump().substr(0, 80), needed)};
}

const Json* member(const Json& object, std::string_view key) {
  if (!object.is_object()) {
    return nullptr;
  }
  const auto found = object.find(std::string(key));
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

Result<std::int64_t> integer_of(std::string_view key, const Json* value) {
  if (value != nullptr && value->is_array() && value->size() == 1) {
    value = &value->front();  // the reference keeps a list of ids
  }
  if (value != nullptr && value->is_number_float() &&
      std::fabs(value->get<double>()) < 9007199254740992.0 &&
      value->get<double>() == std::trunc(value->get<double>())) {
    return static_cast<std::int64_t>(value->get<double>());
  }
  if (value != nullptr && value->is_string()) {
    if (const auto number = parse_int(value->get<std::string>())) {
      return *number;
    }
  }
  const bool is_integer =
      value != nullptr && value->is_number_integer() &&
      (!value->is_number_unsigned() ||
       value->get<std::uint64_t>() <=
           static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
  return is_integer ? Result<std::int64_t>(value->get<std::int64_t>())
                    : malformed(key, value, "an integer");
}

Result<double> number_of(std::string_view key, const Json* value) {
  if (value == nullptr || !value->is_number()) {
    return malformed(key, value, "a number");
  }
  return value->get<double>();
}

Result<Timestamp> time_of(std::string_view key, const Json* value) {
  if (value != nullptr && value->is_string()) {
    if (const auto time = parse_iso(value->get<std::string>()); time.ok()) {
      return *time;
    }
  }
  return malformed(key, value, "a time with an offset");
}

Result<std::string> text_of(std::string_view key, const Json* value) {
  return value != nullptr && value->is_string() ? Result<std::string>(value->get<std::string>())
                                                : malformed(key, value, "a text");
}

template <typename T>
void append(Table& table, std::size_t& column, T value) {
  std::get<std::vector<T>>(table.columns[column++].values).push_back(std::move(value));
}

/// A used side of the quote: a number, or the name of the number that was used.
Result<double> used_price(const Json& order, std::string_view key, const Json& value) {
  if (value.is_string()) {
    const auto name = value.get<std::string>();
    return number_of(name, member(order, name));
  }
  return number_of(key, &value);
}

Status append_order(const Json& order, Table& out, std::size_t& column) {
  const Json* extra = member(order, "extra_params");
  const Json none = Json::object();
  const Json& params = extra == nullptr ? none : *extra;
  const Json* stats = member(params, "stats");
  for (const Spec& spec : kOrder) {
    const std::string_view name = spec.name;
    const Json* value = member(order, name);
    if (name == "oms_parent_order_id" || name == "wave_id") {
      value = value == nullptr ? member(params, name) : value;
      if (value == nullptr && name == "wave_id" && stats != nullptr) {
        value = member(*stats, fmt::format("{}wave_id", kStats));
      }
      TIEOUT_TRY(const std::int64_t id,
                 value == nullptr ? Result<std::int64_t>(-1) : integer_of(name, value));
      append(out, column, id);
    } else if (spec.type == kInt64) {
      TIEOUT_TRY(const std::int64_t id, integer_of(name, value));
      append(out, column, id);
    } else if (spec.type == kTimestamp) {
      TIEOUT_TRY(const Timestamp time, time_of(name, value));
      append(out, column, time);
    } else if (spec.type == kFloat64) {
      TIEOUT_TRY(const double number, number_of(name, value));
      append(out, column, number);
    } else {
      TIEOUT_TRY(std::string text, text_of(name, value));
      append(out, column, std::move(text));
    }
  }
  return {};
}

/// What became of an order.
struct Outcome {
  std::string status = "cancelled", liquidity;
  double filled = 0.0, average = kNaN, fee = 0.0;
  Timestamp updated;
};

/// As we wrote it.
Result<Outcome> outcome_of(const Json& ours) {
  Outcome out;
  TIEOUT_TRY(out.status, text_of("tieout.status", member(ours, "status")));
  TIEOUT_TRY(out.liquidity, text_of("tieout.liquidity", member(ours, "liquidity")));
  TIEOUT_TRY(out.filled, number_of("tieout.filled_shares", member(ours, "filled_shares")));
  TIEOUT_TRY(out.fee, number_of("tieout.fee", member(ours, "fee")));
  TIEOUT_TRY(out.updated, time_of("tieout.update_timestamp", member(ours, "update_timestamp")));
  if (const Json* price = member(ours, "average_price")) {
    TIEOUT_TRY(out.average, number_of("tieout.average_price", price));
  }
  return out;
}

/// As the venue's logs say it.
Result<Outcome> outcome_of(const Json& order, std::int64_t venue_id, const VenueOrders& venue) {
  Outcome out;
  const bool is_rejected = venue_id == -1;
  TIEOUT_TRY(out.updated,
             time_of(is_rejected ? "start_timestamp" : "end_timestamp",
                     member(order, is_rejected ? "start_timestamp" : "end_timestamp")));
  if (is_rejected) {
    out.status = "rejected";
    return out;
  }
  const auto found = venue.find(venue_id);
  if (found == venue.end()) {
    return out;
  }
  const VenueOrder& closed = found->second;
  if (closed.filled > 0) {
    TIEOUT_TRY(const double shares, number_of("diff_num_shares", member(order, "diff_num_shares")));
    out.status = closed.is_done ? "filled" : "cancelled";
    out.filled = std::copysign(closed.filled, shares);
    out.average = closed.average;
    out.fee = closed.fee;
    out.liquidity = closed.liquidity == "mixed" ? "" : closed.liquidity;
  }
  out.updated = closed.updated.value_or(out.updated);
  return out;
}

Status append_outcome(const Json& order, const VenueOrders& venue, Table& out,
                      std::size_t& column) {
  const Json* extra = member(order, "extra_params");
  const Json none = Json::object();
  const Json& params = extra == nullptr ? none : *extra;
  const Json* id = member(order, "ccxt_id");
  id = id == nullptr ? member(params, "ccxt_id") : id;
  TIEOUT_TRY(const std::int64_t venue_id,
             id == nullptr ? Result<std::int64_t>(-1) : integer_of("ccxt_id", id));
  std::string message;
  if (const Json* text = member(params, "error_msg")) {
    message = text->is_string() ? text->get<std::string>() : text->dump();
  }
  const Json* ours = member(order, "tieout");
  TIEOUT_TRY(Outcome outcome,
             ours != nullptr ? outcome_of(*ours) : outcome_of(order, venue_id, venue));
  append(out, column, venue_id);
  append(out, column, std::move(outcome.status));
  append(out, column, std::move(message));
  append(out, column, outcome.filled);
  append(out, column, outcome.average);
  append(out, column, outcome.fee);
  append(out, column, std::move(outcome.liquidity));
  append(out, column, outcome.updated);
  return {};
}

Status append_price(const Json& order, Table& out, std::size_t& column) {
  for (const Spec& spec : kPrice) {
    const Json* value = member(order, spec.name);
    if (spec.type == kInt64) {
      TIEOUT_TRY(const std::int64_t number,
                 value == nullptr ? Result<std::int64_t>(0) : integer_of(spec.name, value));
      append(out, column, number);
    } else if (spec.type == kTimestamp) {
      TIEOUT_TRY(const Timestamp time,
                 value == nullptr ? Result<Timestamp>(Timestamp{}) : time_of(spec.name, value));
      append(out, column, time);
    } else {
      const bool is_used = std::string_view(spec.name).starts_with("used_");
      TIEOUT_TRY(const double number, value == nullptr ? Result<double>(kNaN)
                                      : is_used        ? used_price(order, spec.name, *value)
                                                       : number_of(spec.name, value));
      append(out, column, number);
    }
  }
  return {};
}

/// Each object of a list.
template <typename Visit>
Status for_each_object(std::string_view json, Visit visit) {
  TIEOUT_TRY(const Json list, read_jsonpickle(json));
  if (!list.is_array()) {
    return malformed("the file", &list, "a list");
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (const Status status = visit(list[i]); !status.ok()) {
      return Error{status.error().code, fmt::format("item {}: {}", i + 1, status.error().message)};
    }
  }
  return {};
}

template <typename T>
const T& cell(const Table& table, std::string_view column, std::size_t row) {
  return std::get<std::vector<T>>(table.find(column)->values)[row];
}

}  // namespace

Table empty_child_orders() {
  std::vector<ColumnSpec> columns;
  for (const auto& part : {std::span<const Spec>(kOrder), std::span<const Spec>(kOutcome),
                           std::span<const Spec>(kPrice)}) {
    for (const Spec& spec : part) {
      columns.push_back({spec.name, spec.type});
    }
  }
  return make_table(columns, 1);
}

Result<Table> parse_child_order(std::string_view json, const VenueOrders& venue) {
  TIEOUT_TRY(const Json order, read_jsonpickle(json));
  if (!order.is_object() || order.contains("py/opaque")) {
    return malformed("the file", &order, "an order as an object");
  }
  Table out = empty_child_orders();
  std::size_t column = 0;
  TIEOUT_CHECK(append_order(order, out, column));
  TIEOUT_CHECK(append_outcome(order, venue, out, column));
  TIEOUT_CHECK(append_price(order, out, column));
  return out;
}

Status parse_venue_orders(std::string_view json, VenueOrders& venue) {
  return for_each_object(json, [&venue](const Json& item) -> Status {
    TIEOUT_TRY(const std::int64_t id, integer_of("id", member(item, "id")));
    VenueOrder& order = venue[id];
    TIEOUT_TRY(order.filled, number_of("filled", member(item, "filled")));
    if (const Json* average = member(item, "average")) {
      TIEOUT_TRY(order.average, number_of("average", average));
    }
    double remaining = 0;
    if (const Json* left = member(item, "remaining")) {
      TIEOUT_TRY(remaining, number_of("remaining", left));
    }
    order.is_done = remaining == 0;
    const Json* info = member(item, "info");
    const Json* updated = info == nullptr ? nullptr : member(*info, "updateTime");
    updated = updated == nullptr ? member(item, "timestamp") : updated;
    if (updated != nullptr) {
      TIEOUT_TRY(const std::int64_t ms, integer_of("updateTime", updated));
      constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max() / 1'000'000;
      if (ms < 0 || ms > kLast) {
        return malformed("updateTime", updated, "milliseconds since 1970");
      }
      order.updated = Timestamp{} + milliseconds(ms);
    }
    return {};
  });
}

Status parse_venue_trades(std::string_view json, VenueOrders& venue) {
  return for_each_object(json, [&venue](const Json& item) -> Status {
    TIEOUT_TRY(const std::int64_t id, integer_of("order", member(item, "order")));
    const bool is_first = !venue.contains(id) || venue[id].liquidity.empty();
    VenueOrder& order = venue[id];
    if (const Json* role = member(item, "takerOrMaker")) {
      TIEOUT_TRY(const std::string side, text_of("takerOrMaker", role));
      order.liquidity = is_first || order.liquidity == side ? side : "mixed";
    }
    const Json* fee = member(item, "fee");
    if (const Json* cost = fee == nullptr ? nullptr : member(*fee, "cost")) {
      TIEOUT_TRY(const double paid, number_of("fee.cost", cost));
      order.fee += paid;
    }
    return {};
  });
}

std::string child_order_json(const Table& children, std::size_t row) {
  Json json;
  const auto put = [&](std::string_view name, ColumnType type) {
    const std::string key(name);
    if (type == kInt64) {
      json[key] = cell<std::int64_t>(children, name, row);
    } else if (type == kTimestamp) {
      json[key] = to_local_iso(cell<Timestamp>(children, name, row), kZone);
    } else if (type == kString) {
      json[key] = cell<std::string>(children, name, row);
    } else {
      json[key] = cell<double>(children, name, row);
    }
  };
  for (const Spec& spec : kOrder) {
    const std::string_view name = spec.name;
    if (name != "oms_parent_order_id" && name != "wave_id") {
      put(name, spec.type);
    }
  }
  json["tz"] = zone_name(kZone);
  Json stats;
  stats[fmt::format("{}wave_id", kStats)] = cell<std::int64_t>(children, "wave_id", row);
  for (const auto& [key, name] : {std::pair{"child_order.created", "creation_timestamp"},
                                  std::pair{"child_order.submitted", "start_timestamp"},
                                  std::pair{"aligned_with_next_wave.end", "end_timestamp"}}) {
    stats[fmt::format("{}{}", kStats, key)] =
        to_local_iso(cell<Timestamp>(children, name, row), kZone);
  }
  json["extra_params"]["oms_parent_order_id"] =
      cell<std::int64_t>(children, "oms_parent_order_id", row);
  json["extra_params"]["ccxt_id"] = {cell<std::int64_t>(children, "ccxt_id", row)};
  json["extra_params"]["stats"] = std::move(stats);
  if (const auto& message = cell<std::string>(children, "error_msg", row); !message.empty()) {
    json["extra_params"]["error_msg"] = message;
  }
  json["wave_id"] = cell<std::int64_t>(children, "wave_id", row);
  for (const Spec& spec : kPrice) {
    const std::string_view name = spec.name;
    const bool is_missing = spec.type == kInt64 ? cell<std::int64_t>(children, name, row) == 0
                            : spec.type == kTimestamp
                                ? cell<Timestamp>(children, name, row) == Timestamp{}
                                : std::isnan(cell<double>(children, name, row));
    if (!is_missing) {
      put(name, spec.type);
    }
  }
  json["ccxt_id"] = cell<std::int64_t>(children, "ccxt_id", row);
  Json& ours = json["tieout"];
  ours["status"] = cell<std::string>(children, "status", row);
  ours["filled_shares"] = cell<double>(children, "filled_shares", row);
  if (const double price = cell<double>(children, "average_price", row); !std::isnan(price)) {
    ours["average_price"] = price;
  }
  ours["fee"] = cell<double>(children, "fee", row);
  ours["liquidity"] = cell<std::string>(children, "liquidity", row);
  ours["update_timestamp"] =
      to_local_iso(cell<Timestamp>(children, "update_timestamp", row), kZone);
  return json.dump(4, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string venue_orders_json(const Table& children, const std::vector<std::size_t>& rows,
                              const std::vector<std::string>& symbols) {
  Json list = Json::array();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t row = rows[i];
    const double wanted = cell<double>(children, "diff_num_shares", row);
    const double filled = std::fabs(cell<double>(children, "filled_shares", row));
    const double average = cell<double>(children, "average_price", row);
    const auto updated = cell<Timestamp>(children, "update_timestamp", row).ns / 1'000'000;
    const auto placed = cell<Timestamp>(children, "start_timestamp", row);
    const std::string id = std::to_string(cell<std::int64_t>(children, "ccxt_id", row));
    list.push_back({{"info", {{"orderId", id}, {"updateTime", std::to_string(updated)}}},
                    {"id", id},
                    {"timestamp", placed.ns / 1'000'000},
                    {"datetime", to_iso(placed)},
                    {"symbol", symbols[i]},
                    {"type", "limit"},
                    {"side", wanted > 0 ? "buy" : "sell"},
                    {"price", cell<double>(children, "limit_price", row)},
                    {"amount", std::fabs(wanted)},
                    {"cost", filled > 0 ? filled * average : 0.0},
                    {"average", filled > 0 ? Json(average) : Json(nullptr)},
                    {"filled", filled},
                    {"remaining", std::fabs(wanted) - filled},
                    {"status", filled == std::fabs(wanted) ? "closed" : "canceled"}});
  }
  return list.dump(4, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string venue_trades_json(const Table& children, const std::vector<std::size_t>& rows,
                              const std::vector<std::string>& symbols) {
  Json list = Json::array();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t row = rows[i];
    const double filled = cell<double>(children, "filled_shares", row);
    if (filled == 0) {
      continue;
    }
    const double price = cell<double>(children, "average_price", row);
    const double fee = cell<double>(children, "fee", row);
    const auto time = cell<Timestamp>(children, "update_timestamp", row);
    const auto& side = cell<std::string>(children, "liquidity", row);
    const std::string id = std::to_string(cell<std::int64_t>(children, "ccxt_id", row));
    list.push_back({{"timestamp", time.ns / 1'000'000},
                    {"datetime", to_iso(time)},
                    {"symbol", symbols[i]},
                    {"asset_id", cell<std::int64_t>(children, "asset_id", row)},
                    {"id", id},
                    {"order", id},
                    {"side", filled > 0 ? "buy" : "sell"},
                    {"takerOrMaker", side.empty() ? Json(nullptr) : Json(side)},
                    {"price", price},
                    {"amount", std::fabs(filled)},
                    {"cost", std::fabs(filled) * price},
                    {"fee", {{"cost", fee}}}});
  }
  return list.dump(4, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::optional<ChildFileName> parse_child_file_name(std::string_view name) {
  constexpr std::string_view kSuffix = ".json";
  const std::size_t underscore = name.find('_');
  const std::size_t dot = name.find('.');
  if (!name.ends_with(kSuffix) || underscore == 0 || underscore == std::string_view::npos ||
      dot == std::string_view::npos || dot < underscore || dot + kSuffix.size() >= name.size()) {
    return std::nullopt;
  }
  const auto all_digits = [](std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  };
  // "20230815" + separator + digits of the time, in one of these lengths.
  const auto is_stamp = [&](std::string_view text, std::initializer_list<std::size_t> lengths) {
    return text.size() > 9 && all_digits(text.substr(0, 8)) && (text[8] == '_' || text[8] == '-') &&
           std::ranges::find(lengths, text.size()) != lengths.end() &&
           all_digits(text.substr(9, 6));
  };
  const std::string_view bar = name.substr(underscore + 1, dot - underscore - 1);
  const std::string_view wall = name.substr(dot + 1, name.size() - kSuffix.size() - dot - 1);
  if (!all_digits(name.substr(0, underscore)) || !is_stamp(wall, {15, 19}) ||
      (bar != "None" && !is_stamp(bar, {15, 17}))) {
    return std::nullopt;
  }
  return ChildFileName{std::string(bar), std::string(wall)};
}

std::string centisecond_stamp(Timestamp time) {
  const std::int64_t rest = ((time.ns % 1'000'000'000) + 1'000'000'000) % 1'000'000'000;
  return fmt::format("{}{:02}", to_local_ts_name(time, kZone), rest / 10'000'000);
}

std::string millisecond_stamp(Timestamp time) {
  const std::int64_t rest = ((time.ns % 1'000'000'000) + 1'000'000'000) % 1'000'000'000;
  return fmt::format("{}_{:03}", to_local_ts_name(time, kZone), rest / 1'000'000);
}

}  // namespace tieout::reference
