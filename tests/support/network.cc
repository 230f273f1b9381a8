#include "tests/support/network.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rcodescope {
namespace {

[[noreturn]] void Throw(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

void Run(const std::string& command) {
  if (std::system(command.c_str()) != 0) throw std::runtime_error(command);
}

void Write(const char* path, const char* text) {
  std::ofstream file(path);
  if (!(file << text << std::flush)) Throw(path);
}

}  // namespace

std::string Network::Hindrance() {
  if (geteuid() != 0) return "needs root, for network namespaces";
  if (std::system("ip -V >/dev/null 2>&1") != 0) return "needs ip(8) of iproute2";
  return "";
}

Network::Network() {
  if (unshare(CLONE_NEWNET) != 0) Throw("unshare");
  // No router solicitations, no listener reports.
  for (const char* path : {"/proc/sys/net/ipv6/conf/all/disable_ipv6",
                           "/proc/sys/net/ipv6/conf/default/disable_ipv6"}) {
    if (std::ifstream(path).good()) Write(path, "1");
  }
  Run("ip link set lo up");
}

void Network::AddCable(const std::string& one, const std::string& other) {
  Run("ip link add " + one + " mtu 65535 type veth peer name " + other + " mtu 65535");
  SetUp(one, true);
  SetUp(other, true);
}

void Network::Delete(const std::string& interface) { Run("ip link delete " + interface); }

void Network::SetUp(const std::string& interface, bool up) {
  Run("ip link set " + interface + (up ? " up" : " down"));
}

// The second field behind the name: proc_pid_net(5), dev.
uint64_t Network::Received(const std::string& interface) {
  std::ifstream file("/proc/thread-self/net/dev");
  for (std::string line; std::getline(file, line);) {
    std::replace(line.begin(), line.end(), ':', ' ');
    std::istringstream fields(line);
    std::string name;
    uint64_t bytes = 0;
    uint64_t frames = 0;
    if (fields >> name >> bytes >> frames && name == interface) return frames;
  }
  throw std::runtime_error("no interface " + interface);
}

Tunnel::Tunnel(const std::string& name) : fd_(open("/dev/net/tun", O_RDWR | O_CLOEXEC)) {
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (fd_ < 0 || ioctl(fd_, TUNSETIFF, &request) != 0) Throw("tun interface");
  Run("ip link set " + name + " up");
}

Tunnel::~Tunnel() { close(fd_); }

bool Tunnel::Send(const Bytes& packet) {
  return write(fd_, packet.data(), packet.size()) == static_cast<ssize_t>(packet.size());
}

FrameSender::FrameSender(const std::string& interface)
    : socket_(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)) {
  if (socket_ < 0) Throw("packet socket");
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
  if (address.sll_ifindex == 0 ||
      bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    close(socket_);
    Throw("sender on " + interface);
  }
}

FrameSender::~FrameSender() { close(socket_); }

bool FrameSender::Send(const Bytes& frame) {
  return send(socket_, frame.data(), frame.size(), 0) == static_cast<ssize_t>(frame.size());
}

size_t FrameSender::SendMany(const Bytes& frame, size_t copies) {
  std::array<mmsghdr, 64> messages{};
  iovec bytes = {const_cast<std::byte*>(frame.data()), frame.size()};
  for (mmsghdr& message : messages) {
    message.msg_hdr.msg_iov = &bytes;
    message.msg_hdr.msg_iovlen = 1;
  }
  size_t sent = 0;
  while (sent < copies) {
    const auto count = static_cast<unsigned>(std::min(copies - sent, messages.size()));
    const int taken = sendmmsg(socket_, messages.data(), count, 0);
    if (taken <= 0) break;
    sent += static_cast<size_t>(taken);
  }
  return sent;
}

}  // namespace rcodescope
