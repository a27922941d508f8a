#include "page.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "assets.hpp"
#include "content_policy.hpp"
#include "drill_down.hpp"
#include "next_steps.hpp"
#include "sections.hpp"
#include "sections_observer.hpp"

namespace tieout::report {
namespace {

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
  const std::string anchor = facts.drill_down().anchor_of(finding);
  const std::string cell =
      anchor.empty()
          ? ""
          : fmt::format("; <a href=\"#{}\">its inputs and market data</a>", escape_html(anchor));
  return fmt::format(
      "<p>{}: <a href=\"#first\">{}</a>: {} <strong>{}</strong>, {} <strong>{}</strong>{}</p>\n",
      lead, escape_html(place), escape_html(facts.left.name), value(finding.left),
      escape_html(facts.right.name), value(finding.right), cell);
}

/// What stands below the sentence: the first differences, and what to do next.
std::string more_html(const Facts& facts) {
  std::string out;
  if (facts.comparison != nullptr && facts.comparison->first.has_value()) {
    const recon::FirstDivergence& first = *facts.comparison->first;
    out += first_line("First", first.finding, facts);
    if (first.reached.has_value()) out += first_line("First in the data", *first.reached, facts);
  }
  for (const NextStep& step : next_steps(facts)) {
    out += fmt::format("<p class=\"next\">Next: {}{}</p>\n", escape_html(step.why),
                       step.command.empty() ? std::string()
                                            : fmt::format(": <code>{}</code>",
                                                          escape_html(shell_line(step.command))));
  }
  return out;
}

/// What marks the data of a chart; a page that has it carries the chart library.
constexpr std::string_view kChartData = "class=\"chart-data\"";

/// The icon of the page's tab: a disc in the colour of the verdict, in the page itself.
std::string icon_of(Tone tone) {
  const std::string_view colour = tone == Tone::kGood   ? "0a6634"
                                  : tone == Tone::kBad  ? "b3261e"
                                  : tone == Tone::kWarn ? "855000"
                                                        : "55606b";
  return fmt::format(
      "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 "
      "16'%3E%3Ccircle "
      "cx='8' cy='8' r='7' fill='%23{}'/%3E%3C/svg%3E",
      colour);
}

std::string first_screen(const PageHead& head) {
  std::string out = fmt::format("<header class=\"verdict {}\">\n<p class=\"title\">{}</p>\n",
                                class_of(head.tone), escape_html(head.title));
  out += fmt::format("<h1><span aria-hidden=\"true\">{}</span> {}</h1>\n", mark_of(head.tone),
                     escape_html(head.verdict));
  out += fmt::format("<p class=\"sentence\">{}</p>\n", escape_html(head.sentence));
  out += head.more_html + "</header>\n";
  if (head.facts.empty()) return out;
  out += "<section class=\"facts\" aria-label=\"Key facts\">\n<dl class=\"key\">\n";
  for (const KeyFact& fact : head.facts) {
    out += fmt::format("<div><dt>{}</dt><dd>{}<small>{}</small></dd></div>\n",
                       escape_html(fact.name), escape_html(fact.value), escape_html(fact.detail));
  }
  return out + "</dl>\n</section>\n";
}

}  // namespace

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
                            const std::string& made, Tone tone) {
  std::vector<std::string> styles{"\n" + std::string(style_sheet())};
  std::vector<std::string> scripts{"\n" + std::string(page_script())};
  if (body.find(kChartData) != std::string::npos) {
    styles.insert(styles.begin(), std::string(chart_style_sheet()));  // ours overrides it
    scripts.push_back("\n" + std::string(chart_script()));
  }
  std::string out = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  out += fmt::format("<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n",
                     content_policy(styles, scripts));
  out +=
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta "
      "name=\"color-scheme\" content=\"light dark\">\n";
  out += fmt::format("<title>{}</title>\n<link rel=\"icon\" href=\"{}\">\n", escape_html(title),
                     icon_of(tone));
  for (const std::string& style : styles) out += "<style>" + style + "</style>\n";
  out += "</head>\n<body>\n<a class=\"skip\" href=\"#sections\">Skip to the sections</a>\n";
  out += body;
  out += fmt::format(
      "<footer><p>All times are UTC unless they carry another offset. Bars are labelled "
      "by their end. Made by tieout, {}.</p></footer>\n",
      made);
  for (const std::string& script : scripts) out += "<script>" + script + "</script>\n";
  return out + "</body>\n</html>\n";
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
                         fmt::format("{} report, stamp {}", head.kind, stamp_text(head.stamp)),
                         head.tone);
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
