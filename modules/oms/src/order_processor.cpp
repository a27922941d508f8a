#include "tieout/oms/order_processor.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"
#include "tieout/oms/order.hpp"

namespace tieout::oms {
namespace {

constexpr Duration kPoll = seconds(1);
constexpr std::string_view kPrefix = "filename_";
constexpr std::string_view kSuffix = ".txt";

std::string date_of(Timestamp t, Zone zone) {
  return to_local_iso(t, zone).substr(0, 10);
}

/// When a list was submitted. The trader submits orders when it makes them; where the database cut
/// the list's stamp, theirs is the exact one.
Timestamp submitted_at(const SubmittedList& list, const std::vector<Order>& orders,
                       Duration resolution) {
  Timestamp instant = list.submitted;
  for (const Order& order : orders) {
    if (floor_to(order.creation_timestamp, resolution) == list.submitted) {
      instant = std::max(instant, order.creation_timestamp);
    }
  }
  return instant;
}

}  // namespace

std::string list_filename(std::int64_t number) {
  return fmt::format("{}{}{}", kPrefix, number, kSuffix);
}

std::optional<std::int64_t> list_number(std::string_view filename) {
  if (filename.size() <= kPrefix.size() + kSuffix.size() || !filename.starts_with(kPrefix) ||
      !filename.ends_with(kSuffix)) {
    return {};
  }
  filename.remove_prefix(kPrefix.size());
  filename.remove_suffix(kSuffix.size());
  return parse_int(filename);
}

/// A line of the reference's execution signature.
std::string OrderProcessor::event(Timestamp when, std::string_view text) const {
  return fmt::format("{}: {}", to_local_iso(when, options_.zone), text);
}

Result<std::size_t> OrderProcessor::take(OmsDatabase& database, const SubmittedList& list,
                                         Timestamp now, std::vector<std::string>& notes) {
  auto parsed = parse_orders(list.orders_as_txt);
  if (!parsed.ok()) {
    return Error{parsed.error().code,
                 fmt::format("submitted_orders, {}: {}", list.filename, parsed.error().message)};
  }
  const std::vector<Order>& orders = *parsed;
  const Timestamp seen = std::min(floor_to(list.submitted, kPoll) + kPoll, now);
  const Timestamp accepted = std::min(seen + options_.delay_to_accept, now);
  notes.push_back(event(seen, fmt::format("{}: {} orders", list.filename, orders.size())));
  AcceptedList answer;
  answer.strategy_id = options_.strategy_id;
  answer.trade_date = date_of(accepted, options_.zone);
  answer.filename = list.filename;
  answer.processed = accepted;
  TIEOUT_CHECK(database.accept(answer, static_cast<std::int64_t>(orders.size())));
  TIEOUT_CHECK(venue_->submit(orders, submitted_at(list, orders, database.resolution())));
  if (!orders.empty()) {
    const auto last = std::max_element(
        orders.begin(), orders.end(),
        [](const Order& a, const Order& b) { return a.end_timestamp < b.end_timestamp; });
    notes.push_back(event(accepted, fmt::format("Wait until fulfillment deadline={}",
                                                to_local_iso(last->end_timestamp, options_.zone))));
  }
  return orders.size();
}

Status OrderProcessor::refuse(OmsDatabase& database, const SubmittedList& list, Timestamp now,
                              std::vector<std::string>& notes) {
  AcceptedList answer;
  answer.strategy_id = options_.strategy_id;
  answer.trade_date = date_of(now, options_.zone);
  answer.filename = list.filename;
  answer.processed = now;
  answer.success = false;
  answer.reason = "the run that submitted it has ended";
  notes.push_back(event(now, fmt::format("{}: refused, {}", list.filename, answer.reason)));
  return database.accept(answer, 0);
}

/// The asset's row of the trading day of `when`: a new day begins with the position of the last one
/// and without cost, target and price.
Result<PositionRow> OrderProcessor::row_of(OmsDatabase& database, AssetId asset, Timestamp when,
                                           Timestamp now) const {
  const std::string today = trading_day(when);
  TIEOUT_TRY(const std::optional<PositionRow> last, database.position(options_.account, asset));
  PositionRow row;
  if (last && last->trade_date >= today) {
    row = *last;
  } else {
    row.asset_id = asset;
    row.trade_date = today;
    row.bod_position = last ? last->current_position : 0.0;
    row.current_position = row.bod_position;
    row.target_position = row.bod_position;
  }
  row.strategy_id = options_.strategy_id;
  row.account = options_.account;
  row.updated = now;
  return row;
}

Status OrderProcessor::book(OmsDatabase& database, const std::vector<Fill>& fills, Timestamp now) {
  for (const Fill& fill : fills) {
    TIEOUT_TRY(PositionRow row, row_of(database, fill.asset_id, fill.timestamp, now));
    row.current_position += fill.num_shares;
    row.net_cost -= fill.price * fill.num_shares;
    TIEOUT_CHECK(database.put_position(row));
  }
  return {};
}

Status OrderProcessor::show_open(OmsDatabase& database, AssetId asset, double shares,
                                 Timestamp now) const {
  TIEOUT_TRY(PositionRow row, row_of(database, asset, now, now));
  row.open_quantity = shares;
  row.target_position = row.current_position + shares;
  return database.put_position(row);
}

Status OrderProcessor::open_day(OmsDatabase& database, AssetId asset, double price,
                                Timestamp now) const {
  TIEOUT_TRY(PositionRow row, row_of(database, asset, now, now));
  if (std::isnan(row.bod_price)) {
    row.bod_price = price;
  }
  return database.put_position(row);
}

std::string OrderProcessor::trading_day(Timestamp now) const {
  return date_of(now, options_.zone);
}

std::vector<std::string> OrderProcessor::lines_of(const Signature& signature) const {
  if (!signature.start) {
    return {};
  }
  return {
      fmt::format("start_timestamp={}", to_local_iso(*signature.start, options_.zone)),
      fmt::format("end_timestamp={}", to_local_iso(signature.end, options_.zone)),
      fmt::format("termination_condition={}", to_local_iso(signature.end, options_.zone)),
      fmt::format("num_accepted_orders={}", signature.accepted_lists),
      fmt::format("num_filled_orders={}", signature.fills),
      fmt::format("events={}", signature.events),
  };
}

Result<OrderProcessor::Step> OrderProcessor::step(OmsDatabase& database, std::int64_t first_list,
                                                  Timestamp now, const AsOf& as_of,
                                                  PriceSource& prices) {
  Step result;
  std::vector<std::string> notes;
  TIEOUT_TRY(const std::vector<SubmittedList> lists, database.unanswered());
  for (const SubmittedList& list : lists) {
    if (list_number(list.filename).value_or(-1) < first_list) {
      TIEOUT_CHECK(refuse(database, list, now, notes));
    } else if (list.submitted <= now) {
      TIEOUT_TRY(const std::size_t taken, take(database, list, now, notes));
      result.orders_taken += taken;
      ++result.lists_taken;
    }
  }
  TIEOUT_TRY(result.collected, venue_->collect(now, as_of, prices));
  TIEOUT_CHECK(book(database, result.collected.fills, now));
  if (!result.collected.fills.empty()) {
    std::string text = fmt::format("Received {} fills:", result.collected.fills.size());
    for (const Fill& fill : result.collected.fills) {
      text += fmt::format(" Fill: asset_id={} fill_id={} timestamp={} num_shares={} price={};",
                          fill.asset_id.value, fill.fill_id,
                          to_local_iso(fill.timestamp, options_.zone),
                          format_double(fill.num_shares), format_double(fill.price));
    }
    text.pop_back();
    notes.push_back(event(now, text));
  }
  result.events = notes.size();
  result.collected.notes.insert(result.collected.notes.begin(), notes.begin(), notes.end());
  return result;
}

}  // namespace tieout::oms
