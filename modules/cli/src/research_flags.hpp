#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tieout/cli/flags.hpp"
#include "tieout/recon/research_leg.hpp"

namespace tieout::cli {

/// The arguments of the reference's research portfolio as flags. Only what is given changes a
/// setup, so that a run's own config is the default where there is one.
class ResearchFlags {
 public:
  ResearchFlags();
  void add_to(std::vector<Flag>& flags);
  /// Errors: kInvalidArgument naming the flag; those of the GMV file.
  Status apply(recon::ResearchSetup& setup) const;
  /// The zone in which dates begin, also that of what is printed.
  Result<Zone> zone() const;

 private:
  struct Number {
    std::string flag;
    std::string help;
    std::optional<std::string> text = std::nullopt;
  };
  std::optional<double> given(std::string_view flag) const;
  Status check_numbers() const;
  Status choose_style(recon::ResearchSetup& setup) const;
  Status apply_columns(analytics::ResearchColumns& columns) const;
  Status apply_books(analytics::ResearchBooks& books) const;
  Status apply_rounding(analytics::ResearchBooks& books) const;
  Status apply_sizing(analytics::ResearchOptions& options) const;
  Status apply_switches(analytics::ResearchOptions& options) const;
  void apply_optimizer(analytics::SinglePeriodOptions& options) const;

  std::optional<std::string> style_, profile_, zone_;
  std::optional<std::string> price_, volatility_, prediction_, spread_, buy_price_, sell_price_;
  std::optional<std::string> quantization_, decimals_, gmv_file_;
  std::optional<std::string> bulk_fill_method_, fill_method_;
  std::optional<std::string> liquidate_, zero_trades_, splits_, reindex_, extended_, modulate_;
  std::optional<std::int64_t> burn_in_bars_, burn_in_days_, ffill_limit_;
  std::vector<Number> numbers_;
};

}  // namespace tieout::cli
