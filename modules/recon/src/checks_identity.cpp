#include "checks_identity.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "tieout/config/config.hpp"

#include "check_log.hpp"

namespace tieout::recon {
namespace {

using runlog::Manifest;
using runlog::RunSource;

constexpr std::string_view kNeedsAll = "it reads the contents of the log: only with all checks";

bool on_grid(Timestamp t, Timestamp origin, Duration bar) {
  return (t - origin).ns % bar.ns == 0;
}

/// The declared length of the run; nothing when the config does not say.
std::optional<Duration> declared_duration(const RunSource& run) {
  const auto config = config::Config::from_json(run.config_json());
  if (!config.ok()) {
    return std::nullopt;
  }
  const auto seconds_declared = config->get_int({"dag_runner_config", "run_duration_in_secs"});
  return seconds_declared.ok() && *seconds_declared > 0 ? std::optional(seconds(*seconds_declared))
                                                        : std::nullopt;
}

}  // namespace

void check_window(const RunSource& run, const std::string& name, CheckDepth depth,
                  CheckReport& out) {
  CheckLog check(out, "C003", name);
  const Manifest& manifest = run.manifest();
  if (manifest.bar.ns <= 0) {
    check.skip("the log declares no bar");
    return;
  }
  const Timestamp epoch{};
  const auto look_at = [&](std::string_view what, Timestamp t) {
    check.look();
    if (!on_grid(t, epoch, manifest.bar)) {
      check.violate({.bar = manifest.start,
                     .part = "manifest",
                     .column = std::string(what),
                     .found = to_iso(t),
                     .needed = "a multiple of " + to_period(manifest.bar),
                     .note = fmt::format("the window's {} does not lie on the bar grid", what)});
    }
  };
  look_at("start", manifest.start);
  if (manifest.end == runlog::kOpenEnd) {
    return;
  }
  look_at("end", manifest.end);
  const auto duration = depth == CheckDepth::kAll ? declared_duration(run) : std::nullopt;
  if (duration) {
    check.look();
    const Duration window = manifest.end - manifest.start + manifest.bar;
    if (window != *duration) {
      check.violate({.bar = manifest.start,
                     .part = "manifest",
                     .column = "run_duration_in_secs",
                     .found = fmt::format("{} s", to_seconds(window)),
                     .needed = fmt::format("{} s", to_seconds(*duration)),
                     .note = "the window is not the run's duration less one bar"});
    }
  }
}

void check_grid(const RunSource& run, const std::string& name, CheckReport& out) {
  CheckLog check(out, "C004", name);
  const auto bars = run.bars();
  const Duration period = run.manifest().bar;
  if (period.ns <= 0) {
    check.skip("the log declares no bar");
    return;
  }
  for (std::size_t b = 0; b < bars.size(); ++b) {
    check.look();
    if (b > 0 && bars[b].bar - bars[b - 1].bar != period) {
      const auto missing = (bars[b].bar - bars[b - 1].bar).ns / period.ns - 1;
      check.violate({.bar = bars[b].bar,
                     .part = "bar",
                     .found = to_iso(bars[b - 1].bar),
                     .needed = to_iso(bars[b].bar - period),
                     .note = fmt::format("{} bars are missing before this one", missing)});
    }
  }
}

void check_outputs(const RunSource& run, const std::string& name, CheckReport& out) {
  CheckLog check(out, "C005", name);
  const auto bars = run.bars();
  for (const runlog::NodeInfo& node : run.manifest().nodes) {
    for (std::size_t b = 0; b < bars.size(); ++b) {
      check.look();
      if (!run.has_window(node.topological_id, b)) {
        check.violate({.bar = bars[b].bar,
                       .part = node.name,
                       .found = "(none)",
                       .needed = "an output",
                       .note = "the log has no output of the node at this bar"});
      }
    }
  }
}

void check_readable(const RunSource& run, const std::string& name, CheckReport& out) {
  CheckLog check(out, "C006", name);
  const auto bars = run.bars();
  const Timestamp at = bars.empty() ? run.manifest().start : bars.front().bar;
  for (const std::string& note : run.notes()) {
    check.violate({.bar = at, .part = "log", .column = note, .found = "cut", .note = note});
  }
  // Elsewhere counting cells decodes the window.
  const bool counts_are_cheap = run.hashes_are_of_content();
  for (const runlog::NodeInfo& node : run.manifest().nodes) {
    for (std::size_t b = 0; counts_are_cheap && b < bars.size(); ++b) {
      check.look();
      if (!node.columns.empty() && run.window_cells(node.topological_id, b) == 0) {
        check.violate({.bar = bars[b].bar,
                       .part = node.name,
                       .found = "0 rows",
                       .needed = "at least 1 row",
                       .note = "the node's output holds no row at this bar"});
      }
    }
  }
  check.look(bars.size());
}

void check_end(const RunSource& run, const std::string& name, CheckReport& out) {
  CheckLog check(out, "C008", name);
  const Manifest& manifest = run.manifest();
  const auto bars = run.bars();
  const Timestamp last = bars.empty() ? manifest.start : bars.back().bar;
  check.look();
  if (!run.sealed() || manifest.outcome != runlog::RunOutcome::kComplete) {
    check.violate({.bar = last,
                   .part = "manifest",
                   .column = "outcome",
                   .found = fmt::format("{}{}", runlog::to_string(manifest.outcome),
                                        run.sealed() ? "" : ", not sealed"),
                   .needed = "complete, sealed",
                   .note = "the run did not come to its end, or goes on"});
  }
  if (manifest.end != runlog::kOpenEnd) {
    check.look();
    if (bars.empty() || last != manifest.end) {
      check.violate({.bar = last,
                     .part = "manifest",
                     .column = "end",
                     .found = bars.empty() ? "no bar" : to_iso(last),
                     .needed = to_iso(manifest.end),
                     .note = "the last bar of the log is not the window's last"});
    }
  }
}

Status check_clocks(const RunSource& run, const std::string& name, CheckDepth depth,
                    CheckReport& out) {
  CheckLog decided(out, "C010", name);
  CheckLog known(out, "C011", name);
  const Manifest& manifest = run.manifest();
  const auto bars = run.bars();
  if (run.has_journal() && depth != CheckDepth::kAll) {
    decided.skip(std::string(kNeedsAll));
    known.skip(std::string(kNeedsAll));
    return {};
  }
  if (manifest.bar.ns <= 0) {
    decided.skip("the log declares no bar");
    return {};
  }
  // The instant is of the run's own clock: a simulation computes years after its bars.
  const auto look_at = [&](Timestamp bar, Timestamp instant, std::string_view what) {
    decided.look();
    const auto tell = [&](std::string needed, std::string note) {
      decided.violate({.bar = bar,
                       .part = "bar",
                       .column = std::string(what),
                       .found = to_iso(instant),
                       .needed = std::move(needed),
                       .note = std::move(note)});
    };
    if (!on_grid(bar, manifest.start, manifest.bar)) {
      tell("a bar on the grid", "the bar does not lie on the run's grid");
    } else if (instant < bar) {
      tell("at or after " + to_iso(bar), "the bar was computed before it ended");
    } else if (instant >= bar + manifest.bar) {
      tell("before " + to_iso(bar + manifest.bar), "the bar was computed after the next one ended");
    }
  };
  for (std::size_t b = 0; b < bars.size(); ++b) {
    if (!run.has_journal()) {
      if (bars[b].wall != Timestamp{}) {
        look_at(bars[b].bar, bars[b].wall, "wall");
      }
      continue;
    }
    TIEOUT_TRY(const std::vector<runlog::JournalEntry> entries, run.journal(b));
    for (const runlog::JournalEntry& entry : entries) {
      if (entry.kind != runlog::JournalEntry::Kind::kDecision) {
        continue;
      }
      look_at(bars[b].bar, entry.time, "decision");
      known.look();
      if (entry.as_of.knowledge < bars[b].bar) {
        known.violate({.bar = bars[b].bar,
                       .part = "bar",
                       .column = "as_of",
                       .found = to_iso(entry.as_of.knowledge),
                       .needed = "at or after " + to_iso(bars[b].bar),
                       .note = "the bar was decided on what was known before it ended"});
      }
    }
  }
  if (!run.has_journal()) {
    known.skip("the log has no journal");
    decided.skip("the log has no wall times");
  }
  return {};
}

void check_rows_stable(const RunSource& run, const std::string& name, CheckReport& out) {
  CheckLog check(out, "C206", name);
  if (!run.hashes_are_of_content()) {
    check.skip("counting the rows would decode every window");
    return;
  }
  const auto bars = run.bars();
  for (const runlog::NodeInfo& node : run.manifest().nodes) {
    std::uint64_t before = 0;
    for (std::size_t b = 0; b < bars.size() && !node.columns.empty(); ++b) {
      const std::uint64_t rows = run.window_cells(node.topological_id, b) / node.columns.size();
      check.look();
      if (rows < before) {
        check.violate({.bar = bars[b].bar,
                       .part = node.name,
                       .found = fmt::format("{} rows", rows),
                       .needed = fmt::format("{} rows", before),
                       .note = "the window has fewer rows than at the bar before"});
      }
      before = rows;
    }
  }
}

void check_same_identity(const RunSource& left, const RunSource& right, const CheckOptions& options,
                         CheckReport& out) {
  const Manifest& l = left.manifest();
  const Manifest& r = right.manifest();
  const auto told = [](const std::string& text) { return text.empty() ? "(not set)" : text; };
  {
    CheckLog check(out, "C001", "");
    const auto same = [&](std::string_view what, const std::string& a, const std::string& b) {
      check.look();
      if (a != b) {
        check.violate({.bar = l.start,
                       .part = "manifest",
                       .column = std::string(what),
                       .found = told(a),
                       .needed = told(b),
                       .note = fmt::format("{} of {} and {} differ", what, options.left_name,
                                           options.right_name)});
      }
    };
    const auto label = [](const Manifest& manifest, const std::string& key) {
      const auto found = manifest.command.find(key);
      return found == manifest.command.end() ? std::string() : found->second;
    };
    same("start", to_iso(l.start), to_iso(r.start));
    if (l.end != runlog::kOpenEnd && r.end != runlog::kOpenEnd) {
      same("end", to_iso(l.end), to_iso(r.end));
    }
    same("history_lookback", to_period(l.history_lookback), to_period(r.history_lookback));
    // A simulation is not told the labels of the scheduled command: only what both say can differ.
    for (const std::string key : {"strategy", "exchange", "stage"}) {
      if (!label(l, key).empty() && !label(r, key).empty()) {
        same(key, label(l, key), label(r, key));
      }
    }
  }
  CheckLog check(out, "C012", "");
  std::map<std::string, std::pair<std::string, std::string>> facts;
  for (const auto& [key, value] : l.environment) {
    facts[key].first = value;
  }
  for (const auto& [key, value] : r.environment) {
    facts[key].second = value;
  }
  if (l.environment.empty() || r.environment.empty()) {
    check.skip("a log does not say which code wrote it");
    return;
  }
  for (const auto& [key, values] : facts) {
    check.look();
    if (values.first != values.second) {
      check.violate({.bar = l.start,
                     .part = "manifest",
                     .column = "environment." + key,
                     .found = told(values.first),
                     .needed = told(values.second),
                     .note = fmt::format("{} and {} were computed by another {}", options.left_name,
                                         options.right_name, key)});
    }
  }
}

void check_overrides(const RunSource& left, const RunSource& right, const CheckOptions& options,
                     CheckReport& out) {
  CheckLog check(out, "C014", "");
  const auto l = config::Config::from_json(left.config_json());
  const auto r = config::Config::from_json(right.config_json());
  if (!l.ok() || !r.ok()) {
    check.skip("a config does not parse");
    return;
  }
  const auto overrides_of = [](const config::Config& config) {
    std::map<std::string, std::string> found;
    for (const config::Leaf& leaf : config.leaves()) {
      if (leaf.writer.starts_with("--set")) {
        found[config::to_string(leaf.path)] = config::to_text(leaf.value);
      }
    }
    return found;
  };
  const auto mine = overrides_of(*l);
  const auto theirs = overrides_of(*r);
  const auto tell = [&](const std::string& path, const std::string& a, const std::string& b) {
    check.violate({.bar = left.manifest().start,
                   .part = path,
                   .found = a,
                   .needed = b,
                   .note = fmt::format("{} and {} were not given the same override",
                                       options.left_name, options.right_name)});
  };
  for (const auto& [path, value] : mine) {
    check.look();
    const auto found = theirs.find(path);
    if (found == theirs.end() || found->second != value) {
      tell(path, value, found == theirs.end() ? "(not given)" : found->second);
    }
  }
  for (const auto& [path, value] : theirs) {
    if (mine.find(path) == mine.end()) {
      check.look();
      tell(path, "(not given)", value);
    }
  }
  check.skip("no override was given");
}

}  // namespace tieout::recon
