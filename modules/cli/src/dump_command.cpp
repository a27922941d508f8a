#include <algorithm>
#include <system_error>

#include <fmt/format.h>

#include "tieout/core/file.hpp"
#include "tieout/core/hash.hpp"
#include "tieout/flow/directories.hpp"
#include "tieout/flow/dump_summary.hpp"
#include "tieout/marketdata/dump.hpp"
#include "tieout/marketdata/stores.hpp"

#include "commands.hpp"
#include "text_log.hpp"

namespace tieout::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTable = "ccxt_ohlcv_futures";

Result<Timestamp> timestamp_of(std::string_view flag, const std::string& text) {
  Result<Timestamp> time = parse_ts_name(text);
  return time.ok() ? time
                   : Result<Timestamp>(Error{time.error().code,
                                             fmt::format("{}: {}", flag, time.error().message)});
}

/// "v7.4": a version of the reference's universes; a store has its assets, not their versions.
bool is_version(const std::string& text) {
  return text.size() > 1 && text.front() == 'v' &&
         text.find_first_not_of("0123456789.", 1) == std::string::npos;
}

/// The reference's script: a dump that belongs to no run (recon_flow.md 2.4).
class DumpMarketData final : public Command {
 public:
  std::string_view name() const noexcept override { return "dump_market_data"; }
  std::vector<std::string> aliases() const override { return {"Cx_dump_market_data"}; }
  std::string_view summary() const noexcept override {
    return "Dump all versions of a store's bars of a window, without a run";
  }
  std::vector<Flag> flags() override {
    return {
        {"--dst_file_path", &dst_, "File to write, NAME.csv.gz; it may not exist", Need::kRequired,
         "FILE"},
        {"--start_timestamp_as_str", &start_, "End of the first bar, UTC", Need::kRequired,
         "YYYYMMDD_HHMMSS"},
        {"--end_timestamp_as_str", &end_, "End of the last bar, UTC", Need::kRequired,
         "YYYYMMDD_HHMMSS"},
        {"--db_stage",
         &stage_,
         "Stage of the store",
         Need::kRequired,
         "STAGE",
         {"local", "test", "preprod", "prod"}},
        {"--table_name",
         &table_,
         "Table of the store",
         Need::kRequired,
         "NAME",
         {std::string(kTable)}},
        {"--universe", &universe_,
         "Symbols: a file, or all of the store; a version as v7.4 is all of the store too",
         Need::kRequired, "FILE|all|vN.N"},
        {"--store", &store_, "SQLite store (default: market_data.{db_stage}.sqlite)",
         Need::kOptional, "PATH"},
        {"-v", &verbosity_, "Verbosity: TRACE, DEBUG, INFO, WARNING, ERROR, CRITICAL",
         Need::kOptional, "LEVEL"},
    };
  }
  Result<int> run(Session& session) override;

 private:
  Status check(const fs::path& dst) const;
  Result<std::vector<Asset>> assets_of(marketdata::BarStore& store) const;

  std::string dst_, start_, end_, stage_, table_, universe_, store_, verbosity_ = "INFO";
};

Status DumpMarketData::check(const fs::path& dst) const {
  const std::string name = dst.filename().string();
  constexpr std::string_view kExtension = ".csv.gz";
  if (name.size() <= kExtension.size() || !name.ends_with(kExtension)) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("--dst_file_path is '{}', its extension must be csv.gz", dst_)};
  }
  std::error_code code;
  if (fs::exists(dst, code)) {
    return Error{ErrorCode::kPathExists, fmt::format("Path '{}' already exist!", dst_)};
  }
  TIEOUT_CHECK(parse_log_level(verbosity_));
  return {};
}

Result<std::vector<Asset>> DumpMarketData::assets_of(marketdata::BarStore& store) const {
  if (universe_ == "all" || is_version(universe_)) {
    return store.assets();
  }
  return read_universe(universe_);
}

Result<int> DumpMarketData::run(Session& session) {
  TIEOUT_TRY(const fs::path dst, local_path("--dst_file_path", dst_));
  TIEOUT_CHECK(check(dst));
  TIEOUT_TRY(const Timestamp start, timestamp_of("--start_timestamp_as_str", start_));
  TIEOUT_TRY(const Timestamp end, timestamp_of("--end_timestamp_as_str", end_));
  if (start > end) {
    return Error{ErrorCode::kInvalidInterval,
                 fmt::format("--start_timestamp_as_str {} must not be after --end_timestamp_as_str "
                             "{}",
                             start_, end_)};
  }
  const std::string path = store_.empty() ? fmt::format("market_data.{}.sqlite", stage_) : store_;
  TIEOUT_TRY(const auto store,
             marketdata::open_sqlite_store(path, marketdata::OpenMode::kReadOnly));
  TIEOUT_TRY(const std::vector<Asset> assets, assets_of(*store));
  std::vector<AssetId> ids;
  std::transform(assets.begin(), assets.end(), std::back_inserter(ids),
                 [](const Asset& asset) { return asset.id; });
  // Windows are open at their beginning, the flags are closed on both ends.
  const marketdata::BarWindow window{start - nanoseconds(1), end};
  TIEOUT_TRY(const auto rows, store->read_all_versions(window, ids));
  if (rows.empty()) {
    return Error{ErrorCode::kMissingData,
                 fmt::format("dump_market_data: '{}' holds no bar of {} assets that ends in [{}, "
                             "{}]",
                             path, assets.size(), to_iso(start), to_iso(end))};
  }
  TIEOUT_CHECK(marketdata::write_dump(dst, rows));
  TIEOUT_TRY(const std::string bytes, read_file(dst));
  flow::DumpSummary summary = flow::summarise_dump(rows, assets);
  summary.size_bytes = bytes.size();
  for (const std::string& line : flow::describe(summary)) {
    session.out << line << '\n';
  }
  session.out << fmt::format("{}  sha256 {}\n", dst_, sha256_hex(bytes));
  return 0;
}

}  // namespace

std::unique_ptr<Command> make_dump_market_data() {
  return std::make_unique<DumpMarketData>();
}

}  // namespace tieout::cli
