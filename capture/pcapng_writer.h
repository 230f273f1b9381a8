// Packets as pcapng, the form of capture files that keeps nanoseconds and interfaces apart.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "capture/packet.h"

namespace rcodescope {

// Makes the blocks of one section, in this machine's byte order; where they go is the caller's. An
// interface is described before its first packet: one for each interface and framing of the source.
// Packets of unsupported framing are not to be written. Not thread-safe.
class PcapngWriter {
 public:
  // Appends the section's header, with that comment if it is not empty.
  static void Begin(std::string& blocks, std::string_view comment = {});

  // Appends the packet, with the VLAN tag that was taken out of it put back. Its time, and both of
  // its lengths, are kept.
  void Append(const Packet& packet, std::string& blocks);

 private:
  uint32_t InterfaceOf(const Packet& packet, std::string& blocks);

  std::vector<std::pair<uint16_t, LinkType>> interfaces_;  // as described so far
};

}  // namespace rcodescope
