#include <algorithm>

#include <fmt/format.h>

#include "drill_down.hpp"
#include "finding_text.hpp"
#include "sections.hpp"

namespace tieout::report {
namespace {

using recon::Finding;

constexpr std::size_t kMostRows = 50;

/// What the market data says of a cell of a source: its cause, or why there is none.
Cell cause_of(const Finding& finding, const Facts& facts) {
  if (!facts.input.market) return {"no market data beside the logs", Tone::kMuted};
  const Result<MarketRows> known = facts.input.market(finding);
  if (!known.ok()) return {known.error().message, Tone::kWarn};
  return known->cause;
}

}  // namespace

Result<Blocks> data_section(const Facts& facts) {
  TIEOUT_TRY(const recon::Comparison* comparison, facts.need_comparison());
  std::vector<const Finding*> rows;
  std::uint64_t count = 0;
  for (const Finding& finding : comparison->findings) {
    if (finding.remark || finding.layer != recon::Layer::kInputs) continue;
    ++count;
    if (rows.size() < kMostRows) rows.push_back(&finding);
  }
  const auto layer =
      std::ranges::find(comparison->layers, recon::Layer::kInputs, &recon::LayerResult::layer);
  const bool compared = layer != comparison->layers.end() && layer->cells.compared > 0;
  if (count == 0) {
    return Blocks{compared ? Paragraph{"Both runs read the same data at every bar.", Tone::kGood}
                           : Paragraph{"No data was compared.", Tone::kWarn}};
  }
  TableBlock table;
  table.caption = rows.size() == count
                      ? "Data that the two runs read differently, in causal order"
                      : fmt::format("Data that the two runs read differently: the first {} of {}",
                                    count_text(rows.size()), plural(count, "difference"));
  table.columns = {{"break", Align::kCode},
                   {"read at bar", Align::kTime},
                   {"row ends", Align::kTime},
                   {"asset"},
                   {"column", Align::kCode},
                   {facts.left.name, Align::kNumber},
                   {facts.right.name, Align::kNumber},
                   {"rel", Align::kNumber},
                   {"cause", Align::kNote}};
  for (const Finding* finding : rows) {
    Cell id{break_id(*finding)};
    id.anchor = facts.drill_down().anchor_of(*finding);
    table.rows.push_back(
        {std::move(id), time_text(finding->bar), finding->row ? time_text(*finding->row) : "",
         facts.asset_text(finding->asset), finding->column, finding->left, finding->right,
         has_distance(*finding) ? number_text(finding->rel_diff) : "", cause_of(*finding, facts)});
  }
  return Blocks{table};
}

}  // namespace tieout::report
