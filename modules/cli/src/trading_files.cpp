#include "trading_files.hpp"

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

}  // namespace tieout::cli
