#include "tieout/flow/publisher.hpp"

#include <utility>

#include <fmt/format.h>

#include "tieout/core/file.hpp"

namespace tieout::flow {
namespace {

namespace fs = std::filesystem;

std::string mapped(const std::string& url, const std::string& name) {
  return url.ends_with('/') ? url + name : url + "/" + name;
}

class LocalPublisher final : public Publisher {
 public:
  LocalPublisher(fs::path dir, std::string url) : dir_(std::move(dir)), url_(std::move(url)) {}

  Status put_file(const std::string& name, const fs::path& file,
                  const transport::ObjectHeaders& headers) override {
    TIEOUT_TRY(const std::string content, read_file(file));
    return put_text(name, content, headers);
  }
  Status put_text(const std::string& name, std::string_view text,
                  const transport::ObjectHeaders&) override {
    TIEOUT_CHECK(tieout::create_directories(dir_));
    return write_file_atomic(dir_ / name, text);
  }
  std::string place_of(const std::string& name) const override { return (dir_ / name).string(); }
  std::string link_to(const std::string& name) const override {
    return url_.empty() ? "file://" + fs::absolute(dir_ / name).lexically_normal().string()
                        : mapped(url_, name);
  }

 private:
  fs::path dir_;
  std::string url_;
};

class S3Publisher final : public Publisher {
 public:
  S3Publisher(transport::S3Client client, transport::S3Location prefix, std::string url)
      : client_(std::move(client)), prefix_(std::move(prefix)), url_(std::move(url)) {}

  Status put_file(const std::string& name, const fs::path& file,
                  const transport::ObjectHeaders& headers) override {
    return client_.upload(prefix_ / name, file, headers);
  }
  Status put_text(const std::string& name, std::string_view text,
                  const transport::ObjectHeaders& headers) override {
    return client_.write(prefix_ / name, text, headers);
  }
  std::string place_of(const std::string& name) const override { return (prefix_ / name).url(); }
  std::string link_to(const std::string& name) const override {
    return url_.empty() ? place_of(name) : mapped(url_, name);
  }

 private:
  transport::S3Client client_;
  transport::S3Location prefix_;
  std::string url_;
};

/// "file:///dir" as "/dir"; anything without a scheme as it is.
Result<fs::path> local_dir(const std::string& place) {
  constexpr std::string_view kFile = "file://";
  if (place.starts_with(kFile)) {
    std::string path = place.substr(kFile.size());
    if (!path.starts_with('/')) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("--publish-dir: '{}' must be file:///absolute/directory", place)};
    }
    return fs::path(std::move(path));
  }
  if (place.find("://") != std::string::npos) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("--publish-dir: '{}' is not a directory, file:///directory or "
                             "s3://bucket/prefix",
                             place)};
  }
  return fs::path(place);
}

}  // namespace

Result<transport::S3Client> make_s3_client(std::string_view who, const std::string& aws_profile,
                                           const Outside* outside) {
  if (outside == nullptr) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("{}: this command reaches no network", who)};
  }
  TIEOUT_TRY(transport::AwsSettings settings,
             transport::aws_settings(outside->environment, aws_profile));
  return transport::S3Client(outside->http, std::move(settings), outside->now, outside->wait,
                             outside->retries);
}

Result<std::unique_ptr<Publisher>> make_publisher(const PublishAddress& address,
                                                  const Outside* outside) {
  if (!address.url.empty() && !address.url.starts_with("http://") &&
      !address.url.starts_with("https://")) {
    return Error{
        ErrorCode::kInvalidArgument,
        fmt::format("--publish-url: '{}' must begin with http:// or https://", address.url)};
  }
  if (transport::is_s3_url(address.place)) {
    TIEOUT_TRY(transport::S3Location prefix, transport::parse_s3_url(address.place));
    TIEOUT_TRY(transport::S3Client client,
               make_s3_client("--publish-dir", address.aws_profile, outside));
    return std::unique_ptr<Publisher>(
        std::make_unique<S3Publisher>(std::move(client), std::move(prefix), address.url));
  }
  TIEOUT_TRY(fs::path dir, local_dir(address.place));
  return std::unique_ptr<Publisher>(std::make_unique<LocalPublisher>(std::move(dir), address.url));
}

}  // namespace tieout::flow
