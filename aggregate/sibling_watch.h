// Finds servers of one zone, and sites, that answer the same differently.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include <absl/container/inlined_vector.h>

#include "aggregate/disagreement.h"
#include "aggregate/step_counts.h"
#include "aggregate/text_index.h"

namespace rcodescope {

// A code that may tell siblings apart. `normal_share`: of a site's responses, less is none.
struct SiblingCode {
  Rcode rcode;
  double normal_share = 0;
};

// Compares what came in the last one to two minutes. Bounded: 1,024 zones a minute, 32 servers of
// each, and of all zones together as many as the options say; what comes later waits for the next
// minute. Not thread-safe.
//
// That a server was asked for a zone at all is known from its errors: NXDOMAIN is an answer,
// REFUSED and SERVFAIL are none. A zone of which all names exist has none, and nothing is found
// there.
class SiblingWatch {
 public:
  // Of one server in one zone, or of one site.
  struct Tally {
    double all = 0;
    CodeValues codes;
    absl::InlinedVector<std::vector<uint64_t>, 4> clients;  // by code: hashes of a few
    absl::InlinedVector<Timestamp, 4> first;                // by code
  };
  using Tallies = std::map<std::string, Tally, std::less<>>;

  // What one of `most` takes, about, in both minutes, with the C library's part.
  static constexpr uint64_t kSiblingBytes = 1'700;

  // `codes`: those of the StepCounts. `step`: seconds. `most`: servers of zones, all together.
  SiblingWatch(std::vector<SiblingCode> codes, double step, size_t most);

  // One step, which begins and ends then.
  void Add(const StepCounts& counts, Timestamp begin, Timestamp end);

  // Those that go on, by code and key.
  const std::vector<Disagreement>& active() const { return active_; }
  // Those that are over, in order of their end: the last 100.
  const std::vector<Disagreement>& ended() const { return ended_; }

 private:
  struct Row {
    KeyText key;
    Tally tally;
  };
  using Rows = std::vector<Row>;  // in the order in which they came
  struct Zone {
    double failures = 0;
    Rows servers;
  };
  struct Minute {
    TextIndex zone_names;
    std::vector<Zone> zones;  // by number
    size_t servers = 0;       // of them, together
    Rows sites;
  };
  struct Finding {
    Disagreement told;
    std::map<std::string, double> zones;  // failures
  };
  using Found = std::map<std::tuple<size_t, SiblingKind, std::string>, Finding>;

  void AddGroups(const StepCounts& counts, Timestamp begin);
  void AddSites(const StepCounts& counts, Timestamp begin);
  Zone* ZoneOf(const KeyText& name);
  Tally* ServerOf(const KeyText& name, Zone& zone);
  void Count(const ErrorGroup& group, double count, Timestamp begin, Zone& zone, Tally& tally,
             size_t code) const;
  Tally Nothing() const;
  static Rows::iterator RowOf(const KeyText& name, Rows& rows);
  Tallies Both(const Rows& now, const Rows& before) const;
  void LookInZones(Found& found) const;
  void LookAtServers(const std::string& zone, const Tallies& servers, Found& found) const;
  void LookAtSites(Found& found) const;
  void Follow(Found found, Timestamp end);
  bool IsFailure(size_t code) const;

  std::vector<SiblingCode> codes_;
  size_t most_;
  size_t minute_;  // steps
  size_t often_;   // steps between two looks
  size_t steps_ = 0;
  std::array<Minute, 2> minutes_;  // that which goes on, and the one before
  std::vector<Disagreement> active_;
  std::vector<Timestamp> seen_;  // of the active ones: when they were so last
  std::vector<Disagreement> ended_;
};

}  // namespace rcodescope
