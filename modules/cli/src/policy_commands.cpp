#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/core/file.hpp"
#include "tieout/recon/compare.hpp"
#include "tieout/recon/policy.hpp"
#include "tieout/recon/tighten.hpp"
#include "tieout/reference/log_reader.hpp"

#include "commands.hpp"
#include "policy_explain.hpp"

namespace tieout::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string counted(std::size_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

class PolicyCheck final : public Command {
 public:
  std::string_view name() const noexcept override { return "policy check"; }
  std::string_view summary() const noexcept override {
    return "Check a policy file: its rules, its hash, rules that can never decide";
  }
  std::vector<Flag> flags() override {
    return {
        {"FILE", &file_, "Policy file (TOML)", Need::kRequired},
        {"--canonical", &canonical_,
         "Print the policy in the canonical form that is hashed, and nothing else"},
        {"--json", &json_, "Print name, hash, rules, waivers and warnings as JSON"},
    };
  }
  Result<int> run(Session& session) override {
    TIEOUT_TRY(const recon::Policy policy, recon::load_policy(file_));
    const std::vector<PolicyWarning> warnings = warnings_of(policy);
    session.out << (canonical_ ? recon::to_toml(policy)
                    : json_    ? json_of(policy, warnings)
                               : text_of(policy, warnings));
    return 0;
  }

 private:
  static std::string json_of(const recon::Policy& policy,
                             const std::vector<PolicyWarning>& warnings) {
    Json json{
        {"name", policy.name},    {"hash", policy.hash},      {"min_coverage", policy.min_coverage},
        {"rules", Json::array()}, {"waivers", Json::array()}, {"warnings", Json::array()}};
    for (const recon::PolicyRule& rule : policy.rules) {
      json["rules"].push_back(
          {{"line", rule.line}, {"rule", to_string(rule)}, {"where", place_of(rule)}});
    }
    for (const recon::Waiver& waiver : policy.waivers) {
      json["waivers"].push_back({{"line", waiver.line},
                                 {"owner", waiver.owner},
                                 {"reason", waiver.reason},
                                 {"expires", to_iso(*waiver.expires)},
                                 {"where", place_of(waiver)}});
    }
    for (const PolicyWarning& warning : warnings) {
      json["warnings"].push_back({{"line", warning.line}, {"text", warning.text}});
    }
    return json.dump(2) + "\n";
  }

  std::string text_of(const recon::Policy& policy,
                      const std::vector<PolicyWarning>& warnings) const {
    std::string text = fmt::format(
        "valid: policy {}\nhash {}\n{}, {}, increments for {}{}\n", label_of(policy), policy.hash,
        counted(policy.rules.size(), "rule"), counted(policy.waivers.size(), "waiver"),
        counted(policy.increments.size(), "asset glob"),
        policy.min_coverage > 0
            ? fmt::format(", coverage of at least {:g} %", 100 * policy.min_coverage)
            : std::string());
    for (const recon::PolicyRule& rule : policy.rules) {
      text += fmt::format("  line {:>4}  {:<24} {}\n", rule.line, to_string(rule), place_of(rule));
    }
    for (const recon::Waiver& waiver : policy.waivers) {
      text += fmt::format("  line {:>4}  waiver of {} until {}: {}  {}\n", waiver.line,
                          waiver.owner, to_iso(*waiver.expires), waiver.reason, place_of(waiver));
    }
    for (const PolicyWarning& warning : warnings) {
      text += fmt::format("warning: {}: {}{}\n", file_,
                          warning.line == 0 ? "" : fmt::format("line {}: ", warning.line),
                          warning.text);
    }
    return text;
  }

  std::string file_;
  bool canonical_ = false, json_ = false;
};

class PolicyExplain final : public Command {
 public:
  std::string_view name() const noexcept override { return "policy explain"; }
  std::string_view summary() const noexcept override {
    return "Tell which rule of a policy selects a cell, and why";
  }
  std::vector<Flag> flags() override {
    std::vector<std::string> stages;
    for (const recon::Layer layer : recon::kLayers) {
      stages.emplace_back(recon::to_string(layer));
    }
    std::vector<std::string> types;
    for (const ColumnType type : kColumnTypes) {
      types.emplace_back(to_string(type));
    }
    return {
        {"FILE", &file_, "Policy file (TOML)", Need::kRequired},
        {"NODE", &node_, "Node (predict.3.compute_vol), or table (orders)", Need::kRequired},
        {"COLUMN", &column_, "Field of the node, or column of the table", Need::kRequired},
        {"ASSET", &asset_, "Symbol (binance::BTC_USDT) or number of the asset; none: of no asset"},
        {"--stage", &stage_,
         "Layer of the comparison (default: the table's, or both nodes and inputs for a node)",
         Need::kOptional, "STAGE", stages},
        {"--bar", &bar_,
         "Bar, UTC as YYYYMMDD_HHMMSS or ISO with an offset; without it rules with a time window "
         "do not select",
         Need::kOptional, "TS"},
        {"--type", &type_,
         "Type of the column; without it a rule that names no column may be one that cannot judge "
         "it",
         Need::kOptional, "TYPE", types},
        {"--json", &json_, "Print the explanation as JSON"},
    };
  }
  Result<int> run(Session& session) override {
    TIEOUT_TRY(const recon::Policy policy, recon::load_policy(file_));
    CellAddress cell;
    cell.node = node_;
    cell.column = column_;
    TIEOUT_CHECK(read_address(cell));
    const std::vector<Explanation> explanations = explain_cell(policy, cell);
    session.out << (json_ ? to_json(policy, cell, explanations)
                          : to_text(policy, cell, explanations));
    return 0;
  }

 private:
  Status read_address(CellAddress& cell) const {
    if (!bar_.empty()) {
      const auto named = parse_ts_name(bar_);
      if (named.ok()) {
        cell.bar = *named;
      } else {
        TIEOUT_TRY(cell.bar, parse_iso(bar_));
      }
    }
    TIEOUT_CHECK(set_asset(cell, asset_));
    for (const recon::Layer layer : recon::kLayers) {
      if (!stage_.empty() && recon::to_string(layer) == stage_) {
        cell.layer = layer;
      }
    }
    for (const ColumnType type : kColumnTypes) {
      if (!type_.empty() && to_string(type) == type_) {
        cell.type = type;
      }
    }
    return {};
  }

  std::string file_, node_, column_, asset_, stage_, bar_, type_;
  bool json_ = false;
};

class PolicyTighten final : public Command {
 public:
  std::string_view name() const noexcept override { return "policy tighten"; }
  std::string_view summary() const noexcept override {
    return "Print a policy with the smallest tolerances that clean runs would have passed";
  }
  std::vector<Flag> flags() override {
    return {
        {"FILE", &file_, "Policy file (TOML)", Need::kRequired},
        {"PROD_DIR", &prod_, "system_log_dir of production, of either kind", Need::kRequired},
        {"SIM_DIR", &sim_, "system_log_dir of its simulation, of either kind", Need::kRequired},
        {"MORE", &more_, "Further pairs: PROD_DIR SIM_DIR ..."},
        {"--out", &out_, "Write the new policy there instead of printing it; it must not exist",
         Need::kOptional, "FILE"},
    };
  }
  Result<int> run(Session& session) override {
    if (more_.size() % 2 != 0) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("policy tighten: directories come in pairs PROD_DIR SIM_DIR, but "
                               "'{}' has no partner",
                               more_.back())};
    }
    std::error_code code;
    if (!out_.empty() && std::filesystem::exists(out_, code)) {
      return Error{ErrorCode::kPathExists,
                   fmt::format("policy tighten: --out '{}' exists already", out_)};
    }
    TIEOUT_TRY(const recon::Policy policy, recon::load_policy(file_));
    std::vector<std::string> dirs{prod_, sim_};
    dirs.insert(dirs.end(), more_.begin(), more_.end());
    std::vector<recon::PolicyResult> results;
    for (std::size_t d = 0; d < dirs.size(); d += 2) {
      TIEOUT_TRY(recon::Comparison comparison, compare(policy, dirs[d], dirs[d + 1]));
      const std::string line = fmt::format("{} {} {}: {}\n", recon::to_string(comparison.verdict),
                                           dirs[d], dirs[d + 1], comparison.sentence);
      if (const int exit = recon::exit_code_of(comparison.verdict); exit != 0) {
        session.err << "policy tighten: not a clean pair under policy " << label_of(policy)
                    << ", nothing is tightened: " << line;
        return exit;
      }
      session.err << line;
      results.push_back(std::move(comparison.policy));
    }
    const recon::TightenedPolicy tightened = recon::tighten(policy, results);
    const std::string toml =
        comments_of(policy, tightened, results.size()) + recon::to_toml(tightened.policy);
    if (out_.empty()) {
      session.out << toml;
      return 0;
    }
    TIEOUT_CHECK(write_file_atomic(out_, toml));
    session.out << comments_of(policy, tightened, results.size())
                << fmt::format("wrote '{}', policy {}\n", out_, label_of(tightened.policy));
    return 0;
  }

 private:
  static Result<recon::Comparison> compare(const recon::Policy& policy, const std::string& prod_dir,
                                           const std::string& sim_dir) {
    // Shared: texts of both sides are compared by their numbers in one pool.
    const auto strings = std::make_shared<StringPool>();
    TIEOUT_TRY(const auto prod, reference::open_run(prod_dir, strings));
    TIEOUT_TRY(const auto sim, reference::open_run(sim_dir, strings));
    recon::CompareOptions options;
    options.expected_config_differences = recon::default_expected_config_differences();
    options.policy = &policy;
    options.measure_rules = true;
    return recon::compare_runs(*prod, *sim, options);
  }

  /// What became of each rule, as comments of the new file.
  static std::string comments_of(const recon::Policy& policy,
                                 const recon::TightenedPolicy& tightened, std::size_t pairs) {
    std::string text = fmt::format("# Tightened from policy {} by {}.\n",
                                   one_line(label_of(policy)), counted(pairs, "clean pair"));
    for (const recon::TightenedRule& rule : tightened.rules) {
      text += fmt::format("# line {}: {}", rule.line, one_line(rule.before));
      switch (rule.to) {
        case recon::TightenedTo::kNeeded:
          text += rule.after == rule.before ? ": all of it is needed" : " -> " + rule.after;
          break;
        case recon::TightenedTo::kNotNeeded:
          text += " -> " + rule.after + ": no cell needed it";
          break;
        case recon::TightenedTo::kNotUsed:
          text += ": selected nothing in these runs, kept as it is";
          break;
        case recon::TightenedTo::kNoNumber:
          text += ": has no tolerance, kept as it is";
          break;
      }
      text += '\n';
    }
    return text;
  }

  /// Of a text from a file, so that a comment ends where its line does.
  static std::string one_line(std::string text) {
    for (char& c : text) {
      c = static_cast<unsigned char>(c) < 0x20U || c == 0x7F ? ' ' : c;
    }
    return text;
  }

  std::string file_, prod_, sim_, out_;
  std::vector<std::string> more_;
};

}  // namespace

std::unique_ptr<Command> make_policy_check() {
  return std::make_unique<PolicyCheck>();
}
std::unique_ptr<Command> make_policy_explain() {
  return std::make_unique<PolicyExplain>();
}
std::unique_ptr<Command> make_policy_tighten() {
  return std::make_unique<PolicyTighten>();
}

}  // namespace tieout::cli
