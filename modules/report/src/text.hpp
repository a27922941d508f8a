#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tieout/core/time.hpp"
#include "tieout/core/utf8.hpp"

namespace tieout::report {

/// valid_utf8, then & < > " ' as entities: safe as element content and inside a quoted attribute.
/// Names in a log come from outside: they must not break a page.
std::string escape_html(std::string_view text);

/// "648,112,004".
std::string count_text(std::uint64_t count);
/// Six significant digits, "0.0951", "1.2e-16"; millions whole, "12,393,904"; "NaN", "inf", "-inf".
std::string number_text(double value);
/// Two decimals with thousands separators, "1,204.11"; three significant digits below half a cent.
std::string money_text(double value);
/// Nothing and everything are exact: "100 %" only when part == whole; cut, never rounded up.
std::string share_text(std::uint64_t part, std::uint64_t whole);
/// "0.25 ms", "10.1 s", "2 min 3 s", "24 h".
std::string duration_text(Duration duration);
/// "312 B", "4.1 kB", "2.05 MB" (powers of 1000).
std::string bytes_text(std::uint64_t bytes);
/// "2018-01-23 00:45:00", UTC; the page says once that all times are UTC.
std::string time_text(Timestamp t);
/// "00:45", UTC.
std::string clock_text(Timestamp t);
/// "20231110-105736" in New York: the stamp of the reference's artefacts.
std::string stamp_text(Timestamp t);
/// "1 bar", "2 bars".
std::string plural(std::uint64_t count, std::string_view noun);

/// Summary of a sample.
struct Spread {
  std::size_t count = 0;
  double mean = 0, p50 = 0, p95 = 0, max = 0;
};

/// Rule: quantiles by nearest rank (the ceil(q n)-th smallest); the mean in the given order. An
/// empty sample is all NaN.
Spread spread_of(std::vector<double> sample);

}  // namespace tieout::report
