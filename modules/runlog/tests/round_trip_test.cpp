#include <cmath>

#include "sample.hpp"

namespace tieout::runlog {
namespace {

using test::Ending;
using test::SampleOptions;
using test::SampleRun;
using test::TempDir;

TEST(RoundTrip, RandomRunsComeBackToTheBit) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const TempDir dir;
    const Ending ending = seed % 2 == 0 ? Ending::kSealed : Ending::kKilled;
    const SampleRun run =
        test::write_sample(dir / "log", {.seed = seed, .node_count = seed % 5}, 12, ending);
    const auto reader = RunReader::open(dir / "log", Verify::kAll);
    ASSERT_TRUE(reader.ok()) << reader.error().message;
    EXPECT_EQ(reader->sealed(), ending == Ending::kSealed);
    EXPECT_EQ(reader->config_text(), "a: 1\n");
    EXPECT_EQ(reader->config_json(), "{\"a\": 1}\n");
    EXPECT_TRUE(reader->recovery().notes.empty());
    ASSERT_EQ(reader->bars().size(), run.bars().size());
    for (std::size_t i = 0; i < run.bars().size(); ++i) {
      test::expect_bar(*reader, i, run.bars()[i]);
    }
  }
}

TEST(RoundTrip, ALogThatMayHoldChildOrdersHasAVersionOfItsOwn) {
  const TempDir dir;
  for (const bool has_children : {false, true}) {
    SampleOptions options;
    if (has_children) {
      options.more_tables = {TableKind::kChildOrders};
    }
    const auto log = dir / (has_children ? "with" : "without");
    const SampleRun run = test::write_sample(log, options, 12, Ending::kSealed);
    const auto reader = RunReader::open(log, Verify::kAll);
    ASSERT_TRUE(reader.ok()) << reader.error().message;
    EXPECT_EQ(reader->manifest().format_version, has_children ? 2 : 1);
    EXPECT_EQ(reader->manifest().more_tables, options.more_tables);
    // A reader that knows version 1 alone refuses each segment by its header.
    EXPECT_EQ(read_file(log / "journal.tlog").value()[8], has_children ? 2 : 1);
    EXPECT_EQ(std::filesystem::exists(log / "process_forecasts" / "child_orders.tlog"),
              has_children);
    const std::string manifest = read_file(log / "manifest.json").value();
    EXPECT_EQ(manifest.find("more_tables") != std::string::npos, has_children);
    std::size_t rows = 0;
    for (std::size_t i = 0; i < run.bars().size(); ++i) {
      test::expect_bar(*reader, i, run.bars()[i]);
      rows += reader->table_cells(TableKind::kChildOrders, i);
    }
    EXPECT_EQ(rows > 0, has_children);
  }
}

TEST(RoundTrip, ALogGetsTheVersionOfEventsWithItsFirstEvent) {
  const TempDir dir;
  const Table event{{{"order_id", std::vector<std::int64_t>{7}}}, 1};
  for (const std::size_t first : {std::size_t{0}, std::size_t{3}, std::size_t{99}}) {
    SCOPED_TRACE(first);
    const auto log = dir / ("log" + std::to_string(first));
    SampleRun run({.seed = 5});
    auto writer = run.create(log);
    ASSERT_TRUE(writer.ok()) << writer.error().message;
    const bool has_events = first < 6;
    for (std::size_t b = 0; b < 6; ++b) {
      if (b == first || b == first + 2) {
        const Timestamp bar = run.manifest().start + run.manifest().bar * static_cast<int>(b);
        ASSERT_TRUE(writer->write_table(TableKind::kOrderEvents, bar, bar, event).ok());
      }
      ASSERT_TRUE(run.write_bar(*writer).ok());
      // A reader at work sees a whole log after each bar.
      const auto reader = RunReader::open(log, Verify::kAll);
      ASSERT_TRUE(reader.ok()) << reader.error().message;
      EXPECT_EQ(reader->bars().size(), b + 1);
      EXPECT_EQ(reader->manifest().format_version, b >= first ? 3 : 1);
      EXPECT_EQ(reader->manifest().more_tables.size(), b >= first ? 1U : 0U);
    }
    ASSERT_TRUE(writer->seal(RunOutcome::kComplete).ok());
    const auto reader = RunReader::open(log, Verify::kAll);
    ASSERT_TRUE(reader.ok()) << reader.error().message;
    for (std::size_t b = 0; b < 6; ++b) {
      const auto table = reader->table(TableKind::kOrderEvents, b);
      ASSERT_TRUE(table.ok()) << table.error().message;
      EXPECT_EQ(table->has_value(), b == first || b == first + 2) << b;
      EXPECT_EQ(reader->table_cells(TableKind::kOrderEvents, b), table->has_value() ? 1U : 0U);
    }
    // What was there before is what it always was: a reader of version 1 refuses the manifest.
    EXPECT_EQ(read_file(log / "journal.tlog").value()[8], 1);
    EXPECT_EQ(std::filesystem::exists(log / "process_forecasts" / "order_events.tlog"), has_events);
    if (has_events) {
      EXPECT_EQ(read_file(log / "process_forecasts" / "order_events.tlog").value()[8], 3);
    }
  }
}

