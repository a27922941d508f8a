#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "tieout/config/config.hpp"
#include "tieout/core/file.hpp"
#include "tieout/dataflow/builder.hpp"
#include "tieout/flow/reconcile.hpp"
#include "tieout/runlog/writer.hpp"

namespace tieout::flow {

inline constexpr const char* kBuilder =
    "dataflow_amp.pipelines.mock1.mock1_pipeline.Mock1_DagBuilder";
inline constexpr AssetId kBtc{1467591036};  // market_data.md 1.3

/// A run log of two bars, 13:05 and 13:10, decided `delay` after their ends.
struct SampleLog {
  std::string constructor = kBuilder;
  Duration delay = seconds(12);
  std::int64_t max_seq = 1'000'000;  // that the decisions saw
  runlog::RunOutcome outcome = runlog::RunOutcome::kComplete;
  bool seal = true;
  std::map<std::string, std::string> command = {};
  std::string replay = {};
  std::string stage = {};

  void write(const std::filesystem::path& dir) const {
    runlog::Manifest manifest;
    manifest.constructor = constructor;
    manifest.run_mode = "paper_trading";
    manifest.mode = "scheduled";
    manifest.start = parse_ts_name("20230828_130500").value();
    manifest.end = parse_ts_name("20230828_131000").value();
    manifest.bar = minutes(5);
    manifest.history_lookback = minutes(30);
    manifest.universe = {{kBtc, "binance::BTC_USDT"}};
    manifest.command = command;
    manifest.replay = replay;
    manifest.stage = stage;
    runlog::NodeInfo source;
    source.name = "predict.0.read_data";
    source.nid = "read_data";
    source.kind = "source";
    source.columns = {{"close", kBtc}};
    manifest.nodes = {source};
    config::Config config;
    auto writer = runlog::RunWriter::create(dir, manifest, config.to_text(), config.to_json(),
                                            runlog::Durability::kAtSeal);
    ASSERT_TRUE(writer.ok()) << to_string(writer.error());
    for (const Timestamp bar : {manifest.start, manifest.end}) {
      runlog::JournalEntry decision;
      decision.bar = bar;
      decision.time = bar + delay;
      decision.as_of = {bar + delay, max_seq};
      ASSERT_TRUE(writer->write_journal(decision).ok());
      ASSERT_TRUE(writer->commit_bar(bar, bar + delay, runlog::BarOutcome::kOk).ok());
    }
    if (seal) {
      ASSERT_TRUE(writer->seal(outcome).ok());
    }
  }
};

/// A reconciliation of the sample run below `root`, with its source tree and an empty target.
class SampleReconciliation {
 public:
  explicit SampleReconciliation(const std::filesystem::path& root) {
    std::filesystem::create_directories(root / "src");
    std::filesystem::create_directories(root / "dst");
    IdentityText text;
    text.dag_builder_ctor_as_str = kBuilder;
    text.run_mode = "paper_trading";
    text.mode = "scheduled";
    text.start_timestamp_as_str = "20230828_130500";
    text.end_timestamp_as_str = "20230828_131000";
    text.dst_root_dir = root / "dst";
    text.prod_data_source_dir = root / "src";
    recon.run = make_identity(text).value();
    recon.prevent_overwriting = false;
    source = source_layout(recon.run);
    target = target_layout(recon.run);
  }

  /// Production's tree.
  void write_source(const SampleLog& log) const {
    std::filesystem::create_directories(source.root / "logs");
    log.write(source.system_log_dir);
    ASSERT_TRUE(write_file_atomic(source.log_file, "started\n").ok());
  }

  Context context() {
    return {registry,
            [] { return parse_iso("2023-08-28T14:00:00Z").value(); },
            [this](std::string_view line) { said += std::string(line) + "\n"; },
            [this](const Error& error) { said += to_string(error) + "\n"; },
            nullptr,
            stop};
  }

  Reconciliation recon;
  SourceLayout source;
  TargetLayout target;
  std::string said;
  std::atomic<bool> stop{false};
  dataflow::DagBuilderRegistry registry;
};

}  // namespace tieout::flow
