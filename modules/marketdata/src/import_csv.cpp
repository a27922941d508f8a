#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tieout/core/csv.hpp"
#include "tieout/core/numbers.hpp"
#include "tieout/marketdata/import.hpp"

#include "bar_order.hpp"
#include "text_source.hpp"

namespace tieout::marketdata {
namespace {

using Fields = std::vector<std::string_view>;

constexpr std::array<std::string_view, 8> kUniformColumns{
    "start_timestamp", "end_timestamp", "full_symbol", "open", "high", "low", "close", "volume"};
constexpr std::array<std::string_view, 4> kPriceNames{"open", "high", "low", "close"};

/// Parses one file. Keeps the line of every bar for messages.
class Importer {
 public:
  Importer(std::string_view who, const CsvImportOptions& options) : who_(who), options_(options) {}

  Result<std::vector<BarVersion>> parse(std::string_view text);

 private:
  Status parse_uniform(CsvReader& reader);
  Status parse_klines(CsvReader& reader);
  Status add_uniform(const Fields& fields, const std::array<std::size_t, 8>& columns);
  Status add_kline(const Fields& fields, AssetId asset);
  Result<bool> next_row(CsvReader& reader) const;
  Result<AssetId> asset_of(std::string_view symbol);
  Result<Timestamp> time_of(std::string_view text, std::string_view field) const;
  Result<double> number_of(std::string_view text, std::string_view field) const;
  Status set_prices(BarVersion& bar, const std::array<std::string_view, 4>& texts) const;
  Status add(BarVersion bar);
  Result<std::vector<BarVersion>> sorted();
  Error malformed(std::string_view what) const {
    return {ErrorCode::kMalformedData, fmt::format("{}: line {}: {}", who_, line_, what)};
  }

