#include "tieout/flow/evidence.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"
#include "tieout/flow/known_rows.hpp"

namespace tieout::flow {
namespace {

using marketdata::BarVersion;

/// Position, from 1, of the version that a read as of `as_of` gives; nothing when none is visible.
std::optional<std::size_t> used_version(const std::vector<BarVersion>& versions,
                                        const AsOf& as_of) {
  std::optional<std::size_t> used;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    if (is_visible(versions[i], as_of)) {
      used = i + 1;
    }
  }
  return used;
}

/// A difference that is in the market data as a node read it.
struct DataBreak {
  const recon::Finding* finding = nullptr;
  Timestamp row;
};

bool is_source(const runlog::RunReader& run, const std::string& part) {
  const auto& nodes = run.manifest().nodes;
  return std::any_of(nodes.begin(), nodes.end(), [&](const runlog::NodeInfo& node) {
    return node.name == part && node.inputs.empty();
  });
}

/// The first difference, in causal order, that is a cell of a source node: the first divergence
/// itself, one of its inputs, or, when the first divergence is in the config, the first one after
/// it.
std::optional<DataBreak> data_break_of(const recon::Comparison& comparison,
                                       const runlog::RunReader& prod) {
  std::vector<const recon::Finding*> candidates{&comparison.first->finding};
  for (const recon::Finding& input : comparison.first->inputs) {
    candidates.push_back(&input);
  }
  if (comparison.first->finding.layer == recon::Layer::kConfig) {
    for (const recon::Finding& finding : comparison.findings) {
      candidates.push_back(&finding);
    }
  }
  for (const recon::Finding* finding : candidates) {
    if (finding->asset != kNoAsset && finding->row.has_value() && is_source(prod, finding->part)) {
      return DataBreak{finding, *finding->row};
    }
  }
  return std::nullopt;
}

std::vector<BarVersion> versions_of(const std::vector<BarVersion>& dump, AssetId asset,
                                    Timestamp end) {
  std::vector<BarVersion> versions;
  std::copy_if(
      dump.begin(), dump.end(), std::back_inserter(versions),
      [&](const BarVersion& version) { return version.asset == asset && version.end == end; });
  std::sort(versions.begin(), versions.end(), [](const BarVersion& a, const BarVersion& b) {
    return std::pair(a.knowledge, a.seq) < std::pair(b.knowledge, b.seq);
  });
  return versions;
}

std::string version_line(const BarVersion& version, std::size_t number) {
  return fmt::format(
      "version {} known {} ({:+.3f} s after its end), seq {}: open={} high={} low={} "
      "close={} volume={}",
      number, to_iso(version.knowledge), to_seconds(version.knowledge - version.end), version.seq,
      format_double(version.open), format_double(version.high), format_double(version.low),
      format_double(version.close), format_double(version.volume));
}

std::string decision_line(std::string_view side, const std::optional<AsOf>& decision,
                          const std::vector<BarVersion>& versions) {
  if (!decision.has_value()) {
    return fmt::format("{}: its journal has no decision for this bar", side);
  }
  const auto used = used_version(versions, *decision);
  return fmt::format("{}: decided as of {}, {}", side, to_iso(decision->knowledge),
                     used.has_value() ? fmt::format("used version {}", *used)
                                      : std::string("no version was known"));
}

/// A nominal replay reads the last version of every bar at a flat delay: the times at which the
/// dump's versions became known say nothing about it.
std::string nominal_line(std::string_view side, const std::vector<BarVersion>& versions) {
  return versions.empty() ? fmt::format("{}: nominal replay, no version exists", side)
                          : fmt::format("{}: nominal replay, used version {}, the last one", side,
                                        versions.size());
}

/// When production could not see a version although time alone would have shown it, the store
/// committed it after the read.
std::string when_visible(const BarVersion& version, const AsOf& decision) {
  const Duration after = version.knowledge - decision.knowledge;
  if (after.ns > 0) {
    return fmt::format("{:.3f} s after production decided", to_seconds(after));
  }
  return fmt::format(
      "in a commit that production's read did not see (seq {}, it saw up to {}), although "
      "it is stamped {:.3f} s before the decision",
      version.seq, decision.max_seq, to_seconds(-after));
}

std::string cause_text(DataCause cause, const std::vector<BarVersion>& versions,
                       const AsOf& decision) {
  switch (cause) {
    case DataCause::kLate:
      return "late, first known " + when_visible(versions.front(), decision);
    case DataCause::kRevised: {
      const std::size_t used = *used_version(versions, decision);
      return fmt::format("revised, version {} replaced what production used {}", used + 1,
                         when_visible(versions[used], decision));
    }
    case DataCause::kMissing:
      return "missing, the bar never arrived";
    case DataCause::kNone:
      break;
  }
  return "not in the market data, production saw the last version";
}

/// What a side could know of the market data of a bar.
std::string decision_text(const std::optional<AsOf>& decision, bool nominal) {
  if (nominal) {
    return "nominal replay: the last version of every row";
  }
  return decision.has_value() ? "decided as of " + to_iso(decision->knowledge)
                              : std::string("its journal has no decision for this bar");
}

report::MarketRow row_of(const KnownRow& known) {
  const BarVersion& version = known.version;
  return {version.end,  version.knowledge, version.asset, known.number,  known.left,    known.right,
          version.open, version.high,      version.low,   version.close, version.volume};
}

Result<report::MarketRows> rows_behind(const runlog::RunReader& prod, const runlog::RunReader& sim,
                                       const std::vector<BarVersion>& dump,
                                       const recon::Finding& finding) {
  const auto asset =
      finding.asset == kNoAsset ? std::optional<AssetId>() : std::optional(finding.asset);
  TIEOUT_TRY(const KnownRows known, known_rows(prod, sim, dump, finding.bar, asset, finding.row));
  report::MarketRows out = market_rows(known);
  if (asset && finding.row && is_source(prod, finding.part) && known.left) {
    const std::vector<BarVersion> versions = versions_of(dump, *asset, *finding.row);
    out.cause = cause_text(classify(versions, *known.left), versions, *known.left);
  }
  return out;
}

}  // namespace

