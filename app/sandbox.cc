#include "app/sandbox.h"

#include <pwd.h>

#include "app/landlock.h"
#include "app/privileges.h"
#include "app/system_calls.h"

namespace rcodescope {

absl::StatusOr<Account> FindAccount(const std::string& name) {
  const passwd* const entry = getpwnam(name.c_str());
  if (entry == nullptr) return absl::NotFoundError("there is no user of this name");
  return Account{entry->pw_uid, entry->pw_gid};
}

std::vector<Protection> EnterSandbox(const SandboxOptions& options) {
  EmptyBoundingSet();  // as long as it can be
  const std::string user = IsRoot() ? BecomeUser(options.account.uid, options.account.gid) : "";
  const std::string capabilities = DropCapabilities();
  const std::string privileges = ForbidNewPrivileges();
  const LandlockResult landlock =
      RestrictWithLandlock(options.folders, options.sources, options.connects);
  // Asked first: the filter forbids the questions.
  const bool not_root = !IsRoot();
  const bool no_capabilities = !HasCapabilities();
  const bool no_new_privs = !MayGetPrivileges();
  const std::string calls = AllowOnlyKnownSystemCalls(!options.connects.empty());
  return {{"user", not_root, user},
          {"capabilities", no_capabilities, capabilities},
          {"no_new_privs", no_new_privs, privileges},
          {"seccomp", calls.empty(), calls},
          {"landlock_files", landlock.files, landlock.files ? "" : landlock.problem},
          {"landlock_network", landlock.network, landlock.network ? "" : landlock.problem}};
}

std::vector<Protection> SandboxState() {
  return {{"user", !IsRoot(), {}},
          {"capabilities", !HasCapabilities(), {}},
          {"no_new_privs", !MayGetPrivileges(), {}},
          {"seccomp", SystemCallsAreFiltered(), {}},
          {"landlock_files", false, {}},
          {"landlock_network", false, {}}};
}

}  // namespace rcodescope
