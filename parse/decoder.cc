#include "parse/decoder.h"

#include <algorithm>

#include "parse/common_frame.h"
#include "parse/common_message.h"

namespace rcodescope {
namespace {

constexpr size_t kLongestDatagram = 65'535;

// The source of a response is the server, whichever the ports are.
inline void TellHosts(const std::byte* source, const std::byte* destination, uint16_t source_port,
                      uint16_t destination_port, Observation& out) {
  if (out.is_response) {
    out.client = IpAddress::From(out.family, destination);
    out.server = IpAddress::From(out.family, source);
    out.client_port = destination_port;
  } else {
    out.client = IpAddress::From(out.family, source);
    out.server = IpAddress::From(out.family, destination);
    out.client_port = source_port;
  }
}

bool Either(const Segment& segment, uint16_t port) {
  return segment.source_port == port || segment.destination_port == port;
}

}  // namespace

Decoder::Decoder(const DecoderOptions& options, ObservationSink& sink)
    : options_(options.frames),
      sink_(sink),
      fragments_(options.fragment_bytes, options.secret),
      tcp_(options.tcp_bytes, options.secret),
      nested_(std::make_unique_for_overwrite<std::byte[]>(kLongestDatagram)) {}

void Decoder::Decode(const Packet& packet) {
  if (!DecodeCommon(packet)) [[unlikely]]
    DecodeOther(packet);
}

// A common message in a common frame, read without a stop on the way.
bool Decoder::DecodeCommon(const Packet& packet) {
  CommonFrame frame;
  if (options_.trace != nullptr || !ReadCommonFrame(packet, frame) ||
      !options_.dns_ports->ContainsEither(frame.source_port(), frame.destination_port())) {
    return false;
  }
  const std::byte* const message = frame.payload();
  const auto captured = static_cast<size_t>(packet.data + packet.captured - message);
  if (frame.size > captured || frame.size < kDnsHeaderSize) return false;
  if (batch_.full()) Flush();
  Observation& out = batch_.Next();
  out.time = packet.time;
  out.frame = packet.frame;
  out.transport = Transport::kUdp;
  out.family = frame.family;
  out.tap = {.interface = packet.interface, .vlan = frame.vlan};
  if (!ReadCommonHeader(message, frame.size, out)) [[unlikely]]
    return false;
  TellHosts(frame.source(), frame.destination(), frame.source_port(), frame.destination_port(),
            out);
  const bool read = out.is_response ? ReadCommonResponse(message, frame.size, out, batch_)
                                    : ReadCommonQuery(message, frame.size, out);
  if (!read) [[unlikely]]
    return false;
  batch_.Append();
  ++stats_.messages;
  End(Disposition::kMessage);
  return true;
}

void Decoder::DecodeOther(const Packet& packet) {
  origin_ = {packet.frame, packet.time};
  interface_ = packet.interface;
  Content content = DissectFrame(packet, options_, dissection_);
  while (content == Content::kFragment) [[unlikely]] {
      if (!DecodeFragment(content)) return;
    }
  End(content == Content::kSegment ? DecodeSegment(dissection_.segment) : dissection_.end);
}

void Decoder::Flush() {
  if (batch_.size() == 0) return;
  sink_.Consume(batch_);
  batch_.Clear();
}

void Decoder::Expire(Timestamp now) {
  fragments_.Expire(now, *this);
  tcp_.Expire(now, *this);
}

void Decoder::Finish() {
  fragments_.Flush(*this);
  tcp_.Flush(*this);
  Flush();
}

DecoderStats Decoder::stats() const {
  DecoderStats stats = stats_;
  stats.malformed[static_cast<size_t>(Malformed::kShortHeader)] += tcp_.stats().short_messages;
  return stats;
}

ReassemblyCounts Decoder::reassembly() const {
  ReassemblyCounts counts{};
  const auto set = [&](ReassemblyEvent event, uint64_t count) {
    counts[static_cast<size_t>(event)] = count;
  };
  const FragmentTable::Stats& fragments = fragments_.stats();
  const auto ended = [&](FragmentEnd why) {
    return fragments.incomplete[static_cast<size_t>(why)];
  };
  set(ReassemblyEvent::kDatagramComplete, fragments.completed);
  set(ReassemblyEvent::kDatagramTimeout, ended(FragmentEnd::kTimeout));
  set(ReassemblyEvent::kDatagramEvicted, ended(FragmentEnd::kEvicted));
  set(ReassemblyEvent::kDatagramOverlap, ended(FragmentEnd::kOverlap));
  set(ReassemblyEvent::kDatagramInvalid, ended(FragmentEnd::kInvalid));
  set(ReassemblyEvent::kDatagramEndOfInput, ended(FragmentEnd::kEndOfInput));
  const TcpStats& tcp = tcp_.stats();
  set(ReassemblyEvent::kStream, tcp.streams_opened);
  set(ReassemblyEvent::kStreamMidway, tcp.opened_midway);
  set(ReassemblyEvent::kStreamEvicted, tcp.streams_evicted);
  set(ReassemblyEvent::kBytesEvicted, tcp.buffers_evicted);
  set(ReassemblyEvent::kGap, tcp.gaps);
  set(ReassemblyEvent::kResync, tcp.resyncs);
  set(ReassemblyEvent::kMessageIncomplete, tcp.messages_incomplete);
  set(ReassemblyEvent::kZeroPrefix, tcp.zero_prefixes);
  set(ReassemblyEvent::kRetransmittedDifferent, tcp.retransmitted_different);
  return counts;
}

// Adds dissection_.fragment to its datagram. True when that is complete: `content` then says what
// is in it. False when the frame has ended, or is held.
bool Decoder::DecodeFragment(Content& content) {
  IpFragment& fragment = dissection_.fragment;
  fragment.tap = fragment.tap.Network();
  switch (fragments_.Add(fragment, origin_, *this)) {
    case FragmentVerdict::kHeld: return false;
    case FragmentVerdict::kDuplicate: End(Disposition::kFragmentDuplicate); return false;
    case FragmentVerdict::kDropped: End(Disposition::kFragmentIncomplete); return false;
    case FragmentVerdict::kComplete: break;
  }
  const Datagram& datagram = fragments_.datagram();
  End(Disposition::kFragment, datagram.frames);
  content = DissectDatagram(datagram.Whole(), options_, dissection_);
  if (content ==
      Content::kFragment) {  // it lies in the table's memory, which its next call changes
    const auto bytes = fragment.payload.captured();
    std::copy(bytes.begin(), bytes.end(), nested_.get());
    fragment.payload = Cursor({nested_.get(), bytes.size()}, fragment.payload.wire());
  }
  return true;
}

Disposition Decoder::DecodeSegment(const Segment& segment) {
  if (!segment.on_dns_port) return OtherPort(segment);
  return segment.transport == Transport::kUdp ? DecodeUdp(segment) : DecodeTcp(segment);
}

Disposition Decoder::OtherPort(const Segment& segment) {
  if (Either(segment, kDnsOverTlsPort)) return Disposition::kEncrypted;
  if (Either(segment, kLlmnrPort)) return Disposition::kLlmnr;
  if (segment.transport == Transport::kTcp) return Disposition::kNotDnsPort;
  return Either(segment, kMdnsPort) ? Disposition::kMdns : Disposition::kNotDnsPort;
}

Disposition Decoder::DecodeUdp(const Segment& segment) {
  if (segment.payload.captured().size() < kDnsHeaderSize) {
    ++stats_.malformed[static_cast<size_t>(Malformed::kShortHeader)];
    return Disposition::kMalformedMessage;
  }
  DecodeOne(segment, origin_, segment.payload);
  return Disposition::kMessage;
}

Disposition Decoder::DecodeTcp(const Segment& segment) {
  const TcpSegment part = {.flow = {.source = segment.source(),
                                    .destination = segment.destination(),
                                    .tap = segment.tap.Network(),
                                    .source_port = segment.source_port,
                                    .destination_port = segment.destination_port,
                                    .family = segment.family},
                           .sequence = segment.sequence,
                           .flags = segment.flags,
                           .payload = segment.payload};
  switch (tcp_.Add(part, origin_.time, *this)) {
    case TcpVerdict::kNoPayload: return Disposition::kTcpNoPayload;
    case TcpVerdict::kMessage: return Disposition::kMessage;
    case TcpVerdict::kPart: return Disposition::kTcpPart;
    case TcpVerdict::kDuplicate: return Disposition::kTcpDuplicate;
    case TcpVerdict::kDropped: break;
  }
  return Disposition::kTcpDropped;
}

// Each message of a transfer may begin with the SOA; the first that does begins it. `note` is the
// latest transfer's id + 1.
void Decoder::OnMessage(const TcpFlow& flow, Timestamp, Cursor message, uint32_t& note) {
  Segment segment;
  segment.source_address = flow.source.Bytes(flow.family);
  segment.destination_address = flow.destination.Bytes(flow.family);
  segment.source_port = flow.source_port;
  segment.destination_port = flow.destination_port;
  segment.transport = Transport::kTcp;
  segment.family = flow.family;
  segment.tap = flow.tap;
  segment.tap.interface = interface_;
  Observation& seen = DecodeOne(segment, origin_, message);
  if (!seen.begins_transfer) return;
  const uint32_t transfer = seen.id + 1U;
  seen.begins_transfer = note != transfer;
  note = transfer;
}

// Of a datagram that ended incomplete, the first fragment has the header, and with it the code's
// lower bits. One that was attacked (RFC 5722 §3) is believed nothing.
void Decoder::OnIncomplete(const IncompleteDatagram& datagram) {
  const bool attacked =
      datagram.why == FragmentEnd::kOverlap || datagram.why == FragmentEnd::kInvalid;
  uint64_t lost = datagram.frames;
  if (datagram.has_first && !attacked && DecodeFirst(datagram)) {
    End(Disposition::kMessage);
    --lost;
  }
  End(Disposition::kFragmentIncomplete, lost);
}

bool Decoder::DecodeFirst(const IncompleteDatagram& datagram) {
  Dissection ended;
  if (DissectDatagram(datagram.Whole(), options_, ended) != Content::kSegment) return false;
  const Segment& segment = ended.segment;
  if (!segment.on_dns_port || segment.transport != Transport::kUdp ||
      segment.payload.captured().size() < kDnsHeaderSize) {
    return false;
  }
  DecodeOne(segment, {datagram.first.frame, datagram.first.time}, segment.payload,
            Low4Reason::kFirstFragment);
  return true;
}

Observation& Decoder::DecodeOne(const Segment& segment, const FrameOrigin& origin,
                                const Cursor& message, Low4Reason when_cut) {
  if (batch_.full()) Flush();
  Observation& out = batch_.Add();
  DecodeMessage(message, when_cut, out, batch_, stats_.anomalies);
  out.time = origin.time;
  out.frame = origin.frame;
  out.transport = segment.transport;
  out.family = segment.family;
  out.tap = segment.tap;
  TellHosts(segment.source_address, segment.destination_address, segment.source_port,
            segment.destination_port, out);
  ++stats_.messages;
  return out;
}

}  // namespace rcodescope
