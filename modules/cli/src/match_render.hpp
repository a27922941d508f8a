#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tieout/analytics/matching.hpp"
#include "tieout/recon/pnl_gap.hpp"
#include "tieout/recon/trades.hpp"

namespace tieout::cli {

/// Two lists of trades and what was found of them.
struct MatchedLists {
  recon::TradeKind kind = recon::TradeKind::kFills;
  std::string left_name, right_name;
  std::vector<analytics::Trade> left, right;
  analytics::MatchResult result;
  analytics::MatchSummary summary;
  std::optional<recon::PnlGap> gap;  // of two runs
};

/// For people: counts, drifts, and the first of what does not agree.
std::string render_matching(const MatchedLists& lists);
/// A JSON object, schema "tieout.matching/1", with every pairing and every leftover.
std::string matching_json(const MatchedLists& lists);
/// A row for each pairing and each leftover; columns of docs/formats/matching.md.
std::string matching_csv(const MatchedLists& lists);

}  // namespace tieout::cli
