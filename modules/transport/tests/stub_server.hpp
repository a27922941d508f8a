#pragma once

#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "loopback_socket.hpp"

namespace tieout::transport {

/// A request as it arrived; names of headers in lower case.
struct Received {
  std::string method;
  std::string target;  // "/path?query"
  std::map<std::string, std::string> headers;
  std::string body;
};

struct Reply {
  int status = 200;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<std::size_t> announced_size;  // Content-Length when it is not the body's
  bool silent = false;                        // keep the connection open and never answer
};

/// An HTTP server on loopback whose answers a function of the test gives, one connection after the
/// other.
class StubServer {
 public:
  using Handler = std::function<Reply(const Received&)>;
  explicit StubServer(Handler handler)
      : handler_(std::move(handler)), thread_([this] { serve(); }) {}
  ~StubServer() {
    socket_.stop();
    thread_.join();
    for (const int descriptor : held_) {
      ::close(descriptor);
    }
  }
  StubServer(const StubServer&) = delete;
  StubServer& operator=(const StubServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(socket_.port()); }
  std::vector<Received> received() const {
    const std::lock_guard lock(mutex_);
    return received_;
  }

 private:
  void serve() {
    for (int descriptor = socket_.accept(); descriptor >= 0; descriptor = socket_.accept()) {
      const std::optional<Received> request = read_request(descriptor);
      if (!request) {
        ::close(descriptor);
        continue;
      }
      {
        const std::lock_guard lock(mutex_);
        received_.push_back(*request);
      }
      const Reply reply = handler_(*request);
      if (reply.silent) {
        held_.push_back(descriptor);
        continue;
      }
      send_all(descriptor, bytes_of(reply));
      ::shutdown(descriptor, SHUT_WR);
      ::close(descriptor);
    }
  }

  static std::string bytes_of(const Reply& reply) {
    std::string bytes =
        "HTTP/1.1 " + std::to_string(reply.status) + " Stub\r\nConnection: close\r\n";
    for (const auto& [name, value] : reply.headers) {
      bytes += name + ": " + value + "\r\n";
    }
    bytes += "Content-Length: " + std::to_string(reply.announced_size.value_or(reply.body.size())) +
             "\r\n\r\n";
    return bytes + reply.body;
  }

  static std::optional<Received> read_request(int descriptor) {
    std::string buffer;
    std::size_t end = std::string::npos;
    while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
      if (!receive_more(descriptor, buffer)) {
        return std::nullopt;
      }
    }
    Received request = parse_head(buffer.substr(0, end + 2));
    request.body = buffer.substr(end + 4);
    const auto length = request.headers.find("content-length");
    const std::size_t size = length == request.headers.end() ? 0 : std::stoul(length->second);
    while (request.body.size() < size && receive_more(descriptor, request.body)) {
    }
    return request;
  }

  static Received parse_head(const std::string& head) {
    Received request;
    const std::size_t line_end = head.find("\r\n");
    const std::size_t first = head.find(' ');
    const std::size_t second = head.find(' ', first + 1);
    request.method = head.substr(0, first);
    request.target = head.substr(first + 1, second - first - 1);
    for (std::size_t at = line_end + 2; at < head.size();) {
      const std::size_t end = head.find("\r\n", at);
      const std::string line = head.substr(at, end - at);
      const std::size_t colon = line.find(':');
      std::string name = line.substr(0, colon);
      for (char& c : name) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
      }
      const std::size_t value = line.find_first_not_of(' ', colon + 1);
      request.headers[name] = value == std::string::npos ? "" : line.substr(value);
      at = end + 2;
    }
    return request;
  }

  Handler handler_;
  LoopbackSocket socket_;
  mutable std::mutex mutex_;
  std::vector<Received> received_;
  std::vector<int> held_;
  std::thread thread_;
};

}  // namespace tieout::transport
