#include <string>
#include <vector>

#include <pybind11/stl.h>

#include "tieout/analytics/tracking.hpp"
#include "tieout/recon/portfolio_record.hpp"
#include "tieout/recon/research_leg.hpp"
#include "tieout/recon/trading_frames.hpp"
#include "tieout/reference/log_reader.hpp"

#include "arrays.hpp"
#include "comparison.hpp"
#include "errors.hpp"

namespace tieout::python {
namespace py = pybind11;

namespace {

using analytics::Statistic;

struct StatisticsOfRuns {
  std::vector<std::vector<Statistic>> portfolios;  // each: the table, then the performance
  std::vector<Statistic> tracking;                 // of the first two
};

/// What `tieout portfolio_stats` prints without a profile.
StatisticsOfRuns statistics_of(const std::vector<std::string>& directories,
                               const std::vector<std::string>& names,
                               const std::string& frequency) {
  std::vector<analytics::PortfolioRecord> records;
  std::vector<analytics::NamedMetrics> metrics;
  Duration bar;
  for (std::size_t i = 0; i < directories.size(); ++i) {
    const auto run = unwrap(reference::open_run(directories[i], std::make_shared<StringPool>()));
    const recon::TradingFrames frames = unwrap(recon::read_trading_frames(*run));
    records.push_back(unwrap(recon::portfolio_record(frames, names[i])));
    metrics.push_back({names[i], records.back().metrics});
    bar = std::max(bar, frames.bar);
  }
  analytics::TrackingOptions options;
  const std::string bins = !frequency.empty() ? frequency : bar.ns > 0 ? to_period(bar) : "B";
  options.portfolio.frequency = unwrap(analytics::parse_frequency(bins));
  StatisticsOfRuns out;
  out.portfolios = unwrap(analytics::compute_portfolio_stats(metrics, options.portfolio)).values;
  for (std::size_t i = 0; i < records.size(); ++i) {
    auto performance = unwrap(analytics::compute_performance(records[i], options.portfolio));
    std::ranges::move(performance, std::back_inserter(out.portfolios[i]));
  }
  if (metrics.size() == 2) {
    out.tracking = unwrap(analytics::compute_tracking(metrics[0], metrics[1], options));
  }
  return out;
}

py::dict statistic_dict(const Statistic& statistic) {
  py::dict row;
  row["group"] = std::string(statistic.info->group);
  row["name"] = std::string(statistic.info->name);
  row["value"] = statistic.value;
  row["unit"] = std::string(statistic.info->unit);
  row["convention"] = std::string(statistic.info->convention);
  row["sample"] = statistic.sample;
  return row;
}

py::list rows_of(const std::vector<Statistic>& statistics) {
  py::list rows;
  for (const Statistic& statistic : statistics) rows.append(statistic_dict(statistic));
  return rows;
}

py::tuple portfolio_stats(const std::vector<std::string>& directories,
                          const std::vector<std::string>& names, const std::string& frequency) {
  const StatisticsOfRuns statistics = [&] {
    py::gil_scoped_release released;
    return statistics_of(directories, names, frequency);
  }();
  py::list portfolios;
  for (const auto& rows : statistics.portfolios) portfolios.append(rows_of(rows));
  return py::make_tuple(portfolios, rows_of(statistics.tracking));
}

/// The research portfolio of a run by its own config: metrics, positions, notes.
py::dict research_portfolio(const std::string& directory) {
  recon::ResearchLeg leg = [&] {
    py::gil_scoped_release released;
    const auto run = unwrap(reference::open_run(directory, std::make_shared<StringPool>()));
    return unwrap(recon::compute_research_leg(*run));
  }();
  const auto panel = [](Panel&& p) {
    return panel_dict(std::make_shared<const Panel>(std::move(p)), {}, nullptr);
  };
  py::dict out;
  out["statistics"] = panel(std::move(leg.research.statistics));
  out["portfolio"] = panel(std::move(leg.research.portfolio));
  out["notes"] = leg.setup.notes;
  return out;
}

}  // namespace

void bind_books(py::module_& module) {
  module.def("portfolio_stats", &portfolio_stats, py::arg("directories"), py::arg("names"),
             py::arg("frequency"));
  module.def("research_portfolio", &research_portfolio, py::arg("directory"));
}

}  // namespace tieout::python
