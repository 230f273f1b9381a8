#include "aggregate/client_network.h"

#include <charconv>
#include <cstddef>
#include <optional>

#include <arpa/inet.h>

#include "parse/ip_address.h"

namespace rcodescope {
namespace {

struct Network {
  IpAddress address;
  Family family = Family::kIpv4;
  int bits = 0;
};

std::optional<Network> Parse(std::string_view text) {
  Network network;
  const size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  network.family = address.find(':') == std::string::npos ? Family::kIpv4 : Family::kIpv6;
  const bool is_v4 = network.family == Family::kIpv4;
  std::byte bytes[16];
  if (inet_pton(is_v4 ? AF_INET : AF_INET6, address.c_str(), bytes) != 1) return std::nullopt;
  network.address = IpAddress::From(network.family, bytes);
  network.bits = is_v4 ? 32 : 128;
  if (slash == std::string_view::npos) return network;
  const std::string_view length = text.substr(slash + 1);
  int bits = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  const bool whole = error == std::errc() && end == length.data() + length.size();
  if (!whole || bits < 0 || bits > network.bits) return std::nullopt;
  network.bits = bits;
  return network;
}

}  // namespace

std::string NetworkOf(std::string_view client, int v4_bits, int v6_bits) {
  const std::optional<Network> network = Parse(client);
  if (!network) return {};
  const int bits = network->family == Family::kIpv4 ? v4_bits : v6_bits;
  if (network->bits <= bits) return std::string(client);
  return network->address.Prefix(v4_bits, v6_bits).ToString() + "/" + std::to_string(bits);
}

bool LiesIn(std::string_view client, std::string_view network) {
  if (client == network) return true;
  const std::optional<Network> part = Parse(client);
  const std::optional<Network> whole = Parse(network);
  if (!part || !whole || part->family != whole->family || part->bits < whole->bits) return false;
  return part->address.Prefix(whole->bits, whole->bits) == whole->address;
}

}  // namespace rcodescope
