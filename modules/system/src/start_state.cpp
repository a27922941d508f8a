#include "start_state.hpp"

#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "tieout/core/csv.hpp"
#include "tieout/core/file.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/oms/tables.hpp"

namespace tieout::system {
namespace {

using runlog::RunReader;
using runlog::TableKind;

template <typename T>
const std::vector<T>* values_of(const std::optional<Table>& table, std::string_view name) {
  const TypedColumn* column = table ? table->find(name) : nullptr;
  return column == nullptr ? nullptr : std::get_if<std::vector<T>>(&column->values);
}

Result<StartState> books_at(const RunReader& run, std::size_t bar) {
  TIEOUT_TRY(const std::optional<Table> portfolio, run.table(TableKind::kPortfolio, bar));
  TIEOUT_TRY(const std::optional<Table> statistics, run.table(TableKind::kStatistics, bar));
  const auto* assets = values_of<std::int64_t>(portfolio, oms::tables::kAssetId);
  const auto* shares = values_of<double>(portfolio, oms::tables::kHoldingsShares);
  const auto* cash = values_of<double>(statistics, oms::tables::kCash);
  if (assets == nullptr || shares == nullptr || cash == nullptr || cash->size() != 1) {
    return Error{ErrorCode::kIncompleteEvidence,
                 fmt::format("start state: '{}' has no books at bar {}; needed holdings_shares of "
                             "the portfolio and cash of the statistics",
                             run.directory().string(), to_iso(run.bars()[bar].bar))};
  }
  StartState state;
  state.cash = cash->front();
  for (std::size_t i = 0; i < assets->size(); ++i) {
    if ((*shares)[i] != 0.0) {
      state.holdings[AssetId{(*assets)[i]}] = (*shares)[i];
    }
  }
  return state;
}

// Orders of the last bar whose deadline was still to come: their fills are in no book.
std::size_t open_orders(const RunReader& run, Timestamp snapshot) {
  const auto orders = run.table(TableKind::kOrders, run.bars().size() - 1);
  std::size_t count = 0;
  if (!orders.ok()) {
    return count;
  }
  if (const auto* ends = values_of<Timestamp>(*orders, oms::tables::kEndTimestamp)) {
    for (const Timestamp end : *ends) {
      count += end > snapshot ? 1U : 0U;
    }
  }
  return count;
}

Result<StartState> last_books(const std::filesystem::path& dir) {
  TIEOUT_TRY(const RunReader run, RunReader::open(dir));
  if (run.bars().empty()) {
    return Error{
        ErrorCode::kIncompleteEvidence,
        fmt::format("start state: '{}' has no bar; needed the books of one", dir.string())};
  }
  const std::size_t last = run.bars().size() - 1;
  TIEOUT_TRY(StartState state, books_at(run, last));
  TIEOUT_TRY(const std::optional<Table> statistics, run.table(TableKind::kStatistics, last));
  const auto* stamps = values_of<Timestamp>(statistics, oms::tables::kSnapshotTimestamp);
  const std::size_t open =
      stamps != nullptr && !stamps->empty() ? open_orders(run, stamps->front()) : 0;
  if (open > 0) {
    state.warnings.push_back(
        fmt::format("start state: {} orders of the last bar of '{}' were open and are not carried "
                    "over",
                    open, dir.string()));
  }
  return state;
}

Result<AssetId> parse_asset(std::string_view text) {
  if (text == "cash") {
    return kCash;
  }
  if (const auto id = parse_int(text)) {
    return AssetId{*id};
  }
  TIEOUT_TRY(const Universe one, Universe::from_symbols({std::string(text)}));
  return one.ids().front();
}

Result<StartState> read_csv_state(const std::filesystem::path& path) {
  TIEOUT_TRY(const std::string text, read_file(path));
  const auto refuse = [&path](std::size_t line, std::string_view found) {
    return Error{ErrorCode::kMalformedData,
                 fmt::format("start state: '{}' line {}: {}", path.string(), line, found)};
  };
  CsvReader csv(text);
  TIEOUT_TRY(const bool has_header, csv.next());
  const bool known = has_header && csv.fields().size() == 2 && csv.fields()[1] == "num_shares" &&
                     (csv.fields()[0] == "asset_id" || csv.fields()[0] == "full_symbol");
  if (!known) {
    return Error{ErrorCode::kSchemaMismatch,
                 fmt::format("start state: '{}' needed the header asset_id,num_shares or "
                             "full_symbol,num_shares",
                             path.string())};
  }
  StartState state;
  bool has_cash = false;
  while (true) {
    TIEOUT_TRY(const bool more, csv.next());
    if (!more) {
      break;
    }
    if (csv.fields().size() != 2) {
      return refuse(csv.line(), "needed two fields");
    }
    const Result<AssetId> asset = parse_asset(csv.fields()[0]);
    const auto shares = parse_double(csv.fields()[1]);
    if (!asset.ok() || !shares || !std::isfinite(*shares)) {
      return refuse(csv.line(), fmt::format("'{},{}', needed an asset and a finite number",
                                            csv.fields()[0], csv.fields()[1]));
    }
    const bool is_new = *asset == kCash ? !has_cash : state.holdings.count(*asset) == 0;
    if (!is_new) {
      return refuse(csv.line(), fmt::format("'{}' has a row already", csv.fields()[0]));
    }
    if (*asset == kCash) {
      state.cash = *shares;
      has_cash = true;
    } else {
      state.holdings[*asset] = *shares;
    }
  }
  if (!has_cash) {
    return refuse(csv.line(), "no row of the cash, needed asset -1");
  }
  return state;
}

}  // namespace

Result<StartState> read_start_state(const std::filesystem::path& path) {
  return runlog::is_run_log(path) ? last_books(path) : read_csv_state(path);
}

void begin_with(StartState state, oms::TraderOptions& trading, std::vector<std::string>& warnings) {
  trading.initial_holdings = std::move(state.holdings);
  trading.initial_cash = state.cash;
  warnings.insert(warnings.end(), state.warnings.begin(), state.warnings.end());
}

Result<std::vector<oms::FundingRate>> read_funding_rates(const std::filesystem::path& path) {
  TIEOUT_TRY(const std::string text, read_file(path));
  CsvReader csv(text);
  TIEOUT_TRY(const bool has_header, csv.next());
  const bool known = has_header && csv.fields().size() == 3 && csv.fields()[0] == "timestamp" &&
                     (csv.fields()[1] == "asset_id" || csv.fields()[1] == "full_symbol") &&
                     csv.fields()[2] == "rate";
  if (!known) {
    return Error{ErrorCode::kSchemaMismatch,
                 fmt::format("funding rates: '{}' needed the header timestamp,asset_id,rate or "
                             "timestamp,full_symbol,rate",
                             path.string())};
  }
  std::vector<oms::FundingRate> rates;
  while (true) {
    TIEOUT_TRY(const bool more, csv.next());
    if (!more) {
      return rates;
    }
    const auto& row = csv.fields();
    const Result<Timestamp> time =
        row.size() == 3 ? parse_iso(row[0]) : Result<Timestamp>(Timestamp{});
    const auto rate = row.size() == 3 ? parse_double(row[2]) : std::nullopt;
    const Result<AssetId> asset =
        row.size() == 3 ? parse_asset(row[1]) : Result<AssetId>(AssetId{});
    if (!time.ok() || !rate || !asset.ok()) {
      return Error{ErrorCode::kMalformedData,
                   fmt::format("funding rates: '{}' line {}: needed an instant with its offset, an "
                               "asset and a number",
                               path.string(), csv.line())};
    }
    rates.push_back({*time, *asset, *rate});
  }
}

Result<StartState> start_state_of(const RunReader& run) {
  if (run.bars().empty()) {
    return Error{ErrorCode::kIncompleteEvidence,
                 fmt::format("start state: '{}' has no bar; needed the books of the first",
                             run.directory().string())};
  }
  return books_at(run, 0);
}

}  // namespace tieout::system
