// One packet source shared out to several workers, by flow.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "aggregate/spsc_ring.h"
#include "capture/source.h"
#include "parse/frame.h"

namespace rcodescope {

// Run is for one thread, each way for another. Both directions of a flow take the same way, so
// that the result does not depend on the number of ways. When the source's clock enters another
// slice, every way is told, idle ones too.
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

  PacketSource& source_;
  const FrameOptions options_;
  int64_t slice_;
  uint64_t key_;
  std::vector<std::unique_ptr<Way>> ways_;
};

}  // namespace rcodescope
