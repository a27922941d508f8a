#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "tieout/analytics/research_portfolio.hpp"
#include "tieout/core/nan.hpp"

namespace tieout::analytics {

/// Numbers by bar and asset, column-major.
class Grid {
 public:
  Grid() = default;
  Grid(std::size_t rows, std::size_t assets, double value = kNaN)
      : rows_(rows), values_(rows * assets, value) {}
  double& at(std::size_t row, std::size_t asset) noexcept { return values_[asset * rows_ + row]; }
  double at(std::size_t row, std::size_t asset) const noexcept {
    return values_[asset * rows_ + row];
  }
  std::size_t rows() const noexcept { return rows_; }
  std::size_t assets() const noexcept { return rows_ == 0 ? 0 : values_.size() / rows_; }
  bool empty() const noexcept { return values_.empty(); }
  std::span<double> column(std::size_t asset) noexcept {
    return std::span(values_).subspan(asset * rows_, rows_);
  }
  std::span<const double> column(std::size_t asset) const noexcept {
    return std::span(values_).subspan(asset * rows_, rows_);
  }
  void copy_row(std::size_t row, std::vector<double>& out) const {
    out.resize(assets());
    for (std::size_t a = 0; a < out.size(); ++a) out[a] = at(row, a);
  }
  void set_row(std::size_t row, const std::vector<double>& values) noexcept {
    for (std::size_t a = 0; a < values.size(); ++a) at(row, a) = values[a];
  }

 private:
  std::size_t rows_ = 0;
  std::vector<double> values_;
};

/// The bars that count (a price, after the first prediction and volatility) of the input.
struct ResearchInput {
  std::vector<AssetId> assets;           // in the order of the price columns
  std::vector<std::size_t> source_rows;  // of the frame
  std::vector<Timestamp> bars;
  std::vector<std::size_t> dates;  // number of the local date of each bar, 0, 1, ...
  Grid price, volatility, prediction;
  Grid spread, buy_price, sell_price;  // empty when not asked for

  std::size_t rows() const noexcept { return bars.size(); }
  bool first_of_date(std::size_t row) const noexcept {
    return row == 0 || dates[row] != dates[row - 1];
  }
  bool last_of_date(std::size_t row) const noexcept {
    return row + 1 == rows() || dates[row] != dates[row + 1];
  }
};

/// Errors: as research_portfolio().
Result<ResearchInput> trim_input(const Panel& frame, const ResearchColumns& columns, Zone zone);

/// Shares of an asset as an exchange takes them.
class ShareRounding {
 public:
  /// Errors: kInvalidConfig when not exactly one of the two is given, or an asset has no decimals.
  static Result<ShareRounding> of(const ResearchBooks& books, const std::vector<AssetId>& assets);
  /// numpy's rounding, noise and all.
  double as_reference(double shares, std::size_t asset) const noexcept;
  /// The same, but decimals past the digits of a double change nothing.
  double exact(double shares, std::size_t asset) const noexcept;
  const std::vector<int>& decimals() const noexcept { return decimals_; }

 private:
  std::vector<int> decimals_;
};

struct BookFrames {
  Grid holdings_shares, holdings_notional, trades_shares, trades_notional, pnl;
  explicit BookFrames(std::size_t rows = 0, std::size_t assets = 0)
      : holdings_shares(rows, assets),
        holdings_notional(rows, assets),
        trades_shares(rows, assets),
        trades_notional(rows, assets),
        pnl(rows, assets) {}
};

/// Notes that count cells, kept in the order of their first mention.
class NoteCounter {
 public:
  void add(std::string_view name, std::string_view text, std::size_t count = 1);
  std::vector<ResearchNote> take() { return std::move(notes_); }

 private:
  std::vector<ResearchNote> notes_;
};

/// Take out of the input what is no number of its kind: it is missing, and counted.
void ignore_bad_input(ResearchInput& input, NoteCounter& notes);

/// Target notionals at each bar; NaN: no target.
Grid research_targets(const ResearchInput& input, const ResearchOptions& options,
                      NoteCounter& notes);

BookFrames clean_books(const ResearchInput& input, const ResearchOptions& options,
                       const ShareRounding& rounding, const Grid& targets, NoteCounter& notes);
Result<BookFrames> reference_books(const ResearchInput& input, const ResearchOptions& options,
                                   const ShareRounding& rounding, const Grid& targets,
                                   NoteCounter& notes);

/// Burn-in, statistics and the frames of the result. Errors: kMissingData for burn_in_days.
Result<ResearchPortfolio> assemble(const Panel& frame, const ResearchInput& input,
                                   const ResearchColumns& columns, const ResearchBooks& books,
                                   const BookFrames& frames);

/// Split of an asset's shares between two dates by the last price of the one and the first of the
/// other; 1 when the change is none.
double inferred_split(double end_of_day_price, double beginning_of_day_price) noexcept;

}  // namespace tieout::analytics
