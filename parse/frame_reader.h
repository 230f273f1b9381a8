// Reads a frame layer by layer; for frame.cc and the files of the layers alone.
#pragma once

#include <cstdint>
#include <string_view>

#include "parse/frame.h"

namespace rcodescope {

// Each protocol has a function, which reads its header and answers with what comes next. There is
// no recursion: Run() calls one after the other.
class FrameReader {
 public:
  FrameReader(Cursor in, const FrameOptions& options, Dissection& result)
      : in_(in),
        begin_(in.captured().data()),
        options_(options),
        result_(result),
        segment_(result.segment) {}

  Content ReadFrame(const Packet& packet);
  Content ReadDatagram(const IpFragment& whole);

  // True when the segment, on no DNS port, has a UDP port of an encapsulation.
  static bool OnTunnelPort(const Segment& segment, const FrameOptions& options) {
    return UdpTunnel(segment, options) != Next::kSegment;
  }

 private:
  enum class Next : uint8_t {
    kEthernet,
    kPpp,
    kPppoe,
    kMpls,
    kIpv4,
    kIpv6,
    kGre,
    kVxlan,
    kVxlanGpe,
    kGeneve,
    kGtpU,
    kTeredo,
    // The end.
    kSegment,
    kFragment,
    kNone,
  };

  Content Run(Next next);
  Next End(Disposition end) {
    result_.end = end;
    return Next::kNone;
  }
  Next Short() { return End(Disposition::kShortFrame); }
  // Of a tunnel's header of `size` bytes some are missing: cut off, or never there, so that it is
  // no such header.
  Next Missing(size_t size) {
    const bool never_there = whole_ && in_.wire() < size;
    return End(never_there ? Disposition::kTunnel : Disposition::kShortFrame);
  }
  // A header says that `count` bytes follow.
  void LimitTo(size_t count) {
    whole_ = count <= in_.wire();
    in_.Limit(count);
  }
  // One encapsulation deeper.
  Next Enter(Next tunnel) {
    if (segment_.tap.depth == kMostEncapsulations) return End(Disposition::kTunnel);
    ++segment_.tap.depth;
    return tunnel;
  }
  void Trace(std::string_view name, const std::byte* header, size_t size, std::string_view field,
             uint64_t value) const {
    if (options_.trace == nullptr) return;
    options_.trace->OnLayer({name, static_cast<size_t>(header - begin_), size, field, value});
  }

  // link_layer.cc. `unknown` is the end where what comes next is not known.
  Next Link(LinkType type);
  Next Cooked(std::string_view name, size_t size, size_t type_offset);
  Next Ethernet();
  Next LogicalLink(size_t length);
  bool PassTags(uint16_t& type);
  Next OfEtherType(uint16_t type, Disposition unknown);
  Next Ppp();
  Next Pppoe();
  Next Mpls();
  Next Pseudowire();

  // ip_layer.cc.
  Next EitherIp(Disposition unknown);
  Next Ipv4();
  Next Ipv6();
  Next ExtensionHeaders(uint8_t number);
  Next Fragment(uint8_t protocol, uint32_t id, uint32_t offset, bool more);
  Next Upper(uint8_t protocol);
  Next Udp();
  Next Tcp();
  void TakePorts(const std::byte* header, Transport transport);
  void TakePayload(size_t count);
  void TakeAddresses(Family family, const std::byte* source, const std::byte* destination);

  // tunnel.cc.
  static Next UdpTunnel(const Segment& segment, const FrameOptions& options);
  static Next OfTunnelPort(uint16_t port, const FrameOptions& options);
  Next OfTunnelType(uint16_t type);
  Next Gre();
  Next PptpGre(const std::byte* header);
  Next Erspan();
  Next Vxlan();
  Next VxlanGpe();
  Next Geneve();
  Next GtpU();
  Next Teredo();

  Cursor in_;
  const std::byte* begin_;
  const FrameOptions& options_;
  Dissection& result_;
  Segment& segment_;
  bool whole_ = false;         // all that the last header announced was on the wire
  size_t missing_ = 0;         // bytes of the IP payload that the frame, as it says, never had
  bool put_together_ = false;  // no IP header was read yet behind that of a datagram put together
};

}  // namespace rcodescope
