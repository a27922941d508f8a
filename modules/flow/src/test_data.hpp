#pragma once

#include <filesystem>

#include "tieout/flow/reconcile.hpp"

namespace tieout::flow {

/// The dump that the simulation and the evidence read.
std::filesystem::path test_data_path(const Reconciliation& recon);

}  // namespace tieout::flow
