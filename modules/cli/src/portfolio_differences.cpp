#include "portfolio_differences.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/recon/portfolio_compare.hpp"
#include "tieout/recon/research_leg.hpp"
#include "tieout/reference/log_reader.hpp"

#include "panel_file.hpp"

namespace tieout::cli {
namespace {

using nlohmann::ordered_json;
using recon::LargestDifference;

/// The books of one run, and the delays of their marks.
struct Books {
  std::string name;
  Panel portfolio;
  std::vector<Duration> delays;
};

struct DelaySummary {
  std::size_t count = 0;
  double mean = 0, std = 0, min = 0, max = 0;  // seconds; std with ddof 1
};

DelaySummary summarise(const std::vector<Duration>& delays) {
  DelaySummary out;
  out.count = delays.size();
  if (delays.empty()) {
    return out;
  }
  const auto n = static_cast<double>(delays.size());
  std::int64_t sum_ns = 0;
  for (const Duration delay : delays) {
    sum_ns += delay.ns;
  }
  const double mean_ns = static_cast<double>(sum_ns) / n;
  double squares = 0;
  for (const Duration delay : delays) {
    squares += std::pow(static_cast<double>(delay.ns) - mean_ns, 2);
  }
  out.mean = mean_ns / 1e9;
  out.std = delays.size() < 2 ? 0.0 : std::sqrt(squares / (n - 1)) / 1e9;
  out.min = to_seconds(*std::ranges::min_element(delays));
  out.max = to_seconds(*std::ranges::max_element(delays));
  return out;
}

/// Rule: by bar, as the log says it; the reference rounds the instant of the mark.
Result<Books> books_of(const runlog::RunSource& run, const char* name, bool by_reference) {
  TIEOUT_TRY(recon::TradingFrames frames, recon::read_trading_frames(run));
  Books books{name, {}, {}};
  if (frames.statistics.row_count() != frames.snapshots.size() || frames.snapshots.empty()) {
    books.portfolio = std::move(frames.portfolio);
    return books;
  }
  const auto frequency = by_reference ? std::optional(frames.bar) : std::nullopt;
  TIEOUT_TRY(recon::PortfolioState state, recon::portfolio_state(frames, frequency));
  books.delays = std::move(state.delays);
  books.portfolio = by_reference ? std::move(state.portfolio) : std::move(frames.portfolio);
  return books;
}

/// The third portfolio, or why there is none.
Result<Panel> research_of(const DifferencesRequest& request, const runlog::RunSource& production) {
  if (!request.research.empty()) {
    return read_panel_file(request.research, "", "portfolio_stats");
  }
  TIEOUT_TRY(recon::ResearchLeg leg, recon::compute_research_leg(production));
  return std::move(leg.research.portfolio);
}

std::string text_of(const LargestDifference& difference) {
  return difference.pairs == 0 || std::isnan(difference.max_percent)
             ? "-"
             : fmt::format("{:.6g} %", difference.max_percent);
}

ordered_json json_number(double value) {
  return std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr);
}

std::string render(const std::vector<recon::PortfolioPair>& pairs,
                   const std::vector<Books>& books) {
  std::string text = fmt::format("{:<26}", "largest difference");
  for (const auto& pair : pairs) {
    text += fmt::format("  {:>20}", pair.name);
  }
  text += '\n';
  const auto fields = recon::portfolio_fields();
  for (std::size_t f = 0; f < fields.size(); ++f) {
    text += fmt::format("{:<26}", fields[f]);
    for (const auto& pair : pairs) {
      text += fmt::format("  {:>20}", text_of(pair.fields[f]));
    }
    text += '\n';
  }
  text += "a_b_diff: max over bars and assets of 100 |a - b| / |b|, below 1e-6 is 0\n";
  for (const Books& own : books) {
    const DelaySummary delay = summarise(own.delays);
    text += delay.count == 0
                ? fmt::format("{}: the log does not say when its books were marked\n", own.name)
                : fmt::format(
                      "{}: books marked {:.6g} s after the bar (mean of {}; std {:.6g}, min "
                      "{:.6g}, max {:.6g})\n",
                      own.name, delay.mean, delay.count, delay.std, delay.min, delay.max);
  }
  return text;
}

std::string render_json(const std::vector<recon::PortfolioPair>& pairs,
                        const std::vector<Books>& books, const std::string& note) {
  ordered_json json{{"schema", "tieout.portfolio_differences/1"}};
  ordered_json& by_pair = json["differences"] = ordered_json::object();
  const auto fields = recon::portfolio_fields();
  for (const auto& pair : pairs) {
    for (std::size_t f = 0; f < fields.size(); ++f) {
      const LargestDifference& d = pair.fields[f];
      const bool known = d.pairs > 0 && !std::isnan(d.max_percent);
      by_pair[pair.name][std::string(fields[f])] = {
          {"max_percent", json_number(d.max_percent)},
          {"max_abs", json_number(d.max_abs)},
          {"pairs", d.pairs},
          {"one_sided", d.one_sided},
          {"without_percent", d.without_percent},
          {"at", known ? ordered_json(to_iso(d.at)) : ordered_json(nullptr)},
          {"asset_id", known ? ordered_json(d.asset.value) : ordered_json(nullptr)}};
    }
  }
  ordered_json& delays = json["delays_s"] = ordered_json::object();
  for (const Books& own : books) {
    delays[own.name] = ordered_json::array();
    for (const Duration delay : own.delays) {
      delays[own.name].push_back(to_seconds(delay));
    }
  }
  if (!note.empty()) {
    json["note"] = note;
  }
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

Result<int> print_differences(const DifferencesRequest& request, Session& session) {
  if (request.runs.size() != 2) {
    return Error{
        ErrorCode::kInvalidArgument,
        fmt::format("portfolio_stats: --differences was given {} runs, needed two: that of "
                    "production and the simulation",
                    request.runs.size())};
  }
  const auto strings = std::make_shared<StringPool>();
  std::vector<Books> books;
  Result<Panel> research = Error{};
  for (const char* name : {"prod", "sim"}) {
    TIEOUT_TRY(const auto run, reference::open_run(request.runs[books.size()], strings));
    if (books.empty()) {
      research = research_of(request, *run);
    }
    TIEOUT_TRY(Books own, books_of(*run, name, request.by_reference));
    books.push_back(std::move(own));
  }
  if (!research.ok() && (request.by_reference || !request.research.empty())) {
    return research.error();
  }
  std::vector<recon::NamedPortfolio> portfolios{{"prod", &books[0].portfolio}};
  if (research.ok()) {
    portfolios.push_back({"research", &*research});
  }
  portfolios.push_back({"sim", &books[1].portfolio});
  const auto names =
      request.by_reference ? recon::PortfolioNames::kReference : recon::PortfolioNames::kAny;
  TIEOUT_TRY(const auto pairs, recon::compare_portfolios(portfolios, names));
  const std::string note =
      research.ok() ? "" : "no research portfolio: " + research.error().message;
  session.out << (request.json ? render_json(pairs, books, note) : render(pairs, books));
  if (!note.empty() && !request.json) {
    session.out << note << '\n';
  }
  return 0;
}

}  // namespace tieout::cli
