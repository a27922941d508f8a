#include "pickle.hpp"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tieout/core/file.hpp"

#include "fixture.hpp"

namespace tieout::report {
namespace {

using Json = nlohmann::ordered_json;

bool has_python() {
  return std::system("python3 -c pass >/dev/null 2>&1") == 0;
}

TEST(Pickle, IsTheOpcodesOfProtocolTwo) {
  using namespace std::string_literals;
  EXPECT_EQ(pickle_of(Json{{"a", 1}, {"b", nullptr}}),
            "\x80\x02}(X\x01\0\0\0aJ\x01\0\0\0X\x01\0\0\0bNu."s);
  EXPECT_EQ(pickle_of(Json::array({true, 0.5})), "\x80\x02](\x88G\x3f\xe0\0\0\0\0\0\0e."s);
}

TEST(Pickle, LoadsInPythonAsTheSameDictWithoutAnyClass) {
  if (!has_python()) GTEST_SKIP() << "skipped: no python3";
  testing::TempDir dir;
  Json value;
  value["text"] = "a\"b'c\n\xC3\xA9";
  value["bad"] = "x\xFFy";
  value["small"] = -7;
  value["big"] = std::int64_t{-9'000'000'000'000'000'000};
  value["huge"] = std::uint64_t{18'000'000'000'000'000'000ULL};
  value["edge"] = std::int64_t{2'147'483'648};
  value["float"] = 0.1;
  value["none"] = nullptr;
  value["flags"] = Json::array({true, false});
  value["nested"] = Json{{"empty dict", Json::object()},
                         {"empty list", Json::array()},
                         {"list", Json::array({1, Json{{"k", "v"}}})}};
  ASSERT_TRUE(write_file_atomic(dir.path() / "value.pkl", pickle_of(value)).ok());
  const std::string script = R"(
import pickle, pickletools, sys
data = open(sys.argv[1], "rb").read()
names = {op.name for op, _, _ in pickletools.genops(data)}
assert not names & {"GLOBAL", "REDUCE", "STACK_GLOBAL", "INST", "OBJ", "NEWOBJ", "BUILD"}, names
expected = {
    "text": "a\"b'c\n\u00e9", "bad": "x\ufffdy", "small": -7, "big": -9000000000000000000,
    "huge": 18000000000000000000, "edge": 2147483648, "float": 0.1, "none": None, "flags": [True, False],
    "nested": {"empty dict": {}, "empty list": [], "list": [1, {"k": "v"}]},
}
loaded = pickle.loads(data)
assert loaded == expected, loaded
assert list(loaded) == list(expected)
assert type(loaded["flags"][0]) is bool and type(loaded["float"]) is float
)";
  ASSERT_TRUE(write_file_atomic(dir.path() / "check.py", script).ok());
  const std::string command =
      "python3 " + (dir.path() / "check.py").string() + " " + (dir.path() / "value.pkl").string();
  EXPECT_EQ(std::system(command.c_str()), 0);
}

}  // namespace
}  // namespace tieout::report
