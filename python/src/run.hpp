#pragma once

#include <memory>
#include <mutex>
#include <string>

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include "tieout/core/string_pool.hpp"
#include "tieout/runlog/run_source.hpp"

namespace tieout::python {

/// A recorded run, ours or the reference's. Reading releases the GIL and takes turns, so that
/// threads may share one.
class Run {
 public:
  explicit Run(const std::string& directory);

  const runlog::RunSource& source() const noexcept { return *source_; }
  std::string directory() const { return source_->directory().string(); }
  std::string manifest_json() const { return runlog::to_json(source_->manifest()); }
  const std::string& config_json() const { return source_->config_json(); }
  pybind11::array bars() const;
  pybind11::list nodes() const;
  pybind11::list universe() const;
  pybind11::list notes() const;

  /// df_out of a node at the i-th bar, as panel_dict(). Errors: IndexError for a bar or node that
  /// is not there.
  pybind11::dict df_out(std::size_t node, std::size_t bar) const;
  /// A table at the i-th bar as table_dict(), None when the bar wrote none. Errors: ValueError for
  /// an unknown name.
  pybind11::object table(const std::string& name, std::size_t bar) const;
  /// The trading tables stacked over the bars: {"portfolio": panel, ..., "orders": table, ...}.
  pybind11::dict trading_frames() const;
  /// What the engine consumed at the i-th bar.
  pybind11::list journal(std::size_t bar) const;
  /// [bars] 32 hex digits: equal for bars of equal content.
  pybind11::list content_hashes() const;

 private:
  std::shared_ptr<StringPool> strings_ = std::make_shared<StringPool>();
  std::unique_ptr<runlog::RunSource> source_;
  mutable std::mutex mutex_;
};

void bind_run(pybind11::module_& module);

}  // namespace tieout::python
