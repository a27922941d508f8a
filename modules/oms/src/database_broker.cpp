#include "tieout/oms/database_broker.hpp"

#include <utility>

#include "tieout/oms/paper_broker.hpp"

namespace tieout::oms {

Result<std::unique_ptr<Broker>> DatabaseBroker::create(OmsDatabase database,
                                                       ProcessorOptions options,
                                                       std::unique_ptr<Broker> venue) {
  TIEOUT_TRY(const std::int64_t lists, database.submitted_count());
  return std::unique_ptr<Broker>(
      new DatabaseBroker(std::move(database), std::move(options), std::move(venue), lists));
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
  return {};
}

Result<Broker::Collected> DatabaseBroker::collect(Timestamp now, const AsOf& as_of,
                                                  PriceSource& prices) {
  TIEOUT_TRY(OrderProcessor::Step step,
             processor_.step(database_, first_list_, now, as_of, prices));
  state_.waiting -= step.orders_taken;
  return std::move(step.collected);
}

}  // namespace tieout::oms
