#include "tieout/transport/http.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tieout/core/file.hpp"
#include "tieout/core/hash.hpp"

#include "scratch_file.hpp"
#include "stub_server.hpp"

namespace tieout::transport {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

HttpRequest get(const StubServer& server, const std::string& target = "/x") {
  HttpRequest request;
  request.url = server.url() + target;
  request.label = "the stub";
  return request;
}

TEST(HttpClientTest, SendsMethodHeadersAndBodyAndGivesTheWholeAnswer) {
  StubServer server([](const Received&) {
    return Reply{201, "made", {{"X-Thing", "  a b "}}, {}, false};
  });
  HttpRequest request = get(server, "/p/../q?a=1");
  request.method = "POST";
  request.headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}};
  request.body = "{\"a\": 1}";
  const auto response = make_http_client({})->send(request);
  ASSERT_TRUE(response.ok()) << to_string(response.error());
  EXPECT_EQ(response->status, 201);
  EXPECT_EQ(response->body, "made");
  EXPECT_EQ(response->header("x-thing"), "a b");
  const Received received = server.received().at(0);
  EXPECT_EQ(received.method, "POST");
  EXPECT_EQ(received.target, "/p/../q?a=1") << "a signed path must arrive as it was signed";
  EXPECT_EQ(received.headers.at("content-type"), "application/json");
  EXPECT_EQ(received.headers.at("x-empty"), "");
  EXPECT_EQ(received.body, "{\"a\": 1}");
}

TEST(HttpClientTest, StreamsAFileUpAndDown) {
  const ScratchFile source("source");
  const ScratchFile target("target");
  const std::string content(300'000, 'x');
  ASSERT_TRUE(write_file_atomic(source.path(), content).ok());
  StubServer server([](const Received& request) {
    return Reply{200, request.body, {}, {}, false};
  });
  HttpRequest request = get(server);
  request.method = "PUT";
  request.body_file = source.path();
  request.save_to = target.path();
  const auto response = make_http_client({})->send(request);
  ASSERT_TRUE(response.ok()) << to_string(response.error());
  EXPECT_EQ(read_file(target.path()).value(), content);
  EXPECT_EQ(response->size_bytes, content.size());
  EXPECT_EQ(response->sha256, sha256_hex(content));
  EXPECT_EQ(response->body, "");
}

TEST(HttpClientTest, ABodyShorterThanAnnouncedIsAFailureThatMayPass) {
  StubServer server([](const Received&) { return Reply{200, "half", {}, 8, false}; });
  const auto response = make_http_client({})->send(get(server));
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::kRemoteFailed);
  EXPECT_TRUE(is_transient(response.error()));
  EXPECT_THAT(response.error().message, HasSubstr("GET the stub"));
}

TEST(HttpClientTest, AServerThatSaysNothingTimesOut) {
  StubServer server([](const Received&) { return Reply{200, "", {}, {}, true}; });
  TransportOptions options;
  options.total_timeout = milliseconds(200);
  const auto response = make_http_client(options)->send(get(server));
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::kTimeout);
  EXPECT_TRUE(is_transient(response.error()));
}

TEST(HttpClientTest, AConnectionThatNobodyTakesIsAFailureThatMayPass) {
  std::string url;
  {
    const StubServer gone([](const Received&) { return Reply{}; });
    url = gone.url();
  }
  HttpRequest request;
  request.url = url;
  request.label = "the stub";
  const auto response = make_http_client({})->send(request);
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::kRemoteFailed);
  EXPECT_THAT(response.error().message, Not(HasSubstr(url)));
}

TEST(HttpClientTest, AStopEndsAWaitingExchange) {
  StubServer server([](const Received&) { return Reply{200, "", {}, {}, true}; });
  const std::atomic<bool> stop{true};
  TransportOptions options;
  options.stop = &stop;
  const auto response = make_http_client(options)->send(get(server));
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::kInterrupted);
}

TEST(HttpClientTest, ARedirectIsNotFollowed) {
  StubServer server([](const Received&) {
    return Reply{301, "", {{"Location", "http://127.0.0.1:1/elsewhere"}}, {}, false};
  });
  const HttpRequest request = get(server);
  const auto response = make_http_client({})->send(request);
  ASSERT_TRUE(response.ok()) << to_string(response.error());
  EXPECT_EQ(server.received().size(), 1U);
  EXPECT_EQ(check_answer(request, *response).error().code, ErrorCode::kRemoteRefused);
}

TEST(HttpClientTest, OtherProtocolsAreRefused) {
  HttpRequest request;
  request.url = "file:///etc/hostname";
  request.label = "a file";
  EXPECT_EQ(make_http_client({})->send(request).error().code, ErrorCode::kRemoteRefused);
}

struct Answer {
  int status;
  ErrorCode code;
};
constexpr Answer kAnswers[] = {{301, ErrorCode::kRemoteRefused}, {400, ErrorCode::kRemoteRefused},
                               {401, ErrorCode::kRemoteRefused}, {403, ErrorCode::kRemoteRefused},
                               {404, ErrorCode::kFileNotFound},  {408, ErrorCode::kTimeout},
                               {429, ErrorCode::kRemoteFailed},  {500, ErrorCode::kRemoteFailed},
                               {503, ErrorCode::kRemoteFailed}};

TEST(CheckAnswerTest, EveryStatusHasItsError) {
  for (const Answer& answer : kAnswers) {
    HttpResponse response;
    response.status = answer.status;
    const Status status = check_answer(HttpRequest{}, response, "Why");
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, answer.code) << answer.status;
    EXPECT_THAT(status.error().message, HasSubstr("Why"));
  }
  HttpResponse good;
  good.status = 204;
  EXPECT_TRUE(check_answer(HttpRequest{}, good).ok());
}

TEST(IsLoopbackTest, TellsThisMachineFromOthers) {
  for (const char* url : {"http://127.0.0.1:9000/x", "http://localhost", "smtp://[::1]:25",
                          "http://127.8.8.8", "http://user@localhost:1"}) {
    EXPECT_TRUE(is_loopback(url)) << url;
  }
  for (const char* url :
       {"http://example.org", "http://127.0.0.1.example.org", "http://localhost.org",
        "http://127.0.0.1@example.org/", "http://[::12]"}) {
    EXPECT_FALSE(is_loopback(url)) << url;
  }
}

}  // namespace
}  // namespace tieout::transport
