#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tieout/analytics/bar_metrics.hpp"

namespace tieout::analytics {
namespace {

constexpr std::size_t kMaxBins = 8'000'000;

enum class Gather { kSum, kMean, kLast };

/// How the columns of bar metrics are gathered; what is not here is left out.
constexpr std::pair<std::string_view, Gather> kRules[] = {
    {"pnl", Gather::kSum},         {"gross_volume", Gather::kSum}, {"net_volume", Gather::kSum},
    {"gmv", Gather::kMean},        {"nmv", Gather::kMean},         {"gpc", Gather::kMean},
    {"npc", Gather::kMean},        {"wnl", Gather::kMean},         {"tc", Gather::kSum},
    {"fees", Gather::kSum},        {"funding", Gather::kSum},      {"cash", Gather::kLast},
    {"net_wealth", Gather::kLast}, {"leverage", Gather::kLast},
};

/// Start of the local day that is `count` days after the local day that starts at `midnight`.
Timestamp days_after(Timestamp midnight, std::int64_t count, Zone zone) {
  // A local day lasts 23 to 25 hours, so that its noon plus whole days stays within its day.
  return local_midnight(midnight + hours(12) + days(count), zone);
}

/// Walks the left edges of the bins.
class BinEdges {
 public:
  BinEdges(Timestamp first, const Frequency& frequency, Zone zone)
      : frequency_(frequency), zone_(zone) {
    Timestamp edge = local_midnight(first, zone);
    if (frequency.kind == Frequency::Kind::kBusinessDay) {
      const int weekday = local_weekday(edge + hours(12), zone);
      edge = weekday < 5 ? edge : days_after(edge, 4 - weekday, zone);
    } else if (frequency.period < days(1)) {
      edge = edge + frequency.period * ((first - edge).ns / frequency.period.ns);
    }
    edge_ = edge;
  }

  Timestamp edge() const noexcept { return edge_; }

  Timestamp next() const {
    if (frequency_.kind == Frequency::Kind::kBusinessDay) {
      const int weekday = local_weekday(edge_ + hours(12), zone_);
      return days_after(edge_, weekday == 4 ? 3 : 1, zone_);
    }
    return frequency_.period < days(1)
               ? edge_ + frequency_.period
               : days_after(edge_, frequency_.period.ns / days(1).ns, zone_);
  }

  void advance() { edge_ = next(); }

 private:
  Frequency frequency_;
  Zone zone_;
  Timestamp edge_;
};

/// The left edges of the bins, and for each row the number of its bin.
struct Bins {
  std::vector<Timestamp> edges;
  std::vector<std::size_t> of_row;
};

Result<Bins> make_bins(std::span<const Timestamp> rows, const Frequency& frequency, Zone zone) {
  Bins bins;
  if (rows.empty()) {
    return bins;
  }
  const Duration length =
      frequency.kind == Frequency::Kind::kBusinessDay ? days(1) : frequency.period;
  if (static_cast<std::size_t>((rows.back() - rows.front()).ns / length.ns) >= kMaxBins) {
    return Error{
        ErrorCode::kInvalidArgument,
        fmt::format("resample: {} from {} to {} has more than {} bins; take a coarser "
                    "frequency",
                    to_string(frequency), to_iso(rows.front()), to_iso(rows.back()), kMaxBins)};
  }
  BinEdges edges(rows.front(), frequency, zone);
  bins.edges.push_back(edges.edge());
  Timestamp end = edges.next();
  for (const Timestamp row : rows) {
    while (row >= end) {
      edges.advance();
      bins.edges.push_back(edges.edge());
      end = edges.next();
    }
    bins.of_row.push_back(bins.edges.size() - 1);
  }
  return bins;
}

void gather(std::span<const double> values, const Bins& bins, Gather how, std::span<double> out) {
  std::vector<double> counts(how == Gather::kMean ? out.size() : 0);
  for (std::size_t row = 0; row < values.size(); ++row) {
    const double value = values[row];
    if (std::isnan(value)) {
      continue;
    }
    const std::size_t bin = bins.of_row[row];
    const bool first = std::isnan(out[bin]);
    out[bin] = first || how == Gather::kLast ? value : out[bin] + value;
    if (how == Gather::kMean) {
      counts[bin] += 1.0;
    }
  }
  for (std::size_t bin = 0; bin < counts.size(); ++bin) {
    out[bin] /= counts[bin];  // NaN / 0 stays NaN.
  }
}

}  // namespace

Result<Frequency> parse_frequency(std::string_view text) {
  if (text == "B") {
    return Frequency{Frequency::Kind::kBusinessDay, {}};
  }
  const std::string whole = text.size() == 1 ? fmt::format("1{}", text) : std::string(text);
  const Result<Duration> period = parse_period(whole);
  if (!period.ok() || (period->ns < days(1).ns && days(1).ns % period->ns != 0) ||
      (period->ns > days(1).ns && period->ns % days(1).ns != 0)) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("frequency: '{}' is neither B (business days) nor a period that "
                             "divides a day or is whole days, such as 5T, 1H or D",
                             text)};
  }
  return Frequency{Frequency::Kind::kPeriod, *period};
}

std::string to_string(const Frequency& frequency) {
  return frequency.kind == Frequency::Kind::kBusinessDay ? "B" : to_period(frequency.period);
}

double points_per_year(const Frequency& frequency) noexcept {
  constexpr std::int64_t kDays = 2921;          // from 2012-01-01 to 2019-12-31
  constexpr std::int64_t kBusinessDays = 2087;  // in them, both ends included
  constexpr double kYears = 8.0;
  const std::int64_t points = frequency.kind == Frequency::Kind::kBusinessDay
                                  ? kBusinessDays
                                  : days(kDays).ns / frequency.period.ns + 1;
  return static_cast<double>(points) / kYears;
}

Result<Panel> resample_bar_metrics(const Panel& metrics, const Frequency& frequency, Zone zone) {
  std::vector<ColumnKey> columns;
  std::vector<std::pair<std::size_t, Gather>> sources;
  for (const auto& [name, how] : kRules) {
    if (const auto column = metrics.find_column({std::string(name)})) {
      columns.push_back({std::string(name)});
      sources.emplace_back(*column, how);
    }
  }
  TIEOUT_TRY(const Bins bins, make_bins(metrics.index(), frequency, zone));
  Panel result(std::move(columns));
  result.append_rows(bins.edges);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    gather(metrics.column(sources[i].first), bins, sources[i].second, result.column(i));
  }
  return result;
}

}  // namespace tieout::analytics
