#include "verdict.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "first_divergence.hpp"

namespace tieout::recon {
namespace {

/// Joined by "; ".
void add_note(std::string& note, std::string_view text) {
  note += note.empty() ? "" : "; ";
  note += text;
}

std::string plural(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

/// How a run that is not complete ended.
std::string ending_of(const runlog::RunSource& run, const std::string& name, const Wording& words) {
  std::string text;
  switch (run.manifest().outcome) {
    case runlog::RunOutcome::kComplete:
      return "";
    case runlog::RunOutcome::kRunning:
      text = fmt::format("{} is not sealed", name);
      break;
    case runlog::RunOutcome::kInterrupted:
      text = fmt::format("{} was interrupted", name);
      break;
    case runlog::RunOutcome::kFailed:
      text = fmt::format("{} failed", name);
      break;
  }
  return text + (run.bars().empty()
                     ? " and has no bar"
                     : fmt::format(" and ends at {}", words.bar(run.bars().back().bar)));
}

/// Bars of the declared window that neither run has.
std::uint64_t bars_in_neither(const RunPair& runs) {
  const runlog::Manifest& manifest = runs.left.manifest();
  if (manifest.end == runlog::kOpenEnd || manifest.bar.ns <= 0 || manifest.end < manifest.start) {
    return 0;
  }
  const std::size_t expected = TimeGrid{manifest.bar}.count_between(manifest.start, manifest.end);
  const auto inside = std::ranges::count_if(runs.bars, [&](const BarPair& bar) {
    return bar.bar >= manifest.start && bar.bar <= manifest.end;
  });
  return expected - std::min<std::size_t>(expected, static_cast<std::size_t>(inside));
}

Verdict verdict_of_layer(const LayerResult& layer, bool nothing_common, bool cut_short) {
  if (layer.cells.outside > 0 || layer.distinct_breaks > 0) {
    return Verdict::kDiverged;
  }
  if (nothing_common || cut_short) {
    return Verdict::kInconclusive;
  }
  if (layer.cells.ignored + layer.cells.waived > 0) {
    return Verdict::kExplained;
  }
  return layer.cells.within > 0 ? Verdict::kEquivalent : Verdict::kIdentical;
}

/// "'fast rules' (1f2e3d4c5b6a)"
std::string policy_text(const PolicyResult& policy) {
  const std::string hash = policy.hash.substr(0, 12);
  return policy.name.empty() ? hash : fmt::format("'{}' ({})", policy.name, hash);
}

/// 0.1234 as "12.34 %", rounded down so that 100 % is all.
std::string percent_text(double ratio) {
  return fmt::format("{:g} %", std::floor(ratio * 10'000) / 100);
}

class Judge {
 public:
  Judge(const RunPair& runs, const ConfigLayer& config, const Walked& walked,
        const CompareOptions& options, Comparison& out)
      : runs_(runs),
        config_(config),
        walked_(walked),
        words_(runs, options),
        options_(options),
        out_(out) {}

  void judge() {
    judge_noise();
    for (const Layer layer : kLayers) {
      if (!runs_.has(layer)) {
        continue;
      }
      out_.layers.push_back(judge_layer(layer));
      if (layer >= Layer::kInputs) {
        out_.cells += out_.layers.back().cells;
      }
    }
    const std::uint64_t covered = out_.cells.compared - out_.cells.uncovered;
    out_.coverage = out_.cells.present == 0
                        ? 0
                        : static_cast<double>(covered) / static_cast<double>(out_.cells.present);
    if (out_.bars_not_compared > 0) {
      // Nobody counted the cells of those bars: they count as bars of average size.
      out_.coverage *= 1.0 - static_cast<double>(out_.bars_not_compared) /
                                 static_cast<double>(runs_.bars.size());
    }
    out_.verdict = overall();
    out_.sentence = sentence();
  }

 private:
  bool nothing_common() const { return runs_.bars_both == 0; }

  std::string endings() const {
    std::string text;
    for (const auto& [run, name] :
         {std::pair(&runs_.left, words_.left()), std::pair(&runs_.right, words_.right())}) {
      const std::string ending = ending_of(*run, name, words_);
      if (!ending.empty()) {
        add_note(text, ending);
      }
    }
    return text;
  }

  /// What an end that came early kept from the comparison.
  std::string not_compared() const {
    std::string text;
    if (walked_.bars_beyond_end > 0) {
      add_note(text, fmt::format("{}: {} of the other run not compared", endings(),
                                 plural(walked_.bars_beyond_end, "later bar", "later bars")));
    }
    if (walked_.windows_not_recorded > 0) {
      add_note(text, fmt::format("{}: {} of the other run not compared", endings(),
                                 plural(walked_.windows_not_recorded, "window", "windows")));
    }
    return text;
  }

  LayerResult judge_layer(Layer layer) const {
    LayerResult result;
    result.layer = layer;
    result.distinct_breaks = walked_.breaks[static_cast<std::size_t>(layer)];
    if (layer == Layer::kConfig) {
      result.cells = config_.leaves;
      result.verdict = verdict_of_layer(result, !config_.not_compared.empty(), false);
      result.note = config_note();
      return result;
    }
    result.cells = walked_.cells[static_cast<std::size_t>(layer)];
    const bool cut_short = walked_.bars_beyond_end + walked_.windows_not_recorded > 0;
    result.verdict = verdict_of_layer(result, nothing_common(), cut_short);
    if (nothing_common()) {
      add_note(result.note, "no bar is in both runs");
    } else if (result.cells.present == 0) {
      add_note(result.note, "empty in both runs at every common bar");
    }
    if (cut_short) {
      add_note(result.note, not_compared());
    }
    if (layer == Layer::kCompleteness) {
      completeness_note(result.note);
    } else if (layer == Layer::kInputs) {
      inputs_note(result.note);
    }
    if (const std::uint64_t by_clock = walked_.by_clock[static_cast<std::size_t>(layer)];
        by_clock > 0) {
      add_note(result.note,
               fmt::format("{} each run's own clock",
                           plural(by_clock, "instant differs as", "instants differ as")));
    }
    if (const std::string text = renumbering_text(layer); !text.empty()) {
      add_note(result.note, text);
    }
    add_layer_noise(layer, result.note);
    if (result.cells.uncovered > 0) {
      add_note(result.note, fmt::format("{} compared exactly, for no rule of the policy selects {}",
                                        plural(result.cells.uncovered, "cell is", "cells are"),
                                        result.cells.uncovered == 1 ? "it" : "them"));
    }
    return result;
  }

  /// "order_id is shifted by -3 from 00:40 on: 1204 of 1207 rows are equal in all but ids"
  std::string renumbering_text(Layer layer) const {
    const Renumbering& ids = walked_.renumbering[static_cast<std::size_t>(layer)];
    if (ids.renumbered == 0) {
      return "";
    }
    return fmt::format("{} {} from {} on: {} of {} are equal in all but ids", ids.key,
                       ids.shift
                           ? fmt::format("is shifted by {:+} in {}", *ids.shift, words_.right())
                           : fmt::format("is numbered differently in {}", words_.right()),
                       words_.bar(walked_.renumbered_from[static_cast<std::size_t>(layer)]),
                       ids.alike, plural(ids.rows, "row", "rows"));
  }

  std::string config_note() const {
    std::string note = config_.not_compared;
    if (!config_.expected.empty()) {
      add_note(note, fmt::format("{} as expected of a simulation: {}",
                                 plural(config_.expected.size(), "leaf differs", "leaves differ"),
                                 fmt::join(config_.expected, ", ")));
    }
    return note;
  }

  void completeness_note(std::string& note) const {
    if (const std::uint64_t missing = bars_in_neither(runs_); missing > 0) {
      add_note(note, fmt::format("{} of the window in neither run",
                                 plural(missing, "bar is", "bars are")));
    }
    if (walked_.bars_beyond_end + walked_.windows_not_recorded == 0) {
      if (const std::string text = endings(); !text.empty()) {
        add_note(note, text);
      }
    }
    for (const auto& [run, name] :
         {std::pair(&runs_.left, words_.left()), std::pair(&runs_.right, words_.right())}) {
      for (const std::string& text : run->notes()) {
        add_note(note, fmt::format("{}: {}", name, text));
      }
    }
  }

  void inputs_note(std::string& note) const {
    if (!walked_.has_journal) {
      const bool left = runs_.left.has_journal();
      const bool right = runs_.right.has_journal();
      add_note(note, fmt::format("{} no journal of reads and decisions: the source node alone is "
                                 "compared",
                                 left    ? words_.right() + " has"
                                 : right ? words_.left() + " has"
                                         : "the runs have"));
      if (runs_.leaves_out_events()) {
        add_note(note, fmt::format("the layout of {} has no order events: those of {} are left out",
                                   left ? words_.right() : words_.left(),
                                   left ? words_.left() : words_.right()));
      }
      return;
    }
    add_note(note,
             fmt::format("{} compared by content",
                         plural(walked_.journal_entries, "journal entry", "journal entries")));
    if (walked_.other_answers > 0) {
      add_note(note, fmt::format("{} as of another instant gave other rows and {} no break",
                                 plural(walked_.other_answers, "read", "reads"),
                                 walked_.other_answers == 1 ? "is" : "are"));
    }
    if (walked_.other_instants > 0) {
      add_note(note,
               fmt::format("{} made at another instant or as-of",
                           plural(walked_.other_instants, "equal one was", "equal ones were")));
    }
  }

  Verdict overall() const {
    const auto any = [&](Verdict verdict) {
      return std::ranges::find(out_.layers, verdict, &LayerResult::verdict) != out_.layers.end();
    };
    // Without a common bar there is nothing that could have diverged.
    if (nothing_common()) {
      return Verdict::kInconclusive;
    }
    if (any(Verdict::kDiverged)) {
      return Verdict::kDiverged;
    }
    if (any(Verdict::kInconclusive) || nothing_judged() ||
        out_.coverage < out_.policy.min_coverage) {
      return Verdict::kInconclusive;
    }
    for (const Verdict verdict : {Verdict::kExplained, Verdict::kEquivalent}) {
      if (any(verdict)) {
        return verdict;
      }
    }
    return Verdict::kIdentical;
  }

  /// Not one cell that could have made a difference.
  bool nothing_judged() const { return out_.cells.compared == walked_.ignorable; }

  std::string sentence() const {
    std::string text;
    switch (out_.verdict) {
      case Verdict::kInconclusive:
        text = why_inconclusive();
        break;
      case Verdict::kDiverged:
        text = why_diverged();
        break;
      default:
        text = why_equal();
    }
    add_policy(text);
    add_noise(text);
    add_remarks(text);
    return text;
  }

  /// What the noise floor says of these runs.
  void judge_noise() {
    if (options_.noise == nullptr) {
      return;
    }
    const NoiseFloor& floor = *options_.noise;
    NoiseResult& noise = out_.noise.emplace();
    noise.simulations = floor.runs.size();
    noise.content_hash = floor.runs.front().content_hash;
    noise.of_this_strategy = floor.constructor == runs_.left.manifest().constructor ||
                             floor.constructor == runs_.right.manifest().constructor;
    for (const runlog::RunSource* run : {&runs_.left, &runs_.right}) {
      noise.of_these_runs |=
          !noise.content_hash.empty() && run->manifest().content_hash == noise.content_hash;
    }
    if (!noise.of_this_strategy) {
      noise.sentence = fmt::format("noise floor not used: it is of {}", floor.constructor);
      return;
    }
    std::ranges::copy_if(floor.parts, std::back_inserter(noise.noisy), &NoisyPart::is_noisy);
    noise.sentence =
        noise.noisy.empty()
            ? fmt::format("noise floor: {} simulations equal to the bit", noise.simulations)
            : "noise floor: " + noise_text(noise.noisy);
  }

  /// The noisy parts, the first three by name.
  std::string noise_text(const std::vector<NoisyPart>& parts) const {
    constexpr std::size_t kNamed = 3;
    std::string text;
    for (std::size_t i = 0; i < std::min(kNamed, parts.size()); ++i) {
      add_note(text, describe_noise(parts[i], out_.noise->simulations));
    }
    if (parts.size() > kNamed) {
      text +=
          fmt::format(", and {} more", plural(parts.size() - kNamed, "noisy part", "noisy parts"));
    }
    return text;
  }

  void add_noise(std::string& text) const {
    if (out_.noise && !(out_.noise->of_this_strategy && out_.noise->noisy.empty())) {
      add_note(text, out_.noise->sentence);
    }
  }

  void add_layer_noise(Layer layer, std::string& note) const {
    if (!out_.noise) {
      return;
    }
    std::vector<NoisyPart> parts;
    std::ranges::copy_if(out_.noise->noisy, std::back_inserter(parts),
                         [&](const NoisyPart& part) { return part.layer == layer; });
    if (!parts.empty()) {
      add_note(note, noise_text(parts));
    }
  }

  /// What the policy allowed, ignored and waived, and what of it did nothing.
  void add_policy(std::string& text) const {
    const PolicyResult& policy = out_.policy;
    if (policy.hash == exact_policy().hash) {
      return;
    }
    std::uint64_t by_clock = 0;
    for (const std::uint64_t cells : walked_.by_clock) {
      by_clock += cells;
    }
    text += fmt::format("; policy {}: {} within tolerance", policy_text(policy),
                        plural(out_.cells.within - by_clock, "cell", "cells"));
    if (out_.cells.ignored > 0) {
      std::vector<std::string> reasons;
      for (std::size_t r = 0; r < policy.rules.size(); ++r) {
        if (policy.rules[r].ignored_breaks > 0) {
          reasons.push_back(policy.rules[r].text);
        }
      }
      text += fmt::format(", {} ignored: {}", out_.cells.ignored, fmt::join(reasons, ", "));
    }
    if (out_.cells.waived > 0) {
      text += fmt::format(", {} waived: {}", out_.cells.waived,
                          fmt::join(waivers_with(&WaiverResult::waived_breaks), ", "));
    }
    if (const auto expired = waivers_with(&WaiverResult::expired_breaks); !expired.empty()) {
      text += fmt::format(", expired: {}", fmt::join(expired, ", "));
    }
    if (out_.cells.uncovered > 0) {
      text += fmt::format(", {} under no rule", out_.cells.uncovered);
    }
    text += fmt::format(", coverage {}", percent_text(out_.coverage));
    const auto unused_rules = std::ranges::count(policy.rules, false, &RuleResult::used);
    const auto unused_waivers = std::ranges::count_if(policy.waivers, [](const WaiverResult& w) {
      return w.waived_breaks + w.expired_breaks == 0;
    });
    if (unused_rules > 0) {
      text += fmt::format(", {} unused",
                          plural(static_cast<std::uint64_t>(unused_rules), "rule", "rules"));
    }
    if (unused_waivers > 0) {
      text += fmt::format(", {} unused",
                          plural(static_cast<std::uint64_t>(unused_waivers), "waiver", "waivers"));
    }
  }

  /// "line 12 of ann (ticket 7, until 2018-02-01)".
  std::vector<std::string> waivers_with(std::uint64_t WaiverResult::*breaks) const {
    std::vector<std::string> texts;
    for (const WaiverResult& waiver : out_.policy.waivers) {
      if (waiver.*breaks > 0) {
        texts.push_back(fmt::format("{} ({}, until {})", waiver.owner, waiver.reason,
                                    to_iso(waiver.expires).substr(0, 10)));
      }
    }
    return texts;
  }

  std::string bars_text() const {
    std::string text = plural(out_.bars_both, "bar", "bars");
    return text + fmt::format(", {}, {} to the bit", plural(out_.nodes.size(), "node", "nodes"),
                              plural(out_.cells.bitwise, "cell", "cells"));
  }

  std::string why_equal() const {
    std::string text = fmt::format("{} == {}: {}", words_.right(), words_.left(), bars_text());
    std::uint64_t by_clock = 0;
    for (const std::uint64_t cells : walked_.by_clock) {
      by_clock += cells;
    }
    if (by_clock > 0) {
      text += fmt::format(", {} by each run's own clock", plural(by_clock, "instant", "instants"));
    }
    if (const std::uint64_t missing = bars_in_neither(runs_); missing > 0) {
      text +=
          fmt::format("; {} of the window in neither run", plural(missing, "bar is", "bars are"));
    }
    return text;
  }

  std::string why_inconclusive() const {
    if (runs_.bars.empty()) {
      return fmt::format("nothing was compared: neither {} nor {} has a bar", words_.left(),
                         words_.right());
    }
    if (nothing_common()) {
      const auto range = [&](const runlog::RunSource& run, const std::string& name) {
        return run.bars().empty()
                   ? fmt::format("{} has no bar", name)
                   : fmt::format("{} has {} to {}", name, to_iso(run.bars().front().bar),
                                 to_iso(run.bars().back().bar));
      };
      return fmt::format("nothing was compared: no bar is in both runs ({}, {})",
                         range(runs_.left, words_.left()), range(runs_.right, words_.right()));
    }
    if (walked_.bars_beyond_end + walked_.windows_not_recorded > 0) {
      return fmt::format("{}; {} == {} so far: {}", not_compared(), words_.right(), words_.left(),
                         bars_text());
    }
    if (out_.cells.compared == 0) {
      return fmt::format("nothing was compared: {} in both runs, and not one cell in them",
                         plural(out_.bars_both, "bar is", "bars are"));
    }
    if (nothing_judged()) {
      return fmt::format("nothing was compared: the policy ignores all {}",
                         plural(out_.cells.compared, "cell", "cells"));
    }
    if (out_.coverage < out_.policy.min_coverage) {
      return fmt::format("coverage {} is below the {} that the policy demands; {} == {}: {}",
                         percent_text(out_.coverage), percent_text(out_.policy.min_coverage),
                         words_.right(), words_.left(), bars_text());
    }
    return config_.not_compared;
  }

  std::string why_diverged() const {
    if (!out_.first) {
      return "the runs differ";
    }
    std::string text = out_.first->sentence;
    // The first divergence alone names its inputs; the verdict counts.
    if (out_.first->finding.kind != BreakKind::kConfigLeaf) {
      const std::size_t inputs = text.find("; with ");
      text = text.substr(0, inputs);
    }
    if (out_.first_input_break) {
      text += fmt::format("; first input that differs: bar {} {}",
                          words_.bar(out_.first_input_break->bar),
                          words_.describe(*out_.first_input_break));
    }
    text += fmt::format("; {}, {}", plural(out_.roots, "root", "roots"),
                        plural(out_.consequences, "consequence", "consequences"));
    if (const std::string ids = renumbering_text(Layer::kOrders); !ids.empty()) {
      add_note(text, ids);
    }
    if (walked_.bars_beyond_end + walked_.windows_not_recorded > 0) {
      add_note(text, not_compared());
    }
    if (out_.bars_not_compared > 0) {
      text += fmt::format("; stopped at the first divergence: {} not compared",
                          plural(out_.bars_not_compared, "later bar", "later bars"));
    }
    return text;
  }

  void add_remarks(std::string& text) const {
    std::uint64_t rows = 0;
    std::vector<std::string> names;
    for (const NodeResult& node : out_.nodes) {
      if (node.unexplained_rewrites > 0) {
        rows += node.unexplained_rewrites;
        names.push_back(node.name);
      }
    }
    if (!names.empty()) {
      text += fmt::format("; self-consistency: {} rewritten without a rewritten input in {}",
                          plural(rows, "row was", "rows were"), fmt::join(names, ", "));
    }
  }

  const RunPair& runs_;
  const ConfigLayer& config_;
  const Walked& walked_;
  Wording words_;
  const CompareOptions& options_;
  Comparison& out_;
};

}  // namespace

void judge(const RunPair& runs, const ConfigLayer& config, const Walked& walked,
           const CompareOptions& options, Comparison& out) {
  Judge(runs, config, walked, options, out).judge();
}

}  // namespace tieout::recon
