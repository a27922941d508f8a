#include "research_flags.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tieout/core/csv.hpp"
#include "tieout/core/file.hpp"
#include "tieout/core/numbers.hpp"

namespace tieout::cli {
namespace {

Error bad_value(std::string_view flag, std::string_view found, std::string_view needed) {
  return {ErrorCode::kInvalidArgument,
          fmt::format("research_portfolio: {} is '{}', needed {}", flag, found, needed)};
}

void set_switch(const std::optional<std::string>& text, bool& target) {
  if (text) target = *text == "true";
}

/// "09:35", "09:35:00".
std::optional<Duration> parse_time_of_day(std::string_view text) {
  if (text.size() == 5) return parse_time_of_day(std::string(text) + ":00");
  if (text.size() != 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
  const auto h = parse_int(text.substr(0, 2));
  const auto m = parse_int(text.substr(3, 2));
  const auto s = parse_int(text.substr(6, 2));
  if (!h || !m || !s || *h < 0 || *h > 23 || *m < 0 || *m > 59 || *s < 0 || *s > 59) {
    return std::nullopt;
  }
  return hours(*h) + minutes(*m) + seconds(*s);
}

/// Two columns with a header: a timestamp or a time of day, dollars.
Result<analytics::GmvSchedule> read_gmv(const std::string& file) {
  TIEOUT_TRY(const std::string text, read_file(file));
  analytics::GmvSchedule schedule;
  CsvReader csv(text, 2);
  TIEOUT_TRY(bool more, csv.next());
  while (more) {
    TIEOUT_TRY(more, csv.next());
    if (!more) break;
    const auto& fields = csv.fields();
    double gmv = std::nan("");
    if (fields.size() == 2) gmv = parse_double(fields[1]).value_or(gmv);
    const auto time = parse_time_of_day(fields[0]);
    const auto stamp = parse_iso(fields[0]);
    if (std::isnan(gmv) || (!time && !stamp.ok())) {
      return Error{
          ErrorCode::kMalformedData,
          fmt::format("research_portfolio: '{}' line {}: needed a timestamp or a time of day, "
                      "and dollars",
                      file, csv.line())};
    }
    if (time) {
      schedule.by_time_of_day[*time] = gmv;
    } else {
      schedule.by_timestamp[*stamp] = gmv;
    }
  }
  if (schedule.empty()) {
    return Error{ErrorCode::kMalformedData,
                 fmt::format("research_portfolio: '{}' has no row below its header", file)};
  }
  return schedule;
}

/// "101:2,202:0".
Result<std::map<AssetId, int>> parse_decimals(const std::string& text) {
  std::map<AssetId, int> decimals;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t end = std::min(text.find(',', from), text.size());
    const std::string item = text.substr(from, end - from);
    const std::size_t colon = item.find(':');
    const auto asset = parse_int(std::string_view(item).substr(0, colon));
    std::optional<std::int64_t> digits;
    if (colon != std::string::npos) digits = parse_int(std::string_view(item).substr(colon + 1));
    if (!asset || !digits || *digits < -300 || *digits > 300) {
      return bad_value("--asset-id-to-share-decimals", item, "ASSET:DECIMALS");
    }
    decimals[AssetId{*asset}] = static_cast<int>(*digits);
    from = end + 1;
  }
  return decimals;
}

}  // namespace

ResearchFlags::ResearchFlags()
    : numbers_{
          {"--target-gmv", "cross_sectional, optimizer: sum of |positions| (dollars)"},
          {"--bulk-frac-to-remove", "cross_sectional: share of the middle ranks to remove"},
          {"--volatility-lower-bound", "Smallest volatility that sizes a position"},
          {"--prediction-abs-threshold", "longitudinal: smaller predictions are removed"},
          {"--volatility-to-spread-threshold",
           "longitudinal: smaller volatility / spread is removed"},
          {"--gamma", "longitudinal: what the product of both edges must exceed"},
          {"--target-dollar-risk-per-name", "longitudinal: position x volatility (dollars)"},
          {"--spread-lower-bound", "longitudinal: smallest spread, and the spread without one"},
          {"--constant-decorrelation-coefficient",
           "longitudinal: correlation taken out of the predictions"},
          {"--dollar-neutrality-penalty", "optimizer: on |sum of positions|"},
          {"--transaction-cost-penalty", "optimizer: on volatility x |trade|"},
          {"--target-gmv-upper-bound-penalty", "optimizer: on GMV above its target"},
          {"--target-gmv-hard-upper-bound-multiple", "optimizer: largest GMV, in targets (>= 1)"},
          {"--relative-holding-penalty", "optimizer: on the largest position"},
          {"--relative-holding-max-frac-of-gmv",
           "optimizer: largest position, as share of the GMV"},
          {"--constant-correlation", "optimizer: correlation of the risk term"},
          {"--constant-correlation-penalty", "optimizer: on the risk term"}} {}

void ResearchFlags::add_to(std::vector<Flag>& flags) {
  const std::vector<std::string> on_off{"true", "false"};
  const std::vector<std::string> fills{"zero", "nan", "ffill"};
  const auto text = [&flags](const char* name, std::optional<std::string>* target, const char* help,
                             const char* value, std::vector<std::string> choices = {}) {
    flags.push_back({name, target, help, Need::kOptional, value, std::move(choices)});
  };
  text("--style", &style_, "How positions are sized (cross_sectional; a run: as it did)", "STYLE",
       {"cross_sectional", "longitudinal", "optimizer"});
  text("--profile", &profile_,
       "Whose rules hold: ours (clean; the default for a file), ours with the live ranks "
       "(as_traded; "
       "the default for a run), the reference's (reference)",
       "PROFILE", {"clean", "as_traded", "reference"});
  text("--time-zone", &zone_, "Where a date begins and ends (America/New_York)", "ZONE",
       {"America/New_York", "UTC"});
  text("--price-col", &price_, "Field of the price (price)", "FIELD");
  text("--volatility-col", &volatility_, "Field of the volatility (volatility)", "FIELD");
  text("--prediction-col", &prediction_, "Field of the prediction (prediction)", "FIELD");
  text("--spread-col", &spread_, "Field of the spread, relative to the price", "FIELD");
  text("--buy-price-col", &buy_price_, "Field of the price of a bar's buys; a gap is no fill",
       "FIELD");
  text("--sell-price-col", &sell_price_, "Field of the price of a bar's sells; a gap is no fill",
       "FIELD");
  text("--quantization", &quantization_, "Decimals of a share, or none (30)", "INT");
  text("--asset-id-to-share-decimals", &decimals_,
       "Decimals of a share by asset, as 101:2,202:0; in place of --quantization", "LIST");
  text("--target-gmv-by-time", &gmv_file_,
       "CSV with a header: timestamp or time of day, GMV (dollars); in place of --target-gmv",
       "FILE");
  text("--bulk-fill-method", &bulk_fill_method_, "cross_sectional: what a removed forecast becomes",
       "METHOD", fills);
  text("--fill-method", &fill_method_, "longitudinal: what a removed forecast becomes", "METHOD",
       fills);
  text("--liquidate-at-end-of-day", &liquidate_, "Hold nothing over night (true; a run: false)",
       "BOOL", on_off);
  text("--initialize-beginning-of-day-trades-to-zero", &zero_trades_,
       "Trade nothing at the first bar of a date (true; a run: false)", "BOOL", on_off);
  text("--adjust-for-splits", &splits_, "Multiply overnight holdings by inferred splits (false)",
       "BOOL", on_off);
  text("--reindex-like-input", &reindex_, "Give the statistics all rows of the input (false)",
       "BOOL", on_off);
  text("--compute-extended-stats", &extended_, "Add gpc, npc, wnl, tc (false; a run: true)", "BOOL",
       on_off);
  text("--modulate-using-prediction-magnitude", &modulate_,
       "longitudinal: multiply sizes by |prediction| (false)", "BOOL", on_off);
  const auto count = [&flags](const char* name, std::optional<std::int64_t>* target,
                              const char* help) {
    flags.push_back({name, target, help, Need::kOptional, "INT"});
  };
  count("--burn-in-bars", &burn_in_bars_, "First bars to leave out (3; optimizer: 0; a run: 1)");
  count("--burn-in-days", &burn_in_days_, "First dates to leave out (0)");
  count("--ffill-limit", &ffill_limit_, "Bars that a position is kept without a target (4)");
  for (Number& number : numbers_) {
    flags.push_back({number.flag, &number.text, number.help, Need::kOptional, "NUMBER"});
  }
}

std::optional<double> ResearchFlags::given(std::string_view flag) const {
  for (const Number& number : numbers_) {
    if (number.flag == flag) return number.text ? parse_double(*number.text) : std::nullopt;
  }
  return std::nullopt;
}

Status ResearchFlags::check_numbers() const {
  for (const Number& number : numbers_) {
    if (number.text && !parse_double(*number.text)) {
      return bad_value(number.flag, *number.text, "a number");
    }
  }
  const std::pair<const char*, const std::optional<std::int64_t>*> counts[] = {
      {"--burn-in-bars", &burn_in_bars_},
      {"--burn-in-days", &burn_in_days_},
      {"--ffill-limit", &ffill_limit_}};
  for (const auto& count : counts) {
    if (*count.second && **count.second < 0) {
      return bad_value(count.first, std::to_string(**count.second), "0 or more");
    }
  }
  return {};
}

Result<Zone> ResearchFlags::zone() const {
  return zone_ == "UTC" ? Zone::kUtc : Zone::kNewYork;
}

Status ResearchFlags::choose_style(recon::ResearchSetup& setup) const {
  if (!style_) return {};
  const bool wants_optimizer = *style_ == "optimizer";
  auto* plain = std::get_if<analytics::ResearchOptions>(&setup.options);
  if (wants_optimizer && plain != nullptr) {
    analytics::OptimizerResearchOptions options;
    options.columns = plain->columns;
    options.books = plain->books;
    if (options.books.burn_in_bars == analytics::ResearchBooks{}.burn_in_bars) {
      options.books.burn_in_bars = 0;
    }
    setup.options = options;
  } else if (!wants_optimizer && plain == nullptr) {
    const auto& optimizer = std::get<analytics::OptimizerResearchOptions>(setup.options);
    analytics::ResearchOptions options;
    options.columns = optimizer.columns;
    options.books = optimizer.books;
    setup.options = options;
  }
  plain = std::get_if<analytics::ResearchOptions>(&setup.options);
  if (plain != nullptr && *style_ == "longitudinal" &&
      !std::holds_alternative<analytics::LongitudinalOptions>(plain->sizing)) {
    plain->sizing = analytics::LongitudinalOptions{};
  }
  if (plain != nullptr && *style_ == "cross_sectional" &&
      !std::holds_alternative<analytics::CrossSectionalOptions>(plain->sizing)) {
    plain->sizing = analytics::CrossSectionalOptions{};
  }
  return {};
}

Status ResearchFlags::apply_columns(analytics::ResearchColumns& columns) const {
  columns.price = price_.value_or(columns.price);
  columns.volatility = volatility_.value_or(columns.volatility);
  columns.prediction = prediction_.value_or(columns.prediction);
  if (spread_) columns.spread = spread_;
  if (buy_price_) columns.buy_price = buy_price_;
  if (sell_price_) columns.sell_price = sell_price_;
  return {};
}

Status ResearchFlags::apply_rounding(analytics::ResearchBooks& books) const {
  if (decimals_) {
    TIEOUT_TRY(books.asset_id_to_share_decimals, parse_decimals(*decimals_));
    books.quantization = std::nullopt;
  }
  if (!quantization_) return {};
  if (*quantization_ == "none" || *quantization_ == "None") {
    books.quantization = std::nullopt;
    return {};
  }
  const auto digits = parse_int(*quantization_);
  if (!digits || *digits < -300 || *digits > 300) {
    return bad_value("--quantization", *quantization_, "a number of decimals, or none");
  }
  books.quantization = static_cast<int>(*digits);
  return {};
}

Status ResearchFlags::apply_books(analytics::ResearchBooks& books) const {
  TIEOUT_CHECK(apply_rounding(books));
  set_switch(liquidate_, books.liquidate_at_end_of_day);
  set_switch(zero_trades_, books.initialize_beginning_of_day_trades_to_zero);
  set_switch(reindex_, books.reindex_like_input);
  set_switch(extended_, books.compute_extended_stats);
  if (burn_in_bars_) books.burn_in_bars = static_cast<std::size_t>(*burn_in_bars_);
  if (burn_in_days_) books.burn_in_days = static_cast<std::size_t>(*burn_in_days_);
  TIEOUT_TRY(books.zone, zone());
  return {};
}

Status ResearchFlags::apply_sizing(analytics::ResearchOptions& options) const {
  const auto set = [this](std::string_view flag, double& target) {
    target = given(flag).value_or(target);
  };
  if (auto* cross = std::get_if<analytics::CrossSectionalOptions>(&options.sizing)) {
    set("--target-gmv", cross->target_gmv);
    set("--bulk-frac-to-remove", cross->bulk_frac_to_remove);
    set("--volatility-lower-bound", cross->volatility_lower_bound);
    if (bulk_fill_method_) {
      TIEOUT_TRY(cross->bulk_fill_method, analytics::parse_fill_method(*bulk_fill_method_));
      options.fill_removed_forward = *bulk_fill_method_ == "ffill";
    }
    return {};
  }
  auto& names = std::get<analytics::LongitudinalOptions>(options.sizing);
  set("--prediction-abs-threshold", names.prediction_abs_threshold);
  set("--volatility-to-spread-threshold", names.volatility_to_spread_threshold);
  set("--volatility-lower-bound", names.volatility_lower_bound);
  set("--gamma", names.gamma);
  set("--target-dollar-risk-per-name", names.target_dollar_risk_per_name);
  set("--spread-lower-bound", names.spread_lower_bound);
  set("--constant-decorrelation-coefficient", names.constant_decorrelation_coefficient);
  set_switch(modulate_, names.modulate_using_prediction_magnitude);
  if (fill_method_) {
    TIEOUT_TRY(names.fill_method, analytics::parse_fill_method(*fill_method_));
    options.fill_removed_forward = *fill_method_ == "ffill";
  }
  return {};
}

Status ResearchFlags::apply_switches(analytics::ResearchOptions& options) const {
  if (profile_) {
    TIEOUT_TRY(options.profile, analytics::parse_research_profile(*profile_));
  }
  if (gmv_file_) {
    TIEOUT_TRY(options.target_gmv, read_gmv(*gmv_file_));
  }
  set_switch(splits_, options.adjust_for_splits);
  if (ffill_limit_) options.ffill_limit = static_cast<std::size_t>(*ffill_limit_);
  return {};
}

void ResearchFlags::apply_optimizer(analytics::SinglePeriodOptions& options) const {
  const std::pair<const char*, double*> targets[] = {
      {"--target-gmv", &options.target_gmv},
      {"--dollar-neutrality-penalty", &options.dollar_neutrality_penalty},
      {"--transaction-cost-penalty", &options.transaction_cost_penalty},
      {"--target-gmv-upper-bound-penalty", &options.target_gmv_upper_bound_penalty},
      {"--target-gmv-hard-upper-bound-multiple", &options.target_gmv_hard_upper_bound_multiple},
      {"--relative-holding-penalty", &options.relative_holding_penalty},
      {"--relative-holding-max-frac-of-gmv", &options.relative_holding_max_frac_of_gmv},
      {"--constant-correlation-penalty", &options.constant_correlation_penalty}};
  for (const auto& item : targets) *item.second = given(item.first).value_or(*item.second);
  if (const auto correlation = given("--constant-correlation")) {
    options.constant_correlation = correlation;
  }
}

Status ResearchFlags::apply(recon::ResearchSetup& setup) const {
  TIEOUT_CHECK(check_numbers());
  TIEOUT_CHECK(choose_style(setup));
  if (auto* optimizer = std::get_if<analytics::OptimizerResearchOptions>(&setup.options)) {
    if (profile_ || gmv_file_ || splits_ || ffill_limit_ || buy_price_ || sell_price_) {
      return Error{ErrorCode::kInvalidArgument,
                   "research_portfolio: --profile, --target-gmv-by-time, --adjust-for-splits, "
                   "--ffill-limit, --buy-price-col and --sell-price-col have no meaning with the "
                   "optimizer"};
    }
    TIEOUT_CHECK(apply_columns(optimizer->columns));
    TIEOUT_CHECK(apply_books(optimizer->books));
    apply_optimizer(optimizer->optimizer);
    return {};
  }
  auto& options = std::get<analytics::ResearchOptions>(setup.options);
  TIEOUT_CHECK(apply_columns(options.columns));
  TIEOUT_CHECK(apply_books(options.books));
  TIEOUT_CHECK(apply_switches(options));
  return apply_sizing(options);
}

}  // namespace tieout::cli
