// Decodes messages and frames, and keeps what came out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "parse/decoder.h"
#include "tests/support/frames.h"

namespace rcodescope {

// An observation with names of its own, in presentation form.
struct Seen {
  Observation fields{};
  std::string qname;
  std::string final_name;
  std::string authority_owner;
  std::vector<uint16_t> ede;
  Bytes nsid;

  explicit Seen(const Observation& observation);
  bool full() const { return fields.certainty == Certainty::kFull; }
};

struct Decoded {
  Seen seen;
  std::vector<Anomaly> anomalies;  // each as often as it was counted
};

// One message, of which all was captured unless `wire`, its length on the wire, says otherwise.
Decoded Decode(const Bytes& message, std::optional<size_t> wire = {});

// What the frame reader says of a frame, with port 53 as the DNS port unless options say otherwise.
struct Dissected : Dissection {
  Content content = Content::kNone;
};
FrameOptions DnsFrames();
Dissected Dissect(const Packet& packet, const FrameOptions& options = DnsFrames());

struct DecodedFrame {
  Disposition disposition;
  std::vector<Seen> messages;
  DecoderStats stats;
};
// Through a Decoder for port 53, or for `ports`.
DecodedFrame DecodeFrame(const Packet& packet, const std::vector<uint16_t>& ports = {kDnsPort});
DecodedFrame DecodeFrame(const Bytes& frame, LinkType link_type = LinkType::kEthernet);

// An Ethernet frame around a message over UDP and IPv4.
Bytes DnsFrame(const Bytes& message, const UdpFields& udp = {});

inline Rcode Dns(unsigned code) { return {RcodeSpace::kDns, static_cast<uint16_t>(code)}; }

// For gtest's messages.
void PrintTo(const Rcode& rcode, std::ostream* out);
void PrintTo(AnswerKind kind, std::ostream* out);
void PrintTo(Anomaly anomaly, std::ostream* out);
void PrintTo(Content content, std::ostream* out);
void PrintTo(Disposition disposition, std::ostream* out);
void PrintTo(Certainty certainty, std::ostream* out);
void PrintTo(Low4Reason reason, std::ostream* out);

}  // namespace rcodescope
