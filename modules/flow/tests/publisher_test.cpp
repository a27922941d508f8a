#include "tieout/flow/publisher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/file.hpp"
#include "tieout/flow/publish.hpp"

#include "outside_fixture.hpp"
#include "s3_server.hpp"
#include "sample_log.hpp"
#include "scratch_dir.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// A place to publish to, and a look at what is there.
class Place {
 public:
  virtual ~Place() = default;
  virtual std::string address() const = 0;
  virtual const Outside* outside() = 0;
  virtual Result<std::string> read(const std::string& name) = 0;
};

class DirectoryPlace final : public Place {
 public:
  DirectoryPlace(fs::path dir, std::string scheme)
      : dir_(std::move(dir)), scheme_(std::move(scheme)) {}
  std::string address() const override { return scheme_ + dir_.string(); }
  const Outside* outside() override { return nullptr; }
  Result<std::string> read(const std::string& name) override { return read_file(dir_ / name); }

 private:
  fs::path dir_;
  std::string scheme_;
};

/// A place in S3, read again with the client itself.
class S3Place : public Place {
 public:
  std::string address() const override { return "s3://tieout-test/pages/html"; }
  const Outside* outside() override { return &fixture_->outside(); }
  Result<std::string> read(const std::string& name) override {
    TIEOUT_TRY(transport::S3Client client, make_s3_client("test", "", outside()));
    TIEOUT_TRY(const auto location, transport::parse_s3_url(address() + "/" + name));
    return client.read(location);
  }

 protected:
  std::unique_ptr<OutsideFixture> fixture_;
};

class StubPlace final : public S3Place {
 public:
  StubPlace() { fixture_ = std::make_unique<OutsideFixture>(s3_.url()); }

 private:
  transport::StubS3 s3_{kOutsideNow};
};

class ServerPlace final : public S3Place {
 public:
  explicit ServerPlace(const fs::path& dir) : server_(dir, "tieout-test") {
    fixture_ = std::make_unique<OutsideFixture>(server_.url(), S3Server::kKeyId, S3Server::kSecret);
    // The server compares the stamp of a request with its clock.
    fixture_->outside().now = S3Server::now;
  }

 private:
  S3Server server_;
};

/// What every place must do, whatever is behind it.
class PublisherContract : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const std::string kind = GetParam();
    if (kind == "s3_server" && !S3Server::is_installed()) {
      GTEST_SKIP() << "skipped: no S3 server (scripts/fetch_s3_server.sh)";
    }
    if (kind == "directory" || kind == "file_url") {
      place_ = std::make_unique<DirectoryPlace>(scratch_.path() / "pages",
                                                kind == "file_url" ? "file://" : "");
    } else if (kind == "s3_stub") {
      place_ = std::make_unique<StubPlace>();
    } else {
      place_ = std::make_unique<ServerPlace>(scratch_.path() / "s3");
    }
    auto publisher = make_publisher({place_->address(), "", ""}, place_->outside());
    ASSERT_TRUE(publisher.ok()) << to_string(publisher.error());
    publisher_ = std::move(publisher).value();
  }
  fs::path write(const std::string& name, const std::string& content) {
    const fs::path path = scratch_.path() / name;
    EXPECT_TRUE(write_file_atomic(path, content).ok());
    return path;
  }
  std::vector<PublishedPage> publish_run(const std::string& verdict, bool mark) {
    const SampleReconciliation sample(scratch_.path());
    const auto pages =
        publish(*publisher_, sample.recon.run, report::ReportKind::kFast,
                {write("page.html", "<html>" + verdict), verdict, kOutsideNow, mark});
    EXPECT_TRUE(pages.ok()) << to_string(pages.error());
    return pages.ok() ? *pages : std::vector<PublishedPage>{};
  }

  ScratchDir scratch_;
  std::unique_ptr<Place> place_;
  std::unique_ptr<Publisher> publisher_;
};

TEST_P(PublisherContract, AFileIsReadAgainByteByByte) {
  std::string content = "<html>";
  for (int i = 0; i < 300'000; ++i) {
    content += static_cast<char>(i % 251);
  }
  const Status status =
      publisher_->put_file("a b.html", write("page.html", content), {"text/html", ""});
  ASSERT_TRUE(status.ok()) << to_string(status.error());
  EXPECT_EQ(place_->read("a b.html").value(), content);
}

TEST_P(PublisherContract, AnOlderPageIsReplaced) {
  ASSERT_TRUE(publisher_->put_text("p.html", "older and longer", {"text/html", ""}).ok());
  ASSERT_TRUE(publisher_->put_text("p.html", "new", {"text/html", ""}).ok());
  EXPECT_EQ(place_->read("p.html").value(), "new");
}

TEST_P(PublisherContract, AMissingFilePublishesNothing) {
  ASSERT_FALSE(publisher_->put_file("p.html", scratch_.path() / "none", {"text/html", ""}).ok());
  EXPECT_EQ(place_->read("p.html").error().code, ErrorCode::kFileNotFound);
}

