#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "page.hpp"
#include "sections.hpp"

namespace tieout::report {

// The sections of a report on a run in progress; they need ReportInput::observer.
Result<Blocks> observer_heartbeat_section(const Facts& facts);
Result<Blocks> observer_thresholds_section(const Facts& facts);
Result<Blocks> observer_rolling_section(const Facts& facts);
Result<Blocks> observer_pnl_section(const Facts& facts);
Result<Blocks> observer_balance_section(const Facts& facts);
Result<Blocks> observer_holdings_section(const Facts& facts);
Result<Blocks> observer_open_positions_section(const Facts& facts);
Result<Blocks> observer_data_section(const Facts& facts);

/// Facts of the first screen: when the page was made, how the run goes, what fired.
std::vector<KeyFact> observer_key_facts(const Facts& facts);

/// The member "observer" of report.json.
nlohmann::ordered_json observer_json(const ObserverFacts& observer);

}  // namespace tieout::report
