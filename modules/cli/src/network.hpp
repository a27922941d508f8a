#pragma once

#include <memory>

#include "tieout/cli/command.hpp"
#include "tieout/flow/outside.hpp"

namespace tieout::cli {

/// The real network of a command: clients on libcurl, the process's environment, waits that a
/// signal ends.
class Network {
 public:
  explicit Network(const Session& session);
  const flow::Outside& outside() const { return outside_; }

 private:
  std::unique_ptr<transport::HttpClient> http_;
  std::unique_ptr<transport::MailClient> mail_;
  flow::Outside outside_;
};

}  // namespace tieout::cli
