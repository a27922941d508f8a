#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/stl.h>

#include "tieout/flow/prepare_report.hpp"
#include "tieout/report/computed_report.hpp"

#include "comparison.hpp"
#include "errors.hpp"

namespace tieout::python {
namespace py = pybind11;

namespace {

report::ReportKind kind_of(const std::string& name) {
  for (const report::ReportKind kind : {report::ReportKind::kFast, report::ReportKind::kSlow}) {
    if (name == report::to_string(kind)) return kind;
  }
  throw py::value_error("'" + name + "' is no kind of report, needed one of fast, slow");
}

flow::ReportRequest request_of(const std::string& prod, const std::string& sim,
                               const std::string& kind, const std::optional<std::string>& policy,
                               const std::optional<std::string>& market_data,
                               const std::optional<std::string>& noise_floor,
                               bool check_self_consistency) {
  flow::ReportRequest request;
  request.kind = kind_of(kind);
  request.prod = prod;
  request.sim = sim;
  if (policy) request.policy = unwrap(recon::load_policy(*policy));
  request.market_data = market_data.value_or("");
  request.noise_floor = noise_floor.value_or("");
  request.check_self_consistency = check_self_consistency;
  return request;
}

/// A report on two runs; its sections are computed when they are asked for. Computing releases the
/// GIL and takes turns, so that threads may share one.
class Report {
 public:
  explicit Report(const flow::ReportRequest& request) {
    py::gil_scoped_release released;
    prepared_ = unwrap(flow::prepare_report(request));
    report_ = std::make_unique<report::ComputedReport>(prepared_->input);
  }

  std::vector<std::string> section_ids() const { return report_->section_ids(); }
  std::string verdict() const { return std::string(to_string(prepared_->comparison.verdict)); }
  int exit_code() const { return recon::exit_code_of(prepared_->comparison.verdict); }
  std::string sentence() { return report_->sentence(); }
  std::string failed_check() { return report_->failed_check(); }

  std::vector<std::string> complaints() const {
    std::vector<std::string> out;
    for (const Error& error : prepared_->complaints) out.push_back(to_string(error));
    return out;
  }

  py::dict summary() {
    return dict_of([this] { return &report_->summary(); });
  }

  py::dict section(const std::string& id) {
    return dict_of([this, &id] { return report_->section(id); });
  }

  /// (comparison, findings) as compare() gives them; the findings of the checks are among them.
  std::pair<std::string, std::string> comparison() const {
    py::gil_scoped_release released;
    return {recon::to_json(prepared_->comparison), lines_of(prepared_->comparison.findings)};
  }

 private:
  template <typename Compute>
  py::dict dict_of(const Compute& compute) {
    const report::ComputedSection* section = [&] {
      py::gil_scoped_release released;
      const std::lock_guard lock(mutex_);
      return compute();  // Lives and stays as it is for as long as the report.
    }();
    if (section == nullptr) throw py::key_error("no such section");
    py::list tables;
    for (const report::SectionTable& table : section->tables) {
      tables.append(py::make_tuple(table.caption, table.columns, table.rows));
    }
    py::dict out;
    out["id"] = section->id;
    out["title"] = section->title;
    out["ok"] = section->ok;
    out["lacks"] = section->lacks;
    out["text"] = section->text;
    out["html"] = section->html;
    out["tables"] = tables;
    return out;
  }

  std::unique_ptr<flow::PreparedReport> prepared_;
  std::unique_ptr<report::ComputedReport> report_;  // reads what `prepared_` owns
  std::mutex mutex_;
};

}  // namespace

void bind_report(py::module_& module) {
  py::class_<Report>(module, "Report")
      .def(py::init([](const std::string& prod, const std::string& sim, const std::string& kind,
                       const std::optional<std::string>& policy,
                       const std::optional<std::string>& market_data,
                       const std::optional<std::string>& noise_floor, bool check_self_consistency) {
             return std::make_unique<Report>(request_of(prod, sim, kind, policy, market_data,
                                                        noise_floor, check_self_consistency));
           }),
           py::arg("prod"), py::arg("sim"), py::kw_only(), py::arg("kind"), py::arg("policy"),
           py::arg("market_data"), py::arg("noise_floor"), py::arg("check_self_consistency"))
      .def_property_readonly("section_ids", &Report::section_ids)
      .def_property_readonly("verdict", &Report::verdict)
      .def_property_readonly("exit_code", &Report::exit_code)
      .def_property_readonly("sentence", &Report::sentence)
      .def_property_readonly("failed_check", &Report::failed_check)
      .def_property_readonly("complaints", &Report::complaints)
      .def("summary", &Report::summary)
      .def("section", &Report::section, py::arg("id"))
      .def("comparison", &Report::comparison);
}

}  // namespace tieout::python
