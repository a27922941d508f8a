#include "tieout/oms/database_broker.hpp"

#include <utility>

#include "tieout/oms/paper_broker.hpp"

namespace tieout::oms {

Result<std::unique_ptr<Broker>> DatabaseBroker::create(OmsDatabase database,
                                                       ProcessorOptions options,
                                                       std::unique_ptr<Broker> venue) {
  TIEOUT_TRY(const std::int64_t lists, database.submitted_count());
  TIEOUT_TRY(const std::vector<PositionRow> rows, database.positions(options.account));
  auto broker = std::unique_ptr<DatabaseBroker>(
      new DatabaseBroker(std::move(database), std::move(options), std::move(venue), lists));
  for (const PositionRow& row : rows) {
    if (row.open_quantity != 0.0) {
      broker->state_.shown[row.asset_id] = row.open_quantity;  // of a run that has ended
    }
  }
  return std::unique_ptr<Broker>(std::move(broker));
}

Status DatabaseBroker::begin(Timestamp bar) {
  TIEOUT_CHECK(database_.begin());
  if (Status begun = processor_.venue().begin(bar); !begun.ok()) {
    TIEOUT_CHECK(database_.rollback());
    return begun;
  }
  before_ = state_;
  return {};
}

Status DatabaseBroker::commit() {
  if (Status written = database_.commit(); !written.ok()) {
    // What the tables do not have, the venue must not have either.
    state_ = before_;
    static_cast<void>(database_.rollback().ok());
    TIEOUT_CHECK(processor_.venue().rollback());
    return written;
  }
  return processor_.venue().commit();
}

Status DatabaseBroker::rollback() {
  state_ = before_;
  const Status undone = database_.rollback();
  TIEOUT_CHECK(processor_.venue().rollback());
  return undone;
}

Status DatabaseBroker::submit(const std::vector<Order>& orders, Timestamp now) {
  TIEOUT_CHECK(check_submitted(orders));
  TIEOUT_CHECK(database_.submit({.filename = list_filename(state_.next_list),
                                 .submitted = now,
                                 .orders_as_txt = to_text(orders)}));
  ++state_.next_list;
  state_.waiting += orders.size();
  for (const Order& order : orders) {
    state_.waiting_shares[order.asset_id] += order.diff_num_shares;
  }
  return show_open(now);
}

std::map<AssetId, double> DatabaseBroker::open_shares() const {
  std::map<AssetId, double> open = processor_.venue().open_shares();
  for (const auto& [asset, shares] : state_.waiting_shares) {
    open[asset] += shares;
  }
  std::erase_if(open, [](const auto& entry) { return entry.second == 0.0; });
  return open;
}

/// Write what is open where it has changed, as it does with each fill.
Status DatabaseBroker::show_open(Timestamp now) {
  const std::map<AssetId, double> open = open_shares();
  std::map<AssetId, double> rows = open;
  for (const auto& entry : state_.shown) {
    rows.try_emplace(entry.first, 0.0);
  }
  for (const auto& [asset, shares] : rows) {
    const auto before = state_.shown.find(asset);
    if (before == state_.shown.end() || before->second != shares) {
      TIEOUT_CHECK(processor_.show_open(database_, asset, shares, now));
    }
  }
  state_.shown = open;
  return {};
}

Status DatabaseBroker::valued(const std::vector<AssetId>& assets, const std::vector<double>& prices,
                              Timestamp now) {
  std::string today = processor_.trading_day(now);
  if (today == state_.priced_day) {
    return {};
  }
  for (std::size_t i = 0; i < assets.size(); ++i) {
    TIEOUT_CHECK(processor_.open_day(database_, assets[i], prices[i], now));
  }
  state_.priced_day = std::move(today);
  return {};
}

std::vector<std::string> DatabaseBroker::summary() const {
  return processor_.lines_of(state_.signature);
}

Result<Broker::Collected> DatabaseBroker::collect(Timestamp now, const AsOf& as_of,
                                                  PriceSource& prices) {
  TIEOUT_TRY(OrderProcessor::Step step,
             processor_.step(database_, first_list_, now, as_of, prices));
  state_.waiting -= step.orders_taken;
  if (state_.waiting == 0) {
    state_.waiting_shares.clear();
  }
  TIEOUT_CHECK(show_open(now));
  state_.signature.start = state_.signature.start.value_or(now);
  state_.signature.end = now;
  state_.signature.accepted_lists += step.lists_taken;
  state_.signature.fills += step.collected.fills.size();
  state_.signature.events += step.events;
  return std::move(step.collected);
}

}  // namespace tieout::oms
