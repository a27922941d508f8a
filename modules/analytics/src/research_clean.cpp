#include <cmath>

#include "research_grid.hpp"

namespace tieout::analytics {
namespace {

/// One asset walked bar by bar: what is held, what it was last worth, how long it has had no
/// target.
class AssetBook {
 public:
  AssetBook(const ResearchInput& input, const ResearchOptions& options,
            const ShareRounding& rounding, const Grid& targets, std::size_t asset,
            BookFrames& frames, NoteCounter& notes)
      : input_(input),
        options_(options),
        rounding_(rounding),
        targets_(targets),
        asset_(asset),
        frames_(frames),
        notes_(notes) {}

  void walk() {
    for (std::size_t row = 0; row < input_.rows(); ++row) step(row);
  }

 private:
  void step(std::size_t row) {
    const double price = input_.price.at(row, asset_);
    if (options_.adjust_for_splits && !options_.books.liquidate_at_end_of_day && row > 0 &&
        input_.first_of_date(row)) {
      split(row);
    }
    const double wanted = wanted_at(row);
    const double traded = wanted - held_;
    const double fill_price = traded == 0.0 ? 0.0 : fill_price_at(row, traded, price);
    const bool filled = !std::isnan(fill_price);
    if (!filled) {
      notes_.add("unfilled_trades", "trades that waited because the bar had no price for them");
    }
    held_ = filled ? wanted : held_;
    if (!std::isnan(price)) {
      last_price_ = price;
    } else if (held_ != 0.0) {
      notes_.add("marks_at_older_price",
                 "positions valued at an older price because the bar had none");
    }
    const double notional = held_ == 0.0 ? 0.0 : held_ * last_price_;
    const double trade_notional = filled && traded != 0.0 ? traded * fill_price : 0.0;
    frames_.holdings_shares.at(row, asset_) = held_;
    frames_.holdings_notional.at(row, asset_) = notional;
    frames_.trades_shares.at(row, asset_) = filled ? traded : 0.0;
    frames_.trades_notional.at(row, asset_) = trade_notional;
    frames_.pnl.at(row, asset_) = notional - last_notional_ - trade_notional;
    last_notional_ = notional;
    next_target_ = rounding_.exact(targets_.at(row, asset_) / price, asset_);
  }

  /// Shares wanted at the end of the bar: the target of the bar before, but for the ends of a date.
  double wanted_at(std::size_t row) {
    const ResearchBooks& books = options_.books;
    const bool first = input_.first_of_date(row);
    if (first && books.initialize_beginning_of_day_trades_to_zero) return held_;
    if (books.liquidate_at_end_of_day && (first || input_.last_of_date(row))) return 0.0;
    if (std::isfinite(next_target_)) {
      bars_without_target_ = 0;
      return next_target_;
    }
    ++bars_without_target_;
    if (bars_without_target_ <= options_.ffill_limit) return held_;
    if (held_ != 0.0) {
      notes_.add("expired_positions",
                 "positions closed because they had no target for more bars than ffill_limit");
    }
    return 0.0;
  }

  double fill_price_at(std::size_t row, double traded, double price) const noexcept {
    if (input_.buy_price.empty() || input_.last_of_date(row) || std::isnan(price)) return price;
    return traded > 0.0 ? input_.buy_price.at(row, asset_) : input_.sell_price.at(row, asset_);
  }

  /// Shares multiply, the price of one divides: no trade and no PnL.
  void split(std::size_t row) {
    double first_price = kNaN;
    for (std::size_t i = row; i < input_.rows() && input_.dates[i] == input_.dates[row]; ++i) {
      first_price = input_.price.at(i, asset_);
      if (!std::isnan(first_price)) break;
    }
    const double factor = inferred_split(last_price_, first_price);
    if (factor == 1.0) return;
    notes_.add("splits", "splits inferred from the price between two dates");
    held_ *= factor;
    last_price_ /= factor;
  }

  const ResearchInput& input_;
  const ResearchOptions& options_;
  const ShareRounding& rounding_;
  const Grid& targets_;
  std::size_t asset_;
  BookFrames& frames_;
  NoteCounter& notes_;
  double held_ = 0.0;
  double last_price_ = kNaN;
  double last_notional_ = 0.0;
  double next_target_ = kNaN;  // shares
  std::size_t bars_without_target_ = 0;
};

}  // namespace

BookFrames clean_books(const ResearchInput& input, const ResearchOptions& options,
                       const ShareRounding& rounding, const Grid& targets, NoteCounter& notes) {
  BookFrames frames(input.rows(), input.assets.size());
  for (std::size_t asset = 0; asset < input.assets.size(); ++asset) {
    AssetBook(input, options, rounding, targets, asset, frames, notes).walk();
  }
  return frames;
}

}  // namespace tieout::analytics
