// The OMS tables in PostgreSQL: what the contract of the brokers does not say. All tests have
// "Postgres" in their names: they share one server, in one process.

#include <fstream>

#include <gmock/gmock.h>

#include "tieout/oms/database_broker.hpp"
#include "tieout/oms/make_broker.hpp"
#include "tieout/oms/paper_broker.hpp"

#include "market_fake.hpp"
#include "postgres_server.hpp"

namespace tieout::oms {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr AssetId kAsset{5'000'000'101};  // more than 32 bits

/// Sets a variable of the environment for a test.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    const char* const before = ::getenv(name);
    had_ = before != nullptr;
    before_ = had_ ? before : "";
    ::setenv(name, value.c_str(), 1);
  }
  ~Variable() { had_ ? ::setenv(name_, before_.c_str(), 1) : ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  bool had_ = false;
  std::string before_;
};

class PostgresTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!server_.missing().empty()) {
      GTEST_SKIP() << server_.missing();
    }
    server_.fresh_schema();
  }
  static OmsDatabase open(SqlOpen mode = SqlOpen::kCreate) {
    return OmsDatabase::open(open_sql_session("postgresql:", mode).value(), mode).value();
  }
  static std::unique_ptr<SqlSession> session() {
    return open_postgres_session(kPostgresScheme, SqlOpen::kReadWrite, 0).value();
  }
  std::string write_file(const std::string& text, std::filesystem::perms mode) const {
    const std::string path = server_.dir() + "/connection";
    std::ofstream(path) << text;
    std::filesystem::permissions(path, mode);
    return path;
  }

  PostgresServer& server_ = PostgresServer::instance();
};
constexpr auto kOwnerOnly =
    std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;

TEST_F(PostgresTest, ValuesComeBackToTheBit) {
  const auto under_test = session();
  ASSERT_TRUE(
      under_test->run("CREATE TABLE v (i BIGINT, f FLOAT, t TEXT, b BOOLEAN, d DATE)").ok());
  const double numbers[] = {0.1,
                            1.0 / 3.0,
                            -0.0,
                            5e-324,
                            1.7976931348623157e308,
                            1e-5,
                            123456789.123456789,
                            std::numeric_limits<double>::infinity()};
  for (const double number : numbers) {
    ASSERT_TRUE(under_test->run("DELETE FROM v").ok());
    const SqlValue values[] = {std::int64_t{-9'007'199'254'740'993}, number,
                               std::string("it's \"a\"\\ \n text; \xC3\xA9"),
                               std::string("2000-01-03")};
    ASSERT_TRUE(
        under_test->run("INSERT INTO v (i, f, t, b, d) VALUES ($1, $2, $3, TRUE, $4)", values)
            .ok());
    const auto rows = under_test->run("SELECT i, f, t, b, d, NULL FROM v").value();
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0][0], values[0]);
    EXPECT_EQ(std::signbit(std::get<double>(rows[0][1])), std::signbit(number));
    EXPECT_EQ(std::get<double>(rows[0][1]), number);
    EXPECT_EQ(rows[0][2], values[2]);
    EXPECT_EQ(rows[0][3], SqlValue(std::int64_t{1}));
    EXPECT_EQ(rows[0][4], values[3]);
    EXPECT_EQ(rows[0][5], SqlValue{});
  }
  const SqlValue nan[] = {std::numeric_limits<double>::quiet_NaN()};
  ASSERT_TRUE(under_test->run("UPDATE v SET f = $1", nan).ok());
  EXPECT_EQ(under_test->run("SELECT f FROM v").value()[0][0], SqlValue{}) << "as SQLite does";
}

TEST_F(PostgresTest, PositionsAreReplacedAndTheNewestIsRead) {
  OmsDatabase database = open();
  PositionRow row;
  row.account = "candidate";
  row.asset_id = kAsset;
  for (const char* day : {"2000-01-03", "2000-01-04", "2000-01-04"}) {
    row.trade_date = day;
    row.current_position += 1.5;
    ASSERT_TRUE(database.put_position(row).ok());
  }
  const auto rows = database.positions("candidate").value();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].current_position, 4.5);
  EXPECT_EQ(rows[0].trade_date, "2000-01-04");
  EXPECT_EQ(database.dump("current_positions").value().row_count(), 2U);
  BrokerSettings settings;
  settings.kind = BrokerSettings::Kind::kDatabase;
  settings.account = "candidate";
  settings.run.database = "postgresql:";
  EXPECT_EQ(read_initial_holdings(settings).value(), (std::map<AssetId, double>{{kAsset, 4.5}}));
}

TEST_F(PostgresTest, AWriterHoldsOthersOffAndReadersNot) {
  OmsDatabase holder = open();
  ASSERT_TRUE(holder.begin().ok());
  auto other =
      OmsDatabase::open(open_postgres_session(kPostgresScheme, SqlOpen::kReadWrite, 1).value(),
                        SqlOpen::kReadWrite)
          .value();
  const Status locked = other.begin();
  ASSERT_FALSE(locked.ok());
  EXPECT_EQ(locked.error().code, ErrorCode::kStoreLocked);
  EXPECT_THAT(locked.error().message, HasSubstr("wait for it to end"));
  EXPECT_EQ(open(SqlOpen::kReadOnly).dump("submitted_orders").value().row_count(), 0U);
  ASSERT_TRUE(holder.commit().ok());
  EXPECT_TRUE(other.begin().ok()) << "the refused connection is as before";
  EXPECT_TRUE(other.rollback().ok());
}

