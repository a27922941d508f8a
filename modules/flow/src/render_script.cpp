#include "render_script.hpp"

#include <fmt/format.h>

#include "tieout/flow/command_line.hpp"

namespace tieout::flow {
namespace {

/// A word with marks as bash writes it: constant parts in single quotes, times as variables.
std::string script_word(const std::string& word) {
  std::string out;
  std::string constant;
  const auto end_constant = [&] {
    out += constant.empty() ? "" : quote_word(constant);
    constant.clear();
  };
  for (const char c : word) {
    const char* variable = c == kStartMark       ? "\"$start_name\""
                           : c == kEndMark       ? "\"$end_name\""
                           : c == kTradeDateMark ? "\"${start_name%_*}\""
                                                 : nullptr;
    if (variable == nullptr) {
      constant += c;
      continue;
    }
    end_constant();
    out += variable;
  }
  end_constant();
  return out.empty() ? "''" : out;
}

std::string hms(Duration time) {
  const std::int64_t all = time.ns / seconds(1).ns;
  return fmt::format("{:02}:{:02}:{:02}", all / 3600, all / 60 % 60, all % 60);
}

/// Sets start and end (seconds since the epoch) and their names from $day.
std::string times_function(const Deployment& d) {
  return fmt::format(
      "bar={}\n"
      "set_times() {{\n"
      "  local launch ready\n"
      "  [[ $day =~ ^[0-9]{{8}}$ ]] && launch=$(date -u -d \"$day {}\" +%s 2>/dev/null) || {{\n"
      "    echo \"$0: the day is '$day', it must be a calendar date YYYYMMDD\" >&2\n"
      "    exit 2\n"
      "  }}\n"
      "  ready=$((launch + {}))\n"
      "  start=$(((ready + bar - 1) / bar * bar))\n"
      "  end=$(((ready + {} + bar - 1) / bar * bar - bar))\n"
      "  start_name=$(date -u -d \"@$start\" +%Y%m%d_%H%M%S)\n"
      "  end_name=$(date -u -d \"@$end\" +%Y%m%d_%H%M%S)\n"
      "}}\n",
      d.bar.ns / seconds(1).ns, hms(d.launch), d.lead.ns / seconds(1).ns,
      d.duration.ns / seconds(1).ns);
}

std::string choose_today() {
  return "day=${1:-$(date -u +%Y%m%d)}\nset_times\n";
}

/// The newest day of the schedule whose run has begun; nothing to do once that has ended.
std::string choose_newest(const Deployment& d) {
  std::string on_schedule;
  if (!d.weekdays.empty()) {
    on_schedule =
        fmt::format("    [[ \" {} \" == *\" $(date -u -d \"$day\" +%u) \"* ]] || continue\n",
                    fmt::join(d.weekdays, " "));
  }
  return fmt::format(
      "if [[ -n ${{1:-}} ]]; then\n"
      "  day=$1\n"
      "  set_times\n"
      "else\n"
      "  now=$(date -u +%s)\n"
      "  for back in 0 1 2 3 4 5 6 7 8; do\n"
      "    day=$(date -u -d \"@$((now - back * 86400))\" +%Y%m%d)\n"
      "{}"
      "    set_times\n"
      "    ((start <= now)) && break\n"
      "  done\n"
      "  if ((start > now || now > end + bar + {})); then\n"
      "    echo \"$0: no run is going on\" >&2\n"
      "    exit 0\n"
      "  fi\n"
      "fi\n",
      on_schedule, 2 * d.observer_every.ns / seconds(1).ns);
}

}  // namespace

std::string render_script(const Deployment& deployment, const std::string& what,
                          const std::vector<std::string>& words, DayRule rule) {
  std::string text = fmt::format(
      "#!/usr/bin/env bash\n"
      "# {} of {}, {}, {}. Made by 'tieout render_deployment': change the deployment file "
      "instead.\n"
      "# Usage: {}.sh [--print] [YYYYMMDD]\n"
      "# The day is that of the launch, UTC; without it: {}. --print shows the command only.\n"
      "set -euo pipefail\n"
      "print=\n"
      "if [[ ${{1:-}} == --print ]]; then\n"
      "  print=1\n"
      "  shift\n"
      "fi\n",
      what, model_dir_name(deployment), deployment.run_mode, deployment.stage, what,
      rule == DayRule::kToday ? "today" : "that of the run that goes on");
  text += times_function(deployment);
  text += rule == DayRule::kToday ? choose_today() : choose_newest(deployment);
  text += "command=(\n ";
  for (std::size_t i = 0; i < words.size(); ++i) {
    text += i > 1 && words[i].starts_with('-') ? "\n  " : " ";
    text += script_word(words[i]);
  }
  text +=
      "\n)\n"
      "if [[ -n $print ]]; then\n"
      "  printf '%q ' \"${command[@]}\"\n"
      "  echo\n"
      "  exit 0\n"
      "fi\n"
      "exec \"${command[@]}\"\n";
  return text;
}

}  // namespace tieout::flow
