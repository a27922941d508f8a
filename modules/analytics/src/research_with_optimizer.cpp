#include "tieout/analytics/research_with_optimizer.hpp"

#include <cmath>

#include "research_grid.hpp"

namespace tieout::analytics {
namespace {

constexpr double kLeastVolatility = 1e-5;

class OptimizedBooks {
 public:
  OptimizedBooks(const ResearchInput& input, const OptimizerResearchOptions& options,
                 const std::vector<int>& decimals, NoteCounter& notes)
      : input_(input),
        options_(options),
        decimals_(decimals),
        notes_(notes),
        frames_(input.rows(), input.assets.size()),
        held_(input.assets.size(), 0.0),
        target_(input.assets.size(), 0.0),
        mark_(input.assets.size(), kNaN),
        volatility_(input.assets.size(), kLeastVolatility),
        notional_(input.assets.size(), 0.0) {}

  Result<BookFrames> walk() {
    for (std::size_t row = 0; row < input_.rows(); ++row) {
      for (std::size_t a = 0; a < held_.size(); ++a) execute(row, a);
      if (row + 1 < input_.rows()) TIEOUT_CHECK(decide(row));
    }
    return std::move(frames_);
  }

 private:
  void execute(std::size_t row, std::size_t a) {
    const double price = input_.price.at(row, a);
    double traded = target_[a] - held_[a];
    if (std::isnan(price) && traded != 0.0) {
      notes_.add("unfilled_trades", "trades that waited because the bar had no price for them");
      traded = 0.0;
    }
    held_[a] = traded == 0.0 ? held_[a] : target_[a];
    if (!std::isnan(price)) {
      mark_[a] = price;
    } else if (held_[a] != 0.0) {
      notes_.add("marks_at_older_price",
                 "positions valued at an older price because the bar had none");
    }
    const double notional = held_[a] == 0.0 ? 0.0 : held_[a] * mark_[a];
    const double trade_notional = traded == 0.0 ? 0.0 : traded * price;
    frames_.holdings_shares.at(row, a) = held_[a];
    frames_.holdings_notional.at(row, a) = notional;
    frames_.trades_shares.at(row, a) = traded;
    frames_.trades_notional.at(row, a) = trade_notional;
    frames_.pnl.at(row, a) = notional - notional_[a] - trade_notional;
    notional_[a] = notional;
  }

  /// Targets of the bar after `row`.
  Status decide(std::size_t row) {
    const bool next_begins = input_.first_of_date(row + 1);
    const bool next_ends = input_.last_of_date(row + 1);
    target_ = held_;
    if (next_begins && options_.books.initialize_beginning_of_day_trades_to_zero) return {};
    if (next_ends && options_.books.liquidate_at_end_of_day) {
      target_.assign(held_.size(), 0.0);
      return {};
    }
    std::vector<double> predictions(held_.size(), 0.0);
    std::vector<double> prices(held_.size(), kNaN);
    std::vector<double> spreads;
    std::vector<TradePermission> permissions(held_.size());
    if (!input_.spread.empty()) spreads.assign(held_.size(), 0.0);
    for (std::size_t a = 0; a < held_.size(); ++a) {
      const double volatility = input_.volatility.at(row, a);
      if (!std::isnan(volatility)) volatility_[a] = std::max(volatility, kLeastVolatility);
      prices[a] = input_.price.at(row, a);
      if (!spreads.empty() && !std::isnan(input_.spread.at(row, a))) {
        spreads[a] = input_.spread.at(row, a);
      }
      if (std::isnan(volatility) || std::isnan(prices[a]) ||
          std::isnan(input_.prediction.at(row, a))) {
        permissions[a] = {.may_buy = false, .may_sell = false};
      } else {
        predictions[a] = input_.prediction.at(row, a);
      }
    }
    TIEOUT_TRY(const SinglePeriodSolution solution,
               optimize_single_period(options_.optimizer, {.holdings_notional = notional_,
                                                           .predictions = predictions,
                                                           .volatilities = volatility_,
                                                           .spreads = spreads,
                                                           .permissions = permissions}));
    if (solution.status != SolveStatus::kOptimal) {
      notes_.add("bars_without_optimum",
                 "bars that kept their holdings because the optimizer proved no targets");
      return {};
    }
    const SharesAndNotionals shares =
        quantize_holdings(solution.target_notionals, held_, prices, decimals_);
    for (std::size_t a = 0; a < held_.size(); ++a) {
      const bool may_trade = permissions[a].may_buy || permissions[a].may_sell;
      if (may_trade) target_[a] = shares.target_holdings_shares[a];
    }
    return {};
  }

  const ResearchInput& input_;
  const OptimizerResearchOptions& options_;
  const std::vector<int>& decimals_;
  NoteCounter& notes_;
  BookFrames frames_;
  std::vector<double> held_;        // shares
  std::vector<double> target_;      // shares wanted at the next bar
  std::vector<double> mark_;        // last price
  std::vector<double> volatility_;  // last one
  std::vector<double> notional_;
};

}  // namespace

Result<ResearchPortfolio> research_portfolio_with_optimizer(
    const Panel& frame, const OptimizerResearchOptions& options) {
  TIEOUT_CHECK(check_options(options.optimizer));
  TIEOUT_TRY(ResearchInput input, trim_input(frame, options.columns, options.books.zone));
  TIEOUT_TRY(const ShareRounding rounding, ShareRounding::of(options.books, input.assets));
  NoteCounter notes;
  ignore_bad_input(input, notes);
  TIEOUT_TRY(const BookFrames books,
             OptimizedBooks(input, options, rounding.decimals(), notes).walk());
  TIEOUT_TRY(ResearchPortfolio out, assemble(frame, input, options.columns, options.books, books));
  out.notes = notes.take();
  return out;
}

}  // namespace tieout::analytics
