#include "jsonpickle.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tieout::reference {
namespace {

using ::testing::HasSubstr;

std::string plain(std::string_view text) {
  const auto value = read_jsonpickle(text);
  EXPECT_TRUE(value.ok()) << value.error().message << " of " << text;
  return value.ok() ? value->dump() : value.error().message;
}

std::string error_of(std::string_view text, const JsonpickleLimits& limits = {}) {
  const auto value = read_jsonpickle(text, limits);
  EXPECT_FALSE(value.ok()) << text << " is " << value->dump();
  return value.ok() ? "" : value.error().message;
}

/// As pandas' timestamps stand in the logs of the reference.
std::string stamp(const std::string& ns, const std::string& zone = "null",
                  const std::string& more = ", 10") {
  return R"({"py/reduce": [{"py/function": "pandas._libs.tslibs.timestamps._unpickle_timestamp"},)"
         R"({"py/tuple": [)" +
         ns + ", null, " + zone + more + "]}]}";
}

const std::string kNewYork =
    R"({"py/reduce": [{"py/function": "pytz._p"}, {"py/tuple": ["America/New_York", -14400, 3600, "EDT"]}]})";

TEST(Jsonpickle, PlainJsonStaysWhatItIs) {
  EXPECT_EQ(plain(R"({"b": 1, "a": [1.5, "x", null, true]})"),
            R"({"b":1,"a":[1.5,"x",null,true]})");
  EXPECT_EQ(plain(R"({"a": NaN, "NaN": "NaN \" NaN"})"), R"({"a":null,"NaN":"NaN \" NaN"})");
  EXPECT_EQ(plain(R"({"py/tuple": [1, {"py/set": [2]}]})"), "[1,[2]]");
}

TEST(Jsonpickle, TimestampsZonesAndNumpyScalarsArePlainValues) {
  EXPECT_EQ(plain(stamp("1686606370374635000", kNewYork)), R"("2023-06-12 21:46:10.374635+00:00")");
  EXPECT_EQ(plain(stamp("1686606370", "null", ", 7")), R"("2023-06-12 21:46:10+00:00")");
  EXPECT_EQ(plain(stamp("1686606370374635000", "null", "")),
            R"("2023-06-12 21:46:10.374635+00:00")")
      << "an older pandas says no resolution";
  EXPECT_EQ(plain(stamp("-9223372036854775808")), "null") << "NaT";
  EXPECT_EQ(plain(kNewYork), R"("America/New_York")");
  EXPECT_EQ(plain(R"({"py/reduce": [{"py/function": "pytz._UTC"}, {"py/tuple": []}]})"),
            R"("UTC")");
  // 1.5 as the eight bytes of a float64, and 3 as those of an int64.
  const std::string dtype =
      R"({"py/reduce": [{"py/type": "numpy.dtype"}, {"py/tuple": ["f8", false, true]}, {"py/tuple": [3, "<", null]}]})";
  const std::string scalar = R"({"py/reduce": [{"py/function": "numpy.core.multiarray.scalar"},)"
                             R"({"py/tuple": [)";
  EXPECT_EQ(plain(scalar + dtype + R"(, {"py/b64": "AAAAAAAA+D8="}]}]})"), "1.5");
  std::string whole = dtype;
  whole.replace(whole.find("f8"), 2, "i8");
  EXPECT_EQ(plain(scalar + whole + R"(, {"py/b64": "AwAAAAAAAAA="}]}]})"), "3");
  // The second scalar names the dtype of the first: list 0, scalar 1, dtype 2.
  EXPECT_EQ(plain("[" + scalar + dtype + R"(, {"py/b64": "AAAAAAAA+D8="}]}]}, )" + scalar +
                  R"({"py/id": 2}, {"py/b64": "AAAAAAAAAEA="}]}]}])"),
            "[1.5,2.0]");
}

// The numbering of the reference's own logs: a list of two orders, whose second names the zone of
// the first (5); dicts, lists and objects count from 0, tuples do not.
TEST(Jsonpickle, ReferencesAreNumberedAsTheReferenceDoes) {
  const auto order = [](const std::string& made, const std::string& zone) {
    return R"({"py/reduce": [{"py/type": "collections.OrderedDict"}, {"py/tuple": []}, null, null,)"
           R"({"py/tuple": [{"py/tuple": ["creation_timestamp", )" +
           made + R"(]}, {"py/tuple": ["end_timestamp", )" +
           stamp("1687423761852271000", R"({"py/id": 3})") + R"(]}, {"py/tuple": ["tz", )" + zone +
           R"(]}, {"py/tuple": ["extra_params", {}]}]}]})";
  };
  std::string winter = kNewYork;
  winter.replace(winter.find("EDT"), 3, "EST");
  const std::string text = "[" + order(stamp("1687423461852271000", kNewYork), winter) + ", " +
                           order(R"({"py/id": 2})", R"({"py/id": 5})") + "]";
  const auto value = read_jsonpickle(text);
  ASSERT_TRUE(value.ok()) << value.error().message;
  EXPECT_EQ((*value)[1]["creation_timestamp"], (*value)[0]["creation_timestamp"]);
  EXPECT_EQ((*value)[1]["tz"], "America/New_York");
  EXPECT_EQ((*value)[1]["extra_params"], nlohmann::ordered_json::object());
}

TEST(Jsonpickle, AnObjectThatIsNotKnownIsItsNameAndNothingIsMadeOfIt) {
  EXPECT_EQ(plain(R"({"a": {"py/object": "os.system", "x": [1, 2]}, "b": {"py/id": 2}})"),
            R"({"a":{"py/opaque":"os.system"},"b":[1,2]})")
      << "what it holds is numbered all the same";
  EXPECT_EQ(
      plain(R"({"py/reduce": [{"py/function": "os.system"}, {"py/tuple": ["touch /tmp/made"]}]})"),
      R"({"py/opaque":"os.system"})");
  EXPECT_EQ(plain(R"({"py/function": "builtins.eval"})"), R"({"py/opaque":"builtins.eval"})");
  EXPECT_EQ(plain(R"({"py/repr": "os/os.getcwd"
})"),
            R"({"py/opaque":"os/os.getcwd"})");
}

