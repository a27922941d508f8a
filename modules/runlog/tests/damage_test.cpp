// What a reader makes of logs that were cut, edited, mixed up or are not logs at all.

#include <algorithm>
#include <cstring>

#include "codec.hpp"
#include "sample.hpp"
#include "segment.hpp"

namespace tieout::runlog {
namespace {

using test::Ending;
using test::SampleOptions;
using test::SampleRun;
using test::TempDir;

// Its first event is of its second bar.
const SampleOptions kSmall{.seed = 17,
                           .node_count = 2,
                           .asset_count = 1,
                           .max_rows = 3,
                           .wall_shift = {},
                           .more_tables = {TableKind::kOrderEvents}};
constexpr std::size_t kBars = 3;

bool is_segment(const std::string& name) {
  return name.ends_with(".tlog");
}

/// A small run, and how long every file was when each bar had been committed.
struct Recorded {
  SampleRun run{kSmall};
  std::vector<std::map<std::string, std::size_t>> sizes;  // [bars + 1]
};

Recorded record(const std::filesystem::path& dir, Ending ending) {
  Recorded recorded;
  auto writer = recorded.run.create(dir);
  EXPECT_TRUE(writer.ok());
  const auto note_sizes = [&] {
    recorded.sizes.emplace_back();
    for (const auto& [name, text] : test::files_of(dir)) {
      recorded.sizes.back()[name] = text.size();
    }
  };
  note_sizes();
  for (std::size_t b = 0; b < kBars; ++b) {
    EXPECT_TRUE(recorded.run.write_bar(*writer).ok());
    note_sizes();
  }
  EXPECT_TRUE(writer->log_line("not evidence").ok());
  if (ending == Ending::kSealed) {
    EXPECT_TRUE(writer->seal(RunOutcome::kComplete).ok());
  }
  // The table of events has a file from its first bar on; before, it is a header.
  const SegmentSpec events = data_segments(recorded.run.manifest()).back();
  for (auto& sizes : recorded.sizes) {
    sizes.try_emplace(events.name + ".tlog", events.header.size());
  }
  return recorded;
}

/// Bars whose part of file `name` is whole when the file has `size` bytes.
std::size_t whole_bars(const Recorded& recorded, const std::string& name, std::size_t size) {
  std::size_t bars = 0;
  while (bars < kBars && recorded.sizes[bars + 1].at(name) <= size) {
    ++bars;
  }
  return bars;
}

/// Overwrites one byte in place: rewriting whole files would make the tests wait for the disk.
class ByteEditor {
 public:
  explicit ByteEditor(const std::filesystem::path& path)
      : file_(path, std::ios::binary | std::ios::in | std::ios::out) {}
  void put(std::size_t at, char byte) {
    file_.seekp(static_cast<std::streamoff>(at));
    file_.put(byte).flush();
    ASSERT_TRUE(file_.good());
  }

