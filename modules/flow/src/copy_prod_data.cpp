#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/core/file.hpp"
#include "tieout/core/hash.hpp"
#include "tieout/flow/reconcile.hpp"
#include "tieout/runlog/reader.hpp"

#include "copy_file.hpp"
#include "stage_inputs.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;

constexpr int kManifestSchema = 1;

/// Notebooks and observers write below the run log; they are not evidence of the run
/// (recon_flow.md 2.3).
bool is_analysis(const fs::path& relative) {
  const std::string top = relative.begin()->string();
  return top == "analysis_notebooks" || top == "system_observer_notebook" ||
         top == "pnl_realtime_observer_notebook";
}

/// Rule: the journal first. A bar's frames are in their files before the journal commits it, so
/// that every bar that a copied
///       journal commits is whole in the files copied after it, even while production still writes.
std::vector<fs::path> copy_order(std::vector<fs::path> files) {
  files.erase(std::remove_if(files.begin(), files.end(), is_analysis), files.end());
  std::stable_partition(files.begin(), files.end(), [](const fs::path& file) {
    return file.filename().string().rfind("journal", 0) == 0;
  });
  return files;
}

/// Where production's run is, as the manifest has it.
std::string source_name(const RunIdentity& run, const SourceLayout& source) {
  return run.source_address.empty() ? source.root.string()
                                    : (fs::path(run.source_address) /
                                       source.root.lexically_relative(run.prod_data_source_dir))
                                          .string();
}

std::string manifest_json(const RunIdentity& run, const SourceLayout& source,
                          const std::vector<CopiedFile>& files, bool partial) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const CopiedFile& file : files) {
    list.push_back({{"path", file.path}, {"size", file.size}, {"sha256", file.sha256}});
  }
  const nlohmann::ordered_json json{{"schema", kManifestSchema},
                                    {"run_id", run_id(run)},
                                    {"source", source_name(run, source)},
                                    {"partial", partial},
                                    {"files", list}};
  return json.dump(2) + "\n";
}

/// A digest of everything that was copied.
std::string digest_of(const std::vector<CopiedFile>& files) {
  std::string text;
  for (const CopiedFile& file : files) {
    text += fmt::format("{} {} {}\n", file.sha256, file.size, file.path);
  }
  return sha256_hex(text);
}

/// The run log is whole and is the run that was asked for. Returns: whether it is partial: not
/// sealed, so that production may still write it, or ended before the window does.
Result<bool> check_log(const fs::path& dir, const RunIdentity& run, const Context& context) {
  TIEOUT_TRY(const runlog::RunReader log, runlog::RunReader::open(dir, runlog::Verify::kAll));
  const runlog::Manifest& manifest = log.manifest();
  if (manifest.constructor != run.constructor) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("--dag-builder-ctor-as-str is {}, production ran {}", run.constructor,
                             manifest.constructor)};
  }
  if (manifest.run_mode != run.run_mode) {
    return Error{ErrorCode::kInvalidArgument, fmt::format("--run-mode is {}, production ran in {}",
                                                          run.run_mode, manifest.run_mode)};
  }
  const bool open_end = manifest.end == runlog::kOpenEnd;
  if (manifest.start != run.start || (!open_end && manifest.end != run.end)) {
    context.say(fmt::format(
        "warning: the window is [{}, {}], and production's run was [{}, {}]: start and end should "
        "be its start and its start + run_duration - bar",
        to_ts_name(run.start), to_ts_name(run.end), to_ts_name(manifest.start),
        open_end ? "until stopped" : to_ts_name(manifest.end)));
  }
  if (!log.sealed()) {
    context.say("PARTIAL: production's log is not sealed, it may still be written");
    return true;
  }
  const bool reaches_end = !log.bars().empty() && log.bars().back().bar >= run.end;
  if (!reaches_end || manifest.outcome != runlog::RunOutcome::kComplete) {
    context.say(
        fmt::format("PARTIAL: production's run is {}, its last bar is {}, the window ends at {}",
                    runlog::to_string(manifest.outcome),
                    log.bars().empty() ? "none" : to_iso(log.bars().back().bar), to_iso(run.end)));
    return true;
  }
  return false;
}

