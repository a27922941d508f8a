#include "facts.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "drill_down.hpp"

namespace tieout::report {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Side make_side(std::string name, const runlog::RunReader* run) {
  Side side;
  side.name = std::move(name);
  side.run = run;
  if (run == nullptr) {
    side.statistics =
        Error{ErrorCode::kIncompleteEvidence, side.name + ": there is no run log of this side"};
    side.trading = side.statistics.error();
  } else {
    side.statistics = read_statistics(*run);
    side.trading = recon::read_trading_frames(*run);
  }
  return side;
}

std::map<AssetId, std::string> symbols_of(const ReportInput& input) {
  std::map<AssetId, std::string> symbols;
  for (const runlog::RunReader* run : {input.prod, input.sim}) {
    if (run == nullptr) continue;
    for (const Asset& asset : run->manifest().universe)
      symbols.emplace(asset.id, asset.full_symbol);
  }
  return symbols;
}

std::vector<std::pair<std::string, std::string>> merged_parameters(const ReportInput& input) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& item : input.parameters) {
    const auto same = std::find_if(out.begin(), out.end(),
                                   [&item](const auto& own) { return own.first == item.first; });
    if (same == out.end()) {
      out.push_back(item);
    } else {
      same->second += ";" + item.second;
    }
  }
  return out;
}

std::string common_quote(const std::map<AssetId, std::string>& symbols) {
  std::string quote;
  for (const auto& item : symbols) {
    const std::size_t separator = item.second.rfind('_');
    const std::string own = separator == std::string::npos ? "" : item.second.substr(separator + 1);
    if (own.empty() || (!quote.empty() && own != quote)) return "";
    quote = own;
  }
  return quote;
}

std::string name_or(const recon::Comparison* comparison, std::string recon::Comparison::*name,
                    const std::string& fallback) {
  return comparison == nullptr || (comparison->*name).empty() ? fallback : comparison->*name;
}

}  // namespace

const std::vector<double>* StatisticsSeries::find(std::string_view name) const noexcept {
  const auto it = std::find(names.begin(), names.end(), name);
  return it == names.end() ? nullptr : &values[static_cast<std::size_t>(it - names.begin())];
}

Result<StatisticsSeries> read_statistics(const runlog::RunReader& run) {
  StatisticsSeries out;
  bool any = false;
  for (std::size_t i = 0; i < run.bars().size(); ++i) {
    TIEOUT_TRY(const std::optional<Table> table, run.table(runlog::TableKind::kStatistics, i));
    out.bars.push_back(run.bars()[i].bar);
    for (std::vector<double>& series : out.values) series.push_back(kNaN);
    if (!table.has_value() || table->row_count() == 0) continue;
    any = true;
    for (const TypedColumn& column : table->columns) {
      if (column.type() != ColumnType::kFloat64) continue;
      auto it = std::find(out.names.begin(), out.names.end(), column.name);
      if (it == out.names.end()) {
        out.names.push_back(column.name);
        out.values.emplace_back(out.bars.size(), kNaN);
        it = out.names.end() - 1;
      }
      out.values[static_cast<std::size_t>(it - out.names.begin())].back() =
          number_at(&column, table->row_count() - 1);
    }
  }
  if (!any) {
    return Error{ErrorCode::kIncompleteEvidence,
                 fmt::format("read_statistics: no bar of {} wrote portfolio statistics, needed one",
                             run.directory().string())};
  }
  return out;
}

Aligned align(const std::vector<Timestamp>& left_bars, const std::vector<double>& left,
              const std::vector<Timestamp>& right_bars, const std::vector<double>& right) {
  std::map<Timestamp, std::pair<double, double>> merged;
  for (std::size_t i = 0; i < left_bars.size(); ++i) merged[left_bars[i]] = {left[i], kNaN};
  for (std::size_t i = 0; i < right_bars.size(); ++i) {
    merged.try_emplace(right_bars[i], kNaN, kNaN).first->second.second = right[i];
  }
  Aligned out;
  for (const auto& item : merged) {
    out.bars.push_back(item.first);
    out.left.push_back(item.second.first);
    out.right.push_back(item.second.second);
  }
  return out;
}

std::vector<double> cumulative(const std::vector<double>& values) {
  std::vector<double> out;
  double sum = 0;
  for (const double x : values) {
    if (!std::isnan(x)) sum += x;
    out.push_back(sum);
  }
  return out;
}

Facts::Facts(const ReportInput& report_input)
    : input(report_input),
      comparison(report_input.comparison),
      left(
          make_side(name_or(comparison, &recon::Comparison::left_name, "prod"), report_input.prod)),
      right(
          make_side(name_or(comparison, &recon::Comparison::right_name, "sim"), report_input.sim)),
      symbols(symbols_of(report_input)),
      parameters(merged_parameters(report_input)),
      money_unit(common_quote(symbols)) {}

const Result<recon::ResearchLeg>& Facts::research() const {
  if (!research_) {
    const Result<const runlog::RunReader*> run = need_run(left.run != nullptr ? left : right);
    research_ =
        run.ok() ? recon::compute_research_leg(**run) : Result<recon::ResearchLeg>(run.error());
  }
  return *research_;
}

const DrillDown& Facts::drill_down() const {
  if (drill_down_ == nullptr) drill_down_ = std::make_shared<const DrillDown>(*this);
  return *drill_down_;
}

std::string Facts::asset_text(AssetId asset) const {
  if (asset == kNoAsset) return "";
  if (asset == kCash) return "cash";
  const auto it = symbols.find(asset);
  return it == symbols.end() ? fmt::format("asset {}", asset.value) : it->second;
}

Result<const recon::Comparison*> Facts::need_comparison() const {
  if (comparison == nullptr)
    return Error{ErrorCode::kIncompleteEvidence, "the runs were not compared"};
  return comparison;
}

recon::Verdict Facts::verdict() const {
  return comparison == nullptr ? recon::Verdict::kInconclusive : comparison->verdict;
}

Result<const runlog::RunReader*> need_run(const Side& side) {
  if (side.run == nullptr) {
    return Error{ErrorCode::kIncompleteEvidence, side.name + ": there is no run log of this side"};
  }
  return side.run;
}

Cell side_cell(const Side& side,
               const std::function<Result<std::string>(const runlog::RunReader&)>& value) {
  if (side.run == nullptr) return {"no run log", Tone::kWarn};
  Result<std::string> text = value(*side.run);
  if (!text.ok()) return {"not available: " + text.error().message, Tone::kWarn};
  return std::move(text).value();
}

double number_at(const TypedColumn* column, std::size_t row) noexcept {
  if (column == nullptr) return kNaN;
  if (const auto* floats = std::get_if<std::vector<double>>(&column->values)) return (*floats)[row];
  if (const auto* ints = std::get_if<std::vector<std::int64_t>>(&column->values))
    return static_cast<double>((*ints)[row]);
  return kNaN;
}

bool passes(recon::Verdict verdict) noexcept {
  return recon::exit_code_of(verdict) == 0;
}

Tone tone_of(recon::Verdict verdict) noexcept {
  if (passes(verdict)) return Tone::kGood;
  return verdict == recon::Verdict::kDiverged ? Tone::kBad : Tone::kWarn;
}

Tone tone_of(const Facts& facts) noexcept {
  const ObserverFacts* observer = facts.input.observer;
  return observer != nullptr && fired_count(*observer) > 0 ? Tone::kBad : tone_of(facts.verdict());
}

}  // namespace tieout::report
