#include "run_market_data.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "tieout/config/config.hpp"
#include "tieout/marketdata/stores.hpp"

namespace tieout::flow {
namespace {

/// A fixed margin on top of the strategy's history: rows that fills and marks of the first bar look
/// back at.
constexpr Duration kMargin = hours(1);

}  // namespace

Result<std::filesystem::path> store_of(std::string_view who, const std::filesystem::path& given,
                                       const runlog::RunReader& prod) {
  if (!given.empty()) {
    return given;
  }
  const auto& command = prod.manifest().command;
  if (const auto found = command.find("store"); found != command.end() && !found->second.empty()) {
    return std::filesystem::path(found->second);
  }
  TIEOUT_TRY(const config::Config config, config::Config::from_json(prod.config_json()));
  const config::Value* store = config.find({"market_data_config", "store"});
  const std::string* text = store == nullptr ? nullptr : store->get_if<std::string>();
  if (text == nullptr || text->empty()) {
    return Error{ErrorCode::kMissingData,
                 fmt::format("{}: '{}' records no market-data store; give --market-data-store PATH",
                             who, prod.directory().string())};
  }
  return std::filesystem::path(*text);
}

marketdata::BarWindow window_of(const runlog::RunReader& prod, Timestamp first, Timestamp last) {
  // A bar that was decided late has also read rows that ended after it.
  Timestamp until = last;
  const auto bars = prod.bars();
  const auto after = std::ranges::upper_bound(bars, last, {}, &runlog::BarRecord::bar);
  if (after != bars.begin()) {
    const auto journal = prod.journal(static_cast<std::size_t>(after - bars.begin()) - 1);
    for (const runlog::JournalEntry& entry :
         journal.ok() ? *journal : std::vector<runlog::JournalEntry>{}) {
      if (entry.kind == runlog::JournalEntry::Kind::kDecision ||
          entry.kind == runlog::JournalEntry::Kind::kMarketRead) {
        until = std::max(until, entry.as_of.knowledge);
      }
    }
  }
  return {first - prod.manifest().history_lookback - kMargin, until};
}

Result<std::vector<marketdata::BarVersion>> read_versions(std::string_view who,
                                                          const std::filesystem::path& store_path,
                                                          const marketdata::BarWindow& window,
                                                          const std::vector<Asset>& universe) {
  TIEOUT_TRY(const auto store,
             marketdata::open_sqlite_store(store_path, marketdata::OpenMode::kReadOnly));
  std::vector<AssetId> assets;
  for (const Asset& asset : universe) {
    assets.push_back(asset.id);
  }
  TIEOUT_TRY(std::vector<marketdata::BarVersion> versions,
             store->read_all_versions(window, assets));
  if (versions.empty()) {
    return Error{
        ErrorCode::kMissingData,
        fmt::format("{}: '{}' holds no bar of the {} assets that ends in ({}, {}]", who,
                    store_path.string(), assets.size(), to_iso(window.first), to_iso(window.last))};
  }
  return versions;
}

}  // namespace tieout::flow
