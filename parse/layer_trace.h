// Somebody who wants to see how a frame was read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rcodescope {

// A header that was read whole. `field` and `value` are the one number of it that tells most: what
// comes next, or which network it is.
struct TracedLayer {
  std::string_view name;  // "ethernet", "vlan", "ipv4", "gre", …
  size_t offset = 0;      // bytes from the begin of the frame, or of a datagram put together
  size_t size = 0;        // bytes of the header
  std::string_view field;
  uint64_t value = 0;
};

// To be told of each header, outermost first.
class LayerTrace {
 public:
  virtual void OnLayer(const TracedLayer& layer) = 0;

 protected:
  ~LayerTrace() = default;
};

}  // namespace rcodescope
