#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"
#include "tieout/recon/checks.hpp"

#include "cell.hpp"
#include "check_log.hpp"

namespace tieout::recon {
namespace {

constexpr std::string_view kPart = "market_data";

bool same_values(const MarketRow& a, const MarketRow& b) {
  return same_cell(a.open, b.open) && same_cell(a.high, b.high) && same_cell(a.low, b.low) &&
         same_cell(a.close, b.close) && same_cell(a.volume, b.volume);
}

/// Rows of a dump by asset and label, each label's versions by knowledge.
using Versions = std::map<Timestamp, std::vector<const MarketRow*>>;
using ByAsset = std::map<AssetId, Versions>;

ByAsset group(std::span<const MarketRow> rows) {
  ByAsset assets;
  for (const MarketRow& row : rows) {
    assets[row.asset][row.end].push_back(&row);
  }
  for (auto& [asset, labels] : assets) {
    for (auto& [label, versions] : labels) {
      std::ranges::stable_sort(versions, {}, [](const MarketRow* row) { return row->knowledge; });
    }
  }
  return assets;
}

void check_assets(const ByAsset& assets, const MarketCheckOptions& options, CheckReport& out) {
  CheckLog check(out, "C101", "");
  if (options.universe.empty()) {
    check.skip("no universe was given");
    return;
  }
  std::set<AssetId> universe;
  for (const Asset& asset : options.universe) {
    universe.insert(asset.id);
    check.look();
    if (assets.find(asset.id) == assets.end()) {
      check.violate({.bar = options.from,
                     .part = std::string(kPart),
                     .asset = asset.id,
                     .found = "no row",
                     .needed = asset.full_symbol,
                     .note = "the dump has no row of an asset of the universe"});
    }
  }
  for (const auto& [asset, labels] : assets) {
    if (universe.find(asset) == universe.end()) {
      check.violate({.bar = labels.begin()->first,
                     .part = std::string(kPart),
                     .asset = asset,
                     .found = fmt::format("{} rows", labels.size()),
                     .needed = "no row",
                     .note = "the dump has rows of an asset that is not of the universe"});
    }
  }
}

void check_minutes(const ByAsset& assets, const MarketCheckOptions& options, CheckReport& out) {
  CheckLog check(out, "C102", "");
  Timestamp from = options.from;
  Timestamp until = options.until;
  if (until <= from && !assets.empty()) {
    from = until = assets.begin()->second.begin()->first;
    for (const auto& [asset, labels] : assets) {
      from = std::min(from, labels.begin()->first);
      until = std::max(until, labels.rbegin()->first);
    }
  }
  for (const auto& [asset, labels] : assets) {
    auto label = labels.lower_bound(from);
    for (Timestamp t = from; t <= until; t = t + options.period) {
      while (label != labels.end() && label->first < t) {
        ++label;
      }
      check.look();
      if (label == labels.end() || label->first != t) {
        check.violate({.bar = t,
                       .part = std::string(kPart),
                       .asset = asset,
                       .found = "(none)",
                       .needed = "a row at " + to_iso(t),
                       .note = "a row is missing"});
      }
    }
  }
}

void check_versions(const ByAsset& assets, CheckReport& out) {
  CheckLog revised(out, "C103", "");
  CheckLog early(out, "C104", "");
  CheckLog skew(out, "C011", "");
  CheckLog prices(out, "C106", "");
  for (const auto& [asset, labels] : assets) {
    for (const auto& [label, versions] : labels) {
      const auto tell = [&, id = asset, end = label](CheckLog& check, std::string found,
                                                     std::string needed, std::string note) {
        check.violate({.bar = end,
                       .part = std::string(kPart),
                       .asset = id,
                       .found = std::move(found),
                       .needed = std::move(needed),
                       .note = std::move(note)});
      };
      revised.look();
      for (const MarketRow* row : versions) {
        if (row != versions.front() && !same_values(*row, *versions.front())) {
          tell(revised, to_iso(row->knowledge), to_iso(versions.front()->knowledge),
               "a later version of the row has other values");
          break;
        }
      }
      for (const MarketRow* row : versions) {
        early.look();
        skew.look();
        prices.look();
        const Duration delay = row->knowledge - row->end;
        if (delay.ns <= 0) {
          tell(early, to_iso(row->knowledge), "after " + to_iso(row->end),
               "the row was known when its interval had not ended");
        }
        if (delay < seconds(0)) {
          tell(skew, fmt::format("{} s", to_seconds(delay)), "at least 0 s",
               "the row was known before its interval ended: the clocks disagree");
        }
        const bool ordered = row->low <= std::min(row->open, row->close) &&
                             row->high >= std::max(row->open, row->close);
        const bool any_nan = std::isnan(row->open + row->high + row->low + row->close);
        if ((!ordered && !any_nan) || row->volume < 0) {
          tell(prices,
               fmt::format("open {} high {} low {} close {} volume {}", format_double(row->open),
                           format_double(row->high), format_double(row->low),
                           format_double(row->close), format_double(row->volume)),
               "low <= open, close <= high; volume >= 0", "the row contradicts itself");
        }
      }
    }
  }
}

void check_delays(const ByAsset& assets, const MarketCheckOptions& options, CheckReport& out) {
  CheckLog check(out, "C105", "");
  if (options.bars.empty() || options.decided.size() != options.bars.size()) {
    check.skip("no decisions of a run were given");
    return;
  }
  for (const auto& [asset, labels] : assets) {
    std::vector<double> delays;
    for (std::size_t b = 0; b < options.bars.size(); ++b) {
      const Timestamp bar = options.bars[b];
      for (auto label = labels.upper_bound(bar - options.bar);
           label != labels.end() && label->first <= bar; ++label) {
        const MarketRow& first = *label->second.front();
        delays.push_back(to_seconds(first.knowledge - first.end));
        check.look();
        if (first.knowledge > options.decided[b]) {
          check.violate(
              {.bar = bar,
               .part = std::string(kPart),
               .asset = asset,
               .found = to_iso(first.knowledge),
               .needed = "at or before " + to_iso(options.decided[b]),
               .note = fmt::format("the row of {} was known only after the bar was decided",
                                   to_iso(first.end))});
        }
      }
    }
    if (delays.empty()) {
      continue;
    }
    std::ranges::sort(delays);
    const auto quantile = [&](double q) {
      return delays[static_cast<std::size_t>(q * static_cast<double>(delays.size() - 1))];
    };
    check.report(
        {.bar = options.bars.back(),
         .part = std::string(kPart),
         .column = "delay",
         .asset = asset,
         .found = fmt::format("{:.3f} s", delays.back()),
         .note = fmt::format("rows are known {:.3f} s after their end (p50), {:.3f} s (p95), "
                             "{:.3f} s at most",
                             quantile(0.5), quantile(0.95), delays.back())});
  }
}

}  // namespace

CheckReport check_market_data(std::span<const MarketRow> rows, const MarketCheckOptions& options) {
  CheckReport out;
  const ByAsset assets = group(rows);
  check_assets(assets, options, out);
  check_minutes(assets, options, out);
  check_versions(assets, out);
  check_delays(assets, options, out);
  std::ranges::stable_sort(out.outcomes, {}, &CheckOutcome::id);
  std::ranges::stable_sort(out.findings, {}, &Finding::check);
  return out;
}

}  // namespace tieout::recon
