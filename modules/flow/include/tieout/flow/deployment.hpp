#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"
#include "tieout/flow/derive_params.hpp"

namespace tieout::flow {

/// By ISO number less one.
inline constexpr std::array<std::string_view, 7> kWeekdayNames{"Mon", "Tue", "Wed", "Thu",
                                                               "Fri", "Sat", "Sun"};

/// One deployment of a strategy as its file says it (docs/formats/deployment.md): the only place
/// where bar, schedule, overrides and paths are written. All commands of the run are made from it.
struct Deployment {
  std::string file;  // where it was read, for messages

  std::string constructor, model, tag, stage, run_mode;
  std::string mode = "scheduled";
  Duration bar;
  std::string universe = "all";
  std::vector<std::string> overrides;  // canonical, in the file's order, without the bar
  std::vector<std::string> plugins;

  // [schedule]
  Duration launch;            // time of day, UTC, at which production is launched
  Duration lead;              // from the launch to the first bar, before alignment to the grid
  Duration duration;          // of the run
  std::vector<int> weekdays;  // ISO: 1 is Monday; ascending; empty: every day

  // [account]
  std::string liveness = "CANDIDATE", instance_type = "PROD", exchange = "binance",
              account_type = "trading", secret_id, market_info, restrictions;

  // [paths]
  std::string program = "tieout", install_dir, prod_data_root, dst_root, publish_dir;

  // [market_data]
  std::string store, feed, feed_profile;
  std::optional<std::int64_t> feed_seed;
  std::string speed_up_factor;

  // [reconcile]
  bool run_notebook = true, prevent_overwriting = false, backup_dir_if_exists = false,
       mark_as_last_24_hour_run = false, check_dag_output_self_consistency = false;
  std::string policy;
  std::string alerts;  // TOML of the alert sinks

  // [observer]
  Duration observer_every = minutes(5);
  bool mark_as_last_5minute_run = true;
  std::string thresholds;

  // [systemd], [slurm]
  std::string systemd_user, slurm_partition, slurm_memory;
  std::int64_t slurm_cpus = 2;
};

/// Read a deployment. `file` is its name in messages.
///
/// Errors:  kInvalidConfig saying file, line and column, what was found and needed: no TOML, an
/// unknown key (with the nearest), another type, a missing key, and what contradicts itself: a
/// duration off the bar grid, runs that overlap, a stage other than the paths', a bar given twice,
/// two values for one override.
Result<Deployment> parse_deployment(std::string_view toml, std::string_view file);
Result<Deployment> load_deployment(const std::filesystem::path& file);

/// The run that is launched on a day.
struct DeployedRun {
  Timestamp launch;
  Timestamp start;  // first bar
  Timestamp end;    // last bar
};

/// Rule:    recon_flow.md 6.4: start = align_up(launch + lead), end = align_up(launch + duration +
/// lead) - bar, to multiples of the bar since the epoch.
DeployedRun run_of_day(const Deployment& deployment, Timestamp day);

/// The day, at midnight UTC, whose run begins with this bar; nothing when no launch leads there.
std::optional<Timestamp> day_of_start(const Deployment& deployment, Timestamp start);

/// The three commands of a deployment, one word each. Times are marks (kStartMark and so on) that
/// with_times() replaces: a script puts its variables there.
inline constexpr char kStartMark = '\x01';      // YYYYMMDD_HHMMSS of the first bar
inline constexpr char kEndMark = '\x02';        // of the last bar
inline constexpr char kTradeDateMark = '\x03';  // YYYYMMDD of the first bar
std::vector<std::string> production_words(const Deployment& deployment);
std::vector<std::string> reconcile_words(const Deployment& deployment);
std::vector<std::string> observer_words(const Deployment& deployment);
std::vector<std::string> with_times(std::vector<std::string> words, const DeployedRun& run);

/// "C1b.config1".
std::string model_dir_name(const Deployment& deployment);

}  // namespace tieout::flow
