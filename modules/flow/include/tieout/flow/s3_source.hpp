#pragma once

#include <filesystem>

#include "tieout/core/result.hpp"
#include "tieout/flow/reconcile.hpp"

namespace tieout::flow {

/// A run that was fetched from S3 for the time of a command: a local tree as production writes it,
/// removed at the end. For a local source there is none.
class SourceMirror {
 public:
  SourceMirror() = default;
  explicit SourceMirror(std::filesystem::path root) : root_(std::move(root)) {}
  ~SourceMirror();
  SourceMirror(SourceMirror&& other) noexcept;
  SourceMirror& operator=(SourceMirror&& other) noexcept;

 private:
  std::filesystem::path root_;
};

/// Fetch the run when --prod-data-source-dir is an s3:// address, and let `recon` read the copy
/// from then on; nothing for a local source.
///
/// Rule:    check_reconciliation() first. The objects of the run's log directories and logs are
/// listed and fetched into
///          {dst_root_dir}/.s3_source, the journal before the rest, as the copy of a local run
///          does; each is proved by its size, by its MD5 when the ETag is one, and by reading it
///          back. What a killed command left there is used when it is proved so. Analysis notebooks
///          are left out.
/// Errors:  kFileNotFound naming the address when there is no run; those of transport::S3Client;
/// kMalformedData for a key that
///          would leave its directory; kDiskFull; kInterrupted.
Result<SourceMirror> fetch_source(Reconciliation& recon, const Context& context);

}  // namespace tieout::flow