 private:
  std::fstream file_;
};

/// Call `look` with each byte of each file of the log flipped in one bit.
template <typename Look>
void flip_each_byte(const std::filesystem::path& log, const Look& look) {
  for (const auto& [name, text] : test::files_of(log)) {
    ByteEditor editor(log / name);
    for (std::size_t at = 0; at < text.size() && !testing::Test::HasFatalFailure(); ++at) {
      SCOPED_TRACE(testing::Message() << name << " byte " << at);
      editor.put(at, static_cast<char>(text[at] ^ (1 << (at % 8))));
      look(name, at);
      editor.put(at, text[at]);
    }
  }
}

/// Call `look` with each file of the log cut to each shorter length.
template <typename Look>
void cut_at_each_byte(const std::filesystem::path& log, const Look& look) {
  for (const auto& [name, text] : test::files_of(log)) {
    for (std::size_t size = text.size(); size-- > 0 && !testing::Test::HasFatalFailure();) {
      SCOPED_TRACE(testing::Message() << name << " cut to " << size << " bytes");
      std::filesystem::resize_file(log / name, size);
      look(name, size);
    }
    test::write_text(log / name, text);
  }
}

void expect_bars(const RunReader& reader, const Recorded& recorded, std::size_t bars) {
  ASSERT_EQ(reader.bars().size(), bars);
  for (std::size_t i = 0; i < bars; ++i) {
    test::expect_bar(reader, i, recorded.run.bars()[i]);
  }
}

TEST(Damage, AnUnsealedLogCutAtAnyByteOfAnyFileKeepsTheBarsBeforeTheCut) {
  const TempDir dir;
  const Recorded recorded = record(dir / "log", Ending::kKilled);
  cut_at_each_byte(dir / "log", [&](const std::string& name, std::size_t size) {
    const auto reader = RunReader::open(dir / "log", Verify::kAll);
    if (name == "log.txt") {
      ASSERT_TRUE(reader.ok()) << reader.error().message;
    } else if (!is_segment(name) || size < recorded.sizes[0].at(name)) {
      ASSERT_FALSE(reader.ok()) << "a manifest, a config or a header cannot be cut";
      ASSERT_EQ(reader.error().code, ErrorCode::kCorruptEvidence) << reader.error().message;
      ASSERT_NE(reader.error().message.find(std::filesystem::path(name).filename().string()),
                std::string::npos)
          << reader.error().message;
    } else {
      ASSERT_TRUE(reader.ok()) << reader.error().message;
      ASSERT_EQ(reader->bars().size(), whole_bars(recorded, name, size));
      const bool whole = size == recorded.sizes[kBars].at(name);
      ASSERT_EQ(reader->recovery().notes.empty(), whole);
      if (size % 16 == 0) {
        expect_bars(*reader, recorded, reader->bars().size());
      }
    }
  });
}

TEST(Damage, ALogKilledAfterAnyByteThatTheWriterWroteKeepsEveryCommittedBar) {
  const TempDir dir;
  const Recorded recorded = record(dir / "whole", Ending::kKilled);
  const auto files = test::files_of(dir / "whole");
  // The order in which a commit appends to the files: nodes, tables, the journal last.
  std::vector<std::string> order;
  for (const SegmentSpec& spec : data_segments(recorded.run.manifest())) {
    order.push_back(spec.name + ".tlog");
  }
  order.emplace_back("journal.tlog");
  test::write_files(dir / "log", files);
  for (const std::string& name : order) {
    std::filesystem::resize_file(dir / "log" / name, recorded.sizes[0].at(name));
  }
  for (std::size_t bar = 0; bar < kBars; ++bar) {
    for (const std::string& name : order) {
      std::ofstream out(dir / "log" / name, std::ios::binary | std::ios::app);
      const std::size_t last = recorded.sizes[bar + 1].at(name);
      for (std::size_t at = recorded.sizes[bar].at(name); at < last; ++at) {
        out.put(files.at(name)[at]).flush();
        SCOPED_TRACE(testing::Message() << "bar " << bar << ", byte " << at << " of " << name);
        const auto reader = RunReader::open(dir / "log", Verify::kAll);
        ASSERT_TRUE(reader.ok()) << reader.error().message;
        const bool committed = name == "journal.tlog" && at + 1 == last;
        ASSERT_EQ(reader->bars().size(), bar + (committed ? 1 : 0));
        ASSERT_EQ(reader->recovery().bytes_cut == 0, committed);
        if (at % 16 == 0) {
          expect_bars(*reader, recorded, reader->bars().size());
        }
      }
    }
  }
}

TEST(Damage, ASealedLogThatWasCutAnywhereIsCorrupt) {
  const TempDir dir;
  record(dir / "log", Ending::kSealed);
  cut_at_each_byte(dir / "log", [&](const std::string& name, std::size_t) {
    const auto reader = RunReader::open(dir / "log");
    ASSERT_EQ(reader.ok(), name == "log.txt");
    if (!reader.ok()) {
      ASSERT_EQ(reader.error().code, ErrorCode::kCorruptEvidence) << reader.error().message;
    }
  });
}

TEST(Damage, EveryFlippedBitOfASealedLogIsFound) {
  const TempDir dir;
  record(dir / "log", Ending::kSealed);
  flip_each_byte(dir / "log", [&](const std::string& name, std::size_t) {
    const auto reader = RunReader::open(dir / "log", Verify::kAll);
    ASSERT_EQ(reader.ok(), name == "log.txt");
    // A flipped format name or version is another format, not a damaged log.
    if (!reader.ok() && reader.error().code != ErrorCode::kNotARunLog) {
      ASSERT_EQ(reader.error().code, ErrorCode::kCorruptEvidence) << reader.error().message;
      ASSERT_NE(reader.error().message.find(std::filesystem::path(name).filename().string()),
                std::string::npos)
          << reader.error().message;
    }
  });
  EXPECT_TRUE(RunReader::open(dir / "log", Verify::kAll).ok());
}

TEST(Damage, NoFlippedBitOfAnUnsealedLogIsTakenForData) {
  const TempDir dir;
  const Recorded recorded = record(dir / "log", Ending::kKilled);
  flip_each_byte(dir / "log", [&](const std::string& name, std::size_t at) {
    const auto reader = RunReader::open(dir / "log", Verify::kAll);
    if (name == "log.txt") {
      ASSERT_TRUE(reader.ok());
    } else if (reader.ok()) {
      // Only a length of the very last frame can look as if a crash had cut the file there.
      ASSERT_EQ(name, "journal.tlog");
      ASSERT_GE(at, recorded.sizes[kBars - 1].at(name));
      ASSERT_FALSE(reader->recovery().notes.empty());
      expect_bars(*reader, recorded, kBars - 1);
    }
  });
}

TEST(Damage, FramesAreProvedWhenTheyAreRead) {
  const TempDir dir;
  const Recorded recorded = record(dir / "log", Ending::kSealed);
  const std::string name = "nodes/predict.0.stage_0.tlog";
  std::string text = test::files_of(dir / "log").at(name);
  text[recorded.sizes[0].at(name) + 40] ^= 1;
  test::write_text(dir / "log" / name, text);
  const auto reader = RunReader::open(dir / "log", Verify::kIndex);
  ASSERT_TRUE(reader.ok()) << "the index does not read frames";
  std::size_t first = 0;
  while (!recorded.run.bars()[first].has_frame[0]) {
    ++first;
  }
  const auto window = reader->node_output(0, first);
  ASSERT_FALSE(window.ok());
  EXPECT_EQ(window.error().code, ErrorCode::kCorruptEvidence);
  EXPECT_NE(window.error().message.find(name), std::string::npos);
  EXPECT_TRUE(reader->node_output(1, kBars - 1).ok()) << "the other node is whole";
}

TEST(Damage, AnEditWithARecomputedChecksumBreaksTheChain) {
  const TempDir dir;
  const Recorded recorded = record(dir / "log", Ending::kSealed);
  for (const char* name : {"nodes/predict.0.stage_0.tlog", "journal.tlog"}) {
    const auto files = test::files_of(dir / "log");
    std::string text = files.at(name);
    const std::size_t begin = recorded.sizes[0].at(name);
    const auto bytes = std::as_bytes(std::span(text));
    const FrameScan scan = scan_frame(bytes, begin);
    ASSERT_EQ(scan.problem, FrameProblem::kNone);
    text[begin + kFrameHeadBytes + 8] ^= 1;
    const std::uint32_t checksum = crc32c(scan.frame.head_and_payload);
    std::memcpy(text.data() + scan.frame.end - kFrameTailBytes, &checksum, sizeof checksum);
    test::write_text(dir / "log" / name, text);
    const auto reader = RunReader::open(dir / "log", Verify::kAll);
    ASSERT_FALSE(reader.ok());
    EXPECT_NE(reader.error().message.find("chain"), std::string::npos) << reader.error().message;
    test::write_text(dir / "log" / name, files.at(name));
  }
}

TEST(Damage, APartOfAnotherRunOfTheSameStrategyIsFound) {
  const TempDir dir;
  record(dir / "log", Ending::kSealed);
  SampleOptions other = kSmall;
  other.seed = 6;
  test::write_sample(dir / "other", other, kBars, Ending::kSealed);
  const auto files = test::files_of(dir / "log");
  for (const auto& [name, text] : test::files_of(dir / "other")) {
    if (text != files.at(name)) {
      test::write_text(dir / "log" / name, text);
      const auto reader = RunReader::open(dir / "log", Verify::kAll);
      EXPECT_EQ(reader.ok(), name == "log.txt") << name;
      test::write_text(dir / "log" / name, files.at(name));
    }
  }
}

TEST(Damage, AMissingPartIsNamed) {
  const TempDir dir;
  for (const Ending ending : {Ending::kSealed, Ending::kKilled}) {
    const auto log = dir / (ending == Ending::kSealed ? "sealed" : "killed");
    record(log, ending);
    for (const auto& [name, text] : test::files_of(log)) {
      std::filesystem::remove(log / name);
      const auto reader = RunReader::open(log);
      test::write_text(log / name, text);
      ASSERT_EQ(reader.ok(), name == "log.txt") << name;
      if (reader.ok()) {
        continue;
      }
      EXPECT_EQ(reader.error().code, name == "manifest.json" ? ErrorCode::kIncompleteEvidence
                                                             : ErrorCode::kCorruptEvidence);
      EXPECT_NE(reader.error().message.find(std::filesystem::path(name).filename().string()),
                std::string::npos)
          << reader.error().message;
    }
  }
}

TEST(Damage, BytesAfterTheEndOfASealedSegmentAreFound) {
  const TempDir dir;
  record(dir / "log", Ending::kSealed);
  for (const auto& [name, text] : test::files_of(dir / "log")) {
    test::write_text(dir / "log" / name, text + "x");
    const auto reader = RunReader::open(dir / "log");
    EXPECT_EQ(reader.ok(), name == "log.txt") << name;
    if (!reader.ok()) {
      EXPECT_NE(reader.error().message.find(std::filesystem::path(name).filename().string()),
                std::string::npos)
          << reader.error().message;
    }
    test::write_text(dir / "log" / name, text);
  }
}

TEST(Damage, ATailThatGrewWithoutItsDataIsCut) {
  // After a power loss a file can have its new length and zeros where the data should be.
  const TempDir dir;
  const Recorded recorded = record(dir / "log", Ending::kKilled);
  for (const auto& [name, text] : test::files_of(dir / "log")) {
    if (!is_segment(name)) {
      continue;
    }
    SCOPED_TRACE(name);
    const std::size_t begin = recorded.sizes[kBars - 1].at(name);
    std::string zeros = text;
    std::fill(zeros.begin() + static_cast<std::ptrdiff_t>(begin), zeros.end(), '\0');
    zeros += std::string(4096, '\0');
    test::write_text(dir / "log" / name, zeros);
    const auto reader = RunReader::open(dir / "log", Verify::kAll);
    test::write_text(dir / "log" / name, text);
    ASSERT_TRUE(reader.ok()) << reader.error().message;
    const bool has_bar = begin < text.size();
    expect_bars(*reader, recorded, has_bar ? kBars - 1 : kBars);
    EXPECT_GE(reader->recovery().bytes_cut, 4096U);
  }
}

TEST(Damage, WhatIsNotALogSaysSo) {
  const TempDir dir;
  EXPECT_EQ(RunReader::open(dir / "nothing").error().code, ErrorCode::kFileNotFound);
  EXPECT_EQ(RunReader::open(dir.path()).error().code, ErrorCode::kNotARunLog);
  EXPECT_FALSE(is_run_log(dir.path()));
  test::write_text(dir / "manifest.json", "{\"format\": \"a parcel\"}");
  EXPECT_EQ(RunReader::open(dir.path()).error().code, ErrorCode::kNotARunLog);
  EXPECT_FALSE(is_run_log(dir.path()));
  record(dir / "log", Ending::kKilled);
  EXPECT_TRUE(is_run_log(dir / "log"));
  std::string manifest = test::files_of(dir / "log").at("manifest.json");
  const std::string version = "\"format_version\": 3";
  manifest.replace(manifest.find(version), version.size(), "\"format_version\": 4");
  test::write_text(dir / "log" / "manifest.json", manifest);
  const auto reader = RunReader::open(dir / "log");
  ASSERT_FALSE(reader.ok());
  EXPECT_EQ(reader.error().code, ErrorCode::kNotARunLog);
  EXPECT_NE(reader.error().message.find("needed 1 to 3"), std::string::npos)
      << reader.error().message;
}

TEST(Damage, GarbageInPlaceOfAnyFileIsRefused) {
  const TempDir dir;
  record(dir / "log", Ending::kKilled);
  SampleRun random({.seed = 99, .wall_shift = {}});
  for (const auto& [name, text] : test::files_of(dir / "log")) {
    for (int round = 0; round < 50; ++round) {
      std::string garbage = round % 2 == 0 ? std::string() : text.substr(0, text.size() / 2);
      for (std::size_t n = random.below(3000); n > 0; --n) {
        garbage += static_cast<char>(random.below(256));
      }
      if (round % 5 == 0) {
        garbage += "FRM1FRM1";
      }
      test::write_text(dir / "log" / name, garbage);
      const auto reader = RunReader::open(dir / "log", Verify::kAll);  // must not crash
      EXPECT_TRUE(!reader.ok() || name == "log.txt" || is_segment(name)) << name;
    }
    test::write_text(dir / "log" / name, text);
  }
}

/// Call every decoder on the payload; nothing may crash, whatever it holds.
void decode_all(const std::string& payload, const Panel& empty) {
  const auto bytes = std::as_bytes(std::span(payload));
  static_cast<void>(decode_node(bytes, empty).ok());
  static_cast<void>(decode_table(bytes).ok());
  static_cast<void>(decode_journal(bytes).ok());
  static_cast<void>(decode_commit(bytes, 3, 4).ok());
}

TEST(Damage, DecodersSurviveAnyPayload) {
  const Panel empty(std::vector<ColumnKey>{{"close", AssetId{1}}, {"close", AssetId{2}}});
  SampleRun random({.seed = 3, .wall_shift = {}});
  std::vector<std::string> payloads(4);
  NodeFrame node;
  node.changed = empty;
  node.changed.append_row({1});
  node.changed.append_row({2});
  encode(node, payloads[0]);
  Table table;
  table.columns.push_back({"a", std::vector<std::string>{"x", "yy"}});
  table.columns.push_back({"b", std::vector<std::uint8_t>{1, 0}});
  encode(table, {}, {}, payloads[1]);
  JournalEntry entry;
  entry.laggards = {AssetId{1}, AssetId{2}};
  entry.purpose = "mark";
  encode(entry, payloads[2]);
  Commit commit;
  commit.segments.resize(3);
  encode(commit, payloads[3]);
  for (const std::string& payload : payloads) {
    for (std::size_t size = 0; size <= payload.size(); ++size) {
      decode_all(payload.substr(0, size), empty);
    }
    for (std::size_t at = 0; at < payload.size(); ++at) {
      for (const int value : {0x00, 0x01, 0x7F, 0x80, 0xFF}) {
        std::string edited = payload;
        edited[at] = static_cast<char>(value);
        decode_all(edited, empty);
      }
    }
  }
  for (int round = 0; round < 20'000; ++round) {
    std::string garbage(random.below(200), '\0');
    for (char& byte : garbage) {
      byte = static_cast<char>(random.below(2) == 0 ? random.below(4) : random.below(256));
    }
    decode_all(garbage, empty);
  }
}

TEST(Damage, AManifestNestedTooDeepDoesNotCrash) {
  EXPECT_FALSE(manifest_from_json(std::string(100'000, '[')).ok());
  EXPECT_FALSE(manifest_from_json("{\"format\": \"tieout run log\", \"format_version\": 1}").ok());
}

TEST(Damage, AFrameThatDoesNotFitItsWindowIsRefused) {
  const std::vector<ColumnKey> columns{{"close", AssetId{1}}};
  Panel window(columns);
  window.append_row({10});
  NodeFrame frame;
  frame.changed = Panel(columns);
  frame.window_rows = 1;
  EXPECT_TRUE(apply_frame(frame, window).ok());
  frame.dropped_front = 2;
  EXPECT_EQ(apply_frame(frame, window).error().code, ErrorCode::kCorruptEvidence);
  frame.dropped_front = 0;
  frame.window_rows = 2;
  EXPECT_EQ(apply_frame(frame, window).error().code, ErrorCode::kCorruptEvidence);
  frame.changed = Panel(std::vector<ColumnKey>{{"open", AssetId{1}}});
  EXPECT_EQ(apply_frame(frame, window).error().code, ErrorCode::kCorruptEvidence);
}

}  // namespace
}  // namespace tieout::runlog
