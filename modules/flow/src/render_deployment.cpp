#include "tieout/flow/render_deployment.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/flow/command_line.hpp"

#include "render_script.hpp"

namespace tieout::flow {
namespace {

/// What units and jobs are called: "tieout-preprod-C1b.config1-paper_trading".
std::string unit_name(const Deployment& d) {
  return fmt::format("tieout-{}-{}-{}", d.stage, model_dir_name(d), d.run_mode);
}

std::string weekdays_of(const Deployment& d) {
  std::vector<std::string_view> names;
  for (const int day : d.weekdays) {
    names.push_back(kWeekdayNames[static_cast<std::size_t>(day) - 1]);
  }
  return fmt::format("{}", fmt::join(names, ","));
}

/// "--flag value" as one text, so that a line holds both.
std::vector<std::string> flag_lines(const std::vector<std::string>& words) {
  std::vector<std::string> lines{quote_word(words[0]) + " " + quote_word(words[1])};
  for (std::size_t i = 2; i < words.size(); ++i) {
    if (words[i].starts_with('-')) {
      lines.push_back(quote_word(words[i]));
    } else {
      lines.back() += " " + quote_word(words[i]);
    }
  }
  return lines;
}

struct Files {
  std::vector<RenderedFile> all;
  void add(std::string group, std::string name, std::string text, bool is_script = false) {
    all.push_back({std::move(name), std::move(group), std::move(text), is_script});
  }
};

/// Runs overlap when a run ends at its last bar and the next is launched before it: so each day is
/// an instance of a template, and a timer starts the instance of its day.
void add_systemd(const Deployment& d, const std::filesystem::path& dir, Files& files) {
  const std::string unit = unit_name(d);
  const std::string made = "# Made by 'tieout render_deployment': change the deployment file.\n";
  const std::string user = d.systemd_user.empty() ? "" : fmt::format("User={}\n", d.systemd_user);
  const auto script = [&](const char* name) { return quote_for_systemd((dir / name).string()); };
  const std::int64_t launch = d.launch.ns / seconds(1).ns;
  files.add("systemd", unit + ".timer",
            made + fmt::format("[Unit]\nDescription=Launch {}\n\n[Timer]\nOnCalendar={}*-*-* "
                               "{:02}:{:02}:{:02} UTC\nAccuracySec=1s\nPersistent=false\n"
                               "Unit={}.service\n\n[Install]\nWantedBy=timers.target\n",
                               unit, d.weekdays.empty() ? "" : weekdays_of(d) + " ", launch / 3600,
                               launch / 60 % 60, launch % 60, unit));
  files.add("systemd", unit + ".service",
            made + fmt::format("[Unit]\nDescription=Launch today's run of {}\n\n[Service]\n"
                               "Type=oneshot\nExecStart=/bin/sh -c \"exec systemctl start "
                               "--no-block {}-production@$$(date -u +%%Y%%m%%d).service\"\n",
                               unit, unit));
  files.add("systemd", unit + "-production@.service",
            made + fmt::format("[Unit]\nDescription=Production run %i of {}\n"
                               "# The reconciliation follows in any case, also a failed run.\n"
                               "OnSuccess={}-reconcile@%i.service\n"
                               "OnFailure={}-reconcile@%i.service\n\n[Service]\nType=oneshot\n{}"
                               "TimeoutStartSec=infinity\nKillSignal=SIGTERM\n"
                               "ExecStart=/bin/bash {} %i\n",
                               unit, unit, unit, user, script("production.sh")));
  files.add("systemd", unit + "-reconcile@.service",
            made + fmt::format("[Unit]\nDescription=Reconciliation of run %i of {}\n\n[Service]\n"
                               "Type=oneshot\n{}TimeoutStartSec=infinity\n"
                               "ExecStart=/bin/bash {} %i\n",
                               unit, user, script("reconcile.sh")));
  files.add("systemd", unit + "-observer.service",
            made + fmt::format("[Unit]\nDescription=Observer of {}\n\n[Service]\nType=oneshot\n{}"
                               "ExecStart=/bin/bash {}\n",
                               unit, user, script("observer.sh")));
  files.add(
      "systemd", unit + "-observer.timer",
      made + fmt::format("[Unit]\nDescription=Observe {} every {}\n\n[Timer]\n"
                         "OnCalendar=*-*-* *:00/{}:00 UTC\nAccuracySec=1s\n\n[Install]\n"
                         "WantedBy=timers.target\n",
                         unit, to_period(d.observer_every), d.observer_every.ns / minutes(1).ns));
}

void add_cron(const Deployment& d, const std::filesystem::path& dir, Files& files) {
  const auto script = [&](const char* name) {
    return "/bin/bash " + quote_word((dir / name).string());
  };
  std::string days = "*";
  if (!d.weekdays.empty()) {
    days = fmt::format("{}", fmt::join(d.weekdays, ","));
  }
  const std::int64_t launch = d.launch.ns / seconds(1).ns;
  // Cron knows whole minutes: the seconds of the launch are slept, the times do not depend on them.
  const std::string wait = launch % 60 == 0 ? "" : fmt::format("sleep {}; ", launch % 60);
  const std::int64_t every = d.observer_every.ns / minutes(1).ns;
  files.add(
      "cron", "crontab",
      fmt::format(
          "# {}. Made by 'tieout render_deployment': change the deployment file instead.\n"
          "# Times are UTC: cron must run in UTC. The reconciliation follows production in "
          "any case.\n"
          "{} {} * * {} {}\n"
          "{} * * * * {}\n",
          unit_name(d), launch / 60 % 60, launch / 3600, days,
          quote_for_cron(fmt::format("day=$(date -u +%Y%m%d); {}{} \"$day\"; {} \"$day\"", wait,
                                     script("production.sh"), script("reconcile.sh"))),
          every == 60 ? "0" : fmt::format("*/{}", every), quote_for_cron(script("observer.sh"))));
}

void add_slurm(const Deployment& d, const std::filesystem::path& dir, Files& files) {
  const auto job = [&](const char* name, std::int64_t minutes_limit) {
    std::string head = fmt::format(
        "#!/bin/bash\n#SBATCH --job-name={}-{}\n#SBATCH --time={}\n#SBATCH --cpus-per-task={}\n",
        unit_name(d), name, minutes_limit, d.slurm_cpus);
    if (!d.slurm_partition.empty()) {
      head += fmt::format("#SBATCH --partition={}\n", d.slurm_partition);
    }
    if (!d.slurm_memory.empty()) {
      head += fmt::format("#SBATCH --mem={}\n", d.slurm_memory);
    }
    return head + fmt::format(
                      "# Made by 'tieout render_deployment': change the deployment file instead.\n"
                      "# Usage: sbatch {}.sbatch [YYYYMMDD]\n"
                      "exec /bin/bash {} \"$@\"\n",
                      name, quote_word((dir / (std::string(name) + ".sh")).string()));
  };
  constexpr std::int64_t kSpareMinutes = 60;
  files.add("slurm", "production.sbatch",
            job("production", (d.duration + d.lead + d.bar).ns / minutes(1).ns + kSpareMinutes));
  files.add("slurm", "reconcile.sbatch", job("reconcile", 4 * kSpareMinutes));
  files.add("slurm", "submit.sh",
            fmt::format(
                "#!/usr/bin/env bash\n"
                "# Submit the run of a day (YYYYMMDD, UTC; default today) and its reconciliation, "
                "which follows in any case.\n"
                "# Made by 'tieout render_deployment': change the deployment file instead.\n"
                "set -euo pipefail\n"
                "day=${{1:-$(date -u +%Y%m%d)}}\n"
                "id=$(sbatch --parsable {} \"$day\")\n"
                "sbatch --dependency=afterany:\"${{id%%;*}}\" {} \"$day\"\n",
                quote_word((dir / "production.sbatch").string()),
                quote_word((dir / "reconcile.sbatch").string())),
            true);
}

}  // namespace

const std::vector<std::string>& deployment_groups() {
  static const std::vector<std::string> groups{"production", "reconcile", "observer", "scheduler",
                                               "systemd",    "cron",      "slurm"};
  return groups;
}

std::vector<RenderedFile> render_deployment(const Deployment& deployment,
                                            const std::filesystem::path& install_dir,
                                            Timestamp day) {
  struct Part {
    std::string name;
    std::vector<std::string> words;
    DayRule rule;
  };
  const Part parts[] = {
      {"production", production_words(deployment), DayRule::kToday},
      {"reconcile", reconcile_words(deployment), DayRule::kToday},
      {"observer", observer_words(deployment), DayRule::kNewestRun},
  };
  const DeployedRun run = run_of_day(deployment, day);
  Files files;
  for (const Part& part : parts) {
    files.add(part.name, part.name + ".command", render_command(with_times(part.words, run)));
    files.add(part.name, part.name + ".sh",
              render_script(deployment, part.name, part.words, part.rule), true);
  }
  for (const Part& part : parts) {
    files.add("scheduler", part.name + ".json", render_template(with_times(part.words, run)));
  }
  add_systemd(deployment, install_dir, files);
  add_cron(deployment, install_dir, files);
  add_slurm(deployment, install_dir, files);
  return files.all;
}

std::string render_command(const std::vector<std::string>& words) {
  return fmt::format("{}\n", fmt::join(flag_lines(words), " \\\n    "));
}

std::string render_template(const std::vector<std::string>& words) {
  const nlohmann::ordered_json json{{"command", flag_lines(words)}};
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string quote_for_systemd(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '%':
        out += "%%";
        break;
      case '$':
        out += "$$";
        break;
      case '"':
      case '\\':
        out += '\\';
        out += c;
        break;
      default:
        out += c;
    }
  }
  return out + "\"";
}

std::string quote_for_cron(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c == '%' ? std::string("\\%") : std::string(1, c);
  }
  return out;
}

}  // namespace tieout::flow