TEST_F(PostgresTest, ACommitAfterAFailedStatementIsAnError) {
  OmsDatabase database = open();
  ASSERT_TRUE(database.begin().ok());
  PositionRow row;
  row.trade_date = "no day";
  EXPECT_EQ(database.put_position(row).error().code, ErrorCode::kStoreFailed);
  EXPECT_THAT(database.commit().error().message, HasSubstr("rolled back"));
  EXPECT_TRUE(database.begin().ok());
  EXPECT_TRUE(database.rollback().ok());
}

TEST_F(PostgresTest, ReadingOnlyWritesNothing) {
  open();
  OmsDatabase reading = open(SqlOpen::kReadOnly);
  EXPECT_EQ(reading.submit({"filename_0.txt", Timestamp{}, ""}).error().code,
            ErrorCode::kFileUnwritable);
}

TEST_F(PostgresTest, MissingAndForeignTablesAreNamed) {
  const auto open_error = [] {
    return OmsDatabase::open(open_sql_session("postgresql:", SqlOpen::kReadOnly).value(),
                             SqlOpen::kReadOnly)
        .error();
  };
  EXPECT_EQ(open_error().code, ErrorCode::kSchemaMismatch);
  EXPECT_THAT(open_error().message, HasSubstr("submitted_orders"));
  EXPECT_THAT(open_error().message, HasSubstr("database tieout user tieout"));
  open();
  ASSERT_TRUE(session()->run("ALTER TABLE current_positions DROP COLUMN net_cost").ok());
  OmsDatabase other = open(SqlOpen::kReadOnly);
  EXPECT_EQ(other.positions("").error().code, ErrorCode::kSchemaMismatch);
}

TEST_F(PostgresTest, NoServerAndAWrongPasswordAreClearErrors) {
  const auto connect_error = [](std::string_view where) {
    return open_postgres_session(where, SqlOpen::kReadOnly).error();
  };
  {
    const Variable host("PGHOST", server_.dir() + "/nowhere");
    EXPECT_EQ(connect_error("postgresql:").code, ErrorCode::kStoreFailed);
    EXPECT_THAT(connect_error("postgresql:").message, HasSubstr("nowhere"));
    EXPECT_THAT(connect_error("postgresql:").message, HasSubstr("PGHOST"));
  }
  const Variable user("PGUSER", "locked");
  {
    const Variable password("PGPASSWORD", "swordfish");
    EXPECT_THAT(connect_error("postgresql:").message, HasSubstr("password authentication failed"));
    EXPECT_THAT(connect_error("postgresql:").message, Not(HasSubstr("swordfish")));
  }
  const Variable password("PGPASSWORD", "right");
  EXPECT_TRUE(open_postgres_session("postgresql:", SqlOpen::kReadOnly).ok());
}

TEST_F(PostgresTest, AConnectionFileIsTheOwnersAlone) {
  const std::string text =
      fmt::format("host={}\ndbname=tieout user=locked\npassword=right\n", server_.dir());
  const std::string path = write_file(text, kOwnerOnly);
  const auto opened = open_postgres_session("postgresql:" + path, SqlOpen::kReadOnly);
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  EXPECT_THAT((*opened)->where(), HasSubstr("user locked"));
  write_file(text, kOwnerOnly | std::filesystem::perms::group_read);
  const auto open_to_all = open_postgres_session("postgresql:" + path, SqlOpen::kReadOnly);
  ASSERT_FALSE(open_to_all.ok());
  EXPECT_THAT(open_to_all.error().message, HasSubstr("mode 0640"));
  EXPECT_THAT(open_to_all.error().message, Not(HasSubstr("right")));
  write_file("password = 'swordfish", kOwnerOnly);
  const auto malformed = open_postgres_session("postgresql:" + path, SqlOpen::kReadOnly);
  ASSERT_FALSE(malformed.ok());
  EXPECT_EQ(malformed.error().code, ErrorCode::kMalformedData);
  EXPECT_THAT(malformed.error().message, Not(HasSubstr("swordfish")));
}

TEST(PostgresNames, AUrlIsRefusedAsItMayHoldAPassword) {
  EXPECT_TRUE(is_postgres("postgresql:"));
  EXPECT_FALSE(is_postgres("oms.sqlite"));
  const auto opened =
      open_postgres_session("postgresql://user:swordfish@host/db", SqlOpen::kReadOnly);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(opened.error().message, Not(HasSubstr("swordfish")));
  EXPECT_EQ(open_postgres_session("postgresql:/no/such/file", SqlOpen::kReadOnly).error().code,
            ErrorCode::kFileNotFound);
}

}  // namespace
}  // namespace tieout::oms
