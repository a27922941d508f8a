#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include <duckdb.h>
#include <fmt/format.h>
#include <unistd.h>

#include "tieout/core/random.hpp"
#include "tieout/frames/window_decoder.hpp"

// The files of one node of a generated day in the reference layout: windows of 1152 rows x 20
// fields x 25 assets that move by one row from bar to bar, random walks with a tick, Snappy. They
// are decoded by WindowDecoder on one thread and on two, by DuckDB's plain SELECT * file by file
// and in one query, and set against the machine's streaming-read bandwidth. Every way must find the
// same sum of the cells' bits.
namespace tieout::frames {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFiles = 120;
constexpr std::size_t kRows = 1152;
constexpr std::size_t kFields = 20;
constexpr std::size_t kAssets = 25;
constexpr std::size_t kColumns = kFields * kAssets;
constexpr double kValues = static_cast<double>(kFiles * kRows * kColumns);

void check(bool holds, const char* what) {
  if (!holds) {
    std::fprintf(stderr, "bench_frames_decode: wrong answer: %s\n", what);
    std::abort();
  }
}

/// Sum of the bits of all cells but the index, and the number of cells.
struct Answer {
  std::uint64_t sum = 0;
  std::uint64_t cells = 0;
  friend bool operator==(const Answer&, const Answer&) = default;
};

/// Prices on a grid of ticks (they repeat, as real ones do) in every fourth field, returns and
/// volatilities without repetition in the others.
std::vector<std::vector<double>> make_walks() {
  std::vector<std::vector<double>> walks;
  for (std::size_t c = 0; c < kColumns; ++c) {
    const CounterRng random(1, c);
    std::vector<double>& walk = walks.emplace_back();
    double value = 100.0 + static_cast<double>(c);
    for (std::size_t row = 0; row < kRows + kFiles; ++row) {
      value += 0.05 * random.normal(row);
      const bool is_price = c / kAssets % 4 == 0;
      walk.push_back(is_price ? std::round(value * 100) / 100 : value / 97);
    }
  }
  return walks;
}

/// Write the files; the first rows of every third field are missing, as a lookback leaves them.
std::vector<fs::path> write_files(const fs::path& dir, Answer& answer) {
  const auto walks = make_walks();
  std::vector<fs::path> files;
  for (std::size_t bar = 0; bar < kFiles; ++bar) {
    Frame frame;
    frame.level_names = {"", ""};
    frame.zone = "America/New_York";
    std::vector<Timestamp> index;
    for (std::size_t row = 0; row < kRows; ++row) {
      index.push_back(Timestamp{1'692'109'800'000'000'000} +
                      minutes(5) * static_cast<std::int64_t>(bar + row));
    }
    frame.index = FrameColumn{{"end_datetime"}, std::move(index)};
    for (std::size_t c = 0; c < kColumns; ++c) {
      const auto first = walks[c].begin() + static_cast<std::ptrdiff_t>(bar);
      std::vector<double> cells(first, first + kRows);
      if (c / kAssets % 3 == 2) {
        std::fill_n(cells.begin(), 60, std::numeric_limits<double>::quiet_NaN());
      }
      for (const double cell : cells) {
        answer.sum += std::isnan(cell) ? 0 : std::bit_cast<std::uint64_t>(cell);
      }
      answer.cells += cells.size();
      frame.columns.push_back(
          {{fmt::format("field_{}", c / kAssets), fmt::format("{}", c % kAssets)},
           std::move(cells)});
    }
    files.push_back(dir / fmt::format("predict.0.node.df_out.{:04}.parquet", bar));
    check(write_parquet(frame, files.back()).ok(), "write_parquet");
  }
  return files;
}

void add_cells(std::span<const std::uint64_t> words, Answer& answer) {
  const std::uint64_t null = std::bit_cast<std::uint64_t>(std::numeric_limits<double>::quiet_NaN());
  std::uint64_t sum = 0;
  for (const std::uint64_t word : words) {
    sum += word == null ? 0 : word;
  }
  answer.sum += sum;
  answer.cells += words.size();
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// Processor time of all threads: what a machine that others use too allows to compare.
double best_cpu(int repeats, const std::function<void()>& work) {
  double best = 1e300;
  for (int i = 0; i < repeats; ++i) {
    const double start = cpu_seconds();
    work();
    best = std::min(best, cpu_seconds() - start);
  }
  return best;
}

/// Decode every `step`th file. Without `sum` the cells are only counted.
enum class Sum { kYes, kNo };
Answer decode_files(const std::vector<fs::path>& files, std::size_t first, std::size_t step,
                    Sum sum) {
  StringPool pool;
  WindowDecoder decoder(pool);
  DecodedWindow window;
  Answer answer;
  for (std::size_t i = first; i < files.size(); i += step) {
    check(decoder.decode(files[i], window).ok(), "decode");
    if (sum == Sum::kYes) {
      add_cells(window.words, answer);
    } else {
      answer.cells += window.words.size();
    }
  }
  return answer;
}

/// DuckDB with one thread, chunk by chunk.
class PlainDuckDb {
 public:
  PlainDuckDb() {
    duckdb_config config = nullptr;
    duckdb_create_config(&config);
    duckdb_set_config(config, "threads", "1");
    check(duckdb_open_ext(nullptr, &database_, config, nullptr) == DuckDBSuccess, "duckdb_open");
    duckdb_destroy_config(&config);
    check(duckdb_connect(database_, &connection_) == DuckDBSuccess, "duckdb_connect");
  }
  PlainDuckDb(const PlainDuckDb&) = delete;
  PlainDuckDb& operator=(const PlainDuckDb&) = delete;
  ~PlainDuckDb() {
    duckdb_disconnect(&connection_);
    duckdb_close(&database_);
  }

  void read(const std::string& pattern, Sum sum, Answer& answer) {
    const std::string sql = "SELECT * FROM read_parquet('" + pattern + "')";
    duckdb_prepared_statement statement = nullptr;
    duckdb_pending_result pending = nullptr;
    duckdb_result result{};
    check(duckdb_prepare(connection_, sql.c_str(), &statement) == DuckDBSuccess, "prepare");
    check(duckdb_pending_prepared_streaming(statement, &pending) == DuckDBSuccess, "pending");
    check(duckdb_execute_pending(pending, &result) == DuckDBSuccess, "execute");
    while (duckdb_data_chunk chunk = duckdb_fetch_chunk(result)) {
      const std::size_t rows = duckdb_data_chunk_get_size(chunk);
      for (std::size_t c = 0; c < kColumns; ++c) {
        duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, c);
        if (sum == Sum::kYes) {
          const auto* words = static_cast<const std::uint64_t*>(duckdb_vector_get_data(vector));
          const std::uint64_t* valid = duckdb_vector_get_validity(vector);
          for (std::size_t row = 0; row < rows; ++row) {
            const bool null = valid != nullptr && ((valid[row / 64] >> (row % 64)) & 1U) == 0;
            answer.sum += null ? 0 : words[row];
          }
        }
      }
      answer.cells += rows * kColumns;
      duckdb_destroy_data_chunk(&chunk);
    }
    duckdb_destroy_result(&result);
    duckdb_destroy_pending(&pending);
    duckdb_destroy_prepare(&statement);
  }

 private:
  duckdb_database database_ = nullptr;
  duckdb_connection connection_ = nullptr;
};

/// Bytes for each second of summing an array that no cache holds.
double read_bandwidth() {
  const std::vector<std::uint64_t> array(std::size_t{1} << 25, 1);  // 256 MiB
  std::uint64_t total = 0;
  const double seconds = best_cpu(5, [&] {
    std::array<std::uint64_t, 8> sums{};
    for (std::size_t i = 0; i < array.size(); i += 8) {
      for (std::size_t k = 0; k < 8; ++k) {
        sums[k] += array[i + k];
      }
    }
    for (const std::uint64_t sum : sums) {
      total += sum;
    }
  });
  check(total == 5 * array.size(), "sum of ones");
  return static_cast<double>(array.size() * 8) / seconds;
}

void report(const char* what, double cpu, double duck_cpu, double bandwidth) {
  const double rate = kValues / cpu;
  fmt::print(
      "{:<44} {:7.2f} ms/file {:7.1f} Mvalues/s of cpu {:6.2f} x DuckDB {:5.1f} % of read "
      "bandwidth\n",
      what, cpu * 1e3 / kFiles, rate / 1e6, duck_cpu / cpu, rate * 8 / bandwidth * 100);
}

int run(const fs::path& dir) {
  Answer expected;
  const std::vector<fs::path> files = write_files(dir, expected);
  std::uintmax_t bytes = 0;
  for (const fs::path& file : files) {
    bytes += fs::file_size(file);
  }
  const double bandwidth = read_bandwidth();
  fmt::print(
      "decode {} files of {} rows x {} columns, {:.2f} MB each ({:.2f} as words); memory is "
      "read at {:.1f} GB/s\n",
      kFiles, kRows, kColumns, static_cast<double>(bytes) / kFiles / 1e6,
      static_cast<double>(kRows * kColumns * 8) / 1e6, bandwidth / 1e9);
  PlainDuckDb duck;
  const auto one_by_one = [&](Sum sum) {
    Answer answer;
    for (const fs::path& file : files) {
      duck.read(file.string(), sum, answer);
    }
    return answer;
  };
  const auto one_query = [&](Sum sum) {
    Answer answer;
    duck.read((dir / "*.parquet").string(), sum, answer);
    return answer;
  };
  const auto two_threads = [&](Sum sum) {
    std::array<Answer, 2> answers;
    std::thread other([&] { answers[1] = decode_files(files, 1, 2, sum); });
    answers[0] = decode_files(files, 0, 2, sum);
    other.join();
    return Answer{answers[0].sum + answers[1].sum, answers[0].cells + answers[1].cells};
  };
  check(one_by_one(Sum::kYes) == expected, "DuckDB, file by file");
  check(one_query(Sum::kYes) == expected, "DuckDB, one query");
  check(decode_files(files, 0, 1, Sum::kYes) == expected, "WindowDecoder");
  check(two_threads(Sum::kYes) == expected, "WindowDecoder on two threads");

  const double by_file = best_cpu(2, [&] { one_by_one(Sum::kNo); });
  const double by_query = best_cpu(3, [&] { one_query(Sum::kNo); });
  const double duck_cpu = std::min(by_file, by_query);
  const double one = best_cpu(5, [&] { decode_files(files, 0, 1, Sum::kNo); });
  const double two = best_cpu(5, [&] { two_threads(Sum::kNo); });
  report("DuckDB, SELECT * of each file", by_file, duck_cpu, bandwidth);
  report("DuckDB, SELECT * of all files", by_query, duck_cpu, bandwidth);
  report("WindowDecoder, one thread", one, duck_cpu, bandwidth);
  report("WindowDecoder, two threads, cpu of both", two, duck_cpu, bandwidth);
  // What is asked is 80 % of DuckDB's own decode throughput; what is there is guarded here.
  constexpr double kTimesDuckDb = 4;
  const bool holds = duck_cpu >= kTimesDuckDb * one;
  fmt::print("budget: at least {} x DuckDB's own decode throughput: {}\n", kTimesDuckDb,
             holds ? "ok" : "MISSED");
  return holds ? 0 : 1;
}

}  // namespace
}  // namespace tieout::frames

int main() {
  std::string name =
      (std::filesystem::temp_directory_path() / "tieout_bench_frames_XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    return 2;
  }
  const int status = tieout::frames::run(name);
  std::filesystem::remove_all(name);
  return status;
}
