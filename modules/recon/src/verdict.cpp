#include "verdict.hpp"

#include <algorithm>
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
  return layer.cells.within > 0 ? Verdict::kEquivalent : Verdict::kIdentical;
}

class Judge {
 public:
  Judge(const RunPair& runs, const ConfigLayer& config, const Walked& walked,
        const CompareOptions& options, Comparison& out)
      : runs_(runs), config_(config), walked_(walked), words_(runs, options), out_(out) {}

  void judge() {
    for (const Layer layer : kLayers) {
      out_.layers.push_back(judge_layer(layer));
      if (layer >= Layer::kInputs) {
        out_.cells += out_.layers.back().cells;
      }
    }
    out_.coverage = out_.cells.present == 0 ? 0
                                            : static_cast<double>(out_.cells.compared) /
                                                  static_cast<double>(out_.cells.present);
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
    const bool cut_short = walked_.bars_beyond_end > 0;
    result.verdict = verdict_of_layer(result, nothing_common(), cut_short);
    if (nothing_common()) {
      add_note(result.note, "no bar is in both runs");
    } else if (result.cells.present == 0) {
      add_note(result.note, "empty in both runs at every common bar");
    }
    if (cut_short) {
      add_note(result.note,
               fmt::format("{}: {} of the other run not compared", endings(),
                           plural(walked_.bars_beyond_end, "later bar", "later bars")));
    }
    if (layer == Layer::kCompleteness) {
      completeness_note(result.note);
    } else if (layer == Layer::kInputs) {
      inputs_note(result.note);
    }
    if (result.cells.within > 0) {
      add_note(result.note, fmt::format("{} each run's own clock",
                                        plural(result.cells.within, "instant differs as",
                                               "instants differ as")));
    }
    return result;
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
    if (walked_.bars_beyond_end == 0) {
      if (const std::string text = endings(); !text.empty()) {
        add_note(note, text);
      }
    }
  }

  void inputs_note(std::string& note) const {
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
    if (any(Verdict::kInconclusive) || out_.cells.compared == 0) {
      return Verdict::kInconclusive;
    }
    return any(Verdict::kEquivalent) ? Verdict::kEquivalent : Verdict::kIdentical;
  }

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
    add_remarks(text);
    return text;
  }

  std::string bars_text() const {
    std::string text = plural(out_.bars_both, "bar", "bars");
    return text + fmt::format(", {}, {} to the bit", plural(out_.nodes.size(), "node", "nodes"),
                              plural(out_.cells.bitwise, "cell", "cells"));
  }

  std::string why_equal() const {
    std::string text = fmt::format("{} == {}: {}", words_.right(), words_.left(), bars_text());
    if (out_.cells.within > 0) {
      text += fmt::format(", {} by each run's own clock",
                          plural(out_.cells.within, "instant", "instants"));
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
    if (walked_.bars_beyond_end > 0) {
      return fmt::format("{}: {} of the other run not compared; {} == {} so far: {}", endings(),
                         plural(walked_.bars_beyond_end, "later bar", "later bars"), words_.right(),
                         words_.left(), bars_text());
    }
    if (out_.cells.compared == 0) {
      return fmt::format("nothing was compared: {} in both runs, and not one cell in them",
                         plural(out_.bars_both, "bar is", "bars are"));
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
    if (walked_.bars_beyond_end > 0) {
      text += fmt::format("; {}: {} not compared", endings(),
                          plural(walked_.bars_beyond_end, "later bar", "later bars"));
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
  Comparison& out_;
};

}  // namespace

void judge(const RunPair& runs, const ConfigLayer& config, const Walked& walked,
           const CompareOptions& options, Comparison& out) {
  Judge(runs, config, walked, options, out).judge();
}

}  // namespace tieout::recon