/// The files of an earlier copy, or nothing when its manifest does not describe it any more.
std::optional<std::vector<CopiedFile>> verified_copy(const TargetLayout& layout) {
  const Result<std::string> text = read_file(layout.prod_manifest);
  if (!text.ok()) {
    return std::nullopt;
  }
  std::vector<CopiedFile> files;
  try {
    const nlohmann::json json = nlohmann::json::parse(*text);
    for (const nlohmann::json& item : json.at("files")) {
      files.push_back({item.at("path").get<std::string>(), item.at("size").get<std::size_t>(),
                       item.at("sha256").get<std::string>()});
    }
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
  const bool all_there = std::all_of(files.begin(), files.end(), [&](const CopiedFile& file) {
    const Result<std::string> content = read_file(layout.prod / file.path);
    return content.ok() && sha256_hex(*content) == file.sha256;
  });
  return all_there ? std::optional(std::move(files)) : std::nullopt;
}

/// The files of production's run as they are now, in the order in which they are copied.
Result<std::vector<CopiedFile>> source_files(const RunIdentity& run) {
  TIEOUT_TRY(const SourceLayout source, find_source(run));
  const std::string log_name = target_layout(run).prod_log_file.filename().string();
  std::vector<CopiedFile> files;
  const auto add = [&](const fs::path& path, const fs::path& name) -> Status {
    TIEOUT_TRY(const std::string content, read_file(path));
    files.push_back({name.string(), content.size(), sha256_hex(content)});
    return {};
  };
  TIEOUT_TRY(std::vector<fs::path> names, list_files(source.system_log_dir));
  for (const fs::path& name : copy_order(std::move(names))) {
    TIEOUT_CHECK(add(source.system_log_dir / name, log_dir_name(run) / name));
  }
  TIEOUT_CHECK(add(source.log_file, log_name));
  return files;
}

/// What one copy made.
struct Copy {
  std::vector<CopiedFile> files;
  std::size_t bytes = 0, cloned = 0;
  bool partial = false;
};

/// Copy the run into `temporary` as it is to lie in prod/, verified, with its manifest.
Result<Copy> copy_into(const fs::path& temporary, const RunIdentity& run,
                       const SourceLayout& source, const Context& context) {
  Copy copy;
  const auto add = [&](const fs::path& from, const fs::path& name) -> Status {
    TIEOUT_CHECK(check_stop(context, "reconcile_copy_prod_data"));
    TIEOUT_TRY(FileCopy made, copy_file(from, temporary / name, name.string()));
    copy.bytes += made.file.size;
    copy.cloned += made.method == CopyMethod::kReflink ? 1 : 0;
    copy.files.push_back(std::move(made.file));
    return {};
  };
  TIEOUT_TRY(std::vector<fs::path> names, list_files(source.system_log_dir));
  for (const fs::path& name : copy_order(std::move(names))) {
    TIEOUT_CHECK(add(source.system_log_dir / name, log_dir_name(run) / name));
  }
  TIEOUT_TRY(copy.partial, check_log(temporary / log_dir_name(run), run, context));
  TIEOUT_CHECK(add(source.log_file, source.log_file.filename()));
  TIEOUT_CHECK(write_file_atomic(temporary / "manifest.json",
                                 manifest_json(run, source, copy.files, copy.partial)));
  TIEOUT_CHECK(check_stop(context, "reconcile_copy_prod_data"));
  return copy;
}

}  // namespace

Result<std::string> copy_inputs(const RunIdentity& run) {
  TIEOUT_TRY(const std::vector<CopiedFile> files, source_files(run));
  return digest_of(files);
}

Result<StageOutcome> copy_prod_data(const Reconciliation& recon, const Context& context) {
  const TargetLayout layout = target_layout(recon.run);
  const Result<SourceLayout> found = find_source(recon.run);
  if (!found.ok()) {
    return Error{found.error().code, "reconcile_copy_prod_data: " + found.error().message};
  }
  const SourceLayout& source = *found;
  if (!source.note.empty()) {
    context.say(source.note);
  }
  std::error_code code;
  if (!fs::is_directory(layout.prod, code)) {
    return Error{ErrorCode::kFileNotFound,
                 fmt::format("reconcile_copy_prod_data: '{}' is not a directory; run "
                             "reconcile_create_dirs first",
                             layout.prod.string())};
  }
  StageOutcome outcome;
  outcome.outputs = {layout.prod_log_dir, layout.prod_log_file, layout.prod_manifest};
  if (fs::exists(layout.prod_log_dir, code) && !recon.replace_outputs) {
    if (!recon.existing.incremental) {
      return Error{ErrorCode::kPathExists,
                   fmt::format("Path '{}' already exist!", layout.prod_log_dir.string())};
    }
    const auto files = verified_copy(layout);
    const Result<std::string> now = copy_inputs(recon.run);
    if (files.has_value() && now.ok() && digest_of(*files) == *now) {
      context.say(fmt::format("kept the copy in '{}', it equals its source", layout.prod.string()));
      outcome.inputs_sha256 = *now;
      return outcome;
    }
    TIEOUT_CHECK(check_removable(layout.prod_log_dir));
  }
  TIEOUT_TRY(const fs::path temporary, make_temporary(layout.prod, "copy"));
  const Result<Copy> copy = copy_into(temporary, recon.run, source, context);
  if (!copy.ok()) {
    // The copy's own failure is the news; that the rest of it could not be removed would hide it.
    static_cast<void>(remove_tree(temporary));
    return copy.error();
  }
  TIEOUT_CHECK(move_into_place(temporary, layout.prod));
  outcome.partial = copy->partial;
  outcome.inputs_sha256 = digest_of(copy->files);
  context.say(fmt::format("copied {} files, {:.1f} MB, verified by SHA-256{}{}", copy->files.size(),
                          static_cast<double>(copy->bytes) / 1e6,
                          copy->cloned == 0 ? "" : fmt::format(", {} by reflink", copy->cloned),
                          copy->partial ? "; PARTIAL" : ""));
  if (recon.prevent_overwriting) {
    TIEOUT_CHECK(protect(layout.prod));
  }
  return outcome;
}

}  // namespace tieout::flow
