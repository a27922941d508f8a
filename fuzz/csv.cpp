// Every field that is read is written as a field that reads back the same.
#include "tieout/core/csv.hpp"

#include <cstdint>
#include <string_view>

#include "tieout/core/assert.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tieout::CsvReader reader(std::string_view(reinterpret_cast<const char*>(data), size));
  while (true) {
    const auto row = reader.next();
    if (!row.ok() || !*row) {
      return 0;
    }
    std::string line;
    for (const std::string_view field : reader.fields()) {
      line += (line.empty() ? "x," : ",") + tieout::csv_field(field);
    }
    tieout::CsvReader again(line);
    const auto same = again.next();
    TIEOUT_ASSERT(same.ok() && *same);
    TIEOUT_ASSERT(again.fields().size() == reader.fields().size() + 1);
    for (std::size_t i = 0; i < reader.fields().size(); ++i) {
      TIEOUT_ASSERT(again.fields()[i + 1] == reader.fields()[i]);
    }
  }
}
