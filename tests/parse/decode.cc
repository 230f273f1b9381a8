#include "tests/parse/decode.h"

#include <memory>
#include <ostream>

#include <gtest/gtest.h>

namespace rcodescope {
namespace {

class Collector final : public ObservationSink {
 public:
  void Consume(const ObservationBatch& batch) override {
    for (const Observation& observation : batch.observations()) seen.emplace_back(observation);
  }
  std::vector<Seen> seen;
};

}  // namespace

Seen::Seen(const Observation& observation)
    : fields(observation),
      qname(PresentationForm(observation.qname)),
      final_name(PresentationForm(observation.final_name)),
      authority_owner(PresentationForm(observation.authority_owner)),
      ede(observation.ede.codes.begin(), observation.ede.codes.begin() + observation.ede.size),
      nsid(observation.nsid.begin(), observation.nsid.end()) {}

Decoded Decode(const Bytes& message, std::optional<size_t> wire) {
  const Frame frame(message, LinkType::kRaw);
  const auto batch = std::make_unique<ObservationBatch>();
  AnomalyCounts counts{};
  Observation& observation = batch->Add();
  DecodeMessage(Cursor({frame.packet.data, message.size()}, wire.value_or(message.size())),
                Low4Reason::kSnapLength, observation, *batch, counts);
  std::vector<Anomaly> anomalies;
  for (size_t i = 0; i < kAnomalies; ++i) {
    anomalies.insert(anomalies.end(), counts[i], static_cast<Anomaly>(i));
  }
  return {Seen(observation), anomalies};
}

FrameOptions DnsFrames() {
  static const PortSet ports(std::vector<uint16_t>{kDnsPort});
  return {.dns_ports = &ports};
}

Dissected Dissect(const Packet& packet, const FrameOptions& options) {
  Dissected dissected;
  dissected.content = DissectFrame(packet, options, dissected);
  return dissected;
}

DecodedFrame DecodeFrame(const Packet& packet, const std::vector<uint16_t>& ports) {
  const auto dns_ports = std::make_unique<PortSet>(ports);
  Collector sink;
  const auto decoder =
      std::make_unique<Decoder>(DecoderOptions{.frames = {.dns_ports = dns_ports.get()}}, sink);
  decoder->Decode(packet);
  decoder->Finish();
  DecodedFrame decoded{Disposition::kCount, sink.seen, decoder->stats()};
  EXPECT_EQ(decoded.stats.frames(), 1u) << "a frame ends in exactly one disposition";
  EXPECT_EQ(decoded.stats.messages, decoded.messages.size());
  for (size_t i = 0; i < kDispositions; ++i) {
    if (decoded.stats.dispositions[i] != 0) decoded.disposition = static_cast<Disposition>(i);
  }
  const bool counted = decoded.disposition == Disposition::kMessage;
  EXPECT_EQ(counted, !decoded.messages.empty());
  return decoded;
}

DecodedFrame DecodeFrame(const Bytes& bytes, LinkType link_type) {
  const Frame frame(bytes, link_type);
  return DecodeFrame(frame.packet);
}

Bytes DnsFrame(const Bytes& message, const UdpFields& udp) {
  return Ethernet(Ipv4(Udp(message, udp)));
}

void PrintTo(const Rcode& rcode, std::ostream* out) {
  *out << kRcodeSpaceNames[static_cast<size_t>(rcode.space)] << ' ' << RcodeName(rcode);
}
void PrintTo(AnswerKind kind, std::ostream* out) {
  *out << kAnswerKindNames[static_cast<size_t>(kind)];
}
void PrintTo(Anomaly anomaly, std::ostream* out) {
  *out << kAnomalyTable[static_cast<size_t>(anomaly)].name;
}
void PrintTo(Content content, std::ostream* out) {
  constexpr const char* kNames[] = {"segment", "fragment", "none"};
  *out << kNames[static_cast<size_t>(content)];
}
void PrintTo(Disposition disposition, std::ostream* out) {
  *out << kDispositionTable[static_cast<size_t>(disposition)].name;
}
void PrintTo(Certainty certainty, std::ostream* out) {
  *out << kCertaintyNames[static_cast<size_t>(certainty)];
}
void PrintTo(Low4Reason reason, std::ostream* out) {
  *out << kLow4ReasonNames[static_cast<size_t>(reason)];
}

}  // namespace rcodescope
