#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/analytics/tracking.hpp"
#include "tieout/core/numbers.hpp"

#include "commands.hpp"
#include "portfolio_differences.hpp"
#include "statistics_input.hpp"

namespace tieout::cli {
namespace {

using analytics::Statistic;

/// The same statistic of each portfolio.
struct Row {
  const analytics::StatisticInfo* info;
  std::vector<double> values;
  std::optional<double> difference;  // first - second, where there are two
  std::vector<std::string> samples;
  std::optional<Timestamp> at;
};

std::vector<Row> rows_of(const std::vector<std::vector<Statistic>>& portfolios) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < portfolios.front().size(); ++i) {
    const Statistic& first = portfolios.front()[i];
    Row row{first.info, {}, {}, {}, first.at};
    for (const std::vector<Statistic>& statistics : portfolios) {
      row.values.push_back(statistics[i].value);
      row.samples.push_back(statistics[i].sample);
    }
    if (row.values.size() == 2) {
      row.difference = row.values[0] - row.values[1];
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string number_of(double value, bool rounded) {
  if (std::isnan(value)) {
    return "-";
  }
  return rounded && std::isfinite(value) ? fmt::format("{:.2f}", value)
                                         : fmt::format("{:.6g}", value);
}

/// Columns padded to their widest cell; the first is text, the others numbers, the last is not
/// padded.
std::string table_of(const std::vector<std::vector<std::string>>& lines) {
  std::vector<std::size_t> widths(lines.front().size());
  for (const auto& line : lines) {
    for (std::size_t c = 0; c < line.size(); ++c) {
      widths[c] = std::max(widths[c], line[c].size());
    }
  }
  std::string text;
  for (const auto& line : lines) {
    std::string row = fmt::format("{:<{}}", line[0], widths[0]);
    for (std::size_t c = 1; c + 1 < line.size(); ++c) {
      row += fmt::format("  {:>{}}", line[c], widths[c]);
    }
    row += "  " + line.back();
    text += row.substr(0, row.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

nlohmann::ordered_json json_number(double value) {
  if (std::isnan(value)) {
    return nullptr;
  }
  if (std::isinf(value)) {
    return value > 0 ? "inf" : "-inf";  // JSON has no infinity.
  }
  return value;
}

class PortfolioStats final : public Command {
 public:
  std::string_view name() const noexcept override { return "portfolio_stats"; }
  std::string_view summary() const noexcept override {
    return "Print the statistics of portfolios, and of the difference of two";
  }
  std::vector<Flag> flags() override {
    return {
        {"RUN", &runs_, "system_log_dir of a run, ours or the reference's; one or more"},
        {"--csv", &files_,
         "Table (CSV, csv.gz, Parquet) of timestamps and pnl, gross_volume, net_volume, gmv, nmv; "
         "\"prod|pnl\" names a portfolio",
         Need::kOptional, "FILE"},
        {"--freq", &frequency_,
         "Bins of the statistics: 5T, 1H, D, or B for business days; not given: the runs' bar, B "
         "for files alone",
         Need::kOptional, "FREQ"},
        {"--zone",
         &zone_,
         "Zone whose midnights begin a day; not given: UTC, New York with --profile reference",
         Need::kOptional,
         "ZONE",
         {"UTC", "America/New_York"}},
        {"--burn-in-bars", &burn_in_, "Leave out this many first bars of each portfolio",
         Need::kOptional, "N"},
        {"--profile",
         &profile_,
         "reference: its table alone, rounded to two decimals, by its rule of the drawdown",
         Need::kOptional,
         "NAME",
         {"reference"}},
        {"--seed", &seed_, "Seed of the bootstrap", Need::kOptional, "N"},
        {"--replicates", &replicates_, "Resamples of the bootstrap", Need::kOptional, "N"},
        {"--block-length", &block_length_,
         "Mean block of the bootstrap, bins; 0: the cube root of their number", Need::kOptional,
         "N"},
        {"--differences", &differences_,
         "Of two runs, production and simulation: print how far their portfolios and that of "
         "research are apart, field by field (percent), and when books were marked"},
        {"--research", &research_,
         "With --differences: table of a research portfolio, as research_portfolio --dst writes it "
         "(default: that of production's config)",
         Need::kOptional, "FILE"},
        {"--json", &json_, "Print JSON, with the convention and sample of every number"},
    };
  }
  Result<int> run(Session& session) override {
    if (differences_) {
      return print_differences({runs_, research_, by_reference(), json_}, session);
    }
    if (!research_.empty()) {
      return Error{ErrorCode::kInvalidArgument, "portfolio_stats: --research needs --differences"};
    }
    TIEOUT_TRY(StatisticsInput input, read_statistics_input(runs_, files_));
    TIEOUT_TRY(const analytics::TrackingOptions options, options_of(input));
    burn_in(input);
    TIEOUT_TRY(const std::vector<Row> rows, statistics_of(input, options));
    std::vector<std::string> names;
    for (const auto& portfolio : input.portfolios) {
      names.push_back(portfolio.name);
    }
    session.out << (json_ ? json_of(names, rows, options) : text_of(names, rows, options));
    return 0;
  }

 private:
  bool by_reference() const noexcept { return !profile_.empty(); }

  Result<analytics::TrackingOptions> options_of(const StatisticsInput& input) const {
    constexpr std::uint64_t kMaxReplicates = 1'000'000;
    if (replicates_ == 0 || replicates_ > kMaxReplicates) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("portfolio_stats: --replicates is {}, needed 1 to {}", replicates_,
                               kMaxReplicates)};
    }
    analytics::TrackingOptions options;
    std::string frequency = frequency_;
    if (frequency.empty()) {
      frequency = input.bar.ns > 0 ? to_period(input.bar) : "B";
    }
    TIEOUT_TRY(options.portfolio.frequency, analytics::parse_frequency(frequency));
    const bool new_york = zone_.empty() ? by_reference() : zone_ == "America/New_York";
    options.portfolio.zone = new_york ? Zone::kNewYork : Zone::kUtc;
    if (by_reference()) {
      options.portfolio.drawdown_start = analytics::DrawdownStart::kFirstValue;
      options.portfolio.rounding = analytics::Rounding::kTwoDecimals;
    }
    options.bootstrap.seed = seed_;
    options.bootstrap.replicates = replicates_;
    options.bootstrap.block_length = block_length_;
    return options;
  }

  void burn_in(StatisticsInput& input) const {
    for (auto& portfolio : input.portfolios) {
      for (Panel* panel : {&portfolio.metrics, &portfolio.positions, &portfolio.pnl}) {
        panel->drop_front(std::min<std::size_t>(burn_in_, panel->row_count()));
      }
    }
  }

  Result<std::vector<Row>> statistics_of(const StatisticsInput& input,
                                         const analytics::TrackingOptions& options) const {
    std::vector<analytics::NamedMetrics> metrics;
    for (const auto& portfolio : input.portfolios) {
      metrics.push_back({portfolio.name, portfolio.metrics});
    }
    TIEOUT_TRY(const auto table, analytics::compute_portfolio_stats(metrics, options.portfolio));
    std::vector<Row> rows = rows_of(table.values);
    if (by_reference()) {
      return rows;
    }
    std::vector<std::vector<Statistic>> performance;
    for (const auto& portfolio : input.portfolios) {
      TIEOUT_TRY(auto statistics, analytics::compute_performance(portfolio, options.portfolio));
      performance.push_back(std::move(statistics));
    }
    std::ranges::move(rows_of(performance), std::back_inserter(rows));
    if (metrics.size() == 2) {
      TIEOUT_TRY(const auto tracking, analytics::compute_tracking(metrics[0], metrics[1], options));
      std::ranges::move(rows_of({tracking}), std::back_inserter(rows));
    }
    return rows;
  }

  std::string text_of(const std::vector<std::string>& names, const std::vector<Row>& rows,
                      const analytics::TrackingOptions& options) const {
    std::string text =
        fmt::format("Statistics by bins of {}, N = {} a year, days of {}{}\n",
                    analytics::to_string(options.portfolio.frequency),
                    format_double(analytics::points_per_year(options.portfolio.frequency)),
                    zone_name(options.portfolio.zone), by_reference() ? ", profile reference" : "");
    const std::vector<std::string> heads = heads_of(names, text);
    for (std::size_t first = 0; first < rows.size();) {
      std::size_t last = first;
      while (last < rows.size() && rows[last].info->group == rows[first].info->group) {
        ++last;
      }
      text += "\n" + group_table(heads, std::span(rows).subspan(first, last - first));
      first = last;
    }
    return text;
  }

  /// The names as column heads; long ones become numbers, which `text` then explains.
  static std::vector<std::string> heads_of(const std::vector<std::string>& names,
                                           std::string& text) {
    constexpr std::size_t kWidest = 20;
    if (std::ranges::all_of(names, [](const std::string& n) { return n.size() <= kWidest; })) {
      return names;
    }
    std::vector<std::string> heads;
    for (const std::string& name : names) {
      heads.push_back(std::to_string(heads.size() + 1));
      text += fmt::format("{}: {}\n", heads.back(), name);
    }
    return heads;
  }

  std::string group_table(const std::vector<std::string>& names, std::span<const Row> rows) const {
    const bool single = rows.front().values.size() != names.size();  // of the difference
    std::vector<std::vector<std::string>> lines{{std::string(rows.front().info->group)}};
    if (single) {
      lines[0].push_back(names[0] + " - " + names[1]);
    } else {
      lines[0].insert(lines[0].end(), names.begin(), names.end());
    }
    if (rows.front().difference) {
      lines[0].push_back("difference");
    }
    lines[0].push_back("unit");
    lines[0].push_back("convention");
    for (const Row& row : rows) {
      std::vector<std::string> line{std::string(row.info->name)};
      for (const double value : row.values) {
        line.push_back(number_of(value, by_reference()));
      }
      if (row.difference) {
        line.push_back(number_of(*row.difference, by_reference()));
      }
      line.emplace_back(row.info->unit);
      line.push_back(std::string(row.info->convention) +
                     (row.at ? "; at " + to_iso(*row.at) : std::string()) +
                     (single ? " [" + row.samples.front() + "]" : std::string()));
      lines.push_back(std::move(line));
    }
    return table_of(lines);
  }

  std::string json_of(const std::vector<std::string>& names, const std::vector<Row>& rows,
                      const analytics::TrackingOptions& options) const {
    nlohmann::ordered_json json;
    json["frequency"] = analytics::to_string(options.portfolio.frequency);
    json["points_per_year"] = analytics::points_per_year(options.portfolio.frequency);
    json["zone"] = zone_name(options.portfolio.zone);
    json["profile"] = by_reference() ? "reference" : "";
    json["portfolios"] = names;
    json["statistics"] = nlohmann::ordered_json::array();
    for (const Row& row : rows) {
      nlohmann::ordered_json item{{"group", row.info->group}, {"name", row.info->name}};
      item["values"] = nlohmann::ordered_json::array();
      for (const double value : row.values) {
        item["values"].push_back(json_number(value));
      }
      if (row.difference) {
        item["difference"] = json_number(*row.difference);
      }
      item["unit"] = row.info->unit;
      item["convention"] = row.info->convention;
      item["samples"] = row.samples;
      if (row.at) {
        item["at"] = to_iso(*row.at);
      }
      json["statistics"].push_back(std::move(item));
    }
    return json.dump(2) + "\n";
  }

  std::vector<std::string> runs_, files_;
  std::string frequency_, zone_, profile_, research_;
  std::uint64_t burn_in_ = 0, seed_ = 1, replicates_ = 2000, block_length_ = 0;
  bool json_ = false, differences_ = false;
};

class ListStatistics final : public Command {
 public:
  std::string_view name() const noexcept override { return "list_statistics"; }
  std::string_view summary() const noexcept override {
    return "List the statistics: unit, formula and convention, what a NaN does";
  }
  std::vector<Flag> flags() override {
    return {{"--markdown", &markdown_, "Print the tables of docs/formats/statistics.md"}};
  }
  Result<int> run(Session& session) override {
    if (markdown_) {
      session.out << analytics::statistic_catalogue_markdown();
      return 0;
    }
    for (const analytics::StatisticInfo& info : analytics::statistic_catalogue()) {
      session.out << fmt::format("{}.{}{}{}  {}\n", info.group, info.name,
                                 info.unit.empty() ? "" : " ", info.unit, info.convention);
    }
    return 0;
  }

 private:
  bool markdown_ = false;
};

}  // namespace

std::unique_ptr<Command> make_portfolio_stats() {
  return std::make_unique<PortfolioStats>();
}
std::unique_ptr<Command> make_list_statistics() {
  return std::make_unique<ListStatistics>();
}

}  // namespace tieout::cli
