#include <algorithm>
#include <initializer_list>
#include <map>
#include <set>

#include <fmt/format.h>

#include "tieout/config/override.hpp"
#include "tieout/core/file.hpp"
#include "tieout/core/nearest.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/core/toml.hpp"
#include "tieout/dataflow/builder.hpp"
#include "tieout/flow/deployment.hpp"

namespace tieout::flow {
namespace {

constexpr std::int64_t kMaxCpus = 10'000;

/// What a value is, for messages.
std::string found_text(const toml::node& node) {
  if (const auto text = node.value<std::string_view>(); node.is_string() && text) {
    return fmt::format("'{}'", *text);
  }
  if (node.is_integer()) {
    return fmt::format("{}", *node.value<std::int64_t>());
  }
  if (node.is_floating_point()) {
    return format_double(*node.value<double>());
  }
  if (node.is_boolean()) {
    return *node.value<bool>() ? "true" : "false";
  }
  return node.is_table() ? "a table" : node.is_array() ? "an array" : "a date or time";
}

/// A name that goes into paths, names of units and lists of arguments.
bool is_name(std::string_view text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  return !text.empty() && std::ranges::all_of(text, plain) && text.front() != '.' &&
         text.front() != '-';
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

/// "13:00" or "13:00:30".
std::optional<Duration> time_of_day(std::string_view text) {
  const auto number = [&](std::size_t at, int below) -> std::optional<std::int64_t> {
    if (at + 2 > text.size() || text[at] < '0' || text[at] > '9' || text[at + 1] < '0' ||
        text[at + 1] > '9') {
      return std::nullopt;
    }
    const int value = (text[at] - '0') * 10 + (text[at + 1] - '0');
    return value < below ? std::optional<std::int64_t>(value) : std::nullopt;
  };
  const bool is_long = text.size() == 8;
  if ((text.size() != 5 && !is_long) || text[2] != ':' || (is_long && text[5] != ':')) {
    return std::nullopt;
  }
  const auto hour = number(0, 24), minute = number(3, 60);
  const auto second = is_long ? number(6, 60) : std::optional<std::int64_t>(0);
  if (!hour || !minute || !second) {
    return std::nullopt;
  }
  return hours(*hour) + minutes(*minute) + seconds(*second);
}

/// One table of the file: every key that is asked for is a known one.
class Section {
 public:
  Section(const toml::table* table, std::string name, std::string_view file)
      : table_(table), name_(std::move(name)), file_(file) {}

  Error error(const toml::source_region& where, std::string_view what) const {
    return Error{ErrorCode::kInvalidConfig,
                 fmt::format("deployment: {}:{}:{}: {}: {}", file_, where.begin.line,
                             where.begin.column, name_, what)};
  }
  Error error(std::string_view key, std::string_view what) const {
    const toml::node* node = find(key);
    return error(node != nullptr     ? node->source()
                 : table_ != nullptr ? table_->source()
                                     : toml::source_region{{1, 1}, {1, 1}, nullptr},
                 what);
  }
  Error wrong(std::string_view key, std::string_view needed) const {
    return error(key, fmt::format("{} is {}, needed {}", key, found_text(*find(key)), needed));
  }
  const toml::node* find(std::string_view key) const {
    return table_ == nullptr ? nullptr : table_->get(key);
  }
  bool has(std::string_view key) const { return find(key) != nullptr; }

  Status allow(std::initializer_list<std::string_view> keys) const {
    if (table_ == nullptr) {
      return {};
    }
    for (const auto& [key, value] : *table_) {
      if (std::ranges::find(keys, key.str()) == keys.end()) {
        const std::vector<std::string> names(keys.begin(), keys.end());
        const std::string nearest = nearest_name(key.str(), names);
        return error(
            key.source(),
            fmt::format("unknown key '{}'{}; needed one of {}", key.str(),
                        nearest.empty() ? "" : fmt::format(", the nearest is '{}'", nearest),
                        fmt::join(names, ", ")));
      }
    }
    return {};
  }
  Status needs(std::initializer_list<std::string_view> keys) const {
    for (const std::string_view key : keys) {
      if (!has(key)) {
        return error(key, fmt::format("{} is missing", key));
      }
    }
    return {};
  }

  /// The default stays when the key is not there.
  Status text(std::string_view key, std::string& out) const {
    const toml::node* node = find(key);
    if (node == nullptr) {
      return {};
    }
    const auto value = node->value<std::string>();
    if (!node->is_string() || !value || value->empty()) {
      return wrong(key, "a text that is not empty");
    }
    if (has_control(*value)) {
      return error(key, fmt::format("{} has a line break or another control character", key));
    }
    out = *value;
    return {};
  }
  Status choice(std::string_view key, std::string& out,
                std::initializer_list<std::string_view> choices) const {
    TIEOUT_CHECK(text(key, out));
    if (has(key) && std::ranges::find(choices, out) == choices.end()) {
      return wrong(key, fmt::format("one of {}", fmt::join(choices, ", ")));
    }
    return {};
  }
  Status name(std::string_view key, std::string& out) const {
    TIEOUT_CHECK(text(key, out));
    if (has(key) && !is_name(out)) {
      return wrong(key, "letters, digits, '_', '-' and '.', the first a letter, a digit or '_'");
    }
    return {};
  }
  /// An absolute local path without a slash at the end: a scheduler has no directory of its own.
  Status path(std::string_view key, std::string& out) const {
    TIEOUT_CHECK(text(key, out));
    if (!has(key)) {
      return {};
    }
    if (!out.starts_with('/')) {
      return wrong(key, "an absolute path: a scheduler has no working directory to rely on");
    }
    while (out.size() > 1 && out.ends_with('/')) {
      out.pop_back();
    }
    return {};
  }
  /// As path(), or an address of S3.
  Status place(std::string_view key, std::string& out) const {
    TIEOUT_CHECK(text(key, out));
    return out.starts_with("s3://") || out.starts_with("file:///") ? Status() : path(key, out);
  }
  Status boolean(std::string_view key, bool& out) const {
    const toml::node* node = find(key);
    if (node != nullptr && !node->is_boolean()) {
      return wrong(key, "true or false");
    }
    out = node == nullptr ? out : *node->value<bool>();
    return {};
  }
  /// A period ("5T", "24H") or whole seconds; whole seconds in any case.
  Status period(std::string_view key, Duration& out) const {
    const toml::node* node = find(key);
    if (node == nullptr) {
      return {};
    }
    constexpr std::int64_t kMostSeconds = 366 * 86400;
    Duration value;
    if (node->is_integer()) {
      const std::int64_t count = *node->value<std::int64_t>();
      value = count > 0 && count <= kMostSeconds ? seconds(count) : Duration{};
    } else if (const auto parsed = parse_period(node->value<std::string>().value_or(""));
               node->is_string() && parsed.ok()) {
      value = *parsed;
    }
    if (value.ns <= 0 || value.ns % seconds(1).ns != 0 || value > seconds(kMostSeconds)) {
      return wrong(key,
                   "whole seconds, as a number or as a period such as '5T' or '24H', at most "
                   "a year");
    }
    out = value;
    return {};
  }
  Result<std::optional<std::int64_t>> whole(std::string_view key, std::int64_t least,
                                            std::int64_t most) const {
    const toml::node* node = find(key);
    if (node == nullptr) {
      return std::optional<std::int64_t>();
    }
    const std::int64_t value = node->value<std::int64_t>().value_or(0);
    if (!node->is_integer() || value < least || value > most) {
      return wrong(key, fmt::format("a whole number from {} to {}", least, most));
    }
    return std::optional(value);
  }
  /// Texts of an array with the place of each.
  Status texts(std::string_view key,
               std::vector<std::pair<std::string, const toml::node*>>& out) const {
    const toml::node* node = find(key);
    if (node == nullptr) {
      return {};
    }
    if (!node->is_array()) {
      return wrong(key, "an array of texts");
    }
    for (const toml::node& item : *node->as_array()) {
      const auto value = item.value<std::string>();
      if (!item.is_string() || !value || has_control(*value)) {
        return error(item.source(),
                     fmt::format("{} holds {}, needed texts of one line", key, found_text(item)));
      }
      out.emplace_back(*value, &item);
    }
    return {};
  }

 private:
  const toml::table* table_;
  std::string name_;
  std::string_view file_;
};

class DeploymentReader {
 public:
  DeploymentReader(const toml::table& root, std::string_view file)
      : root_(root), top_(&root, "deployment", file), file_(file) {}

  Result<Deployment> read() {
    d_.file = file_;
    TIEOUT_CHECK(
        top_.allow({"version", "dag_builder_ctor_as_str", "tag", "stage", "run_mode", "mode", "bar",
                    "universe", "overrides", "plugins", "schedule", "account", "paths",
                    "market_data", "reconcile", "observer", "systemd", "slurm"}));
    TIEOUT_CHECK(top_.needs(
        {"version", "dag_builder_ctor_as_str", "stage", "run_mode", "bar", "schedule", "paths"}));
    TIEOUT_CHECK(read_top());
    TIEOUT_CHECK(read_overrides());
    TIEOUT_CHECK(read_schedule());
    TIEOUT_CHECK(read_account());
    TIEOUT_CHECK(read_paths());
    TIEOUT_CHECK(read_market_data());
    TIEOUT_CHECK(read_reconcile());
    TIEOUT_CHECK(read_launchers());
    return std::move(d_);
  }

 private:
  Result<Section> section(std::string_view key) const {
    const toml::node* node = root_.get(key);
    if (node != nullptr && !node->is_table()) {
      return top_.wrong(key, fmt::format("a table [{}]", key));
    }
    return Section(node == nullptr ? nullptr : node->as_table(), fmt::format("[{}]", key), file_);
  }

  Status read_top() {
    TIEOUT_TRY(const auto version, top_.whole("version", 1, 1));
    static_cast<void>(version);
    TIEOUT_CHECK(top_.text("dag_builder_ctor_as_str", d_.constructor));
    const Result<std::string> model = dataflow::model_name_of(d_.constructor);
    if (!model.ok()) {
      return top_.error("dag_builder_ctor_as_str", model.error().message);
    }
    d_.model = *model;
    TIEOUT_CHECK(top_.name("tag", d_.tag));
    TIEOUT_CHECK(top_.choice("stage", d_.stage, {"local", "test", "preprod", "prod"}));
    TIEOUT_CHECK(top_.choice("run_mode", d_.run_mode, {"prod", "paper_trading"}));
    TIEOUT_CHECK(top_.choice("mode", d_.mode, {"scheduled", "manual"}));
    TIEOUT_CHECK(top_.period("bar", d_.bar));
    if (d_.bar > days(1)) {
      return top_.wrong("bar", "at most a day");
    }
    std::string universe;
    TIEOUT_CHECK(top_.text("universe", universe));
    if (!universe.empty() && universe != "all") {
      TIEOUT_CHECK(top_.path("universe", d_.universe));
    }
    std::vector<std::pair<std::string, const toml::node*>> plugins;
    TIEOUT_CHECK(top_.texts("plugins", plugins));
    for (const auto& [plugin, node] : plugins) {
      if (!plugin.starts_with('/')) {
        return top_.error(node->source(),
                          fmt::format("plugins holds '{}', needed absolute paths", plugin));
      }
      d_.plugins.push_back(plugin);
    }
    return {};
  }

  Status read_overrides() {
    std::vector<std::pair<std::string, const toml::node*>> texts;
    TIEOUT_CHECK(top_.texts("overrides", texts));
    std::map<std::string, std::string> seen;
    for (const auto& [text, node] : texts) {
      const Result<config::ParsedOverrides> parsed = config::parse_overrides(text);
      if (!parsed.ok()) {
        return top_.error(node->source(), fmt::format("overrides: {}", parsed.error().message));
      }
      for (const config::Override& item : parsed->overrides) {
        const std::string path = config::to_string(item.path);
        const std::string canonical = config::to_text(item);
        if (item.path == config::Path{"trading_period"}) {
          return top_.error(node->source(), fmt::format("overrides has {}; the bar is said once, "
                                                        "by the key bar",
                                                        canonical));
        }
        const auto [known, is_new] = seen.emplace(path, canonical);
        if (!is_new) {
          return top_.error(node->source(), fmt::format("overrides has {} twice: {} and {}", path,
                                                        known->second, canonical));
        }
        d_.overrides.push_back(canonical);
      }
    }
    return {};
  }

  Status read_schedule() {
    TIEOUT_TRY(const Section schedule, section("schedule"));
    TIEOUT_CHECK(schedule.allow({"launch", "days", "duration", "lead"}));
    TIEOUT_CHECK(schedule.needs({"launch", "duration"}));
    std::string launch;
    TIEOUT_CHECK(schedule.text("launch", launch));
    const auto time = time_of_day(launch);
    if (!time) {
      return schedule.wrong("launch", "a time of day in UTC, such as '13:00'");
    }
    d_.launch = *time;
    TIEOUT_CHECK(schedule.period("duration", d_.duration));
    d_.lead = d_.run_mode == "prod" ? seconds(480) : seconds(300);
    TIEOUT_CHECK(schedule.period("lead", d_.lead));
    if (d_.lead > days(1)) {
      return schedule.wrong("lead", "at most a day");
    }
    if (d_.duration.ns % d_.bar.ns != 0 || d_.duration <= d_.bar) {
      return schedule.error(
          "duration", fmt::format("duration is {}, needed a multiple of the bar {}, two at least",
                                  to_period(d_.duration), to_period(d_.bar)));
    }
    return read_days(schedule);
  }

  Status read_days(const Section& schedule) {
    std::vector<std::pair<std::string, const toml::node*>> names;
    TIEOUT_CHECK(schedule.texts("days", names));
    for (const auto& [name, node] : names) {
      const auto found = std::ranges::find(kWeekdayNames, name);
      if (found == kWeekdayNames.end()) {
        return schedule.error(node->source(), fmt::format("days holds '{}', needed some of {}",
                                                          name, fmt::join(kWeekdayNames, ", ")));
      }
      d_.weekdays.push_back(static_cast<int>(found - kWeekdayNames.begin()) + 1);
    }
    std::ranges::sort(d_.weekdays);
    if (schedule.has("days") && d_.weekdays.empty()) {
      return schedule.error("days", "days is empty; leave it out for every day");
    }
    if (std::ranges::adjacent_find(d_.weekdays) != d_.weekdays.end()) {
      return schedule.error("days", "days holds a day twice");
    }
    // A run and the next one may not share a bar.
    int gap = d_.weekdays.empty() ? 1 : 7 - d_.weekdays.back() + d_.weekdays.front();
    for (std::size_t i = 1; i < d_.weekdays.size(); ++i) {
      gap = std::min(gap, d_.weekdays[i] - d_.weekdays[i - 1]);
    }
    if (d_.duration > days(gap)) {
      return schedule.error("duration",
                            fmt::format("duration is {}, but a run is launched after {}: the runs "
                                        "would overlap",
                                        to_period(d_.duration), to_period(days(gap))));
    }
    return {};
  }

  Status read_account() {
    TIEOUT_TRY(const Section account, section("account"));
    TIEOUT_CHECK(account.allow({"exchange", "account_type", "secret_id", "liveness",
                                "instance_type", "market_info", "restrictions"}));
    TIEOUT_CHECK(account.name("exchange", d_.exchange));
    TIEOUT_CHECK(account.choice("account_type", d_.account_type, {"trading", "sandbox"}));
    TIEOUT_CHECK(account.name("liveness", d_.liveness));
    TIEOUT_CHECK(account.name("instance_type", d_.instance_type));
    TIEOUT_CHECK(account.path("market_info", d_.market_info));
    TIEOUT_CHECK(account.path("restrictions", d_.restrictions));
    if (const toml::node* id = account.find("secret_id"); id != nullptr && id->is_integer()) {
      TIEOUT_TRY(const auto number, account.whole("secret_id", 0, 1'000'000));
      d_.secret_id = std::to_string(*number);
      return {};
    }
    return account.name("secret_id", d_.secret_id);
  }

  /// The stage of ".../ecs*/STAGE/..." must be the deployment's.
  Status check_stage(const Section& paths, std::string_view key, const std::string& root) const {
    const Result<DstDirParts> parts =
        parse_dst_dir(root + "/M/prod/20000101_000000.20000101_000100/system_log_dir.manual");
    if (parts.ok() && !parts->stage.empty() && parts->stage != d_.stage) {
      return paths.error(key, fmt::format("{} is '{}', of stage {}, but stage is {}", key, root,
                                          parts->stage, d_.stage));
    }
    return {};
  }

  Status read_paths() {
    TIEOUT_TRY(const Section paths, section("paths"));
    TIEOUT_CHECK(
        paths.allow({"program", "install_dir", "prod_data_root", "dst_root", "publish_dir"}));
    TIEOUT_CHECK(paths.needs({"prod_data_root", "dst_root"}));
    std::string program;
    TIEOUT_CHECK(paths.text("program", program));
    if (!program.empty() && program != "tieout") {
      TIEOUT_CHECK(paths.path("program", d_.program));
    }
    TIEOUT_CHECK(paths.path("install_dir", d_.install_dir));
    TIEOUT_CHECK(paths.path("prod_data_root", d_.prod_data_root));
    TIEOUT_CHECK(paths.path("dst_root", d_.dst_root));
    TIEOUT_CHECK(paths.place("publish_dir", d_.publish_dir));
    TIEOUT_CHECK(check_stage(paths, "prod_data_root", d_.prod_data_root));
    TIEOUT_CHECK(check_stage(paths, "dst_root", d_.dst_root));
    if (d_.prod_data_root == d_.dst_root) {
      return paths.error("dst_root",
                         "dst_root is prod_data_root: a reconciliation may not write "
                         "among the runs that it reads");
    }
    return {};
  }

  Status read_market_data() {
    TIEOUT_TRY(const Section data, section("market_data"));
    TIEOUT_CHECK(data.allow({"store", "feed", "feed_profile", "feed_seed", "speed_up_factor"}));
    TIEOUT_CHECK(data.path("store", d_.store));
    TIEOUT_CHECK(data.path("feed", d_.feed));
    TIEOUT_CHECK(
        data.choice("feed_profile", d_.feed_profile, {"clean", "normal", "bad_day", "hostile"}));
    TIEOUT_TRY(d_.feed_seed, data.whole("feed_seed", 0, std::int64_t{1} << 62));
    if (const toml::node* factor = data.find("speed_up_factor"); factor != nullptr) {
      const double value = factor->is_number() ? *factor->value<double>() : 0;
      if (!(value >= 1 && value <= 1e6)) {
        return data.wrong("speed_up_factor", "a number from 1 to 1000000");
      }
      d_.speed_up_factor = factor->is_integer() ? std::to_string(*factor->value<std::int64_t>())
                                                : format_double(value);
    }
    for (const std::string_view key : {"feed_profile", "feed_seed", "speed_up_factor"}) {
      if (data.has(key) && d_.feed.empty()) {
        return data.error(key, fmt::format("{} needs feed: live market data has none", key));
      }
    }
    if (!d_.feed.empty() && d_.run_mode == "prod") {
      return data.error("feed",
                        "feed replays historical bars: a run of run_mode prod would trade "
                        "on them");
    }
    return {};
  }

  Status read_reconcile() {
    TIEOUT_TRY(const Section reconcile, section("reconcile"));
    TIEOUT_CHECK(reconcile.allow({"run_notebook", "prevent_overwriting", "backup_dir_if_exists",
                                  "mark_as_last_24_hour_run", "check_dag_output_self_consistency",
                                  "policy", "alerts"}));
    TIEOUT_CHECK(reconcile.boolean("run_notebook", d_.run_notebook));
    TIEOUT_CHECK(reconcile.boolean("prevent_overwriting", d_.prevent_overwriting));
    TIEOUT_CHECK(reconcile.boolean("backup_dir_if_exists", d_.backup_dir_if_exists));
    TIEOUT_CHECK(reconcile.boolean("mark_as_last_24_hour_run", d_.mark_as_last_24_hour_run));
    TIEOUT_CHECK(reconcile.boolean("check_dag_output_self_consistency",
                                   d_.check_dag_output_self_consistency));
    TIEOUT_CHECK(reconcile.path("policy", d_.policy));
    return reconcile.path("alerts", d_.alerts);
  }

  Status read_launchers() {
    TIEOUT_TRY(const Section observer, section("observer"));
    TIEOUT_CHECK(observer.allow({"every", "mark_as_last_5minute_run", "thresholds"}));
    TIEOUT_CHECK(observer.period("every", d_.observer_every));
    if (d_.observer_every > hours(1) || hours(1).ns % d_.observer_every.ns != 0 ||
        d_.observer_every.ns % minutes(1).ns != 0) {
      return observer.wrong("every", "whole minutes that divide an hour");
    }
    TIEOUT_CHECK(observer.boolean("mark_as_last_5minute_run", d_.mark_as_last_5minute_run));
    TIEOUT_CHECK(observer.path("thresholds", d_.thresholds));
    TIEOUT_TRY(const Section systemd, section("systemd"));
    TIEOUT_CHECK(systemd.allow({"user"}));
    TIEOUT_CHECK(systemd.name("user", d_.systemd_user));
    TIEOUT_TRY(const Section slurm, section("slurm"));
    TIEOUT_CHECK(slurm.allow({"partition", "memory", "cpus"}));
    TIEOUT_CHECK(slurm.name("partition", d_.slurm_partition));
    TIEOUT_CHECK(slurm.name("memory", d_.slurm_memory));
    TIEOUT_TRY(const auto cpus, slurm.whole("cpus", 1, kMaxCpus));
    d_.slurm_cpus = cpus.value_or(d_.slurm_cpus);
    return {};
  }

  const toml::table& root_;
  Section top_;
  std::string_view file_;
  Deployment d_;
};

}  // namespace

Result<Deployment> parse_deployment(std::string_view toml, std::string_view file) {
  const toml::parse_result parsed = toml::parse(toml, file);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return Error{ErrorCode::kInvalidConfig,
                 fmt::format("deployment: {}:{}:{}: not TOML: {}", file, error.source().begin.line,
                             error.source().begin.column, error.description())};
  }
  return DeploymentReader(parsed.table(), file).read();
}

Result<Deployment> load_deployment(const std::filesystem::path& file) {
  TIEOUT_TRY(const std::string text, read_file(file));
  return parse_deployment(text, file.string());
}

}  // namespace tieout::flow
