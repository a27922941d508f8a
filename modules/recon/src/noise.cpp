#include "tieout/recon/noise.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/core/file.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/recon/compare.hpp"
#include "tieout/runlog/records.hpp"

#include "json_text.hpp"
#include "noise_json.hpp"

namespace tieout::recon {
namespace {

constexpr std::uint64_t kNoUlp = std::numeric_limits<std::uint64_t>::max();
/// More ulp than this (1e-4 relative) are read more easily as a ratio.
constexpr std::uint64_t kReadableUlp = std::uint64_t{1} << 39U;

NoisyPart& part_of(NoiseFloor& floor, const std::string& name, Layer layer) {
  const auto found = std::ranges::find(floor.parts, name, &NoisyPart::name);
  if (found != floor.parts.end()) {
    return *found;
  }
  // Nodes keep their order; all else is behind them by layer.
  const auto behind = std::ranges::find_if(floor.parts, [&](const NoisyPart& part) {
    return layer > Layer::kNodes && part.layer > layer;
  });
  return *floor.parts.insert(behind, NoisyPart{.name = name, .layer = layer});
}

void widen(NoisyPart& part, double abs, double rel) {
  part.max_abs = std::max(part.max_abs, std::isfinite(abs) ? abs : 0);
  part.max_rel = std::max(part.max_rel, std::isfinite(rel) ? rel : 0);
}

void note_bar(NoisyPart& part, Timestamp bar) {
  part.first_bar = part.first_bar ? std::min(*part.first_bar, bar) : bar;
}

/// The tables are listed also when they are quiet, so that a floor says what it looked at.
void add_tables(NoiseFloor& floor) {
  for (const auto& [kind, layer] :
       {std::pair(runlog::TableKind::kTargetPositions, Layer::kTargetPositions),
        std::pair(runlog::TableKind::kOrders, Layer::kOrders),
        std::pair(runlog::TableKind::kFills, Layer::kFills),
        std::pair(runlog::TableKind::kPortfolio, Layer::kPortfolio),
        std::pair(runlog::TableKind::kStatistics, Layer::kStatistics)}) {
    part_of(floor, std::string(to_string(kind)), layer);
  }
}

}  // namespace

bool NoiseFloor::is_noisy() const noexcept {
  return std::ranges::any_of(parts, &NoisyPart::is_noisy);
}

void add_repetition(NoiseFloor& floor, const Comparison& comparison) {
  for (const NodeResult& node : comparison.nodes) {
    const Layer layer = node.topological_id == 0 ? Layer::kInputs : Layer::kNodes;
    NoisyPart& part = part_of(floor, node.name, layer);
    part.cells = std::max(part.cells, node.cells.outside);
    part.breaks = std::max(part.breaks, node.distinct_breaks);
    widen(part, node.max_abs, node.max_rel);
    if (node.first_bar) {
      note_bar(part, *node.first_bar);
    }
  }
  add_tables(floor);
  for (const Layer layer : {Layer::kChildOrders, Layer::kOrderEvents}) {
    if (std::ranges::count(comparison.layers, layer, &LayerResult::layer) > 0) {
      part_of(floor, std::string(to_string(layer)), layer);
    }
  }
  for (const Finding& finding : comparison.findings) {
    if (finding.remark) {
      continue;
    }
    NoisyPart& part = part_of(floor, finding.part, finding.layer);
    widen(part, finding.abs_diff, finding.rel_diff);
    if (finding.kind == BreakKind::kValue && finding.ulp != kNoUlp) {
      part.max_ulp = std::max(part.max_ulp, finding.ulp);
    }
    note_bar(part, finding.bar);
  }
  // The nodes are counted already; a finding of any other part is one break of one cell.
  for (NoisyPart& part : floor.parts) {
    if (std::ranges::find(comparison.nodes, part.name, &NodeResult::name) !=
        comparison.nodes.end()) {
      continue;
    }
    const auto breaks = static_cast<std::uint64_t>(std::ranges::count_if(
        comparison.findings, [&](const Finding& f) { return !f.remark && f.part == part.name; }));
    part.breaks = std::max(part.breaks, breaks);
    part.cells = std::max(part.cells, breaks);
  }
}

std::string describe_noise(const NoisyPart& part, std::size_t simulations) {
  std::string size;
  if (part.max_ulp > 0 && part.max_ulp <= kReadableUlp) {
    size = fmt::format("max {} ulp", part.max_ulp);
  } else if (part.max_abs > 0) {
    size = fmt::format("max {:.2g} abs, {:.2g} rel", part.max_abs, part.max_rel);
  } else {
    size = fmt::format("{} cell{} other than by a distance", std::max(part.cells, part.breaks),
                       std::max(part.cells, part.breaks) == 1 ? " differs" : "s differ");
  }
  return fmt::format("{} is noisy by itself: {} over {} simulations", part.name, size, simulations);
}

std::string to_json(const NoiseFloor& floor) {
  std::string out;
  {
    JsonObject object(out);
    object.text("schema", kNoiseFloorSchema);
    object.boolean("noisy", floor.is_noisy());
    object.text("constructor", floor.constructor);
    object.text("start", to_iso(floor.start));
    object.text("end", to_iso(floor.end));
    object.integer("bars", floor.bars);
    append_json_array(object.raw("runs"), floor.runs, [](std::string& text, const NoiseRun& run) {
      JsonObject item(text);
      item.text("varied", run.varied);
      item.text("content_hash", run.content_hash);
    });
    append_json_array(object.raw("parts"), floor.parts,
                      [](std::string& text, const NoisyPart& part) {
                        text += "\n";
                        append_noisy_part(text, part);
                      });
  }
  return out + "\n";
}

void append_noisy_part(std::string& out, const NoisyPart& part) {
  JsonObject object(out);
  object.text("name", part.name);
  object.text("layer", to_string(part.layer));
  object.integer("cells", part.cells);
  object.integer("breaks", part.breaks);
  object.number("max_abs", part.max_abs);
  object.number("max_rel", part.max_rel);
  object.integer("max_ulp", part.max_ulp);
  if (part.first_bar) {
    object.text("first_bar", to_iso(*part.first_bar));
  } else {
    object.null("first_bar");
  }
}

namespace {

using nlohmann::json;

Result<Timestamp> instant(const json& value) {
  return parse_iso(value.get_ref<const std::string&>());
}

Result<NoisyPart> part_from(const json& item) {
  NoisyPart part;
  part.name = item.at("name").get<std::string>();
  const auto layer = std::ranges::find(kLayers, item.at("layer").get<std::string>(),
                                       [](Layer l) { return std::string(to_string(l)); });
  if (layer == kLayers.end()) {
    return Error{ErrorCode::kMalformedData,
                 fmt::format("'{}' has the unknown layer {}", part.name, item.at("layer").dump())};
  }
  part.layer = *layer;
  part.cells = item.at("cells").get<std::uint64_t>();
  part.breaks = item.at("breaks").get<std::uint64_t>();
  part.max_abs = item.at("max_abs").get<double>();
  part.max_rel = item.at("max_rel").get<double>();
  part.max_ulp = item.at("max_ulp").get<std::uint64_t>();
  if (!item.at("first_bar").is_null()) {
    TIEOUT_TRY(part.first_bar, instant(item.at("first_bar")));
  }
  return part;
}

Result<NoiseFloor> floor_from(const json& root) {
  NoiseFloor floor;
  floor.constructor = root.at("constructor").get<std::string>();
  TIEOUT_TRY(floor.start, instant(root.at("start")));
  TIEOUT_TRY(floor.end, instant(root.at("end")));
  floor.bars = root.at("bars").get<std::uint64_t>();
  for (const json& item : root.at("runs")) {
    floor.runs.push_back(
        {item.at("varied").get<std::string>(), item.at("content_hash").get<std::string>()});
  }
  for (const json& item : root.at("parts")) {
    TIEOUT_TRY(NoisyPart part, part_from(item));
    floor.parts.push_back(std::move(part));
  }
  if (floor.runs.size() < 2) {
    return Error{ErrorCode::kMalformedData,
                 fmt::format("{} simulations, needed 2 or more", floor.runs.size())};
  }
  return floor;
}

}  // namespace

Result<NoiseFloor> parse_noise_floor(std::string_view text, std::string_view file_name) {
  const auto fail = [&](ErrorCode code, std::string_view why) {
    return Error{code, fmt::format("noise floor: '{}': {}", file_name, why)};
  };
  const json root = json::parse(text, nullptr, false);
  if (root.is_discarded() || !root.is_object()) {
    return fail(ErrorCode::kMalformedData, "is not a JSON object");
  }
  const auto schema = root.find("schema");
  if (schema == root.end() || *schema != std::string(kNoiseFloorSchema)) {
    return fail(ErrorCode::kSchemaMismatch,
                fmt::format("has the schema {}, needed \"{}\"",
                            schema == root.end() ? "null" : schema->dump(), kNoiseFloorSchema));
  }
  try {
    Result<NoiseFloor> floor = floor_from(root);
    return floor.ok() ? std::move(floor) : fail(floor.error().code, floor.error().message);
  } catch (const json::exception& error) {
    return fail(ErrorCode::kMalformedData, error.what());
  }
}

Result<NoiseFloor> read_noise_floor(const std::string& path) {
  TIEOUT_TRY(const std::string text, read_file(path));
  return parse_noise_floor(text, path);
}

}  // namespace tieout::recon
