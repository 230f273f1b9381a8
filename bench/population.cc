#include "bench/population.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace rcodescope {
namespace {

using std::string_view_literals::operator""sv;

// In wire form. Twelve suffixes; .com stands five times, so that a third of the zones are below it.
constexpr std::array<std::string_view, 16> kSuffixes = {
    "\3com\0"sv,    "\3com\0"sv,     "\3com\0"sv,    "\3com\0"sv,    "\3com\0"sv, "\3net\0"sv,
    "\3org\0"sv,    "\2de\0"sv,      "\2nl\0"sv,     "\2fr\0"sv,     "\2io\0"sv,  "\2pl\0"sv,
    "\2co\2uk\0"sv, "\3com\2br\0"sv, "\2co\2jp\0"sv, "\3com\2au\0"sv};

constexpr std::array<std::string_view, 8> kServices = {"www", "api",    "mail", "cdn",
                                                       "img", "static", "m",    "login"};

uint32_t Ipv6Servers(uint32_t servers) { return std::max(servers / 4, 1U); }

void WriteLabel(char letter, uint32_t number, ByteWriter& out) {
  std::array<char, 12> text;
  text[0] = letter;
  const char* end = std::to_chars(text.data() + 1, text.data() + text.size(), number).ptr;
  const auto length = static_cast<size_t>(end - text.data());
  out.U8(static_cast<uint8_t>(length));
  out.Bytes(text.data(), length);
}

}  // namespace

Population::Population(const PopulationOptions& options)
    : options_(options),
      ipv4_servers_(std::max(options.servers, 2U) - Ipv6Servers(options.servers)),
      ipv6_servers_(Ipv6Servers(options.servers)),
      zone_ranks_(std::max(options.zones, 1U)) {
  options_.clients = std::max(options.clients, 1U);
  options_.zones = std::max(options.zones, 1U);
  options_.names = std::max(options.names, options_.zones);
  if (!options.uniform_clients) client_ranks_.emplace(options_.clients);
}

uint32_t Population::DrawClient(Random& random) const {
  return client_ranks_ ? client_ranks_->Draw(random) : random.Below(options_.clients);
}

uint32_t Population::DrawServer(bool ipv6, Random& random) const {
  return (ipv6 ? ipv6_servers_ : ipv4_servers_).Draw(random);
}

uint32_t Population::DrawName(Random& random) const {
  const uint32_t zone = zone_ranks_.Draw(random);
  const uint32_t names = (options_.names - zone + options_.zones - 1) / options_.zones;
  return zone + random.Below(names) * options_.zones;
}

Host Population::ClientHost(uint32_t client) {
  Host host;
  ByteWriter out(host.address);
  if (IsIpv6(client)) {
    host.ipv6 = true;
    out.U32(0x20010db8U);
    // A /64 for about sixteen neighbours, and an interface identifier without a pattern.
    out.U32((client >> 6) * 0x9e3779b1U);
    out.U64(Mix64(client));
  } else {
    constexpr uint32_t kLow24 = 0xffffffU;
    // An odd factor permutes the low 24 bits, so that popular clients are not neighbours.
    out.U32(((10 + (client >> 24)) << 24) | ((client * 0x9e3779b1U) & kLow24));
  }
  return host;
}

uint16_t Population::ClientVlan(uint32_t client) {
  return client % 33 == 8 ? static_cast<uint16_t>(100 + client % 7) : uint16_t{0};
}

Host Population::ServerHost(uint32_t server, bool ipv6) {
  Host host;
  host.ipv6 = ipv6;
  ByteWriter out(host.address);
  if (ipv6) {
    out.U32(0x20010002U);
    out.U32(server * 0x9e3779b1U & 0xffffU);
    out.U32(server >> 16);
    out.U32(0x53U);
  } else {
    constexpr uint32_t kLow17 = 0x1ffffU;
    out.U32(0xc6120000U | ((server * 0x9e3779b1U) & kLow17));
  }
  return host;
}

size_t Population::WriteName(uint32_t name, ByteWriter& out) const {
  const uint64_t mixed = Mix64(name);
  if (mixed % 3 == 0) {
    const std::string_view service = kServices[(mixed >> 32) % kServices.size()];
    out.U8(static_cast<uint8_t>(service.size()));
    out.Text(service);
  }
  WriteLabel('w', name, out);
  const size_t zone = out.size();
  WriteZone(ZoneOf(name), out);
  return zone;
}

void Population::WriteZone(uint32_t zone, ByteWriter& out) {
  WriteLabel('z', zone, out);
  out.Text(kSuffixes[Mix64(zone) % kSuffixes.size()]);
}

}  // namespace rcodescope
