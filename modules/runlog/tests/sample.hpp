#pragma once

#include <array>
#include <bit>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tieout/core/file.hpp"
#include "tieout/runlog/reader.hpp"
#include "tieout/runlog/writer.hpp"

namespace tieout::runlog::test {

/// A directory that is removed at the end of the test.
class TempDir {
 public:
  TempDir() {
    // In memory where that exists: the tests open ten thousand logs and must not wait for a disk.
    const std::filesystem::path memory = "/dev/shm";
    const bool in_memory = ::access(memory.c_str(), W_OK) == 0;
    const auto parent = in_memory ? memory : std::filesystem::temp_directory_path();
    std::string pattern = (parent / "tieout_runlog_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  ASSERT_TRUE(out.good()) << path;
}

/// All regular files of a log with their bytes, by relative name.
inline std::map<std::string, std::string> files_of(const std::filesystem::path& dir) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
    if (entry.is_regular_file()) {
      files[entry.path().lexically_relative(dir).string()] = read_file(entry.path()).value();
    }
  }
  return files;
}

inline void write_files(const std::filesystem::path& dir,
                        const std::map<std::string, std::string>& files) {
  for (const auto& [name, text] : files) {
    std::filesystem::create_directories((dir / name).parent_path());
    write_text(dir / name, text);
  }
}

/// Everything that one bar wrote, to compare with what is read.
struct SampleBar {
  Timestamp bar;
  BarOutcome outcome = BarOutcome::kOk;
  std::vector<JournalEntry> journal;
  std::vector<bool> has_frame;  // [nodes]
  std::vector<Panel> windows;   // [nodes], after the bar
  std::map<TableKind, std::optional<Table>> tables;
  Hash128 content_hash;
};

struct SampleOptions {
  std::uint64_t seed = 1;
  std::size_t node_count = 3;
  std::size_t asset_count = 2;
  std::size_t max_rows = 6;  // of a window
  Duration wall_shift{};     // of all wall times
  Durability durability = Durability::kAtSeal;
  std::vector<TableKind> more_tables = {};
};

/// Makes a random but legal run: windows that slide, are revised, are replaced, and sometimes do
/// not change at all.
class SampleRun {
 public:
  explicit SampleRun(const SampleOptions& options) : options_(options), random_(options.seed) {
    manifest_.constructor = "tests.Sample_DagBuilder";
    manifest_.run_mode = "paper_trading";
    manifest_.mode = "manual";
    manifest_.start = {1'516'665'600'000'000'000};
    manifest_.end = manifest_.start + hours(1);
    manifest_.bar = minutes(5);
    manifest_.history_lookback = hours(2);
    manifest_.more_tables = options.more_tables;
    manifest_.format_version = version_of(manifest_);
    manifest_.config_hash = "c0ffee";
    manifest_.command["strategy"] = "S1";
    manifest_.environment["compiler"] = "g++ 12.2";
    for (std::size_t a = 0; a < options.asset_count; ++a) {
      manifest_.universe.push_back({AssetId{static_cast<std::int64_t>(100 + a)},
                                    "binance::A" + std::to_string(a) + "_USDT"});
    }
    for (std::size_t n = 0; n < options.node_count; ++n) {
      NodeInfo node;
      node.topological_id = n;
      node.nid = "stage_" + std::to_string(n);
      node.name = "predict." + std::to_string(n) + "." + node.nid;
      node.kind = "sample";
      if (n > 0) {
        node.inputs = {n - 1};
      }
      for (const char* field : {"close", "vwap.ret_0"}) {
        for (const Asset& asset : manifest_.universe) {
          node.columns.push_back({field, asset.id});
        }
      }
      if (n % 2 == 1) {
        node.columns.push_back({"n_rows", kNoAsset});
      }
      windows_.emplace_back(node.columns);
      manifest_.nodes.push_back(std::move(node));
    }
    next_row_.assign(options.node_count, manifest_.start - minutes(30));
  }

  const Manifest& manifest() const { return manifest_; }
  const std::vector<SampleBar>& bars() const { return bars_; }

  Result<RunWriter> create(const std::filesystem::path& dir) {
    return RunWriter::create(dir, manifest_, "a: 1\n", "{\"a\": 1}\n", options_.durability);
  }

