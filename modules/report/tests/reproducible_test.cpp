// Same inputs, same bytes, whatever the time zone, the locale, the working directory and where the
// report is written.

#include <clocale>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <locale>
#include <map>

#include <gtest/gtest.h>

#include "tieout/core/file.hpp"
#include "tieout/report/multiday.hpp"

#include "fixture.hpp"

namespace tieout::report {
namespace {

namespace fs = std::filesystem;
using testing::Pair;

/// Numbers as no report may write them: "1.234,5".
class Commas final : public std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

/// Another place to be in, until the end of its life.
class Elsewhere {
 public:
  Elsewhere(const char* zone, const fs::path& directory)
      : zone_(std::getenv("TZ") == nullptr ? "" : std::getenv("TZ")),
        had_zone_(std::getenv("TZ") != nullptr),
        directory_(fs::current_path()),
        locale_(std::locale::global(std::locale(std::locale::classic(), new Commas))) {
    setenv("TZ", zone, 1);
    tzset();
    for (const char* name : {"de_DE.UTF-8", "C.UTF-8"}) {
      if (std::setlocale(LC_ALL, name) != nullptr) break;
    }
    fs::create_directories(directory);
    fs::current_path(directory);
  }
  ~Elsewhere() {
    std::locale::global(locale_);
    std::setlocale(LC_ALL, "C");
    if (had_zone_) {
      setenv("TZ", zone_.c_str(), 1);
    } else {
      unsetenv("TZ");
    }
    tzset();
    std::error_code ignored;
    fs::current_path(directory_, ignored);
  }
  Elsewhere(const Elsewhere&) = delete;
  Elsewhere& operator=(const Elsewhere&) = delete;

 private:
  std::string zone_;
  bool had_zone_;
  fs::path directory_;
  std::locale locale_;
};

std::map<std::string, std::string> files_below(const fs::path& dir) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    if (entry.is_regular_file()) {
      files[entry.path().lexically_relative(dir).string()] = read_file(entry.path()).value();
    }
  }
  return files;
}

/// The pair's input over logs and a comparison of its own: nothing lies at the same address.
struct Again {
  explicit Again(const Pair& pair)
      : prod(runlog::RunReader::open(pair.prod.directory()).value()),
        sim(runlog::RunReader::open(pair.sim.directory()).value()),
        comparison(recon::compare_runs(prod, sim, options()).value()),
        input(pair.input) {
    input.prod = &prod;
    input.sim = &sim;
    input.comparison = &comparison;
  }
  static recon::CompareOptions options() {
    recon::CompareOptions options;
    options.expected_config_differences = recon::default_expected_config_differences();
    return options;
  }
  runlog::RunReader prod, sim;
  recon::Comparison comparison;
  ReportInput input;
};

void expect_equal(const std::map<std::string, std::string>& here,
                  const std::map<std::string, std::string>& there, const fs::path& out) {
  ASSERT_GT(here.size(), 5U);
  ASSERT_EQ(here.size(), there.size());
  for (const auto& [name, content] : here) {
    ASSERT_TRUE(there.contains(name)) << name;
    EXPECT_TRUE(content == there.at(name)) << name << " has other bytes elsewhere";
    EXPECT_EQ(content.find(out.string()), std::string::npos) << name << " says where it is written";
  }
}

testing::RunSpec with_research(testing::RunSpec spec) {
  spec.research = true;
  return spec;
}

TEST(Reproducible, AReportHasTheSameBytesInAnotherZoneLocaleDirectoryAndPlace) {
  Pair pair(with_research(testing::prod_spec()), with_research(testing::bumped_sim_spec()));
  pair.input.published_link = "https://example.com/report.html";
  const testing::TempDir out;
  for (const ReportKind kind : {ReportKind::kFast, ReportKind::kSlow}) {
    const std::string name(to_string(kind));
    pair.input.kind = kind;
    ASSERT_TRUE(write_report(out.path() / "here" / name, pair.input).ok());
    {
      const Elsewhere elsewhere("Asia/Kathmandu", out.path() / "in" / name);
      const Again again(pair);
      ASSERT_TRUE(write_report(out.path() / "there" / "further" / name, again.input).ok());
    }
    expect_equal(files_below(out.path() / "here" / name),
                 files_below(out.path() / "there" / "further" / name), out.path());
  }
}

TEST(Reproducible, SoHasAReportOverManyDays) {
  const Pair pair(with_research(testing::prod_spec()), with_research(testing::bumped_sim_spec()));
  const auto input_of = [&pair](const ReportInput& logs) {
    MultidayRun run;
    run.name = "20180123_000500.20180123_010000";
    run.mode = "scheduled";
    run.start = testing::bar_at(0);
    run.end = testing::bar_at(11);
    run.prod = logs.prod;
    run.sim = logs.sim;
    run.comparison = logs.comparison;
    run.exit = 1;
    MultidayInput input;
    input.title = "Mock1";
    input.runs = {run};
    input.stamp = pair.input.stamp;
    return input;
  };
  const testing::TempDir out;
  ASSERT_TRUE(write_multiday_report(out.path() / "here", input_of(pair.input)).ok());
  std::string page;
  {
    const Elsewhere elsewhere("America/St_Johns", out.path() / "in");
    const Again again(pair);
    const auto files = write_multiday_report(out.path() / "there", input_of(again.input));
    ASSERT_TRUE(files.ok());
    page = files->published_html;
  }
  auto here = files_below(out.path() / "here");
  auto there = files_below(out.path() / "there");
  // It holds the link to the page, which is where the page is.
  here.erase("result_0/run_notebook.0.html.log");
  there.erase("result_0/run_notebook.0.html.log");
  expect_equal(here, there, out.path());
  EXPECT_EQ(page.find(out.path().string()), std::string::npos);
}

}  // namespace
}  // namespace tieout::report
