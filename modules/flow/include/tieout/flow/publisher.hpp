#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "tieout/core/result.hpp"
#include "tieout/flow/outside.hpp"
#include "tieout/transport/s3.hpp"

namespace tieout::flow {

/// Where pages are published, as the flags give it.
struct PublishAddress {
  std::string place;  // a directory, file:///directory, or s3://bucket/prefix
  std::string url;  // --publish-url: what people reach the place by; empty: the place's own address
  std::string aws_profile;  // for s3://
};

/// A place of published pages. Every page appears whole or not at all; an older one of that name is
/// replaced.
class Publisher {
 public:
  virtual ~Publisher() = default;
  /// Put a file under a name. Errors: kFileUnwritable, kDiskFull; for S3 those of
  /// transport::S3Client.
  virtual Status put_file(const std::string& name, const std::filesystem::path& file,
                          const transport::ObjectHeaders& headers) = 0;
  virtual Status put_text(const std::string& name, std::string_view text,
                          const transport::ObjectHeaders& headers) = 0;
  /// Where the name is, for the record: a path or an s3:// address.
  virtual std::string place_of(const std::string& name) const = 0;
  /// What a person opens: the URL map's address, else "file:///..." or "s3://...".
  virtual std::string link_to(const std::string& name) const = 0;
};

/// The publisher of an address.
///
/// Errors: kInvalidArgument for an address of another form or a URL that is not http(s)://,
/// kMissingCredentials for S3 without credentials; nothing is written or sent yet.
Result<std::unique_ptr<Publisher>> make_publisher(const PublishAddress& address,
                                                  const Outside* outside);

/// An S3 client with the profile's credentials. `who` names the flag in errors. Errors: those of
/// transport::aws_settings().
Result<transport::S3Client> make_s3_client(std::string_view who, const std::string& aws_profile,
                                           const Outside* outside);

}  // namespace tieout::flow
