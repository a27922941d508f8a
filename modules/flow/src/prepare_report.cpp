#include "tieout/flow/prepare_report.hpp"

#include <iterator>
#include <utility>

#include "tieout/flow/evidence.hpp"
#include "tieout/marketdata/dump.hpp"
#include "tieout/recon/checks.hpp"

namespace tieout::flow {
namespace {

using Dump = std::vector<marketdata::BarVersion>;

Result<recon::Comparison> compare_sides(const ReportRequest& request, bool check_self_consistency,
                                        const runlog::RunReader& prod,
                                        const runlog::RunReader& sim) {
  std::optional<recon::NoiseFloor> noise;
  if (!request.noise_floor.empty()) {
    TIEOUT_TRY(noise, recon::read_noise_floor(request.noise_floor.string()));
  }
  recon::CompareOptions options;
  options.expected_config_differences = recon::default_expected_config_differences();
  options.check_self_consistency = check_self_consistency;
  options.policy = request.policy.has_value() ? &*request.policy : nullptr;
  options.noise = noise ? &*noise : nullptr;
  return recon::compare_runs(prod, sim, options);
}

/// When a run decided its bars, for the delays of the market data. Errors: those of the journal.
Status add_decisions(const runlog::RunReader& run, recon::MarketCheckOptions& options) {
  for (std::size_t b = 0; b < run.bars().size(); ++b) {
    TIEOUT_TRY(const auto entries, run.journal(b));
    for (const runlog::JournalEntry& entry : entries) {
      if (entry.kind == runlog::JournalEntry::Kind::kDecision) {
        options.bars.push_back(run.bars()[b].bar);
        options.decided.push_back(entry.as_of.knowledge);
        break;
      }
    }
  }
  return {};
}

Result<recon::CheckReport> check_dump(const Dump& dump, const runlog::RunReader& prod) {
  std::vector<recon::MarketRow> rows;
  rows.reserve(dump.size());
  for (const marketdata::BarVersion& v : dump) {
    rows.push_back({v.asset, v.end, v.knowledge, v.open, v.high, v.low, v.close, v.volume});
  }
  recon::MarketCheckOptions options;
  options.universe = prod.manifest().universe;
  options.bar = prod.manifest().bar;
  TIEOUT_CHECK(add_decisions(prod, options));
  return recon::check_market_data(rows, options);
}

/// The checks of the catalogue join the findings as remarks; without a dump those of the market
/// data are left out.
Status add_checks(const Dump* dump, PreparedReport& report) {
  const auto add = [&report](recon::CheckReport& checks) {
    std::move(checks.findings.begin(), checks.findings.end(),
              std::back_inserter(report.comparison.findings));
  };
  TIEOUT_TRY(recon::CheckReport checks,
             recon::run_checks(report.prod, report.sim, &report.comparison, {}));
  add(checks);
  if (dump == nullptr) {
    return {};
  }
  Result<recon::CheckReport> market = check_dump(*dump, report.prod);
  if (market.ok()) {
    add(*market);
  } else {
    report.complaints.push_back(market.error());
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<PreparedReport>> prepare_report(const ReportRequest& request,
                                                       const std::function<Status()>& proceed) {
  const bool check_self_consistency =
      request.check_self_consistency || request.kind == report::ReportKind::kSlow;
  TIEOUT_TRY(runlog::RunReader prod, runlog::RunReader::open(request.prod));
  TIEOUT_TRY(runlog::RunReader sim, runlog::RunReader::open(request.sim));
  TIEOUT_TRY(recon::Comparison comparison,
             compare_sides(request, check_self_consistency, prod, sim));
  std::unique_ptr<PreparedReport> report(
      new PreparedReport{std::move(prod), std::move(sim), std::move(comparison), {}, {}});
  if (proceed) {
    TIEOUT_CHECK(proceed());
  }
  std::optional<Dump> dump;
  if (!request.market_data.empty()) {
    Result<Dump> read = marketdata::read_dump(request.market_data);
    if (read.ok()) {
      dump = std::move(read).value();
    } else {
      report->complaints.push_back(read.error());
    }
  }
  TIEOUT_CHECK(add_checks(dump ? &*dump : nullptr, *report));
  report::ReportInput& input = report->input;
  if (dump && report->comparison.first.has_value()) {
    TIEOUT_TRY(input.evidence,
               explain_first_divergence(report->comparison, report->prod, report->sim, *dump));
  }
  if (dump) {
    input.market = market_lookup(report->prod, report->sim, std::move(*dump));
  }
  if (proceed) {
    TIEOUT_CHECK(proceed());
  }
  input.kind = request.kind;
  input.prod = &report->prod;
  input.sim = &report->sim;
  input.comparison = &report->comparison;
  input.self_consistency_checked = check_self_consistency;
  return report;
}

}  // namespace tieout::flow
