#include "page.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "sections.hpp"
#include "sections_observer.hpp"
#include "style.hpp"

namespace tieout::report {
namespace {

constexpr std::size_t kShownHash = 12;

KeyFact coverage_fact(const recon::Comparison& comparison) {
  const recon::CellCounts& cells = comparison.cells;
  const std::uint64_t gap = cells.present - std::min(cells.present, cells.compared);
  const std::uint64_t covered = cells.compared - std::min(cells.compared, cells.uncovered);
  std::string detail = gap == 0
                           ? plural(cells.compared, "cell") + " compared"
                           : count_text(cells.compared) + " of " + plural(cells.present, "cell") +
                                 " compared, " + count_text(gap) + " not";
  if (cells.uncovered > 0) {
    detail += "; " + count_text(cells.uncovered) + " by no rule of the policy";
  }
  return {"Coverage", share_text(covered, cells.present), detail};
}

/// Whether the runs were compared by a policy that somebody wrote.
bool has_policy(const recon::Comparison& comparison) {
  return !comparison.policy.hash.empty() && comparison.policy.hash != recon::exact_policy().hash;
}

KeyFact policy_fact(const recon::Comparison& comparison) {
  const recon::PolicyResult& policy = comparison.policy;
  const std::string hash = policy.hash.substr(0, kShownHash);
  const recon::CellCounts& cells = comparison.cells;
  return {"Policy", policy.name.empty() ? hash : policy.name,
          fmt::format("hash {}; within {}, ignored {}, waived {}, uncovered {}", hash,
                      count_text(cells.within), count_text(cells.ignored), count_text(cells.waived),
                      count_text(cells.uncovered))};
}

KeyFact bars_fact(const Facts& facts, const recon::Comparison& comparison) {
  const std::size_t left_only =
      comparison.bars_left - std::min(comparison.bars_left, comparison.bars_both);
  const std::size_t right_only =
      comparison.bars_right - std::min(comparison.bars_right, comparison.bars_both);
  std::string detail = "in both runs";
  if (left_only + right_only > 0) {
    detail += fmt::format("; {} only in {}, {} only in {}", count_text(left_only), facts.left.name,
                          count_text(right_only), facts.right.name);
  }
  return {"Bars", count_text(comparison.bars_both), detail};
}

KeyFact breaks_fact(const recon::Comparison& comparison) {
  std::size_t nodes = 0;
  for (const recon::NodeResult& node : comparison.nodes) nodes += node.distinct_breaks > 0 ? 1 : 0;
  std::size_t bars = 0;
  for (const recon::BarResult& bar : comparison.bars) bars += bar.distinct_breaks > 0 ? 1 : 0;
  if (comparison.distinct_breaks == 0) return {"Breaks", "0", "no cell differs"};
  return {"Breaks", count_text(comparison.distinct_breaks),
          fmt::format("{}, {}; {} of {}, {}", plural(comparison.roots, "root"),
                      plural(comparison.consequences, "consequence"), count_text(nodes),
                      plural(comparison.nodes.size(), "node"), plural(bars, "bar"))};
}

KeyFact pnl_fact(const Facts& facts) {
  const Result<PnlGap> pnl = total_pnl(facts);
  if (!pnl.ok()) return {"PnL gap", "not available", pnl.error().message};
  const double gap = pnl->left - pnl->right;
  const std::string unit = facts.money_unit.empty() ? "" : " " + facts.money_unit;
  return {"PnL gap", gap == 0 ? "0" + unit : money_text(gap) + unit,
          fmt::format("{} {}, {} {}", facts.left.name, money_text(pnl->left), facts.right.name,
                      money_text(pnl->right))};
}

KeyFact content_fact(const Facts& facts) {
  if (facts.left.run == nullptr || facts.right.run == nullptr)
    return {"Bar contents", "not comparable", "a run log is missing"};
  const auto left = facts.left.run->bars();
  const auto right = facts.right.run->bars();
  std::size_t equal = 0;
  std::size_t i = 0;
  std::size_t k = 0;
  while (i < left.size() && k < right.size()) {
    if (left[i].bar == right[k].bar) {
      equal += left[i].content_hash == right[k].content_hash ? 1U : 0U;
      ++i;
      ++k;
    } else {
      ++(left[i].bar < right[k].bar ? i : k);
    }
  }
  const std::size_t all = std::max(left.size(), right.size());
  return {"Bars with equal content hash",
          fmt::format("{} of {}", count_text(equal), count_text(all)),
          equal == all && all > 0 ? "proved by hashes" : "the rest was compared cell by cell"};
}

/// Which identities differ, by name.
KeyFact identities_fact(const Facts& facts) {
  if (facts.left.run == nullptr || facts.right.run == nullptr) {
    return {"Run identities", "not comparable", "a run log is missing"};
  }
  const runlog::Manifest& left = facts.left.run->manifest();
  const runlog::Manifest& right = facts.right.run->manifest();
  const std::pair<const char*, bool> identities[] = {
      {"constructor", left.constructor == right.constructor},
      {"window", left.start == right.start && left.end == right.end && left.bar == right.bar},
      {"assets", left.universe == right.universe},
      {"start state", left.start_state == right.start_state},
      {"environment", left.environment == right.environment},
      {"config hash", left.config_hash == right.config_hash},
      {"root hash", left.root_hash == right.root_hash}};
  std::string equal;
  std::string different;
  std::size_t count = 0;
  for (const auto& item : identities) {
    std::string& list = item.second ? equal : different;
    list += (list.empty() ? "" : ", ") + std::string(item.first);
    count += item.second ? 0U : 1U;
  }
  std::string replay = right.replay.empty() ? "" : "replay " + right.replay + "; ";
  if (right.command.contains("fills")) {
    const auto from = right.command.find("fills_from");
    replay += from == right.command.end() ? "production's fills were injected; "
                                          : "fills of " + from->second + " were injected; ";
  }
  return {"Run identities", count == 0 ? "all equal" : fmt::format("{} differ", count),
          replay + (different.empty() ? "" : "differ: " + different + "; ") +
              "equal: " + (equal.empty() ? "none" : equal)};
}

std::string_view mark_of(Tone tone) {
  return tone == Tone::kGood ? "\xE2\x9C\x93" : tone == Tone::kBad ? "\xE2\x9C\x97" : "?";
}

/// "First: <bar> in <part>, <column>: prod <value>, sim <value>", linked to the section.
std::string first_line(std::string_view lead, const recon::Finding& finding, const Facts& facts) {
  std::string place = finding.kind == recon::BreakKind::kConfigLeaf
                          ? "config leaf " + finding.part
                          : time_text(finding.bar) + " in " + finding.part;
  if (!finding.column.empty()) place += ", " + finding.column;
  if (finding.asset != kNoAsset) place += " of " + facts.asset_text(finding.asset);
  const auto value = [](const std::string& text) {
    return escape_html(text.empty() ? "(none)" : text);
  };
  return fmt::format(
      "<p>{}: <a href=\"#first\">{}</a>: {} <strong>{}</strong>, {} <strong>{}</strong></p>\n",
      lead, escape_html(place), escape_html(facts.left.name), value(finding.left),
      escape_html(facts.right.name), value(finding.right));
}

/// What stands below the sentence: the noise floor and the first differences.
std::string more_html(const Facts& facts) {
  std::string out;
  // A noisy floor is in the sentence already.
  if (facts.comparison != nullptr && facts.comparison->noise.has_value() &&
      facts.comparison->noise->of_this_strategy && facts.comparison->noise->noisy.empty()) {
    out += fmt::format("<p class=\"sentence\">{}</p>\n",
                       escape_html(facts.comparison->noise->sentence));
  }
  if (facts.comparison != nullptr && facts.comparison->first.has_value()) {
    const recon::FirstDivergence& first = *facts.comparison->first;
    out += first_line("First", first.finding, facts);
    if (first.reached.has_value()) out += first_line("First in the data", *first.reached, facts);
  }
  return out;
}

std::string first_screen(const PageHead& head) {
  std::string out = fmt::format("<header class=\"verdict {}\">\n<p class=\"title\">{}</p>\n",
                                class_of(head.tone), escape_html(head.title));
  out += fmt::format("<h1><span aria-hidden=\"true\">{}</span> {}</h1>\n", mark_of(head.tone),
                     escape_html(head.verdict));
  out += fmt::format("<p class=\"sentence\">{}</p>\n", escape_html(head.sentence));
  out += head.more_html + "</header>\n<dl class=\"key\">\n";
  for (const KeyFact& fact : head.facts) {
    out += fmt::format("<div><dt>{}</dt><dd>{}<small>{}</small></dd></div>\n",
                       escape_html(fact.name), escape_html(fact.value), escape_html(fact.detail));
  }
  return out + "</dl>\n";
}

}  // namespace

std::vector<KeyFact> key_facts(const Facts& facts) {
  std::vector<KeyFact> out;
  if (facts.input.observer != nullptr) out = observer_key_facts(facts);
  if (facts.comparison != nullptr) {
    out.push_back(coverage_fact(*facts.comparison));
    if (has_policy(*facts.comparison)) out.push_back(policy_fact(*facts.comparison));
    out.push_back(bars_fact(facts, *facts.comparison));
    out.push_back(breaks_fact(*facts.comparison));
  } else {
    out.push_back({"Coverage", "0 %", "the runs were not compared"});
  }
  out.push_back(pnl_fact(facts));
  out.push_back(content_fact(facts));
  out.push_back(identities_fact(facts));
  return out;
}

std::string verdict_sentence(const Facts& facts) {
  std::string alerts;
  if (facts.input.observer != nullptr) {
    for (const ThresholdCheck& check : facts.input.observer->thresholds) {
      if (check.state == ThresholdState::kFired) alerts += "ALERT: " + check.message + "; ";
    }
  }
  return alerts + comparison_sentence(facts);
}

std::string comparison_sentence(const Facts& facts) {
  if (facts.comparison != nullptr) return facts.comparison->sentence;
  if (facts.left.run == nullptr)
    return "There is no production run log: nothing could be compared.";
  if (facts.right.run == nullptr)
    return "There is no simulation run log: nothing could be compared.";
  return "The runs were not compared.";
}

std::string render_document(const std::string& title, const std::string& body,
                            const std::string& made) {
  std::string out = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  out +=
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'; img-src data:\">\n";
  out +=
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta "
      "name=\"color-scheme\" content=\"light dark\">\n";
  out += fmt::format("<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n",
                     escape_html(title), style_sheet());
  out += "<a class=\"skip\" href=\"#sections\">Skip to the sections</a>\n";
  out += body;
  out += fmt::format(
      "<footer><p>All times are UTC unless they carry another offset. Bars are labelled "
      "by their end. Made by tieout, {}.</p></footer>\n"
      "</body>\n</html>\n",
      made);
  return out;
}

std::string render_page(const PageHead& head, const std::vector<Section>& sections, Place place) {
  std::string body = first_screen(head);
  body += "<nav aria-label=\"Sections\">\n<ul>\n";
  for (const Section& section : sections) {
    body += fmt::format("<li><a href=\"#{}\">{}</a>{}</li>\n", escape_html(section.id),
                        escape_html(section.title), section.ok ? "" : " (not available)");
  }
  body += "</ul>\n</nav>\n<main id=\"sections\">\n";
  for (const Section& section : sections) body += html_of(section, place);
  body += "</main>\n";
  return render_document(head.verdict + ": " + head.title, body,
                         fmt::format("{} report, stamp {}", head.kind, stamp_text(head.stamp)));
}

std::string page_of(const Facts& facts, const std::vector<Section>& sections) {
  PageHead head;
  head.title = facts.input.title;
  head.verdict = to_string(facts.verdict());
  head.tone = tone_of(facts);
  head.sentence = verdict_sentence(facts);
  head.more_html = more_html(facts);
  head.facts = key_facts(facts);
  head.kind = to_string(facts.input.kind);
  head.stamp = facts.input.stamp;
  return render_page(head, sections, Place::kReport);
}

std::string_view to_string(ReportKind kind) noexcept {
  switch (kind) {
    case ReportKind::kFast:
      return "fast";
    case ReportKind::kSlow:
      return "slow";
    case ReportKind::kObserver:
      return "observer";
  }
  return "";
}

std::string render_html(const ReportInput& input) {
  const Facts facts(input);
  return page_of(facts, compute_sections(facts));
}

}  // namespace tieout::report
