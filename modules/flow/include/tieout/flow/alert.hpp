#pragma once

#include <string>
#include <string_view>

#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"

namespace tieout::flow {

enum class AlertKind {
  kBad,        // a verdict or a stage that somebody must look at
  kRecovered,  // the first good run after one that was told
  kTest,
};
std::string_view to_string(AlertKind kind);

/// What somebody is told about a run.
struct Alert {
  AlertKind kind = AlertKind::kBad;
  std::string key;     // two alerts with one key are the same news
  std::string run_id;  // "C1b.20231108_131000.20231109_130500.paper_trading.scheduled"
  std::string model;   // with the tag: "C1b.config1"
  std::string run_mode;
  std::string mode;
  Timestamp start, end;          // of the run
  std::string verdict;           // empty: there is none
  std::string reason;            // one line
  std::string first_divergence;  // one line; empty when nothing diverged
  std::string link;              // of the page; empty when none was published
  std::string command;           // that reconciles the run again
  Timestamp raised;              // wall clock
};

/// "C1b.config1 paper_trading: DIVERGED".
std::string alert_subject(const Alert& alert);

/// The message for people: the reference's form (recon_flow.md 8.1), with the reason, the first
/// divergence and the command to run again.
std::string alert_text(const Alert& alert);

/// One JSON object with every field, and `text`, for machines and for the outbox.
std::string alert_json(const Alert& alert);
/// Errors: kMalformedData.
Result<Alert> alert_from_json(std::string_view json);

}  // namespace tieout::flow
