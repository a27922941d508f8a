#include "config_import.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log_fixture.hpp"

namespace tieout::reference {
namespace {

using config::Path;
using config::Value;
using testing::Contains;
using testing::HasSubstr;
using namespace std::string_literals;

constexpr char kText[] =
    R"(dag_config (marked_as_used=False, writer=None, val_type=core.config.config_.Config): 
  resample (marked_as_used=False, writer=None, val_type=core.config.config_.Config): 
    rule (marked_as_used=True, writer=a.py::1::f, val_type=str): 5T
    vwap.ret_0 (marked_as_used=False, writer=None, val_type=int): 32
system_log_dir (marked_as_used=False, writer=None, val_type=str): /data/x/system_log_dir.manual
gmv (marked_as_used=False, writer=None, val_type=float): 10000000.0
used (marked_as_used=False, writer=None, val_type=bool): True
none (marked_as_used=False, writer=None, val_type=NoneType): None
lookback (marked_as_used=False, writer=None, val_type=pandas._libs.tslibs.timedeltas.Timedelta): 2 days 00:05:00
ath (marked_as_used=False, writer=None, val_type=datetime.time): 09:30:00
cols (marked_as_used=False, writer=None, val_type=list): [('close',), ('open',)]
log_dir (marked_as_used=False, writer=None, val_type=str): /data/x/system_log_dir.manual/process_forecasts
portfolio (marked_as_used=False, writer=None, val_type=oms.P): 
  <oms.P at 0x7fc9ea186290>
    # holdings_shares=
    Columns: []
last (marked_as_used=False, writer=None, val_type=str): end)";

TEST(ParseConfigText, LeavesAreTypedAndNested) {
  const config::Config config = parse_config_text(kText);
  const auto at = [&](const Path& path) {
    const Value* value = config.find(path);
    return value != nullptr ? *value : Value("(not there)");
  };
  EXPECT_EQ(at({"dag_config", "resample", "rule"}), Value("5T"));
  EXPECT_EQ(at({"dag_config", "resample", "vwap.ret_0"}), Value(32));
  EXPECT_EQ(at({"gmv"}), Value(1e7));
  EXPECT_EQ(at({"used"}), Value(true));
  EXPECT_EQ(at({"none"}), Value());
  EXPECT_EQ(at({"lookback"}), Value(days(2) + minutes(5)));
  EXPECT_EQ(at({"ath"}), Value(config::TimeOfDay{hours(9) + minutes(30)}));
  EXPECT_EQ(at({"cols"}), Value("[('close',), ('open',)]"));
  EXPECT_EQ(at({"log_dir"}), Value("{system_log_dir}/process_forecasts"));
  EXPECT_EQ(at({"last"}), Value("end"));
  EXPECT_EQ(config.leaves().size(), 12U);
}

TEST(ParseConfigText, APrintOutOfAnObjectCountsByWhatItBeginsWith) {
  std::string other = kText;
  other.replace(other.find("7fc9ea186290"), 12, "7f42a5863110");
  other.replace(other.find("# holdings"), 3, "# x");
  EXPECT_TRUE(config::diff(parse_config_text(kText), parse_config_text(other)).empty());
  const std::size_t object = other.find(" at 0x7f42a5863110");
  other.insert(object, "2");
  const auto diff = config::diff(parse_config_text(kText), parse_config_text(other));
  ASSERT_EQ(diff.size(), 1U);
  EXPECT_EQ(diff[0].path, Path{"portfolio"});
}

TEST(ParseConfigText, OurOwnRenderingAndThePlainOneAreRead) {
  config::Config ours;
  ours.declare({"a", "b"}, 3);
  ours.declare({"a", "c"}, "x y");
  ours.declare({"d"}, 0.5);
  const config::Config read = parse_config_text(ours.to_text());
  EXPECT_EQ(*read.find({"a", "b"}), Value(3));
  EXPECT_EQ(*read.find({"d"}), Value(0.5));
  const config::Config plain = parse_config_text("a:\n  b: 3\nd: x\n");
  EXPECT_EQ(*plain.find({"a", "b"}), Value("3"));
  EXPECT_EQ(*plain.find({"d"}), Value("x"));
}

TEST(ParseConfigText, TextThatIsNoneAndPathsThatCollideDoNotStopIt) {
  EXPECT_TRUE(parse_config_text("").leaves().empty());
  EXPECT_TRUE(parse_config_text("\0\xFF( (("s).leaves().empty());
  EXPECT_EQ(parse_config_text("a: 1\na: 2\n").leaves().size(), 1U);
  EXPECT_EQ(parse_config_text("a: 1\na:\n  b: 2\n").leaves().size(), 1U);
}

TEST(ParseConfigPickle, DictsAreSubconfigsAndTriplesAreLeaves) {
  // {'a': {'b': (True, None, 5)}, 'c': 'x'}
  const auto config = parse_config_pickle(
      "\x80\x04}(\x8C\x01\x61}\x8C\x01\x62\x88NK\x05\x87s\x8C\x01\x63\x8C\x01xu."s);
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(*config->find({"a", "b"}), Value(5));
  EXPECT_EQ(*config->find({"c"}), Value("x"));
  EXPECT_THAT(parse_config_pickle("N."s).error().message, HasSubstr("no dict"));
}

TEST(ImportConfig, APickleStandsInForTextAndDisagreementIsNoted) {
  const test::TempDir dir;
  const std::string pickle = "\x80\x04}\x8C\x01\x63\x8C\x01xs."s;  // {'c': 'x'}
  test::write_text(dir / "system_config.output.values_as_strings.pkl", pickle);
  const ImportedConfig alone = import_config(dir.path());
  EXPECT_EQ(alone.source, "system_config.output.values_as_strings.pkl");
  EXPECT_EQ(*alone.config.find({"c"}), Value("x"));
  test::write_text(dir / "system_config.output.txt", "c: x\n");
  EXPECT_TRUE(import_config(dir.path()).notes.empty());
  test::write_text(dir / "system_config.output.txt", "c: y\n");
  const ImportedConfig both = import_config(dir.path());
  EXPECT_EQ(*both.config.find({"c"}), Value("y"));
  EXPECT_THAT(both.notes, Contains(HasSubstr("disagree on 1 leaves")));
}

TEST(ImportConfig, WhatIsMissingOrRefusedIsNoted) {
  const test::TempDir dir;
  EXPECT_THAT(import_config(dir.path()).notes, Contains(HasSubstr("cannot be compared")));
  test::write_text(dir / "system_config.input.values_as_strings.pkl", "cos\nsystem\n.");
  EXPECT_THAT(import_config(dir.path()).notes, Contains(HasSubstr("GLOBAL")));
  test::write_text(dir / "system_config.input.txt", "c: y\n");
  const ImportedConfig config = import_config(dir.path());
  EXPECT_EQ(config.source, "system_config.input.txt");
  EXPECT_TRUE(config.notes.empty()) << "the text holds what the pickle could";
}

}  // namespace
}  // namespace tieout::reference
