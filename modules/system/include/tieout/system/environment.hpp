#pragma once

#include <map>
#include <string>

namespace tieout::system {

/// What computed the run: code revision, compiler, flags, CPU features that choose maths kernels,
/// library versions. Evidence for the manifest; nothing is decided from it.
std::map<std::string, std::string> describe_environment();

}  // namespace tieout::system