TEST(Jsonpickle, WhatDoesNotFitIsAnError) {
  EXPECT_THAT(error_of(""), HasSubstr("not JSON"));
  EXPECT_THAT(error_of("{\"a\": 1"), HasSubstr("ends too early"));
  EXPECT_THAT(error_of("[1, Infinity]"), HasSubstr("not JSON"));
  EXPECT_THAT(error_of(R"([{"py/id": 7}])"), HasSubstr("py/id 7"));
  EXPECT_THAT(error_of(R"([{"py/id": 0}])"), HasSubstr("py/id 0")) << "a list that holds itself";
  EXPECT_THAT(error_of(R"([{"py/id": -1}])"), HasSubstr("py/id -1"));
  EXPECT_THAT(error_of(R"([{"py/id": "a"}])"), HasSubstr("py/id"));
  EXPECT_THAT(error_of(R"({"py/tuple": 3})"), HasSubstr("py/tuple holds number"));
  EXPECT_THAT(error_of(R"({"py/reduce": []})"), HasSubstr("py/reduce"));
  EXPECT_THAT(error_of(R"({"py/reduce": [3, {"py/tuple": []}]})"), HasSubstr("py/reduce"));
  EXPECT_THAT(error_of(stamp("\"soon\"")), HasSubstr("timestamp"));
  EXPECT_THAT(error_of(stamp("18446744073709551615")), HasSubstr("timestamp"));
  EXPECT_THAT(error_of(stamp("9223372036854775807", "null", ", 7")), HasSubstr("resolution 7"));
  EXPECT_THAT(error_of(R"({"py/reduce": [{"py/function": "pytz._p"}, {"py/tuple": []}]})"),
              HasSubstr("pytz"));
  EXPECT_THAT(
      error_of(
          R"({"py/reduce": [{"py/type": "collections.OrderedDict"}, {"py/tuple": []}, null, null, {"py/tuple": [3]}]})"),
      HasSubstr("OrderedDict"));
  EXPECT_THAT(
      error_of(
          R"({"py/reduce": [{"py/function": "numpy.core.multiarray.scalar"}, {"py/tuple": [1]}]})"),
      HasSubstr("numpy"));
}

TEST(Jsonpickle, LimitsHoldAlsoForValuesThatAreReferredToTwice) {
  EXPECT_THAT(error_of(std::string(65, '[') + std::string(65, ']')), HasSubstr("nested 65 deep"));
  EXPECT_THAT(error_of(std::string(1'000'000, '[')), HasSubstr("nested"));
  EXPECT_THAT(error_of("[1, 2, 3]", {.max_bytes = 8}), HasSubstr("9 bytes, at most 8"));
  EXPECT_THAT(error_of("[1, 2, 3]", {.max_values = 3}), HasSubstr("more than 3 values"));
  // Each list holds the one before it twice: 2^40 values of 41 lists.
  std::string bomb = "[[1]";
  for (int i = 1; i <= 40; ++i) {
    const std::string id = std::to_string(i);
    bomb += ", [{\"py/id\": " + id + "}, {\"py/id\": " + id + "}]";
  }
  EXPECT_THAT(error_of(bomb + "]"), HasSubstr("more than"));
}

TEST(Jsonpickle, EveryTruncationIsAnErrorAndNeverMore) {
  const std::string whole = "[" + stamp("1686606370374635000", kNewYork) + ", {\"a\": [1, NaN]}]";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(read_jsonpickle(std::string_view(whole).substr(0, size)).ok()) << size;
  }
  EXPECT_TRUE(read_jsonpickle(whole).ok());
}

}  // namespace
}  // namespace tieout::reference
