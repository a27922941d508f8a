// The texts and pickles of a log that the reference system wrote. The first byte says which.
#include <cstdint>
#include <string_view>

#include "tieout/core/assert.hpp"

#include "config_import.hpp"
#include "decision_tables.hpp"
#include "file_name.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  using namespace tieout;
  const auto check_table = [](const Result<Table>& table) {
    TIEOUT_ASSERT(table.ok() ? table->is_well_formed() : !table.error().message.empty());
  };
  switch (data[0]) {
    case 'p':
      (void)reference::parse_config_pickle(text);
      break;
    case 'c':
      (void)reference::parse_config_text(text).to_json();
      break;
    case 'o':
      check_table(reference::parse_orders(text));
      break;
    case 't':
      check_table(reference::parse_target_positions(text));
      break;
    case 'f':
      check_table(reference::parse_fills(text));
      break;
    default:
      (void)reference::parse_node_file_name(text);
      (void)reference::parse_decision_file_name(text);
  }
  return 0;
}
