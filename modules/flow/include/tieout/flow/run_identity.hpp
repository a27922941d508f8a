#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"

namespace tieout::flow {

/// Which run is reconciled. Every path and every published name is a function of this.
struct RunIdentity {
  std::filesystem::path prod_data_source_dir;  // or an s3:// address; empty in stages that do not
                                               // read production's tree
  /// The s3:// address of which prod_data_source_dir is a copy for the time of the command; empty:
  /// it is production's own.
  std::string source_address = {};
  std::filesystem::path dst_root_dir;
  std::string constructor;
  std::string model;     // model_name_of(constructor): "C1b"
  std::string tag;       // may be empty
  std::string run_mode;  // "prod", "paper_trading"
  std::string mode;      // "scheduled", "manual"; empty where the command has no such flag
  std::string stage;
  Timestamp start;  // first bar, closed
  Timestamp end;    // last bar, closed
};

/// The texts of the flags that make an identity.
struct IdentityText {
  std::string dag_builder_ctor_as_str;
  std::string run_mode;
  std::string start_timestamp_as_str;
  std::string end_timestamp_as_str;
  std::string mode;
  std::string tag;
  std::string stage = "preprod";
  std::filesystem::path dst_root_dir;
  std::filesystem::path prod_data_source_dir;
};

/// Validate and make the identity. Nothing is read or written, except that the roots that are given
/// must exist.
///
/// Rule:    recon_flow.md 2.1; start <= end; a tag is letters, digits, '_', '-' and '.'.
/// Errors:  kInvalidArgument naming the flag, kMalformedTimestamp, kInvalidInterval, kFileNotFound
/// for a root. --prod-data-source-dir may be s3://bucket/prefix, which is only read here.
Result<RunIdentity> make_identity(const IdentityText& text);

/// "C1b" or "C1b.tag".
std::string model_dir_name(const RunIdentity& run);
/// "20231108_131000.20231109_130500".
std::string interval_name(const RunIdentity& run);
/// "C1b.20231108_131000.20231109_130500.paper_trading.scheduled", the tag after the model when
/// there is one.
std::string run_id(const RunIdentity& run);
/// "system_log_dir.scheduled".
std::string log_dir_name(const RunIdentity& run);

/// Where production wrote the run (recon_flow.md 3.1).
struct SourceLayout {
  std::filesystem::path root;  // {prod_data_source_dir}/{model[.tag]}/{run_mode}/{start}.{end}
  std::filesystem::path system_log_dir;  // root/system_log_dir.{mode}
  std::filesystem::path log_file;        // root/logs/log.{mode}.txt
  std::string note;                      // of find_source(): what is unusual about it, or empty
};
SourceLayout source_layout(const RunIdentity& run);

/// Where production's run really is: source_layout(), or the older layout
/// {root}/{model}/{YYYYMMDD}/system_log_dir.{mode}.{start}.{end}, which is said in `note`. Errors:
/// kFileNotFound naming the path, the modes that are there instead, or an older layout that cannot
/// be read ({root}/{YYYYMMDD}, job.live*).
Result<SourceLayout> find_source(const RunIdentity& run);

/// Where the reconciliation of the run lives (recon_flow.md 3.2).
struct TargetLayout {
  std::filesystem::path root;  // {dst_root_dir}/{model[.tag]}/{run_mode}/{start}.{end}
  std::filesystem::path prod;
  std::filesystem::path prod_log_dir;   // prod/system_log_dir.{mode}
  std::filesystem::path prod_log_file;  // prod/log.{mode}.txt
  std::filesystem::path prod_manifest;  // prod/manifest.json: what was copied
  std::filesystem::path simulation;
  std::filesystem::path test_data;    // simulation/test_data.csv.gz
  std::filesystem::path sim_log_dir;  // simulation/system_log_dir.{mode}
  std::filesystem::path notebooks;    // reconciliation_notebook/{fast,slow}
  std::filesystem::path tca;          // made for run_mode prod only
  std::filesystem::path status;       // status.json
  std::filesystem::path parameters;   // params.json
  std::filesystem::path lock;         // beside root: .{start}.{end}.lock
};
TargetLayout target_layout(const RunIdentity& run);

/// Fill in `run.mode` from the one prod/system_log_dir.* of the target, for commands of the guide
/// without --mode. Errors: kFileNotFound when there is none, kDuplicateId when there is more than
/// one.
Status find_mode(RunIdentity& run);

}  // namespace tieout::flow