  /// Make and write one bar. The bar counts (bars()) only when everything was written.
  Status write_bar(RunWriter& writer) {
    SampleBar sample;
    sample.bar = manifest_.start + manifest_.bar * static_cast<std::int64_t>(bars_.size());
    const Timestamp wall = sample.bar + seconds(2) + options_.wall_shift;
    sample.outcome = static_cast<BarOutcome>(below(3));
    for (std::size_t n = below(4); n > 0; --n) {
      sample.journal.push_back(random_entry(sample.bar));
      TIEOUT_CHECK(writer.write_journal(sample.journal.back()));
    }
    for (std::size_t n = 0; n < windows_.size(); ++n) {
      sample.has_frame.push_back(below(8) != 0);
      if (sample.has_frame.back()) {
        NodeFrame frame = change(n);
        frame.bar = sample.bar;
        frame.wall = wall + milliseconds(static_cast<std::int64_t>(n));
        TIEOUT_CHECK(writer.write_node(n, frame));
      }
      sample.windows.push_back(windows_[n]);
    }
    for (const TableKind kind : tables_of(manifest_)) {
      if (below(3) != 0) {
        sample.tables[kind] = random_table(kind == TableKind::kTimings);
        TIEOUT_CHECK(writer.write_table(kind, sample.bar, wall, *sample.tables[kind]));
      }
    }
    TIEOUT_TRY(sample.content_hash, writer.commit_bar(sample.bar, wall, sample.outcome));
    bars_.push_back(std::move(sample));
    return {};
  }

  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }

