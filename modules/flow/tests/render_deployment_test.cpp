#include "tieout/flow/render_deployment.hpp"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/file.hpp"
#include "tieout/core/random.hpp"
#include "tieout/flow/command_line.hpp"

#include "scratch_dir.hpp"

namespace tieout::flow {
namespace {

using testing::HasSubstr;

const Timestamp kDay = parse_ts_name("20231108_000000").value();

Deployment sample() {
  Deployment d;
  d.constructor = "dataflow_orange.pipelines.C1.C1b_pipeline.C1b_DagBuilder";
  d.model = "C1b";
  d.stage = "preprod";
  d.run_mode = "paper_trading";
  d.bar = minutes(5);
  d.launch = hours(13);
  d.lead = seconds(300);
  d.duration = days(1);
  d.secret_id = "3";
  d.prod_data_root = "/data/shared/ecs/preprod/system_reconciliation";
  d.dst_root = "/data/shared/ecs/preprod/prod_reconciliation";
  return d;
}

const RenderedFile& file_of(const std::vector<RenderedFile>& files, const std::string& name) {
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const RenderedFile& file) { return file.name == name; });
  EXPECT_NE(found, files.end()) << name;
  return *found;
}

/// What a command prints, run by bash.
std::string output_of(const std::string& command, int* code = nullptr) {
  std::string out;
  FILE* pipe = ::popen(command.c_str(), "r");
  EXPECT_NE(pipe, nullptr);
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    out.append(buffer, n);
  }
  const int status = ::pclose(pipe);
  if (code != nullptr) {
    *code = status;
  } else {
    EXPECT_EQ(status, 0) << command << "\n" << out;
  }
  return out;
}

std::string write(const ScratchDir& dir, const RenderedFile& file) {
  const std::string path = (dir.path() / file.name).string();
  EXPECT_TRUE(write_file_atomic(path, file.text).ok());
  return path;
}

/// Deployments with texts that every quoting could trip over.
std::vector<Deployment> awkward() {
  std::vector<Deployment> all{sample()};
  const CounterRng rng(7, 0);
  std::uint64_t counter = 0;
  const std::vector<std::string> letters{
      "a", "b", "'", "\"", "\\", "$", "%", "`", "!", "&", ";", "|", "<", ">", "(", ")",
      "{", "}", "[", "]",  "*",  "?", "~", "#", " ", "=", ":", ",", "@", "^", "-", "\xc3\xa9"};
  const auto text = [&](std::size_t length) {
    std::string out;
    for (std::size_t i = 0; i < length; ++i) {
      out += letters[rng.block(counter++)[0] % letters.size()];
    }
    return out;
  };
  for (int i = 0; i < 12; ++i) {
    Deployment d = sample();
    // A root may hold anything but a quote or blank at its ends, which dst_dir tolerates around it.
    d.prod_data_root = "/r" + text(12) + "x/system_reconciliation";
    d.dst_root = "/r" + text(12) + "x/prod_reconciliation";
    d.tag = i % 2 == 0 ? "config1" : "";
    std::string value;
    for (const char c : text(10)) {
      value += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    }
    d.overrides = {fmt::format(R"(("key","other"),(str("{}")))", value)};
    all.push_back(d);
  }
  return all;
}

/// The overrides in the text that derive_params gives.
DerivedParams derived(const std::string& text, const Deployment& d) {
  DeriveOptions options;
  options.dst_root_dir = d.dst_root + "/";
  const auto params = derive_params(text, options);
  EXPECT_TRUE(params.ok()) << to_string(params.error()) << "\n" << text;
  return params.ok() ? *params : DerivedParams{};
}

TEST(RenderDeployment, DeriveParamsGivesTheReconcileCommandFromTheProductionTemplate) {
  for (Deployment d : awkward()) {
    const auto files = render_deployment(d, "/etc/tieout", kDay);
    const DerivedParams params = derived(file_of(files, "production.json").text, d);
    for (const CrossCheck& check : params.checks) {
      EXPECT_TRUE(check.holds) << check.what << ": " << check.found << " / " << check.needed;
    }
    EXPECT_EQ(reconcile_command(params), with_times(reconcile_words(d), run_of_day(d, kDay)));
    EXPECT_EQ(render_command(reconcile_command(params)), file_of(files, "reconcile.command").text);
  }
}

