#include "tieout/flow/deployment.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tieout::flow {
namespace {

/// The words of a command: a flag and its value; what has no value is left out.
class Words {
 public:
  explicit Words(std::vector<std::string> first) : words_(std::move(first)) {}
  void add(std::string_view flag, std::string value) {
    if (!value.empty()) {
      words_.emplace_back(flag);
      words_.push_back(std::move(value));
    }
  }
  void add_switch(std::string_view flag, bool given) {
    if (given) {
      words_.emplace_back(flag);
    }
  }
  std::vector<std::string> take() { return std::move(words_); }

 private:
  std::vector<std::string> words_;
};

/// {root}/{model[.tag]}/{run_mode}/{start}.{end} with marks.
std::string run_dir(const Deployment& d) {
  return fmt::format("{}/{}/{}/{}.{}", d.prod_data_root, model_dir_name(d), d.run_mode, kStartMark,
                     kEndMark);
}

/// The bar is always said, so that no command depends on what a builder takes by default.
std::vector<std::string> all_overrides(const Deployment& d) {
  std::vector<std::string> all{fmt::format(R"(("trading_period"),(str("{}")))", to_period(d.bar))};
  all.insert(all.end(), d.overrides.begin(), d.overrides.end());
  return all;
}

}  // namespace

std::string model_dir_name(const Deployment& deployment) {
  return deployment.tag.empty() ? deployment.model : deployment.model + "." + deployment.tag;
}

DeployedRun run_of_day(const Deployment& deployment, Timestamp day) {
  const Timestamp launch = day + deployment.launch;
  const Timestamp ready = launch + deployment.lead;
  return {launch, ceil_to(ready, deployment.bar),
          ceil_to(ready + deployment.duration, deployment.bar) - deployment.bar};
}

std::optional<Timestamp> day_of_start(const Deployment& deployment, Timestamp start) {
  // The first bar comes at most lead + bar after the launch.
  const Timestamp latest = floor_to(start, days(1));
  for (Timestamp day = latest; day + days(1) + deployment.lead + deployment.bar >= start;
       day = day - days(1)) {
    if (run_of_day(deployment, day).start == start) {
      return day;
    }
  }
  return std::nullopt;
}

std::vector<std::string> production_words(const Deployment& d) {
  Words words({d.program, "run_prod_system"});
  words.add("--strategy", d.model);
  words.add("--dag_builder_ctor_as_str", d.constructor);
  words.add("--trade_date", std::string(1, kTradeDateMark));
  words.add("--liveness", d.liveness);
  words.add("--instance_type", d.instance_type);
  words.add("--exchange", d.exchange);
  words.add("--stage", d.stage);
  words.add("--account_type", d.account_type);
  words.add("--secret_id", d.secret_id);
  words.add("-v", "DEBUG");
  words.add("--start_time", std::string(1, kStartMark));
  words.add("--run_duration", std::to_string(d.duration.ns / seconds(1).ns));
  words.add("--run_mode", d.run_mode);
  words.add("--log_file_name", fmt::format("{}/logs/log.{}.txt", run_dir(d), d.mode));
  words.add("--dst_dir", fmt::format("{}/system_log_dir.{}", run_dir(d), d.mode));
  for (const std::string& text : all_overrides(d)) {
    words.add("--set_config_value", text);
  }
  words.add("--store", d.store);
  words.add("--feed", d.feed);
  words.add("--feed_profile", d.feed_profile);
  words.add("--feed_seed", d.feed_seed ? std::to_string(*d.feed_seed) : "");
  words.add("--speed_up_factor", d.speed_up_factor);
  words.add("--universe", d.universe == "all" ? "" : d.universe);
  words.add("--market_info", d.market_info);
  words.add("--restrictions", d.restrictions);
  for (const std::string& plugin : d.plugins) {
    words.add("--plugin", plugin);
  }
  return words.take();
}

std::vector<std::string> reconcile_words(const Deployment& d) {
  DerivedParams params;
  IdentityText& id = params.identity;
  id.dag_builder_ctor_as_str = d.constructor;
  id.run_mode = d.run_mode;
  id.start_timestamp_as_str = std::string(1, kStartMark);
  id.end_timestamp_as_str = std::string(1, kEndMark);
  id.mode = d.mode;
  id.stage = d.stage;
  id.tag = d.tag;
  id.prod_data_source_dir = d.prod_data_root + "/";
  id.dst_root_dir = d.dst_root + "/";
  params.overrides = all_overrides(d);
  Words extra({});
  extra.add_switch("--no-prevent-overwriting", !d.prevent_overwriting);
  extra.add_switch("--run-notebook", d.run_notebook);
  extra.add_switch("--backup-dir-if-exists", d.backup_dir_if_exists);
  extra.add_switch("--mark-as-last-24-hour-run", d.mark_as_last_24_hour_run);
  extra.add_switch("--check-dag-output-self-consistency", d.check_dag_output_self_consistency);
  extra.add("--publish-dir", d.publish_dir);
  extra.add("--policy", d.policy);
  extra.add("--alerts", d.alerts);
  for (const std::string& plugin : d.plugins) {
    extra.add("--plugin", plugin);
  }
  params.switches = extra.take();
  std::vector<std::string> words = reconcile_command(params);
  words.front() = d.program;
  return words;
}

std::vector<std::string> observer_words(const Deployment& d) {
  Words words({d.program, "run_master_system_observer_notebook"});
  words.add("--prod-data-root-dir", d.prod_data_root + "/");
  words.add("--dag-builder-ctor-as-str", d.constructor);
  words.add("--run-mode", d.run_mode);
  words.add("--tag", d.tag);
  words.add("--start-timestamp-as-str", std::string(1, kStartMark));
  words.add("--end-timestamp-as-str", std::string(1, kEndMark));
  words.add("--mode", d.mode);
  words.add_switch("--mark-as-last-5minute-run", d.mark_as_last_5minute_run);
  words.add("--publish-dir", d.publish_dir);
  words.add("--policy", d.policy);
  words.add("--thresholds", d.thresholds);
  for (const std::string& plugin : d.plugins) {
    words.add("--plugin", plugin);
  }
  return words.take();
}

std::vector<std::string> with_times(std::vector<std::string> words, const DeployedRun& run) {
  const std::string start = to_ts_name(run.start);
  const std::string end = to_ts_name(run.end);
  for (std::string& word : words) {
    std::string out;
    for (const char c : word) {
      out += c == kStartMark       ? start
             : c == kEndMark       ? end
             : c == kTradeDateMark ? start.substr(0, start.find('_'))
                                   : std::string(1, c);
    }
    word = std::move(out);
  }
  return words;
}

}  // namespace tieout::flow
