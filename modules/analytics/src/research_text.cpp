#include <algorithm>
#include <cctype>
#include <cmath>

#include <fmt/format.h>

#include "tieout/analytics/research_portfolio.hpp"
#include "tieout/core/numbers.hpp"

namespace tieout::analytics {
namespace {

bool is_decimal(const std::string& text) {
  return text.find('.') != std::string::npos &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isdigit(c) != 0 || c == '.' || c == '-' || c == ' ';
         });
}

/// Zeros that all numbers of the column end with, but for one decimal.
void trim_common_zeros(std::vector<std::string>& texts) {
  const auto all_end_with_zero = [&] {
    bool any = false;
    for (const std::string& text : texts) {
      if (!is_decimal(text)) continue;
      if (text.back() != '0' || text[text.size() - 2] == '.') return false;
      any = true;
    }
    return any;
  };
  while (all_end_with_zero()) {
    for (std::string& text : texts) {
      if (is_decimal(text)) text.pop_back();
    }
  }
}

/// A column as pandas prints it with display.precision 2: fixed, or scientific where a number would
/// be lost or too long.
std::vector<std::string> pandas_column(std::span<const double> column) {
  constexpr std::size_t kDigits = 2;
  constexpr int kRounding = 6;
  constexpr double kSmallest = 0.01;
  constexpr double kLarge = 1e6;
  std::vector<double> values;
  bool has_large = false;
  bool has_small = false;
  for (const double raw : column) {
    const double value = round_decimals(raw, kRounding) + 0.0;  // no -0
    values.push_back(value);
    has_large = has_large || std::abs(value) > kLarge;
    has_small = has_small || (std::abs(value) < kSmallest && value != 0.0);
  }
  const auto format = [&](auto one) {
    std::vector<std::string> texts;
    for (const double value : values) texts.push_back(std::isnan(value) ? "NaN" : one(value));
    trim_common_zeros(texts);
    return texts;
  };
  std::vector<std::string> texts =
      format([](double value) { return fmt::format("{: .2f}", value); });
  std::size_t longest = 0;
  for (const std::string& text : texts) longest = std::max(longest, text.size());
  if (has_small || (has_large && longest > kDigits + 6)) {
    texts = format([](double value) { return fmt::format("{: .2e}", value); });
  }
  return texts;
}

struct NamedColumn {
  std::string name;
  std::span<const double> values;
};

std::string pandas_table(std::span<const Timestamp> index, const std::vector<NamedColumn>& columns,
                         Zone zone) {
  std::vector<std::string> lines{""};
  for (const Timestamp bar : index) lines.push_back(to_local_iso(bar, zone));
  std::size_t width = 0;
  for (const std::string& line : lines) width = std::max(width, line.size());
  for (std::string& line : lines) line.resize(width, ' ');
  for (const NamedColumn& column : columns) {
    std::vector<std::string> cells = pandas_column(column.values);
    cells.insert(cells.begin(), " " + column.name);
    std::size_t widest = 0;
    for (const std::string& cell : cells) widest = std::max(widest, cell.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      lines[i] += " " + std::string(widest - cells[i].size(), ' ') + cells[i];
    }
  }
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

}  // namespace

std::string to_text(const ResearchPortfolio& research, Zone zone) {
  const Panel& portfolio = research.portfolio;
  std::string text;
  for (const char* field : {"holdings_shares", "holdings_notional", "executed_trades_shares",
                            "executed_trades_notional", "pnl"}) {
    // The rows that the portfolio has: the input's others hold no position.
    const std::vector<std::size_t> columns = portfolio.columns_of(field);
    std::vector<Timestamp> bars;
    std::vector<std::vector<double>> values(columns.size());
    for (const Timestamp bar : research.statistics.index()) {
      const std::size_t row = *portfolio.find_row(bar);
      bars.push_back(bar);
      for (std::size_t c = 0; c < columns.size(); ++c) {
        values[c].push_back(portfolio.at(row, columns[c]));
      }
    }
    std::vector<NamedColumn> named;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      named.push_back({fmt::format("{}", portfolio.columns()[columns[c]].asset.value), values[c]});
    }
    text += fmt::format("# {}=\n{}", field, pandas_table(bars, named, zone));
  }
  std::vector<NamedColumn> named;
  for (std::size_t c = 0; c < research.statistics.column_count(); ++c) {
    named.push_back({research.statistics.columns()[c].field, research.statistics.column(c)});
  }
  return text + "# statistics=\n" + pandas_table(research.statistics.index(), named, zone);
}

}  // namespace tieout::analytics
