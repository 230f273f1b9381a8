#include "app/landlock.h"

#include <cerrno>
#include <cstdint>
#include <cstring>

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace rcodescope {
namespace {

// What Debian 12's <linux/landlock.h> does not have yet, from the kernel's.
constexpr uint64_t kTruncate = uint64_t{1} << 14;     // LANDLOCK_ACCESS_FS_TRUNCATE, ABI 3
constexpr uint64_t kIoctlDevice = uint64_t{1} << 15;  // LANDLOCK_ACCESS_FS_IOCTL_DEV, ABI 5
constexpr uint64_t kRefer = uint64_t{1} << 13;        // LANDLOCK_ACCESS_FS_REFER, ABI 2
constexpr uint64_t kBindTcp = uint64_t{1} << 0;       // LANDLOCK_ACCESS_NET_BIND_TCP, ABI 4
constexpr uint64_t kConnectTcp = uint64_t{1} << 1;    // LANDLOCK_ACCESS_NET_CONNECT_TCP, ABI 4

constexpr uint64_t kFirstAbi = (uint64_t{1} << 13) - 1;  // every right of ABI 1

constexpr int kAbiTruncate = 3;
constexpr int kAbiRefer = 2;
constexpr int kAbiNetwork = 4;
constexpr int kAbiIoctl = 5;

constexpr int kPortRule = 2;  // LANDLOCK_RULE_NET_PORT, ABI 4

// struct landlock_net_port_attr.
struct PortRule {
  uint64_t rights;
  uint64_t port;  // in the order of bytes of this machine
};

// struct landlock_ruleset_attr of ABI 4; older kernels take its first half.
struct Ruleset {
  uint64_t files;
  uint64_t network;
};

std::string Refused(const std::string& call) { return call + ": " + std::strerror(errno); }

uint64_t FileRights(int abi) {
  uint64_t rights = kFirstAbi;
  if (abi >= kAbiRefer) rights |= kRefer;
  if (abi >= kAbiTruncate) rights |= kTruncate;
  if (abi >= kAbiIoctl) rights |= kIoctlDevice;
  return rights;
}

// What a report needs: a file made beside it, renamed over it, and the folder synced.
uint64_t ReportRights(int abi) {
  uint64_t rights = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
                    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE;
  if (abi >= kAbiTruncate) rights |= kTruncate;
  return rights;
}

std::string AllowFolder(int ruleset, const std::string& folder, uint64_t rights) {
  const int fd = open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Refused(folder);
  const landlock_path_beneath_attr rule{.allowed_access = rights, .parent_fd = fd};
  const bool added =
      syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
  const std::string problem = added ? "" : Refused("landlock_add_rule " + folder);
  close(fd);
  return problem;
}

std::string AllowConnect(int ruleset, uint16_t port) {
  const PortRule rule{kConnectTcp, port};
  const bool added = syscall(SYS_landlock_add_rule, ruleset, kPortRule, &rule, 0) == 0;
  return added ? "" : Refused("landlock_add_rule port " + std::to_string(port));
}

}  // namespace

LandlockResult RestrictWithLandlock(const std::vector<std::string>& to_write,
                                    const std::vector<std::string>& to_read,
                                    const std::vector<uint16_t>& to_connect) {
  LandlockResult result;
  const auto abi = static_cast<int>(
      syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION));
  if (abi < 1) {
    result.problem = Refused("landlock_create_ruleset");
    return result;
  }
  const bool network = abi >= kAbiNetwork;
  const Ruleset wanted{FileRights(abi), network ? kBindTcp | kConnectTcp : 0};
  const size_t size = network ? sizeof(wanted) : sizeof(wanted.files);
  const auto ruleset = static_cast<int>(syscall(SYS_landlock_create_ruleset, &wanted, size, 0));
  if (ruleset < 0) {
    result.problem = Refused("landlock_create_ruleset");
    return result;
  }
  for (const std::string& folder : to_write) {
    if (result.problem.empty()) result.problem = AllowFolder(ruleset, folder, ReportRights(abi));
  }
  for (const std::string& folder : to_read) {
    if (!result.problem.empty()) break;
    result.problem = AllowFolder(ruleset, folder, LANDLOCK_ACCESS_FS_READ_FILE);
  }
  for (const uint16_t port : to_connect) {
    if (network && result.problem.empty()) result.problem = AllowConnect(ruleset, port);
  }
  if (result.problem.empty() && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) {
    result.problem = Refused("landlock_restrict_self");
  }
  close(ruleset);
  if (!result.problem.empty()) return result;
  result.files = true;
  result.network = network;
  if (!network) result.problem = "this kernel's Landlock knows no network rights";
  return result;
}

}  // namespace rcodescope
