#include "tieout/flow/s3_source.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/file.hpp"
#include "tieout/runlog/reader.hpp"
#include "tieout/system/run.hpp"

#include "outside_fixture.hpp"
#include "s3_server.hpp"
#include "sample_log.hpp"
#include "scratch_dir.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
using transport::Received;
using transport::Reply;
using transport::StubS3;

/// The sample run in a bucket, and its reconciliation.
class S3SourceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    system::register_builtin_pipelines(sample_.registry);
    sample_.write_source({});
    ASSERT_TRUE(create_dirs(sample_.recon, sample_.context()).ok());
  }
  /// Put production's tree into the stub and reconcile from there.
  StubS3& use_s3(StubS3::Interceptor interceptor = {}) {
    s3_ = std::make_unique<StubS3>(kOutsideNow, std::move(interceptor));
    outside_ = std::make_unique<OutsideFixture>(s3_->url());
    const fs::path root = sample_.recon.run.prod_data_source_dir;
    const std::vector<fs::path> files = list_files(root).value();
    for (const fs::path& file : files) {
      s3_->put("runs/prod/" + file.string(), read_file(root / file).value());
    }
    sample_.recon.run.prod_data_source_dir = "s3://runs/prod";
    return *s3_;
  }
  Result<StageOutcome> copy() {
    Context context = sample_.context();
    context.outside = outside_ ? &outside_->outside() : nullptr;
    Reconciliation recon = sample_.recon;
    TIEOUT_TRY(const SourceMirror mirror, fetch_source(recon, context));
    return copy_prod_data(recon, context);
  }
  bool leaves_nothing() const {
    return fs::is_empty(sample_.target.prod) &&
           !fs::exists(sample_.recon.run.dst_root_dir / ".s3_source");
  }
  /// The key of the first file below the run's log directory.
  static bool is_manifest(const Received& request) {
    return request.target.ends_with("system_log_dir.scheduled/manifest.json");
  }

  ScratchDir scratch_;
  SampleReconciliation sample_{scratch_.path()};
  std::unique_ptr<StubS3> s3_;
  std::unique_ptr<OutsideFixture> outside_;
};

TEST_F(S3SourceTest, ACopyFromS3HasTheBytesAndTheManifestOfALocalOne) {
  ASSERT_TRUE(copy().ok());
  const std::string local = read_file(sample_.target.prod_manifest).value();
  ASSERT_TRUE(remove_tree(sample_.target.prod).ok());
  ASSERT_TRUE(tieout::create_directories(sample_.target.prod).ok());
  use_s3();
  const auto outcome = copy();
  ASSERT_TRUE(outcome.ok()) << to_string(outcome.error());
  EXPECT_EQ(outcome->partial, false);
  const std::string manifest = read_file(sample_.target.prod_manifest).value();
  EXPECT_EQ(manifest.substr(manifest.find("\"partial\"")), local.substr(local.find("\"partial\"")));
  EXPECT_THAT(manifest, HasSubstr("\"source\": \"s3://runs/prod/Mock1/paper_trading/"));
  EXPECT_EQ(runlog::RunReader::open(sample_.target.prod_log_dir).value().bars().size(), 2U);
  EXPECT_FALSE(fs::exists(sample_.recon.run.dst_root_dir / ".s3_source"));
}

TEST_F(S3SourceTest, NotebooksAndObserversStayInS3) {
  StubS3& s3 = use_s3();
  const std::string run = "runs/prod/Mock1/paper_trading/20230828_130500.20230828_131000/";
  s3.put(run + "system_observer_notebook/20230828_140000/page.html", "<html>");
  s3.put(run + "system_log_dir.scheduled/analysis_notebooks/a.ipynb", "{}");
  ASSERT_TRUE(copy().ok());
  const std::vector<Received> requests = s3.received();
  for (const Received& request : requests) {
    if (request.target.find('?') == std::string::npos) {  // not a listing
      EXPECT_THAT(request.target, Not(HasSubstr("notebook")));
    }
  }
}

TEST_F(S3SourceTest, AMissingRunNamesThePlace) {
  use_s3();
  sample_.recon.run.prod_data_source_dir = "s3://runs/elsewhere";
  const auto outcome = copy();
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, ErrorCode::kFileNotFound);
  EXPECT_THAT(outcome.error().message, HasSubstr("s3://runs/elsewhere/Mock1/paper_trading/"));
}

