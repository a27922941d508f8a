#include "tieout/recon/finding.hpp"

#include <limits>

#include "tieout/core/file.hpp"

#include "json_text.hpp"
#include "support.hpp"

namespace tieout::recon {
namespace {

Finding sample() {
  return {.check = "C202",
          .layer = Layer::kNodes,
          .kind = BreakKind::kNanLeft,
          .bar = test::bar_at(2),
          .part = "predict.0.read_data",
          .column = "close",
          .asset = test::kBtc,
          .row = test::bar_at(1),
          .key = "",
          .left = "nan",
          .right = "0.0953",
          .abs_diff = std::numeric_limits<double>::quiet_NaN(),
          .rel_diff = 0.5,
          .ulp = 3,
          .is_root = true,
          .wall_right = test::bar_at(3)};
}

TEST(Finding, IsOneLineOfJson) {
  EXPECT_EQ(to_json_line(sample()),
            "{\"schema\":\"tieout.finding/2\",\"break_id\":\"" + break_id(sample()) +
                "\",\"check\":\"C202\",\"layer\":\"nodes\",\"kind\":\"nan_left\","
                "\"bar\":\"2018-01-23 "
                "00:10:00+00:00\",\"part\":\"predict.0.read_data\",\"column\":\"close\","
                "\"asset\":1467591036,\"row\":\"2018-01-23 "
                "00:05:00+00:00\",\"key\":\"\",\"left\":\"nan\","
                "\"right\":\"0.0953\",\"abs\":null,\"rel\":0.5,\"ulp\":3,\"is_root\":true,"
                "\"parent\":\"\",\"severity\":\"FAIL\",\"remark\":false,\"rule\":\"exact\","
                "\"note\":\"\",\"wall_left\":null,\"wall_right\":\"2018-01-23 00:15:00+00:00\","
                "\"left_run\":\"\",\"right_run\":\"\"}");
}

TEST(Finding, TheIdIsStableAndDependsOnThePlaceAlone) {
  const std::string id = break_id(sample());
  EXPECT_EQ(id, "c9963c95d120");  // A change of this number orphans every waiver.
  Finding other = sample();
  other.left = "1.0";
  other.kind = BreakKind::kValue;
  other.rel_diff = 7;
  EXPECT_EQ(break_id(other), id);
  for (const auto& change : std::vector<void (*)(Finding&)>{
           [](Finding& f) { f.check = "C203"; }, [](Finding& f) { f.part += "x"; },
           [](Finding& f) { f.column = "open"; }, [](Finding& f) { f.asset = test::kEth; },
           [](Finding& f) { f.row = test::bar_at(0); },
           [](Finding& f) { f.bar = test::bar_at(3); }}) {
    other = sample();
    change(other);
    EXPECT_NE(break_id(other), id);
  }
}

TEST(JsonText, EscapesWhatMustBeEscapedAndReplacesWhatIsNotUtf8) {
  const auto text = [](std::string_view value) {
    std::string out;
    append_json_string(out, value);
    return out;
  };
  EXPECT_EQ(text("a\"\\\n\t\x01"), "\"a\\\"\\\\\\n\\t\\u0001\"");
  EXPECT_EQ(text("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"),
            "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"");
  EXPECT_EQ(text("a\xFF"
                 "b\xC3"),
            "\"a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\"");
  EXPECT_EQ(text("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"") << "a surrogate";
  EXPECT_EQ(text("\xC0\xAF"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"") << "an overlong form";
}

TEST(ComparisonJson, NamesTheVerdictItsExitCodeAndEveryLayer) {
  const test::RunData run = test::make_run({.bars = 1});
  const std::string json = to_json(test::compare(run, run));
  EXPECT_TRUE(json.starts_with(
      "{\"schema\":\"tieout.comparison/1\",\"verdict\":\"IDENTICAL\",\"exit_code\":0,"))
      << json;
  for (const Layer layer : kLayers) {
    EXPECT_EQ(
        json.find("{\"layer\":\"" + std::string(to_string(layer)) + "\"") != std::string::npos,
        layer != Layer::kChildOrders && layer != Layer::kOrderEvents)
        << to_string(layer) << ": a layer of the runs that have it";
  }
}

TEST(ExitCodes, AreThoseOfTheContract) {
  EXPECT_EQ(exit_code_of(Verdict::kIdentical), 0);
  EXPECT_EQ(exit_code_of(Verdict::kEquivalent), 0);
  EXPECT_EQ(exit_code_of(Verdict::kExplained), 0);
  EXPECT_EQ(exit_code_of(Verdict::kDiverged), 1);
  EXPECT_EQ(exit_code_of(Verdict::kInconclusive), 3);
}

TEST(ExpectedConfigDifferences, EachHasItsReasonInTheFormatDocument) {
  const auto text =
      read_file(std::filesystem::path(TIEOUT_SOURCE_DIR) / "docs/formats/comparison.md");
  ASSERT_TRUE(text.ok()) << text.error().message;
  for (const std::string& path : default_expected_config_differences()) {
    EXPECT_NE(text->find("| `" + path + "` | "), std::string::npos) << path;
  }
}

}  // namespace
}  // namespace tieout::recon
