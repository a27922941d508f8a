// Preloaded into a program under test: stands time still, numbers every call that changes the file
// system, and at a given number ends the program in the middle of it, as a power cut or `kill -9`
// does, or sends it a signal. The program itself knows nothing of it.
//
//   KILL_AT_TRACE=FILE    append "number call path" for every call
//   KILL_AT=N             before call N carry out the signal
//   KILL_AT_SIGNAL=S      SIGKILL (9, the default) or another one
//
// Time stands still so that two runs that made the same things have the same stamps.
#include <atomic>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace {

long number_of(const char* name) {
  const char* text = ::getenv(name);
  return text == nullptr ? 0 : ::atol(text);
}

/// Called before each call that changes the file system.
void step(const char* call, const char* path) {
  static std::atomic<long> count{0};
  static const long kill_at = number_of("KILL_AT");
  static const long signal =
      ::getenv("KILL_AT_SIGNAL") == nullptr ? SIGKILL : number_of("KILL_AT_SIGNAL");
  static const char* trace = ::getenv("KILL_AT_TRACE");
  const long n = ++count;
  if (trace != nullptr) {
    const int fd = static_cast<int>(
        ::syscall(SYS_openat, AT_FDCWD, trace, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    char line[4096];
    const int length = ::snprintf(line, sizeof line, "%ld %s %s\n", n, call, path);
    if (fd >= 0 && length > 0) {
      static_cast<void>(::syscall(SYS_write, fd, line, static_cast<std::size_t>(length)));
      ::syscall(SYS_close, fd);
    }
  }
  if (n == kill_at) {
    ::kill(::getpid(), static_cast<int>(signal));
  }
}

template <typename Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

bool is_regular(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

/// 2023-08-30 00:00:00 UTC, on every clock.
constexpr time_t kNow = 1693353600;

}  // namespace

extern "C" {

int clock_gettime(clockid_t, timespec* now) noexcept {
  now->tv_sec = kNow;
  now->tv_nsec = 0;
  return 0;
}

int rename(const char* from, const char* to) noexcept {
  step("rename", to);
  return real<int (*)(const char*, const char*)>("rename")(from, to);
}

int renameat2(int from_dir, const char* from, int to_dir, const char* to,
              unsigned int flags) noexcept {
  step("renameat2", to);
  return real<int (*)(int, const char*, int, const char*, unsigned int)>("renameat2")(
      from_dir, from, to_dir, to, flags);
}

int mkdir(const char* path, mode_t mode) noexcept {
  step("mkdir", path);
  return real<int (*)(const char*, mode_t)>("mkdir")(path, mode);
}

int unlink(const char* path) noexcept {
  step("unlink", path);
  return real<int (*)(const char*)>("unlink")(path);
}

int unlinkat(int dir, const char* path, int flags) noexcept {
  step("unlinkat", path);
  return real<int (*)(int, const char*, int)>("unlinkat")(dir, path, flags);
}

int remove(const char* path) noexcept {
  step("remove", path);
  return real<int (*)(const char*)>("remove")(path);
}

int fchmodat(int dir, const char* path, mode_t mode, int flags) noexcept {
  step("fchmodat", path);
  return real<int (*)(int, const char*, mode_t, int)>("fchmodat")(dir, path, mode, flags);
}

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  if ((flags & (O_CREAT | O_TRUNC)) != 0) {
    step("open", path);
  }
  return real<int (*)(const char*, int, ...)>("open")(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return open(path, flags, mode);
}

ssize_t write(int fd, const void* bytes, size_t size) {
  if (fd > 2 && is_regular(fd)) {
    step("write", "");
  }
  return static_cast<ssize_t>(::syscall(SYS_write, fd, bytes, size));
}

}  // extern "C"
