#pragma once

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tieout/oms/oms_database.hpp"
#include "tieout/oms/sql_session.hpp"

namespace tieout::oms {

/// A throw-away PostgreSQL server for the tests of one process: made at the first use, stopped at
/// the end. The PG* variables of the process name it.
class PostgresServer {
 public:
  static PostgresServer& instance() {
    static PostgresServer server;
    return server;
  }
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;
  ~PostgresServer() {
    ::close(alive_);
    if (keeper_ > 0) {
      ::waitpid(keeper_, nullptr, 0);
    }
  }

  /// Why there is none; empty when it runs.
  const std::string& missing() const { return missing_; }
  const std::string& dir() const { return dir_; }

  /// Tables of their own for each call: "t0", "t1", ... Later sessions of the process see the last.
  std::string fresh_schema() {
    const std::string name = fmt::format("t{}", schemas_++);
    auto session = open_postgres_session(kPostgresScheme, SqlOpen::kReadWrite).value();
    EXPECT_TRUE(session->run("CREATE SCHEMA " + name).ok());
    ::setenv("PGOPTIONS", ("-c search_path=" + name).c_str(), 1);
    return name;
  }

 private:
  PostgresServer() {
    // A socket's path has at most 107 bytes, and the server's user must be able to come here.
    dir_ = "/tmp/tieout_pg_XXXXXX";
    if (::mkdtemp(dir_.data()) == nullptr) {
      missing_ = "skipped: no folder for a PostgreSQL server";
      return;
    }
    keep();
    const int status = run("pg_up.sh");
    if (status == 3) {
      missing_ = "skipped: no PostgreSQL server";
    } else if (status != 0) {
      ADD_FAILURE() << "scripts/pg_up.sh ended with " << status << ": see " << dir_;
      missing_ = "the PostgreSQL server did not start";
    }
    for (const char* name : {"PGPORT", "PGPASSWORD", "PGPASSFILE", "PGSERVICE", "PGOPTIONS"}) {
      ::unsetenv(name);
    }
    ::setenv("PGHOST", dir_.c_str(), 1);
    ::setenv("PGUSER", "tieout", 1);
    ::setenv("PGDATABASE", "tieout", 1);
  }

  /// Start the child that cleans up when this process is gone.
  void keep() {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) {
      return;
    }
    alive_ = ends[1];
    keeper_ = ::fork();
    if (keeper_ != 0) {
      ::close(ends[0]);
      return;
    }
    ::close(ends[1]);
    char nothing = 0;
    while (::read(ends[0], &nothing, 1) < 0 && errno == EINTR) {
    }
    run("pg_down.sh");
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
    ::_exit(0);
  }

  /// Exit status of scripts/NAME DIR.
  int run(const char* name) const {
    const std::string script = std::string(TIEOUT_SOURCE_DIR) + "/scripts/" + name;
    const pid_t child = ::fork();
    if (child == 0) {
      ::execlp("bash", "bash", script.c_str(), dir_.c_str(), static_cast<char*>(nullptr));
      ::_exit(127);
    }
    int status = 0;
    return ::waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  std::string dir_;
  std::string missing_;
  int schemas_ = 0;
  int alive_ = -1;  // closed by the end of this process
  pid_t keeper_ = -1;
};

}  // namespace tieout::oms
