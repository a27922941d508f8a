#include "tieout/dataflow/builder.hpp"

#include <algorithm>
#include <cctype>
#include <exception>

#include <dlfcn.h>
#include <fmt/format.h>

namespace tieout::dataflow {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    row[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({substituted, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

Error plugin_error(const std::filesystem::path& path, std::string_view what) {
  return Error{ErrorCode::kPluginFailed, fmt::format("load_plugin: '{}': {}", path.string(), what)};
}

template <typename Function>
Function* symbol(void* library, const char* name) {
  return reinterpret_cast<Function*>(dlsym(library, name));
}

}  // namespace

Status DagBuilderRegistry::add(std::unique_ptr<DagBuilder> builder) {
  TIEOUT_ASSERT(builder != nullptr);
  const std::string_view constructor = builder->constructor();
  if (std::ranges::any_of(builders_,
                          [&](const auto& known) { return known->constructor() == constructor; })) {
    return Error{
        ErrorCode::kDuplicateId,
        fmt::format("DagBuilderRegistry: '{}' is registered twice, needed once", constructor)};
  }
  builders_.push_back(std::move(builder));
  return {};
}

Result<const DagBuilder*> DagBuilderRegistry::find(std::string_view constructor) const {
  const DagBuilder* nearest = nullptr;
  std::size_t nearest_distance = 0;
  for (const auto& builder : builders_) {
    if (builder->constructor() == constructor) {
      return static_cast<const DagBuilder*>(builder.get());
    }
    const std::size_t distance = edit_distance(constructor, builder->constructor());
    if (nearest == nullptr || distance < nearest_distance) {
      nearest = builder.get();
      nearest_distance = distance;
    }
  }
  return Error{ErrorCode::kUnknownName,
               fmt::format("DagBuilder '{}' is not known; the nearest is '{}'; known are: {}",
                           constructor, nearest == nullptr ? "" : nearest->constructor(),
                           fmt::join(constructors(), ", "))};
}

std::vector<std::string> DagBuilderRegistry::constructors() const {
  std::vector<std::string> names;
  for (const auto& builder : builders_) {
    names.emplace_back(builder->constructor());
  }
  std::ranges::sort(names);
  return names;
}

Result<std::string> model_name_of(std::string_view constructor) {
  const std::string_view last = constructor.substr(constructor.rfind('.') + 1);
  const std::size_t suffix = last.rfind("_DagBuilder");
  const std::string_view name = last.substr(0, suffix == std::string_view::npos ? 0 : suffix);
  if (name.empty() || !std::ranges::all_of(name, is_word)) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("model_name_of: '{}' is not of the form package.<Model>_DagBuilder",
                             constructor)};
  }
  return std::string(name);
}

Status load_plugin(const std::filesystem::path& path, DagBuilderRegistry& registry) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed)) {
    return Error{ErrorCode::kFileNotFound,
                 fmt::format("load_plugin: '{}' is not a file", path.string())};
  }
  // Absolute, because dlopen searches the library path for a name without a slash. Never closed:
  // the registry's builders and the nodes that they make live in it.
  void* library = dlopen(std::filesystem::absolute(path).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* reason = dlerror();
    return plugin_error(path, reason == nullptr ? "dlopen failed" : reason);
  }
  const auto abi = symbol<std::uint32_t()>(library, "tieout_plugin_abi");
  const auto register_builders = symbol<void(DagBuilderRegistry*)>(library, "tieout_register");
  if (abi == nullptr || register_builders == nullptr) {
    return plugin_error(path, "does not export tieout_plugin_abi and tieout_register");
  }
  try {
    if (const std::uint32_t found = abi(); found != kPluginAbi) {
      return plugin_error(
          path, fmt::format("was built for plugin interface {}, needed {}", found, kPluginAbi));
    }
    const std::size_t before = registry.constructors().size();
    register_builders(&registry);
    if (registry.constructors().size() == before) {
      return plugin_error(path, "registered no DagBuilder (or one whose name is taken)");
    }
  } catch (const std::exception& error) {
    return plugin_error(path, fmt::format("threw '{}'", error.what()));
  } catch (...) {
    return plugin_error(path, "threw something");
  }
  return {};
}

}  // namespace tieout::dataflow
