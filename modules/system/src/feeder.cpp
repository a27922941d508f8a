#include "feeder.hpp"

#include "tieout/marketdata/stores.hpp"

namespace tieout::system {

Result<std::unique_ptr<Feeder>> Feeder::start(const std::filesystem::path& store,
                                              std::vector<marketdata::Arrival> arrivals,
                                              PacedClock& clock, StopPredicate stop) {
  TIEOUT_TRY(std::unique_ptr<marketdata::BarStore> connection,
             marketdata::open_sqlite_store(store, marketdata::OpenMode::kReadWrite));
  return std::unique_ptr<Feeder>(
      new Feeder(std::move(connection), std::move(arrivals), clock, std::move(stop)));
}

Feeder::Feeder(std::unique_ptr<marketdata::BarStore> store,
               std::vector<marketdata::Arrival> arrivals, PacedClock& clock, StopPredicate stop)
    : store_(std::move(store)),
      arrivals_(std::move(arrivals)),
      clock_(clock, [this, stop = std::move(stop)] { return abandoned_.load() || stop(); }),
      thread_([this] {
        status_ = marketdata::play_arrivals(arrivals_, *store_, clock_);
        if (!status_.ok()) {
          failed_.store(true);
        }
      }) {}

Feeder::~Feeder() {
  abandoned_.store(true);
  if (thread_.joinable()) {
    thread_.join();
  }
}

Status Feeder::finish() {
  clock_.flush();
  if (thread_.joinable()) {
    thread_.join();
  }
  return status_;
}

}  // namespace tieout::system
