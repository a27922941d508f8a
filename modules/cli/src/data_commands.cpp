#include <fmt/format.h>

#include "tieout/core/file.hpp"
#include "tieout/core/gzip.hpp"
#include "tieout/marketdata/feed.hpp"
#include "tieout/marketdata/import.hpp"
#include "tieout/marketdata/stores.hpp"

#include "commands.hpp"

namespace tieout::cli {
namespace {

class ImportMarketData final : public Command {
 public:
  std::string_view name() const noexcept override { return "import_market_data"; }
  std::string_view summary() const noexcept override {
    return "Import bars from a CSV into a market-data store";
  }
  std::vector<Flag> flags() override {
    return {
        {"FILE", &file_, "CSV, plain or .gz: ours, or the public Binance klines", Need::kRequired},
        {"--store", &store_, "SQLite store, made when it does not exist", Need::kRequired, "PATH"},
        {"--full-symbol", &options_.full_symbol, "Symbol of a klines file, as binance::BTC_USDT",
         Need::kOptional, "SYMBOL"},
        {"--feed-profile",
         &profile_,
         "When the rows become known: latency and faults",
         Need::kOptional,
         "PROFILE",
         {"clean", "normal", "bad_day", "hostile"}},
        {"--feed-seed", &seed_, "Seed of the arrivals", Need::kOptional, "N"},
    };
  }
  Result<int> run(Session& session) override;

 private:
  std::string file_, store_, profile_ = "clean";
  marketdata::CsvImportOptions options_;
  std::uint64_t seed_ = 1;
};

Result<int> ImportMarketData::run(Session& session) {
  TIEOUT_TRY(const auto bars, marketdata::import_bars_csv(file_, options_));
  if (bars.empty()) {
    return Error{
        ErrorCode::kMissingData,
        fmt::format("import_market_data: '{}' holds no bar, at least one is needed", file_)};
  }
  TIEOUT_TRY(const auto model, marketdata::arrival_model(profile_, seed_));
  std::vector<marketdata::BarVersion> versions;
  for (const marketdata::Arrival& arrival : marketdata::plan_arrivals(bars, model)) {
    versions.push_back(arrival.version);
  }
  TIEOUT_TRY(const auto store,
             marketdata::open_sqlite_store(store_, marketdata::OpenMode::kCreate));
  TIEOUT_TRY(const std::size_t stored, store->append(versions));
  session.out << fmt::format("imported {} bars as {} versions ({} new) into {}, {} to {}\n",
                             bars.size(), versions.size(), stored, store_, to_iso(bars.front().end),
                             to_iso(bars.back().end));
  return 0;
}

class GenerateMarketData final : public Command {
 public:
  std::string_view name() const noexcept override { return "generate_market_data"; }
  std::string_view summary() const noexcept override {
    return "Write synthetic one-minute bars, the same for the same seed";
  }
  std::vector<Flag> flags() override {
    return {
        {"--out", &out_, "CSV to write; compressed when it ends in .gz", Need::kRequired, "FILE"},
        {"--assets", &assets_, "Number of assets", Need::kOptional, "N"},
        {"--start", &start_, "Start of the first bar, UTC", Need::kRequired, "YYYYMMDD_HHMMSS"},
        {"--minutes", &minutes_, "Number of bars of each asset", Need::kOptional, "M"},
        {"--seed", &seed_, "Seed of the prices", Need::kOptional, "N"},
    };
  }
  Result<int> run(Session& session) override;

 private:
  std::string out_, start_;
  std::uint64_t assets_ = 10, minutes_ = 1440, seed_ = 1;
};

Result<int> GenerateMarketData::run(Session& session) {
  constexpr std::uint64_t kMaxRows = 100'000'000;  // About 10 GB of text.
  if (assets_ == 0 || minutes_ == 0 || assets_ > kMaxRows / minutes_) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("generate_market_data: --assets {} times --minutes {} must be in "
                             "[1, {}] rows",
                             assets_, minutes_, kMaxRows)};
  }
  marketdata::GeneratorOptions options;
  TIEOUT_TRY(options.start, parse_ts_name(start_));
  if (!TimeGrid{minutes(1)}.contains(options.start)) {
    return Error{ErrorCode::kInvalidInterval,
                 fmt::format("--start is {}, it must be a whole minute", start_)};
  }
  options.seed = seed_;
  options.asset_count = static_cast<std::size_t>(assets_);
  options.minutes = static_cast<std::size_t>(minutes_);
  const auto bars = marketdata::generate_bars(options);
  const std::string text = marketdata::bars_csv(bars);
  const bool compressed = out_.size() > 3 && out_.substr(out_.size() - 3) == ".gz";
  TIEOUT_CHECK(write_file_atomic(out_, compressed ? gzip(text) : text));
  session.out << fmt::format("wrote {} bars of {} assets to {}\n", bars.size(), assets_, out_);
  return 0;
}

}  // namespace

std::unique_ptr<Command> make_import_market_data() {
  return std::make_unique<ImportMarketData>();
}
std::unique_ptr<Command> make_generate_market_data() {
  return std::make_unique<GenerateMarketData>();
}

}  // namespace tieout::cli