  std::string_view who_;
  const CsvImportOptions& options_;
  std::size_t line_ = 0;
  std::vector<BarVersion> bars_;
  std::vector<std::size_t> lines_;  // Of each bar.
  std::map<std::string, AssetId, std::less<>> ids_;
  std::map<AssetId, std::string> symbols_;
};

Result<bool> Importer::next_row(CsvReader& reader) const {
  auto more = reader.next();
  if (!more.ok()) {
    return Error{more.error().code, fmt::format("{}: {}", who_, more.error().message)};
  }
  return more;
}

Result<AssetId> Importer::asset_of(std::string_view symbol) {
  if (const auto known = ids_.find(symbol); known != ids_.end()) {
    return known->second;
  }
  auto id = asset_id_of(symbol);
  if (!id.ok()) {
    return malformed(fmt::format("field full_symbol: found '{}', needed exchange::PAIR", symbol));
  }
  const auto [place, is_new] = symbols_.try_emplace(*id, symbol);
  if (!is_new) {
    return Error{ErrorCode::kDuplicateId,
                 fmt::format("{}: line {}: '{}' and '{}' have the same asset id {}", who_, line_,
                             symbol, place->second, id->value)};
  }
  ids_.emplace(symbol, *id);
  return *id;
}

Result<Timestamp> Importer::time_of(std::string_view text, std::string_view field) const {
  auto time = parse_iso(text);
  if (!time.ok()) {
    return malformed(
        fmt::format("field {}: found '{}', needed YYYY-MM-DD HH:MM:SS+00:00", field, text));
  }
  return *time;
}

Result<double> Importer::number_of(std::string_view text, std::string_view field) const {
  const std::optional<double> value = parse_double(text);
  if (!value || !std::isfinite(*value)) {
    return malformed(fmt::format("field {}: found '{}', needed a finite number", field, text));
  }
  return *value;
}

Status Importer::set_prices(BarVersion& bar, const std::array<std::string_view, 4>& texts) const {
  const std::array<double*, 4> values{&bar.open, &bar.high, &bar.low, &bar.close};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    TIEOUT_TRY(*values[i], number_of(texts[i], kPriceNames[i]));
  }
  return {};
}

Status Importer::add(BarVersion bar) {
  if (bar.start >= bar.end) {
    return malformed(fmt::format("found a bar from {} to {}, needed start before end",
                                 to_iso(bar.start), to_iso(bar.end)));
  }
  // There is no knowledge time in a file: a latency model gives it.
  bar.end_download = bar.end;
  bar.knowledge = bar.end;
  bars_.push_back(std::move(bar));
  lines_.push_back(line_);
  return {};
}

Status Importer::add_uniform(const Fields& fields, const std::array<std::size_t, 8>& columns) {
  const auto field = [&](std::size_t i) { return fields[columns[i]]; };
  const std::array<std::string_view, 4> prices{field(3), field(4), field(5), field(6)};
  if (std::ranges::all_of(prices, &std::string_view::empty)) {
    return {};  // Quotes only: no trade in this minute.
  }
  BarVersion bar;
  TIEOUT_TRY(bar.start, time_of(field(0), kUniformColumns[0]));
  TIEOUT_TRY(bar.end, time_of(field(1), kUniformColumns[1]));
  TIEOUT_TRY(bar.asset, asset_of(field(2)));
  bar.full_symbol = field(2);
  TIEOUT_CHECK(set_prices(bar, prices));
  bar.volume = std::numeric_limits<double>::quiet_NaN();
  if (!field(7).empty()) {
    TIEOUT_TRY(bar.volume, number_of(field(7), kUniformColumns[7]));
  }
  return add(std::move(bar));
}

Status Importer::parse_uniform(CsvReader& reader) {
  std::array<std::size_t, 8> columns{};
  const std::size_t width = reader.fields().size();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto found = find_field(reader.fields(), kUniformColumns[i]);
    if (!found) {
      return Error{ErrorCode::kSchemaMismatch,
                   fmt::format("{}: found columns {}, needed {}", who_,
                               fmt::join(reader.fields(), ","), fmt::join(kUniformColumns, ","))};
    }
    columns[i] = *found;
  }
  while (true) {
    TIEOUT_TRY(const bool more, next_row(reader));
    if (!more) {
      return {};
    }
    line_ = reader.line();
    if (reader.fields().size() != width) {
      return malformed(fmt::format("found {} fields, needed {} as in the header",
                                   reader.fields().size(), width));
    }
    TIEOUT_CHECK(add_uniform(reader.fields(), columns));
  }
}

/// A kline stamp: whole milliseconds or, in files since 2025, microseconds. They are told apart by
/// their size: as microseconds the smallest allowed value is in March 1973, as milliseconds the
/// largest is in the year 5138.
struct KlineStamp {
  Timestamp time;
  Duration unit;
};
std::optional<KlineStamp> kline_stamp(std::string_view text) {
  const std::optional<std::int64_t> value = parse_int(text);
  constexpr std::int64_t kFirstMilli = 100'000'000'000;      // March 1973
  constexpr std::int64_t kFirstMicro = 100'000'000'000'000;  // March 1973
  constexpr std::int64_t kEndMicro = 9'200'000'000'000'000;  // Year 2261
  if (!value || *value < kFirstMilli || *value >= kEndMicro) {
    return std::nullopt;
  }
  const Duration unit = *value < kFirstMicro ? milliseconds(1) : nanoseconds(1000);
  if (*value > std::numeric_limits<std::int64_t>::max() / unit.ns) {
    return std::nullopt;  // Milliseconds after the year 2262.
  }
  return KlineStamp{Timestamp{*value * unit.ns}, unit};
}

Status Importer::add_kline(const Fields& fields, AssetId asset) {
  constexpr std::string_view kNeeded = "needed Unix milliseconds or microseconds";
  const auto open_time = kline_stamp(fields[0]);
  if (!open_time) {
    return malformed(fmt::format("field open_time: found '{}', {}", fields[0], kNeeded));
  }
  const auto close_time = kline_stamp(fields[6]);
  if (!close_time || close_time->unit != open_time->unit) {
    return malformed(fmt::format("field close_time: found '{}', {} as in open_time '{}'", fields[6],
                                 kNeeded, fields[0]));
  }
  BarVersion bar;
  bar.asset = asset;
  bar.full_symbol = options_.full_symbol;
  bar.start = open_time->time;
  bar.end = close_time->time + close_time->unit;  // close_time is the last unit inside the bar.
  TIEOUT_CHECK(set_prices(bar, {fields[1], fields[2], fields[3], fields[4]}));
  TIEOUT_TRY(bar.volume, number_of(fields[5], "volume"));
  return add(std::move(bar));
}

