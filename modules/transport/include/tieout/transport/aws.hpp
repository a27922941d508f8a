#pragma once

#include <string>

#include "tieout/core/result.hpp"
#include "tieout/transport/secret.hpp"
#include "tieout/transport/sigv4.hpp"

namespace tieout::transport {

/// Who speaks to which S3.
struct AwsSettings {
  AwsCredentials credentials;
  std::string region;
  std::string endpoint;  // "http://127.0.0.1:9000"; empty: AWS itself
};

/// Find credentials, region and endpoint as AWS's own tools do.
///
/// Rule:    with a profile, that section of the shared credentials file
/// (AWS_SHARED_CREDENTIALS_FILE, else
///          ~/.aws/credentials; mode 0600 is demanded). Without one, AWS_ACCESS_KEY_ID,
///          AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN when they are set, else the section
///          AWS_PROFILE or `default`. Region: AWS_REGION, AWS_DEFAULT_REGION, the profile's
///          `region` in AWS_CONFIG_FILE or ~/.aws/config; with an endpoint us-east-1 is the
///          default. Endpoint: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, the profile's `endpoint_url`.
/// Errors:  kMissingCredentials saying what was looked for and where; kInvalidArgument for an
/// endpoint
///          that is not http:// or https://. No message holds a key.
Result<AwsSettings> aws_settings(const Environment& environment, const std::string& profile);

}  // namespace tieout::transport
