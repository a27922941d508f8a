#include "render.hpp"

#include <fmt/format.h>

namespace tieout::cli {
namespace {

std::string render_first(const recon::FirstDivergence& first) {
  const recon::Finding& finding = first.finding;
  std::string text = fmt::format("\nfirst divergence: {}\n", first.sentence);
  text += fmt::format("  bar    {}\n  part   {}\n", to_iso(finding.bar), finding.part);
  if (!finding.column.empty()) {
    text += fmt::format("  column {}\n", finding.column);
  }
  if (finding.row.has_value()) {
    text += fmt::format("  row    {}\n", to_iso(*finding.row));
  }
  text += fmt::format("  left   {}\n  right  {}\n  id     {}\n", finding.left, finding.right,
                      recon::break_id(finding));
  return text;
}

}  // namespace

std::string render_comparison(const recon::Comparison& comparison) {
  std::string text =
      fmt::format("{}  {}\n", recon::to_string(comparison.verdict), comparison.sentence);
  text += fmt::format("coverage {:.4f} % of {} cells, {} bars in both ({} {}, {} {})\n\n",
                      100.0 * comparison.coverage, comparison.cells.present, comparison.bars_both,
                      comparison.bars_left, comparison.left_name, comparison.bars_right,
                      comparison.right_name);
  text += fmt::format("{:<18} {:<13} {:>14} {:>14} {:>12} {:>10}\n", "layer", "verdict", "cells",
                      "bitwise equal", "different", "breaks");
  for (const recon::LayerResult& layer : comparison.layers) {
    text += fmt::format("{:<18} {:<13} {:>14} {:>14} {:>12} {:>10}{}\n",
                        recon::to_string(layer.layer), recon::to_string(layer.verdict),
                        layer.cells.present, layer.cells.bitwise, layer.cells.outside,
                        layer.distinct_breaks, layer.note.empty() ? "" : "  " + layer.note);
  }
  if (comparison.first.has_value()) {
    text += render_first(*comparison.first);
  }
  return text;
}

}  // namespace tieout::cli
