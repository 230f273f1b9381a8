#include "app/system_calls.h"

#include <cerrno>
#include <cstring>
#include <memory>

#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>

namespace rcodescope {
namespace {

// By what they are for. None opens a socket or connects one, runs a program, or changes rights.
constexpr const char* kAllowed[] = {
    // memory
    "brk", "madvise", "mmap", "mprotect", "mremap", "munmap",
    // threads; rseq and set_robust_list are glibc's at the start of one
    "clone", "clone3", "exit", "exit_group", "futex", "getcpu", "gettid", "membarrier",
    "restart_syscall", "rseq", "sched_getaffinity", "sched_setaffinity", "sched_yield",
    "set_robust_list", "set_tid_address",
    // signals
    "getpid", "kill", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait",
    "sigaltstack", "tgkill",
    // time
    "clock_getres", "clock_gettime", "clock_nanosleep", "gettimeofday", "nanosleep",
    "timerfd_create", "timerfd_gettime", "timerfd_settime",
    // waiting
    "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_wait", "eventfd2", "pipe2", "poll", "ppoll",
    "pselect6", "select",
    // sockets that are open, and connections that come in
    "accept", "accept4", "getpeername", "getsockname", "getsockopt", "recvfrom", "recvmmsg",
    "recvmsg", "sendfile", "sendmsg", "sendto", "setsockopt", "shutdown",
    // a packet socket takes up an interface that was made anew; TCP ports are Landlock's
    "bind", "ioctl",
    // files: which of them is Landlock's
    "access", "close", "faccessat", "faccessat2", "fchmod", "fcntl", "fstat", "fsync", "ftruncate",
    "lseek", "newfstatat", "openat", "pread64", "pwrite64", "read", "readlink", "readlinkat",
    "readv", "rename", "renameat", "renameat2", "stat", "lstat", "statx", "umask", "unlink",
    "unlinkat", "write", "writev",
    // the rest
    "getegid", "geteuid", "getgid", "getrandom", "getuid", "prlimit64", "getrlimit", "sysinfo",
    "uname"};

std::string Refused(const char* call, int error) {
  return std::string(call) + ": " + std::strerror(-error);
}

// Whether argument `number` is `value`, or is in the bits of `mask`. The library's macros for it
// are C.
scmp_arg_cmp Is(unsigned number, uint64_t value) { return {number, SCMP_CMP_EQ, value, 0}; }
scmp_arg_cmp IsMasked(unsigned number, uint64_t mask, uint64_t value) {
  return {number, SCMP_CMP_MASKED_EQ, mask, value};
}

// Stream sockets of the Internet's families, and connecting them.
std::string AllowConnections(void* filter) {
  constexpr uint64_t kKind = 0xf;  // the rest of a socket's type are flags
  for (const int family : {AF_INET, AF_INET6}) {
    const int error =
        seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2,
                         Is(0, static_cast<uint64_t>(family)), IsMasked(1, kKind, SOCK_STREAM));
    if (error != 0) return Refused("socket", error);
  }
  const int error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(connect), 0);
  return error == 0 ? "" : Refused("connect", error);
}

}  // namespace

std::string AllowOnlyKnownSystemCalls(bool connects) {
  const std::unique_ptr<void, decltype(&seccomp_release)> filter(
      seccomp_init(SCMP_ACT_ERRNO(EPERM)), &seccomp_release);
  if (filter == nullptr) return "seccomp_init: no memory";
  if (const int error = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1); error != 0) {
    return Refused("seccomp_attr_set", error);
  }
  for (const char* name : kAllowed) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR) continue;  // not on this machine
    if (const int error = seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, number, 0); error != 0) {
      return Refused(name, error);
    }
  }
  // Naming a thread, and nothing else of prctl.
  if (const int error =
          seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1, Is(0, PR_SET_NAME));
      error != 0) {
    return Refused("prctl", error);
  }
  if (const std::string refused = connects ? AllowConnections(filter.get()) : "";
      !refused.empty()) {
    return refused;
  }
  const int error = seccomp_load(filter.get());
  return error == 0 ? "" : Refused("seccomp_load", error);
}

bool SystemCallsAreFiltered() { return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_MODE_FILTER; }

}  // namespace rcodescope