TEST(RoundTrip, BarsWithoutEventsHashTheSameWhetherOrNotThereWereEventsBefore) {
  const TempDir dir;
  const Table event{{{"order_id", std::vector<std::int64_t>{7}}}, 1};
  SampleRun plain({.seed = 6});
  SampleRun eventful({.seed = 6});
  auto without = plain.create(dir / "without");
  auto with = eventful.create(dir / "with");
  for (std::size_t b = 0; b < 4; ++b) {
    if (b == 1) {
      const Timestamp bar = plain.manifest().start + plain.manifest().bar;
      ASSERT_TRUE(with->write_table(TableKind::kOrderEvents, bar, bar, event).ok());
    }
    ASSERT_TRUE(plain.write_bar(*without).ok());
    ASSERT_TRUE(eventful.write_bar(*with).ok());
    EXPECT_EQ(plain.bars()[b].content_hash == eventful.bars()[b].content_hash, b != 1) << b;
  }
}

TEST(RoundTrip, AnEventOfABarThatIsNeverCommittedLeavesTheLogAsItWas) {
  const TempDir dir;
  const Table event{{{"order_id", std::vector<std::int64_t>{7}}}, 1};
  SampleRun run({.seed = 7});
  auto writer = run.create(dir / "log");
  ASSERT_TRUE(run.write_bar(*writer).ok());
  ASSERT_TRUE(writer->write_table(TableKind::kOrderEvents, {}, {}, event).ok());
  ASSERT_TRUE(writer->seal(RunOutcome::kInterrupted).ok());
  const auto reader = RunReader::open(dir / "log", Verify::kAll);
  ASSERT_TRUE(reader.ok()) << reader.error().message;
  EXPECT_EQ(reader->manifest().format_version, 1);
  EXPECT_FALSE(std::filesystem::exists(dir / "log" / "process_forecasts" / "order_events.tlog"));
}

