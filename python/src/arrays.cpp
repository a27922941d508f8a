#include "arrays.hpp"

#include <bit>
#include <cstring>

namespace tieout::python {
namespace py = pybind11;

namespace {

static_assert(sizeof(Timestamp) == sizeof(std::int64_t), "times are viewed as int64");

py::array as_times(const py::array& nanoseconds) {
  return nanoseconds.attr("view")("datetime64[ns]");
}

template <typename T>
py::array array_of(const std::vector<T>& values) {
  return py::array(py::dtype::of<T>(), {values.size()}, values.data());
}

/// A column of words as Python has its type; a null makes it a list with None.
py::object words_of(std::span<const double> cells, ColumnType type, const StringPool* strings) {
  std::vector<std::int64_t> words;
  words.reserve(cells.size());
  bool has_null = false;
  for (const double cell : cells) {
    words.push_back(std::bit_cast<std::int64_t>(cell));
    has_null = has_null || words.back() == kNullWord;
  }
  if (type == ColumnType::kTimestamp) {  // numpy's NaT is kNullWord.
    return as_times(array_of(words));
  }
  if (type == ColumnType::kInt64 && !has_null) {
    return array_of(words);
  }
  py::list values;
  for (const std::int64_t word : words) {
    if (word == kNullWord) {
      values.append(py::none());
    } else if (type == ColumnType::kString) {
      values.append(strings == nullptr ? py::str() : py::str(std::string(strings->text(word))));
    } else if (type == ColumnType::kBool) {
      values.append(py::bool_(word != 0));
    } else {
      values.append(py::int_(word));
    }
  }
  return values;
}

/// The panel's columns as one array: they lie at equal distances, each contiguous.
py::array values_of(const std::shared_ptr<const Panel>& panel) {
  const std::size_t rows = panel->row_count();
  const std::size_t columns = panel->column_count();
  if (rows == 0 || columns == 0) {
    return py::array_t<double>({rows, columns});
  }
  const double* first = panel->column(0).data();
  const std::ptrdiff_t step =
      columns > 1 ? panel->column(1).data() - first : static_cast<std::ptrdiff_t>(rows);
  const auto keeper = new std::shared_ptr<const Panel>(panel);
  const py::capsule owner(
      keeper, [](void* held) { delete static_cast<std::shared_ptr<const Panel>*>(held); });
  py::array values(py::dtype::of<double>(), {rows, columns},
                   {static_cast<py::ssize_t>(sizeof(double)),
                    static_cast<py::ssize_t>(sizeof(double)) * static_cast<py::ssize_t>(step)},
                   first, owner);
  values.attr("flags").attr("writeable") = false;
  return values;
}

struct ColumnToPython {
  py::object operator()(const std::vector<double>& v) const { return array_of(v); }
  py::object operator()(const std::vector<std::int64_t>& v) const { return array_of(v); }
  py::object operator()(const std::vector<std::uint8_t>& v) const {
    return array_of(v).attr("astype")("bool");
  }
  py::object operator()(const std::vector<std::string>& v) const {
    py::list out;
    for (const std::string& text : v) out.append(py::str(text));
    return out;
  }
  py::object operator()(const std::vector<Timestamp>& v) const { return times_of(v); }
};

}  // namespace

py::array times_of(std::span<const Timestamp> times) {
  std::vector<std::int64_t> nanoseconds;
  nanoseconds.reserve(times.size());
  for (const Timestamp t : times) nanoseconds.push_back(t.ns);
  return as_times(array_of(nanoseconds));
}

py::dict panel_dict(std::shared_ptr<const Panel> panel, const std::vector<ColumnType>& types,
                    const StringPool* strings) {
  py::list fields;
  py::list assets;
  for (const ColumnKey& key : panel->columns()) {
    fields.append(py::str(key.field));
    assets.append(key.asset == kNoAsset ? py::object(py::none())
                                        : py::object(py::int_(key.asset.value)));
  }
  py::dict typed;
  for (std::size_t c = 0; c < types.size(); ++c) {
    if (types[c] != ColumnType::kFloat64) {
      typed[py::int_(c)] = words_of(panel->column(c), types[c], strings);
    }
  }
  py::dict out;
  out["index"] = times_of(panel->index());
  out["values"] = values_of(panel);
  out["fields"] = fields;
  out["assets"] = assets;
  out["typed"] = typed;
  return out;
}

py::dict table_dict(const Table& table) {
  py::dict out;
  for (const TypedColumn& column : table.columns) {
    out[py::str(column.name)] = std::visit(ColumnToPython{}, column.values);
  }
  return out;
}

py::object json_object(const std::string& text) {
  return py::module_::import("json").attr("loads")(text);
}

}  // namespace tieout::python
