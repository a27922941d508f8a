#include "comparison.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <pybind11/stl.h>

#include "tieout/flow/find_runs.hpp"
#include "tieout/recon/checks.hpp"
#include "tieout/recon/compare.hpp"
#include "tieout/recon/explain.hpp"
#include "tieout/recon/policy.hpp"
#include "tieout/reference/log_reader.hpp"
#include "tieout/runlog/reader.hpp"

#include "arrays.hpp"
#include "errors.hpp"

namespace tieout::python {
namespace py = pybind11;

namespace {

/// Two runs that share a pool of texts, so that their string columns can be compared.
struct Pair {
  Pair(const std::string& left_directory, const std::string& right_directory)
      : left(unwrap(reference::open_run(left_directory, strings))),
        right(unwrap(reference::open_run(right_directory, strings))) {}
  std::shared_ptr<StringPool> strings = std::make_shared<StringPool>();
  std::unique_ptr<runlog::RunSource> left, right;
};

struct CompareArguments {
  std::string left_name, right_name;
  std::optional<std::string> policy;
  std::size_t max_findings = 0;
  bool stop_at_first = false;
  bool check_self_consistency = true;
};

recon::Comparison compare_pair(const Pair& pair, const CompareArguments& arguments) {
  std::optional<recon::Policy> policy;
  if (arguments.policy) policy = unwrap(recon::load_policy(*arguments.policy));
  recon::CompareOptions options;
  options.left_name = arguments.left_name;
  options.right_name = arguments.right_name;
  options.max_findings = arguments.max_findings;
  options.stop_at_first = arguments.stop_at_first;
  options.check_self_consistency = arguments.check_self_consistency;
  options.expected_config_differences = recon::default_expected_config_differences();
  options.policy = policy ? &*policy : nullptr;
  return unwrap(recon::compare_runs(*pair.left, *pair.right, options));
}

/// (comparison, findings): the JSON object, and one JSON object on each line.
std::pair<std::string, std::string> compare(const std::string& left, const std::string& right,
                                            const CompareArguments& arguments) {
  py::gil_scoped_release released;
  const Pair pair(left, right);
  const recon::Comparison comparison = compare_pair(pair, arguments);
  return {recon::to_json(comparison), lines_of(comparison.findings)};
}

std::string explain(const std::string& left, const std::string& right,
                    const std::optional<std::string>& node,
                    const std::optional<std::int64_t>& bar_ns,
                    const std::optional<std::int64_t>& asset,
                    const std::optional<std::string>& column) {
  py::gil_scoped_release released;
  const Pair pair(left, right);
  recon::Selection selection;
  selection.node = node;
  selection.column = column;
  if (bar_ns) selection.bar = Timestamp{*bar_ns};
  if (asset) selection.asset = AssetId{*asset};
  const recon::Comparison comparison =
      compare_pair(pair, {"prod", "sim", std::nullopt, 100'000, false, true});
  return recon::to_json(unwrap(recon::explain(*pair.left, *pair.right, comparison, selection)));
}

/// (outcomes, findings) of the catalogue of checks on one run, or on two.
py::tuple run_checks(const std::string& left, const std::optional<std::string>& right) {
  const auto report = [&] {
    py::gil_scoped_release released;
    if (right) {
      const Pair pair(left, *right);
      return unwrap(recon::run_checks(*pair.left, *pair.right, nullptr, {}));
    }
    const auto run = unwrap(reference::open_run(left, std::make_shared<StringPool>()));
    return unwrap(recon::check_run(*run, "run", recon::CheckDepth::kAll));
  }();
  py::list outcomes;
  for (const recon::CheckOutcome& outcome : report.outcomes) {
    py::dict row;
    row["id"] = outcome.id;
    row["run"] = outcome.run;
    row["state"] = std::string(recon::to_string(outcome.state));
    row["looked_at"] = outcome.looked_at;
    row["violations"] = outcome.violations;
    row["note"] = outcome.note;
    outcomes.append(row);
  }
  return py::make_tuple(outcomes, lines_of(report.findings));
}

void verify(const std::string& directory) {
  py::gil_scoped_release released;
  unwrap(runlog::RunReader::open(directory, runlog::Verify::kAll));
}

}  // namespace

std::string lines_of(const std::vector<recon::Finding>& findings) {
  std::string lines;
  for (const recon::Finding& finding : findings) lines += recon::to_json_line(finding) + "\n";
  return lines;
}

void bind_comparison(py::module_& module) {
  module.def(
      "compare",
      [](const std::string& left, const std::string& right, const std::string& left_name,
         const std::string& right_name, const std::optional<std::string>& policy,
         std::size_t max_findings, bool stop_at_first, bool check_self_consistency) {
        return compare(
            left, right,
            {left_name, right_name, policy, max_findings, stop_at_first, check_self_consistency});
      },
      py::arg("left"), py::arg("right"), py::kw_only(), py::arg("left_name"), py::arg("right_name"),
      py::arg("policy"), py::arg("max_findings"), py::arg("stop_at_first"),
      py::arg("check_self_consistency"));
  module.def("explain", &explain, py::arg("left"), py::arg("right"), py::kw_only(), py::arg("node"),
             py::arg("bar_ns"), py::arg("asset"), py::arg("column"));
  module.def("run_checks", &run_checks, py::arg("left"), py::arg("right"));
  module.def("verify", &verify, py::arg("directory"));
  module.def(
      "find_runs",
      [](const std::string& path) {
        const flow::RunDirectories runs = unwrap(flow::find_runs(path));
        return py::make_tuple(runs.left.string(), runs.right.string());
      },
      py::arg("path"));
}

}  // namespace tieout::python
