#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tieout/core/file.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/flow/reconcile.hpp"
#include "tieout/marketdata/feed.hpp"
#include "tieout/runlog/reader.hpp"
#include "tieout/runlog/writer.hpp"
#include "tieout/system/run.hpp"

#include "scratch_dir.hpp"

namespace tieout::flow {

inline constexpr std::string_view kC1b = "dataflow_orange.pipelines.C1.C1b_pipeline.C1b_DagBuilder";

/// A production run of 12 bars on generated market data, made whole in `dir`; its store lies beside
/// it.
inline void make_production(const std::filesystem::path& dir) {
  std::filesystem::create_directories(dir);
  marketdata::GeneratorOptions generator;
  generator.seed = 5;
  generator.asset_count = 3;
  const Timestamp start = parse_ts_name("20231108_131000").value();
  generator.start = start - hours(26);
  generator.minutes = 1680;  // 28 hours
  std::string text = "start_timestamp,end_timestamp,full_symbol,open,high,low,close,volume\n";
  for (const marketdata::BarVersion& bar : marketdata::generate_bars(generator)) {
    text +=
        fmt::format("{},{},{},{},{},{},{},{}\n", to_iso(bar.start), to_iso(bar.end),
                    bar.full_symbol, format_double(bar.open), format_double(bar.high),
                    format_double(bar.low), format_double(bar.close), format_double(bar.volume));
  }
  ASSERT_TRUE(write_file_atomic(dir / "feed.csv", text).ok());
  system::ProductionOptions options;
  options.constructor = kC1b;
  options.start_time = start;
  options.run_duration = hours(1);
  options.dst_dir = dir / "whole" / "system_log_dir.scheduled";
  options.feed = dir / "feed.csv";
  options.feed_profile = "hostile";
  options.feed_seed = 3;
  options.speed_up_factor = 20'000;
  dataflow::DagBuilderRegistry registry;
  system::register_builtin_pipelines(registry);
  const std::atomic<bool> stop{false};
  const auto summary = system::run_production(options, registry, stop);
  ASSERT_TRUE(summary.ok()) << to_string(summary.error());
  ASSERT_EQ(summary->bars, 12U);
}

/// Writes the log of a finished run again, bar by bar, as production does while it runs.
class GrowingRun {
 public:
  using Tamper = std::function<void(runlog::TableKind, Table&)>;

  GrowingRun(const std::filesystem::path& whole, const std::filesystem::path& dir)
      : whole_(runlog::RunReader::open(whole).value()),
        writer_(runlog::RunWriter::create(dir, whole_.manifest(), whole_.config_text(),
                                          whole_.config_json(), runlog::Durability::kAtSeal)
                    .value()) {}

  std::size_t written() const { return next_; }
  std::size_t bar_count() const { return whole_.bars().size(); }
  Timestamp bar(std::size_t i) const { return whole_.bars()[i].bar; }
  Timestamp wall(std::size_t i) const { return whole_.bars()[i].wall; }

  /// Write the next bar, its wall time `later` than it was; `tamper` may change its tables.
  void write_bar(const Tamper& tamper = {}, Duration later = {}) {
    const runlog::BarRecord& record = whole_.bars()[next_];
    const std::vector<runlog::JournalEntry> journal = whole_.journal(next_).value();
    for (const runlog::JournalEntry& entry : journal) {
      ASSERT_TRUE(writer_.write_journal(entry).ok());
    }
    for (std::size_t node = 0; node < whole_.manifest().nodes.size(); ++node) {
      const auto frame = whole_.node_frame(node, next_);
      if (frame.ok()) {
        ASSERT_TRUE(writer_.write_node(node, *frame).ok());
      }
    }
    for (const runlog::TableKind kind : runlog::tables_of(whole_.manifest())) {
      std::optional<Table> table = whole_.table(kind, next_).value();
      if (table) {
        if (tamper) {
          tamper(kind, *table);
        }
        ASSERT_TRUE(writer_.write_table(kind, record.bar, record.wall, *table).ok());
      }
    }
    const auto hash = writer_.commit_bar(record.bar, record.wall + later, record.outcome);
    ASSERT_TRUE(hash.ok()) << hash.error().message;
    ASSERT_EQ(*hash == record.content_hash, !tamper);
    ++next_;
  }

  void seal(runlog::RunOutcome outcome = runlog::RunOutcome::kComplete) {
    ASSERT_TRUE(writer_.seal(outcome).ok());
  }

 private:
  runlog::RunReader whole_;
  runlog::RunWriter writer_;
  std::size_t next_ = 0;
};

/// Production decided otherwise: the first number of its target positions is another one.
inline void plant_target(runlog::TableKind kind, Table& table) {
  if (kind != runlog::TableKind::kTargetPositions) {
    return;
  }
  for (TypedColumn& column : table.columns) {
    if (auto* values = std::get_if<std::vector<double>>(&column.values); values != nullptr) {
      ASSERT_FALSE(values->empty());
      values->front() = values->front() == 25.010538642299124 ? 20.0 : 25.010538642299124;
      return;
    }
  }
}

/// A tree of production with one run that a test makes grow: C1b, paper trading, 13:10 to 14:05.
class GrowingRunTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::filesystem::remove_all(production());
    make_production(production());
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(production()); }

  GrowingRunTest() { system::register_builtin_pipelines(registry_); }

  static std::filesystem::path production() {
    return std::filesystem::path(testing::TempDir()) /
           fmt::format("tieout_flow_production.{}", ::getpid());
  }
  static std::filesystem::path whole() {
    return production() / "whole" / "system_log_dir.scheduled";
  }
  std::filesystem::path root() const { return scratch_.path() / "prod"; }
  std::filesystem::path run_dir() const {
    return root() / "C1b" / "paper_trading" / "20231108_131000.20231108_140500";
  }
  std::filesystem::path log() const { return run_dir() / "system_log_dir.scheduled"; }

  /// Identity of the run; the roots must exist.
  RunIdentity identity(const std::filesystem::path& dst_root) const {
    std::filesystem::create_directories(root());
    std::filesystem::create_directories(dst_root);
    IdentityText text;
    text.dag_builder_ctor_as_str = kC1b;
    text.run_mode = "paper_trading";
    text.mode = "scheduled";
    text.start_timestamp_as_str = "20231108_131000";
    text.end_timestamp_as_str = "20231108_140500";
    text.dst_root_dir = dst_root;
    text.prod_data_source_dir = root();
    return make_identity(text).value();
  }

  Context context() {
    return {registry_,
            [this] { return now_; },
            [this](std::string_view line) { said_ += std::string(line) + "\n"; },
            [this](const Error& error) { said_ += to_string(error) + "\n"; },
            {},
            stop_};
  }

  ScratchDir scratch_;
  dataflow::DagBuilderRegistry registry_;
  std::atomic<bool> stop_{false};
  Timestamp now_ = parse_ts_name("20231108_131500").value();
  std::string said_;
};

}  // namespace tieout::flow
