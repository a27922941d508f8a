#pragma once

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tieout/core/time.hpp"

namespace tieout::flow {

/// A real server of the S3 protocol, from npm (scripts/fetch_s3_server.sh), on a free port of
/// loopback.
class S3Server {
 public:
  static constexpr const char* kKeyId = "S3RVER";
  static constexpr const char* kSecret = "S3RVER";

  static std::filesystem::path folder() {
    return std::filesystem::path(TIEOUT_SOURCE_DIR) / ".deps" / "s3_server";
  }
  static bool is_installed() {
    std::error_code ignored;
    return std::filesystem::exists(folder() / "version", ignored);
  }
  /// The server refuses requests whose stamp is not near its own clock, so this test alone reads
  /// the clock.
  static Timestamp now() {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch).count()};
  }

  S3Server(const std::filesystem::path& dir, const std::string& bucket) {
    std::filesystem::create_directories(dir);
    std::array<int, 2> out{};
    EXPECT_EQ(::pipe(out.data()), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, out[0]);
    const std::string script = std::string(TIEOUT_SOURCE_DIR) + "/tests/stubs/s3_server.js";
    const std::string server = folder().string();
    std::array<std::string, 5> words{"node", script, server, dir.string(), bucket};
    std::array<char*, 6> arguments{words[0].data(), words[1].data(), words[2].data(),
                                   words[3].data(), words[4].data(), nullptr};
    EXPECT_EQ(::posix_spawnp(&process_, "node", &actions, nullptr, arguments.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(out[1]);
    // Its first line is its port.
    char c = 0;
    while (::read(out[0], &c, 1) == 1 && c != '\n') {
      port_ += c;
    }
    ::close(out[0]);
    EXPECT_FALSE(port_.empty()) << "the S3 server did not start";
  }
  ~S3Server() {
    ::kill(process_, SIGTERM);
    ::waitpid(process_, nullptr, 0);
  }
  S3Server(const S3Server&) = delete;
  S3Server& operator=(const S3Server&) = delete;

  std::string url() const { return "http://127.0.0.1:" + port_; }

 private:
  pid_t process_ = -1;
  std::string port_;
};

}  // namespace tieout::flow
