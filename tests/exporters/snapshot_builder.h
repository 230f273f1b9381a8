// Snapshots for tests, from a few lines each.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "aggregate/snapshot.h"

namespace rcodescope {

inline constexpr Rcode kNoError{RcodeSpace::kDns, 0};
inline constexpr Rcode kFormErr{RcodeSpace::kDns, 1};
inline constexpr Rcode kServFail{RcodeSpace::kDns, 2};
inline constexpr Rcode kNxDomain{RcodeSpace::kDns, 3};
inline constexpr Rcode kRefused{RcodeSpace::kDns, 5};
inline constexpr Rcode kYxRrset{RcodeSpace::kDns, 7};
inline constexpr Rcode kBadVers{RcodeSpace::kDns, 16};
inline constexpr Rcode kTsigBadSig{RcodeSpace::kTsig, 16};
inline constexpr Rcode kTsigBadKey{RcodeSpace::kTsig, 17};
inline constexpr Rcode kTkeyBadKey{RcodeSpace::kTkey, 17};

// 2026-01-01T00:00:00Z: `date -u -d 2026-01-01 +%s` is 1767225600.
inline constexpr Timestamp kNewYear{1767225600 * kNanosPerSecond};

// Keeps the sums of a snapshot right while parts are added to it.
class SnapshotBuilder {
 public:
  SnapshotBuilder& Responses(Rcode rcode, uint64_t count, Certainty certainty = Certainty::kFull,
                             Opcode opcode = Opcode::kQuery, Transport transport = Transport::kUdp,
                             Family family = Family::kIpv4) {
    snapshot_.responses.push_back({rcode, certainty, opcode, transport, family, count});
    snapshot_.response_total += count;
    return *this;
  }

  SnapshotBuilder& Queries(uint16_t qtype, uint64_t count, Opcode opcode = Opcode::kQuery) {
    snapshot_.queries.push_back({qtype, opcode, Transport::kUdp, Family::kIpv4, count});
    snapshot_.query_total += count;
    return *this;
  }

  SnapshotBuilder& Ede(uint16_t info_code, Rcode rcode, uint64_t count) {
    snapshot_.ede.push_back({info_code, rcode, count});
    return *this;
  }

