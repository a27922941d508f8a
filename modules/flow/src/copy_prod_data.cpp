#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/core/file.hpp"
#include "tieout/core/hash.hpp"
#include "tieout/flow/reconcile.hpp"
#include "tieout/runlog/reader.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;

constexpr int kManifestSchema = 1;

/// One copied file, as prod/manifest.json has it.
struct CopiedFile {
  std::string path;  // relative to prod/
  std::size_t size = 0;
  std::string sha256;
};

Error stopped() {
  return Error{ErrorCode::kInterrupted, "reconcile_copy_prod_data: stopped by a signal"};
}

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

/// Copy the bytes and prove the copy by reading it again.
Result<CopiedFile> copy_file(const fs::path& source, const fs::path& target, const fs::path& name) {
  TIEOUT_TRY(const std::string content, read_file(source));
  TIEOUT_CHECK(tieout::create_directories(target.parent_path()));
  TIEOUT_CHECK(write_file_atomic(target, content));
  const CopiedFile copied{name.string(), content.size(), sha256_hex(content)};
  TIEOUT_TRY(const std::string again, read_file(target));
  if (sha256_hex(again) != copied.sha256) {
    return Error{
        ErrorCode::kFileUnwritable,
        fmt::format("reconcile_copy_prod_data: '{}' reads back differently from '{}'; look "
                    "at the disk",
                    target.string(), source.string())};
  }
  return copied;
}

/// Where production's run is, as the manifest has it.
std::string source_name(const RunIdentity& run) {
  RunIdentity original = run;
  if (!run.source_address.empty()) {
    original.prod_data_source_dir = run.source_address;
  }
  return source_layout(original).root.string();
}

std::string manifest_json(const RunIdentity& run, const std::vector<CopiedFile>& files,
                          bool partial) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const CopiedFile& file : files) {
    list.push_back({{"path", file.path}, {"size", file.size}, {"sha256", file.sha256}});
  }
  const nlohmann::ordered_json json{{"schema", kManifestSchema},
                                    {"run_id", run_id(run)},
                                    {"source", source_name(run)},
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

/// The run log is whole and is the run that was asked for. Returns: whether it is sealed.
Result<bool> check_log(const fs::path& dir, const RunIdentity& run) {
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
  return log.sealed();
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

/// True when every file of the copy still has the bytes of its source.
bool is_same_as_source(const std::vector<CopiedFile>& files, const RunIdentity& run) {
  const SourceLayout source = source_layout(run);
  const std::string log_name = target_layout(run).prod_log_file.filename().string();
  return std::all_of(files.begin(), files.end(), [&](const CopiedFile& file) {
    const Result<std::string> content =
        read_file(file.path == log_name ? source.log_file : source.root / file.path);
    return content.ok() && sha256_hex(*content) == file.sha256;
  });
}

}  // namespace

Result<StageOutcome> copy_prod_data(const Reconciliation& recon, const Context& context) {
  const SourceLayout source = source_layout(recon.run);
  const TargetLayout layout = target_layout(recon.run);
  std::error_code code;
  for (const fs::path& dir : {source.system_log_dir, layout.prod}) {
    if (!fs::is_directory(dir, code)) {
      return Error{ErrorCode::kFileNotFound,
                   fmt::format("reconcile_copy_prod_data: '{}' is not a directory{}", dir.string(),
                               dir == layout.prod ? "; run reconcile_create_dirs first" : "")};
    }
  }
  StageOutcome outcome;
  outcome.outputs = {layout.prod_log_dir, layout.prod_log_file, layout.prod_manifest};
  if (fs::exists(layout.prod_log_dir, code)) {
    if (!recon.existing.incremental) {
      return Error{ErrorCode::kPathExists,
                   fmt::format("Path '{}' already exist!", layout.prod_log_dir.string())};
    }
    const auto files = verified_copy(layout);
    if (files.has_value() && is_same_as_source(*files, recon.run)) {
      context.say(fmt::format("kept the copy in '{}', it equals its source", layout.prod.string()));
      outcome.inputs_sha256 = digest_of(*files);
      return outcome;
    }
  }

  const fs::path temporary = layout.prod / ("." + log_dir_name(recon.run) + ".tmp");
  TIEOUT_CHECK(remove_tree(temporary));  // Of an earlier copy that was killed.
  const auto copy_all = [&]() -> Result<std::vector<CopiedFile>> {
    std::vector<CopiedFile> files;
    TIEOUT_TRY(std::vector<fs::path> names, list_files(source.system_log_dir));
    for (const fs::path& name : copy_order(std::move(names))) {
      if (context.stop.load()) {
        return stopped();
      }
      TIEOUT_TRY(CopiedFile file, copy_file(source.system_log_dir / name, temporary / name,
                                            log_dir_name(recon.run) / name));
      files.push_back(std::move(file));
    }
    TIEOUT_TRY(const bool sealed, check_log(temporary, recon.run));
    outcome.partial = !sealed;
    TIEOUT_TRY(CopiedFile log,
               copy_file(source.log_file, layout.prod_log_file, layout.prod_log_file.filename()));
    files.push_back(std::move(log));
    return files;
  };
  Result<std::vector<CopiedFile>> files = copy_all();
  if (!files.ok()) {
    // The copy's own failure is the news; that the rest of it could not be removed would hide it.
    static_cast<void>(remove_tree(temporary));
    return files.error();
  }
  TIEOUT_CHECK(remove_tree(layout.prod_log_dir));
  fs::rename(temporary, layout.prod_log_dir, code);
  if (code) {
    return file_error("reconcile_copy_prod_data", layout.prod_log_dir, code.value());
  }
  TIEOUT_CHECK(
      write_file_atomic(layout.prod_manifest, manifest_json(recon.run, *files, *outcome.partial)));
  outcome.inputs_sha256 = digest_of(*files);
  std::size_t bytes = 0;
  for (const CopiedFile& file : *files) {
    bytes += file.size;
  }
  context.say(fmt::format("copied {} files, {:.1f} MB, verified by SHA-256{}", files->size(),
                          static_cast<double>(bytes) / 1e6,
                          *outcome.partial ? "; PARTIAL: production's log is not sealed" : ""));
  if (recon.prevent_overwriting) {
    TIEOUT_CHECK(set_write_bits(layout.prod, WriteBits::kRemove));
  }
  return outcome;
}

}  // namespace tieout::flow
