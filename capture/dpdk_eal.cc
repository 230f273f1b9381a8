#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>
#include <vector>

#include <pthread.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <sched.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "capture/dpdk.h"
#include "capture/dpdk_output.h"

namespace rcodescope {
namespace {

constexpr char kHugepageHint[] =
    " (reserve hugepages, or use --no-huge -m 512 when speed does not matter)";

// rte_eal_init succeeds although a device could not be made; this is all it says.
constexpr char kDeviceFailed[] = "Bus (vdev) probe failed";

absl::Status Refusal(int error, const std::string& complaints) {
  if (absl::StrContains(complaints, "hugepage")) {
    return absl::UnavailableError(complaints + kHugepageHint);
  }
  const std::string what =
      complaints.empty() ? absl::StrCat("DPDK does not start: ", rte_strerror(error)) : complaints;
  switch (error) {
    case EACCES:
    case EPERM: return absl::PermissionDeniedError(what);
    case EINVAL:
    case ENODEV:
    case ENOTSUP: return absl::InvalidArgumentError(what);
    default: return absl::UnavailableError(what);
  }
}

// Options that end the process, once DPDK has told its own.
bool AsksForHelp(const std::string& word) {
  return word == "-h" || (word.size() >= 4 && std::string_view("--help").starts_with(word));
}

bool running = false;  // as the EAL is: the process's

// The EAL binds the calling thread to its first CPU, and with it all threads that are made later.
class KeptCpus {
 public:
  KeptCpus() { known_ = pthread_getaffinity_np(pthread_self(), sizeof(cpus_), &cpus_) == 0; }
  ~KeptCpus() {
    if (known_) pthread_setaffinity_np(pthread_self(), sizeof(cpus_), &cpus_);
  }
  KeptCpus(const KeptCpus&) = delete;
  KeptCpus& operator=(const KeptCpus&) = delete;

 private:
  cpu_set_t cpus_;
  bool known_;
};

}  // namespace

absl::Status StartEal(std::span<const std::string> arguments) {
  std::vector<std::string> words = {"dpdk"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  if (std::any_of(words.begin(), words.end(), AsksForHelp)) {
    return absl::InvalidArgumentError("DPDK's arguments are told by dpdk-testpmd --help");
  }
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  const KeptCpus cpus;
  const KeptOutput output;
  const int taken = rte_eal_init(static_cast<int>(words.size()), argv.data());
  const int error = rte_errno;
  const std::string complaints = output.Complaints();
  if (taken < 0) return Refusal(error, complaints);
  running = true;
  if (static_cast<size_t>(taken) + 1 < words.size()) {
    return absl::InvalidArgumentError(absl::StrCat("DPDK takes no word that is not an option: ",
                                                   argv[static_cast<size_t>(taken) + 1]));
  }
  if (absl::StrContains(complaints, kDeviceFailed)) return absl::InvalidArgumentError(complaints);
  return absl::OkStatus();
}

void StopEal() {
  if (running) rte_eal_cleanup();
  running = false;
}

size_t EalCpus() { return rte_lcore_count(); }

void PinToEalCpu(size_t place) {
  for (unsigned lcore = 0; lcore < RTE_MAX_LCORE; ++lcore) {
    if (rte_lcore_is_enabled(lcore) == 0 || place-- != 0) continue;
    const rte_cpuset_t cpus = rte_lcore_cpuset(lcore);
    pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus);
    return;
  }
}

}  // namespace rcodescope
