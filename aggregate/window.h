// What all workers counted in one slice of source time: what spikes are found in.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "aggregate/distinct_count.h"
#include "aggregate/key_text.h"
#include "capture/packet.h"
#include "parse/ip_address.h"
#include "parse/rcode.h"

namespace rcodescope {

// Responses to QUERY with one code that is not NOERROR, of one combination of keys. A part of a
// combination that the table had no room for is empty; nothing is left out: for every code,
// Σ responses of a window's error groups are all of its responses with that code.
struct ErrorGroup {
  static constexpr int32_t kNoEde = -1;

  Rcode rcode;
  KeyText zone;                // as the zones of a report; empty: of none, or of any
  KeyText server;              // an address; empty: any
  KeyText client;              // an address, or a prefix with its length; empty: any
  uint16_t qtype = 0;          // 0: none, or any
  int32_t info_code = kNoEde;  // the first Extended DNS Error, RFC 8914
  uint64_t responses = 0;
};

// Of a group's keys. The same in every run, so that what depends on it does not depend on chance.
uint64_t HashOf(const ErrorGroup& group);

// Puts groups in an order that depends on their keys alone; those of the same keys become one. What
// it needs of memory is kept, for those who do so again and again.
class GroupOrder {
 public:
  void SortAndSum(std::vector<ErrorGroup>& groups);

 private:
  // Zones stay together, and so do the servers of one.
  struct Place {
    uint64_t zone_and_server;
    uint64_t keys;
    size_t index;

    bool operator<(const Place& other) const {
      return zone_and_server != other.zone_and_server ? zone_and_server < other.zone_and_server
                                                      : keys < other.keys;
    }
  };

  static Place PlaceOf(const ErrorGroup& group, size_t index);
  void Sort(std::vector<ErrorGroup>& groups);
  void SortPlaces();
  void MoveToPlaces(std::vector<ErrorGroup>& groups);

  std::vector<Place> places_;
  std::vector<Place> spread_;  // while they are sorted
};

// How many different clients got a code, and for how many different names, in one zone. Estimates.
struct ErrorSpread {
  Rcode rcode;
  KeyText zone;  // empty: in all zones together
  double clients = 0;
  double names = 0;
  // Of which they are: those of several windows merge. Empty where they are not known.
  RoughCount client_sketch{};
  RoughCount name_sketch{};
};

// Responses to QUERY with one code from one server, or at one site.
struct RcodeCount {
  Rcode rcode;
  uint64_t responses = 0;
};

// Of all responses to QUERY, whatever their code.
struct ServerWindow {
  KeyText server;
  std::vector<RcodeCount> rcodes;  // by code
};

struct SiteWindow {
  std::string site;
  std::vector<RcodeCount> rcodes;  // by code
};

struct Window {
  Timestamp begin;
  int64_t length = kNanosPerSecond;  // ns; more than a window's where workers were not waited for
  double completeness = 1;           // frames seen / (frames seen + frames dropped)

  std::vector<RcodeCount> rcodes;     // by code
  std::vector<ServerWindow> servers;  // the busiest; in no order
  std::vector<SiteWindow> sites;
  std::vector<ErrorGroup> errors;   // best as GroupOrder has them
  std::vector<ErrorSpread> spread;  // of the codes and zones with most errors
};

}  // namespace rcodescope
