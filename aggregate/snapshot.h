// Everything that is known at one cut of source time: the only thing exporters read.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aggregate/baseline.h"
#include "aggregate/spike.h"
#include "aggregate/zone_evidence.h"
#include "capture/packet.h"
#include "capture/source.h"
#include "parse/disposition.h"
#include "parse/observation.h"
#include "parse/protocol.h"
#include "parse/rcode.h"
#include "parse/reassembly.h"

namespace rcodescope {

struct ResponseCount {
  Rcode rcode;
  Certainty certainty = Certainty::kFull;
  Opcode opcode = Opcode::kQuery;
  Transport transport = Transport::kUdp;
  Family family = Family::kIpv4;
  uint64_t count = 0;
};

struct QueryCount {
  uint16_t qtype = 0;
  Opcode opcode = Opcode::kQuery;
  Transport transport = Transport::kUdp;
  Family family = Family::kIpv4;
  uint64_t count = 0;
};

struct EdeCount {
  uint16_t info_code = 0;
  Rcode rcode;
  uint64_t count = 0;
};

// The responses of one client, server or zone. Both certainties of a code are one here.
struct KeyCount {
  std::string key;  // as shown to people and in labels
  uint64_t responses = 0;
  uint64_t errors = 0;                             // of them, those whose code is not NOERROR
  std::vector<std::pair<Rcode, uint64_t>> rcodes;  // largest count first, then by code
};

// One dimension. For every code: Σ top + other == all responses.
struct DimensionCount {
  std::vector<KeyCount> top;  // largest `responses` first, then by the key's bytes
  KeyCount other;             // key "other": responses of no key, or of one that is not in top
  uint64_t tracked = 0;       // keys in the table
  uint64_t capacity = 0;      // keys it can hold
  uint64_t overflow_responses = 0;  // of keys that the table had no room for; in other too
  uint64_t evicted = 0;             // keys that left the table for others
  // What a key's count may be too small by at most, and no key with more responses is missing.
  // 0 while there was room for all.
  uint64_t error_bound = 0;
};

// Zone transfers, each counted once, at its first message; all its messages are responses, too. A
// transfer whose first message was not captured whole is not counted.
inline constexpr std::array<std::string_view, 2> kTransferNames = {"axfr", "ixfr"};
using TransferCounts = std::array<uint64_t, kTransferNames.size()>;

// The keys of one dimension as a page shows that is read again and again (key_series.h): no count
// ever decreases. For every code, Σ keys + other + retired == all responses.
struct ExportedKeys {
  std::vector<KeyCount> keys;                       // in no order
  KeyCount other;                                   // key "other"
  std::vector<std::pair<Rcode, uint64_t>> retired;  // of keys that left the page, by code
  uint64_t admitted = 0;                            // keys that came to the page so far
  uint64_t evicted = 0;                             // keys that left it
};

// What servers said of where their zones begin, see ZonePolicy.
struct ZoneCutCount {
  uint64_t tracked = 0;   // cuts known at the end
  uint64_t capacity = 0;  // cuts that can be known at a time; 0: none are learned
  EvidenceRefusals refusals{};
};

// Which responses a key must have got to be among the unique ones; the first group is of all.
struct UniqueGroup {
  std::string_view name;
  Rcode rcode;
};
inline constexpr std::array kUniqueGroupTable = {
    UniqueGroup{"all", {}}, UniqueGroup{"SERVFAIL", {RcodeSpace::kDns, kRcodeServFail}},
    UniqueGroup{"REFUSED", {RcodeSpace::kDns, kRcodeRefused}},
    UniqueGroup{"NXDOMAIN", {RcodeSpace::kDns, kRcodeNxDomain}}};
inline constexpr size_t kUniqueGroups = kUniqueGroupTable.size();
using UniqueCounts = std::array<uint64_t, kUniqueGroups>;

enum class Dimension : uint8_t { kServer, kZone, kClient, kCount };
inline constexpr size_t kDimensions = static_cast<size_t>(Dimension::kCount);
inline constexpr std::array<std::string_view, kDimensions> kDimensionNames = {"server", "zone",
                                                                              "client"};
// Whether a dimension's keys are names; otherwise they are addresses.
constexpr bool HasNames(Dimension dimension) { return dimension == Dimension::kZone; }

// Where frames went. seen == Σ dispositions + held + residual; residual is 0 unless frames were
// lost inside the program.
struct FrameLedger {
  uint64_t seen = 0;      // counted by the source when it gave them out
  uint64_t filtered = 0;  // kept back by the user's filter: beside seen, not among it
  uint64_t bytes = 0;     // wire lengths of the seen ones
  uint64_t held = 0;      // in reassembly
  std::array<uint64_t, kDispositions> dispositions{};  // counted by the decoder
  int64_t residual = 0;

  uint64_t messages = 0;         // given out by the decoder
  int64_t message_residual = 0;  // minus those that were counted: 0 unless some were lost

  // Frames that a live source was offered, minus those it gave out, told as dropped or keeps
  // waiting: 0 once nothing moves any more. Empty where the source does not know.
  std::optional<int64_t> source_residual;
};

// Responses per code over source time, in equal steps. Steps without any are 0.
struct SeriesCount {
  Timestamp begin;
  int64_t step = 0;  // ns; 0 when there is nothing
  size_t steps = 0;
  std::vector<std::pair<Rcode, std::vector<uint64_t>>> rcodes;  // by code
};

// Error responses to QUERY of one code, zone, server and client together. A part that is empty is
// any: what is not known, or not among the largest, of those with the other parts.
struct ErrorPath {
  Rcode rcode;
  std::string zone;    // as the keys of the dimensions are shown
  std::string server;  // the same
  std::string client;  // the same, or a network with its length
  uint64_t responses = 0;
};

// Error responses to QUERY per key and code over source time, in equal steps: each is one or more
// of SeriesCount.
struct KeyErrorSteps {
  struct Code {
    Rcode rcode;
    size_t known_from = 0;        // the first step of which the number is known
    std::vector<uint64_t> steps;  // 0 before it
  };
  struct Key {
    std::string key;
    std::vector<Code> rcodes;  // by code
  };

