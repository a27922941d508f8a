#include <fmt/format.h>

#include "sections.hpp"

namespace tieout::report {
namespace {

TableBlock rules_table(const recon::PolicyResult& policy) {
  TableBlock table;
  table.caption = "Rules, in the order of the policy: the first that selects a cell decides";
  table.columns = {{"rule", Align::kCode},
                   {"line", Align::kNumber},
                   {"used?"},
                   {"breaks ignored", Align::kNumber},
                   {"the first of them", Align::kCode}};
  for (const recon::RuleResult& rule : policy.rules) {
    table.rows.push_back({rule.text, count_text(rule.line),
                          rule.used ? Cell{"used"} : Cell{"selects nothing", Tone::kWarn},
                          count_text(rule.ignored_breaks),
                          rule.first ? break_id(*rule.first) : std::string()});
  }
  return table;
}

/// What a waiver comes to. Its age is held against the last bar that was compared: a report looks
/// at no clock.
Cell waiver_state(const recon::WaiverResult& waiver, Timestamp last_bar) {
  constexpr Duration kSoon = days(7);
  if (waiver.expired_breaks > 0) return {"expired, and its breaks count", Tone::kBad};
  if (waiver.expires < last_bar) return {"expired", Tone::kWarn};
  if (waiver.waived_breaks == 0) return {"unused", Tone::kWarn};
  if (waiver.expires - last_bar < kSoon) return {"used, expires within 7 days", Tone::kWarn};
  return {"used"};
}

TableBlock waivers_table(const recon::PolicyResult& policy, Timestamp last_bar) {
  TableBlock table;
  table.caption = "Waivers: differences that are known";
  table.columns = {{"owner"},
                   {"reason", Align::kNote},
                   {"state"},
                   {"expires", Align::kTime},
                   {"breaks waived", Align::kNumber},
                   {"breaks after it expired", Align::kNumber},
                   {"the first of them", Align::kCode},
                   {"line", Align::kNumber}};
  for (const recon::WaiverResult& waiver : policy.waivers) {
    table.rows.push_back(
        {waiver.owner, waiver.reason, waiver_state(waiver, last_bar), time_text(waiver.expires),
         count_text(waiver.waived_breaks), count_text(waiver.expired_breaks),
         waiver.first ? break_id(*waiver.first) : std::string(), count_text(waiver.line)});
  }
  return table;
}

TableBlock noise_table(const recon::NoiseResult& noise) {
  TableBlock table;
  table.caption = fmt::format("Noise floor: what {} of the same run differ by",
                              plural(noise.simulations, "simulation"));
  table.columns = {{"part", Align::kCode},      {"layer"},
                   {"cells", Align::kNumber},   {"breaks", Align::kNumber},
                   {"max abs", Align::kNumber}, {"max rel", Align::kNumber},
                   {"max ulp", Align::kNumber}, {"first bar", Align::kTime}};
  for (const recon::NoisyPart& part : noise.noisy) {
    table.rows.push_back({part.name, std::string(to_string(part.layer)), count_text(part.cells),
                          count_text(part.breaks), number_text(part.max_abs),
                          number_text(part.max_rel), count_text(part.max_ulp),
                          part.first_bar ? time_text(*part.first_bar) : std::string()});
  }
  return table;
}

}  // namespace

Result<Blocks> policy_section(const Facts& facts) {
  TIEOUT_TRY(const recon::Comparison* comparison, facts.need_comparison());
  const recon::PolicyResult& policy = comparison->policy;
  Blocks out;
  if (policy.hash.empty() || policy.hash == recon::exact_policy().hash) {
    out.emplace_back(Paragraph{"No policy was given: every cell is compared exactly."});
  } else {
    out.emplace_back(
        Paragraph{fmt::format("Policy {}, SHA-256 {}.",
                              policy.name.empty() ? "without a name" : policy.name, policy.hash)});
    out.emplace_back(rules_table(policy));
    if (policy.waivers.empty()) {
      out.emplace_back(Paragraph{"The policy has no waivers."});
    } else {
      const Timestamp last =
          comparison->bars.empty() ? facts.input.stamp : comparison->bars.back().bar;
      out.emplace_back(waivers_table(policy, last));
    }
  }
  if (!comparison->noise.has_value()) {
    out.emplace_back(Paragraph{"The noise floor of the run was not measured.", Tone::kMuted});
  } else {
    out.emplace_back(Paragraph{comparison->noise->sentence});
    if (!comparison->noise->noisy.empty()) out.emplace_back(noise_table(*comparison->noise));
  }
  return out;
}

}  // namespace tieout::report