TEST(RenderDeployment, DeriveParamsGivesTheReconcileTemplateBackWithItsOtherFlags) {
  Deployment d = sample();
  d.publish_dir = "/p q/published";
  d.alerts = "/etc/alerts.toml";
  d.mark_as_last_24_hour_run = true;
  d.program = "/usr/bin/tieout";
  const auto files = render_deployment(d, "/etc/tieout", kDay);
  const DerivedParams params = derived(file_of(files, "reconcile.json").text, d);
  EXPECT_EQ(params.source, "reconciliation command");
  EXPECT_THAT(params.switches,
              testing::ElementsAre("--alerts=/etc/alerts.toml", "--mark-as-last-24-hour-run",
                                   "--no-prevent-overwriting", "--publish-dir=/p q/published",
                                   "--run-notebook"));
}

TEST(RenderDeployment, ATemplateAndACommandSplitIntoTheWords) {
  for (const Deployment& d : awkward()) {
    const auto words = with_times(production_words(d), run_of_day(d, kDay));
    EXPECT_EQ(split_words(render_command(words)).value(), words);
    const auto files = render_deployment(d, "/etc/tieout", kDay);
    EXPECT_EQ(read_command_line(file_of(files, "production.json").text)->flags,
              read_command_line(render_command(words))->flags);
  }
}

TEST(RenderDeployment, ScriptsComputeTheTimesOfTheCommands) {
  const ScratchDir dir;
  std::vector<Deployment> all = awkward();
  all.resize(3);
  for (const std::int64_t bar : {7, 120}) {  // 7 minutes do not divide a day
    Deployment d = sample();
    d.bar = minutes(bar);
    d.duration = minutes(bar * 6);
    d.launch = hours(23) + minutes(58) + seconds(11);
    all.push_back(d);
  }
  for (const Deployment& d : all) {
    for (const char* day : {"20231108_000000", "20240228_000000"}) {
      const Timestamp midnight = parse_ts_name(day).value();
      const auto files = render_deployment(d, dir.path(), midnight);
      for (const std::string part : {"production", "reconcile", "observer"}) {
        const std::string path = write(dir, file_of(files, part + ".sh"));
        const std::string printed =
            output_of(fmt::format("bash {} --print {} | bash -c 'eval \"set -- "
                                  "$(cat)\"; printf \"%s\\n\" \"$@\"'",
                                  quote_word(path), std::string(day, 8)));
        std::string words;
        const auto split = split_words(file_of(files, part + ".command").text);
        ASSERT_TRUE(split.ok());
        for (const std::string& word : *split) {
          words += word + "\n";
        }
        EXPECT_EQ(printed, words);
      }
    }
  }
}

TEST(RenderDeployment, AScriptRefusesWhatIsNoDay) {
  const ScratchDir dir;
  const std::string path =
      write(dir, file_of(render_deployment(sample(), dir.path(), kDay), "production.sh"));
  for (const char* day : {"20230230", "yesterday", "2023-11-08", "'$(touch x)'"}) {
    int code = 0;
    const std::string said =
        output_of(fmt::format("bash {} --print {} 2>&1", quote_word(path), day), &code);
    EXPECT_EQ(WEXITSTATUS(code), 2) << day;
    EXPECT_THAT(said, HasSubstr("it must be a calendar date YYYYMMDD"));
  }
}

TEST(RenderDeployment, ScriptsAreBash) {
  const ScratchDir dir;
  for (const Deployment& d : awkward()) {
    for (const RenderedFile& file : render_deployment(d, dir.path() / "a 'b' %c", kDay)) {
      if (file.is_script || file.name.ends_with(".sbatch") || file.name.ends_with(".command")) {
        output_of(fmt::format("bash -n {} 2>&1", quote_word(write(dir, file))));
      }
    }
  }
}

