#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/result.hpp"
#include "tieout/core/time.hpp"
#include "tieout/flow/run_identity.hpp"

namespace tieout::flow {

/// The parts of {root}/{model[.tag]}/{run_mode}/{start}.{end}/system_log_dir.{mode}.
struct DstDirParts {
  std::string root;  // with its slash at the end; "s3://bucket/..." stays
  std::string model, tag, run_mode, start, end, mode;
  std::string stage;  // the component after "ecs*", if it is a stage, else ""
};

/// Take the directory of a production run's log apart, from the right.
///
/// Rule:    recon_flow.md 6.2; doubled slashes, a slash at the end and quotes around it are
/// tolerated; the tag begins after the first dot; the times exist and start < end.
/// Errors:  kInvalidArgument naming the component, what was found and what was needed; an older
/// layout is recognised and named.
Result<DstDirParts> parse_dst_dir(std::string_view text);

/// A rule between two facts that must agree, held against both.
struct CrossCheck {
  std::string what;    // "--start_time is the start of --dst_dir"
  std::string found;   // what the command says
  std::string needed;  // what the other fact says
  bool holds = false;
};

/// All that reconcile_run_all needs, and how it was found.
struct DerivedParams {
  std::string source;  // "production command", "reconciliation command", "production directory"
  IdentityText identity;
  /// --start/--end as names; also in `identity`. Overrides one by one, canonical text.
  std::vector<std::string> overrides;
  /// Other flags of the command, one word each: "--run-notebook", "--publish-dir=/data/pages".
  std::vector<std::string> switches;
  std::vector<CrossCheck> checks;  // those that could be made
  std::vector<std::string> notes;  // what could not be checked, what was read with good will
};

/// What the derivation may look at besides the text.
struct DeriveOptions {
  std::string dst_root_dir;  // given by the caller; must agree with what is derived
  std::string constructor;   // likewise
  /// A path of the command becomes one of this machine: the prefix `from` is replaced by `to`.
  std::string remap_from, remap_to;
  /// Bar of a builder that this process knows; nothing for an unknown one.
  std::function<std::optional<Duration>(const std::string& constructor)> default_bar;
};

/// Derive every parameter of a reconciliation from what production left: a rendered scheduler
/// template or a command line (`text`), or the directory of its log.
///
/// Rule:    recon_flow.md 6. Where the run's log can be read, its manifest and config are the
/// authority for builder, stage and overrides, and the command is checked against them.
/// Errors:  kInvalidArgument (what was found and needed), kMalformedData, kMalformedOverride,
/// kFileNotFound when the builder can be learnt from nowhere. A violated rule is no error: see
/// DerivedParams::checks.
Result<DerivedParams> derive_params(std::string_view text, const DeriveOptions& options);

/// "tieout reconcile_run_all ...", one word each.
std::vector<std::string> reconcile_command(const DerivedParams& params);

/// The parameters, checks and notes as canonical JSON.
std::string to_json(const DerivedParams& params);

}  // namespace tieout::flow
