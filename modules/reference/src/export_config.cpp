#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "tieout/config/config.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/core/zone.hpp"

#include "export_parts.hpp"

// The verbose rendering of a config (dataflow.md 3.3), which parse_config_text() reads back.
namespace tieout::reference {
namespace {

constexpr std::int64_t kDay = 86'400'000'000'000;  // nanoseconds

/// "09:30:00" with a fraction of 6 or 9 digits when there is one; `t` is of one day.
std::string clock_text(Duration t) {
  const std::string iso = to_local_iso(Timestamp{t.ns}, Zone::kUtc);  // "1970-01-01 09:30:00+00:00"
  constexpr std::size_t kDate = 11;
  return iso.substr(kDate, iso.size() - kDate - 6);
}

/// Type and value of a leaf as Python names and prints them.
struct PythonText {
  using Pair = std::pair<const char*, std::string>;

  Pair operator()(std::monostate /*null*/) const { return {"NoneType", "None"}; }
  Pair operator()(bool v) const { return {"bool", v ? "True" : "False"}; }
  Pair operator()(std::int64_t v) const { return {"int", fmt::format("{}", v)}; }
  Pair operator()(double v) const { return {"float", format_double(v)}; }
  Pair operator()(const std::string& v) const { return {"str", v}; }
  Pair operator()(Timestamp v) const {
    return {"pandas._libs.tslibs.timestamps.Timestamp", to_local_iso(v, Zone::kUtc)};
  }
  Pair operator()(Duration v) const {
    // As pandas: whole days below, and the rest added: -5 minutes are "-1 days +23:55:00".
    const std::int64_t whole_days = v.ns / kDay - (v.ns % kDay < 0 ? 1 : 0);
    return {"pandas._libs.tslibs.timedeltas.Timedelta",
            fmt::format("{} days {}{}", whole_days, v.ns < 0 ? "+" : "",
                        clock_text(Duration{v.ns - whole_days * kDay}))};
  }
  Pair operator()(config::TimeOfDay v) const {
    return {"datetime.time", clock_text(v.since_midnight)};
  }
  Pair operator()(const config::List& v) const { return {"list", config::to_text(v)}; }
};

void add_line(std::string& text, std::size_t depth, std::string_view key, std::string_view writer,
              std::string_view type, std::string_view value) {
  text.append(2 * depth, ' ');
  text += fmt::format("{} (marked_as_used=False, writer={}, val_type={}): {}\n", key, writer, type,
                      value);
}

std::string verbose_text(const config::Config& config) {
  std::string text;
  config::Path open;  // the sub-configs around the last line
  for (const config::Leaf& leaf : config.leaves()) {
    const std::size_t depth = leaf.path.size() - 1;
    std::size_t common = 0;
    while (common < depth && common < open.size() && open[common] == leaf.path[common]) {
      ++common;
    }
    open.resize(common);
    for (; common < depth; ++common) {
      add_line(text, common, leaf.path[common], "None", "core.config.config_.Config", "");
      open.push_back(leaf.path[common]);
    }
    const auto [type, value] = std::visit(PythonText{}, leaf.value.state());
    add_line(text, depth, leaf.path.back(), leaf.writer, type, value);
  }
  return text;
}

}  // namespace

Status export_config(const runlog::RunReader& run, ExportTree& tree) {
  // A config that is not of our own form is passed on as the run has it.
  const Result<config::Config> config = config::Config::from_json(run.config_json());
  const bool is_known = config.ok() && !config->leaves().empty();
  const std::string text = is_known ? verbose_text(*config) : run.config_text();
  TIEOUT_CHECK(tree.make(""));
  TIEOUT_CHECK(tree.write("config_version.txt", "v3"));
  TIEOUT_CHECK(tree.write("system_config.input.txt", text));
  TIEOUT_CHECK(tree.write("system_config.output.txt", text));
  TIEOUT_CHECK(tree.make("tieout"));
  TIEOUT_CHECK(tree.write("tieout/manifest.json", runlog::to_json(run.manifest())));
  return tree.write("tieout/config.json", run.config_json());
}

}  // namespace tieout::reference
