#include "tieout/transport/mail.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stub_mail_server.hpp"

namespace tieout::transport {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Mail sample() {
  return {"tieout@example.org",
          {"a@example.org", "b@example.org"},
          "C1b DIVERGED\r\nBcc: x@example.org",
          "Wed, 08 Nov 2023 13:10:00 +0000",
          "key@tieout",
          "first line\n.\nlast line\n"};
}

TEST(MailTest, ArrivesWithItsHeadersAndALineOfOneDot) {
  StubMailServer server;
  const Status status =
      make_mail_client({})->send({server.url(), "user", Secret("pa55")}, sample());
  ASSERT_TRUE(status.ok()) << to_string(status.error());
  ASSERT_EQ(server.messages().size(), 1U);
  const std::string message = server.messages().at(0);
  EXPECT_THAT(message, HasSubstr("Message-ID: <key@tieout>\n"));
  EXPECT_THAT(message, HasSubstr("To: a@example.org, b@example.org\n"));
  EXPECT_THAT(message, HasSubstr("\n\nfirst line\n..\nlast line\n"))
      << "the dot is doubled on the way";
  EXPECT_THAT(server.commands(), Contains("MAIL FROM:<tieout@example.org>"));
  EXPECT_THAT(server.commands(), Contains("RCPT TO:<b@example.org>"));
}

TEST(MailTest, ALineEndInASubjectMakesNoNewHeader) {
  EXPECT_THAT(to_message(sample()), Not(HasSubstr("\r\nBcc:")));
  EXPECT_THAT(to_message(sample()), HasSubstr("Subject: C1b DIVERGED  Bcc: x@example.org\r\n"));
}

TEST(MailTest, AWrongPasswordIsRefusedAndNotTold) {
  StubMailServer server(StubMailServer::Replies{{"AUTH", "535 no"}});
  const Status status =
      make_mail_client({})->send({server.url(), "user", Secret("pa55word")}, sample());
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kRemoteRefused);
  EXPECT_THAT(status.error().message, Not(HasSubstr("pa55word")));
}

TEST(MailTest, ARefusalForNowMayPassAndOneForGoodDoesNot) {
  StubMailServer busy(StubMailServer::Replies{{"RCPT", "451 later"}});
  EXPECT_EQ(make_mail_client({})->send({busy.url(), "", {}}, sample()).error().code,
            ErrorCode::kRemoteFailed);
  StubMailServer unknown(StubMailServer::Replies{{"RCPT", "550 nobody"}});
  const Status status = make_mail_client({})->send({unknown.url(), "", {}}, sample());
  EXPECT_EQ(status.error().code, ErrorCode::kRemoteRefused);
  EXPECT_THAT(status.error().message, HasSubstr("550"));
  StubMailServer full(StubMailServer::Replies{{".", "552 full"}});
  EXPECT_EQ(make_mail_client({})->send({full.url(), "", {}}, sample()).error().code,
            ErrorCode::kRemoteRefused);
  EXPECT_THAT(full.messages(), ElementsAre());
}

}  // namespace
}  // namespace tieout::transport
