#include "trading_files.hpp"

#include <memory>

#include <fmt/format.h>

#include "tieout/reference/log_reader.hpp"

#include "commands.hpp"

namespace tieout::cli {

void add_trading_files(std::vector<Flag>& flags, TradingFiles& files) {
  flags.push_back(
      {"--market_info", &files.market_info,
       "JSON of what the exchange takes: minimum amount and cost, precision of each asset id; it "
       "is recorded, and a replay has it too (default: no limits)",
       Need::kOptional, "FILE"});
  flags.push_back(
      {"--restrictions", &files.restrictions,
       "CSV of restricted assets: asset_id and the five is_*restricted flags; recorded and "
       "replayed (default: none)",
       Need::kOptional, "FILE"});
  flags.push_back(
      {"--initial_state", &files.initial_state,
       "Positions and cash before the first bar: a CSV asset_id,num_shares (asset -1 is cash), or "
       "a run log that ended (default: initial_cash and no positions)",
       Need::kOptional, "FILE|LOG_DIR"});
  flags.push_back(
      {"--funding_rates", &files.funding_rates,
       "Funding that the positions pay: a CSV timestamp,asset_id,rate (ratio of the notional)",
       Need::kOptional, "FILE"});
}

Result<system::FillsFrom> open_fills(const std::string& text) {
  system::FillsFrom from;
  from.name = text;
  TIEOUT_TRY(const std::filesystem::path path, local_path("--fills", text));
  std::error_code code;
  if (std::filesystem::is_directory(path, code)) {
    TIEOUT_TRY(from.run, reference::open_run(path, std::make_shared<StringPool>()));
    return from;
  }
  if (!std::filesystem::exists(path, code)) {
    return Error{ErrorCode::kFileNotFound,
                 fmt::format("--fills: '{}' does not exist; needed the log of a run, or a file of "
                             "fills",
                             text)};
  }
  from.file = path;
  return from;
}

}  // namespace tieout::cli
