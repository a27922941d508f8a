#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/config/value.hpp"
#include "tieout/core/hash.hpp"
#include "tieout/core/result.hpp"

namespace tieout::config {

/// Keys from the root to a leaf or a sub-config: {"dag_config", "resample", "rule"}.
using Path = std::vector<std::string>;

/// "dag_config.resample.rule".
std::string to_string(const Path& path);

/// One leaf with its history.
struct Leaf {
  Path path;
  Value value;
  std::string writer;  // Who set it last: "default", "--set_config_value", ...
};

/// A nested, ordered, typed config.
///
/// A builder declares every key with its default; an override may only change a declared key and
/// only to a value of the default's type. A key that is declared optional has a type but no value
/// until it is set. A sub-config that is set whole replaces the sub-config whole (no merge); its
/// keys must be declared too.
class Config {
 public:
  Config();
  ~Config();
  Config(const Config&);
  Config& operator=(const Config&);
  Config(Config&&) noexcept;
  Config& operator=(Config&&) noexcept;

  /// Declare a key and its default. Declaring again changes the default (a builder refines a
  /// template). A path through a leaf, or to a sub-config, is a programmer error.
  void declare(const Path& path, Value default_value, std::string_view writer = "default");
  /// Declare a key that may be set to a value of one of these types but has none yet. Needed also
  /// for a key whose default is None: declare(path, Value{}) then declare_optional(path, {types})
  /// says what it may become.
  void declare_optional(const Path& path, std::initializer_list<ValueType> types);

  bool contains(const Path& path) const noexcept;  // a leaf with a value, or a sub-config
  const Value* find(const Path& path) const noexcept;

  /// Errors: kUnknownConfigKey naming the nearest key; kConfigTypeMismatch naming both types;
  /// kInvalidConfig when a declared leaf has no value. Nothing is converted: an int is not a float.
  Result<bool> get_bool(const Path& path) const;
  Result<std::int64_t> get_int(const Path& path) const;
  Result<double> get_float(const Path& path) const;
  Result<std::string> get_string(const Path& path) const;
  Result<Duration> get_duration(const Path& path) const;
  Result<Timestamp> get_timestamp(const Path& path) const;
  Result<List> get_list(const Path& path) const;
  /// Nothing when the leaf is None or has no value.
  Result<std::optional<std::string>> get_optional_string(const Path& path) const;
  Result<std::optional<double>> get_optional_float(const Path& path) const;
  Result<std::optional<std::int64_t>> get_optional_int(const Path& path) const;
  Result<std::optional<TimeOfDay>> get_optional_time(const Path& path) const;

  /// Set a declared leaf. Errors: kUnknownConfigKey with the nearest key, kConfigTypeMismatch with
  /// both types.
  Status set(const Path& path, Value value, std::string_view writer);
  /// Replace a declared sub-config by exactly these leaves (paths relative to `path`): the others
  /// keep their declaration and lose their value. All or nothing.
  Status set_subconfig(const Path& path, const std::vector<std::pair<Path, Value>>& leaves,
                       std::string_view writer);

  /// All leaves that have a value, in declaration order, depth first.
  std::vector<Leaf> leaves() const;
  /// Copy of the part below `path` (empty when there is none).
  Config subconfig(const Path& path) const;

  /// The text of config.txt: nested by two blanks, "key (writer=default, type=float): 0.55".
  std::string to_text() const;
  /// Canonical JSON: typed scalars ({"type": ..., "value": ...} where JSON has no such type),
  /// writers kept.
  std::string to_json() const;
  static Result<Config> from_json(std::string_view json);
  /// Hash of paths, types and values in sorted path order; writers and declaration order do not
  /// count.
  Hash128 content_hash() const;

 private:
  struct Node;
  /// The value of a declared leaf, nullptr when it has none.
  Result<const Value*> leaf_at(const Path& path) const;
  template <typename T>
  Result<T> get_as(const Path& path, ValueType needed) const;
  template <typename T>
  Result<std::optional<T>> get_optional_as(const Path& path, ValueType needed) const;

  std::unique_ptr<Node> root_;
};

/// How one leaf differs.
enum class DiffKind { kOnlyLeft, kOnlyRight, kValue, kType };
std::string_view to_string(DiffKind kind) noexcept;

struct LeafDiff {
  Path path;
  DiffKind kind;
  std::optional<Value> left;
  std::optional<Value> right;
};

/// Leaf by leaf, in the order of the paths. 3000 and 3000.0 differ in type; True and 1 too.
std::vector<LeafDiff> diff(const Config& left, const Config& right);

}  // namespace tieout::config
