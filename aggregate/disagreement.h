// Siblings that answer the same differently: one of a zone's servers refuses what the others
// answer, one node of a group fails. It needs no past, and is told however long it has been so.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "capture/packet.h"
#include "parse/rcode.h"

namespace rcodescope {

enum class SiblingKind : uint8_t {
  kServer,  // servers of one zone
  kSite,    // sites: nodes of one group, by NSID, VLAN or whatever the configuration tells them by
};

inline constexpr std::array<std::string_view, 2> kSiblingKindNames = {"server", "site"};

// For people.
inline constexpr std::string_view kDisagreementMeaning =
    "one of a zone's servers, or one site, answers otherwise than its siblings";
inline constexpr std::string_view kDisagreementCheckNext =
    "whether it has the zone, and the same version of it (SOA serial) as its siblings; its access "
    "lists, upstreams and clock";

struct Sibling {
  std::string key;       // a server's address, a site's name
  double responses = 0;  // in the last one to two minutes: of servers, those that are not NOERROR
  double share = 0;      // of them, those with the code
};

struct Disagreement {
  Rcode rcode;
  SiblingKind kind = SiblingKind::kServer;
  Sibling odd;                     // the one that answers so
  std::vector<std::string> zones;  // of servers: those with most of it first
  std::vector<Sibling> siblings;   // that do not, by key

  Timestamp begin;               // of the first response of it that is still counted
  Timestamp detected;            // end of the step in which it was found
  std::optional<Timestamp> end;  // of the last step in which it was so; empty: it goes on
  std::string text;              // one sentence
};

}  // namespace rcodescope
