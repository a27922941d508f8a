#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tieout/oms/oms_database.hpp"

#include "commands.hpp"

namespace tieout::cli {
namespace {

using Json = nlohmann::ordered_json;

/// One line for each row, columns padded to their widest cell; an order list is shown as its first
/// line and the number of its lines.
std::string text_of(std::string_view name, const Table& table) {
  std::vector<std::vector<std::string>> lines(table.row_count() + 1);
  for (const TypedColumn& column : table.columns) {
    std::vector<std::string> cells{column.name};
    for (std::size_t row = 0; row < table.row_count(); ++row) {
      std::string cell = cell_text(column, row);
      if (const std::size_t end = cell.find('\n'); end != std::string::npos) {
        cell = fmt::format("{} (and {} more)", cell.substr(0, end),
                           std::count(cell.begin(), cell.end(), '\n'));
      }
      cells.push_back(std::move(cell));
    }
    std::size_t width = 0;
    for (const std::string& cell : cells) {
      width = std::max(width, cell.size());
    }
    for (std::size_t i = 0; i < cells.size(); ++i) {
      lines[i].push_back(fmt::format("{:<{}}", cells[i], width));
    }
  }
  std::string text = fmt::format("{}: {} rows\n", name, table.row_count());
  for (std::size_t i = 0; table.row_count() > 0 && i < lines.size(); ++i) {
    std::string line = fmt::format("  {}", fmt::join(lines[i], "  "));
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

Json json_of(const Table& table) {
  Json rows = Json::array();
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    Json object = Json::object();
    for (const TypedColumn& column : table.columns) {
      object[column.name] = cell_text(column, row);
    }
    rows.push_back(std::move(object));
  }
  return rows;
}

class OmsDbShow final : public Command {
 public:
  std::string_view name() const noexcept override { return "oms_db show"; }
  std::string_view summary() const noexcept override {
    return "Print the tables of an OMS database: order lists, answers, positions, restrictions";
  }
  std::vector<Flag> flags() override {
    return {
        {"DATABASE", &file_,
         "SQLite file of --oms_db, 'postgresql:' (by the PG* environment variables) or "
         "'postgresql:FILE' (connection file of mode 0600)",
         Need::kRequired},
        {"--table", &table_, "Only this table (default: all)", Need::kOptional, "NAME",
         oms::OmsDatabase::table_names()},
        {"--json", &json_, "Print every row as JSON, cells as text"},
    };
  }
  Result<int> run(Session& session) override {
    constexpr auto kMode = oms::SqlOpen::kReadOnly;
    TIEOUT_TRY(std::unique_ptr<oms::SqlSession> connection, oms::open_sql_session(file_, kMode));
    TIEOUT_TRY(oms::OmsDatabase database, oms::OmsDatabase::open(std::move(connection), kMode));
    Json json = Json::object();
    for (const std::string& name : oms::OmsDatabase::table_names()) {
      if (!table_.empty() && table_ != name) {
        continue;
      }
      TIEOUT_TRY(const Table table, database.dump(name));
      if (json_) {
        json[name] = json_of(table);
      } else {
        session.out << text_of(name, table);
      }
    }
    if (json_) {
      session.out << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
    }
    return 0;
  }

 private:
  std::string file_, table_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_oms_db_show() {
  return std::make_unique<OmsDbShow>();
}

}  // namespace tieout::cli