Status Importer::parse_klines(CsvReader& reader) {
  if (options_.full_symbol.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("{}: a kline file names no symbol, needed one such as "
                             "binance::BTC_USDT",
                             who_)};
  }
  TIEOUT_TRY(const AssetId asset, asset_id_of(options_.full_symbol));
  bool more = true;
  if (!parse_int(reader.fields()[0])) {
    TIEOUT_TRY(more, next_row(reader));  // The first row is a header.
  }
  while (more) {
    line_ = reader.line();
    if (reader.fields().size() != 12) {
      return malformed(
          fmt::format("found {} fields, needed the 12 of a kline", reader.fields().size()));
    }
    TIEOUT_CHECK(add_kline(reader.fields(), asset));
    TIEOUT_TRY(more, next_row(reader));
  }
  return {};
}

/// The bars in the order of (end, asset); a bar that is there twice is an error.
Result<std::vector<BarVersion>> Importer::sorted() {
  std::vector<std::size_t> order(bars_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
    return by_end_and_asset(bars_[a], bars_[b]);
  });
  std::vector<BarVersion> out;
  out.reserve(bars_.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    BarVersion& bar = bars_[order[i]];
    if (!out.empty() && out.back().end == bar.end && out.back().asset == bar.asset) {
      return Error{
          ErrorCode::kMalformedData,
          fmt::format("{}: line {}: repeats the bar of {} that ends {} and is on line {}", who_,
                      lines_[order[i]], bar.full_symbol, to_iso(bar.end), lines_[order[i - 1]])};
    }
    out.push_back(std::move(bar));
  }
  return out;
}

Result<std::vector<BarVersion>> Importer::parse(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) {
    text.remove_prefix(kByteOrderMark.size());
  }
  CsvReader reader(text);
  TIEOUT_TRY(const bool more, next_row(reader));
  if (!more) {
    return Error{ErrorCode::kSchemaMismatch,
                 fmt::format("{}: found an empty file, needed a header or klines", who_)};
  }
  const Fields& first = reader.fields();
  const bool is_kline = first.size() == 12 &&
                        (parse_int(first[0]) || first[0] == "open_time" || first[0] == "Open time");
  bars_.reserve(static_cast<std::size_t>(std::ranges::count(text, '\n')));
  lines_.reserve(bars_.capacity());
  if (is_kline) {
    TIEOUT_CHECK(parse_klines(reader));
  } else {
    TIEOUT_CHECK(parse_uniform(reader));
  }
  return sorted();
}

}  // namespace

Result<std::vector<BarVersion>> import_bars_csv(const std::filesystem::path& path,
                                                const CsvImportOptions& options) {
  TIEOUT_TRY(const std::string text, read_text(path));
  const std::string who = fmt::format("import_bars_csv: '{}'", path.string());
  return Importer(who, options).parse(text);
}

std::string bars_csv(std::span<const BarVersion> bars) {
  const auto number = [](double value) {
    return std::isnan(value) ? std::string() : format_double(value);
  };
  std::string text = "start_timestamp,end_timestamp,full_symbol,open,high,low,close,volume\n";
  for (const BarVersion& bar : bars) {
    text += fmt::format("{},{},{},{},{},{},{},{}\n", to_iso(bar.start), to_iso(bar.end),
                        csv_field(bar.full_symbol), number(bar.open), number(bar.high),
                        number(bar.low), number(bar.close), number(bar.volume));
  }
  return text;
}

}  // namespace tieout::marketdata