std::string_view to_string(DataCause cause) noexcept {
  switch (cause) {
    case DataCause::kNone:
      return "none";
    case DataCause::kLate:
      return "late";
    case DataCause::kRevised:
      return "revised";
    case DataCause::kMissing:
      return "missing";
  }
  return "none";
}

DataCause classify(const std::vector<BarVersion>& versions, const AsOf& prod_decision) {
  if (versions.empty()) {
    return DataCause::kMissing;
  }
  const auto used = used_version(versions, prod_decision);
  if (!used.has_value()) {
    return DataCause::kLate;
  }
  return *used < versions.size() ? DataCause::kRevised : DataCause::kNone;
}

report::MarketRows market_rows(const KnownRows& known) {
  report::MarketRows out;
  std::ranges::transform(known.rows, std::back_inserter(out.rows), row_of);
  out.left_decision = decision_text(known.left, known.left_nominal);
  out.right_decision = decision_text(known.right, known.right_nominal);
  return out;
}

report::MarketLookup market_lookup(const runlog::RunReader& prod, const runlog::RunReader& sim,
                                   std::vector<BarVersion> dump) {
  // A function must be copyable, and the dump may be large.
  const auto shared = std::make_shared<const std::vector<BarVersion>>(std::move(dump));
  return [&prod, &sim, shared](const recon::Finding& finding) {
    return rows_behind(prod, sim, *shared, finding);
  };
}

Result<std::vector<report::Evidence>> explain_first_divergence(
    const recon::Comparison& comparison, const runlog::RunReader& prod,
    const runlog::RunReader& sim, const std::vector<BarVersion>& dump) {
  std::vector<report::Evidence> evidence;
  if (!comparison.first.has_value()) {
    return evidence;
  }
  const auto data_break = data_break_of(comparison, prod);
  if (!data_break.has_value()) {
    return evidence;
  }
  const recon::Finding& finding = *data_break->finding;
  const std::vector<BarVersion> versions = versions_of(dump, finding.asset, data_break->row);
  TIEOUT_TRY(const std::optional<AsOf> prod_decision, decision_of(prod, finding.bar));
  TIEOUT_TRY(const std::optional<AsOf> sim_decision, decision_of(sim, finding.bar));
  const std::string symbol = versions.empty() ? fmt::format("asset {}", finding.asset.value)
                                              : versions.front().full_symbol;
  report::Evidence item;
  item.title =
      fmt::format("market data of {} for the bar that ends {}", symbol, to_iso(data_break->row));
  for (std::size_t i = 0; i < versions.size(); ++i) {
    item.lines.push_back(version_line(versions[i], i + 1));
  }
  item.lines.push_back(decision_line(comparison.left_name, prod_decision, versions));
  item.lines.push_back(sim.manifest().replay == "nominal"
                           ? nominal_line(comparison.right_name, versions)
                           : decision_line(comparison.right_name, sim_decision, versions));
  if (prod_decision.has_value()) {
    const DataCause cause = classify(versions, *prod_decision);
    item.lines.push_back("cause: " + cause_text(cause, versions, *prod_decision));
    item.title += fmt::format(": {}", to_string(cause));
  }
  evidence.push_back(std::move(item));
  return evidence;
}

}  // namespace tieout::flow