TEST_P(PublisherContract, ARunIsPublishedUnderItsNameAndUnderTheStaticOne) {
  const auto pages = publish_run("DIVERGED", true);
  ASSERT_EQ(pages.size(), 2U);
  const std::string own = "Mock1.shadow_trading.fast.20230828_130500.20230828_131000.html";
  const std::string fixed = "Mock1.shadow_trading.fast.last_24hours.html";
  EXPECT_THAT(pages[0].place, ::testing::EndsWith("/" + own));
  EXPECT_THAT(pages[1].link, ::testing::EndsWith("/" + fixed));
  EXPECT_EQ(place_->read(own).value(), "<html>DIVERGED");
  EXPECT_EQ(place_->read(fixed).value(), "<html>DIVERGED");
  for (const char* name : {"latest.json", "Mock1.shadow_trading.fast.last_24hours.latest.json"}) {
    const std::string latest = place_->read(name).value();
    EXPECT_THAT(latest, HasSubstr("\"run_id\": \"Mock1.20230828_130500.20230828_131000."
                                  "paper_trading.scheduled\""));
    EXPECT_THAT(latest, HasSubstr("\"url\": \"" + fixed + "\""));
    EXPECT_THAT(latest, HasSubstr("\"verdict\": \"DIVERGED\""));
    EXPECT_THAT(latest, HasSubstr("\"generated_utc\": \"2023-08-28 14:00:00+00:00\""));
    EXPECT_THAT(latest, HasSubstr("\"stale_after_utc\": \"2023-08-29 15:00:00+00:00\""));
  }
}

TEST_P(PublisherContract, WithoutTheMarkNoStaticNameIsTouched) {
  publish_run("IDENTICAL", true);
  publish_run("DIVERGED", false);
  EXPECT_EQ(place_->read("Mock1.shadow_trading.fast.last_24hours.html").value(), "<html>IDENTICAL");
  EXPECT_THAT(place_->read("latest.json").value(), HasSubstr("IDENTICAL"));
}

INSTANTIATE_TEST_SUITE_P(Places, PublisherContract,
                         ::testing::Values("directory", "file_url", "s3_stub", "s3_server"),
                         [](const auto& test) { return std::string(test.param); });

TEST(PublisherTest, APageIsInS3BeforeAnythingSpeaksOfIt) {
  const ScratchDir scratch;
  const transport::StubS3 s3(kOutsideNow);
  OutsideFixture outside(s3.url());
  const auto publisher = make_publisher({"s3://bucket/html", "", ""}, &outside.outside());
  ASSERT_TRUE(write_file_atomic(scratch.path() / "p", "<html>").ok());
  const SampleReconciliation sample(scratch.path());
  ASSERT_TRUE(publish(**publisher, sample.recon.run, report::ReportKind::kFast,
                      {scratch.path() / "p", "IDENTICAL", kOutsideNow, true})
                  .ok());
  std::vector<std::string> targets;
  for (const transport::Received& request : s3.received()) {
    targets.push_back(request.target);
    EXPECT_EQ(request.headers.at("cache-control"), "no-cache");
    EXPECT_EQ(request.headers.at("content-type"),
              request.target.ends_with(".json") ? "application/json" : "text/html; charset=utf-8");
  }
  EXPECT_THAT(
      targets,
      ElementsAre("/bucket/html/Mock1.shadow_trading.fast.20230828_130500.20230828_131000.html",
                  "/bucket/html/Mock1.shadow_trading.fast.last_24hours.html",
                  "/bucket/html/Mock1.shadow_trading.fast.last_24hours.latest.json",
                  "/bucket/html/latest.json"));
}

TEST(PublisherTest, APageThatS3RefusesLeavesTheStaticNameAsItWas) {
  const ScratchDir scratch;
  const transport::StubS3 s3(kOutsideNow, [](const transport::Received& request) {
    return request.target.find("last_24hours") == std::string::npos
               ? std::nullopt
               : std::optional(transport::Reply{
                     403, "<Error><Code>AccessDenied</Code></Error>", {}, {}, false});
  });
  OutsideFixture outside(s3.url());
  const auto publisher = make_publisher({"s3://bucket/html", "", ""}, &outside.outside());
  ASSERT_TRUE(write_file_atomic(scratch.path() / "p", "<html>").ok());
  const SampleReconciliation sample(scratch.path());
  const auto pages = publish(**publisher, sample.recon.run, report::ReportKind::kFast,
                             {scratch.path() / "p", "IDENTICAL", kOutsideNow, true});
  ASSERT_FALSE(pages.ok());
  EXPECT_EQ(pages.error().code, ErrorCode::kRemoteRefused);
  EXPECT_THAT(pages.error().message, HasSubstr("AccessDenied"));
  EXPECT_EQ(s3.objects().count("/bucket/html/latest.json"), 0U) << "it would speak of no page";
}

TEST(PublisherTest, AUrlMapGivesTheLinkAndNotThePlace) {
  const auto publisher =
      make_publisher({"/srv/html", "https://pages.example.org/recon", ""}, nullptr);
  ASSERT_TRUE(publisher.ok());
  EXPECT_EQ((*publisher)->place_of("a.html"), "/srv/html/a.html");
  EXPECT_EQ((*publisher)->link_to("a.html"), "https://pages.example.org/recon/a.html");
  EXPECT_EQ((*make_publisher({"/srv/html", "", ""}, nullptr))->link_to("a.html"),
            "file:///srv/html/a.html");
}

TEST(PublisherTest, AddressesOfOtherFormsAreRefusedBeforeAnythingIsWritten) {
  OutsideFixture outside("http://127.0.0.1:1");
  for (const char* place : {"s3://B", "file://relative", "https://example.org/x", "ftp://x"}) {
    const auto publisher = make_publisher({place, "", ""}, &outside.outside());
    ASSERT_FALSE(publisher.ok()) << place;
    EXPECT_EQ(publisher.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(make_publisher({"/srv", "pages.example.org", ""}, nullptr).error().code,
            ErrorCode::kInvalidArgument);
  outside.outside().environment.clear();
  const auto poor = make_publisher({"s3://bucket/x", "", ""}, &outside.outside());
  ASSERT_FALSE(poor.ok());
  EXPECT_EQ(poor.error().code, ErrorCode::kMissingCredentials);
}

}  // namespace
}  // namespace tieout::flow