  // Key "other" goes to DimensionCount::other.
  SnapshotBuilder& Key(Dimension dimension, const std::string& key,
                       std::vector<std::pair<Rcode, uint64_t>> rcodes) {
    DimensionCount& counts = Of(dimension);
    KeyCount count;
    count.key = key;
    for (const auto& [rcode, responses] : rcodes) {
      count.responses += responses;
      if (rcode.code != kRcodeNoError) count.errors += responses;
    }
    std::stable_sort(rcodes.begin(), rcodes.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    count.rcodes = std::move(rcodes);
    if (key == "other") {
      counts.other = std::move(count);
      return *this;
    }
    counts.top.push_back(std::move(count));
    std::sort(counts.top.begin(), counts.top.end(), [](const KeyCount& a, const KeyCount& b) {
      return a.responses != b.responses ? a.responses > b.responses : a.key < b.key;
    });
    ++counts.tracked;
    return *this;
  }

  SnapshotBuilder& Capacity(Dimension dimension, uint64_t capacity, uint64_t overflow_responses) {
    Of(dimension).capacity = capacity;
    Of(dimension).overflow_responses = overflow_responses;
    return *this;
  }

  SnapshotBuilder& Frames(Disposition disposition, uint64_t count) {
    snapshot_.frames.dispositions[static_cast<size_t>(disposition)] += count;
    snapshot_.frames.seen += count;
    return *this;
  }

  SnapshotBuilder& Span(Timestamp first, Timestamp last) {
    snapshot_.first = first;
    snapshot_.last = last;
    return *this;
  }

  SnapshotBuilder& Source(const std::string& name, uint64_t packets, uint64_t bytes,
                          InputError error = InputError::kNone, const std::string& message = {}) {
    snapshot_.sources.push_back(
        {.name = name, .packets = packets, .bytes = bytes, .error = error, .message = message});
    return *this;
  }

  // For what has no method of its own.
  Snapshot& raw() { return snapshot_; }

  const Snapshot& snapshot() const { return snapshot_; }
  SnapshotPtr Share() const { return std::make_shared<const Snapshot>(snapshot_); }

 private:
  DimensionCount& Of(Dimension dimension) {
    DimensionCount& counts = snapshot_.dimensions[static_cast<size_t>(dimension)];
    counts.other.key = "other";
    return counts;
  }

  Snapshot snapshot_;
};

// A minute of mixed traffic with one of everything that an exporter shows.
inline SnapshotBuilder BusyMinute() {
  SnapshotBuilder builder;
  builder.Responses(kNoError, 8000)
      .Responses(kNoError, 500, Certainty::kFull, Opcode::kQuery, Transport::kTcp, Family::kIpv6)
      .Responses(kNxDomain, 1200)
      .Responses(kServFail, 250)
      .Responses(kRefused, 40)
      .Responses(kYxRrset, 5, Certainty::kLow4)
      .Responses(kBadVers, 3)
      .Responses(kTsigBadSig, 1)
      .Responses({RcodeSpace::kDns, 3841}, 1)
      .Queries(1, 6000)
      .Queries(28, 4000)
      .Queries(65280, 100)
      .Ede(22, kServFail, 200)
      .Ede(6, kServFail, 30)
      .Ede(49152, kRefused, 2);
  builder.Key(Dimension::kServer, "192.0.2.53", {{kNoError, 8000}, {kNxDomain, 1200}})
      .Key(Dimension::kServer, "2001:db8:1234:5678:9abc:def0:1234:5678",
           {{kNoError, 500}, {kServFail, 250}, {kRefused, 40}, {kBadVers, 3}})
      .Key(Dimension::kServer, "other",
           {{kYxRrset, 5}, {kTsigBadSig, 1}, {{RcodeSpace::kDns, 3841}, 1}})
      .Key(Dimension::kZone, "example.com.", {{kNoError, 8000}, {kNxDomain, 1100}})
      .Key(Dimension::kZone,
           "a-rather-long-label-for-a-zone.and-another-one.that-goes-on.under.example.net.",
           {{kServFail, 250}, {kNxDomain, 100}})
      .Key(Dimension::kZone, "caf\\195\\169.example.", {{kNoError, 500}, {kRefused, 40}})
      .Key(Dimension::kZone, "other",
           {{kBadVers, 3}, {kYxRrset, 5}, {kTsigBadSig, 1}, {{RcodeSpace::kDns, 3841}, 1}})
      .Key(Dimension::kClient, "198.51.100.7", {{kNoError, 5000}, {kServFail, 150}})
      .Key(Dimension::kClient, "198.51.100.8", {{kNoError, 3500}, {kNxDomain, 1200}})
      .Key(Dimension::kClient, "203.0.113.9", {{kServFail, 100}, {kRefused, 40}, {kBadVers, 3}})
      .Key(Dimension::kClient, "other",
           {{kYxRrset, 5}, {kTsigBadSig, 1}, {{RcodeSpace::kDns, 3841}, 1}})
      .Capacity(Dimension::kServer, 10000, 0)
      .Capacity(Dimension::kZone, 100000, 0)
      .Capacity(Dimension::kClient, 3, 7);
  builder.Frames(Disposition::kMessage, 20100)
      .Frames(Disposition::kNotDnsPort, 1500)
      .Frames(Disposition::kTcpNoPayload, 300)
      .Frames(Disposition::kMdns, 12)
      .Frames(Disposition::kLlmnr, 4)
      .Frames(Disposition::kShortFrame, 2)
      .Frames(Disposition::kMalformedMessage, 9)
      .Span(kNewYear, {kNewYear.ns + 60 * kNanosPerSecond})
      .Source("one.pcap", 20000, 3000000)
      .Source("two.pcapng", 1927, 200000, InputError::kBadData,
              "block at offset 200012 is cut off");
  Snapshot& raw = builder.raw();
  raw.frames.bytes = 3200000;
  raw.frames.filtered = 17;
  raw.queues = {CaptureStats{.filtered = 17}};
  raw.header_rcodes = {8503, 0, 250, 1200, 0, 40, 0, 5, 0, 1};
  raw.header_rcodes[1] = 1;  // 3841 is 0xf01
  raw.answer_kinds[static_cast<size_t>(AnswerKind::kAnswer)] = 7000;
  raw.answer_kinds[static_cast<size_t>(AnswerKind::kNodata)] = 1200;
  raw.answer_kinds[static_cast<size_t>(AnswerKind::kReferral)] = 300;
  raw.answer_kinds[static_cast<size_t>(AnswerKind::kError)] = 1500;
  raw.transfers = {3, 2};
  raw.low4_reasons[static_cast<size_t>(Low4Reason::kSnapLength)] = 5;
  raw.malformed[0] = 9;
  raw.anomalies[static_cast<size_t>(Anomaly::kOptMultiple)] = 3;
  raw.anomalies[static_cast<size_t>(Anomaly::kCountsBeyondEnd)] = 11;
  raw.record_anomalies[static_cast<size_t>(RecordAnomaly::kTimeLate)] = 6;
  raw.series = {
      kNewYear, kNanosPerSecond, 3, {{kNoError, {4000, 4000, 500}}, {kServFail, {0, 250, 0}}}};
  return builder;
}

}  // namespace rcodescope
