#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/recon/compare.hpp"
#include "tieout/runlog/reader.hpp"

namespace tieout::report {

enum class ReportKind { kFast, kSlow };
std::string_view to_string(ReportKind kind) noexcept;

/// A line of evidence about the first divergence that the flow found in the market data: "bar 2018-01-23 00:45 of bittrex::ETH_BTC: version
/// 1 known 00:45:10.1 close=..., version 2 known 00:47:03.2 close=... (revised; prod used version 1, sim version 2)".
struct Evidence {
  std::string title;
  std::vector<std::string> lines;
};

struct ReportInput {
  ReportKind kind = ReportKind::kFast;
  const runlog::RunReader* prod = nullptr;
  const runlog::RunReader* sim = nullptr;
  const recon::Comparison* comparison = nullptr;
  std::vector<Evidence> evidence;
  std::string title;         // "C1b paper_trading 20231108_131000.20231109_130500 scheduled"
  std::string config_text;   // parameters of the reconciliation, for config.txt and config.pkl
  std::vector<std::pair<std::string, std::string>> parameters;
  Timestamp stamp;           // names of the artefacts; taken from the run or the caller, never from a clock here
};

struct ReportFiles {
  std::filesystem::path html;
  std::filesystem::path notebook;
  bool success = false;
};

/// Render the page: one self-contained HTML document (no network). Byte-reproducible.
std::string render_html(const ReportInput& input);

/// Write `log.YYYYMMDD-HHMMSS.txt` and `result_0/` with the artefacts of the guide (recon_flow.md 3.3) below `dir`:
/// html, ipynb, config.pkl, config.txt, run_notebook.0.log, run_notebook.0.html.log, report.json, findings.jsonl, complete.txt, and success.txt only
/// when the verdict passes. A failing verdict writes the log in the guide's form (dashed cell, banner with values, threshold and node).
Result<ReportFiles> write_report(const std::filesystem::path& dir, const ReportInput& input);

}  // namespace tieout::report
