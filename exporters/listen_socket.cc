#include "exporters/listen_socket.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rcodescope {
namespace {

constexpr int kBacklog = 511;

struct HostPort {
  std::string host;
  std::string port;
};

std::optional<HostPort> Split(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    if (host.find(':') == std::string_view::npos) return std::nullopt;
  } else if (host.empty() || host.find(':') != std::string_view::npos) {
    return std::nullopt;
  }
  uint16_t number = 0;
  const char* const end = port.data() + port.size();
  const auto [last, error] = std::from_chars(port.data(), end, number);
  if (error != std::errc{} || last != end) return std::nullopt;
  return HostPort{std::string(host), std::string(port)};
}

absl::Status Refused(int error, const std::string& address) {
  const std::string text = "cannot listen on " + address + ": " + std::strerror(error);
  const bool forbidden = error == EACCES || error == EPERM;
  return forbidden ? absl::PermissionDeniedError(text) : absl::UnavailableError(text);
}

uint16_t BoundPort(int fd) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  if (bound.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&bound)->sin6_port);
  }
  return ntohs(reinterpret_cast<const sockaddr_in*>(&bound)->sin_port);
}

}  // namespace

absl::StatusOr<ListenSocket> OpenListenSocket(const std::string& address_and_port) {
  const absl::Status bad = absl::InvalidArgumentError(
      "not an address to listen on: \"" + address_and_port +
      "\"; write a numeric address and a port, such as 127.0.0.1:10053 or [::1]:10053");
  const std::optional<HostPort> wanted = Split(address_and_port);
  if (!wanted) return bad;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  addrinfo* list = nullptr;
  if (::getaddrinfo(wanted->host.c_str(), wanted->port.c_str(), &hints, &list) != 0) return bad;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> found(list, &::freeaddrinfo);

  const int fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return Refused(errno, address_and_port);
  // A port whose last connections are in TIME_WAIT is free; one that is listened on is not.
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd, found->ai_addr, found->ai_addrlen) != 0 || ::listen(fd, kBacklog) != 0) {
    const int error = errno;
    ::close(fd);
    return Refused(error, address_and_port);
  }
  return ListenSocket{fd, BoundPort(fd)};
}

}  // namespace rcodescope
