#pragma once

#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tieout::transport {

/// A listening socket on a free port of 127.0.0.1.
class LoopbackSocket {
 public:
  LoopbackSocket() : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(descriptor_, generic, size) != 0 || ::listen(descriptor_, 16) != 0 ||
        ::getsockname(descriptor_, generic, &size) != 0) {
      std::abort();
    }
    port_ = ntohs(address.sin_port);
  }
  ~LoopbackSocket() { ::close(descriptor_); }
  LoopbackSocket(const LoopbackSocket&) = delete;
  LoopbackSocket& operator=(const LoopbackSocket&) = delete;

  int port() const { return port_; }
  /// The next connection, or -1 after stop().
  int accept() const { return ::accept(descriptor_, nullptr, nullptr); }
  void stop() const { ::shutdown(descriptor_, SHUT_RDWR); }

 private:
  int descriptor_;
  int port_ = 0;
};

inline void send_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) {
      return;  // The client left; that is the test's to see.
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

/// Read more into `buffer`. Returns: false at the end.
inline bool receive_more(int descriptor, std::string& buffer) {
  char part[1U << 14U];
  const ssize_t count = ::recv(descriptor, part, sizeof part, 0);
  if (count <= 0) {
    return false;
  }
  buffer.append(part, static_cast<std::size_t>(count));
  return true;
}

}  // namespace tieout::transport
