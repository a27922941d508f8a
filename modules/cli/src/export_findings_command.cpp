#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/core/time.hpp"
#include "tieout/frames/file.hpp"
#include "tieout/recon/finding.hpp"

#include "commands.hpp"

namespace tieout::cli {
namespace {

namespace fs = std::filesystem;

/// What a field of a finding becomes in a Parquet file.
enum class FieldType { kText, kInteger, kNumber, kSwitch, kInstant };
struct Field {
  const char* name;
  FieldType type;
};

// docs/formats/findings.md, in its order.
constexpr std::array kFields{
    Field{"schema", FieldType::kText},       Field{"break_id", FieldType::kText},
    Field{"check", FieldType::kText},        Field{"layer", FieldType::kText},
    Field{"kind", FieldType::kText},         Field{"bar", FieldType::kInstant},
    Field{"part", FieldType::kText},         Field{"column", FieldType::kText},
    Field{"asset", FieldType::kInteger},     Field{"row", FieldType::kInstant},
    Field{"key", FieldType::kText},          Field{"left", FieldType::kText},
    Field{"right", FieldType::kText},        Field{"abs", FieldType::kNumber},
    Field{"rel", FieldType::kNumber},        Field{"ulp", FieldType::kText},
    Field{"is_root", FieldType::kSwitch},    Field{"parent", FieldType::kText},
    Field{"severity", FieldType::kText},     Field{"remark", FieldType::kSwitch},
    Field{"rule", FieldType::kText},         Field{"note", FieldType::kText},
    Field{"wall_left", FieldType::kInstant}, Field{"wall_right", FieldType::kInstant},
    Field{"left_run", FieldType::kText},     Field{"right_run", FieldType::kText},
};

/// A column that grows by JSON values of its type.
class FieldColumn {
 public:
  explicit FieldColumn(const Field& field) : type_(field.type) {
    column_.label = {field.name};
    switch (type_) {
      case FieldType::kText:
        column_.values = std::vector<std::string>{};
        break;
      case FieldType::kInteger:
        column_.values = std::vector<std::int64_t>{};
        break;
      case FieldType::kNumber:
        column_.values = std::vector<double>{};
        break;
      case FieldType::kSwitch:
        column_.values = std::vector<std::uint8_t>{};
        break;
      case FieldType::kInstant:
        column_.values = std::vector<Timestamp>{};
        break;
    }
  }

  /// False when the value has another type.
  bool add(const nlohmann::json& value) {
    column_.valid.push_back(value.is_null() ? 0 : 1);
    switch (type_) {
      case FieldType::kText:
        // An unsigned number of 64 bits has no column type of its own.
        get<std::string>().push_back(value.is_string() ? value.get<std::string>()
                                     : value.is_null() ? std::string()
                                                       : value.dump());
        return true;
      case FieldType::kInteger:
        get<std::int64_t>().push_back(value.is_number_integer() ? value.get<std::int64_t>() : 0);
        return value.is_null() || value.is_number_integer();
      case FieldType::kNumber:
        get<double>().push_back(value.is_number() ? value.get<double>()
                                                  : std::numeric_limits<double>::quiet_NaN());
        return value.is_null() || value.is_number();
      case FieldType::kSwitch:
        get<std::uint8_t>().push_back(value.is_boolean() && value.get<bool>() ? 1 : 0);
        return value.is_boolean();
      case FieldType::kInstant: {
        const auto instant = value.is_string() ? parse_iso(value.get<std::string>())
                                               : Result<Timestamp>(Timestamp{});
        get<Timestamp>().push_back(instant.ok() ? *instant : Timestamp{});
        return value.is_null() || (value.is_string() && instant.ok());
      }
    }
    return false;
  }

  frames::FrameColumn take() && {
    if (std::find(column_.valid.begin(), column_.valid.end(), 0) == column_.valid.end()) {
      column_.valid.clear();
    }
    return std::move(column_);
  }

 private:
  template <typename T>
  std::vector<T>& get() {
    return std::get<std::vector<T>>(column_.values);
  }
  FieldType type_;
  frames::FrameColumn column_;
};

/// The findings file that `path` is, or that lies in the report or reconciliation that it is.
Result<fs::path> find_findings(const std::string& path) {
  std::error_code code;
  if (fs::is_regular_file(path, code)) {
    return fs::path(path);
  }
  for (const char* below :
       {"", "result_0", "fast/result_0", "slow/result_0", "reconciliation_notebook/fast/result_0",
        "reconciliation_notebook/slow/result_0"}) {
    const fs::path file = fs::path(path) / below / "findings.jsonl";
    if (fs::is_regular_file(file, code)) {
      return file;
    }
  }
  return Error{ErrorCode::kFileNotFound,
               fmt::format("export_findings: '{}' is no findings.jsonl and holds none", path)};
}

Result<frames::Frame> read_findings(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    return Error{ErrorCode::kFileUnreadable,
                 fmt::format("export_findings: '{}' cannot be read", file.string())};
  }
  std::vector<FieldColumn> columns;
  for (const Field& field : kFields) {
    columns.emplace_back(field);
  }
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    const auto bad = [&](const std::string& what) {
      return Error{ErrorCode::kMalformedData,
                   fmt::format("export_findings: '{}' line {}: {}", file.string(), number, what)};
    };
    if (!json.is_object() || json.value("schema", "") != recon::kFindingSchema) {
      return bad(fmt::format("needed an object of schema {}", recon::kFindingSchema));
    }
    for (std::size_t f = 0; f < kFields.size(); ++f) {
      const auto value = json.find(kFields[f].name);
      if (value == json.end() || !columns[f].add(*value)) {
        return bad(fmt::format("the field '{}' is missing or has another type", kFields[f].name));
      }
    }
  }
  frames::Frame frame;
  frame.zone = "UTC";
  for (FieldColumn& column : columns) {
    frame.columns.push_back(std::move(column).take());
  }
  return frame;
}

class ExportFindings final : public Command {
 public:
  std::string_view name() const noexcept override { return "export_findings"; }
  std::string_view summary() const noexcept override {
    return "Write the findings of a report as one Parquet or CSV file";
  }
  std::vector<Flag> flags() override {
    return {
        {"FINDINGS", &source_, "findings.jsonl, or the report or reconciliation that holds it",
         Need::kRequired},
        {"--dst", &dst_, "File to write; it must not exist", Need::kRequired, "FILE"},
        {"--format", &format_, "Format of the file", Need::kOptional, "", {"parquet", "csv"}},
    };
  }
  Result<int> run(Session& session) override {
    TIEOUT_TRY(const fs::path file, find_findings(source_));
    TIEOUT_TRY(const frames::Frame frame, read_findings(file));
    TIEOUT_CHECK(format_ == "csv" ? frames::write_csv(frame, dst_)
                                  : frames::write_parquet(frame, dst_));
    session.out << fmt::format("exported {} findings to {}\n", frame.row_count(), dst_);
    return 0;
  }

 private:
  std::string source_, dst_;
  std::string format_ = "parquet";
};

}  // namespace

std::unique_ptr<Command> make_export_findings() {
  return std::make_unique<ExportFindings>();
}

}  // namespace tieout::cli
