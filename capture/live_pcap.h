// Live capture through libpcap: one interface, one queue, every framing that libpcap can show.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "capture/live.h"
#include "capture/live_filter.h"
#include "capture/packet.h"

namespace rcodescope {

struct LivePcapOptions {
  std::string interface;  // "any": all there are, as libpcap's pseudo-interface
  size_t buffer_bytes = size_t{64} << 20;
  uint32_t snap_length = 262'144;  // of a frame, at most this many bytes are kept
  bool promiscuous = true;
  LiveFilter filter;
  int64_t slice = kNanosPerSecond;  // width in ns of the slices no batch may span
};

// Opens everything that needs a privilege and takes frames from now on. For framings and systems
// that af_packet.h does not know; slower, as each frame is copied.
//
// What libpcap cannot do: a VLAN tag is put back into the frame's bytes, never in Packet::stripped;
// the backlog is not known, so that `offered` runs ahead of what was given out until the end; and
// once the interface is deleted, the capture is dead. Then InterfaceStatus::ended says so and the
// queue ends, with all that came before given out. While the interface is down, it waits.
//
// Of the figures, `offered` is libpcap's ps_recv, dropped[kKernel] ps_drop, and dropped[kInterface]
// ps_ifdrop, which lies before the others.
absl::StatusOr<std::unique_ptr<LiveCapture>> OpenLivePcap(LivePcapOptions options);

}  // namespace rcodescope
