#pragma once

#include <string>
#include <string_view>

#include "tieout/core/error.hpp"
#include "tieout/flow/status.hpp"

namespace tieout::cli {

/// What a command of the flow writes before the one line of an error: the banner that operators
/// grep for (recon_flow.md 2), and one line for machines, `RECON_ERROR code=FileNotFound number=200
/// exit=2 stage=... run_id=... message="..."`. A value is a word, or a JSON string in quotes.
/// `run_id` is left out when it is empty.
std::string failure_text(const Error& error, std::string_view stage, std::string_view run_id);

/// The same for a comparison that did not end well: its code is the verdict.
std::string verdict_text(const flow::RunStatus& status, int exit);

}  // namespace tieout::cli
