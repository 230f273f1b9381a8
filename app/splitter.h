// One packet source shared out to several workers, by flow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
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
// Behind a fragment that comes before its datagram's first one, which tells whose flow it is, all
// frames wait, in their order: for that one, for 1,024 frames, for 1 MiB of frames or for 30 s of
// source time.
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
  struct Waiting {
    Packet packet;
    std::unique_ptr<std::byte[]> bytes;  // of the packet
    Timestamp now;                       // of its batch
    Flow flow;
  };

  void Enter(Timestamp now);
  void Take(const Packet& packet, Timestamp now);
  void Tell(std::vector<uint64_t> datagrams);
  void GiveWaiting(Timestamp now, size_t most);

  PacketSource& source_;
  int64_t slice_;
  int64_t entered_ = 0;  // slice
  FlowHasher flows_;
  std::deque<Waiting> waiting_;
  size_t copied_ = 0;  // bytes of those that wait
  std::vector<std::unique_ptr<Way>> ways_;
};

}  // namespace rcodescope
