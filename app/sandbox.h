// Rights given up for good, once everything that needs them is open.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "absl/status/statusor.h"

namespace rcodescope {

struct Account {
  uid_t uid = 0;
  gid_t gid = 0;
};

// NotFound when there is no user of that name.
absl::StatusOr<Account> FindAccount(const std::string& name);

struct SandboxOptions {
  Account account;                   // whom to become, where the process is root's
  std::vector<std::string> folders;  // in which files may be made and replaced
  std::vector<std::string> sources;  // folders whose files may be read
  std::vector<uint16_t> connects;  // TCP ports that may be connected to; none: no connection at all
};

// One protection, and whether it is in force: asked of the kernel, not concluded from the calls.
struct Protection {
  std::string_view feature;
  bool active = false;
  std::string problem;  // why not; empty when active
};

// The features, in the order in which EnterSandbox answers:
//
//   user              the process is not root's
//   capabilities      it has none and can get none
//   no_new_privs      no program it might run gets more rights than it has
//   seccomp           system calls that the program does not use fail with EPERM: among them those
//                     that run programs and, without `connects`, open sockets or connect them
//   landlock_files    no file can be opened, but in `folders`, where reports are replaced, and
//                     in `sources`, to read
//   landlock_network  no TCP connection can be made, but to `connects`, no TCP port taken
//
// Goes as far as the system lets it; what it does not let is told, and the rest is in force. For
// the calling thread and those it makes; user and seccomp for all threads. To be called while there
// are no other threads but those of libraries.
std::vector<Protection> EnterSandbox(const SandboxOptions& options);

// The same list with nothing in force but what was already.
std::vector<Protection> SandboxState();

}  // namespace rcodescope
