#include "run.hpp"

#include <algorithm>

#include "tieout/recon/trading_frames.hpp"
#include "tieout/reference/log_reader.hpp"

#include "arrays.hpp"
#include "errors.hpp"

namespace tieout::python {
namespace py = pybind11;

namespace {

void need_index(std::string_view what, std::size_t index, std::size_t count) {
  if (index >= count) {
    throw py::index_error(std::string(what) + " " + std::to_string(index) + ": the run has " +
                          std::to_string(count));
  }
}

runlog::TableKind table_kind(const std::string& name) {
  const auto found = std::ranges::find(runlog::kTableKinds, name, [](runlog::TableKind kind) {
    return std::string(runlog::to_string(kind));
  });
  if (found == runlog::kTableKinds.end()) {
    std::string known;
    for (const runlog::TableKind kind : runlog::kTableKinds) {
      known += (known.empty() ? "" : ", ") + std::string(runlog::to_string(kind));
    }
    throw py::value_error("'" + name + "' is no table of a run log; needed one of " + known);
  }
  return *found;
}

std::string_view kind_name(runlog::JournalEntry::Kind kind) {
  using Kind = runlog::JournalEntry::Kind;
  switch (kind) {
    case Kind::kDecision:
      return "decision";
    case Kind::kMarketRead:
      return "market_read";
    case Kind::kClockRead:
      return "clock_read";
    case Kind::kStatus:
      return "status";
    case Kind::kFunding:
      return "funding";
  }
  return "unknown";
}

py::dict entry_dict(const runlog::JournalEntry& entry) {
  using Kind = runlog::JournalEntry::Kind;
  py::dict out;
  out["kind"] = std::string(kind_name(entry.kind));
  out["time_ns"] = entry.time.ns;
  out["purpose"] = entry.purpose;
  if (entry.kind == Kind::kDecision || entry.kind == Kind::kMarketRead) {
    out["as_of_ns"] = entry.as_of.knowledge.ns;
  }
  if (entry.kind == Kind::kDecision) out["outcome"] = std::string(to_string(entry.outcome));
  py::list assets;
  for (const AssetId asset : entry.laggards) assets.append(asset.value);
  out["assets"] = assets;
  out["row_count"] = entry.row_count;
  if (entry.kind == Kind::kMarketRead) out["content"] = to_hex(entry.content);
  return out;
}

/// Run `read` without the GIL, one reader of the run at a time.
template <typename Read>
auto without_gil(std::mutex& mutex, Read read) {
  py::gil_scoped_release released;
  const std::lock_guard lock(mutex);
  return read();
}

}  // namespace

Run::Run(const std::string& directory) {
  py::gil_scoped_release released;
  source_ = unwrap(reference::open_run(directory, strings_));
}

py::array Run::bars() const {
  std::vector<Timestamp> bars;
  for (const runlog::BarRecord& record : source_->bars()) bars.push_back(record.bar);
  return times_of(bars);
}

py::list Run::nodes() const {
  py::list out;
  for (const runlog::NodeInfo& node : source_->manifest().nodes) out.append(node.name);
  return out;
}

py::list Run::universe() const {
  py::list out;
  for (const Asset& asset : source_->manifest().universe) {
    out.append(py::make_tuple(asset.id.value, asset.full_symbol));
  }
  return out;
}

py::list Run::notes() const {
  py::list out;
  for (const std::string& note : source_->notes()) out.append(note);
  return out;
}

py::list Run::content_hashes() const {
  py::list out;
  for (const runlog::BarRecord& record : source_->bars()) out.append(to_hex(record.content_hash));
  return out;
}

py::dict Run::df_out(std::size_t node, std::size_t bar) const {
  need_index("node", node, source_->manifest().nodes.size());
  need_index("bar", bar, source_->bars().size());
  const runlog::NodeInfo& info = source_->manifest().nodes[node];
  std::shared_ptr<const Panel> panel = without_gil(mutex_, [&] {
    return std::make_shared<const Panel>(unwrap(source_->node_output(info.topological_id, bar)));
  });
  return panel_dict(std::move(panel), info.types, source_->strings());
}

py::object Run::table(const std::string& name, std::size_t bar) const {
  const runlog::TableKind kind = table_kind(name);
  need_index("bar", bar, source_->bars().size());
  const std::optional<Table> table =
      without_gil(mutex_, [&] { return unwrap(source_->table(kind, bar)); });
  return table ? py::object(table_dict(*table)) : py::object(py::none());
}

py::dict Run::trading_frames() const {
  recon::TradingFrames frames =
      without_gil(mutex_, [&] { return unwrap(recon::read_trading_frames(*source_)); });
  py::dict out;
  const auto panel = [](Panel&& p) {
    return panel_dict(std::make_shared<const Panel>(std::move(p)), {}, nullptr);
  };
  out["portfolio"] = panel(std::move(frames.portfolio));
  out["target_positions"] = panel(std::move(frames.target_positions));
  out["statistics"] = panel(std::move(frames.statistics));
  out["orders"] = table_dict(frames.orders);
  out["fills"] = table_dict(frames.fills);
  return out;
}

py::list Run::journal(std::size_t bar) const {
  need_index("bar", bar, source_->bars().size());
  const auto entries = without_gil(mutex_, [&] { return unwrap(source_->journal(bar)); });
  py::list out;
  for (const runlog::JournalEntry& entry : entries) out.append(entry_dict(entry));
  return out;
}

void bind_run(py::module_& module) {
  py::class_<Run>(module, "Run", "A recorded run, ours or the reference's.")
      .def(py::init<const std::string&>(), py::arg("directory"))
      .def_property_readonly("directory", &Run::directory)
      .def_property_readonly("sealed", [](const Run& run) { return run.source().sealed(); })
      .def_property_readonly("bar_ns",
                             [](const Run& run) { return run.source().manifest().bar.ns; })
      .def_property_readonly("has_journal",
                             [](const Run& run) { return run.source().has_journal(); })
      .def_property_readonly("bars", &Run::bars)
      .def_property_readonly("nodes", &Run::nodes)
      .def_property_readonly("universe", &Run::universe)
      .def_property_readonly("notes", &Run::notes)
      .def_property_readonly("content_hashes", &Run::content_hashes)
      .def("manifest_json", &Run::manifest_json)
      .def("config_json", &Run::config_json)
      .def(
          "has_window",
          [](const Run& run, std::size_t node, std::size_t bar) {
            need_index("node", node, run.source().manifest().nodes.size());
            need_index("bar", bar, run.source().bars().size());
            return run.source().has_window(run.source().manifest().nodes[node].topological_id, bar);
          },
          py::arg("node"), py::arg("bar"))
      .def("df_out", &Run::df_out, py::arg("node"), py::arg("bar"))
      .def("table", &Run::table, py::arg("name"), py::arg("bar"))
      .def("trading_frames", &Run::trading_frames)
      .def("journal", &Run::journal, py::arg("bar"));
}

}  // namespace tieout::python
