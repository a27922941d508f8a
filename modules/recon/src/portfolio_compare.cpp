#include "tieout/recon/portfolio_compare.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace tieout::recon {
namespace {

constexpr std::array<std::string_view, 5> kFields{"executed_trades_notional",
                                                  "executed_trades_shares", "holdings_notional",
                                                  "holdings_shares", "pnl"};

double without_dust(double value) {
  constexpr double kCloseToZero = 1e-6;
  return std::abs(value) < kCloseToZero ? 0.0 : value;
}

/// Cells of `field` that are numbers.
std::size_t numbers_in(const Panel& panel, std::string_view field) {
  std::size_t count = 0;
  for (const std::size_t c : panel.columns_of(field)) {
    for (const double value : panel.column(c)) {
      count += std::isnan(value) ? 0U : 1U;
    }
  }
  return count;
}

void add_pair(LargestDifference& out, double a, double b, Timestamp at, AssetId asset) {
  ++out.pairs;
  const double difference = std::abs(a - b);
  if (!(difference <= out.max_abs)) {
    out.max_abs = difference;
  }
  const double left = without_dust(a);
  const double right = without_dust(b);
  const double percent = left == right ? 0.0 : 100.0 * std::abs(left - right) / std::abs(right);
  if (!std::isfinite(percent)) {
    ++out.without_percent;
    return;
  }
  if (!(percent <= out.max_percent)) {
    out.max_percent = percent;
    out.at = at;
    out.asset = asset;
  }
}

Status check_names(std::span<const NamedPortfolio> portfolios, PortfolioNames names) {
  std::vector<std::string> found;
  for (const NamedPortfolio& portfolio : portfolios) {
    found.push_back(portfolio.name);
  }
  std::ranges::sort(found);
  const std::vector<std::string> needed{"prod", "research", "sim"};
  const bool wrong = names == PortfolioNames::kReference
                         ? found != needed
                         : found.size() < 2 || std::ranges::adjacent_find(found) != found.end();
  if (!wrong) {
    return {};
  }
  return Error{ErrorCode::kInvalidArgument,
               fmt::format("compare_portfolios: found '{}', needed {}", fmt::join(found, "', '"),
                           names == PortfolioNames::kReference
                               ? "'prod', 'research', 'sim'"
                               : "two or more portfolios of different names")};
}

/// `panel` with its rows labelled anew; rows without a label are left out.
Result<Panel> relabelled(const Panel& panel, const std::map<Timestamp, Timestamp>& labels) {
  Panel out(panel.columns());
  for (std::size_t row = 0; row < panel.row_count(); ++row) {
    const auto label = labels.find(panel.index()[row]);
    if (label == labels.end()) {
      continue;
    }
    if (!out.empty() && label->second <= out.index().back()) {
      return Error{ErrorCode::kMalformedData,
                   fmt::format("portfolio_state: the books of bar {} come to {}, as those before "
                               "them: needed one mark for each bar",
                               to_iso(panel.index()[row]), to_iso(label->second))};
    }
    out.append_row(label->second);
    for (std::size_t c = 0; c < panel.column_count(); ++c) {
      out.set(out.row_count() - 1, c, panel.at(row, c));
    }
  }
  return out;
}

}  // namespace

LargestDifference largest_difference(const FieldPair& pair) {
  LargestDifference out;
  const Panel& left = *pair.left;
  const Panel& right = *pair.right;
  for (const std::size_t c : left.columns_of(pair.left_field)) {
    const AssetId asset = left.columns()[c].asset;
    const auto other = right.find_column({pair.right_field, asset});
    for (std::size_t row = pair.lag; other && row < left.row_count(); ++row) {
      const auto own = right.find_row(left.index()[row]);
      const double a = left.at(row - pair.lag, c);
      const double b = own ? right.at(*own, *other) : std::numeric_limits<double>::quiet_NaN();
      if (!std::isnan(a) && !std::isnan(b)) {
        add_pair(out, a, b, left.index()[row], asset);
      }
    }
  }
  out.one_sided =
      numbers_in(left, pair.left_field) + numbers_in(right, pair.right_field) - 2 * out.pairs;
  return out;
}

std::span<const std::string_view> portfolio_fields() noexcept {
  return kFields;
}

Result<std::vector<PortfolioPair>> compare_portfolios(std::span<const NamedPortfolio> portfolios,
                                                      PortfolioNames names) {
  TIEOUT_CHECK(check_names(portfolios, names));
  std::vector<PortfolioPair> pairs;
  for (std::size_t i = 0; i < portfolios.size(); ++i) {
    for (std::size_t j = i + 1; j < portfolios.size(); ++j) {
      PortfolioPair pair;
      pair.name = fmt::format("{}_{}_diff", portfolios[i].name, portfolios[j].name);
      for (const std::string_view field : kFields) {
        const std::string name(field);
        pair.fields.push_back(
            largest_difference({portfolios[i].portfolio, name, 0, portfolios[j].portfolio, name}));
      }
      pairs.push_back(std::move(pair));
    }
  }
  return pairs;
}

Result<PortfolioState> portfolio_state(const TradingFrames& frames,
                                       std::optional<Duration> frequency) {
  const std::size_t rows = frames.statistics.row_count();
  if (rows == 0 || frames.snapshots.size() != rows) {
    return Error{
        ErrorCode::kIncompleteEvidence,
        fmt::format("portfolio_state: {} rows of statistics and {} instants at which books "
                    "were marked; needed one for each row, and a row",
                    rows, frames.snapshots.size())};
  }
  PortfolioState state;
  std::map<Timestamp, Timestamp> labels;
  for (std::size_t row = 0; row < rows; ++row) {
    const Timestamp mark = frames.snapshots[row];
    const Timestamp bar = frames.statistics.index()[row];
    labels[bar] = frequency ? round_to(mark, *frequency) : mark;
    state.delays.push_back(mark - (frequency ? labels[bar] : bar));
  }
  TIEOUT_TRY(state.portfolio, relabelled(frames.portfolio, labels));
  TIEOUT_TRY(state.statistics, relabelled(frames.statistics, labels));
  return state;
}

}  // namespace tieout::recon
