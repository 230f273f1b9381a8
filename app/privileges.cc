#include "app/privileges.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace rcodescope {
namespace {

std::string Refused(const char* call) { return std::string(call) + ": " + std::strerror(errno); }

using Capabilities = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

__user_cap_header_struct Header() { return {_LINUX_CAPABILITY_VERSION_3, 0}; }

}  // namespace

void EmptyBoundingSet() {
  for (unsigned long capability = 0; capability <= CAP_LAST_CAP; ++capability) {
    prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  }
}

std::string BecomeUser(uid_t uid, gid_t gid) {
  if (setgroups(0, nullptr) != 0) return Refused("setgroups");
  if (setresgid(gid, gid, gid) != 0) return Refused("setresgid");
  if (setresuid(uid, uid, uid) != 0) return Refused("setresuid");
  return {};
}

std::string DropCapabilities() {
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header = Header();
  const Capabilities none{};
  if (syscall(SYS_capset, &header, none.data()) != 0) return Refused("capset");
  return {};
}

std::string ForbidNewPrivileges() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Refused("PR_SET_NO_NEW_PRIVS");
  return {};
}

bool IsRoot() {
  uid_t real = 0;
  uid_t effective = 0;
  uid_t saved = 0;
  getresuid(&real, &effective, &saved);
  return real == 0 || effective == 0 || saved == 0;
}

bool HasCapabilities() {
  __user_cap_header_struct header = Header();
  Capabilities held{};
  if (syscall(SYS_capget, &header, held.data()) != 0) return true;
  for (const __user_cap_data_struct& half : held) {
    if ((half.effective | half.permitted | half.inheritable) != 0) return true;
  }
  return false;
}

bool MayGetPrivileges() { return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1; }

}  // namespace rcodescope
