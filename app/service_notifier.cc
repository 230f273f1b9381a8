#include "app/service_notifier.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "app/duration_size.h"
#include "app/quote.h"

namespace rcodescope {
namespace {

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

ServiceNotifier::ServiceNotifier() {
  const std::string address = Variable("NOTIFY_SOCKET");
  if (address.empty()) return;
  Open(address);
  if (fd_ >= 0) ReadWatchdog();
}

ServiceNotifier::~ServiceNotifier() {
  if (fd_ >= 0) close(fd_);
}

// Connected, for an unconnected socket would have to ask Landlock at each message.
void ServiceNotifier::Open(const std::string& address) {
  sockaddr_un target = {.sun_family = AF_UNIX, .sun_path = {}};
  const bool known = address.front() == '/' || address.front() == '@';
  if (!known || address.size() < 2 || address.size() >= sizeof(target.sun_path)) {
    problem_ = "NOTIFY_SOCKET is neither a path nor an abstract name: " + Quote(address);
    return;
  }
  std::memcpy(target.sun_path, address.data(), address.size());
  if (address.front() == '@') target.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());
  fd_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd_ >= 0 && connect(fd_, reinterpret_cast<const sockaddr*>(&target), size) == 0) return;
  problem_ = "NOTIFY_SOCKET " + Quote(address) + ": " + std::strerror(errno);
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

// sd_watchdog_enabled(3): meant for the process of that number, where there is one.
void ServiceNotifier::ReadWatchdog() {
  const std::string process = Variable("WATCHDOG_PID");
  const std::string interval = Variable("WATCHDOG_USEC");
  if (interval.empty() || (!process.empty() && process != std::to_string(getpid()))) return;
  constexpr uint64_t kDay = 86'400'000'000;
  const absl::StatusOr<uint64_t> microseconds = ParseInteger(interval, 1, 365 * kDay);
  if (microseconds.ok()) {
    watchdog_ = std::chrono::microseconds(*microseconds);
  } else {
    problem_ = "WATCHDOG_USEC is no time in microseconds: " + Quote(interval);
  }
}

void ServiceNotifier::Alive() {
  if (!untold_.empty()) Tell(untold_);
  if (watchdog_.count() == 0 || Clock::now() - told_alive_ < watchdog_ / 2) return;
  if (Send("WATCHDOG=1")) told_alive_ = Clock::now();
}

int ServiceNotifier::LookMs(int most) const {
  if (watchdog_.count() == 0) return most;
  const auto quarter = std::chrono::duration_cast<std::chrono::milliseconds>(watchdog_ / 4);
  return static_cast<int>(std::clamp<int64_t>(quarter.count(), 1, most));
}

void ServiceNotifier::Tell(std::string_view state) { untold_ = Send(state) ? "" : state; }

bool ServiceNotifier::Send(std::string_view state) {
  if (fd_ < 0) return true;
  const ssize_t sent = send(fd_, state.data(), state.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent >= 0 || errno != EAGAIN;
}

}  // namespace rcodescope
