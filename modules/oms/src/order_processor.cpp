#include "tieout/oms/order_processor.hpp"

#include <algorithm>

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
  TIEOUT_CHECK(venue_->submit(orders, list.submitted));
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

/// Keep current_positions: one row for each asset and trading day; a new day begins with the
/// position of the last one and without cost.
Status OrderProcessor::book(OmsDatabase& database, const std::vector<Fill>& fills, Timestamp now) {
  for (const Fill& fill : fills) {
    const std::string today = date_of(fill.timestamp, options_.zone);
    TIEOUT_TRY(std::optional<PositionRow> row, database.position(options_.account, fill.asset_id));
    if (!row || row->trade_date != today) {
      PositionRow fresh;
      fresh.asset_id = fill.asset_id;
      fresh.bod_position = row ? row->current_position : 0.0;
      fresh.current_position = fresh.bod_position;
      row = fresh;
    }
    row->strategy_id = options_.strategy_id;
    row->account = options_.account;
    row->trade_date = today;
    row->updated = now;
    row->current_position += fill.num_shares;
    row->net_cost -= fill.price * fill.num_shares;
    TIEOUT_CHECK(database.put_position(*row));
  }
  return {};
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
  result.collected.notes.insert(result.collected.notes.begin(), notes.begin(), notes.end());
  return result;
}

}  // namespace tieout::oms
