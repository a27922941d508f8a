#include "market_render.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "tieout/core/numbers.hpp"
#include "tieout/marketdata/dump.hpp"
#include "tieout/runlog/reader.hpp"

namespace tieout::cli {
namespace {

namespace fs = std::filesystem;

std::string decision_text(std::string_view side, const std::optional<AsOf>& as_of, bool nominal) {
  if (nominal) return fmt::format("  {} replayed nominally: the last version of every row\n", side);
  if (!as_of) return fmt::format("  {} has no decision for this bar\n", side);
  return fmt::format("  {} decided as of {}\n", side, to_iso(as_of->knowledge));
}

}  // namespace

std::string market_text(const std::optional<flow::KnownRows>& found, const std::string& what) {
  if (!found) {
    return "\nno market data: needed simulation/test_data.csv.gz beside the simulation's log\n";
  }
  const flow::KnownRows& known = *found;
  std::string text = fmt::format("\nmarket data of {}, every version\n", what) +
                     decision_text("prod", known.left, known.left_nominal) +
                     decision_text("sim ", known.right, known.right_nominal);
  for (const flow::KnownRow& row : known.rows) {
    const marketdata::BarVersion& v = row.version;
    text += fmt::format(
        "  {} {} v{} known {} ({:+.3f} s)  prod {} sim {}  open={} high={} low={} close={} "
        "volume={}\n",
        to_iso(v.end), v.full_symbol, row.number, to_iso(v.knowledge),
        to_seconds(v.knowledge - v.end), row.left ? "yes" : "no ", row.right ? "yes" : "no ",
        format_double(v.open), format_double(v.high), format_double(v.low), format_double(v.close),
        format_double(v.volume));
  }
  return known.rows.empty() ? text + "  no row\n" : text;
}

Result<std::optional<flow::KnownRows>> known_beside(const flow::RunDirectories& runs, Timestamp bar,
                                                    const std::optional<AssetId>& asset,
                                                    const std::optional<Timestamp>& row) {
  const fs::path dump = runs.right.parent_path() / "test_data.csv.gz";
  std::error_code code;
  if (!fs::exists(dump, code) || !runlog::is_run_log(runs.left) ||
      !runlog::is_run_log(runs.right)) {
    return std::optional<flow::KnownRows>();
  }
  TIEOUT_TRY(const auto left, runlog::RunReader::open(runs.left));
  TIEOUT_TRY(const auto right, runlog::RunReader::open(runs.right));
  TIEOUT_TRY(const auto versions, marketdata::read_dump(dump));
  TIEOUT_TRY(auto known, flow::known_rows(left, right, versions, bar, asset, row));
  return std::optional(std::move(known));
}

}  // namespace tieout::cli
