// Where a response was seen, by a name that the user gave: a site, or a group of servers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "parse/ip_address.h"
#include "parse/observation.h"

namespace rcodescope {

// A network of either family; `bits` of 128, since IPv4 addresses are held mapped.
struct Network {
  IpAddress address{};
  int bits = 0;

  bool Holds(const IpAddress& other) const;
  bool operator==(const Network&) const = default;
};

// What makes a response one of a site: of each list that is not empty, one must be its own. Several
// rules may have one name.
struct SiteRule {
  std::string name;
  std::vector<Network> prefixes;   // of the server's address
  std::vector<uint32_t> vlans;     // the outermost VLAN id
  std::vector<uint32_t> vnis;      // of VXLAN, Geneve or NVGRE
  std::vector<uint32_t> sessions;  // of ERSPAN
  std::vector<std::string> nsids;  // whole, as bytes

  bool operator==(const SiteRule&) const = default;
};

// Immutable; safe to read from any thread.
class SiteTable {
 public:
  static constexpr size_t kMostRules = 1024;
  static constexpr size_t kMostSites = 63;
  static constexpr uint16_t kNoSite = 0;

  // At most kMostRules, with at most kMostSites names.
  explicit SiteTable(std::vector<SiteRule> rules);

  // By number, from 1; the first, of no site, is empty.
  const std::vector<std::string>& names() const { return names_; }
  // Whether the NSID has a say.
  bool by_nsid() const { return by_nsid_; }

  // The number of the first rule's site that the response is one of; kNoSite without one.
  uint16_t Find(const Observation& response) const;

 private:
  std::vector<SiteRule> rules_;
  std::vector<uint16_t> sites_;  // of each rule
  std::vector<std::string> names_;
  bool by_nsid_ = false;
};

// A worker's way to ask it: what was found for a server and a place in the network is remembered,
// so that the rules are gone through once for each. One thread.
class SiteFinder {
 public:
  // Borrowed.
  explicit SiteFinder(const SiteTable& table) : table_(table) {}

  uint16_t Find(const Observation& response);

 private:
  struct Answer {
    IpAddress server{};
    uint16_t vlan = 0;
    uint16_t session = 0;
    uint32_t vni = 0;
    uint16_t site = 0;
    bool known = false;
  };
  static constexpr size_t kAnswers = 256;

  const SiteTable& table_;
  std::array<Answer, kAnswers> answers_{};
};

}  // namespace rcodescope
