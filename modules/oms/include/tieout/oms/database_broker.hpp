#pragma once

#include <memory>
#include <string>

#include "tieout/oms/broker.hpp"
#include "tieout/oms/oms_database.hpp"
#include "tieout/oms/order_processor.hpp"

namespace tieout::oms {

/// Sends its orders through the OMS tables: submit() writes a list to submitted_orders, collect()
/// steps the order processor, which fills what the tables say. A bar is one transaction of the
/// database too. The fills are those of the processor's venue, to the bit: orders travel as text
/// that reads back the same.
class DatabaseBroker final : public Broker {
 public:
  /// Errors: those of the database.
  static Result<std::unique_ptr<Broker>> create(OmsDatabase database, ProcessorOptions options,
                                                std::unique_ptr<Broker> venue);

  Status begin(Timestamp bar) override;
  Status commit() override;
  Status rollback() override;
  Status submit(const std::vector<Order>& orders, Timestamp now) override;
  Result<Collected> collect(Timestamp now, const AsOf& as_of, PriceSource& prices) override;
  Status valued(const std::vector<AssetId>& assets, const std::vector<double>& prices,
                Timestamp now) override;
  std::map<AssetId, double> open_shares() const override;
  std::vector<std::string> summary() const override;
  std::size_t pending_count() const noexcept override {
    return state_.waiting + processor_.venue().pending_count();
  }
  bool has_costs() const noexcept override { return processor_.venue().has_costs(); }

 private:
  DatabaseBroker(OmsDatabase database, ProcessorOptions options, std::unique_ptr<Broker> venue,
                 std::int64_t first_list)
      : database_(std::move(database)),
        processor_(std::move(options), std::move(venue)),
        first_list_(first_list),
        state_{.next_list = first_list},
        before_(state_) {}

  struct State {
    std::int64_t next_list = 0;
    std::size_t waiting = 0;  // orders in lists that the processor has not taken
    std::map<AssetId, double> waiting_shares = {};
    std::map<AssetId, double> shown = {};  // open shares as the table of positions has them
    std::string priced_day = {};           // whose prices at its beginning are in that table
    Signature signature = {};
  };

  Status show_open(Timestamp now);

  OmsDatabase database_;
  OrderProcessor processor_;
  std::int64_t first_list_;
  State state_;
  State before_;
};

}  // namespace tieout::oms
