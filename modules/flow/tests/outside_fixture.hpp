#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tieout/flow/outside.hpp"

#include "stub_s3.hpp"

namespace tieout::flow {

inline const Timestamp kOutsideNow = parse_iso("2023-08-28T14:00:00Z").value();

/// A real client to loopback, with the stub's keys; waits are only noted.
class OutsideFixture {
 public:
  explicit OutsideFixture(const std::string& endpoint,
                          const std::string& key_id = transport::StubS3::kKeyId,
                          const std::string& secret = transport::StubS3::kSecret)
      : outside_{*http_,
                 *mail_,
                 {{"AWS_ACCESS_KEY_ID", key_id},
                  {"AWS_SECRET_ACCESS_KEY", secret},
                  {"AWS_ENDPOINT_URL", endpoint}},
                 [] { return kOutsideNow; },
                 [this](Duration wait) { waits.push_back(wait); }} {}
  Outside& outside() { return outside_; }

  std::vector<Duration> waits;

 private:
  std::unique_ptr<transport::HttpClient> http_ = transport::make_http_client({});
  std::unique_ptr<transport::MailClient> mail_ = transport::make_mail_client({});
  Outside outside_;
};

}  // namespace tieout::flow