TEST(RenderDeployment, CronRunsTheScriptOfItsPathAndTheReconciliationAfterAFailure) {
  const ScratchDir dir;
  const std::filesystem::path install = dir.path() / "a 'b' %c";
  std::filesystem::create_directories(install);
  for (const char* name : {"production.sh", "reconcile.sh"}) {
    ASSERT_TRUE(
        write_file_atomic(install / name, fmt::format("echo {} \"$1\"; exit 1\n", name)).ok());
  }
  const auto files = render_deployment(sample(), install, kDay);
  const std::string& text = file_of(files, "crontab").text;
  const std::size_t at = text.find("0 13 * * * ");
  ASSERT_NE(at, std::string::npos) << text;
  std::string line = text.substr(at + 11, text.find('\n', at) - at - 11);
  // Cron: an unescaped % ends the command, an escaped one loses its backslash.
  std::string command;
  for (std::size_t i = 0; i < line.size(); ++i) {
    ASSERT_NE(line[i], '%') << "unescaped in: " << line;
    const bool escaped = line[i] == '\\' && i + 1 < line.size() && line[i + 1] == '%';
    command += escaped ? line[++i] : line[i];
  }
  int code = 0;
  const std::string path = (dir.path() / "line.sh").string();
  ASSERT_TRUE(write_file_atomic(path, command + "\n").ok());
  const std::string said = output_of("sh " + quote_word(path), &code);
  EXPECT_THAT(said, testing::ContainsRegex("production.sh [0-9]{8}\nreconcile.sh [0-9]{8}\n"));
}

bool has_tool(const char* name) {
  return std::system(fmt::format("command -v {} >/dev/null 2>&1", name).c_str()) == 0;
}

TEST(RenderDeployment, UnitsAreSystemds) {
  if (!has_tool("systemd-analyze")) {
    GTEST_SKIP() << "skipped: no systemd-analyze";
  }
  const ScratchDir dir;
  Deployment d = sample();
  d.weekdays = {1, 5};
  d.systemd_user = "daemon";
  const std::filesystem::path install = dir.path() / "a $b %c \"d\"";
  std::filesystem::create_directories(install);
  std::string units;
  for (const RenderedFile& file : render_deployment(d, install, kDay)) {
    if (file.group == "systemd") {
      units += " " + quote_word(write(dir, file));
    }
  }
  int code = 0;
  const std::string said = output_of("systemd-analyze verify --man=no" + units + " 2>&1", &code);
  EXPECT_EQ(code, 0) << said;
  EXPECT_EQ(said, "");
  output_of("systemd-analyze calendar 'Mon,Fri *-*-* 13:00:00 UTC' '*-*-* *:00/5:00 UTC' 2>&1");
}

TEST(RenderDeployment, SlurmTakesTheJobs) {
  if (!has_tool("sbatch") || std::system("sinfo >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "skipped: no Slurm that answers";
  }
  const ScratchDir dir;
  const auto files = render_deployment(sample(), dir.path(), kDay);
  for (const char* name : {"production.sbatch", "reconcile.sbatch"}) {
    output_of(
        fmt::format("sbatch --test-only {} 2>&1", quote_word(write(dir, file_of(files, name)))));
  }
}

// The rendered example is read by people and is the golden of every file: render it anew when a
// template changes, and look at the difference.
TEST(RenderDeployment, TheExampleRendersToTheFilesBesideIt) {
  const std::filesystem::path dir =
      std::filesystem::path(TIEOUT_SOURCE_DIR) / "examples" / "deployments";
  const auto d = load_deployment(dir / "C1b.config1.toml");
  ASSERT_TRUE(d.ok()) << to_string(d.error());
  const auto files = render_deployment(*d, d->install_dir, kDay);
  for (const RenderedFile& file : files) {
    const auto golden = read_file(dir / "C1b.config1" / file.name);
    EXPECT_TRUE(golden.ok()) << file.name;
    EXPECT_EQ(golden.value_or(""), file.text) << file.name;
  }
  const auto count = std::distance(std::filesystem::directory_iterator(dir / "C1b.config1"),
                                   std::filesystem::directory_iterator());
  EXPECT_EQ(static_cast<std::size_t>(count), files.size());
}

TEST(RenderDeployment, QuotesForSystemdAndCron) {
  EXPECT_EQ(quote_for_systemd(R"(/a b/%n$HOME"\x)"), R"("/a b/%%n$$HOME\"\\x")");
  EXPECT_EQ(quote_for_cron("date +%Y%m"), R"(date +\%Y\%m)");
}

}  // namespace
}  // namespace tieout::flow
