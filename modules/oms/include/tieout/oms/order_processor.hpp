#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tieout/core/zone.hpp"
#include "tieout/oms/broker.hpp"
#include "tieout/oms/oms_database.hpp"

namespace tieout::oms {

struct ProcessorOptions {
  std::string strategy_id = "SAU1";
  std::string account;
  Duration delay_to_accept = seconds(3);
  Zone zone = Zone::kNewYork;  // of the trading day and of the texts
};

/// What a run of the processor came to (oms.md 3.9).
struct Signature {
  std::optional<Timestamp> start;  // first step
  Timestamp end;                   // last step
  std::size_t accepted_lists = 0;
  std::size_t fills = 0;
  std::size_t events = 0;  // lines that its steps told
};

/// The service behind the OMS tables (oms.md 3.9): takes the lists of submitted_orders, answers
/// them in accepted_orders, has a venue fill them, and keeps current_positions. It never waits: it
/// is stepped with instants, and any number of lists may be in flight.
///
/// Rule:    a list is seen at the next whole second after its submission and accepted
///          `delay_to_accept` later, at the latest when it is worked on; the delay moves the stamp
///          in accepted_orders and no fill. Lists that were in the database before the processor,
///          and that nobody answered, are refused: the run that sent them has ended.
class OrderProcessor {
 public:
  /// `venue` fills the orders; its transactions are those of the processor.
  OrderProcessor(ProcessorOptions options, std::unique_ptr<Broker> venue)
      : options_(std::move(options)), venue_(std::move(venue)) {}

  struct Step {
    Broker::Collected collected;  // what the venue filled; notes tell the processor's events
    std::size_t orders_taken = 0;
    std::size_t lists_taken = 0;
    std::size_t events = 0;  // notes that are the processor's
  };
  /// Take what was submitted up to `now`, and what was filled. Lists whose number is below
  /// `first_list` are those of an earlier run.
  /// Errors: of the database, of the venue; kMalformedData for a list that does not parse.
  Result<Step> step(OmsDatabase& database, std::int64_t first_list, Timestamp now,
                    const AsOf& as_of, PriceSource& prices);

  /// Write how many shares of an asset are worked on: open_quantity, and the position that they
  /// lead to: target_position.
  Status show_open(OmsDatabase& database, AssetId asset, double shares, Timestamp now) const;
  /// Have a row of this trading day, with the price at which the day began unless there is one.
  Status open_day(OmsDatabase& database, AssetId asset, double price, Timestamp now) const;
  /// "2000-01-03": the trading day of an instant.
  std::string trading_day(Timestamp now) const;
  /// The header of the reference's execution signature; nothing for a processor without a step.
  std::vector<std::string> lines_of(const Signature& signature) const;

  Broker& venue() noexcept { return *venue_; }
  const Broker& venue() const noexcept { return *venue_; }

 private:
  Result<std::size_t> take(OmsDatabase& database, const SubmittedList& list, Timestamp now,
                           std::vector<std::string>& notes);
  Status refuse(OmsDatabase& database, const SubmittedList& list, Timestamp now,
                std::vector<std::string>& notes);
  Status book(OmsDatabase& database, const std::vector<Fill>& fills, Timestamp now);
  std::string event(Timestamp when, std::string_view text) const;
  Result<PositionRow> row_of(OmsDatabase& database, AssetId asset, Timestamp when,
                             Timestamp now) const;

  ProcessorOptions options_;
  std::unique_ptr<Broker> venue_;
};

/// "filename_3.txt", and its number.
std::string list_filename(std::int64_t number);
std::optional<std::int64_t> list_number(std::string_view filename);

}  // namespace tieout::oms
