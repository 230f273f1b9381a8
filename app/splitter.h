// One packet source shared out to several workers, by flow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "aggregate/spsc_ring.h"
#include "capture/source.h"
#include "parse/flow_hasher.h"
#include "parse/frame.h"

namespace rcodescope {

// Run is for one thread, each way for another. Both directions of a flow take the same way, so
// that the result does not depend on the number of ways. When the source's clock enters another
// slice, every way is told, idle ones too.
//
// A fragment that comes before its datagram's first one is kept back until that tells whose flow it
// is, 5 s at most, and 1,024 such frames.
class Splitter {
 public:
  // `source` and what `options` refers to are borrowed. `slice`: the one it was made with. `key`:
  // of the flow hash.
  Splitter(PacketSource& source, const FrameOptions& options, size_t ways, int64_t slice,
           uint64_t key);
  ~Splitter();

  PacketSource& way(size_t index);

  // Reads the source to its end.
  void Run();

 private:
  class Way;
  struct KeptBack {
    Packet packet;
    std::unique_ptr<std::byte[]> bytes;  // where its source does not keep them in place
    uint64_t hash;
  };

  Way& WayOf(uint64_t hash);
  void Place(const Packet& packet, bool stable);
  void KeepBack(const Packet& packet, const Flow& flow, bool stable);
  void Release(uint64_t datagram);
  void ReleaseUntil(Timestamp time);

  PacketSource& source_;
  int64_t slice_;
  FlowHasher flows_;
  std::multimap<uint64_t, KeptBack> kept_back_;  // by what they await
  std::vector<std::unique_ptr<Way>> ways_;
};

}  // namespace rcodescope
