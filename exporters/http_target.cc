#include "exporters/http_target.h"

#include <array>
#include <charconv>
#include <string>
#include <string_view>

#include <absl/status/status.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

namespace rcodescope {
namespace {

constexpr std::string_view kScheme = "http://";
constexpr uint16_t kHttpPort = 80;

struct Place {
  std::string host;
  std::string brackets_host;  // as a URL has it
  uint16_t port = kHttpPort;
  std::string path;
};

bool Parse(std::string_view url, Place& place) {
  if (!url.starts_with(kScheme)) return false;
  url.remove_prefix(kScheme.size());
  const size_t slash = url.find('/');
  std::string_view host = url.substr(0, slash);
  place.path = slash == std::string_view::npos ? "" : std::string(url.substr(slash));
  while (place.path.ends_with('/')) place.path.pop_back();
  const size_t behind = host.rfind(']');
  const size_t colon = host.find(':', behind == std::string_view::npos ? 0 : behind);
  if (colon != std::string_view::npos) {
    const std::string_view digits = host.substr(colon + 1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), place.port);
    if (error != std::errc() || end != digits.data() + digits.size() || place.port == 0) {
      return false;
    }
    host = host.substr(0, colon);
  }
  place.brackets_host = host;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  place.host = host;
  return !place.host.empty() && place.host.find_first_of(" @?#\\\"") == std::string::npos &&
         place.path.find_first_of(" ?#") == std::string::npos;
}

std::string TextOf(const addrinfo& address) {
  std::array<char, NI_MAXHOST> text{};
  getnameinfo(address.ai_addr, address.ai_addrlen, text.data(), text.size(), nullptr, 0,
              NI_NUMERICHOST);
  return text.data();
}

}  // namespace

absl::Status CheckHttpTarget(const std::string& url) {
  Place place;
  if (Parse(url, place)) return absl::OkStatus();
  return absl::InvalidArgumentError("not http://HOST[:PORT][/PATH]");
}

absl::StatusOr<HttpTarget> FindHttpTarget(const std::string& url, const std::string& below) {
  Place place;
  Parse(url, place);
  if (absl::Status status = CheckHttpTarget(url); !status.ok()) return status;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(place.host.c_str(), nullptr, &hints, &found);
  if (error != 0) return absl::UnavailableError(place.host + ": " + gai_strerror(error));
  HttpTarget target;
  const std::string port = std::to_string(place.port);
  target.url = std::string(kScheme) + place.brackets_host + ":" + port + place.path + below;
  target.resolve = place.host + ":" + port + ":";
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    target.resolve += (address == found ? "" : ",") + TextOf(*address);
  }
  target.port = place.port;
  freeaddrinfo(found);
  return target;
}

}  // namespace rcodescope