  Timestamp begin;
  int64_t step = 0;  // ns; 0 when there is nothing
  size_t steps = 0;
  std::array<std::vector<Key>, kDimensions> keys;  // by dimension, in the order of its `top`
};

// Of one target that samples are pushed to, what has become of them. samples_in is the sum of sent,
// rejected, no_room, spool_failed, at_end and pending.
struct RemoteWriteCounts {
  std::string url;
  uint64_t samples_in = 0;    // made, or found in the spool at the start
  uint64_t sent = 0;          // the target took them
  uint64_t rejected = 0;      // it never will
  uint64_t no_room = 0;       // they gave way to newer ones
  uint64_t spool_failed = 0;  // could not be written to the spool, or not be read there
  uint64_t at_end = 0;        // waited when the program ended
  uint64_t pending = 0;       // in memory or in the spool
  uint64_t retried = 0;       // sent in vain, once for each try
  uint64_t spool_bytes = 0;
  double last_success_seconds = 0;  // when the target last took some, since 1970; 0: never
};

// Of one Alertmanager that is told of spikes, requests.
struct AlertmanagerCounts {
  std::string url;
  uint64_t taken = 0;
  uint64_t failed = 0;  // refused, or did not get there
};

// How a live capture fares: of the time when the snapshot was published, not of its cut.
struct LiveStatus {
  struct Interface {
    std::string name;
    bool up = true;
    uint64_t gaps = 0;  // times it was down or gone
  };
  struct Worker {
    double busy = 0;       // share of the time since the last publication spent on frames, 0 to 1
    bool stalled = false;  // it has not asked its queue for frames for too long
  };
  struct Protection {
    std::string_view feature;
    bool active = false;
  };

  // Lines of single messages; absent where none are written.
  struct Events {
    uint64_t written = 0;
    uint64_t rate_limited = 0;  // more than allowed in a second
    uint64_t no_room = 0;       // the file was too slow
  };

  std::optional<Events> events;
  std::vector<AlertmanagerCounts> alertmanagers;
  std::vector<RemoteWriteCounts> remote_writes;
  uint64_t epochs_skipped = 0;  // of which no samples were made, because those before took too long
  std::vector<Interface> interfaces;
  std::vector<Worker> workers;
  std::vector<Protection> sandbox;
  double lag_seconds = 0;  // how far behind the clock the slowest worker is
};

struct Snapshot {
  std::vector<ResponseCount> responses;  // by rcode, certainty, opcode, transport, family
  std::vector<QueryCount> queries;       // by qtype, opcode, transport, family
  std::vector<EdeCount> ede;             // by info code, then rcode
  std::array<uint64_t, 16> header_rcodes{};
  std::array<uint64_t, kAnswerKinds> answer_kinds{};
  std::array<uint64_t, kLow4Reasons> low4_reasons{};
  TransferCounts transfers{};
  uint64_t nxdomain_via_cname = 0;  // NXDOMAIN for the last name of a chain of CNAMEs, RFC 6604 §3
  ZoneCutCount zone_cuts;
  bool has_sites = false;  // some are configured
  DimensionCount sites;    // each that is configured has a row
  DimensionCount nsids;    // each that was seen has a row, up to the capacity
  std::array<uint64_t, kMalformedReasons> malformed{};
  std::array<uint64_t, kAnomalies> anomalies{};
  std::array<uint64_t, kRecordAnomalies> record_anomalies{};
  ReassemblyCounts reassembly{};

  // A report of a part: what the user asked for, and how many messages were not of it. Nothing
  // else here knows of those but the frames and what is odd or malformed in them.
  std::string filter;  // empty: a report of all
  uint64_t left_out = 0;

  uint64_t query_total = 0;
  uint64_t response_total = 0;

  std::array<DimensionCount, kDimensions> dimensions;
  // How many different keys there were since the cut before, and in all: estimates, see
  // distinct_count.h.
  std::array<UniqueCounts, kDimensions> unique{};
  std::array<UniqueCounts, kDimensions> unique_in_all{};
  // Live; a replay's page shows `dimensions`.
  std::array<std::optional<ExportedKeys>, kDimensions> exported;

  FrameLedger frames;
  Timestamp first = kNoTime;  // of the frames seen
  Timestamp last = kNoTime;
  int64_t window = kNanosPerSecond;  // ns
  SeriesCount series;
  // For every code but NOERROR, Σ error_paths are all responses to QUERY in the windows that were
  // looked at, which are all when the input has ended. Largest first, then by code and keys.
  std::vector<ErrorPath> error_paths;
  KeyErrorSteps key_errors;
  // Errors that the windows had no room for with all their keys: they are in error_paths with
  // fewer. Above 0, both depend on how the traffic was shared out to workers.
  uint64_t error_overflow = 0;
  SpikeReport spikes;
  std::shared_ptr<const Baseline> baseline;  // of them, where it is wanted

  // Inputs of a replay, in order; empty live.
  std::vector<InputFile> sources;

  std::string source = "replay";           // as labels name it; live: the interfaces
  std::vector<CaptureStats> queues;        // what the source's queues had counted
  std::shared_ptr<const LiveStatus> live;  // null in a replay
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

}  // namespace rcodescope