TEST(RoundTrip, AManifestWhoseTablesAndVersionDisagreeIsRefused) {
  Manifest manifest;
  manifest.start = Timestamp{} + days(17'000);
  manifest.end = kOpenEnd;
  manifest.bar = minutes(5);
  manifest.more_tables = {TableKind::kChildOrders};
  EXPECT_EQ(manifest_from_json(to_json(manifest)).error().code, ErrorCode::kCorruptEvidence);
  manifest.format_version = version_of(manifest);
  EXPECT_EQ(manifest_from_json(to_json(manifest))->more_tables, manifest.more_tables);
  for (const auto& tables : {std::vector{TableKind::kChildOrders, TableKind::kChildOrders},
                             std::vector{TableKind::kOrders}}) {
    manifest.more_tables = tables;
    EXPECT_EQ(check_manifest(manifest).error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(RoundTrip, ARunWithoutBarsOpens) {
  const TempDir dir;
  for (const Ending ending : {Ending::kKilled, Ending::kSealed}) {
    const auto log = dir / (ending == Ending::kSealed ? "sealed" : "killed");
    test::write_sample(log, {}, 0, ending);
    const auto reader = RunReader::open(log, Verify::kAll);
    ASSERT_TRUE(reader.ok()) << reader.error().message;
    EXPECT_TRUE(reader->bars().empty());
    EXPECT_EQ(reader->sealed(), ending == Ending::kSealed);
  }
}

TEST(RoundTrip, TheManifestComesBackAndIsSealed) {
  const TempDir dir;
  const SampleRun run = test::write_sample(dir / "log", {.node_count = 4}, 3, Ending::kSealed);
  const auto reader = RunReader::open(dir / "log");
  ASSERT_TRUE(reader.ok()) << reader.error().message;
  Manifest read = reader->manifest();
  EXPECT_EQ(read.outcome, RunOutcome::kComplete);
  EXPECT_EQ(read.bar_count, 3U);
  EXPECT_EQ(read.root_hash.size(), 32U);
  EXPECT_EQ(read.content_hash.size(), 32U);
  read.outcome = RunOutcome::kRunning;
  read.bar_count = 0;
  read.root_hash.clear();
  read.content_hash.clear();
  EXPECT_EQ(to_json(read), to_json(run.manifest()));
}

TEST(RoundTrip, ARunWithoutAnEndHasAnOpenEnd) {
  Manifest manifest;
  manifest.start = Timestamp{} + days(17'000);
  manifest.end = kOpenEnd;
  manifest.bar = minutes(5);
  const std::string json = to_json(manifest);
  EXPECT_NE(json.find("\"end\": \"open\""), std::string::npos) << json;
  const auto back = manifest_from_json(json);
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(back->end, kOpenEnd);
}

TEST(RoundTrip, FramesOfABarThatWasNotCommittedAreNotPartOfTheLog) {
  const TempDir dir;
  SampleRun run({});
  auto writer = run.create(dir / "log");
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE(run.write_bar(*writer).ok());
  ASSERT_TRUE(writer->write_journal({}).ok());
  ASSERT_TRUE(writer->write_table(TableKind::kFills, {}, {}, {}).ok());
  ASSERT_TRUE(writer->seal(RunOutcome::kInterrupted).ok());
  const auto reader = RunReader::open(dir / "log", Verify::kAll);
  ASSERT_TRUE(reader.ok()) << reader.error().message;
  EXPECT_EQ(reader->manifest().outcome, RunOutcome::kInterrupted);
  ASSERT_EQ(reader->bars().size(), 1U);
  test::expect_bar(*reader, 0, run.bars()[0]);
}

TEST(RoundTrip, ALogInProgressShowsTheBarsCommittedAtOpen) {
  const TempDir dir;
  SampleRun run({});
  auto writer = run.create(dir / "log");
  ASSERT_TRUE(writer.ok());
  std::vector<RunReader> readers;
  for (std::size_t b = 0; b < 5; ++b) {
    auto reader = RunReader::open(dir / "log");
    ASSERT_TRUE(reader.ok()) << reader.error().message;
    EXPECT_FALSE(reader->sealed());
    EXPECT_EQ(reader->bars().size(), b);
    readers.push_back(std::move(*reader));
    ASSERT_TRUE(run.write_bar(*writer).ok());
  }
  // Old readers still see what they saw.
  for (std::size_t b = 0; b < 5; ++b) {
    ASSERT_EQ(readers[b].bars().size(), b);
    for (std::size_t i = 0; i < b; ++i) {
      test::expect_bar(readers[b], i, run.bars()[i]);
    }
  }
}

TEST(RoundTrip, ReadingWritesNothing) {
  const TempDir dir;
  test::write_sample(dir / "log", {}, 3, Ending::kKilled);
  const auto before = test::files_of(dir / "log");
  {
    const auto reader = RunReader::open(dir / "log", Verify::kAll);
    ASSERT_TRUE(reader.ok());
  }
  EXPECT_EQ(test::files_of(dir / "log"), before);
}

TEST(RoundTrip, BytesWrittenIsTheSizeOfTheFiles) {
  const TempDir dir;
  SampleRun run({});
  auto writer = run.create(dir / "log");
  ASSERT_TRUE(writer.ok());
  for (int b = 0; b < 4; ++b) {
    ASSERT_TRUE(run.write_bar(*writer).ok());
  }
  ASSERT_TRUE(writer->log_line("12:00:00 - bar 4 done").ok());
  std::size_t bytes = 0;
  for (const auto& [name, text] : test::files_of(dir / "log")) {
    bytes += text.size();
  }
  EXPECT_EQ(writer->bytes_written(), bytes);
}

TEST(RoundTrip, ASecondRunInTheSameDirectoryIsRefused) {
  const TempDir dir;
  test::write_sample(dir / "log", {}, 1, Ending::kSealed);
  const auto before = test::files_of(dir / "log");
  const auto again = SampleRun({}).create(dir / "log");
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, ErrorCode::kPathExists);
  EXPECT_EQ(test::files_of(dir / "log"), before);
}

TEST(RoundTrip, EqualRunsHaveEqualHashesAndWallTimesDoNotChangeThem) {
  const TempDir dir;
  test::write_sample(dir / "a", {.seed = 7}, 6, Ending::kSealed);
  test::write_sample(dir / "b", {.seed = 7}, 6, Ending::kSealed);
  test::write_sample(dir / "later", {.seed = 7, .wall_shift = hours(5)}, 6, Ending::kSealed);
  test::write_sample(dir / "other", {.seed = 8}, 6, Ending::kSealed);
  const auto a = RunReader::open(dir / "a");
  const auto b = RunReader::open(dir / "b");
  const auto later = RunReader::open(dir / "later");
  const auto other = RunReader::open(dir / "other");
  ASSERT_TRUE(a.ok() && b.ok() && later.ok() && other.ok());
  EXPECT_EQ(test::files_of(dir / "a"), test::files_of(dir / "b")) << "same inputs, same bytes";
  EXPECT_EQ(a->manifest().content_hash, later->manifest().content_hash);
  EXPECT_NE(a->manifest().root_hash, later->manifest().root_hash) << "the chain covers wall times";
  EXPECT_NE(a->manifest().content_hash, other->manifest().content_hash);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(a->bars()[i].content_hash, later->bars()[i].content_hash);
    EXPECT_NE(a->bars()[i].content_hash, other->bars()[i].content_hash);
  }
}

TEST(RoundTrip, TheSignOfANaNIsNotWritten) {
  // 0.0 / 0.0 is a negative NaN on x86 and a positive one elsewhere: the same run must give the
  // same bytes.
  const TempDir dir;
  for (const double sign : {1.0, -1.0}) {
    Manifest manifest = SampleRun({.node_count = 1, .wall_shift = {}}).manifest();
    const double nan = std::copysign(std::numeric_limits<double>::quiet_NaN(), sign);
    auto writer = RunWriter::create(dir / (sign > 0 ? "plus" : "minus"), manifest, "", "",
                                    Durability::kAtSeal);
    ASSERT_TRUE(writer.ok());
    NodeFrame frame;
    frame.keyframe = true;
    frame.changed = Panel(manifest.nodes[0].columns);
    frame.changed.append_row({1});
    frame.changed.set(0, 0, nan);
    frame.window_rows = 1;
    frame.window_hash = hash_panel(frame.changed);
    ASSERT_TRUE(writer->write_node(0, frame).ok());
    Table table;
    table.columns.push_back({"pnl", std::vector<double>{nan}});
    ASSERT_TRUE(writer->write_table(TableKind::kStatistics, {}, {}, table).ok());
    ASSERT_TRUE(writer->commit_bar({}, {}, BarOutcome::kOk).ok());
  }
  EXPECT_EQ(test::files_of(dir / "plus"), test::files_of(dir / "minus"));
}

TEST(RoundTrip, NodeNamesThatLeadOutOfTheLogAreRefused) {
  for (const char* name : {"../../etc/passwd", "a/b", "", ".hidden", "a b"}) {
    const TempDir dir;
    Manifest manifest = SampleRun({}).manifest();
    manifest.nodes[1].name = name;
    const auto writer = RunWriter::create(dir / "log", manifest, "", "", Durability::kAtSeal);
    ASSERT_FALSE(writer.ok()) << name;
    EXPECT_EQ(writer.error().code, ErrorCode::kInvalidArgument);
    EXPECT_FALSE(std::filesystem::exists(dir / "log"));
  }
}

}  // namespace
}  // namespace tieout::runlog
