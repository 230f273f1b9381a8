#include "app/dissect.h"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace rcodescope {
namespace {

std::string Certainly(const Observation& message) {
  if (message.certainty == Certainty::kFull) return "full";
  return absl::StrCat("low4, ",
                      std::string(kLow4ReasonNames[static_cast<size_t>(message.low4_reason)]));
}

std::string Shown(NameRef name) { return name.empty() ? "none" : PresentationForm(name); }

// Tells of the layers of one frame and of the messages that were decoded with it.
class Dissector final : public LayerTrace, public ObservationSink {
 public:
  Dissector(const ZonePolicy& zones, const CutLearnerOptions& cuts, uint64_t frame)
      : zones_(zones), secret_(cuts.secret), frame_(frame), learner_(cuts) {}

  // Before the first frame of a window.
  void Enter(int64_t window) {
    learner_.Add(window_, learned_.cuts());
    learned_.Clear();
    window_ = window;
    learner_.Close(window_);
  }

  void Begin(const Packet& packet) {
    current_ = packet.frame;
    if (current_ != frame_) return;
    text_ = absl::StrFormat("frame %d: %d bytes captured of %d, interface %d\n\n", packet.frame,
                            packet.captured, packet.wire, packet.interface);
    text_ += absl::StrFormat("%6s %5s  %-16s %s\n", "offset", "bytes", "layer", "says");
  }

  void OnLayer(const TracedLayer& layer) override {
    if (current_ != frame_) return;
    text_ += absl::StrFormat("%6d %5d  %-16s %s 0x%x (%d)\n", layer.offset, layer.size,
                             std::string(layer.name), std::string(layer.field), layer.value,
                             layer.value);
  }

  void Consume(const ObservationBatch& batch) override {
    for (const Observation& message : batch.observations()) {
      ZoneDecision zone;
      if (message.is_response) zone = zones_.Decide(message, {learner_.table().get(), window_});
      if (zone.teaches) learned_.Add(message.server, zone.cut, secret_);
      if (message.frame == frame_) messages_.push_back(Describe(message, zone));
    }
  }

  void End(const std::string& how) {
    if (current_ == frame_) end_ = how;
  }

  std::string text() const {
    if (text_.empty()) return text_;
    std::string text = absl::StrCat(text_, "\ndisposition: ", end_, "\n");
    for (const std::string& message : messages_) text += "\n" + message;
    return text;
  }

 private:
  std::string Describe(const Observation& message, const ZoneDecision& zone) const {
    const std::string client =
        absl::StrCat(message.client.ToString(), " port ", message.client_port);
    const std::string server = message.server.ToString();
    std::string text = absl::StrFormat(
        "%s %s of %d bytes, id 0x%04x, %s\n", message.is_response ? "response" : "query",
        message.transport == Transport::kUdp ? "over UDP" : "over TCP", message.size, message.id,
        OpcodeName(message.opcode));
    text += absl::StrCat("  client       ", client, "\n  server       ", server, "\n");
    text += absl::StrFormat("  flags        0x%04x\n", message.flags);
    text += absl::StrCat("  question     ",
                         message.is_response ? Shown(message.qname) : "(its name is not read)", " ",
                         message.qtype == 0 ? "" : TypeName(message.qtype), "\n");
    return message.is_response ? text + Response(message, zone) : text;
  }

  std::string Response(const Observation& message, const ZoneDecision& zone) const {
    const Rcode nibble{RcodeSpace::kDns, message.header_rcode()};
    std::string text = absl::StrFormat("  header       %d (%s)\n", nibble.code, RcodeName(nibble));
    text += message.has_opt ? absl::StrFormat("  OPT          version %d%s%s%s\n",
                                              message.edns_version, message.dnssec_ok ? ", DO" : "",
                                              message.has_cookie ? ", cookie" : "",
                                              message.has_ecs ? ", client subnet" : "")
                            : std::string("  OPT          none that was read\n");
    text += absl::StrFormat("  counted as   %s: %d in space %s, certainty %s\n",
                            RcodeName(message.rcode), message.rcode.code,
                            std::string(kRcodeSpaceNames[static_cast<size_t>(message.rcode.space)]),
                            Certainly(message));
    text += absl::StrCat("  kind         ",
                         std::string(kAnswerKindNames[static_cast<size_t>(message.kind)]), "\n");
    for (size_t i = 0; i < message.ede.size; ++i) {
      text += absl::StrCat("  EDE          ", message.ede.codes[i], "\n");
    }
    if (!message.authority_owner.empty()) {
      text += absl::StrCat("  authority    ", Shown(message.authority_owner),
                           message.authority_soa ? " SOA" : " NS", "\n");
    }
    if (!message.final_name.empty()) {
      text += absl::StrCat("  last target  ", Shown(message.final_name), "\n");
    }
    text += absl::StrCat("  zone         ", zone.zone.empty() ? "other" : Shown(zone.zone), ": ",
                         std::string(kZoneRuleMeanings[static_cast<size_t>(zone.rule)]), "\n");
    if (zone.refusal != EvidenceRefusal::kCount) {
      const auto& refusal = kEvidenceRefusalTable[static_cast<size_t>(zone.refusal)];
      text += absl::StrCat("  not believed ", std::string(refusal.name), " (",
                           std::string(refusal.meaning), ")\n");
    }
    return text;
  }

  const ZonePolicy& zones_;
  const uint64_t secret_;
  const uint64_t frame_;
  CutLearner learner_;
  EvidenceSet learned_;  // in this window
  int64_t window_ = 0;
  uint64_t current_ = 0;
  std::string text_;
  std::string end_;
  std::vector<std::string> messages_;
};

// How the frame ended that came between two states of the counts.
std::string EndBetween(const DecoderStats& before, const DecoderStats& after) {
  for (size_t i = 0; i < kDispositions; ++i) {
    // What was held and is now part of a whole is not this frame.
    if (static_cast<Disposition>(i) == Disposition::kFragment) continue;
    if (after.dispositions[i] != before.dispositions[i]) {
      const DispositionEntry& entry = kDispositionTable[i];
      return absl::StrCat(std::string(entry.name), " (", std::string(entry.meaning), ")");
    }
  }
  return "held (an IP fragment; the frame that completes its datagram tells what is in it)";
}

}  // namespace

std::string DissectOne(PacketSource& source, const DecoderOptions& options, const ZonePolicy& zones,
                       const CutLearnerOptions& cuts, uint64_t frame) {
  Dissector dissector(zones, cuts, frame);
  DecoderOptions traced = options;
  traced.frames.trace = &dissector;
  const auto decoder = std::make_unique<Decoder>(traced, dissector);
  int64_t current = 0;
  PacketBatch batch;
  while (source.Poll(batch) == PollResult::kPackets) {
    if (const int64_t now = SliceOf(batch.now, cuts.window); now != current) {
      current = now;
      dissector.Enter(now);
      decoder->Expire({now * cuts.window});
    }
    for (size_t i = 0; i < batch.size; ++i) {
      const DecoderStats before = decoder->stats();
      dissector.Begin(batch.packets[i]);
      decoder->Decode(batch.packets[i]);
      dissector.End(EndBetween(before, decoder->stats()));
    }
    decoder->Flush();
  }
  dissector.Begin({});
  decoder->Finish();
  return dissector.text();
}

}  // namespace rcodescope