  double random_double() {
    constexpr std::array kSpecial{0.0,
                                  -0.0,
                                  1.0,
                                  std::numeric_limits<double>::infinity(),
                                  -std::numeric_limits<double>::infinity(),
                                  std::numeric_limits<double>::quiet_NaN(),
                                  -std::numeric_limits<double>::quiet_NaN(),
                                  std::numeric_limits<double>::denorm_min()};
    return below(4) == 0 ? kSpecial[below(kSpecial.size())]
                         : std::bit_cast<double>(random_() & 0xBFFF'FFFF'FFFF'FFFFULL);
  }

 private:
  /// Change the window of a node and tell how.
  NodeFrame change(std::size_t node) {
    Panel& window = windows_[node];
    NodeFrame frame;
    frame.keyframe = window.empty() || below(10) == 0;
    std::vector<Timestamp> touched;
    if (frame.keyframe) {
      window.clear_rows();
    } else {
      frame.dropped_front = below(window.row_count() + 1);
      window.drop_front(frame.dropped_front);
      for (std::size_t r = 0; r < window.row_count(); ++r) {
        if (below(3) == 0) {
          touched.push_back(window.index()[r]);
        }
      }
    }
    while (window.row_count() < options_.max_rows && below(4) != 0) {
      next_row_[node] = next_row_[node] + minutes(1 + static_cast<std::int64_t>(below(5)));
      window.append_row(next_row_[node]);
      touched.push_back(next_row_[node]);
    }
    for (const Timestamp row : touched) {
      for (std::size_t c = 0; c < window.column_count(); ++c) {
        window.set(*window.find_row(row), c, random_double());
      }
    }
    frame.changed = Panel(window.columns());
    frame.changed.append_rows(touched);
    for (std::size_t r = 0; r < touched.size(); ++r) {
      for (std::size_t c = 0; c < window.column_count(); ++c) {
        frame.changed.set(r, c, window.at(*window.find_row(touched[r]), c));
      }
    }
    frame.window_rows = window.row_count();
    frame.window_hash = hash_panel(window);
    return frame;
  }

  Table random_table(bool is_timing) {
    const std::size_t rows = below(4);
    Table table;
    table.key_count = 1;
    table.columns.push_back({"order_id", std::vector<std::int64_t>{}});
    table.columns.push_back({"price", std::vector<double>{}});
    table.columns.push_back({"type_", std::vector<std::string>{}});
    table.columns.push_back({"reduce_only", std::vector<std::uint8_t>{}});
    table.columns.push_back({"timestamp", std::vector<Timestamp>{}});
    for (std::size_t r = 0; r < rows; ++r) {
      const auto noise = is_timing ? options_.wall_shift.ns : 0;
      std::get<1>(table.columns[0].values).push_back(static_cast<std::int64_t>(r) + noise);
      std::get<0>(table.columns[1].values).push_back(random_double());
      std::get<3>(table.columns[2].values).push_back(std::string(below(20), 'x') + "\n\"é");
      std::get<2>(table.columns[3].values).push_back(static_cast<std::uint8_t>(below(2)));
      std::get<4>(table.columns[4].values).push_back({static_cast<std::int64_t>(random_())});
    }
    return table;
  }

  JournalEntry random_entry(Timestamp bar) {
    JournalEntry entry;
    entry.kind = static_cast<JournalEntry::Kind>(1 + below(3));
    entry.bar = bar;
    entry.time = bar + nanoseconds(static_cast<std::int64_t>(below(1'000'000)));
    entry.as_of = {entry.time, static_cast<std::int64_t>(below(1000))};
    entry.outcome = static_cast<BarOutcome>(below(3));
    for (std::size_t n = below(3); n > 0; --n) {
      entry.laggards.push_back({static_cast<std::int64_t>(random_())});
    }
    entry.purpose = std::string(below(9), 'p');
    entry.row_count = random_();
    entry.content = {random_(), random_()};
    return entry;
  }

  SampleOptions options_;
  std::mt19937_64 random_;
  Manifest manifest_;
  std::vector<Panel> windows_;
  std::vector<Timestamp> next_row_;
  std::vector<SampleBar> bars_;
};

/// Write a run of `bar_count` bars and seal it, or leave it as a killed engine would.
enum class Ending { kSealed, kKilled };
inline SampleRun write_sample(const std::filesystem::path& dir, const SampleOptions& options,
                              std::size_t bar_count, Ending ending) {
  SampleRun run(options);
  Result<RunWriter> writer = run.create(dir);
  EXPECT_TRUE(writer.ok()) << writer.error().message;
  for (std::size_t b = 0; b < bar_count; ++b) {
    const Status written = run.write_bar(*writer);
    EXPECT_TRUE(written.ok()) << written.error().message;
  }
  if (ending == Ending::kSealed) {
    EXPECT_TRUE(writer->seal(RunOutcome::kComplete).ok());
  }
  return run;
}

/// The reader must give back bar `i` to the bit.
inline void expect_bar(const RunReader& reader, std::size_t i, const SampleBar& sample) {
  ASSERT_LT(i, reader.bars().size());
  EXPECT_EQ(reader.bars()[i].bar, sample.bar);
  EXPECT_EQ(reader.bars()[i].outcome, sample.outcome);
  EXPECT_EQ(reader.bars()[i].content_hash, sample.content_hash);
  const auto journal = reader.journal(i);
  ASSERT_TRUE(journal.ok()) << journal.error().message;
  EXPECT_EQ(*journal, sample.journal);
  for (std::size_t n = 0; n < sample.windows.size(); ++n) {
    const auto window = reader.node_output(n, i);
    ASSERT_TRUE(window.ok()) << window.error().message;
    EXPECT_TRUE(bitwise_equal(*window, sample.windows[n])) << "node " << n << " bar " << i;
    EXPECT_EQ(reader.window_hash(n, i), hash_panel(sample.windows[n]));
    EXPECT_EQ(reader.window_cells(n, i),
              sample.windows[n].row_count() * sample.windows[n].column_count());
    EXPECT_EQ(reader.node_frame(n, i).ok(), sample.has_frame[n]);
  }
  for (const TableKind kind : kTableKinds) {
    const auto found = sample.tables.find(kind);
    const auto expected = found == sample.tables.end() ? std::nullopt : found->second;
    const auto table = reader.table(kind, i);
    ASSERT_TRUE(table.ok()) << table.error().message;
    ASSERT_EQ(table->has_value(), expected.has_value());
    EXPECT_EQ(reader.table_hash(kind, i), hash_table(expected.value_or(Table{})));
    const std::size_t columns = expected ? expected->columns.size() : 0;
    EXPECT_EQ(reader.table_cells(kind, i), (expected ? expected->row_count() : 0) * columns);
    if (expected.has_value()) {
      EXPECT_EQ(schema_of(**table), schema_of(*expected));
      EXPECT_EQ(hash_table(**table), hash_table(*expected));
    }
  }
}

}  // namespace tieout::runlog::test
