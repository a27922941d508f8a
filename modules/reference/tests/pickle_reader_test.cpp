#include "pickle_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log_fixture.hpp"

namespace tieout::reference {
namespace {

using testing::HasSubstr;
using namespace std::string_literals;

struct Plain {
  const char* name;
  std::string bytes;
  const char* text;
};
class PlainPickle : public testing::TestWithParam<Plain> {};
TEST_P(PlainPickle, IsRead) {
  const auto value = read_pickle(GetParam().bytes);
  ASSERT_TRUE(value.ok()) << value.error().message;
  EXPECT_EQ(to_text(*value), GetParam().text);
}
// The bytes are those of Python 3.11's pickle.dumps(value, protocol).
const Plain kPlain[] = {
    {"none", "\x80\x04N."s, "None"},
    {"bools", "\x80\x04\x88\x89\x86."s, "(True, False)"},
    {"small_ints", "\x80\x04K\xFFM\xFF\xFFJ\xFE\xFF\xFF\xFF\x87."s, "(255, 65535, -2)"},
    {"long", "\x80\x04\x8A\x05\x00\x00\x00\x80\xFF."s, "-2147483648"},
    {"long_of_zero_bytes", "\x80\x04\x8A\x00."s, "0"},
    {"float", "\x80\x04G?\xB9\x99\x99\x99\x99\x99\x9A."s, "0.1"},
    {"text", "\x80\x04\x8C\x02\xC3\xA9."s, "'\xC3\xA9'"},
    {"bytes", "\x80\x04\x43\x02hi."s, "b'hi'"},
    {"list", "\x80\x04]\x94(K\x01K\x02\x65."s, "[1, 2]"},
    {"tuple_of_one", "\x80\x04K\x01\x85."s, "(1,)"},
    {"tuple_of_four", "\x80\x04(K\x01K\x02K\x03K\x04t."s, "(1, 2, 3, 4)"},
    {"dict", "\x80\x04}\x94(\x8C\x01\x61K\x01\x8C\x01\x62N\x75."s, "{'a': 1, 'b': None}"},
    {"memo", "\x80\x04\x8C\x01x\x94h\x00\x86."s, "('x', 'x')"},
    {"frame", "\x80\x05\x95\x02\x00\x00\x00\x00\x00\x00\x00K\x07."s, "7"},
    {"protocol_0", "(dp0\nVa\np1\nI01\nsVb\np2\n(lp3\nI3\naF0.5\naL7L\nas."s,
     "{'a': True, 'b': [3, 0.5, 7]}"},
    {"pop_and_dup", "K\x01K\x02\x30\x32\x86."s, "(1, 1)"},
};
INSTANTIATE_TEST_SUITE_P(Values, PlainPickle, testing::ValuesIn(kPlain),
                         [](const auto& test) { return test.param.name; });

struct Hostile {
  const char* name;
  std::string bytes;
  const char* message;
};
class HostilePickle : public testing::TestWithParam<Hostile> {};
TEST_P(HostilePickle, IsRefusedWithByteAndReason) {
  const auto value = read_pickle(GetParam().bytes);
  ASSERT_FALSE(value.ok());
  EXPECT_EQ(value.error().code, ErrorCode::kMalformedData);
  EXPECT_THAT(value.error().message, HasSubstr(GetParam().message));
}
const Hostile kHostile[] = {
    {"global", "cos\nsystem\n."s, "byte 0: GLOBAL"},
    {"stack_global", "\x8C\x02os\x8C\x06system\x93."s, "byte 12: STACK_GLOBAL"},
    {"reduce", "N)R."s, "byte 2: REDUCE"},
    {"inst", "(ios\nsystem\n."s, "byte 1: INST"},
    {"obj", "(No."s, "byte 2: OBJ"},
    {"newobj", "N)\x81."s, "byte 2: NEWOBJ"},
    {"newobj_ex", "N)}\x92."s, "NEWOBJ_EX"},
    {"build", "N}\x62."s, "byte 2: BUILD"},
    {"persid", "Pid\n."s, "PERSID"},
    {"binpersid", "NQ."s, "BINPERSID"},
    {"ext", "\x82\x01."s, "EXT1"},
    {"set", "\x8F."s, "EMPTY_SET"},
    {"buffer", "\x97."s, "NEXT_BUFFER"},
    {"unknown_opcode", "\xFF."s, "0xff is no opcode"},
    {"protocol_of_the_future", "\x80\x06N."s, "PROTO"},
    {"empty", ""s, "ends without STOP"},
    {"no_stop", "K\x01"s, "byte 2: ends without STOP"},
    {"stop_on_nothing", "."s, "0 values on the stack"},
    {"two_values", "NN."s, "2 values on the stack"},
    {"open_mark", "N(."s, "STOP"},
    {"bytes_after_stop", "N.N"s, "1 bytes after STOP"},
    {"text_longer_than_the_file", "X\xFF\xFF\xFF\xFF."s, "text ends early"},
    {"text_of_2_to_the_64", "\x8D\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF."s, "text ends early"},
    {"big_int", "\x8A\x09\x01\x01\x01\x01\x01\x01\x01\x01\x01."s, "an int of 9 bytes"},
    {"odd_dict", "}(N\x75."s, "SETITEMS"},
    {"append_to_a_number", "K\x01K\x02\x61."s, "APPEND"},
    {"setitem_across_a_mark", "}N(Ns."s, "SETITEM"},
    {"tuple_across_a_mark", "N(N\x86."s, "TUPLE"},
    {"pop_of_nothing", "0."s, "POP"},
    {"memo_that_is_not_there", "h\x07."s, "GET"},
    {"list_that_holds_itself", "]\x94h\x00\x61."s, "hold itself"},
    {"string_without_quotes", "Sabc\n."s, "STRING"},
};
INSTANTIATE_TEST_SUITE_P(Bytes, HostilePickle, testing::ValuesIn(kHostile),
                         [](const auto& test) { return test.param.name; });

TEST(PickleLimits, DepthValuesAndBytesAreBounded) {
  std::string deep(100'000, ']');
  deep += std::string(99'999, 'a') + '.';
  EXPECT_THAT(read_pickle(deep).error().message, HasSubstr("nested deeper"));
  // Each list holds the one before twice: 2^40 values from 200 bytes.
  std::string bomb = "(]\x94"s;
  for (char i = 0; i < 40; ++i) {
    bomb += "]\x94(h"s + i + "h"s + i + "e"s;
  }
  EXPECT_THAT(read_pickle(bomb + "t.").error().message, HasSubstr("nested deeper"));
  EXPECT_THAT(read_pickle(std::string(50, 'N') + '.', {.max_values = 10}).error().message,
              HasSubstr("more than 10 values"));
  EXPECT_FALSE(read_pickle("N.", {.max_bytes = 1}).ok());
}

TEST(PickleLimits, AnyPrefixOfAPickleIsAnError) {
  const std::string whole = kPlain[14].bytes;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(read_pickle(std::string_view(whole).substr(0, size)).ok()) << size;
  }
}

TEST(PickleReader, AGenuineConfigHoldsObjectsAndIsRefused) {
  const auto bytes = read_file(test::kGolden /
                               "logs/prod_clean/system_log_dir.manual/"
                               "system_config.output.values_as_strings.pkl");
  if (!bytes.ok()) {
    GTEST_SKIP() << "skipped: no shared data";
  }
  EXPECT_THAT(read_pickle(*bytes).error().message, HasSubstr("byte 40: STACK_GLOBAL"));
}

}  // namespace
}  // namespace tieout::reference