TEST_F(S3SourceTest, AForbiddenBucketIsRefusedAndLeavesNothing) {
  use_s3([](const Received&) {
    return std::optional(Reply{403, "<Error><Code>AccessDenied</Code></Error>", {}, {}, false});
  });
  const auto outcome = copy();
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, ErrorCode::kRemoteRefused);
  EXPECT_THAT(outcome.error().message, HasSubstr("HTTP 403 AccessDenied"));
  EXPECT_THAT(outcome.error().message, Not(HasSubstr(StubS3::kSecret)));
  EXPECT_TRUE(leaves_nothing());
}

TEST_F(S3SourceTest, ATruncatedAndAFailingAnswerAreTriedAgain) {
  int calls = 0;
  use_s3([&](const Received& request) -> std::optional<Reply> {
    if (!is_manifest(request) || ++calls > 2) {
      return std::nullopt;
    }
    return calls == 1 ? Reply{200, "{", {}, 100, false} : Reply{500, "", {}, {}, false};
  });
  const auto outcome = copy();
  ASSERT_TRUE(outcome.ok()) << to_string(outcome.error());
  EXPECT_EQ(outside_->waits.size(), 2U);
}

TEST_F(S3SourceTest, AnObjectThatStaysTruncatedLeavesNothing) {
  use_s3([](const Received& request) {
    return is_manifest(request) ? std::optional(Reply{200, "{", {}, 100, false}) : std::nullopt;
  });
  const auto outcome = copy();
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, ErrorCode::kRemoteFailed);
  EXPECT_THAT(outcome.error().message, HasSubstr("4 attempts"));
  EXPECT_TRUE(leaves_nothing());
}

TEST_F(S3SourceTest, AnEditedLogInS3IsCorruptEvidence) {
  StubS3& s3 = use_s3();
  for (const auto& [path, content] : s3.objects()) {
    if (path.find("/journal") != std::string::npos) {
      std::string edited = content;
      edited[edited.size() / 2] ^= 1;
      s3.put(path.substr(1), edited);
    }
  }
  EXPECT_EQ(copy().error().code, ErrorCode::kCorruptEvidence);
  EXPECT_TRUE(leaves_nothing());
}

TEST_F(S3SourceTest, AKeyThatWouldLeaveTheDirectoryIsRefused) {
  StubS3& s3 = use_s3();
  s3.put(
      "runs/prod/Mock1/paper_trading/20230828_130500.20230828_131000/system_log_dir.scheduled/"
      "../../escaped",
      "x");
  const auto outcome = copy();
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, ErrorCode::kMalformedData);
  EXPECT_TRUE(leaves_nothing());
}

TEST_F(S3SourceTest, AMissingTextLogLeavesNothing) {
  sample_.recon.run.mode = "scheduled";
  std::filesystem::remove(sample_.source.log_file);
  use_s3();
  const auto outcome = copy();
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, ErrorCode::kFileNotFound);
  EXPECT_THAT(outcome.error().message, HasSubstr("logs/log.scheduled.txt"));
  EXPECT_TRUE(leaves_nothing());
}

TEST_F(S3SourceTest, ACommandWithoutANetworkSaysSo) {
  sample_.recon.run.prod_data_source_dir = "s3://runs/prod";
  EXPECT_THAT(copy().error().message, HasSubstr("reaches no network"));
}

TEST_F(S3SourceTest, ARealServerGivesTheSameRun) {
  if (!S3Server::is_installed()) {
    GTEST_SKIP() << "skipped: no S3 server (scripts/fetch_s3_server.sh)";
  }
  const S3Server server(scratch_.path() / "s3", "runs");
  outside_ = std::make_unique<OutsideFixture>(server.url(), S3Server::kKeyId, S3Server::kSecret);
  outside_->outside().now = S3Server::now;
  auto client = make_s3_client("test", "", &outside_->outside()).value();
  const fs::path root = sample_.recon.run.prod_data_source_dir;
  const std::vector<fs::path> files = list_files(root).value();
  for (const fs::path& file : files) {
    const auto target = transport::parse_s3_url("s3://runs/prod/" + file.string()).value();
    const Status status = client.upload(target, root / file, {"application/octet-stream", ""});
    ASSERT_TRUE(status.ok()) << to_string(status.error());
  }
  sample_.recon.run.prod_data_source_dir = "s3://runs/prod";
  const auto outcome = copy();
  ASSERT_TRUE(outcome.ok()) << to_string(outcome.error());
  EXPECT_EQ(runlog::RunReader::open(sample_.target.prod_log_dir).value().bars().size(), 2U);
}

}  // namespace
}  // namespace tieout::flow
