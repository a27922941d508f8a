#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/marketdata/dump.hpp"
#include "tieout/recon/checks.hpp"
#include "tieout/recon/compare.hpp"
#include "tieout/reference/log_reader.hpp"
#include "tieout/runlog/run_source.hpp"

#include "commands.hpp"

namespace tieout::cli {
namespace {

class ListChecks final : public Command {
 public:
  std::string_view name() const noexcept override { return "list_checks"; }
  std::string_view summary() const noexcept override {
    return "List the checks of the catalogue: what must hold, severity, where it is made";
  }
  std::vector<Flag> flags() override {
    return {
        {"--json", &json_, "Print a JSON list"},
        {"--markdown", &markdown_, "Print the table of docs/formats/checks.md"},
    };
  }
  Result<int> run(Session& session) override {
    if (markdown_) {
      session.out << recon::check_catalogue_markdown();
      return 0;
    }
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const recon::CheckInfo& check : recon::check_catalogue()) {
      if (json_) {
        list.push_back({{"id", check.id},
                        {"level", check.level},
                        {"layer", recon::to_string(check.layer)},
                        {"title", check.title},
                        {"tolerance", check.tolerance},
                        {"severity", recon::to_string(check.severity)},
                        {"place", recon::to_string(check.place)},
                        {"where", check.where}});
      } else {
        session.out << fmt::format("{} {:<6} {:<11}  {}\n", check.id,
                                   recon::to_string(check.severity), recon::to_string(check.place),
                                   check.title);
      }
    }
    if (json_) {
      session.out << list.dump(2) << '\n';
    }
    return 0;
  }

 private:
  bool json_ = false, markdown_ = false;
};

/// Instants at which a run decided its bars, for the delays of the market data.
Status add_decisions(const runlog::RunSource& run, recon::MarketCheckOptions& options) {
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

class RunChecks final : public Command {
 public:
  std::string_view name() const noexcept override { return "run_checks"; }
  std::string_view summary() const noexcept override {
    return "Check one run, or two, against the catalogue: identity, clocks, books, market data";
  }
  std::vector<Flag> flags() override {
    return {
        {"RUN", &run_, "system_log_dir of a run", Need::kRequired},
        {"OTHER", &other_, "system_log_dir of the run to hold it against"},
        {"--market-data", &dump_, "Dump (test_data.csv.gz) to check too", Need::kOptional, "FILE"},
        {"--json", &json_, "Print outcomes and findings as JSON"},
    };
  }
  Result<int> run(Session& session) override {
    TIEOUT_TRY(const recon::CheckReport report, check());
    session.out << (json_ ? json_of(report) : text_of(report));
    return report.failed() ? 1 : 0;
  }

 private:
  Result<recon::CheckReport> check() const {
    const auto strings = std::make_shared<StringPool>();
    TIEOUT_TRY(const auto run, reference::open_run(run_, strings));
    recon::CheckReport report;
    if (other_.empty()) {
      TIEOUT_TRY(report, recon::check_run(*run, "run", recon::CheckDepth::kAll));
    } else {
      TIEOUT_TRY(const auto other, reference::open_run(other_, strings));
      recon::CompareOptions options;
      options.check_self_consistency = false;
      TIEOUT_TRY(const auto comparison, recon::compare_runs(*run, *other, options));
      TIEOUT_TRY(report, recon::run_checks(*run, *other, &comparison, {}));
    }
    if (!dump_.empty()) {
      TIEOUT_TRY(recon::CheckReport market, check_market(*run));
      std::move(market.outcomes.begin(), market.outcomes.end(),
                std::back_inserter(report.outcomes));
      std::move(market.findings.begin(), market.findings.end(),
                std::back_inserter(report.findings));
    }
    return report;
  }

  Result<recon::CheckReport> check_market(const runlog::RunSource& run) const {
    TIEOUT_TRY(const auto versions, marketdata::read_dump(dump_));
    std::vector<recon::MarketRow> rows;
    rows.reserve(versions.size());
    for (const marketdata::BarVersion& v : versions) {
      rows.push_back({v.asset, v.end, v.knowledge, v.open, v.high, v.low, v.close, v.volume});
    }
    recon::MarketCheckOptions options;
    options.universe = run.manifest().universe;
    options.bar = run.manifest().bar;
    TIEOUT_CHECK(add_decisions(run, options));
    return recon::check_market_data(rows, options);
  }

  static std::string json_of(const recon::CheckReport& report) {
    nlohmann::ordered_json json;
    json["outcomes"] = nlohmann::ordered_json::array();
    for (const recon::CheckOutcome& outcome : report.outcomes) {
      json["outcomes"].push_back({{"check", outcome.id},
                                  {"run", outcome.run},
                                  {"state", recon::to_string(outcome.state)},
                                  {"looked_at", outcome.looked_at},
                                  {"violations", outcome.violations},
                                  {"note", outcome.note}});
    }
    json["findings"] = nlohmann::ordered_json::array();
    for (const recon::Finding& finding : report.findings) {
      json["findings"].push_back(nlohmann::ordered_json::parse(recon::to_json_line(finding)));
    }
    return json.dump(2) + "\n";
  }

  static std::string text_of(const recon::CheckReport& report) {
    std::string text;
    for (const recon::CheckOutcome& outcome : report.outcomes) {
      const recon::CheckInfo& info = *recon::find_check(outcome.id);
      text +=
          fmt::format("{} {:<6} {:<5} {:<11} {}{}\n", outcome.id, recon::to_string(info.severity),
                      outcome.run, recon::to_string(outcome.state), info.title,
                      outcome.note.empty() ? "" : " (" + outcome.note + ")");
      for (const recon::Finding& finding : report.findings) {
        const bool mine =
            finding.check == outcome.id &&
            finding.key == (outcome.run.empty() ? std::string() : "run=" + outcome.run);
        if (mine && outcome.state != recon::CheckState::kPassed) {
          const std::string column = to_string(ColumnKey{finding.column, finding.asset});
          text +=
              fmt::format("       {} {}{}{}: {}; found {}{}\n", to_iso(finding.bar), finding.part,
                          column.empty() ? "" : " ", column, finding.note, finding.left,
                          finding.right.empty() ? "" : ", needed " + finding.right);
        }
      }
    }
    return text;
  }

  std::string run_, other_, dump_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_list_checks() {
  return std::make_unique<ListChecks>();
}
std::unique_ptr<Command> make_run_checks() {
  return std::make_unique<RunChecks>();
}

}  // namespace tieout::cli
