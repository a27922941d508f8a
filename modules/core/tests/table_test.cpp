#include "tieout/core/table.hpp"

#include <bit>
#include <limits>

#include <gtest/gtest.h>

namespace tieout {
namespace {

Table orders() {
  Table table = make_table(std::vector<ColumnSpec>{{"order_id", ColumnType::kInt64},
                                                   {"price", ColumnType::kFloat64},
                                                   {"filled", ColumnType::kBool},
                                                   {"type", ColumnType::kString},
                                                   {"created", ColumnType::kTimestamp}},
                           1);
  table.columns[0].values = std::vector<std::int64_t>{0, 1};
  table.columns[1].values = std::vector<double>{100.5, std::numeric_limits<double>::quiet_NaN()};
  table.columns[2].values = std::vector<std::uint8_t>{1, 0};
  table.columns[3].values = std::vector<std::string>{"price@twap", ""};
  table.columns[4].values = std::vector<Timestamp>{{0}, {1'500'000'000}};
  return table;
}

TEST(Table, ColumnsKnowTheirTypeNameAndCells) {
  const Table table = orders();
  ASSERT_TRUE(table.is_well_formed());
  EXPECT_EQ(table.row_count(), 2U);
  EXPECT_EQ(to_string(table.columns[4].type()), "timestamp");
  EXPECT_EQ(cell_text(table.columns[0], 1), "1");
  EXPECT_EQ(cell_text(table.columns[1], 0), "100.5");
  EXPECT_EQ(cell_text(table.columns[1], 1), "nan");
  EXPECT_EQ(cell_text(table.columns[2], 0), "true");
  EXPECT_EQ(cell_text(table.columns[2], 1), "false");
  EXPECT_EQ(cell_text(table.columns[3], 1), "");
  EXPECT_EQ(cell_text(table.columns[4], 1), "1970-01-01 00:00:01.500000+00:00");
  EXPECT_EQ(table.find("type"), &table.columns[3]);
  EXPECT_EQ(table.find("absent"), nullptr);
}

TEST(Table, TypeNumbersOnDiskNeverChange) {
  EXPECT_EQ(static_cast<int>(ColumnType::kFloat64), 1);
  EXPECT_EQ(static_cast<int>(ColumnType::kInt64), 2);
  EXPECT_EQ(static_cast<int>(ColumnType::kBool), 3);
  EXPECT_EQ(static_cast<int>(ColumnType::kString), 4);
  EXPECT_EQ(static_cast<int>(ColumnType::kTimestamp), 5);
}

TEST(Table, IsWellFormedSeesEveryDefect) {
  Table ragged = orders();
  std::get<std::vector<double>>(ragged.columns[1].values).pop_back();
  EXPECT_FALSE(ragged.is_well_formed());
  Table repeated = orders();
  repeated.columns[3].name = "price";
  EXPECT_FALSE(repeated.is_well_formed());
  Table keys = orders();
  keys.key_count = 6;
  EXPECT_FALSE(keys.is_well_formed());
  EXPECT_TRUE(Table{}.is_well_formed());
}

TEST(Table, AppendAddsTheRowsOfTheOther) {
  Table table = orders();
  table.append(orders());
  EXPECT_EQ(table.row_count(), 4U);
  EXPECT_TRUE(table.is_well_formed());
  EXPECT_EQ(cell_text(table.columns[3], 2), "price@twap");
  EXPECT_EQ(schema_of(table), schema_of(orders()));
}

TEST(TableDeathTest, AppendingAnotherSchemaOrItselfIsAProgrammerError) {
  Table table = orders();
  Table other = orders();
  other.columns[0].name = "id";
  EXPECT_DEATH(table.append(other), "programmer error");
  EXPECT_DEATH(table.append(table), "programmer error");
}

TEST(Table, EveryChangeChangesTheHash) {
  const Hash128 hash = hash_table(orders());
  EXPECT_EQ(hash_table(orders()), hash);
  std::vector<Table> changed(9, orders());
  changed[0].columns[0].name = "id";
  changed[1].key_count = 2;
  std::get<std::vector<std::int64_t>>(changed[2].columns[0].values)[1] = 2;
  std::get<std::vector<double>>(changed[3].columns[1].values)[0] = 100.50000000000001;
  std::get<std::vector<std::uint8_t>>(changed[4].columns[2].values)[0] = 0;
  std::get<std::vector<std::string>>(changed[5].columns[3].values)[1] = " ";
  std::get<std::vector<Timestamp>>(changed[6].columns[4].values)[0] = {1};
  std::swap(changed[7].columns[0], changed[7].columns[1]);
  changed[8].append(orders());
  for (std::size_t i = 0; i < changed.size(); ++i) {
    EXPECT_NE(hash_table(changed[i]), hash) << "change " << i;
  }
}

TEST(Table, EveryNanHashesAlike) {
  Table table = orders();
  std::get<std::vector<double>>(table.columns[1].values)[1] =
      std::bit_cast<double>(std::uint64_t{0xFFF8'0000'0000'1234});
  EXPECT_EQ(hash_table(table), hash_table(orders()));
}

}  // namespace
}  // namespace tieout
