#pragma once

#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "loopback_socket.hpp"

namespace tieout::transport {

/// An SMTP server on loopback. It takes everything, or answers a command as the test says.
class StubMailServer {
 public:
  /// `replies`: first word of a command ("RCPT", "AUTH", "." for the end of the message) to its
  /// answer.
  using Replies = std::map<std::string, std::string>;
  explicit StubMailServer(Replies replies = {})
      : replies_(std::move(replies)), thread_([this] { serve(); }) {}
  ~StubMailServer() {
    socket_.stop();
    thread_.join();
  }
  StubMailServer(const StubMailServer&) = delete;
  StubMailServer& operator=(const StubMailServer&) = delete;

  std::string url() const { return "smtp://127.0.0.1:" + std::to_string(socket_.port()); }
  /// Messages that were taken, without the dot.
  std::vector<std::string> messages() const {
    const std::lock_guard lock(mutex_);
    return messages_;
  }
  /// Commands of all conversations.
  std::vector<std::string> commands() const {
    const std::lock_guard lock(mutex_);
    return commands_;
  }

 private:
  void serve() {
    for (int descriptor = socket_.accept(); descriptor >= 0; descriptor = socket_.accept()) {
      talk(descriptor);
      ::close(descriptor);
    }
  }

  std::string reply_to(const std::string& word, const std::string& usual) const {
    const auto found = replies_.find(word);
    return (found == replies_.end() ? usual : found->second) + "\r\n";
  }

  void talk(int descriptor) {
    std::string buffer;
    std::string message;
    bool in_message = false;
    bool in_login = false;
    send_all(descriptor, "220 stub\r\n");
    while (true) {
      const std::size_t end = buffer.find("\r\n");
      if (end == std::string::npos) {
        if (!receive_more(descriptor, buffer)) {
          return;
        }
        continue;
      }
      const std::string line = buffer.substr(0, end);
      buffer.erase(0, end + 2);
      if (in_message && line != ".") {
        message += line + "\n";
        continue;
      }
      const std::lock_guard lock(mutex_);
      if (in_message) {
        in_message = false;
        const std::string reply = reply_to(".", "250 taken");
        if (reply.front() == '2') {
          messages_.push_back(message);
        }
        message.clear();
        send_all(descriptor, reply);
        continue;
      }
      commands_.push_back(line);
      if (in_login) {
        in_login = false;
        send_all(descriptor, reply_to("AUTH", "235 welcome"));
        continue;
      }
      const std::string word = line.substr(0, line.find(' '));
      if (word == "EHLO") {
        send_all(descriptor, reply_to(word, "250-stub\r\n250 AUTH PLAIN"));
      } else if (word == "AUTH") {
        in_login = true;
        send_all(descriptor, "334 \r\n");
      } else if (word == "DATA") {
        const std::string reply = reply_to(word, "354 go on");
        in_message = reply.front() == '3';
        send_all(descriptor, reply);
      } else if (word == "QUIT") {
        send_all(descriptor, "221 bye\r\n");
        return;
      } else {
        send_all(descriptor, reply_to(word, "250 ok"));
      }
    }
  }

  Replies replies_;
  LoopbackSocket socket_;
  mutable std::mutex mutex_;
  std::vector<std::string> messages_, commands_;
  std::thread thread_;
};

}  // namespace tieout::transport
