#include <fmt/format.h>

#include "tieout/core/file.hpp"
#include "tieout/report/debug.hpp"

#include "page.hpp"
#include "report_directory.hpp"
#include "sections_debug.hpp"
#include "text.hpp"

namespace tieout::report {
namespace {

namespace fs = std::filesystem;

constexpr const char* kBase = "Master_system_run_debugger.0";

/// Cells of the rows that are shown, and those of them that differ.
struct Shown {
  std::uint64_t cells = 0, differing = 0;
};

Shown count_cells(const recon::NodeSlice& slice) {
  Shown shown;
  for (const auto& row : slice.cells) {
    for (const recon::ValuePair& cell : row) {
      ++shown.cells;
      shown.differing += cell.equal ? 0 : 1;
    }
  }
  return shown;
}

PageHead head_of(const DebugInput& input) {
  const recon::NodeSlice& slice = input.slice;
  const recon::LineageNode& node = slice.lineage.front();
  const Shown shown = count_cells(slice);
  PageHead head;
  head.title = input.title;
  head.verdict = node.differing == 0 ? "EQUAL" : "DIFFERENT";
  head.tone = node.differing == 0 ? Tone::kGood : Tone::kBad;
  head.sentence = fmt::format("{} of {} of the node's output at this bar differ.",
                              count_text(node.differing), plural(node.cells, "cell"));
  std::uint64_t inputs = 0;
  for (const recon::LineageNode& other : slice.lineage)
    inputs += other.distance > 0 && other.differing > 0 ? 1 : 0;
  head.facts = {{"Shown", plural(shown.cells, "cell"), plural(shown.differing, "cell") + " differ"},
                {"Upstream", plural(slice.lineage.size() - 1, "node"),
                 plural(inputs, "node") + " with differences"},
                {"Bars", plural(slice.bars, "bar"), "in both runs"}};
  head.kind = "debug";
  head.stamp = input.stamp;
  return head;
}

}  // namespace

Result<fs::path> write_debug_report(const fs::path& dir, const DebugInput& input) {
  const fs::path target = dir.has_filename() ? dir : dir.parent_path();
  const PageHead head = head_of(input);
  const std::string name = fmt::format("{}.{}.html", kBase, stamp_text(input.stamp));
  const std::string page = render_page(head, compute_debug_sections(input), Place::kReport);
  TIEOUT_CHECK(replace_report_directory(target, [&](const fs::path& made) -> Status {
    const fs::path result = made / "result_0";
    TIEOUT_CHECK(tieout::create_directories(result));
    TIEOUT_CHECK(write_file_atomic(result / name, page));
    return write_file_atomic(result / "complete.txt", head.verdict + "\n");
  }));
  return target / "result_0" / name;
}

}  // namespace tieout::report
