// A user's BPF expression, applied to the frames of any supported interface.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "capture/packet.h"

namespace rcodescope {

// pcap-filter(7) expressions, compiled by libpcap once for each link type that turns up.
// One thread at a time.
class PacketFilter {
 public:
  // InvalidArgument, with libpcap's words, when the expression does not compile for Ethernet.
  static absl::StatusOr<std::unique_ptr<PacketFilter>> Compile(const std::string& expression);

  virtual ~PacketFilter() = default;

  // A frame of a link type for which the expression has no meaning does not match.
  virtual bool Matches(const Packet& packet) = 0;
};

}  // namespace rcodescope
