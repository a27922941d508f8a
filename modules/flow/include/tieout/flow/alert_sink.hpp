#pragma once

#include <memory>
#include <string>

#include "tieout/core/result.hpp"
#include "tieout/flow/alert.hpp"
#include "tieout/flow/alert_config.hpp"
#include "tieout/flow/outside.hpp"

namespace tieout::flow {

/// A receiver of alerts.
class AlertSink {
 public:
  virtual ~AlertSink() = default;
  virtual const std::string& name() const = 0;
  /// Send once; ok means that the receiver took it. The alert's key goes with it, so that a
  /// receiver can drop one that comes twice. Errors: those of the transport; no message holds a
  /// token, a password or the webhook's address.
  virtual Status send(const Alert& alert) = 0;
};

/// The sink of a config; `outside` must outlive it.
std::unique_ptr<AlertSink> make_sink(const SinkConfig& config, const Outside& outside);

}  // namespace tieout::flow
